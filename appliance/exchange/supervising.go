package exchange

import (
	"cmp"
	"slices"
	"strings"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Supervision (FEATURES §6): a supervisor listens to an agent's conversation (« écoute »), speaks to the agent alone (« chuchotement »), to both
// (« intrusion »), or takes the conversation over. Their phone is rung and joins the call as its Monitor, which is never one of those who talk
// with each other: whatever they do, the conversation goes on between the same two.
//
// What may be listened to: a conversation of a queue with a caller from outside, active or on hold, to which nobody listens already. Not one
// between colleagues, one that we placed, one of more than two, or one with the emergency services. When the conversation parts, for a transfer
// or a consultation or because anybody of it leaves, the listening ends with it: it is of this conversation, not of the call.

// listenLabel begins what a supervisor's phone shows.
const listenLabel = "Écoute : "

// rightTo is the right that a way of taking part asks for.
func rightTo(m call.Mode) (r Right, known bool) {
	switch m {
	case call.Listens:
		return MayListen, true
	case call.Whispers:
		return MayWhisper, true
	case call.Barges:
		return MayBarge, true
	case call.TakesIt:
		return MayMove, true
	default:
		return "", false
	}
}

// modeOfKey is what a supervisor's key asks for while they take part.
func modeOfKey(digit string) (m call.Mode, known bool) {
	switch digit {
	case "4":
		return call.Listens, true
	case "5":
		return call.Whispers, true
	case "6":
		return call.Barges, true
	default:
		return "", false
	}
}

// supervise lets a supervisor listen, changes how they take part, or ends it.
func (s *State) supervise(in Supervise) {
	if why := s.supervised(in); why != nil {
		s.refuse(in, why...)
		return
	}
	s.done(in)
}

func (s *State) supervised(in Supervise) []fact.Reason {
	m, stop := call.Mode(in.Mode), in.Mode == SuperviseStop
	right, known := rightTo(m)
	if !stop && (!known || m == call.TakesIt) {
		return []fact.Reason{{Code: "supervise.no_such_mode", Detail: string(in.Mode)}}
	}
	who, why := supervisorIn(in.By, in.Supervisor)
	if why != nil {
		return why
	}
	c, _, why := s.talkOf(in.Agent)
	if why != nil {
		return why
	}
	theirs := c.Monitor.By == who && c.Monitor.Agent == in.Agent && c.Monitor.Mode != call.TakesIt
	switch {
	case stop && !theirs:
		return []fact.Reason{{Code: "supervise.nobody", Detail: in.Agent}}
	case stop:
		s.touch(c)
		s.endMonitor(c, s.clock, "stopped")
		s.replan(c)
		return nil
	}
	if why := s.mayAct(in.By, right, in.Agent, c.AnsweredIn); why != nil {
		return why
	}
	if theirs {
		s.changeMode(s.touch(c), m)
		return nil
	}
	return s.ringMonitor(c, in.By, in.Supervisor, in.Extension, in.Agent, m)
}

// supervisorIn is the supervisor for whom something is asked; nobody asks for another supervisor.
func supervisorIn(by, id string) (who string, why []fact.Reason) {
	who = bySupervisor + id
	if strings.HasPrefix(by, byAgent) {
		return "", []fact.Reason{{Code: "rights.no_supervisor", Detail: by}}
	}
	if strings.HasPrefix(by, bySupervisor) && by != who {
		return "", []fact.Reason{{Code: "rights.other_supervisor", Detail: id}}
	}
	return who, nil
}

// takeOverCall gives the party an agent talks with to a supervisor: at once when they take part already, else once their phone is lifted.
func (s *State) takeOverCall(in CallTakeOver) {
	who, why := supervisorIn(in.By, in.Supervisor)
	c, _, none := s.talkOf(in.Agent)
	switch {
	case why != nil:
	case none != nil:
		why = none
	default:
		why = s.mayAct(in.By, MayMove, in.Agent, c.AnsweredIn)
	}
	switch {
	case why != nil:
	case c.Monitor.By == who && c.Monitor.Agent == in.Agent && c.Monitor.Since != 0:
		s.touch(c).Monitor.Asked = in.By
		s.takeFromAgent(c)
	default:
		why = s.ringMonitor(c, in.By, in.Supervisor, in.Extension, in.Agent, call.TakesIt)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.done(in)
}

// ringMonitor rings a supervisor's phone for a conversation, or says why not.
func (s *State) ringMonitor(c *call.Call, by, supervisor, extension, who string, m call.Mode) []fact.Reason {
	v, ok := s.site.supervisor(supervisor)
	if !ok {
		return []fact.Reason{{Code: "supervisor.unknown", Detail: supervisor}}
	}
	a := s.agent(who)
	where := cmp.Or(extension, v.Extension)
	if why := mayBeHeard(c, a.Leg); why != nil {
		return why
	}
	if why := s.mayRing(where); why != nil {
		return why
	}
	id := bySupervisor + supervisor
	if i := slices.IndexFunc(s.order, func(o *call.Call) bool { return o.Monitor.By == id }); i >= 0 {
		return []fact.Reason{{Code: "supervise.elsewhere", Detail: string(s.order[i].ID)}}
	}
	s.touch(c)
	ext, _ := s.site.extension(where)
	ring := ringTime(ext.RingMS)
	l := s.place(c, call.Leg{Extension: where})
	c.Monitor = call.Monitor{By: id, Asked: by, Agent: who, Whom: a.Leg, Leg: l, Mode: m, Shown: !s.site.Listening.Silent}
	s.do(Ring{
		Leg: l, Call: c.ID, To: Destination{Extension: where}, Caller: Caller{Number: a.Extension, Name: a.Name}, Label: listenLabel + a.Name,
		AutoAnswer: true, Hops: c.Hops,
	})
	s.after(c, ring, call.MonitorRing)
	return nil
}

// mayBeHeard says why nobody may listen to the conversation of a leg; nil when a supervisor may.
func mayBeHeard(c *call.Call, leg plan.LegID) []fact.Reason {
	switch o := c.Other(leg); {
	case c.Target.Emergency() || c.Target.Aside != "":
		return []fact.Reason{{Code: "call.emergency"}}
	case c.Flow != call.Inbound || c.AnsweredIn == "":
		return []fact.Reason{{Code: "supervise.no_queue_call", Detail: string(c.Flow)}}
	case o == nil:
		return []fact.Reason{{Code: "supervise.conference"}}
	case c.Transfer.Out():
		return []fact.Reason{{Code: "supervise.consultation"}}
	case o.Trunk == "":
		return []fact.Reason{{Code: "supervise.colleagues", Detail: o.Extension}}
	case c.Monitor.By != "":
		return []fact.Reason{{Code: "supervise.listened_already", Detail: c.Monitor.By}}
	}
	return nil
}

// mayRing says why a phone cannot be rung for somebody who asks for it now; nil when it can.
func (s *State) mayRing(extension string) []fact.Reason {
	if _, ok := s.site.extension(extension); !ok {
		return []fact.Reason{{Code: "extension.unknown", Detail: extension}}
	}
	if p, known := s.phone(extension); known && !p.Reachable {
		return []fact.Reason{{Code: "line.unregistered", Detail: extension}}
	}
	if s.lines[extension] > 0 {
		return []fact.Reason{{Code: "line.in_use", Detail: extension}}
	}
	return nil
}

// monitorLifted lets a supervisor in who has lifted.
func (s *State) monitorLifted(c *call.Call) {
	s.cancel(c, call.MonitorRing)
	if c.Monitor.Mode == call.TakesIt {
		s.takeFromAgent(c)
		return
	}
	m := &c.Monitor
	m.Since = max(1, s.clock)
	s.tell(fact.SupervisionStarted{
		Call: string(c.ID), By: m.By, Agent: m.Agent, Leg: string(m.Leg), Mode: string(m.Mode), Announced: m.Shown,
	})
	s.replan(c)
}

// changeMode changes how a supervisor takes part.
func (s *State) changeMode(c *call.Call, m call.Mode) {
	if c.Monitor.Mode == m {
		return
	}
	c.Monitor.Mode = m
	if c.Monitor.Since != 0 {
		s.tell(fact.SupervisionChanged{Call: string(c.ID), By: c.Monitor.By, Agent: c.Monitor.Agent, Mode: string(m)})
	}
	s.replan(c)
}

// monitorPressed takes a key of a supervisor who takes part: 4 listens, 5 whispers, 6 talks with both. The rights are those of who asked.
func (s *State) monitorPressed(c *call.Call, in DigitPressed) {
	m, known := modeOfKey(in.Digit)
	if !known || c.Monitor.Since == 0 || in.Leg != c.Monitor.Leg {
		return
	}
	right, _ := rightTo(m)
	if why := s.mayAct(c.Monitor.Asked, right, c.Monitor.Agent, c.AnsweredIn); why != nil {
		s.tell(fact.CommandRefused{Command: "call.supervise", By: c.Monitor.By, Call: string(c.ID), Agent: c.Monitor.Agent, Reasons: why})
		return
	}
	s.changeMode(c, m)
}

// endMonitor lets a supervisor go, who took part until at. Whoever calls it says anew who hears whom.
func (s *State) endMonitor(c *call.Call, at int64, cause string) {
	m := c.Monitor
	if m.Leg == "" {
		return
	}
	s.hangUp(c, m.Leg, RefusedFailed)
	c.Monitor = call.Monitor{}
	s.cancel(c, call.MonitorRing)
	switch {
	case m.Since != 0:
		s.tell(fact.SupervisionEnded{Call: string(c.ID), By: m.By, Agent: m.Agent, LastedMS: max(0, at-m.Since), Cause: cause})
	case cause != "stopped": // it was promised and nothing came of it
		command := Supervise{}.asked().refusal.Command
		if m.Mode == call.TakesIt {
			command = CallTakeOver{}.asked().refusal.Command
		}
		s.tell(fact.CommandRefused{
			Command: command, By: m.Asked, Call: string(c.ID), Agent: m.Agent, Reasons: []fact.Reason{{Code: "supervise." + cause, Detail: m.By}},
		})
	}
}

// supervisorLeft is why a supervisor no longer listens whose leg has ended.
func supervisorLeft(cause EndCause) string {
	if cause == EndedByPeer {
		return "hung_up"
	}
	return string(cause)
}

// takeFromAgent gives the party to the supervisor in the agent's place. The agent is let go and writes the call up; its recording goes on.
func (s *State) takeFromAgent(c *call.Call) {
	m := c.Monitor
	if m.Since != 0 {
		s.tell(fact.SupervisionEnded{Call: string(c.ID), By: m.By, Agent: m.Agent, LastedMS: max(0, s.clock-m.Since), Cause: "took_over"})
	}
	c.Monitor = call.Monitor{}
	l, party := c.Leg(m.Leg), c.Other(m.Whom)
	s.tell(fact.CommandTaken{Command: CallTakeOver{}.asked().refusal.Command, By: m.Asked, Call: string(c.ID), Agent: m.Agent, Detail: l.Extension})
	s.partTalk(c, s.clock)
	s.leaves(c, m.Whom, "supervise.taken_over")
	s.hangUp(c, m.Whom, RefusedFailed)
	s.agentDialled(c, l)
	s.centre(c, party)
	s.connect(c, l.ID)
	s.attended(c)
}
