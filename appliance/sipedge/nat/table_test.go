package nat

import (
	"testing"

	"autocom/appliance/sipedge/statepage"
)

// TestTableIsPrinted holds docs/nat-states.md and wants a written reason in every cell.
func TestTableIsPrinted(t *testing.T) {
	tab := table()
	statepage.Hold(t, statepage.Page{
		Title: "The states of a keep-alive", About: "One phone or carrier behind a router, every phase and every input.",
		Room: "appliance/sipedge/nat", File: "nat-states.md", Inputs: statepage.Names(kinds), Phases: statepage.Names(phases),
		Cell: func(input, phase int) (string, bool) { c := tab[input][phase]; return c.why, c.do == nil },
	})
}
