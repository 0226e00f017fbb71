package exchange

import (
	"slices"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
)

// What is known of the phones and of the lines outside.

// lineOf is what is known of an extension's phone, at which off says whether it was busy elsewhere. A phone of which nothing was told yet is tried.
func (s *State) lineOf(extension string, off bool) agent.Line {
	p, known := s.phone(extension)
	return agent.LineOf(!known || p.Reachable, s.setting(extension).DND, off)
}

func (s *State) phoneReachable(in PhoneReachable) {
	i, found := slices.BinarySearchFunc(s.phones, in.Extension, func(p phone, x string) int { return strings.Compare(p.Extension, x) })
	p := phone(in)
	s.look(in.Extension)
	s.phones = slices.Clone(s.phones)
	if found {
		s.phones[i] = p
	} else {
		s.phones = slices.Insert(s.phones, i, p)
	}
	s.lineChanged(in.Extension)
}

// lineChanged brings the agents at an extension in line with what is known of it.
func (s *State) lineChanged(extension string) {
	for _, a := range s.agents {
		if a.Extension != extension {
			continue
		}
		line := s.lineOf(extension, a.Off != 0)
		if a.Line == line {
			continue
		}
		s.touchAgent(a).Line = line
		s.dirty = true
		s.tell(s.changed(a, fact.Reason{Code: "line." + string(line), Detail: extension}))
	}
}

// saidBusy notes that a phone was busy while no call of ours was on it: until it takes one, or for a while, its agent is offered nothing (the
// guide: « son poste est occupé »).
func (s *State) saidBusy(extension string) {
	a := s.agentAt(extension)
	if a == nil || s.lines[extension] > 0 {
		return
	}
	s.endOffPlatform(s.touchAgent(a))
	a.OffUntil = s.clock + shortCoolDown
	a.Off = uint64(s.startTimer(timer{At: a.OffUntil, For: forOffPlatform, Agent: a.ID}))
	s.lineChanged(extension)
}

// tookCall notes that a phone rings for us, or answers: it is busy elsewhere no more.
func (s *State) tookCall(extension string) {
	if a := s.agentAt(extension); a != nil && a.Off != 0 {
		s.endOffPlatform(s.touchAgent(a))
		s.lineChanged(extension)
	}
}

func (s *State) endOffPlatform(a *agent.Agent) {
	if a.Off != 0 {
		s.stopTimer(TimerID(a.Off))
	}
	a.Off, a.OffUntil = 0, 0
}

func (s *State) trunkReachable(in TrunkReachable) {
	s.dirty = true // for agents outside
	i, down := slices.BinarySearch(s.down, in.Trunk)
	switch {
	case in.Reachable && down:
		s.down = without(s.down, in.Trunk)
	case !in.Reachable && !down:
		s.down = slices.Insert(slices.Clone(s.down), i, in.Trunk)
	}
}
