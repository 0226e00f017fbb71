package exchange

import (
	"fmt"
	"hash/fnv"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Step takes one thing that happened and gives back what to do, in order, and what to remember, in order.
// It never panics: a fault inside takes back everything this input did, ends the call it happened in, and leaves the others alone.
// The input that did it is not tried again.
func (s *State) Step(now fact.Moment, in Input) ([]Effect, []fact.Fact) {
	s.effects, s.facts, s.stirred = nil, nil, false
	s.utc = now.UTC
	about, dead := s.subject(in)
	s.guarded(inputKind(in), about, dead, func() {
		s.clock = max(s.clock, now.Boot)
		s.hit("input")
		s.take(in)
		s.hit("taken")
	}, func(hash string) { s.refuseAfterFault(now, in, hash) })
	s.dispatch()
	s.prospect()
	s.showLamps()
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

// guarded runs one piece of work in a scope of its own. On a panic the scope is taken back, then the call that was being worked on and the
// one the input is about are evicted, then what remains is done. dead is a leg that the input said is over.
func (s *State) guarded(input string, about plan.CallID, dead plan.LegID, work func(), after func(hash string)) {
	m := s.begin()
	cause, failed := caught(work)
	if !failed {
		return
	}
	culprits := []plan.CallID{about}
	if s.working != nil && s.working.ID != about {
		culprits = append(culprits, s.working.ID)
	}
	s.rollBack(m)
	h := fnv.New64a()
	fmt.Fprintf(h, "%s: %v", input, cause)
	hash := fmt.Sprintf("%016x", h.Sum64())
	evicted := false
	for _, id := range culprits {
		if c := s.calls[id]; c != nil {
			s.tell(fact.CallFaulted{Call: string(id), StackHash: hash, Input: input})
			s.evict(c, dead)
			evicted = true
		}
	}
	if !evicted && after == nil {
		s.tell(fact.CallFaulted{StackHash: hash, Input: input})
	}
	if after != nil {
		m := s.begin()
		if _, failed := caught(func() { after(hash) }); failed {
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
	case LegAnswered: // it may have crossed a hang-up of ours, which then needs another
		s.do(HangUp{Leg: in.Leg})
	case TimerFired: // it will not fire again
		if t, ok := s.dropTimer(in.Timer); ok && t.Call == "" {
			s.tell(fact.CallFaulted{StackHash: hash, Input: inputKind(in)})
			s.timerLost(t)
		}
	case RecordingStopped: // it will not be told again
		if i := slices.IndexFunc(s.tapes, func(t tape) bool { return t.ID == in.Recording }); i >= 0 {
			t := s.tapes[i]
			s.tapes = without(s.tapes, t)
			if c := s.calls[t.Call]; c != nil && c.Recording.ID == t.ID {
				s.cancel(s.touch(c), call.PauseOver)
				c.Recording = call.Recording{}
			}
			s.tell(fact.CallFaulted{Call: string(t.Call), StackHash: hash, Input: inputKind(in)})
			s.tell(fact.RecordingEnded{Call: string(t.Call), Recording: string(in.Recording), SoundMS: in.SoundMS, Error: fault.Code})
		}
	case command:
		s.refuse(in, fault)
	case LegReferred:
		s.do(ReferTold{Leg: in.Leg, Refer: in.Refer, State: ReferRefused, Reason: RefusedFailed})
	case LegEnded:
		s.lostLeg(in.Leg, string(in.Cause), 0)
	case LegRefused:
		s.lostLeg(in.Leg, string(in.Reason), in.SIP)
	default:
		if about, _ := s.subject(in); about == "" {
			s.tell(fact.CallFaulted{StackHash: hash, Input: inputKind(in)}) // a fault that belongs to no call
		}
	}
}

// timerLost makes good for a timer of no call whose firing was the poison, by the shortest way there is.
func (s *State) timerLost(t timer) {
	a := s.agent(t.Agent)
	switch {
	case t.For == forCallback || t.For == forCallbackEnd:
		if k, ok := s.callback(t.Agent); ok {
			s.endCallback(k, "cancelled", fact.Reason{Code: "exchange.fault"})
		}
	case t.For == forCheck:
		s.check = 0
		s.watch()
	case t.For == forCampaigns:
		s.canvass, s.stirred = 0, true // armed again when this step ends
	case a == nil:
	case t.For == forWrapUp:
		s.touchAgent(a).WrapUp = 0
		s.wrapUpOver(a, "exchange.fault")
	case t.For == forGrace:
		s.touchAgent(a).Grace = 0
		s.graceOver(a)
	case t.For == forOffPlatform:
		s.endOffPlatform(s.touchAgent(a))
		s.lineChanged(a.Extension)
	case t.For == forCoolDown:
		s.touchAgent(a)
		a.CoolDowns = slices.DeleteFunc(a.CoolDowns, func(c agent.CoolDown) bool { return c.Timer == uint64(t.ID) })
		s.dirty = true
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
	case LegReferred:
		s.referred(in)
	case CallPlace:
		s.placeCall(in)
	case NightLock:
		s.nightLock(in)
	case StorageChanged:
		s.storage = in.Storage
	case MailboxesFull:
		s.full = slices.Clone(in.Boxes)
	case Remembered:
		s.remembered(in)
	default:
		s.takeCommand(in)
	}
}

// takeCommand is the rest of take: what people ask for in the toolbar and on the supervisor's page.
func (s *State) takeCommand(in Input) {
	switch in := in.(type) {
	case AgentToolbar:
		s.toolbar(in)
	case AgentForce:
		s.force(in)
	case AgentLock:
		s.lock(in)
	case AgentMessage:
		s.message(in)
	case ExtensionSet:
		s.setExtension(in)
	case CallHold:
		s.holdCall(in)
	case CallTransfer:
		s.transferCall(in)
	case CallTransferDo:
		s.transferDo(in)
	case CallDigits:
		s.sendDigits(in)
	case CallMask:
		s.hideKeys(in)
	case CallPark:
		s.park(in)
	case CallPickUp:
		s.pickUp(in)
	case CallRecordPause:
		s.pauseRecording(in)
	case CallRecordKeep:
		s.keepRecording(in)
	case Supervise:
		s.supervise(in)
	case CallTakeOver:
		s.takeOverCall(in)
	case CallPull:
		s.pull(in)
	case CallMove:
		s.move(in)
	case CallbackAsk:
		s.askCallback(in)
	case CallbackCancel:
		s.cancelCallback(in)
	default:
		s.takeCampaign(in)
	}
}

// subject is the call an input is about, if it is about one, and the leg that it says is over.
func (s *State) subject(in Input) (about plan.CallID, dead plan.LegID) {
	leg := plan.LegID("")
	switch in := in.(type) {
	case LegOffered:
		leg = in.Leg
		if in.Replaces != "" {
			leg = in.Replaces
		}
	case LegReferred:
		leg = in.Leg
	case LegRinging:
		leg = in.Leg
	case LegAnswered:
		leg = in.Leg
	case LegRefused:
		leg, dead = in.Leg, in.Leg
	case LegEnded:
		leg, dead = in.Leg, in.Leg
	case LegHeld:
		leg = in.Leg
	case DigitPressed:
		leg = in.Leg
	case PromptDone:
		leg = in.Leg
	case TimerFired:
		return s.timers[in.Timer].Call, ""
	case CallHangUp:
		return in.Call, ""
	case CallRecord:
		return in.Call, ""
	case command:
		if who := s.agent(in.asked().refusal.Agent); who != nil && who.Call != "" {
			return who.Call, ""
		}
		return plan.CallID(in.asked().refusal.Call), ""
	default:
	}
	if c := s.legs[leg]; c != nil {
		about = c.ID
	}
	return about, dead
}

// inputKind names an input for CallFaulted, never with its content.
func inputKind(in Input) string {
	switch in := in.(type) {
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
	case LegReferred:
		return "leg_referred"
	case CallPlace:
		return "call_place"
	case NightLock:
		return "night_lock"
	case StorageChanged:
		return "storage_changed"
	case MailboxesFull:
		return "mailboxes_full"
	case Remembered:
		return "remembered"
	case AgentToolbar:
		return "agent_toolbar"
	case command:
		return in.asked().refusal.Command
	default:
		return "unknown"
	}
}
