package sipedge

import (
	"cmp"
	"container/heap"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/presence"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// The limits of subscriptions. Above them a SUBSCRIBE is answered 503 with Retry-After.
const (
	maxWatches      = 5000 // in all
	maxPhoneWatches = 200  // asked for by the phones of one extension: a console with extension modules
	maxWatchersOf   = 500  // of one extension
	maxSubscribes   = 1000 // SUBSCRIBEs that wait for the goroutine
)

// watchers is every subscription, owned by one goroutine. Its mailbox takes maxSubscribes SUBSCRIBEs; what else comes is bounded by the
// subscriptions there are, of which each has one NOTIFY out at most, and by the extensions of the site.
type watchers struct {
	e    *Edge
	wake chan struct{} // one token

	mu      sync.Mutex
	box     []func(time.Time)      // what waits for the goroutine
	asks    int                    // SUBSCRIBEs that wait
	keys    map[dialogKey]struct{} // of all subscriptions
	known   map[string]tidings     // by extension
	changed map[string][2]bool     // by extension: its lamp, its mailbox

	// What follows belongs to the goroutine.
	subs    map[dialogKey]*watch
	of      map[string][]*watch // by the extension watched
	by      map[string]int      // by the extension whose phone asked: how many
	due     dues
	saveAt  time.Time // when the subscriptions are written down; zero: nothing is new
	took    time.Duration
	current *stack.Request // the SUBSCRIBE that is being answered
}

// tidings is what is known of an extension, numbered: each change is told once.
type tidings struct {
	presence.Known
	nr uint64
}

// watch is one subscription as the edge knows it.
type watch struct {
	*presence.State
	key    dialogKey
	told   uint64 // the number of the tidings that were sent last
	timers [presence.Timers]*due
	adrift bool // its connection is gone
	dead   bool
}

// due is one timer.
type due struct {
	at    time.Time
	w     *watch
	timer presence.Timer
	index int
}

// dues is the timers, the next one first.
type dues []*due

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d dues) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i, j
}

// Push and Pop are heap's.
func (d *dues) Push(x any) {
	if t, ok := x.(*due); ok {
		t.index = len(*d)
		*d = append(*d, t)
	}
}

func (d *dues) Pop() any {
	old := *d
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*d = old[:len(old)-1]
	return t
}

func newWatchers(e *Edge) *watchers {
	return &watchers{
		e: e, wake: make(chan struct{}, 1),
		keys: make(map[dialogKey]struct{}), known: make(map[string]tidings), changed: make(map[string][2]bool),
		subs: make(map[dialogKey]*watch), of: make(map[string][]*watch), by: make(map[string]int),
	}
}

func (w *watchers) nudge() {
	select {
	case w.wake <- struct{}{}:
	default: // it will be seen
	}
}

// post puts something in the mailbox.
func (w *watchers) post(f func(time.Time)) {
	w.mu.Lock()
	w.box = append(w.box, f)
	w.mu.Unlock()
	w.nudge()
}

// ask puts a SUBSCRIBE in the mailbox, if there is room.
func (w *watchers) ask(r *stack.Request, f func(time.Time)) {
	w.mu.Lock()
	full := w.asks >= maxSubscribes
	if !full {
		w.asks++
		w.box = append(w.box, f)
	}
	w.mu.Unlock()
	if full {
		w.e.busy(r)
		return
	}
	w.nudge()
}

// busy answers 503: the phone asks again, and not all phones in the same moment.
func (e *Edge) busy(r *stack.Request) {
	e.respond(r, 503, "", sip.NewHeader("Retry-After", strconv.Itoa(10+rand.IntN(50))))
}

// has reports whether a dialog is a subscription.
func (w *watchers) has(k dialogKey) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.keys[k]
	return ok
}

// Watches is how many subscriptions there are.
func (e *Edge) Watches() int {
	e.watchers.mu.Lock()
	defer e.watchers.mu.Unlock()
	return len(e.watchers.keys)
}

// ShowLamp takes what an extension's lamp shows from here on. Its watchers are told.
func (e *Edge) ShowLamp(l exchange.ShowLamp) {
	e.watchers.learn(l.Extension, 0, func(k *presence.Known) { k.Lamp, k.Dialogs = l.Lamp, slices.Clone(l.Dialogs) })
}

