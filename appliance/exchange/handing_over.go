package exchange

import (
	"slices"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/routing"
	"autocom/appliance/exchange/transfer"
)

// The eight ways to hand a call over that the toolbar has (the guide: « Transférer un appel »), and what an agent does with a transfer under way.

// toSection is where a party goes that is sent to an entry of the menu, as fact.TransferStarted says it.
const toSection = "section"

// attended reports whether the agent has a word with the target first.
func (k TransferKind) attended() bool {
	return k == ToOutsideAttended || k == ToContactAttended || k == ToAgentAttended || k == ToExtension
}

// path is the way by which a party leaves the box: a kind that leads outside has one of its own.
func (k TransferKind) path() policy.Path {
	switch k {
	case ToOutside:
		return policy.PathTransfer
	case ToOutsideAttended:
		return policy.PathConsult
	case ToContact:
		return policy.PathContact
	case ToContactAttended:
		return policy.PathContact2
	default:
		return policy.PathRefer
	}
}

// transferCall hands the party of an agent's call over.
func (s *State) transferCall(in CallTransfer) {
	c, l, why := s.agentLeg(in.By, in.Agent)
	if why == nil {
		s.touch(c)
		if c.Transfer.State == transfer.Keeping && c.Transfer.Referrer == l.ID { // the one before came to nothing: another one is tried
			s.transferEvent(c, transfer.TakenBack, "taken_back")
		}
		_, why = mayRefer(c, l)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	x := s.siteOf(c)
	party := c.Other(l.ID)
	if in.Kind == ToSection {
		s.sendToSection(c, l, party, in)
		return
	}
	d, why := s.targetOf(x, l, in)
	if why == nil {
		_, why = s.mayGoTo(c, in.Kind.path(), l, party, d)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	m, st := transfer.Blind, transfer.Calling
	if in.Kind.attended() {
		m, st = transfer.Attended, transfer.CallingFirst
	}
	s.startTransfer(c, l, party, in, m, st, string(d.To), routedTarget(d), d.Reasons)
	c.Target = call.Target{Kind: string(d.To)}
	s.replan(c)
	s.follow(c, x, d)
	s.done(in)
}

// startTransfer tells of a transfer that the toolbar asked for and lets the party go.
func (s *State) startTransfer(c *call.Call, l, party *call.Leg, in CallTransfer, m transfer.Manner, st transfer.State, to, target string, why []fact.Reason) {
	s.tell(fact.TransferStarted{
		Call: string(c.ID), Manner: string(m), By: l.Extension, Agent: in.Agent, Leg: string(l.ID), As: string(in.Kind), To: to, Target: target,
		Reasons: why,
	})
	s.handOver(c, l, party, transfer.Transfer{State: st, Manner: m, As: string(in.Kind), Callee: in.Callee})
}

// agentLeg is the call an agent is in and their leg of it, or why whoever asks cannot have it.
func (s *State) agentLeg(by, who string) (*call.Call, *call.Leg, []fact.Reason) {
	if why := s.mayActAs(by, who); why != nil {
		return nil, nil, why
	}
	a := s.agent(who)
	switch {
	case a == nil || a.Session == agent.Leaving && a.Call == "":
		return nil, nil, []fact.Reason{{Code: "agent.unknown", Detail: who}}
	case s.calls[a.Call] == nil || s.calls[a.Call].Leg(a.Leg) == nil:
		return nil, nil, []fact.Reason{{Code: "agent.no_call", Detail: who}}
	}
	c := s.calls[a.Call]
	return c, c.Leg(a.Leg), nil
}

// targetOf is where a party is to go, or why it cannot: a number outside, an extension or a colleague.
func (s *State) targetOf(x *site, l *call.Leg, in CallTransfer) (routing.Decision, []fact.Reason) {
	var d routing.Decision
	switch in.Kind {
	case ToExtension:
		d = x.table.FromExtension(l.Extension, in.Target)
		if d.To == routing.ToTrunk {
			return d, []fact.Reason{{Code: "number.no_extension"}}
		}
	case ToAgent, ToAgentAttended:
		where, why := s.colleague(in.Target)
		if why != nil {
			return d, why
		}
		d = routing.Decision{To: routing.ToExtension, Number: where, Reasons: []fact.Reason{{Code: "agent.available", Detail: in.Target}}}
	case ToOutside, ToOutsideAttended, ToContact, ToContactAttended:
		if d = x.numberOutside(l.Extension, in.Target); d.To == routing.ToExtension {
			return d, []fact.Reason{{Code: "number.not_outside", Detail: d.Number}}
		}
	default:
		return d, []fact.Reason{{Code: "transfer.kind", Detail: string(in.Kind)}}
	}
	if d.To == routing.ToService && in.Kind.attended() {
		if v := x.Services[d.Service]; v.Queue != "" || v.Welcome != "" {
			return d, []fact.Reason{{Code: "transfer.no_word", Detail: v.Number}} // nobody has a word with a queue
		}
	}
	return d, nil
}

// numberOutside reads a number typed in the toolbar or taken from the directory of contacts: with the prefix for an outside line, as at a phone, or
// as it is written.
func (x *site) numberOutside(extension, typed string) routing.Decision {
	d := x.table.FromExtension(extension, typed)
	if d.To != routing.ToRefused || d.Why != routing.WhyNoNumber {
		return d
	}
	full, err := number.E164(x.Country, typed)
	if err != nil {
		return d
	}
	if !strings.HasPrefix(full, "+") {
		full = x.Outside + full
	}
	return x.table.FromExtension(extension, full)
}

// colleague is where an agent sits to whom a call may be handed over, or why it may not: only who is available is (the guide: « Seuls les opérateurs
// disponibles seront affichés »). A rest after a miss and the queues they serve are the queues' affair.
func (s *State) colleague(who string) (where string, why []fact.Reason) {
	a := s.agent(who)
	if a == nil || a.Session == agent.Leaving {
		return "", []fact.Reason{{Code: "agent.unknown"}}
	}
	if fit, no := a.Fit("", s.clock, s.lines[a.Extension]); !fit {
		why = slices.DeleteFunc(no, func(r fact.Reason) bool { return r.Code == "agent.not_in_queue" || r.Code == "agent.cooldown" })
	}
	if len(why) == 0 && a.Extension == "" { // outside: a number may be handed a party, a person there by the queue alone
		why = []fact.Reason{{Code: "number.no_extension", Detail: who}}
	}
	if len(why) > 0 {
		return "", why
	}
	return a.Extension, nil
}

// sendToSection sends the party to an entry of the menu (« Vers la Rubrique »): its welcome, then its queue or extension.
func (s *State) sendToSection(c *call.Call, l, party *call.Leg, in CallTransfer) {
	x := s.siteOf(c)
	i := slices.IndexFunc(x.Sections, func(v Section) bool { return v.ID == in.Target })
	if i < 0 {
		s.refuse(in, fact.Reason{Code: "section.unknown", Detail: in.Target})
		return
	}
	v := x.Sections[i]
	if v.Queue != "" {
		if p := s.placeIn(c, v.Queue); p.queue == "" {
			s.refuse(in, p.reasons...)
			return
		}
	} else if _, why := s.mayGoTo(c, in.Kind.path(), l, party, routing.Decision{To: routing.ToExtension, Number: v.Exten}); why != nil {
		s.refuse(in, why...)
		return
	}
	s.startTransfer(c, l, party, in, transfer.Blind, transfer.Calling, toSection, v.ID, nil)
	c.Target = call.Target{Kind: toSection}
	s.replan(c)
	s.toService(c, Service{Welcome: v.Welcome, Queue: v.Queue, Exten: v.Exten})
	s.done(in)
}

// transferDo goes on with the transfer under way of an agent's call: the second click, « Reprendre », « Conférence ».
func (s *State) transferDo(in CallTransferDo) {
	c, l, why := s.agentLeg(in.By, in.Agent)
	switch {
	case why != nil:
	case !c.Transfer.Out() || c.Transfer.Referrer != l.ID:
		why = []fact.Reason{{Code: "transfer.none"}}
	default:
		s.touch(c)
		var e transfer.Event
		switch in.Deed {
		case TransferComplete:
			e = transfer.Completed
		case TransferTakeBack:
			e = transfer.TakenBack
		case TransferConfer:
			e = transfer.Conferred
		}
		if ignored := s.transferEvent(c, e, "taken_back"); ignored != "" {
			why = []fact.Reason{{Code: "transfer.not_now", Detail: ignored}}
		}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.done(in)
}

// leavesByCommand lets an agent who hangs up in the toolbar leave a party that is being handed over, or a conference: the two others go on; or
// refuse a caller whom the queue or a colleague presents to them: the caller is somebody else's then. It reports whether that is what they are in.
func (s *State) leavesByCommand(c *call.Call, by string) bool {
	who, ok := strings.CutPrefix(by, byAgent)
	a := s.agent(who)
	if !ok || a == nil || a.Call != c.ID || c.Leg(a.Leg) == nil {
		return false
	}
	id := a.Leg
	gone := func() { s.hangUp(c, id, RefusedFailed) }
	switch {
	case c.Offer(id) != nil:
		s.offerEvent(c, id, queue.PhoneDeclined, 0)
	case c.Phase == call.Dialling && c.Leg(id).Way == call.Out && id != c.Asked:
		was := *c.Leg(id)
		gone()
		s.notReached(c, was, RefusedDeclined)
	case !c.Transfer.Out():
		return false
	case id == c.Transfer.Rung && c.Transfer.State.Rings():
		was := *c.Leg(id)
		gone()
		s.rungLost(c, was, RefusedDeclined)
	case id == c.Transfer.Referrer:
		s.referrerLeft(c, id, s.clock, gone)
	case id == c.Transfer.Rung && c.Transfer.State.Joined():
		s.targetLeft(c, id, s.clock, gone)
	default:
		return false
	}
	return true
}
