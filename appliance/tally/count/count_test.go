package count_test

import (
	"reflect"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"

	"github.com/google/go-cmp/cmp"
)

// full sets every counter of a line to n.
func full[T any](n int64) T {
	var t T
	v := reflect.ValueOf(&t).Elem()
	for _, f := range v.Fields() {
		if f.Kind() == reflect.Int64 {
			f.SetInt(n)
		}
	}
	return t
}

// TestEveryColumnAddsUp: a column that Add forgets would be lost wherever lines are summed. Of the longest wait the longer one is kept.
func TestEveryColumnAddsUp(t *testing.T) {
	visits, offers, calls, wishes, spent := full[count.Visits](3), full[count.Offers](3), full[count.Calls](3), full[count.Wishes](3), full[count.Spent](3)
	visits.Add(full[count.Visits](4))
	offers.Add(full[count.Offers](4))
	calls.Add(full[count.Calls](4))
	wishes.Add(full[count.Wishes](4))
	spent.Add(full[count.Spent](4))
	want := full[count.Visits](7)
	want.MaxWaitMS = 4
	if diff := cmp.Diff(want, visits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(full[count.Offers](7), offers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(full[count.Calls](7), calls); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(full[count.Wishes](7), wishes); diff != "" {
		t.Error(diff)
	}
	if spent.MS != 7 {
		t.Error(spent)
	}
}

// TestEveryOutcomeEndsOnce: whatever the outcome, known or of a later box, exactly one column of the partition counts it.
func TestEveryOutcomeEndsOnce(t *testing.T) {
	for _, o := range []fact.VisitOutcome{
		fact.VisitAnswered, fact.VisitAbandoned, fact.VisitCancelled, fact.VisitClosed, fact.VisitFull, fact.VisitNobodyFit, fact.VisitWaitedTooLong,
		fact.VisitMoved, fact.VisitFailed, fact.VisitInterrupted, "teleported",
	} {
		var v count.Visits
		if v.End(o); v.Over() != 1 || v.Other != 0 != (o == "teleported") {
			t.Errorf("%s: %+v", o, v)
		}
	}
	for _, way := range []count.Exit{count.Callback, count.Voicemail, "2", ""} {
		var v count.Visits
		v.End(fact.VisitExited)
		if v.Exit(way, 1); v.Over() != 1 {
			t.Errorf("%s: %+v", way, v)
		}
	}
	for _, o := range []fact.OfferOutcome{
		fact.OfferAnswered, fact.OfferNotAnswered, fact.OfferBusy, fact.OfferDeclined, fact.OfferUnreachable, fact.OfferCancelled, fact.OfferLostRace, "eaten",
	} {
		var v count.Offers
		if v.End(o); v.Over() != 1 || v.Other != 0 != (o == "eaten") {
			t.Errorf("%s: %+v", o, v)
		}
	}
	for _, o := range []fact.CallOutcome{
		fact.CallAnswered, fact.CallAbandoned, fact.CallCancelled, fact.CallClosed, fact.CallDeterred, fact.CallVoicemail, fact.CallCallbackRequested,
		fact.CallSelfServed, fact.CallForwarded, fact.CallFailed, fact.CallInterrupted, "gone",
	} {
		for _, stage := range []fact.Stage{fact.StageNone, fact.StageSVI, fact.StageQueue, fact.StageAnnouncement} {
			var c count.Calls
			if c.End(o, stage); c.Over() != 1 || c.Other != 0 != (o == "gone") {
				t.Errorf("%s %s: %+v", o, stage, c)
			}
		}
	}
	for _, o := range []string{"reached", "unreached", "cancelled", "expired", "eaten"} {
		var w count.Wishes
		if w.End(o); w.Over() != 1 || w.Other != 0 != (o == "eaten") {
			t.Errorf("%s: %+v", o, w)
		}
	}
}

func TestQuartersOfNegativeTimes(t *testing.T) {
	for utc, want := range map[int64]count.Quarter{0: 0, 1: 0, -1: -1, -count.QuarterMS: -1, count.QuarterMS: 1} {
		if got := count.QuarterOf(utc); got != want {
			t.Errorf("%d lies in %d, want %d", utc, got, want)
		}
	}
}