// ShowMailbox takes how many messages wait in an extension's mailbox. Until it is told, phones hear that there are none.
func (e *Edge) ShowMailbox(extension string, fresh, old int) {
	e.watchers.learn(extension, 1, func(k *presence.Known) { k.Mailbox, k.New, k.Old = true, fresh, old })
}

func (w *watchers) learn(extension string, what int, change func(*presence.Known)) {
	w.mu.Lock()
	k := w.known[extension]
	was := k.Known
	change(&k.Known)
	same := reflect.DeepEqual(k.Known, was)
	if !same {
		k.nr++
		w.known[extension] = k
		c := w.changed[extension]
		c[what] = true
		w.changed[extension] = c
	}
	w.mu.Unlock()
	if !same {
		w.nudge()
	}
}

func (w *watchers) knows(extension string) tidings {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known[extension]
}

// keep drops the subscriptions of, and by, extensions that are gone.
func (w *watchers) keep(has func(string) bool) {
	w.mu.Lock()
	maps.DeleteFunc(w.known, func(ext string, _ tidings) bool { return !has(ext) })
	w.mu.Unlock()
	w.post(func(now time.Time) {
		for _, x := range w.all() {
			if !has(x.Watched) || !has(x.Watcher) {
				w.step(now, x, presence.Stopped{Reason: presence.ReasonNoResource})
			}
		}
	})
}

// flowClosed tells the subscriptions of a connection that it is gone.
func (w *watchers) flowClosed(f stack.Flow) {
	w.post(func(now time.Time) {
		for _, x := range w.all() {
			if x.Dialog.Flow == f {
				x.adrift = true
				w.step(now, x, presence.FlowClosed{})
			}
		}
	})
}

// answered gives a response to the NOTIFY it answers. It reports false when it is none of ours.
func (w *watchers) answered(r *stack.Response) bool {
	k := dialogKey{r.CallID().Value(), tagOf(r.From().Params)}
	if !w.has(k) {
		return false
	}
	in := presence.NotifyAnswered{Status: r.StatusCode, RetryAfter: retryAfter(value(r.Response, "Retry-After"))}
	in.Via, _ = r.Via().Params.Get("branch")
	w.tell(k, in)
	return true
}

// failed is answered for a NOTIFY that gets no response.
func (w *watchers) failed(t *stack.Transaction, timeout bool) bool {
	k := dialogKey{t.CallID(), t.FromTag()}
	if !w.has(k) {
		return false
	}
	w.tell(k, presence.NotifyFailed{Via: t.Branch(), Timeout: timeout})
	return true
}

func (w *watchers) tell(k dialogKey, in presence.Input) {
	w.post(func(now time.Time) {
		if x := w.subs[k]; x != nil {
			w.step(now, x, in)
		}
	})
}

