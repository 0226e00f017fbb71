package exchange_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
)

// faultyWorlds is how many of the random worlds get faults.
func faultyWorlds() uint64 {
	if testing.Short() {
		return 30
	}
	return 300
}

// TestPlantedFaultsEvictOneCallOnly panics at random places of random days: in the taking of an input, in the choice of an agent, and even
// in the eviction itself. Every promise still holds afterwards.
func TestPlantedFaultsEvictOneCallOnly(t *testing.T) {
	faults := 0
	for seed := range faultyWorlds() {
		w := exchangetest.New(seed)
		d := exchangetest.NewDice(seed + 7)
		on := true
		w.S.Plant(func(at string) {
			if on && (at == "evict" && d.Percent(20) || at != "evict" && d.Percent(3)) {
				panic("planted at " + at)
			}
		})
		for range 200 {
			w.Move()
		}
		on = false
		w.EndDay()
		if len(w.Problems) > 0 {
			t.Fatalf("seed %d: %v", seed, w.Problems)
		}
		faults += w.Facts.Faults
	}
	if faults < 10 {
		t.Errorf("only %d faults were planted", faults)
	}
	t.Logf("%d faults", faults)
}

// TestResumeWithTheLegsThatLived takes random days over into a new process with some legs lost.
func TestResumeWithTheLegsThatLived(t *testing.T) {
	interrupted := 0
	for seed := range faultyWorlds() {
		w := exchangetest.New(seed)
		d := exchangetest.NewDice(seed + 11)
		for range 4 {
			for range 50 {
				w.Move()
			}
			w.Restart(again(t, w.S), d)
		}
		w.EndDay()
		if len(w.Problems) > 0 {
			t.Fatalf("seed %d: %v", seed, w.Problems)
		}
		interrupted += w.Facts.Outcomes[fact.CallInterrupted]
	}
	if interrupted == 0 {
		t.Error("no call was ever interrupted: the days are too tame")
	}
}

func TestRestoreRefusesAnotherVersion(t *testing.T) {
	_, err := exchange.Restore([]byte(`{"version":99}`))
	var v *exchange.VersionError
	if !errors.As(err, &v) || v.Got != 99 {
		t.Fatalf("error %v, want a VersionError of 99", err)
	}
	for _, torn := range []string{"", "{", "null", `{"version":2}`, `{"version":2,"sites":[{}],"calls":[null]}`, `{"version":2,"sites":[{}],"waiting":["x"]}`} {
		if _, err := exchange.Restore([]byte(torn)); err == nil {
			t.Errorf("a torn state %q was taken", torn)
		}
	}
}

func FuzzRestore(f *testing.F) {
	w := exchangetest.New(4)
	for range 60 {
		w.Move()
	}
	b, err := w.S.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":2,"sites":[{}],"agents":[null]}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		s, err := exchange.Restore(data)
		if err != nil {
			return
		}
		s.Resume(fact.Moment{Boot: 1}, nil)
		s.Step(fact.Moment{Boot: 2}, exchange.MediaRestarted{})
		_ = fmt.Sprint(s.Calls(), s.Agents(), s.Queues())
	})
}

// TestPropertiesUnderRapid lets rapid choose the day and its length, so that a broken promise comes with the shortest day that breaks it.
func TestPropertiesUnderRapid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := exchangetest.New(rapid.Uint64().Draw(t, "seed"))
		w.LosePercent = rapid.IntRange(0, 30).Draw(t, "lose percent")
		for range rapid.IntRange(0, 300).Draw(t, "moves") {
			w.Move()
		}
		w.EndDay()
		if len(w.Problems) > 0 {
			t.Fatalf("%v", w.Problems)
		}
	})
}
