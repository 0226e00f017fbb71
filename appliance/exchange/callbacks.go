package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/routing"
)

// People who are called back (FEATURES §8, Callback). A wish keeps the place its caller had in the queue: when their turn comes, an agent is rung
// first, and once the agent has lifted, the caller. Nobody is called back who has reached an agent meanwhile.

// Defaults of a queue that says nothing, in ms.
const (
	callbackTries = 3
	callbackRetry = 600_000
	callbackKeep  = 86_400_000
	callbackRing  = 40_000

	mostAhead = 31 * 86_400_000 // how far ahead somebody may ask for it
)

// maxCallbacks bounds how many wishes the box holds.
const maxCallbacks = 500

// callback is one person to be called back.
type callback struct {
	ID       string       `json:"id"`
	Queue    string       `json:"queue"`
	Number   string       `json:"number"` // E.164
	Subject  fact.Subject `json:"subject"`
	Source   string       `json:"source"`
	KeepMS   int64        `json:"keep_ms,omitempty"` // how long the slot is that was asked for; 0: as the queue says
	Since    int64        `json:"since"`             // ms since boot: the place that is kept
	Serial   uint64       `json:"serial"`
	Attempts int          `json:"attempts,omitempty"` // how often the caller was rung
	Due      TimerID      `json:"due,omitempty"`      // the next attempt; 0: one is being made
	Until    TimerID      `json:"until"`              // when it is given up
	Call     plan.CallID  `json:"call,omitempty"`
}

func (k Callback) confirmation() plan.Sound {
	return cmp.Or(k.Confirm, sayGoodbye)
}

// mayCallBack says why a number cannot be called back from a queue; nil when it can. A form on a web page would let a stranger have us call anywhere
// (FEATURES §10): it reaches numbers of this country only, and nobody reaches dear ones.
func (s *State) mayCallBack(x *site, queue, typed, source string) []fact.Reason {
	full, err := number.E164(x.Country, typed)
	if err != nil {
		return []fact.Reason{{Code: "number.unreadable"}}
	}
	path := policy.PathCallback
	if source == "web" {
		path = policy.PathForm
	}
	a := s.asks(x, path, "", queue, full)
	a.Night = false // asked again when it is placed
	if why := policy.Gate(a); why != nil {
		return why
	}
	if d := x.table.Outside(full); d.To == routing.ToRefused {
		return d.Reasons
	}
	return nil
}

// wish notes somebody to be called back. Who has a wish in this queue already keeps that one, and its place.
func (s *State) wish(k callback, from plan.CallID, q Queue) (id string, room bool) {
	if i := slices.IndexFunc(s.callbacks, func(o callback) bool { return o.Queue == k.Queue && o.Subject == k.Subject }); i >= 0 {
		return s.callbacks[i].ID, true
	}
	if !s.roomToWish(k.Queue, k.Subject) {
		return "", false
	}
	s.nextBack++
	k.ID = fmt.Sprintf("k%d-%06d", s.epoch, s.nextBack)
	after := max(0, k.Since-s.clock)
	closed, _ := s.site.opensIn(q.Callback, s.utc+after)
	k.Since = min(k.Since, s.clock)
	keep := k.KeepMS // a slot ends when it ends
	if keep == 0 {
		keep = closed + cmp.Or(q.Callback.KeepMS, callbackKeep)
	}
	k.Due = s.startTimer(timer{At: s.clock + after + closed, For: forCallback, Agent: k.ID})
	k.Until = s.startTimer(timer{At: s.clock + after + keep, For: forCallbackEnd, Agent: k.ID})
	s.callbacks = append(slices.Clip(s.callbacks), k)
	s.tell(fact.CallbackRequested{
		Callback: k.ID, Call: string(from), Queue: k.Queue, Subject: k.Subject, Source: k.Source, SinceMS: s.clock - k.Since,
	})
	return k.ID, true
}

// roomToWish reports whether a wish for somebody would be kept, or is.
func (s *State) roomToWish(queue string, who fact.Subject) bool {
	return len(s.callbacks) < maxCallbacks || slices.ContainsFunc(s.callbacks, func(o callback) bool { return o.Queue == queue && o.Subject == who })
}

