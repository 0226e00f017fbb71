package exchange

import "autocom/appliance/exchange/fact"

// Plant sets a fault for tests: f is called at named places inside a step and may panic.
func (s *State) Plant(f func(at string)) { s.plant = f }

// TakeBack lets an input happen up to the point where a presentation would be made, and takes everything back.
func (s *State) TakeBack(now fact.Moment, in Input) {
	m := s.begin()
	caught(func() {
		s.clock = max(s.clock, now.Boot)
		s.take(in)
	})
	s.rollBack(m)
}

// Advance lets time pass without anything happening.
func (s *State) Advance(now fact.Moment) { s.clock = max(s.clock, now.Boot) }
