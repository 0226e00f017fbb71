package exchange

import (
	"slices"
	"strconv"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/routing"
)

// Contacts and the agents who call them. Of every campaign the agent's own phone rings first; the contact is dialled once it was lifted, past the gate
// at that very instant.

// mayCanvass says why an agent cannot have a contact now; nil when they can.
func (s *State) mayCanvass(by, who string) (*agent.Agent, []fact.Reason) {
	a, why := s.atWork(who)
	if why == nil {
		why = s.mayRule(by, who)
	}
	switch {
	case why != nil:
	case a.Session != agent.LoggedIn:
		why = []fact.Reason{{Code: "agent.logged_out", Detail: who}}
	case a.Declared != agent.Available:
		why = []fact.Reason{{Code: "agent.paused", Detail: a.Pause}}
	case a.Activity != agent.Idle && a.Activity != agent.WrapUp:
		why = []fact.Reason{{Code: a.Activity.Reason(), Detail: string(a.Call)}}
	}
	return a, why
}

func (s *State) nextContact(in ContactNext) {
	a, why := s.mayCanvass(in.By, in.Agent)
	id := ""
	if why == nil {
		if has, _, ok := s.desk.Has(a.ID); ok {
			why = []fact.Reason{{Code: "agent.has_contact", Detail: has.ID}}
		} else if in.Campaign != "" && s.book(in.Campaign) < 0 {
			why = []fact.Reason{{Code: "campaign.unknown", Detail: in.Campaign}}
		}
	}
	if why == nil {
		ok := false
		id, ok = s.desk.NextOf(s.utc, a.ID, a.Queues, s.house(s.site), func(k *campaign.Campaign) bool {
			if in.Campaign != "" {
				return k.ID == in.Campaign && k.Mode != campaign.Progressive
			}
			return k.Mode == campaign.Preview
		})
		if !ok {
			why = []fact.Reason{{Code: "campaign.nobody", Detail: in.Campaign}}
		}
	}
	s.give(in, a, id, why)
}

func (s *State) takeContact(in ContactTake) {
	a, why := s.mayCanvass(in.By, in.Agent)
	if _, k, ok := s.desk.Contact(in.Contact); why == nil && ok && k.Mode == campaign.Progressive {
		why = []fact.Reason{{Code: "campaign.progressive", Detail: k.ID}} // the box gives them
	}
	s.give(in, a, in.Contact, why)
}

