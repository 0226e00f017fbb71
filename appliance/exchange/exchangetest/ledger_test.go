package exchangetest_test

import (
	"strings"
	"testing"

	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
)

// TestLedgerCatchesPlantedErrors proves that each entry of the books can be wrong.
func TestLedgerCatchesPlantedErrors(t *testing.T) {
	why := []fact.Reason{{Code: "x"}}
	opened := fact.CallOpened{Call: "c"}
	ended := fact.CallEnded{Call: "c", Outcome: fact.CallAnswered}
	cases := []struct {
		name  string
		facts []fact.Fact
		want  string // empty: nothing is wrong
	}{
		{"sound", []fact.Fact{opened, fact.CallRouted{Call: "c", Reasons: why}, fact.LegOpened{Call: "c", Leg: "l"}, fact.LegEnded{Call: "c", Leg: "l"}, ended}, ""},
		{"two outcomes", []fact.Fact{opened, ended, ended}, "after its end"},
		{"no outcome", []fact.Fact{opened, fact.CallEnded{Call: "c"}}, "without an outcome"},
		{"opened twice", []fact.Fact{opened, opened, ended}, "opened twice"},
		{"never ended", []fact.Fact{opened}, "never ended"},
		{"never opened", []fact.Fact{ended}, "never opened"},
		{"no reason", []fact.Fact{opened, fact.CallRouted{Call: "c"}, ended}, "without a reason"},
		{"leg left", []fact.Fact{opened, fact.LegOpened{Call: "c", Leg: "l"}, ended}, "something open"},
		{"visit left", []fact.Fact{opened, fact.VisitEntered{Call: "c", Visit: 1, Position: 1}, ended}, "something open"},
		{"offer outside a visit", []fact.Fact{opened, fact.OfferMade{Call: "c", Offer: 1, Visit: 1}, ended}, "offer made in visit"},
		{"unfit chosen", []fact.Fact{opened, fact.VisitEntered{Call: "c", Visit: 1, Position: 1}, fact.OfferMade{
			Call: "c", Visit: 1, Offer: 1, Agent: "a", Candidates: []fact.Candidate{{Agent: "a", Reasons: why}},
		}}, "not a fit candidate"},
		{"fit passed over", []fact.Fact{opened, fact.NobodyOffered{Call: "c", Candidates: []fact.Candidate{{Agent: "a", Fit: true, Reasons: why}}}}, "although a was fit"},
		{"negative", []fact.Fact{opened, fact.CallEnded{Call: "c", Outcome: fact.CallAnswered, HoldMS: -1}}, "negative"},
		{"talked and failed", []fact.Fact{opened, fact.CallEnded{Call: "c", Outcome: fact.CallFailed, Cause: "x", TalkMS: 5, TotalMS: 5}}, "talked, and is failed"},
		{"recording after the end", []fact.Fact{opened, fact.RecordingStarted{Call: "c", Recording: "r"}, ended, fact.RecordingEnded{Call: "c", Recording: "r"}}, ""},
	}
	for _, c := range cases {
		l := exchangetest.NewLedger()
		for _, f := range c.facts {
			l.Take(f)
		}
		l.Close()
		all := strings.Join(l.Problems, "; ")
		if c.want == "" && all != "" || !strings.Contains(all, c.want) {
			t.Errorf("%s: %q, want %q", c.name, all, c.want)
		}
	}
}

func TestDiceAreTheSameEverywhere(t *testing.T) {
	d := exchangetest.NewDice(1)
	if a, b := d.Next(), d.Next(); a != 0x910a2dec89025cc1 || b != 0xbeeb8da1658eec67 { // SplitMix64's published sequence for seed 1
		t.Errorf("%#x %#x", a, b)
	}
}