// keepCallback puts a wish that has changed in its place.
func (s *State) keepCallback(k callback) {
	list := slices.Clone(s.callbacks)
	for i := range list {
		if list[i].ID == k.ID {
			list[i] = k
		}
	}
	s.callbacks = list
}

func (s *State) callback(id string) (callback, bool) {
	i := slices.IndexFunc(s.callbacks, func(k callback) bool { return k.ID == id })
	if i < 0 {
		return callback{}, false
	}
	return s.callbacks[i], true
}

// callbackDue lets a wish stand in its queue, at its place.
func (s *State) callbackDue(id string) {
	k, ok := s.callback(id)
	if !ok {
		return
	}
	x := s.site
	q, there := x.queue(k.Queue)
	if !there {
		s.endCallback(k, "cancelled", fact.Reason{Code: "queue.unknown", Detail: k.Queue})
		return
	}
	if s.night { // no agent is rung for a call that cannot leave
		k.Due = s.startTimer(timer{At: s.clock + cmp.Or(q.Callback.RetryMS, callbackRetry), For: forCallback, Agent: k.ID})
		s.keepCallback(k)
		return
	}
	if closed, ever := x.opensIn(q.Callback, s.utc); closed > 0 || !ever {
		k.Due = s.startTimer(timer{At: s.clock + cmp.Or(closed, q.Callback.RetryMS, callbackRetry), For: forCallback, Agent: k.ID})
		s.keepCallback(k)
		return
	}
	s.serial++
	c := &call.Call{
		ID: s.newCallID(), Serial: cmp.Or(k.Serial, s.serial), Phase: call.Queued, Flow: call.Outbound, Revision: x.Revision, Opened: s.clock,
		Caller: call.Party{Subject: k.Subject, Number: k.Number}, Target: call.Target{Kind: string(routing.ToTrunk), Number: k.Number},
		Music: plan.MusicDefault, Hops: defaultHops - 1, FirstQueued: k.Since, Callback: k.ID,
	}
	k.Due, k.Call = 0, c.ID
	s.keepCallback(k)
	s.addCall(c)
	s.tell(fact.CallOpened{Call: string(c.ID), Flow: string(c.Flow), Callee: k.Subject, Callback: k.ID, Revision: c.Revision})
	s.tell(fact.CallRouted{
		Call: string(c.ID), To: "callback", Target: k.Queue, Reasons: []fact.Reason{{Code: "callback.due", Detail: strconv.Itoa(k.Attempts + 1)}},
	})
	s.stand(c, q, "callback")
}

// unreached reports whether a call stands in its queue for somebody who is still to be called: nobody is on the line, and nobody waits on it.
func unreached(c *call.Call) bool { return (c.Callback != "" || c.Contact != "") && c.Asked == "" }

// callBack rings the caller, for the agent who has lifted.
func (s *State) callBack(c *call.Call, leg plan.LegID) {
	x := s.siteOf(c)
	c.Asked, c.Phase = leg, call.Dialling
	s.legAgentEvent(c, leg, agent.Lifted, "call.dialled")
	if k, ok := s.callback(c.Callback); ok {
		q, _ := x.queue(k.Queue)
		if closed, ever := x.opensIn(q.Callback, s.utc); closed > 0 || !ever { // it closed while nobody was free
			s.notPossible(c, RefusedForbidden, fact.Reason{Code: "callback.closed", Detail: x.clock().Civil(s.utc).String()})
			return
		}
		k.Attempts++
		s.keepCallback(k)
	}
	d := x.table.Outside(c.Target.Number)
	c.Target.Lines = d.Lines
	s.tell(fact.CallRouted{Call: string(c.ID), To: string(d.To), Target: routedTarget(d), Reasons: d.Reasons})
	if d.To == routing.ToRefused {
		s.notPossible(c, refusalFor(d.Why), d.Reasons...)
		return
	}
	s.ringOutside(c, RefusedCongestion)
}

