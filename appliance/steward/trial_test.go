package steward

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The table of every (state, input) cell: "→ state action", a refusal, or why the input is ignored.
func TestStepTable(t *testing.T) {
	before, tried := &Settings{Mode: DHCP}, &Settings{Mode: Static, Address: "10.0.0.2/24"}
	inputs := []Input{Try{Settings: *tried, Token: "t"}, Done{}, Failed{}, Keep{"t"}, Keep{"other"}, Revert{}, Expired{}, Boot{}}
	table := map[State][]string{
		// Try, Done, Failed, Keep, Keep with another token, Revert, Expired, Boot
		Settled: {
			"→ applying, put trial", "ignored: nothing is being done", "ignored: nothing is being done", "refused: nothing", "refused: nothing", "refused: nothing",
			"ignored: the clock of a trial that is over", "ignored: the disk knew of no trial",
		},
		Applying: {
			"refused: busy", "→ on trial, wait", "→ reverting, put back", "refused: busy", "refused: busy", "→ reverting, put back",
			"ignored: the clock has not been started", "→ reverting, put back",
		},
		OnTrial: {
			"refused: busy", "ignored: nothing is being done", "ignored: nothing is being done", "→ keeping, put kept", "refused: token", "→ reverting, put back",
			"→ reverting, put back", "→ reverting, put back",
		},
		Keeping: {
			"refused: busy", "→ settled with the tried", "→ reverting, put back", "refused: busy", "refused: busy", "refused: busy",
			"ignored: it was kept in time", "→ reverting, put back",
		},
		Reverting: {
			"refused: back", "→ settled with those before", "→ reverting, again", "refused: back", "refused: back", "→ reverting, put back",
			"→ reverting, put back", "→ reverting, put back",
		},
	}
	actions := [...]string{"nothing", "put trial", "wait", "put kept", "put back", "again"}
	for state := Settled; state <= Reverting; state++ {
		row, ok := table[state]
		if !ok || len(row) != len(inputs) {
			t.Fatalf("%s has %d cells of %d", state, len(row), len(inputs))
		}
		for i, in := range inputs {
			d := Desk{State: state, Kept: before}
			if state != Settled {
				d.Tried, d.Token = tried, "t"
			}
			next, action, err := Step(d, in)
			var got string
			switch {
			case err != nil:
				for _, c := range codes() {
					if errors.Is(err, c.err) {
						got = "refused: " + c.code
					}
				}
				if next != d || action != Nothing {
					t.Errorf("%s, %T: refused, and yet %+v, %v", state, in, next, action)
				}
			case next == d && action == Nothing:
				got = "ignored"
			case next == Desk{State: Settled, Kept: tried} && action == Nothing:
				got = "→ settled with the tried"
			case next == Desk{State: Settled, Kept: before} && action == Nothing:
				got = "→ settled with those before"
			default:
				got = fmt.Sprintf("→ %s, %s", next.State, actions[action])
				if next.Kept != before {
					t.Errorf("%s, %T: the settings that stay were changed before the trial was kept", state, in)
				}
			}
			if want := row[i]; got != want && (got != "ignored" || !strings.HasPrefix(want, "ignored: ")) {
				t.Errorf("%s, %T %v: %s, want %s", state, in, in, got, want)
			}
		}
	}
}

// Whatever happens in whatever order, settings that nobody kept with their token never become those that stay.
func TestOnlyAKeptTrialStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d Desk
		kept := false
		for n := range rapid.IntRange(1, 30).Draw(t, "steps") {
			token := fmt.Sprint(n)
			in := rapid.SampledFrom([]Input{Try{Settings{Mode: Static, Address: token}, token}, Done{}, Failed{}, Keep{d.Token}, Keep{"wrong"}, Revert{}, Expired{}, Boot{}}).Draw(t, "input")
			was := d
			next, _, err := Step(d, in)
			if _, asked := in.(Try); asked && err == nil && was.State == Settled {
				kept = false
			}
			if k, asked := in.(Keep); asked && err == nil && k.Token == was.Token {
				kept = true
			}
			d = next
			if d.Kept != was.Kept && (!kept || d.Kept != was.Tried) {
				t.Fatalf("%+v became %+v by %T", was, d, in)
			}
			if (d.Tried == nil) != (d.State == Settled) {
				t.Fatalf("%+v", d)
			}
		}
	})
}
