package apply

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"autocom/cloud-sync/wire"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the table")

// at is a machine in a state, with revision 5 confirmed, 6 bad and 7 at hand.
func at(s State) Machine {
	m := Machine{State: s, Confirmed: 5, Name: NameOf("five"), Bad: 6}
	if s == Idle {
		return m
	}
	m.Revision, m.Document = 7, "seven"
	if s == Fetched {
		return m
	}
	m.Before, m.Lines, m.Then = "five", []string{"carrier"}, TrialBoth
	if s == Reverting {
		m.Reverting = "why"
	}
	return m
}

func inputs() []struct {
	name string
	in   Input
} {
	return []struct {
		name string
		in   Input
	}{
		{"Opened, newer", Opened{8, "eight"}},
		{"Opened, at hand", Opened{7, "seven"}},
		{"Opened, bad", Opened{6, "six"}},
		{"Opened, in force", Opened{5, "five"}},
		{"Opened, older", Opened{4, "four"}},
		{"Ready, cloud up", Ready{"five", []string{"carrier"}, true}},
		{"Ready, cloud down", Ready{"five", nil, false}},
		{"TookEffect", TookEffect{}},
		{"Refused", Refused{[]wire.Problem{{Sentence: "s", Remedy: "r"}}, ""}},
		{"Confirmed", Confirmed{}},
		{"LinesBack", LinesBack{}},
		{"TrialOver", TrialOver{}},
		{"Restarted, with it", Restarted{"seven"}},
		{"Restarted, with another", Restarted{"other"}},
		{"LocalChange", LocalChange{}},
	}
}

// TestEveryCell holds the whole table: every state with every input, and the reason where nothing comes of it.
func TestEveryCell(t *testing.T) {
	var b strings.Builder
	b.WriteString("| State | Input | Next | Does |\n|---|---|---|---|\n")
	for _, s := range States() {
		for _, i := range inputs() {
			next, effects, ignored := at(s).Step(i.in)
			if ignored == "" && len(effects) == 0 {
				t.Errorf("%s, %s: neither an effect nor a reason", s, i.name)
			}
			if ignored != "" && fmt.Sprint(next) != fmt.Sprint(at(s)) {
				t.Errorf("%s, %s: ignored, and changed all the same", s, i.name)
			}
			var does []string
			for _, e := range effects {
				switch e := e.(type) {
				case Report:
					does = append(does, fmt.Sprintf("report %d %s", e.Revision, e.State))
				case Prepare:
					does = append(does, "prepare")
				case Apply:
					does = append(does, "apply "+e.Text)
				case Try:
					does = append(does, fmt.Sprintf("try (cloud %v, lines %v)", e.Cloud, e.Lines))
				}
			}
			if ignored != "" {
				does = append(does, "— "+ignored)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s, i.name, next.State, strings.Join(does, ", "))
		}
	}
	const path = "testdata/table.md"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(b.String())) {
		t.Errorf("the table is now\n%s", b.String())
	}
}

func TestABoxThatKeepsStartingAnewTakesTheDocumentBack(t *testing.T) {
	for _, s := range []State{Applying, TrialBoth, TrialCloud, TrialLines} {
		m := at(s)
		for n := range MaxStarts {
			var ignored string
			if m, _, ignored = m.Step(Restarted{"seven"}); m.State != s || ignored != "" {
				t.Fatalf("%s, start %d: %s", s, n+1, m.State)
			}
		}
		m, effects, _ := m.Step(Restarted{"seven"})
		if m.State != Reverting || len(effects) != 1 || effects[0] != (Apply{"five"}) {
			t.Errorf("%s: %s, %v", s, m.State, effects)
		}
	}
}

// TestWhateverHappensTheBoxEndsWithADocumentThatWasGood plays random inputs, each machine going through the disk.
func TestWhateverHappensTheBoxEndsWithADocumentThatWasGood(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m, inForce, good := Machine{State: Idle}, "zero", "zero"
		confirmed, bad := uint64(0), map[uint64]bool{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			n := rapid.Uint64Range(1, 9).Draw(rt, "revision")
			in := rapid.SampledFrom([]Input{
				Opened{n, fmt.Sprint("text ", n)}, Ready{inForce, nil, n%2 == 0}, TookEffect{}, Refused{nil, "no"}, Confirmed{}, LinesBack{}, TrialOver{}, Restarted{inForce},
			}).Draw(rt, "input")
			if _, is := in.(TookEffect); is && m.State == Applying {
				inForce = m.Document
			} else if is && m.State == Reverting {
				inForce = m.Before
			}
			next, effects, _ := m.Step(in)
			for _, e := range effects {
				r, is := e.(Report)
				if !is {
					continue
				}
				if r.State == wire.Applied && (bad[r.Revision] || r.Revision <= confirmed) {
					rt.Fatalf("revision %d takes effect again", r.Revision)
				}
				if r.State == wire.Kept {
					confirmed, good = r.Revision, inForce
				}
				bad[r.Revision] = bad[r.Revision] || r.State == wire.Refused || r.State == wire.Reverted
			}
			raw, err := json.Marshal(next)
			if err != nil {
				rt.Fatal(err)
			}
			m = Machine{}
			if err := json.Unmarshal(raw, &m); err != nil {
				rt.Fatal(err)
			}
			if m.State == Idle && inForce != good {
				rt.Fatalf("at rest with %q, the last good one is %q", inForce, good)
			}
			if m.Confirmed != confirmed {
				rt.Fatalf("confirmed %d, want %d", m.Confirmed, confirmed)
			}
		}
	})
}
