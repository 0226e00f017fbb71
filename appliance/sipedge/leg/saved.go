package leg

import "autocom/appliance/exchange/plan"

// Ledger keeps what is needed to end a dialog whose owner died. It is called on the leg's goroutine.
type Ledger interface {
	Write(s *State)
	Remove(leg plan.LegID)
}

// mark is what [Farewell] depends on: while it stays the same, what is written down of a leg still ends it, and the next state need not be. A
// planned restart hands the whole state over by another way.
type mark struct {
	ends   BranchPhase // how: Won is BYE, Ringing is CANCEL to every contact; empty when there is nothing to end
	target string
	sent   uint32 // requests of ours inside the dialog, in steps that are smaller than farewellGap
	tries  int    // INVITEs that were sent again with a password: their CANCEL names the last one
	gone   int    // contacts that need no CANCEL any more
}

func (s *State) mark() mark {
	var m mark
	switch {
	case s.Phase == Calling:
		m.ends = Ringing
	case s.Confirmed():
		m = mark{ends: Won, target: s.Dialog.Target, sent: s.Dialog.LocalSeq / (farewellGap / 2)}
	default:
		return mark{}
	}
	for i := range s.Branches {
		b := &s.Branches[i]
		m.tries += b.Tries
		if b.Phase == Lost || b.Phase == Waiting {
			m.gone++
		}
	}
	return m
}

// save writes the state down when its farewell would be another one.
func (a *Actor) save() {
	leaving := a.state.Phase == Withdrawing || a.state.Phase == Ending
	if leaving && !a.over {
		return // what is written down of a leg that ends still ends it
	}
	m := a.state.mark()
	if a.over {
		m = mark{}
	}
	if m == a.saved {
		return
	}
	a.saved = m
	if m == (mark{}) {
		a.owner.Ledger.Remove(a.id)
		return
	}
	a.owner.Ledger.Write(a.state)
}
