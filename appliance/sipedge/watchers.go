package sipedge

import (
	"cmp"
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
	"autocom/appliance/sipedge/presence"
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
	changed map[string]abouts      // by extension

	// What follows belongs to the goroutine.
	subs    map[dialogKey]*watch
	of      map[string][]*watch // by the extension watched
	by      map[string][]*watch // by the extension whose phone asked
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

// about is what changed of an extension.
type about int

const (
	aboutLamp about = iota
	aboutMailbox
	allAbouts
)

type abouts [allAbouts]bool

// watch is one subscription as the edge knows it.
type watch struct {
	*presence.State
	key    dialogKey
	told   uint64 // the number of the tidings that were sent last
	timers [presence.Timers]*due
	adrift bool // its connection is gone
	silent bool // it did not answer the last NOTIFY
	dead   bool
}

func newWatchers(e *Edge) *watchers {
	return &watchers{
		e: e, wake: make(chan struct{}, 1),
		keys: make(map[dialogKey]struct{}), known: make(map[string]tidings), changed: make(map[string]abouts),
		subs: make(map[dialogKey]*watch), of: make(map[string][]*watch), by: make(map[string][]*watch),
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
	e.watchers.learn(l.Extension, aboutLamp, func(k *presence.Known) { k.Lamp, k.Dialogs = l.Lamp, slices.Clone(l.Dialogs) })
}

// ShowMailbox takes how many messages wait in an extension's mailbox. Until it is told, phones hear that there are none.
func (e *Edge) ShowMailbox(extension string, fresh, old int) {
	e.watchers.learn(extension, aboutMailbox, func(k *presence.Known) { k.Mailbox, k.New, k.Old = true, fresh, old })
}

func (w *watchers) learn(extension string, what about, change func(*presence.Known)) {
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
	w.post(func(now time.Time) {
		if x := w.subs[k]; x != nil {
			x.silent = x.silent || x.Via == t.Branch()
			w.step(now, x, presence.NotifyFailed{Via: t.Branch(), Timeout: timeout})
		}
	})
	return true
}

// heard says that a phone of an extension registered: what it did not answer is tried again at once.
func (w *watchers) heard(extension string) {
	w.post(func(now time.Time) {
		for _, x := range slices.Clone(w.by[extension]) {
			if x.Phase == presence.Waiting && (x.silent || x.adrift) {
				x.silent = false
				w.step(now, x, presence.TimerFired{})
			}
		}
	})
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

// enter makes a subscription findable.
func (w *watchers) enter(x *watch) {
	w.subs[x.key] = x
	w.of[x.Watched] = append(w.of[x.Watched], x)
	w.by[x.Watcher] = append(w.by[x.Watcher], x)
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
	drop(w.of, x.Watched, x)
	drop(w.by, x.Watcher, x)
	w.mu.Lock()
	delete(w.keys, x.key)
	w.mu.Unlock()
	w.save(time.Now(), watchesTogether)
}

// drop takes a subscription out of a list of them.
func drop(lists map[string][]*watch, name string, x *watch) {
	left := slices.DeleteFunc(lists[name], func(o *watch) bool { return o == x })
	if len(left) == 0 {
		delete(lists, name)
		return
	}
	lists[name] = left
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
	w.box, w.changed = nil, make(map[string]abouts)
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
func (w *watchers) spread(now time.Time, ext string, what abouts) {
	k := w.knows(ext)
	grey := k.Lamp == exchange.LampGrey
	for _, x := range slices.Clone(w.of[ext]) {
		mail := x.Topic.Package == presence.Summary
		switch {
		case x.told == k.nr: // the NOTIFY that just left had it
		case mail && what[aboutMailbox], !mail && what[aboutLamp] && !grey:
			w.step(now, x, presence.StateChanged{})
		case !mail && what[aboutLamp]:
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