// outsideRings is how long a number outside rings (ms): somebody who is called back is not let wait with the agent for minutes.
func (s *State) outsideRings(c *call.Call) int64 {
	if c.Contact != "" {
		if _, k, ok := s.desk.Contact(c.Contact); ok {
			return cmp.Or(k.RingMS, callbackRing)
		}
	}
	if c.Callback == "" {
		return outsideRing
	}
	q, _ := s.siteOf(c).queue(c.Served)
	return cmp.Or(q.Callback.RingMS, callbackRing)
}

// fulfilled closes the wish of somebody who hears their agent. From here on it is a call like any other: sent to a queue, they wait on the line and
// are not called anew.
func (s *State) fulfilled(c *call.Call) {
	if k, ok := s.callback(c.Callback); ok && k.Call == c.ID {
		s.endCallback(k, "reached")
	}
	c.Callback = ""
}

// calledBack goes on with a wish when an attempt is over.
func (s *State) calledBack(c *call.Call) {
	k, ok := s.callback(c.Callback)
	if !ok || k.Call != c.ID {
		return
	}
	x := s.site
	q, there := x.queue(k.Queue)
	tries := cmp.Or(q.Callback.Tries, callbackTries)
	switch {
	case !there || k.Attempts >= tries:
		s.endCallback(k, "unreached", fact.Reason{Code: "callback.tries", Detail: strconv.Itoa(k.Attempts)})
	default:
		k.Call = ""
		k.Due = s.startTimer(timer{At: s.clock + cmp.Or(q.Callback.RetryMS, callbackRetry), For: forCallback, Agent: k.ID})
		s.keepCallback(k)
	}
}

// endCallback closes a wish. An attempt under way ends with it, unless they talk.
func (s *State) endCallback(k callback, outcome string, why ...fact.Reason) {
	s.stopTimer(k.Due)
	s.stopTimer(k.Until)
	s.callbacks = slices.DeleteFunc(slices.Clone(s.callbacks), func(o callback) bool { return o.ID == k.ID })
	s.tell(fact.CallbackEnded{Callback: k.ID, Call: string(k.Call), Outcome: outcome, Attempts: k.Attempts, Reasons: why})
	if c := s.calls[k.Call]; c != nil && c.Verdict.Outcome == "" && !c.Spoke() {
		was := s.working
		s.touch(c)
		if c.Visit.N != 0 { // nobody failed: the wish leaves the queue
			s.offersEvent(c, queue.Withdrawn)
			s.endVisit(c, fact.VisitExited, "", "")
		}
		s.closeWith(c, call.Verdict{Outcome: fact.CallFailed, Cause: "callback_" + outcome, HungUpBy: "box", Reasons: why}, RefusedFailed)
		s.working = was
	}
}

// callbackOver gives a wish up that was kept long enough.
func (s *State) callbackOver(id string) {
	if k, ok := s.callback(id); ok {
		s.endCallback(k, "expired")
	}
}

// reachedAgent takes back the wishes of a caller who talks with an agent: they need no callback any more.
func (s *State) reachedAgent(c *call.Call) {
	if c.Caller.Subject == "" || c.Callback != "" {
		return
	}
	for _, k := range s.callbacks {
		if k.Subject == c.Caller.Subject {
			s.endCallback(k, "cancelled", fact.Reason{Code: "callback.reached_agent", Detail: string(c.ID)})
		}
	}
}

