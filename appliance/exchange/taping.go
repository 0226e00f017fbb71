package exchange

import (
	"cmp"
	"slices"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// What a recording writes, who may stop it, and whether it is kept (FEATURES §1 and §9.5). One object per call: it is paused, never spliced.

// Why a recording writes nothing.
const (
	pausedByPerson = "command"
	pausedByHold   = "hold"
	pausedByMove   = "transfer" // nobody of ours talks with the party
	pausedByKeys   = "keys"     // the party types what nobody may know
)

// keepTape lets a recording write exactly while the party outside and somebody of ours hear each other, and nobody paused it. It is the one place
// that decides this, and runs whenever who hears whom may have changed: the seconds of a recording are those that were talked.
func (s *State) keepTape(c *call.Call) {
	r := &c.Recording
	if !r.Talk || c.Phase == call.Closing {
		return
	}
	why := s.silence(c)
	if (why == "") == (r.Paused == "") {
		return
	}
	f := fact.RecordingPaused{Call: string(c.ID), Recording: string(r.ID), Paused: why != "", Why: why}
	if why == "" {
		f.Why = r.Paused
	}
	if f.Why == pausedByPerson {
		f.By = r.By
	}
	r.Paused = why
	s.do(PauseRecording{Recording: r.ID, Paused: f.Paused, Why: f.Why})
	s.tell(f)
}

// silence is why the recording of a call has nothing to write now; empty while it writes.
func (s *State) silence(c *call.Call) string {
	party := c.Recording.Leg
	ours := func(id plan.LegID) bool { // an agent may sit at a number outside
		l := c.Leg(id)
		return id != party && l != nil && (l.Extension != "" || s.agentOn(id) != nil)
	}
	switch {
	case c.Recording.Halted:
		return pausedByPerson
	case c.Leg(party) != nil && c.Leg(party).Masked:
		return pausedByKeys
	case !c.Talks(party):
		return pausedByMove
	}
	for _, h := range c.Hearing() {
		if h.Leg == party && slices.ContainsFunc(h.From, ours) {
			return ""
		}
	}
	if slices.ContainsFunc(c.Bridged, ours) {
		return pausedByHold
	}
	return pausedByMove
}

// mayTape says why somebody may not act on a call's recording; nil when they may. An agent acts on their own call only; a supervisor needs the
// queue, and the right to hear what is recorded.
func (s *State) mayTape(c *call.Call, by string) []fact.Reason {
	id, is := strings.CutPrefix(by, byAgent)
	if !is {
		return s.mayActOn(c, by, MayListen)
	}
	a := s.agent(id)
	switch {
	case a == nil || a.Session == agent.Leaving && a.Call == "":
		return []fact.Reason{{Code: "agent.unknown", Detail: id}}
	case a.Call != c.ID:
		return []fact.Reason{{Code: "call.not_theirs", Detail: id}}
	}
	return nil
}

// inQueue is the queue by whose rules a call is recorded: from which it was answered, or placed.
func inQueue(c *call.Call) string { return cmp.Or(c.AnsweredIn, c.PlacedIn) }

// mayStart says why somebody may not start to record a call; nil when they may.
func (s *State) mayStart(c *call.Call, by string) []fact.Reason {
	if why := s.mayTape(c, by); why != nil {
		return why
	}
	id, is := strings.CutPrefix(by, byAgent)
	for _, x := range []*site{s.siteOf(c), s.site} { // a right that was taken away meanwhile is gone, and one that is new counts from the next call
		if is && slices.ContainsFunc(x.Agents, func(d Agent) bool { return d.ID == id && d.NoRecord }) {
			return []fact.Reason{{Code: "agent.no_record", Detail: id}}
		}
	}
	return nil
}

// mayStop says why somebody may not stop or pause the recording of a call; nil when they may. What the queue asks for is the agent's to stop
// only where the queue says so.
func (s *State) mayStop(c *call.Call, by string) []fact.Reason {
	if c.Recording.ID == "" {
		return []fact.Reason{{Code: "call.not_recorded"}}
	}
	if why := s.mayTape(c, by); why != nil {
		return why
	}
	q, ok := s.siteOf(c).queue(c.Recording.Queue)
	if ok && !q.AgentStops && strings.HasPrefix(by, byAgent) {
		return []fact.Reason{{Code: "recording.queue_rules", Detail: q.ID}}
	}
	return nil
}

// pauseRecording pauses a recording for a person, or lets it go on.
func (s *State) pauseRecording(in CallRecordPause) {
	c := s.calls[in.Call]
	var why []fact.Reason
	if c == nil {
		why = []fact.Reason{{Code: "call.unknown"}}
	} else {
		why = s.mayStop(c, in.By)
	}
	switch {
	case why != nil:
	case in.Paused && c.Recording.Halted:
		why = []fact.Reason{{Code: "recording.paused_already"}}
	case !in.Paused && !c.Recording.Halted:
		why = []fact.Reason{{Code: "recording.not_paused"}}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.touch(c)
	c.Recording.Halted, c.Recording.By = in.Paused, in.By
	s.cancel(c, call.PauseOver)
	if most := s.siteOf(c).PauseMS; in.Paused && most > 0 {
		s.after(c, most, call.PauseOver)
	}
	s.keepTape(c)
	s.done(in)
}

// keepRecording says whether the recording of a call stays when it is closed.
func (s *State) keepRecording(in CallRecordKeep) {
	c := s.calls[in.Call]
	var why []fact.Reason
	switch {
	case c == nil:
		why = []fact.Reason{{Code: "call.unknown"}}
	case c.Recording.ID == "":
		why = []fact.Reason{{Code: "call.not_recorded"}}
	default:
		why = s.mayTape(c, in.By)
	}
	if why == nil && strings.HasPrefix(in.By, byAgent) {
		if q, ok := s.siteOf(c).queue(inQueue(c)); !ok || !q.AgentKeeps {
			why = []fact.Reason{{Code: "recording.queue_keeps", Detail: inQueue(c)}}
		}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.keep(s.touch(c), in.Keep, in.By)
	s.done(in)
}

// keep tells what becomes of a recording, when that changes.
func (s *State) keep(c *call.Call, keep bool, by string) {
	if c.Recording.Discard == !keep {
		return
	}
	c.Recording.Discard = !keep
	s.do(KeepRecording{Recording: c.Recording.ID, Keep: keep})
	s.tell(fact.RecordingKept{Call: string(c.ID), Recording: string(c.Recording.ID), Keep: keep, By: by})
}

// chance draws a number from 0 to 99 for a call, to choose which of many are recorded: SplitMix64 (Steele, Lea and Flood, 2014) of the start of the
// box and the call's number, so that the same call draws the same everywhere and nobody chooses it by hand.
func (s *State) chance(c *call.Call) int {
	z := uint64(s.epoch)<<32 + c.Serial*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % 100)
}