// retryAfter reads a Retry-After: seconds, and words that may follow (RFC 3261 §20.33).
func retryAfter(s string) time.Duration {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		s = s[:end]
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// subscribed takes a SUBSCRIBE, new or in a dialog (RFC 6665 §4.2.1). Whoever asks proves first who it is, every time; after that, an extension
// that may not be watched and one that does not exist are answered the same.
func (e *Edge) subscribed(r *stack.Request) {
	who, ok := e.authenticate(r)
	if !ok {
		return
	}
	topic, ok := presence.ParseTopic(cmp.Or(value(r.Request, "Event"), value(r.Request, "o")))
	if !ok {
		e.respond(r, 489, "", sip.NewHeader("Allow-Events", presence.AllowEvents)) // RFC 6665 §8.3.2
		return
	}
	if !topic.Package.Accepted(values(r.Request, "Accept")) {
		e.respond(r, 406, "", sip.NewHeader("Accept", topic.Package.ContentType()))
		return
	}
	seconds, ok := presence.Grant(registrar.ParseExpires(value(r.Request, "Expires")))
	if !ok {
		e.respond(r, 423, "", sip.NewHeader("Min-Expires", strconv.Itoa(presence.MinExpires)))
		return
	}
	if seconds >= 2*presence.MinExpires { // so that the phones of a branch do not all come back in the same second after a power cut
		seconds -= rand.IntN(seconds/10 + 1)
	}
	if tagOf(r.To().Params) != "" {
		e.watchers.ask(r, func(now time.Time) { e.watchers.refresh(now, r, who, topic, seconds) })
		return
	}
	s := e.subscription(r, who, topic)
	if s == nil {
		return
	}
	e.watchers.ask(r, func(now time.Time) { e.watchers.open(now, r, s, seconds) })
}

// subscription is what a new SUBSCRIBE asks for; nil when it was refused.
func (e *Edge) subscription(r *stack.Request, who string, topic presence.Topic) *presence.State {
	watched := user(r.Recipient.User)
	if topic.Package == presence.Summary && watched == "" {
		watched = who // some phones ask the box, and mean their own mailbox
	}
	lamp := e.watchers.knows(watched).Lamp
	private := topic.Package == presence.Summary && watched != who
	hidden := topic.Package != presence.Summary && lamp == exchange.LampGrey
	if !e.guard.Has(watched) || private || hidden {
		e.respond(r, 404, "")
		return nil
	}
	from, to := r.From(), r.To()
	target := contactOf(r.Request)
	if target == "" {
		e.respond(r, 400, "Contact Missing") // RFC 6665 §4.2.1.1 needs one
		return nil
	}
	entity := sip.Uri{Scheme: "sip", User: watched, Host: r.Recipient.Host, Port: r.Recipient.Port}
	return &presence.State{
		Seed: seed(), Watcher: who, Watched: watched, Entity: entity.String(), Topic: topic, Agent: agentOf(r),
		Dialog: leg.Dialog{
			CallID: r.CallID().Value(), RemoteSeq: r.CSeq().SeqNo, Target: target, Routes: routesOf(r.Request), Flow: r.Flow,
			Local:  leg.Address{URI: to.Address.String(), Tag: r.Tag()},
			Remote: leg.Address{URI: from.Address.String(), Tag: tagOf(from.Params)},
		},
	}
}

// watchedAt is our contact in a subscription, by the transport its phone uses now.
func (e *Edge) watchedAt(x *watch) string {
	f := x.Dialog.Flow
	return "sip:" + escape(x.Watched) + "@" + e.host(f) + transportParam(f.Transport)
}

func agentOf(r *stack.Request) string {
	agent := plain(value(r.Request, "User-Agent"))
	return agent[:min(len(agent), 64)]
}

// open begins a subscription.
func (w *watchers) open(now time.Time, r *stack.Request, s *presence.State, seconds int) {
	w.taken()
	x := &watch{State: s, key: dialogKey{s.Dialog.CallID, s.Dialog.Local.Tag}}
	// A phone that asks anew in the same dialog half has forgotten the subscription it had.
	for _, old := range slices.Clone(w.of[s.Watched]) {
		if old.Watcher == s.Watcher && old.Topic == s.Topic && old.Dialog.CallID == s.Dialog.CallID && old.Dialog.Remote.Tag == s.Dialog.Remote.Tag {
			w.forget(old)
		}
	}
	if len(w.subs) >= maxWatches || w.by[s.Watcher] >= maxPhoneWatches || len(w.of[s.Watched]) >= maxWatchersOf || w.subs[x.key] != nil {
		w.e.busy(r)
		return
	}
	w.enter(x)
	w.current = r
	if seconds == 0 {
		w.step(now, x, presence.Unsubscribed{Tx: 1, Flow: r.Flow})
	} else {
		w.step(now, x, presence.Subscribed{Tx: 1, Seconds: seconds})
	}
	w.current = nil
	w.save(now, watchesTogether)
}

// refresh prolongs one, or ends it.
func (w *watchers) refresh(now time.Time, r *stack.Request, who string, topic presence.Topic, seconds int) {
	w.taken()
	x := w.subs[dialogKey{r.CallID().Value(), r.Tag()}]
	if x == nil || x.Watcher != who || x.Topic != topic || x.Dialog.Remote.Tag != tagOf(r.From().Params) {
		w.e.respond(r, 481, "") // RFC 6665 §4.2.1.4
		return
	}
	w.current = r
	x.adrift = false
	if seconds == 0 {
		w.step(now, x, presence.Unsubscribed{Tx: 1, CSeq: r.CSeq().SeqNo, Flow: r.Flow})
	} else {
		w.step(now, x, presence.Refreshed{
			Tx: 1, CSeq: r.CSeq().SeqNo, Seconds: seconds, Target: contactOf(r.Request), Flow: r.Flow, Agent: agentOf(r),
		})
	}
	w.current = nil
	w.save(now, watchesTogether)
}

func (w *watchers) taken() {
	w.mu.Lock()
	w.asks--
	w.mu.Unlock()
}

// enter makes a subscription findable.
func (w *watchers) enter(x *watch) {
	w.subs[x.key] = x
	w.of[x.Watched] = append(w.of[x.Watched], x)
	w.by[x.Watcher]++
	w.mu.Lock()
	w.keys[x.key] = struct{}{}
	w.mu.Unlock()
}

// forget drops it.
func (w *watchers) forget(x *watch) {
	if x.dead {
		return
	}
	x.dead = true
	for t := range x.timers {
		w.stop(x, presence.Timer(t))
	}
	delete(w.subs, x.key)
	if list := slices.DeleteFunc(w.of[x.Watched], func(o *watch) bool { return o == x }); len(list) > 0 {
		w.of[x.Watched] = list
	} else {
		delete(w.of, x.Watched)
	}
	if w.by[x.Watcher]--; w.by[x.Watcher] == 0 {
		delete(w.by, x.Watcher)
	}
	w.mu.Lock()
	delete(w.keys, x.key)
	w.mu.Unlock()
	w.save(time.Now(), watchesTogether)
}

// all is every subscription, in an order that does not change.
func (w *watchers) all() []*watch {
	return slices.SortedFunc(maps.Values(w.subs), func(a, b *watch) int {
		return cmp.Or(cmp.Compare(a.key.callID, b.key.callID), cmp.Compare(a.key.localTag, b.key.localTag))
	})
}

// run is the goroutine.
func (w *watchers) run() {
	w.restore()
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		clock.Reset(w.next(time.Now()))
		select {
		case <-w.e.stop:
			w.write()
			return
		case <-w.wake:
		case <-clock.C:
		}
		if w.e.frozen.Load() {
			continue // nothing is sent any more; what came is left to the process after this one
		}
		w.work()
	}
}

