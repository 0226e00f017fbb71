package exchange

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// placement is the queue that has room for a caller, and those on the way that had none.
type placement struct {
	queue   string // empty: none
	passed  []passed
	reasons []fact.Reason
}

// passed is a queue a caller could not stand in.
type passed struct {
	queue   string
	outcome fact.VisitOutcome
}

// placeIn follows a queue's overflow until there is room and somebody to serve. A ring of queues that have neither ends where it began. Whether
// anybody is there is asked before whether there is room.
func (s *State) placeIn(c *call.Call, id string) placement {
	var p placement
	x := s.siteOf(c)
	for id != "" && !slices.ContainsFunc(p.passed, func(o passed) bool { return o.queue == id }) {
		i, ok := x.queues[id]
		if !ok {
			p.reasons = append(p.reasons, fact.Reason{Code: "queue.unknown", Detail: id})
			return p
		}
		switch q := &x.Queues[i]; {
		case s.notLetIn(q):
			p.passed = append(p.passed, passed{id, fact.VisitNobodyFit})
			p.reasons = append(p.reasons, fact.Reason{Code: "queue.nobody_there", Detail: id})
			id = whenEmpty(q)
		case q.MaxLength == 0 || s.length(id) < q.MaxLength:
			p.queue = id
			return p
		default:
			p.passed = append(p.passed, passed{id, fact.VisitFull})
			p.reasons = append(p.reasons, fact.Reason{Code: "queue.full", Detail: id})
			id = q.Overflow
		}
	}
	return p
}

// length is how many callers wait in a queue.
func (s *State) length(queue string) int {
	n := 0
	for _, c := range s.waiting {
		if c.Visit.Queue == queue {
			n++
		}
	}
	return n
}

// enterAndLeave tells of the queues a caller was turned away from.
func (s *State) enterAndLeave(c *call.Call, p placement) {
	for i, o := range p.passed {
		to := p.queue
		if i+1 < len(p.passed) {
			to = p.passed[i+1].queue
		}
		c.Visits++
		s.tell(fact.VisitEntered{Call: string(c.ID), Visit: c.Visits, Queue: o.queue, Position: s.length(o.queue) + 1})
		s.tell(fact.VisitEnded{Call: string(c.ID), Visit: c.Visits, Queue: o.queue, Outcome: o.outcome, To: to})
	}
}

// enterQueue puts a caller in a queue, or in the one its overflow leads to. Their place among all who wait counts from their first queue.
func (s *State) enterQueue(c *call.Call, id, from string) {
	p := s.placeIn(c, id)
	s.enterAndLeave(c, p)
	if p.queue == "" {
		s.turnAway(c, RefusedBusy, call.Verdict{Outcome: fact.CallDeterred, Stage: fact.StageQueue, Reasons: p.reasons})
		return
	}
	if len(p.passed) > 0 {
		from = p.passed[len(p.passed)-1].queue
	}
	q, _ := s.siteOf(c).queue(p.queue)
	s.stand(c, q, from)
}

// stand puts a caller in a queue, full or not: at the place of who waits since their first queue.
func (s *State) stand(c *call.Call, q Queue, from string) { s.standAt(c, q, from, 0) }

// standAt is stand, first in line when a person said so at that time.
func (s *State) standAt(c *call.Call, q Queue, from string, first int64) {
	fresh := c.FirstQueued == 0
	if fresh {
		c.FirstQueued = s.clock
	}
	c.Visits++
	c.Visit = queue.Visit{N: c.Visits, Queue: q.ID, Entered: s.clock, First: first}
	c.Phase = call.Queued
	c.Music = q.Music
	at, _ := slices.BinarySearchFunc(s.waiting, c, byWaiting)
	s.waiting = inserted(s.waiting, at, c)
	s.tell(fact.VisitEntered{
		Call: string(c.ID), Visit: c.Visit.N, Queue: q.ID, Position: s.position(c), Priority: priority(c, &q), From: from,
	})
	if fresh && c.Had == call.HadNobody { // who is handed over is not sent back to whom they had
		s.ownFirst(c, &q)
	}
	s.relaxLater(c)
	s.tellQueue(c, q)
	if q.MaxWaitMS > 0 && !unreached(c) { // whoever is called back waits for nobody on the line
		s.after(c, q.MaxWaitMS, call.MaxWait)
	}
	s.replan(c)
	s.dirty = true
}

// relaxLater wakes the queue when the caller has waited for so long that it asks less of its agents.
func (s *State) relaxLater(c *call.Call) {
	if _, _, next := askedLevels(s.queueOf(c), c, s.clock, nil); next > 0 {
		s.after(c, next-s.clock, call.NeedsRelax)
	}
}

