package exchange

// Plant sets a fault for tests: f is called at named places inside a step and may panic.
func (s *State) Plant(f func(at string)) { s.plant = f }
