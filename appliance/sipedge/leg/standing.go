package leg

import "slices"

// Standing is what of a leg is looked at from outside: whether a Replaces header means it (RFC 3891 §3).
type Standing struct {
	Tag       string   // the peer's
	Early     []string // or those of the early dialogs of a call that the box placed
	Confirmed bool
	Placed    bool // the box called
	Over      bool
}

// Has reports whether a tag is the peer's.
func (s Standing) Has(tag string) bool {
	return tag != "" && (tag == s.Tag || slices.Contains(s.Early, tag))
}

// stood is what Standing depends on.
type stood struct {
	phase Phase
	forks int
}

func (s *State) stood() stood {
	k := stood{phase: s.Phase}
	for i := range s.Branches {
		k.forks += len(s.Branches[i].Forks)
	}
	return k
}

func (s *State) standing() Standing {
	st := Standing{Placed: len(s.Branches) > 0}
	switch s.Phase {
	case Up, Modifying, Reanswering, Answering:
		st.Confirmed = true
	case Ending, Over, Parting, Withdrawing:
		st.Over = true
	default: // early, or not even that
	}
	if s.Dialog.CallID != "" {
		st.Tag = s.Dialog.Remote.Tag
		return st
	}
	for i := range s.Branches {
		for _, f := range s.Branches[i].Forks {
			st.Early = append(st.Early, f.Tag)
		}
	}
	return st
}

// Standing is what of the leg is looked at from outside. It may be called from any goroutine.
func (a *Actor) Standing() Standing {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stands
}

// stand lets others see where the leg stands.
func (a *Actor) stand() {
	k := a.state.stood()
	if k == a.stood {
		return
	}
	a.stood = k
	st := a.state.standing()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stands = st
}