// byWaiting orders callers by how long they wait, from their first queue; arrival decides between equals. Who is served first is queue.Compare's
// affair: within one queue and priority it is this order.
func byWaiting(a, b *call.Call) int {
	return cmp.Or(cmp.Compare(a.FirstQueued, b.FirstQueued), cmp.Compare(a.Serial, b.Serial))
}

// endVisit closes a passage.
func (s *State) endVisit(c *call.Call, o fact.VisitOutcome, to, who string) {
	s.closeVisit(c, fact.VisitEnded{Outcome: o, To: to, Agent: who})
}

// endVisitBy closes a passage by a key.
func (s *State) endVisitBy(c *call.Call, o fact.VisitOutcome, key, to string) {
	s.closeVisit(c, fact.VisitEnded{Outcome: o, Key: key, To: to})
}

func (s *State) closeVisit(c *call.Call, f fact.VisitEnded) {
	v := c.Visit
	wait := s.clock - v.Entered
	c.WaitMS += wait
	c.Visit = queue.Visit{}
	if f.Outcome == fact.VisitAnswered {
		c.Served = v.Queue
	}
	s.hush(c)
	s.cancel(c, call.Announce)
	s.cancel(c, call.MaxWait)
	s.cancel(c, call.RetryOffer)
	s.cancel(c, call.NeedsRelax)
	s.cancel(c, call.RequiredOver)
	s.waiting = without(s.waiting, c)
	s.endPull(c, v.Pulled)
	f.Call, f.Visit, f.Queue, f.WaitMS, f.Offers = string(c.ID), v.N, v.Queue, wait, v.Offers
	s.tell(f)
}

// waitedTooLong is the queue's limit. A phone that rings is let ring: the caller goes on only when nobody lifts.
func (s *State) waitedTooLong(c *call.Call) {
	switch {
	case c.Phase != call.Queued:
	case c.Offering() || s.pulled(c):
		c.Visit.Overdue = true
	default:
		s.overflow(c)
	}
}

func (s *State) overflow(c *call.Call) {
	q, _ := s.siteOf(c).queue(c.Visit.Queue)
	s.endVisit(c, fact.VisitWaitedTooLong, q.Overflow, "")
	if q.Overflow == "" {
		s.turnAway(c, RefusedBusy, call.Verdict{
			Outcome: fact.CallDeterred, Stage: fact.StageQueue, Reasons: []fact.Reason{{Code: "queue.waited_too_long", Detail: q.ID}},
		})
		return
	}
	s.enterQueue(c, q.Overflow, q.ID)
}

// makeOffer presents a waiting call to an agent: the reservation, then the phone. armRing must follow.
func (s *State) makeOffer(c *call.Call, q *Queue, a *agent.Agent, candidates []fact.Candidate) {
	s.hit("offer")
	ring := ringTime(q.RingMS)
	leg := s.newLegID()
	c.Offers++
	c.Visit.Offers++
	c.Visit.Nobody = 0
	c.Out = append(c.Out, queue.Offer{N: c.Offers, State: queue.OfferPlaced, Agent: a.ID, Leg: leg, Made: s.clock, Due: s.clock + ring})
	s.tell(fact.OfferMade{
		Call: string(c.ID), Visit: c.Visit.N, Offer: c.Offers, Queue: q.ID, Agent: a.ID, Extension: a.Extension, Leg: string(leg),
		WaitedMS: s.clock - c.FirstQueued, Candidates: candidates,
	})
	s.agentEvent(a, agent.Chosen, c.ID, leg, fact.Reason{Code: "queue.chosen", Detail: q.ID})
	a.Lease = s.clock + ring + leaseMargin
	ringing := Ring{Leg: leg, Call: c.ID, To: Destination{Extension: a.Extension}, Caller: Caller(c.Caller), Label: q.Name, Hops: c.Hops}
	if a.Away() {
		t, _ := s.lineTo(a)
		ringing.To, ringing.Caller = Destination{Trunk: t.Name, Number: a.Outside}, Caller{Number: t.Presented}
	}
	s.addLeg(c, call.Leg{ID: leg, Way: call.Out, State: call.Placed, Trunk: ringing.To.Trunk, Extension: a.Extension, Since: s.clock})
	s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(leg), Way: string(call.Out), Trunk: ringing.To.Trunk, Extension: a.Extension})
	s.do(ringing)
}

// armRing wakes the call when the first of its presentations has lasted long enough. Each has its own time: phones of a queue that rings
// everybody may begin one after the other.
func (s *State) armRing(c *call.Call) {
	due := int64(0)
	for i := range c.Out {
		if d := c.Out[i].Due; i == 0 || d < due {
			due = d
		}
	}
	if len(c.Out) > 0 {
		s.after(c, max(0, due-s.clock), call.RingTimeout)
	}
}

