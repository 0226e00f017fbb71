package exchange

import (
	"cmp"
	"slices"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/transfer"
)

// Pick-up by command: the phone of whoever asks is rung, and lifts by itself where it can; lifted, it has the call of the other. Until then the
// other rings on, and whoever is first has it. Rules are those of a pick-up by the phone itself (mayReplace): a queue's call is for who serves the
// queue, and for its supervisors.

// pickUpLabel is what a phone shows that is rung for a pick-up.
const pickUpLabel = "Interception"

// pickUp takes a call that rings elsewhere, or is parked, at an agent's or an extension's phone.
func (s *State) pickUp(in CallPickUp) {
	f := call.Fetch{Call: in.Call, By: in.By}
	switch {
	case in.Slot != "":
		if c := s.parkedAt(in.Slot); c != nil {
			f.Call = c.ID
		}
	case in.Ringing != "":
		f.Call, f.Rang = s.ringingAt(in.Ringing), in.Ringing
	}
	s.fetch(in, in.Agent, in.Extension, f)
}

// pull gives a waiting caller to an agent or to a phone, past the order of the queue.
func (s *State) pull(in CallPull) {
	c := s.calls[in.Call]
	var why []fact.Reason
	switch {
	case c == nil:
		why = []fact.Reason{{Code: "call.unknown"}}
	case c.Phase != call.Queued:
		why = []fact.Reason{{Code: "call.not_waiting", Detail: c.Phase.String()}}
	case slices.ContainsFunc(c.Out, func(o queue.Offer) bool { return o.State == queue.OfferWhispering }): // somebody has lifted for them
		why = []fact.Reason{{Code: "call.not_waiting", Detail: queue.OfferWhispering.String()}}
	default:
		why = s.mayAct(in.By, MayMove, in.Agent, c.Visit.Queue)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.fetch(in, in.Agent, in.Extension, call.Fetch{Call: c.ID, By: in.By, Past: true})
}

// pulled reports whether a phone is rung that will have a waiting caller.
func (s *State) pulled(c *call.Call) bool {
	if c.Visit.Pulled == "" {
		return false
	}
	f := s.calls[c.Visit.Pulled]
	return f != nil && f.Phase == call.Lifting
}

// reservePulled keeps a waiting caller for the phone that is rung for them: nobody else is offered them, and whose phone rings is let go without blame.
func (s *State) reservePulled(o *call.Call, by plan.CallID) {
	s.touch(o)
	o.Visit.Pulled = by
	s.offersEvent(o, queue.Withdrawn)
}

// releasePulled gives a caller back to their queue for whom a phone was rung in vain.
func (s *State) releasePulled(f *call.Call) {
	o := s.calls[f.Fetch.Call]
	if o == nil || o.Visit.Pulled != f.ID || o.Phase != call.Queued {
		return
	}
	s.touch(o)
	o.Visit.Pulled, s.dirty = "", true
	if o.Visit.Overdue {
		s.overflow(o)
	}
	s.touch(f)
}

// endPull ends the ringing of a phone for a caller who has left their queue.
func (s *State) endPull(c *call.Call, by plan.CallID) {
	f := s.calls[by]
	if f == nil || f.Phase != call.Lifting {
		return
	}
	s.touch(f)
	s.closeWith(f, call.Verdict{Outcome: fact.CallFailed, Cause: string(RefusedGone), Reasons: []fact.Reason{{Code: "call.not_waiting"}}}, RefusedGone)
	s.touch(c)
}

// ringingAt finds the call that rings at an extension.
func (s *State) ringingAt(extension string) plan.CallID {
	for _, c := range s.order {
		for i := range c.Legs {
			if l := &c.Legs[i]; l.Extension == extension && l.Way == call.Out && l.Rings() && l.ID != c.Monitor.Leg {
				return c.ID
			}
		}
	}
	return ""
}

// fetch rings a phone that will have a call of others once it is lifted.
func (s *State) fetch(in command, who, extension string, f call.Fetch) {
	where, a, why := s.seatOf(CallPlace{By: f.By, Agent: who, Extension: extension})
	if why == nil {
		why = s.mayFetch(f, where)
	}
	if o := s.calls[f.Call]; why == nil && o.Phase == call.Queued && s.pulled(o) {
		why = []fact.Reason{{Code: "call.pulled", Detail: s.calls[o.Visit.Pulled].Fetch.By}}
	}
	if why == nil {
		why = s.mayRing(where)
	}
	if why == nil && a != nil && a.Activity != agent.Idle && a.Activity != agent.WrapUp {
		why = []fact.Reason{{Code: a.Activity.Reason(), Detail: string(a.Call)}}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	if a != nil && a.Activity == agent.WrapUp {
		s.wrapUpOver(a, "call.pick_up")
	}
	o := s.calls[f.Call]
	ext, _ := s.site.extension(where)
	s.serial++
	c := &call.Call{
		ID: s.newCallID(), Serial: s.serial, Phase: call.Lifting, Flow: call.Internal, Revision: s.site.Revision, Opened: s.clock,
		Target: call.Target{Kind: "extension"}, Music: plan.MusicDefault, Hops: defaultHops - 1, Fetch: f, Caller: call.Party{Number: where, Name: ext.Name},
	}
	ring := ringTime(ext.RingMS)
	l := call.Leg{ID: s.newLegID(), Way: call.Out, State: call.Placed, Extension: where, Since: s.clock}
	c.Asked = l.ID
	s.addCall(c)
	s.tell(fact.CallOpened{Call: string(c.ID), Leg: string(l.ID), Flow: string(c.Flow), Extension: where, Revision: c.Revision, Dialled: cmp.Or(o.Parked.Slot, f.Rang)})
	s.tell(fact.CallPlaced{Call: string(c.ID), By: f.By, Agent: who, Extension: where, AutoAnswer: true})
	s.addLeg(c, l)
	s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(l.ID), Way: string(call.Out), Extension: where})
	s.reserve(c, l.ID, where, ring, "call.pick_up")
	s.do(Ring{
		Leg: l.ID, Call: c.ID, To: Destination{Extension: where}, Caller: Caller(o.Caller), Label: cmp.Or(o.Parked.Slot, pickUpLabel),
		AutoAnswer: true, Hops: c.Hops,
	})
	s.after(c, ring, call.RingTimeout)
	if f.Past && o.Phase == call.Queued {
		s.reservePulled(o, c.ID)
	}
	if r := in.asked().request; r != 0 {
		s.do(Reply{Request: r, Call: c.ID})
	}
}

