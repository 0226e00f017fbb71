package exchange

import (
	"fmt"
	"hash/fnv"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Step takes one thing that happened and gives back what to do, in order, and what to remember, in order.
// It never panics: a fault inside takes back everything this input did, ends the call it happened in, and leaves the others alone.
// The input that did it is not tried again.
func (s *State) Step(now fact.Moment, in Input) ([]Effect, []fact.Fact) {
	s.effects, s.facts = nil, nil
	s.guarded(inputKind(in), s.subject(in), func() {
		s.clock = max(s.clock, now.Boot)
		s.hit("input")
		s.take(in)
	}, func(hash string) { s.refuseAfterFault(now, in, hash) })
	s.dispatch()
	effects, facts := s.effects, s.facts
	s.effects, s.facts = nil, nil
	return effects, facts
}

// hit is where tests plant a fault.
func (s *State) hit(at string) {
	if s.plant != nil {
		s.plant(at)
	}
}

// guarded runs one piece of work in a scope of its own. On a panic the scope is taken back, then the call that was being worked on
// (or, when that is not known, the one the input is about) is evicted, then what remains is done.
func (s *State) guarded(input string, about plan.CallID, work func(), after func(hash string)) {
	m := s.begin()
	cause, failed := caught(work)
	if !failed {
		return
	}
	culprit := about
	if s.working != nil {
		culprit = s.working.ID
	}
	s.rollBack(m)
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s: %v", input, cause)
	f := fact.CallFaulted{Call: string(culprit), StackHash: fmt.Sprintf("%016x", hash.Sum64()), Input: input}
	if c := s.calls[culprit]; c != nil {
		s.tell(f)
		m := s.begin()
		if cause, failed := caught(func() { s.evict(c) }); failed {
			s.rollBack(m)
			// Not even the orderly way works: leave nothing of this call behind but its end.
			s.erase(c, fmt.Sprint(cause))
		}
	} else if culprit == "" {
		s.tell(f)
	}
	if after != nil {
		m := s.begin()
		if _, failed := caught(func() { after(f.StackHash) }); failed {
			s.rollBack(m)
		}
	}
}

// caught runs work and says whether it panicked, and with what.
func caught(work func()) (cause any, failed bool) {
	defer func() {
		if failed {
			cause = recover()
		}
	}()
	failed = true
	work()
	failed = false
	return nil, false
}

// refuseAfterFault answers what must be answered although the input was thrown away.
func (s *State) refuseAfterFault(now fact.Moment, in Input, hash string) {
	s.clock = max(s.clock, now.Boot)
	fault := fact.Reason{Code: "exchange.fault", Detail: inputKind(in)}
	switch in := in.(type) {
	case LegOffered: // its call was taken back with everything else
		if s.legs[in.Leg] == nil {
			s.refuseUnopened(in, fault, hash)
		}
	case TimerFired: // it will not fire again
		t, ok := s.dropTimer(in.Timer)
		if ok && t.For == forCheck {
			s.check = 0
			s.watch()
		}
	case AgentLogIn:
		s.refuseCommand(in.Request, fact.CommandRefused{Command: "agent.log_in", By: in.By, Agent: in.Agent, Reasons: []fact.Reason{fault}})
	case AgentLogOut:
		s.refuseCommand(in.Request, fact.CommandRefused{Command: "agent.log_out", By: in.By, Agent: in.Agent, Reasons: []fact.Reason{fault}})
	case AgentDeclare:
		s.refuseCommand(in.Request, fact.CommandRefused{Command: "agent.declare", By: in.By, Agent: in.Agent, Reasons: []fact.Reason{fault}})
	case CallHangUp:
		s.refuseCommand(in.Request, fact.CommandRefused{Command: "call.hang_up", By: in.By, Call: string(in.Call), Reasons: []fact.Reason{fault}})
	case CallRecord:
		s.refuseCommand(in.Request, fact.CommandRefused{Command: "call.record", By: in.By, Call: string(in.Call), Reasons: []fact.Reason{fault}})
	case LegEnded:
		s.lostLeg(in.Leg, string(in.Cause), 0)
	case LegRefused:
		s.lostLeg(in.Leg, string(in.Reason), in.SIP)
	default:
	}
}

// lostLeg takes out a leg of an evicted call whose end was the poison: it will not be told again.
func (s *State) lostLeg(id plan.LegID, cause string, sip int) {
	if c := s.legs[id]; c != nil && c.Phase == call.Closing {
		s.touch(c)
		s.legGone(c, id, cause, sip)
		s.finish(c)
	}
}

// take is the one switch over everything that can happen.
func (s *State) take(in Input) {
	switch in := in.(type) {
	case Started:
		s.started(in)
	case SiteChanged:
		s.siteChanged(in)
	case LegOffered:
		s.legOffered(in)
	case LegRinging:
		s.legRinging(in)
	case LegAnswered:
		s.legAnswered(in)
	case LegRefused:
		s.legRefused(in)
	case LegEnded:
		s.legEnded(in)
	case LegHeld:
		s.legHeld(in)
	case DigitPressed:
		s.digitPressed(in)
	case PromptDone:
		s.promptDone(in)
	case RecordingStopped:
		s.recordingStopped(in)
	case TimerFired:
		s.fired(in.Timer)
	case PhoneReachable:
		s.phoneReachable(in)
	case TrunkReachable:
		s.trunkReachable(in)
	case MediaRestarted:
		s.mediaRestarted()
	case AgentLogIn:
		s.logIn(in)
	case AgentLogOut:
		s.logOut(in)
	case AgentDeclare:
		s.declare(in)
	case CallHangUp:
		s.hangUpCall(in)
	case CallRecord:
		s.recordCall(in)
	}
}

// subject is the call an input is about, if it is about one.
func (s *State) subject(in Input) plan.CallID {
	leg := plan.LegID("")
	switch in := in.(type) {
	case LegOffered:
		leg = in.Leg
	case LegRinging:
		leg = in.Leg
	case LegAnswered:
		leg = in.Leg
	case LegRefused:
		leg = in.Leg
	case LegEnded:
		leg = in.Leg
	case LegHeld:
		leg = in.Leg
	case DigitPressed:
		leg = in.Leg
	case PromptDone:
		leg = in.Leg
	case TimerFired:
		return s.timers[in.Timer].Call
	case CallHangUp:
		return in.Call
	case CallRecord:
		return in.Call
	default:
		return ""
	}
	if c := s.legs[leg]; c != nil {
		return c.ID
	}
	return ""
}

// inputKind names an input for CallFaulted, never with its content.
func inputKind(in Input) string {
	switch in.(type) {
	case Started:
		return "started"
	case SiteChanged:
		return "site_changed"
	case LegOffered:
		return "leg_offered"
	case LegRinging:
		return "leg_ringing"
	case LegAnswered:
		return "leg_answered"
	case LegRefused:
		return "leg_refused"
	case LegEnded:
		return "leg_ended"
	case LegHeld:
		return "leg_held"
	case DigitPressed:
		return "digit_pressed"
	case PromptDone:
		return "prompt_done"
	case RecordingStopped:
		return "recording_stopped"
	case TimerFired:
		return "timer_fired"
	case PhoneReachable:
		return "phone_reachable"
	case TrunkReachable:
		return "trunk_reachable"
	case MediaRestarted:
		return "media_restarted"
	case AgentLogIn:
		return "agent_log_in"
	case AgentLogOut:
		return "agent_log_out"
	case AgentDeclare:
		return "agent_declare"
	case CallHangUp:
		return "call_hang_up"
	case CallRecord:
		return "call_record"
	default:
		return "unknown"
	}
}
