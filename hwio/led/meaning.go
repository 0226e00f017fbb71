package led

import (
	"errors"
	"slices"
)

// Meaning is what the box has to say by a lamp.
type Meaning string

// The meanings.
const (
	Power  Meaning = "power"  // the box has current and its programs start
	Ready  Meaning = "ready"  // calls can be made
	Update Meaning = "update" // new firmware is being written: do not pull the plug
	Alarm  Meaning = "alarm"  // somebody should look
	Call   Meaning = "call"   // at least one call is up
)

// Meanings lists them all.
func Meanings() []Meaning { return []Meaning{Power, Ready, Update, Alarm, Call} }

// Row says how a board tells one meaning. The order of the rows is the priority: of two that want the same lamp, the earlier one has it.
type Row struct {
	Meaning Meaning
	Lamp    string
	Pattern Pattern
}

// Decide says what each lamp of the table does when these meanings hold. A lamp for which none holds is off.
func Decide(table []Row, hold ...Meaning) map[string]Pattern {
	shown := map[string]Pattern{}
	taken := map[string]bool{}
	for _, r := range table {
		if _, known := shown[r.Lamp]; !known {
			shown[r.Lamp] = Off
		}
		if !taken[r.Lamp] && slices.Contains(hold, r.Meaning) {
			shown[r.Lamp], taken[r.Lamp] = r.Pattern, true
		}
	}
	return shown
}

// Light shows what Decide says on a front. All lamps are tried; the errors are joined.
func Light(f Front, table []Row, hold ...Meaning) error {
	shown := Decide(table, hold...)
	var lamps []string
	for lamp := range shown {
		lamps = append(lamps, lamp)
	}
	slices.Sort(lamps)
	var errs []error
	for _, lamp := range lamps {
		errs = append(errs, f.Show(lamp, shown[lamp]))
	}
	return errors.Join(errs...)
}

// OneLamp is the table of a board that has a single lamp.
func OneLamp(lamp string) []Row {
	return []Row{
		{Update, lamp, Fast},
		{Alarm, lamp, Slow},
		{Ready, lamp, Steady},
		{Power, lamp, Slow},
	}
}