// next is how long the goroutine may sleep.
func (w *watchers) next(now time.Time) time.Duration {
	wait := time.Hour
	if len(w.due) > 0 {
		wait = w.due[0].at.Sub(now)
	}
	if !w.saveAt.IsZero() {
		wait = min(wait, w.saveAt.Sub(now))
	}
	return max(wait, 0)
}

func (w *watchers) work() {
	w.mu.Lock()
	box, changed := w.box, w.changed
	w.box, w.changed = nil, make(map[string][2]bool)
	w.mu.Unlock()
	for _, f := range box {
		w.safely(func() { f(time.Now()) })
	}
	for _, ext := range slices.Sorted(maps.Keys(changed)) {
		w.safely(func() { w.spread(time.Now(), ext, changed[ext]) })
	}
	for len(w.due) > 0 && !time.Now().Before(w.due[0].at) {
		t := w.due[0]
		w.stop(t.w, t.timer)
		w.safely(func() { w.ring(time.Now(), t) })
	}
	if now := time.Now(); !w.saveAt.IsZero() && !now.Before(w.saveAt) {
		w.write()
	}
}

// safely keeps a fault to the message that brought it about.
func (w *watchers) safely(f func()) {
	defer func() {
		if p := recover(); p != nil {
			w.current = nil
			w.e.log.Error("a subscription failed", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	f()
}

// spread tells the watchers of an extension that something changed: its lamp, its mailbox.
func (w *watchers) spread(now time.Time, ext string, what [2]bool) {
	k := w.knows(ext)
	grey := k.Lamp == exchange.LampGrey
	for _, x := range slices.Clone(w.of[ext]) {
		mail := x.Topic.Package == presence.Summary
		switch {
		case x.told == k.nr: // the NOTIFY that just left had it
		case mail && what[1], !mail && what[0] && !grey:
			w.step(now, x, presence.StateChanged{})
		case !mail && what[0]:
			w.step(now, x, presence.Stopped{Reason: presence.ReasonRejected})
		}
	}
}

func (w *watchers) ring(now time.Time, t *due) {
	if t.timer == presence.TimerExpiry {
		w.step(now, t.w, presence.Expired{})
		return
	}
	w.step(now, t.w, presence.TimerFired{})
}

// step lets one thing happen to a subscription, and what follows from it.
func (w *watchers) step(now time.Time, x *watch, in presence.Input) {
	for in != nil && !x.dead {
		effects := x.Step(now, in)
		in = nil
		for _, eff := range effects {
			switch eff := eff.(type) {
			case presence.SendResponse:
				w.respond(x, eff)
			case presence.SendNotify:
				in = w.notify(now, x, eff)
			case presence.StartTimer:
				w.start(now, x, eff)
			case presence.StopTimer:
				w.stop(x, eff.Timer)
			case presence.Forget:
				w.forget(x)
			}
		}
	}
}

func (w *watchers) respond(x *watch, eff presence.SendResponse) {
	if w.current == nil {
		return
	}
	var list []sip.Header
	if eff.Status == 200 {
		list = []sip.Header{
			sip.NewHeader("Expires", strconv.Itoa(eff.Seconds)), sip.NewHeader("Contact", "<"+w.e.watchedAt(x)+">"),
			sip.NewHeader("Allow-Events", presence.AllowEvents),
		}
	}
	w.e.respond(w.current, eff.Status, "", list...)
}

// notify sends a NOTIFY with what is newest, and says what comes of it at once, if anything.
func (w *watchers) notify(now time.Time, x *watch, eff presence.SendNotify) presence.Input {
	if (x.adrift || x.Tries > 0) && !w.follow(now, x) {
		return presence.NotifyFailed{Via: eff.Msg.Via}
	}
	f := x.Dialog.Flow
	host, more := w.e.host(f), false
	eff.Msg.Contact = w.e.watchedAt(x)
	if !eff.Bare {
		k := w.knows(x.Watched)
		d := x.Write(k.Known, host, w.e.Dialog)
		eff.Msg.Body, eff.Msg.BodyType = d.Body, d.ContentType
		x.Shown, more, x.told = d.Shown, d.More, k.nr
	}
	req, err := build(eff.Msg, f, host)
	if err == nil {
		_, err = w.e.stack.Send(req, f)
	}
	w.save(now, numbersTogether)
	switch {
	case err != nil:
		w.e.log.Debug("NOTIFY not sent", "error", err)
		return presence.NotifyFailed{Via: eff.Msg.Via}
	case more:
		return presence.StateChanged{}
	default:
		return nil
	}
}

// follow finds a phone that did not answer, or whose connection is gone, by where it registered last. It reports false when there is no way to it.
func (w *watchers) follow(now time.Time, x *watch) bool {
	for _, b := range w.e.registrar.Lookup(now, x.Watcher) {
		if b.Contact == x.Dialog.Target {
			x.adrift = x.adrift && b.Flow == x.Dialog.Flow
			x.Dialog.Flow = b.Flow
			return !x.adrift
		}
	}
	return !x.adrift
}

func (w *watchers) start(now time.Time, x *watch, eff presence.StartTimer) {
	w.stop(x, eff.Timer)
	t := &due{at: now.Add(eff.After), w: x, timer: eff.Timer}
	x.timers[eff.Timer] = t
	heap.Push(&w.due, t)
}

func (w *watchers) stop(x *watch, timer presence.Timer) {
	if t := x.timers[timer]; t != nil {
		x.timers[timer] = nil
		heap.Remove(&w.due, t.index)
	}
}

// Dialog is where the call of a phone that rings can be taken over by an INVITE with Replaces (RFC 3891): the ids as the phone that rings has
// them, its own tag being the local one.
func (e *Edge) Dialog(id plan.LegID) (callID, localTag, remoteTag string, ok bool) {
	l := e.leg(id)
	if l == nil {
		return "", "", "", false
	}
	if at := l.actor.Standing(); !at.Placed || at.Confirmed || at.Over {
		return "", "", "", false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rings.callID, l.peerTag, l.rings.localTag, l.peerTag != ""
}

// hear notes the dialog that a response to an INVITE makes or ends, for Dialog.
func (l *line) hear(r *stack.Response) {
	if r.CSeq().MethodName != sip.INVITE {
		return
	}
	k, tag := dialogKey{r.CallID().Value(), tagOf(r.From().Params)}, tagOf(r.To().Params)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case r.StatusCode >= 300 && k == l.rings:
		l.rings, l.peerTag = dialogKey{}, ""
	case r.StatusCode > 100 && r.StatusCode < 300 && tag != "":
		l.rings, l.peerTag = k, tag
	}
}

// FlowClosed is called by the stack when a connection is gone.
func (s sink) FlowClosed(f stack.Flow) { s.e.watchers.flowClosed(f) }
