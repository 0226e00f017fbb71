package slot

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestEveryConditionAndInput holds every cell: the slot the input is about is B, slot A runs and is Good with all its tries, and A is first,
// but for Worked, where B runs and A was the loader's first choice.
func TestEveryConditionAndInput(t *testing.T) {
	type cell struct {
		place Place // of B
		first Slot
		err   error
	}
	begun := cell{Place{Writing, 0}, A, nil} // what lay there is written over, whatever it was
	worked := cell{Place{Good, Tries}, B, nil}
	bad := cell{Place{Bad, 0}, A, nil}
	table := map[Condition]map[string]cell{
		Empty:   {"worked": worked, "begun": begun, "installed": {Place{Empty, 0}, A, ErrNotBegun}, "given up": {Place{Empty, 0}, A, ErrNothing}},
		Writing: {"worked": worked, "begun": begun, "installed": {Place{Trial, Tries}, B, nil}, "given up": bad},
		Trial:   {"worked": worked, "begun": begun, "installed": {Place{Trial, 2}, A, ErrNotBegun}, "given up": bad},
		Good:    {"worked": worked, "begun": begun, "installed": {Place{Good, 2}, A, ErrNotBegun}, "given up": bad},
		Bad:     {"worked": worked, "begun": begun, "installed": {Place{Bad, 0}, A, ErrNotBegun}, "given up": bad},
	}
	inputs := map[string]Input{"worked": Worked{B}, "begun": Begun{Into: B, Running: A}, "installed": Installed{B}, "given up": GivenUp{B}}
	for condition := Empty; condition <= Bad; condition++ {
		for name, in := range inputs {
			want, ok := table[condition][name]
			if !ok {
				t.Errorf("the table has no cell for %s, %s", condition, name)
				continue
			}
			before := State{Places: [2]Place{{Good, Tries}, {condition, map[Condition]int{Trial: 2, Good: 2}[condition]}}}
			got, err := Step(before, in)
			if !errors.Is(err, want.err) || got.Places[B] != want.place || got.First != want.first {
				t.Errorf("%s, %s: B is %v, first %s, %v; want %v, %s, %v", condition, name, got.Places[B], got.First, err, want.place, want.first, want.err)
			}
			if err != nil && got != before {
				t.Errorf("%s, %s: refused, and yet changed to %+v", condition, name, got)
			}
		}
	}
}

func TestNewFirmwareThatNeverWorksIsGivenUpAfterThreeTries(t *testing.T) {
	s := State{Places: [2]Place{{Good, Tries}, {Empty, 0}}}
	s = step(t, s, Begun{Into: B, Running: A}, Installed{B})
	for try := range Tries {
		var slot Slot
		if slot, s = s.Choose(); slot != B {
			t.Fatalf("try %d started %s", try+1, slot)
		}
	}
	slot, s := s.Choose()
	if slot != A {
		t.Fatalf("after %d tries %s was started", Tries, slot)
	}
	s = step(t, s, Worked{A})
	if s.Places[B].Condition != Bad || s.First != A {
		t.Errorf("after the way back: %+v, want B bad and A first", s)
	}
	// The way back lasts: any number of power cuts later it is still A.
	for range 10 {
		if slot, s = s.Choose(); slot != A {
			t.Fatalf("a later start took %s", slot)
		}
	}
}

func TestPowerCutsInTheFirstStartAreNotAFailure(t *testing.T) {
	s := step(t, State{Places: [2]Place{{Good, Tries}, {Empty, 0}}}, Begun{Into: B, Running: A}, Installed{B})
	_, s = s.Choose()
	_, s = s.Choose()
	slot, s := s.Choose()
	s = step(t, s, Worked{slot})
	if slot != B || s.Places[B] != (Place{Good, Tries}) || s.Places[A].Condition != Good {
		t.Errorf("after two power cuts: %s runs, %+v", slot, s)
	}
}

func TestInstallationIsRefusedBeforeTheRunningOneHasProvedItself(t *testing.T) {
	_, s := Factory().Choose()
	if _, err := Step(s, Begun{Into: B, Running: A}); !errors.Is(err, ErrUnconfirmed) {
		t.Errorf("got %v", err)
	}
	if _, err := Step(s, Begun{Into: A, Running: A}); !errors.Is(err, ErrRunning) {
		t.Errorf("got %v", err)
	}
}

// TestAFirmwareIsAlwaysThere walks at random: whatever happens, the loader never starts a slot that is empty or half written.
func TestAFirmwareIsAlwaysThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Factory()
		running, s := s.Choose()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				running, s = s.Choose()
			case 1:
				s, _ = Step(s, Worked{running})
			case 2:
				s, _ = Step(s, Begun{Into: running.Other(), Running: running})
			case 3:
				s, _ = Step(s, Installed{running.Other()})
			case 4:
				s, _ = Step(s, GivenUp{running.Other()})
			}
			next, _ := s.Choose()
			if c := s.Places[next].Condition; c == Empty || c == Writing {
				t.Fatalf("%s would be started and is %s: %+v", next, c, s)
			}
			b, err := Encode(s)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := Decode(b); err != nil || back != s {
				t.Fatalf("the file gives %+v, %v; want %+v", back, err, s)
			}
		}
	})
}

func step(t *testing.T, s State, inputs ...Input) State {
	t.Helper()
	for _, in := range inputs {
		var err error
		if s, err = Step(s, in); err != nil {
			t.Fatalf("%#v: %v", in, err)
		}
	}
	return s
}

func TestWrittenInPlaceAndReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grubenv")
	if err := Write(path, Factory()); err == nil {
		t.Error("a file that is not there was written: GRUB would not find it")
	}
	b, err := Encode(Factory())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	want := step(t, Factory(), Worked{A})
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecode(f *testing.F) {
	b, err := Encode(Factory())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(envHead))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Encode(s)
		if err != nil {
			t.Fatalf("%+v was read and cannot be written: %v", s, err)
		}
		if back, err := Decode(again); err != nil || back != s {
			t.Fatalf("%+v became %+v, %v", s, back, err)
		}
	})
}