// give lets an agent have a contact, and answers with its card.
func (s *State) give(in command, a *agent.Agent, id string, why []fact.Reason) {
	if why == nil {
		why = s.desk.Allocate(s.utc, id, a.ID, a.Queues, s.house(s.site))
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.tellContacts("", fact.Reason{Code: "contact.given", Detail: in.asked().refusal.By})
	if r := in.asked().request; r != 0 {
		s.do(Reply{Request: r, Card: s.card(id)})
	}
}

// card is what an agent sees of a contact.
func (s *State) card(id string) *Card {
	c, k, ok := s.desk.Contact(id)
	if !ok {
		return nil
	}
	return &Card{
		Contact: c.ID, Campaign: k.ID, Name: c.Name, Number: c.Number, Attempts: c.Attempts, Custom: append(slices.Clone(k.Custom), c.Custom...), Until: c.Until,
	}
}

func (s *State) returnContact(in ContactReturn) {
	a, why := s.atWork(in.Agent)
	if why == nil {
		why = s.mayRule(in.By, in.Agent)
	}
	has, k, ok := s.desk.Has(in.Agent)
	switch {
	case why != nil:
	case !ok:
		why = []fact.Reason{{Code: "agent.no_contact", Detail: in.Agent}}
	case has.State != campaign.Allocated:
		why = []fact.Reason{{Code: "contact." + has.State.String(), Detail: has.ID}}
	case !in.Skip && k.Mode == campaign.Progressive: // it would be given again at once
		why = []fact.Reason{{Code: "campaign.progressive", Detail: k.ID}}
	case in.Skip:
		why = s.desk.Skip(s.utc, has.ID, a.ID)
	default:
		s.desk.GiveBack(s.utc, a.ID)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	code := "contact.given_back"
	if in.Skip {
		code = "contact.skipped"
	}
	s.tellContacts("", fact.Reason{Code: code, Detail: in.By})
	s.done(in)
}

func (s *State) markContact(in ContactMark) {
	why := s.mayRule(in.By, in.Agent)
	var over []string
	if why == nil && in.Mark == campaign.MarkConverted && s.rings(in.Contact) {
		why = []fact.Reason{{Code: "contact.not_reached", Detail: in.Contact}}
	}
	if why == nil {
		over, why = s.desk.MarkAs(s.utc, in.Contact, in.Agent, in.Mark, in.At)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	c, k, _ := s.desk.Contact(in.Contact)
	s.tell(fact.ContactMarked{
		Contact: c.ID, Campaign: k.ID, Queue: k.Queue, Subject: c.Subject, Agent: in.Agent, By: in.By, Mark: string(in.Mark), Until: in.At,
	})
	s.tellContacts("", fact.Reason{Code: "contact.marked", Detail: string(in.Mark)})
	s.endAttempts(over, nil, "person.refused")
	s.done(in)
}

// rings reports whether a contact is being called and has not answered.
func (s *State) rings(id string) bool {
	return slices.ContainsFunc(s.order, func(c *call.Call) bool { return c.Contact == id && c.Verdict.Outcome == "" && !c.Spoke() })
}

// dialContact rings the phone of an agent who calls the contact they have.
func (s *State) dialContact(in ContactDial) {
	a, why := s.mayCanvass(in.By, in.Agent)
	x := s.site
	has, k, ok := s.desk.Has(in.Agent)
	switch {
	case why != nil:
	case !ok:
		why = []fact.Reason{{Code: "agent.no_contact", Detail: in.Agent}}
	case has.State != campaign.Allocated:
		why = []fact.Reason{{Code: "contact." + has.State.String(), Detail: has.ID}}
	}
	where := ""
	if why == nil {
		where, _, why = s.seat(CallPlace{Agent: in.Agent})
	}
	if why == nil {
		why = s.mayAsk(x, where, a, routing.Decision{To: routing.ToTrunk, Number: has.Number})
	}
	if why == nil {
		why = s.desk.MayCall(s.utc, has.ID, s.house(x))
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	ext, _ := x.extension(where)
	ring := ringTime(ext.RingMS)
	s.desk.Keep(has.ID, s.utc+ring+leaseMargin)
	c := s.attempt(x, has, k, a.ID)
	c.Phase, c.Caller = call.Lifting, call.Party{Number: where, Name: ext.Name}
	l := call.Leg{ID: s.newLegID(), Way: call.Out, State: call.Placed, Extension: where, Since: s.clock}
	c.Asked = l.ID
	s.addCall(c)
	s.tell(fact.CallOpened{
		Call: string(c.ID), Leg: string(l.ID), Flow: string(c.Flow), Extension: where, Callee: has.Subject, Revision: c.Revision, Campaign: k.ID, Contact: has.ID,
	})
	s.tell(fact.CallPlaced{Call: string(c.ID), By: in.By, Agent: a.ID, Extension: where, Queue: k.Queue, AutoAnswer: true})
	s.addLeg(c, l)
	s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(l.ID), Way: string(call.Out), Extension: where})
	s.reserve(c, l.ID, where, ring, "call.asked")
	s.do(Ring{
		Leg: l.ID, Call: c.ID, To: Destination{Extension: where}, Caller: Caller{Number: has.Number, Name: has.Name}, Label: k.Name, AutoAnswer: true, Hops: c.Hops,
	})
	s.after(c, ring, call.RingTimeout)
	if in.Request != 0 {
		s.do(Reply{Request: in.Request, Call: c.ID})
	}
}

// attempt is a call for a contact, not yet begun.
func (s *State) attempt(x *site, p campaign.Contact, k campaign.Campaign, who string) *call.Call {
	s.serial++
	q, _ := x.queue(k.Queue)
	c := &call.Call{
		ID: s.newCallID(), Serial: s.serial, Flow: call.Outbound, Revision: x.Revision, Opened: s.clock, Contact: p.ID, Presented: k.Presented,
		Target: call.Target{Kind: string(routing.ToTrunk), Number: p.Number}, Music: plan.MusicDefault, Hops: defaultHops - 1, Placer: who, PlacedIn: k.Queue,
	}
	if q.Music != "" {
		c.Music = q.Music
	}
	return c
}

// callContact dials the contact of a call, for the agent who has lifted.
func (s *State) callContact(c *call.Call, leg plan.LegID) {
	x := s.siteOf(c)
	why := s.desk.Dial(s.utc, c.Contact, c.Placer, s.house(s.site)) // before this call is one of those on the line
	c.Asked, c.Phase = leg, call.Dialling
	s.legAgentEvent(c, leg, agent.Lifted, "call.dialled")
	if why != nil {
		s.notPossible(c, RefusedForbidden, why...)
		return
	}
	p, k, _ := s.desk.Contact(c.Contact)
	s.tellContacts(string(c.ID), fact.Reason{Code: "contact.attempt", Detail: strconv.Itoa(p.Attempts)})
	d := x.table.Outside(p.Number)
	c.Target.Lines = d.Lines
	s.tell(fact.CallRouted{Call: string(c.ID), To: "campaign", Target: k.ID, Reasons: d.Reasons})
	if d.To == routing.ToRefused {
		s.notPossible(c, refusalFor(d.Why), d.Reasons...)
		return
	}
	s.ringOutside(c, RefusedCongestion)
}

// agentMissing ends a call that stood in a queue for an agent who did not lift, or may not call any more.
func (s *State) agentMissing(c *call.Call) {
	if c.Visit.N != 0 {
		s.endVisit(c, fact.VisitExited, "", "")
	}
	v := call.Verdict{Outcome: fact.CallFailed, Cause: "campaign_agent", HungUpBy: "box", Reasons: []fact.Reason{{Code: "contact.no_agent", Detail: c.Placer}}}
	if code := s.heldBack(c); code != "" {
		v.Cause, v.Reasons = "campaign_over", []fact.Reason{{Code: code, Detail: c.Contact}}
	}
	s.closeWith(c, v, RefusedFailed)
}

// contactOver tells the desk how the call of a contact ended.
func (s *State) contactOver(c *call.Call) {
	if c.Contact == "" {
		return
	}
	p, k, ok := s.desk.Contact(c.Contact)
	switch {
	case !ok || p.Agent != c.Placer: // taken out meanwhile, or in other hands
	case p.State == campaign.Dialling:
		s.desk.Ended(s.utc, p.ID, resultOf(c))
	case p.State == campaign.Allocated && k.Mode == campaign.Progressive:
		s.desk.GiveBack(s.utc, p.Agent)
	}
	s.tellContacts(string(c.ID), c.Verdict.Reasons...)
}

// resultOf is how an attempt ended.
func resultOf(c *call.Call) campaign.Result {
	if c.Spoke() {
		return campaign.Answered
	}
	switch Refusal(c.Verdict.Cause) {
	case RefusedBusy:
		return campaign.Busy
	case RefusedDeclined:
		return campaign.Declined
	case RefusedNoAnswer:
		return campaign.NoAnswer
	case RefusedUnreachable:
		return campaign.Unreachable
	case RefusedNoNumber:
		return campaign.WrongNumber
	default:
	}
	if c.RingMS > 0 || c.RingFrom != 0 { // the agent did not wait until somebody lifted
		return campaign.NoAnswer
	}
	return campaign.Failed
}

// spokeWith notes who outside talks with somebody of ours, and takes their contacts out of campaigns that say so: cancel if recent interaction.
func (s *State) spokeWith(c *call.Call) {
	if len(s.desk.Books) == 0 {
		return
	}
	x := s.siteOf(c)
	full, who := outsideNumber(x, c), c.Caller.Subject
	if c.Flow == call.Outbound && c.Target.Kind == string(routing.ToTrunk) {
		full, who = c.Target.Number, ""
	}
	if full == "" {
		return
	}
	if c.Contact != "" {
		return // Desk.Ended notes it
	}
	over := s.desk.CancelRecent(s.utc, full, who)
	s.tellContacts("", fact.Reason{Code: "contact.spoke", Detail: string(c.ID)})
	s.endAttempts(over, c, "contact.spoke")
}

// endAttempts hangs up the calls of contacts that must not go on. but is the call the agent ends themselves, or nil.
func (s *State) endAttempts(contacts []string, but *call.Call, code string) {
	was := s.working
	for _, c := range slices.Clone(s.order) {
		if c == but || c.Contact == "" || !slices.Contains(contacts, c.Contact) || c.Verdict.Outcome != "" {
			continue
		}
		s.touch(c)
		if c.Visit.N != 0 {
			s.offersEvent(c, queue.Withdrawn)
			if c.Verdict.Outcome != "" {
				continue // nobody was left to ring
			}
			s.endVisit(c, fact.VisitExited, "", "")
		}
		s.closeWith(c, call.Verdict{
			Outcome: fact.CallFailed, Cause: "campaign_over", HungUpBy: "box", Reasons: []fact.Reason{{Code: code, Detail: c.Contact}},
		}, RefusedFailed)
	}
	s.working = was
}
