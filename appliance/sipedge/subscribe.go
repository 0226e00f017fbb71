package sipedge

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/presence"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

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
	if len(w.subs) >= maxWatches || len(w.by[s.Watcher]) >= maxPhoneWatches || len(w.of[s.Watched]) >= maxWatchersOf || w.subs[x.key] != nil {
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
	x.adrift, x.silent = false, false
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