// offersDue ends the presentations that have lasted long enough.
func (s *State) offersDue(c *call.Call) {
	for _, o := range slices.Clone(c.Out) {
		if o.Due <= s.clock {
			s.offerEvent(c, o.Leg, queue.RingOver, 0)
		}
	}
	if c.Offering() {
		s.armRing(c)
	}
}

// offersEvent is what happens to every presentation of a call that is out.
func (s *State) offersEvent(c *call.Call, e queue.OfferEvent) {
	for _, o := range slices.Clone(c.Out) {
		s.offerEvent(c, o.Leg, e, 0)
	}
}

// offerEvent is everything that can happen to a presentation that is out.
func (s *State) offerEvent(c *call.Call, leg plan.LegID, e queue.OfferEvent, sip int) {
	out := c.Offer(leg)
	if out == nil {
		return
	}
	m := queue.StepOffer(out.State, e)
	if m.Ignore != "" {
		return
	}
	out.State = m.Next
	switch m.Next {
	case queue.OfferRinging:
		out.RangAt = s.clock
		return
	case queue.OfferAsking:
		s.tellAgent(c, out)
		return
	case queue.OfferWhispering: // somebody is there: the others need not ring any more
		for _, other := range slices.Clone(c.Out) {
			if other.Leg != leg {
				s.offerEvent(c, other.Leg, queue.OtherFaster, 0)
			}
		}
		s.tellAgent(c, c.Offer(leg))
		return
	case queue.OfferPlaced, queue.OfferOver:
	}
	s.hushAgent(out)
	o := *out
	told := o.Lifted != 0 // the plan has this leg
	c.Out = slices.DeleteFunc(c.Out, func(x queue.Offer) bool { return x.Leg == leg })
	if !c.Offering() {
		s.cancel(c, call.RingTimeout)
	}
	if told && m.Outcome != fact.OfferAnswered && c.Verdict.Outcome == "" {
		s.replan(c)
	}
	s.tell(fact.OfferEnded{
		Call: string(c.ID), Visit: c.Visit.N, Offer: o.N, Agent: o.Agent, Outcome: m.Outcome, RingMS: o.RingMS(s.clock), SIP: sip,
	})
	switch m.Outcome {
	case fact.OfferAnswered:
		s.offersEvent(c, queue.OtherFaster)
		s.answeredBy(c, o.Agent, leg)
		return
	case fact.OfferLostRace:
		s.elsewhere(c, leg)
		return
	default:
	}
	if e != queue.CallerLeft {
		c.LastOffer = m.Outcome
	}
	if o.Agent == c.Visit.Required && m.Outcome != fact.OfferBusy && m.Outcome != fact.OfferCancelled {
		s.anybody(c)
	}
	s.hangUp(c, leg, RefusedNoAnswer)
	s.missed(c, o.Agent, m.Outcome, e)
	if c.Verdict.Outcome == "" && !c.Offering() {
		s.nextOffer(c)
	}
}

// anybody lets a caller go who waited for one agent.
func (s *State) anybody(c *call.Call) {
	s.cancel(c, call.RequiredOver)
	c.Visit.Required = ""
	s.dirty = true
}

// answeredBy gives a waiting caller to the agent who answered, at a leg of theirs.
func (s *State) answeredBy(c *call.Call, who string, leg plan.LegID) {
	c.LastOffer = ""
	c.Agent, c.AnsweredIn = who, c.Visit.Queue
	if a := s.agent(who); a != nil {
		s.touchAgent(a).Misses = 0
	}
	s.endVisit(c, fact.VisitAnswered, "", who)
	switch {
	case unreached(c) && c.Contact != "":
		s.callContact(c, leg)
		return
	case unreached(c):
		s.callBack(c, leg)
		return
	}
	s.reachedAgent(c)
	s.connect(c, leg)
	s.recordByQueue(c)
}

// nextOffer goes on with a caller whose presentation failed: back to the music for a moment, or to the next queue.
func (s *State) nextOffer(c *call.Call) {
	if unreached(c) && c.Contact != "" { // one call for one agent, who is not there
		s.agentMissing(c)
		return
	}
	q, _ := s.siteOf(c).queue(c.Visit.Queue)
	switch {
	case s.pulled(c): // until it is known what comes of that
	case c.Visit.Overdue:
		s.overflow(c)
	case q.RetryMS > 0:
		s.after(c, q.RetryMS, call.RetryOffer)
	default:
		s.dirty = true
	}
}