func (s *State) askCallback(in CallbackAsk) {
	x := s.site
	q, ok := x.queue(in.Queue)
	if !ok {
		s.refuse(in, fact.Reason{Code: "queue.unknown", Detail: in.Queue})
		return
	}
	why := s.mayCallBack(x, q.ID, in.Number, in.Source)
	stands := slices.ContainsFunc(s.callbacks, func(k callback) bool { return k.Queue == q.ID && k.Subject == in.Subject })
	asks := in.Source == "web" && !stands
	switch {
	case why != nil:
	case in.Subject == "":
		why = []fact.Reason{{Code: "callback.no_subject"}}
	case in.UntilMS != 0 && in.UntilMS <= max(0, in.AfterMS):
		why = []fact.Reason{{Code: "callback.slot"}}
	case in.AfterMS > mostAhead:
		why = []fact.Reason{{Code: "callback.too_far", Detail: "31 d"}}
	default:
		why = s.slotClosed(x, q, in)
	}
	if why == nil && asks {
		why = s.throttled(q, in.Subject)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	full, _ := number.E164(x.Country, in.Number) // mayCallBack has read it
	if asks {
		s.requests = append(slices.Clip(s.requests), request{Queue: q.ID, Subject: in.Subject, At: s.clock})
	}
	id, room := s.wish(callback{
		KeepMS: min(callbackAhead, max(0, in.UntilMS-max(0, in.AfterMS))), Queue: q.ID, Number: full, Subject: in.Subject, Source: in.Source, Since: s.clock + max(0, in.AfterMS),
	}, "", q)
	if !room {
		s.refuse(in, fact.Reason{Code: "callback.too_many", Detail: strconv.Itoa(maxCallbacks)})
		return
	}
	s.audit(in, id)
	s.done(in)
}

// request is one that a web page made for a number.
type request struct {
	Queue   string       `json:"queue"`
	Subject fact.Subject `json:"subject"`
	At      int64        `json:"at"` // ms since boot
}

// Bounds of requests by web pages.
const (
	callbackAhead  = 30 * 86_400_000 // ms: how long a slot is at most
	callbackDay    = 86_400_000      // ms: within which requests of a number are counted
	callbackPerDay = 3
	callbackHour   = 3_600_000 // ms: within which requests of everybody are counted
	callbackOfHour = 60
)

// throttled says why a web page may not ask for somebody again now; nil when it may. A wish that stands already is not another request: however often
// one number asks, it is called once.
func (s *State) throttled(q Queue, who fact.Subject) []fact.Reason {
	s.requests = slices.DeleteFunc(slices.Clone(s.requests), func(r request) bool { return s.clock-r.At >= callbackDay })
	n, all := 0, 0
	for _, r := range s.requests {
		if r.Queue == q.ID && r.Subject == who {
			n++
		}
		if s.clock-r.At < callbackHour {
			all++
		}
	}
	if most := cmp.Or(q.Callback.PerDay, callbackPerDay); n >= most {
		return []fact.Reason{{Code: "callback.throttle", Detail: strconv.Itoa(n) + " in a day"}}
	}
	if most := cmp.Or(s.site.Outbound.Requests, callbackOfHour); all >= most {
		return []fact.Reason{{Code: "callback.throttle_site", Detail: strconv.Itoa(all) + " in an hour"}}
	}
	if len(s.requests) >= 10*maxCallbacks {
		return []fact.Reason{{Code: "callback.too_many", Detail: strconv.Itoa(len(s.requests))}}
	}
	return nil
}

func (s *State) cancelCallback(in CallbackCancel) {
	k, ok := s.callback(in.Callback)
	if !ok {
		s.refuse(in, fact.Reason{Code: "callback.unknown", Detail: in.Callback})
		return
	}
	s.endCallback(k, "cancelled", fact.Reason{Code: "command.cancelled", Detail: in.By})
	s.done(in)
}

// CallbackView is somebody who is to be called back.
type CallbackView struct {
	ID       string       `json:"id"`
	Queue    string       `json:"queue"`
	Number   string       `json:"number"`
	Subject  fact.Subject `json:"subject"`
	Source   string       `json:"source"`
	SinceMS  int64        `json:"since_ms"` // how long they have waited
	Attempts int          `json:"attempts"`
	Call     plan.CallID  `json:"call,omitempty"` // the attempt under way
}

// Callbacks lists who is to be called back, oldest wish first.
func (s *State) Callbacks() []CallbackView {
	out := make([]CallbackView, 0, len(s.callbacks))
	for _, k := range s.callbacks {
		out = append(out, CallbackView{
			ID: k.ID, Queue: k.Queue, Number: k.Number, Subject: k.Subject, Source: k.Source, SinceMS: s.clock - k.Since, Attempts: k.Attempts, Call: k.Call,
		})
	}
	return out
}
