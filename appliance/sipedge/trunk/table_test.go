package trunk

import (
	"testing"

	"autocom/appliance/sipedge/statepage"
)

// TestTableIsPrinted holds docs/trunk-states.md and wants a written reason in every cell.
func TestTableIsPrinted(t *testing.T) {
	tab := table()
	statepage.Hold(t, statepage.Page{
		Title: "The states of a trunk's registration", About: "Every phase and every input.",
		Room: "appliance/sipedge/trunk", File: "trunk-states.md", Inputs: statepage.Names(kinds), Phases: statepage.Names(phases),
		Cell: func(input, phase int) (string, bool) { c := tab[input][phase]; return c.why, c.do == nil },
	})
}
