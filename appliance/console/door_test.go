package console

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestBansAreListedAndUndone(t *testing.T) {
	c := serve(t, &fakeBox{bans: []Ban{{Address: "198.51.100.7", Reason: "wrong passwords", Until: time.Unix(1_800_000_000, 0), Times: 2}}})
	bans, err := c.Bans(t.Context())
	if err != nil || len(bans) != 1 || bans[0].Address != "198.51.100.7" || bans[0].Times != 2 {
		t.Fatalf("%+v, %v", bans, err)
	}
	a := netip.MustParseAddr("198.51.100.7")
	if err := c.Unban(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := c.Unban(t.Context(), a); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	if err := c.Unban(t.Context(), netip.MustParseAddr("2001:db8::1")); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that was never banned: %v", err)
	}
}

func TestDoctorTellsItsFindings(t *testing.T) {
	c := serve(t, &fakeBox{})
	if all, err := c.Doctor(t.Context()); err != nil || len(all) != 1 || all[0].Gravity != Trouble {
		t.Fatalf("%+v, %v", all, err)
	}
}

func TestProofIsToldStepByStep(t *testing.T) {
	steps := []TestStep{{Name: "out", OK: true, Sentence: "answered"}, {Name: "dtmf", Sentence: "no key came back", Remedy: "set dtmf"}}
	c := serve(t, &fakeBox{steps: steps})
	var got []TestStep
	keep := func(s TestStep) bool {
		got = append(got, s)
		return true
	}
	if err := c.TestTrunk(t.Context(), TrunkTest{Trunk: "carrier"}, keep); err != nil || !slices.Equal(got, steps) {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := c.TestTrunk(t.Context(), TrunkTest{Trunk: "none"}, keep); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such trunk: %v", err)
	}
	stopped := serve(t, &fakeBox{steps: steps[:1], stop: errors.New("the media process went away")})
	if err := stopped.TestTrunk(t.Context(), TrunkTest{Trunk: "carrier"}, keep); err == nil || err.Error() != "the media process went away" {
		t.Errorf("a proof that broke off: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.TestTrunk(ctx, TrunkTest{Trunk: "carrier"}, keep); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
