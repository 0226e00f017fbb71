package appliance

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/mediactl"
)

// A clean call rates above 90; one that lost a tenth is bad, and says so; a leg that heard nothing has no rating.
func TestRatingFollowsLoss(t *testing.T) {
	clean, good := rating(fact.LegQuality{Received: 1000, RoundTrip: 2000})
	bad, poor := rating(fact.LegQuality{Received: 900, Lost: 100, RoundTrip: 2000})
	if clean < 900 || good < 43 || bad >= clean-200 || poor >= good-8 {
		t.Fatalf("clean %d (%d), bad %d (%d)", clean, good, bad, poor)
	}
	if r, mos := rating(fact.LegQuality{Sent: 10}); r != 0 || mos != 0 {
		t.Fatalf("of nothing: %d, %d", r, mos)
	}
}

func TestRatingCountsWhatCameTooLate(t *testing.T) {
	lost, _ := rating(fact.LegQuality{Received: 950, Lost: 50})
	late, _ := rating(fact.LegQuality{Received: 1000, Late: 50})
	if lost != late {
		t.Errorf("lost %d, late %d", lost, late)
	}
	if r, _ := rating(fact.LegQuality{Received: 10, Late: 50}); r < 0 || r > 300 {
		t.Errorf("all of it late: %d", r)
	}
}

func TestRatingOfBurstsIsWorse(t *testing.T) {
	alone, _ := rating(fact.LegQuality{Received: 950, Lost: 50, LossRuns: 48})
	unknown, _ := rating(fact.LegQuality{Received: 950, Lost: 50})
	crowded, _ := rating(fact.LegQuality{Received: 950, Lost: 50, LossRuns: 10})
	if alone != unknown || crowded >= alone-10 {
		t.Errorf("alone %d, not counted %d, in bursts %d", alone, unknown, crowded)
	}
}

func TestALegsCountsAreRated(t *testing.T) {
	q := counted("l1", "PCMA", mediactl.Stats{Received: 1000, Lost: 20, Late: 30, LossRuns: 20})
	if q.Late != 30 || q.LossRuns != 20 || q.RFactorX10 == 0 || q.MOSX10 == 0 {
		t.Errorf("%+v", q)
	}
	if r, mos := rating(q); r != q.RFactorX10 || mos != q.MOSX10 {
		t.Errorf("%d, %d of %+v", r, mos, q)
	}
}
