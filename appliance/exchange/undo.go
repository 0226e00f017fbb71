package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
)

// touched lists what this scope has saved already, so that each thing is copied once.
type touched struct {
	calls  []*call.Call
	agents []*agent.Agent
}

// mark is where a scope began.
type mark struct {
	heads          heads
	effects, facts int
}

// begin opens a scope: what is changed from here on can be taken back as a whole.
func (s *State) begin() mark {
	s.undo = s.undo[:0]
	s.touched.calls = s.touched.calls[:0]
	s.touched.agents = s.touched.agents[:0]
	s.working = nil
	return mark{heads: s.heads, effects: len(s.effects), facts: len(s.facts)}
}

// rollBack takes back everything since begin, last change first.
func (s *State) rollBack(m mark) {
	for _, v := range slices.Backward(s.undo) {
		v()
	}
	s.undo = s.undo[:0]
	s.desk.Moved = nil
	clock := s.clock // time is not taken back
	s.heads = m.heads
	s.clock = clock
	s.effects = s.effects[:m.effects]
	s.facts = s.facts[:m.facts]
}

// touch must come before a call is changed.
func (s *State) touch(c *call.Call) *call.Call {
	s.working = c
	if slices.Contains(s.touched.calls, c) {
		return c
	}
	s.touched.calls = append(s.touched.calls, c)
	was := c.Clone()
	s.undo = append(s.undo, func() { *c = was })
	return c
}

// touchAgent must come before an agent is changed.
func (s *State) touchAgent(a *agent.Agent) *agent.Agent {
	if slices.Contains(s.touched.agents, a) {
		return a
	}
	s.touched.agents = append(s.touched.agents, a)
	was := a.Clone()
	s.undo = append(s.undo, func() { *a = was })
	return a
}

func (s *State) addCall(c *call.Call) {
	s.calls[c.ID] = c
	s.order = inserted(s.order, len(s.order), c)
	s.undo = append(s.undo, func() { delete(s.calls, c.ID) })
	s.touched.calls = append(s.touched.calls, c) // new: nothing of it to save
	s.working = c
}

func (s *State) removeCall(c *call.Call) {
	delete(s.calls, c.ID)
	s.order = without(s.order, c)
	s.undo = append(s.undo, func() { s.calls[c.ID] = c })
}

func (s *State) addLeg(c *call.Call, l call.Leg) {
	c.Legs = append(c.Legs, l)
	s.legs[l.ID] = c
	if l.Extension != "" {
		s.lastOn[l.Extension] = c
	}
	s.lookCall(c)
	s.undo = append(s.undo, func() { delete(s.legs, l.ID) })
	s.count(l, 1)
	s.dirty = true // a line in use may have been the last one that was free for a queue
}

func (s *State) removeLeg(c *call.Call, id plan.LegID) {
	l := *c.Leg(id)
	s.lookCall(c)
	c.Drop(id)
	delete(s.legs, id)
	s.undo = append(s.undo, func() { s.legs[id] = c })
	s.count(l, -1)
}

// count keeps how many legs an extension or a trunk carries.
func (s *State) count(l call.Leg, by int) {
	on, name := s.lines, l.Extension
	if l.Trunk != "" {
		on, name = s.trunks, l.Trunk
	}
	add := func(by int) {
		on[name] += by
		if on[name] == 0 {
			delete(on, name)
		}
	}
	add(by)
	s.undo = append(s.undo, func() { add(-by) })
}

// without gives a new slice: the old one may be what a scope goes back to.
func without[T comparable](all []T, x T) []T {
	i := slices.Index(all, x)
	if i < 0 {
		return slices.Clone(all)
	}
	return slices.Concat(all[:i], all[i+1:])
}

// inserted gives a new slice with one more, for the same reason.
func inserted[T any](all []T, at int, x T) []T {
	out := make([]T, len(all)+1)
	copy(out, all[:at])
	out[at] = x
	copy(out[at+1:], all[at:])
	return out
}