// mayFetch says why a phone cannot have a call of others; nil when it can.
func (s *State) mayFetch(f call.Fetch, where string) []fact.Reason {
	c := s.calls[f.Call]
	if c == nil || c.CallerLeg() == nil {
		return []fact.Reason{{Code: "call.unknown"}}
	}
	if c.CallerLeg().Extension == where {
		return []fact.Reason{{Code: "extension.self", Detail: where}}
	}
	rung := rungInside(c)
	switch {
	case c.Phase == call.Parked:
		return nil
	case c.Phase == call.Queued && f.Past:
		return nil // asked for by a supervisor, who had the right to
	case c.Phase == call.Queued && (c.Offering() || !strings.HasPrefix(f.By, byAgent)):
		if a := s.agentAt(where); a != nil && a.Serves(c.Visit.Queue) {
			return nil
		}
		if strings.HasPrefix(f.By, bySupervisor) && s.mayAct(f.By, MayMove, "", c.Visit.Queue) == nil {
			return nil
		}
		return []fact.Reason{{Code: "pickup.not_in_queue", Detail: c.Visit.Queue}}
	case rung != nil:
		if t := c.Leg(c.Transfer.Referrer); t != nil && t.Extension == where {
			return []fact.Reason{{Code: "extension.self", Detail: where}}
		}
		return nil
	}
	return []fact.Reason{{Code: "pickup.nothing", Detail: c.Phase.String()}}
}

// rungInside is the leg of the one phone of the house that rings for a caller outside any queue, or nil.
func rungInside(c *call.Call) *call.Leg {
	var l *call.Leg
	switch c.Phase {
	case call.Dialling:
		l = c.Placed()
	case call.Transferring:
		l = c.Leg(c.Transfer.Rung)
	default:
	}
	if l == nil || l.Extension == "" || l.State != call.Placed && !l.Rings() {
		return nil
	}
	return l
}

// fetched gives a phone that was lifted the call it was rung for, when that can still be had.
func (s *State) fetched(c *call.Call) {
	l := c.CallerLeg()
	if why := s.mayFetch(c.Fetch, l.Extension); why != nil {
		s.turnAway(c, RefusedGone, call.Verdict{Outcome: fact.CallFailed, Cause: string(RefusedGone), Reasons: why})
		return
	}
	o, id := s.calls[c.Fetch.Call], l.ID
	s.touch(o)
	o.Visit.Pulled = ""
	s.adopt(c, o, id)
	s.closeMerged(c, o)
	l = o.Leg(id)
	if rung := rungInside(o); rung != nil {
		s.tell(fact.LegReplaced{Call: string(o.ID), Leg: string(rung.ID), By: string(id), Extension: l.Extension, Early: true})
	}
	switch o.Phase {
	case call.Parked:
		s.unpark(o, l)
	case call.Queued:
		for _, x := range o.Out {
			s.tell(fact.LegReplaced{Call: string(o.ID), Leg: string(x.Leg), By: string(id), Extension: l.Extension, Early: true})
		}
		s.offersEvent(o, queue.OtherFaster)
		s.answeredBy(o, s.agentIDOn(id), id)
	case call.Transferring:
		s.elsewhere(o, o.Transfer.Rung)
		o.Transfer.Rung = id
		e := transfer.TargetAnswered
		if o.Transfer.State == transfer.Recalling {
			e = transfer.RecallAnswered
		}
		s.transferEvent(o, e, "")
	default:
		s.elsewhere(o, rungInside(o).ID)
		s.connect(o, id)
	}
}
