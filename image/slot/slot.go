package slot

import (
	"errors"
	"fmt"
)

// A Slot is one of the two places a firmware is installed in.
type Slot int

// The slots.
const (
	A Slot = iota
	B
)

func (s Slot) String() string {
	if s == A {
		return "A"
	}
	return "B"
}

// Other is the other slot.
func (s Slot) Other() Slot { return 1 - s }

// Parse reads a slot's name.
func Parse(name string) (Slot, error) {
	switch name {
	case "A":
		return A, nil
	case "B":
		return B, nil
	}
	return A, fmt.Errorf("%q is no slot: A or B", name)
}

// Tries is how often a firmware may be started without doing its work before the other one is taken.
const Tries = 3

// A Condition is what is known of the firmware in a slot.
type Condition int

// The conditions.
const (
	Empty   Condition = iota // nothing was ever installed
	Writing                  // an installation is under way or was cut off: not startable
	Trial                    // installed, has not yet done its work
	Good                     // has done its work
	Bad                      // was given up
)

// conditionNames are the words of the environment file.
func conditionNames() []string { return []string{"empty", "writing", "trial", "good", "bad"} }

func (c Condition) String() string { return conditionNames()[c] }

// A Place is a slot's condition and the tries it has left; the boot loader takes them.
type Place struct {
	Condition Condition
	Left      int
}

// State is what the boot loader and the box know of the two firmwares.
type State struct {
	First    Slot // is started first
	LastGood Slot // is started without counting when no slot has a try left
	Places   [2]Place
}

// Factory is the state of a new disk: slot A holds a firmware that has not run yet, slot B nothing. A is the last resort.
func Factory() State {
	return State{First: A, LastGood: A, Places: [2]Place{{Trial, Tries}, {Empty, 0}}}
}

// Choose is what the boot loader does at power-on: the first slot with a try left, else the last good one. It returns the state the loader saves.
func (s State) Choose() (Slot, State) {
	for _, slot := range []Slot{s.First, s.First.Other()} {
		if s.Places[slot].Left > 0 {
			s.Places[slot].Left--
			return slot, s
		}
	}
	return s.LastGood, s
}

// An Input is something that happens to a slot. The set is closed.
type Input interface{ about() Slot }

// The inputs.
type (
	// Worked says that the firmware of the running slot does its work: the core answers.
	Worked struct{ Running Slot }
	// Begun says that an installation into a slot begins; Running is the slot that runs.
	Begun struct{ Into, Running Slot }
	// Installed says that all of it was written and checked.
	Installed struct{ Into Slot }
	// GivenUp says that the firmware of a slot must not be started again, such as after a broken installation.
	GivenUp struct{ Slot Slot }
)

func (w Worked) about() Slot    { return w.Running }
func (b Begun) about() Slot     { return b.Into }
func (i Installed) about() Slot { return i.Into }
func (g GivenUp) about() Slot   { return g.Slot }

// The refusals.
var (
	ErrRunning     = errors.New("the slot that runs cannot be written over")
	ErrUnconfirmed = errors.New("the running firmware has not yet proved itself: an installation would take its way back")
	ErrNotBegun    = errors.New("no installation was begun in this slot")
	ErrNothing     = errors.New("there is no firmware in this slot")
)

// Step is the state after an input, or why the input is refused; a refused input changes nothing.
func Step(s State, in Input) (State, error) {
	at := &s.Places[in.about()]
	switch in := in.(type) {
	case Worked:
		// Whatever was written about it, it runs and works. If it was not the first choice, then the first was given up by the loader
		// and stays so: a later start must not try it again.
		*at = Place{Good, Tries}
		s.LastGood = in.Running
		if s.First != in.Running {
			s.First = in.Running
			if other := &s.Places[in.Running.Other()]; other.Condition == Trial || other.Condition == Good {
				*other = Place{Bad, 0}
			}
		}
	case Begun:
		if in.Into == in.Running {
			return s, ErrRunning
		}
		if running := s.Places[in.Running]; running.Condition != Good || running.Left != Tries {
			return s, ErrUnconfirmed
		}
		*at = Place{Writing, 0}
		s.First, s.LastGood = in.Running, in.Running
	case Installed:
		if at.Condition != Writing {
			return s, ErrNotBegun
		}
		*at = Place{Trial, Tries}
		s.First = in.Into
	case GivenUp:
		if at.Condition == Empty {
			return s, ErrNothing
		}
		*at = Place{Bad, 0}
		if s.First == in.Slot {
			s.First = in.Slot.Other()
		}
	}
	return s, nil
}
