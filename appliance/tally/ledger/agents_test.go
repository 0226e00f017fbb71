package ledger_test

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"

	"github.com/google/go-cmp/cmp"
)

const minute = int64(60_000)

func pausing(agent, why string) fact.AgentChanged {
	return fact.AgentChanged{Agent: agent, Session: "logged_in", Declared: "pause", Pause: why, Activity: "idle", Line: "registered"}
}

func out(agent string) fact.AgentChanged {
	return fact.AgentChanged{Agent: agent, Session: "logged_out", Declared: "available", Activity: "idle", Line: "registered"}
}

// day is an agent's time by quarter since 08:00 and by what they were, in minutes.
func day(rows count.Rows) map[string]int64 {
	all := map[string]int64{}
	for _, r := range rows.Spent {
		what := r.At.Activity
		if r.At.Declared == "pause" {
			what += " " + r.At.Declared + " " + r.At.Pause
		}
		if r.At.Line != "registered" {
			what += " " + r.At.Line
		}
		all[fmt.Sprintf("%+d %s", r.At.Quarter-count.QuarterOf(eight), what)] += r.N.MS / minute
	}
	return all
}

func TestAnAgentsTimeByTheQuarter(t *testing.T) {
	cases := []struct {
		name string
		told func(*teller)
		want map[string]int64
	}{
		// FEATURES §11.3, trap 1: "connected 0 h" all day.
		{"a session that is open counts up to now", func(x *teller) { x.tell(in("ana", "idle", "")).after(20 * minute) }, map[string]int64{"+0 idle": 15, "+1 idle": 5}},
		// Trap 11: a pause is split at the quarter, and ends with its session.
		{"a pause across quarters, clipped to its session", func(x *teller) {
			x.tell(in("ana", "idle", "")).after(10*minute, pausing("ana", "lunch")).after(10*minute, out("ana")).after(30 * minute)
		}, map[string]int64{"+0 idle": 10, "+0 idle pause lunch": 5, "+1 idle pause lunch": 5}},
		{"two reasons", func(x *teller) {
			x.tell(pausing("ana", "lunch")).after(2*minute, pausing("ana", "training")).after(3 * minute)
		}, map[string]int64{"+0 idle pause lunch": 2, "+0 idle pause training": 3}},
		{"who logs out while talking is at work no more", func(x *teller) {
			x.tell(in("ana", "talking", "c1")).after(2*minute, fact.AgentChanged{Agent: "ana", Session: "logged_out", Activity: "talking", Line: "registered", Call: "c1"}).
				after(3*minute, out("ana"))
		}, map[string]int64{"+0 talking": 2}},
		{"who left the site document finishes the call", func(x *teller) {
			x.tell(in("ana", "talking", "c1")).after(2*minute, fact.AgentChanged{Agent: "ana", Session: "leaving", Declared: "available", Activity: "talking", Line: "registered", Call: "c1"}).
				after(3*minute, fact.AgentChanged{Agent: "ana", Session: "leaving", Declared: "available", Activity: "idle", Line: "registered"}).after(9 * minute)
		}, map[string]int64{"+0 talking": 5}},
		{"a dead phone", func(x *teller) {
			x.tell(fact.AgentChanged{Agent: "ana", Session: "logged_in", Declared: "available", Activity: "idle", Line: "unregistered"}).after(4 * minute)
		}, map[string]int64{"+0 idle unregistered": 4}},
		// FEATURES §3.3, process restart: open sessions and pauses are closed, at the last moment the box is known to have lived.
		{"a crash", func(x *teller) {
			x.tell(pausing("ana", "lunch")).after(5*minute, fact.LegRinging{})
			x.epoch++
			x.now = fact.Moment{UTC: x.now.UTC + 30*minute, Boot: 7}
			x.tell(fact.CallEnded{Call: "c9"}, fact.BoxStarted{}).after(10*minute, in("ben", "idle", "")).after(2 * minute)
		}, map[string]int64{"+0 idle pause lunch": 5, "+3 idle": 2}},
		{"an orderly stop", func(x *teller) {
			x.tell(in("ana", "idle", "")).after(5*minute, fact.BoxStopped{}).after(5*minute, fact.BoxStarted{Clean: true}).after(9 * minute)
		}, map[string]int64{"+0 idle": 5}},
		{"a core that goes on where the one before stopped", func(x *teller) {
			x.tell(in("ana", "idle", "")).after(5*minute, fact.BoxStopped{Planned: true}).after(minute, fact.BoxStarted{Clean: true}).after(4 * minute)
		}, map[string]int64{"+0 idle": 10}},
		{"a planned stop, and then the machine booted", func(x *teller) {
			x.tell(in("ana", "idle", "")).after(5*minute, fact.BoxStopped{Planned: true})
			x.now = fact.Moment{UTC: x.now.UTC + 2*minute, Boot: 9}
			x.tell(fact.BoxStarted{Clean: true}).after(8 * minute)
		}, map[string]int64{"+0 idle": 5}},
		// FEATURES §3.3, clock step: durations are from the clock that never jumps.
		{"the wall clock is put forward by an hour", func(x *teller) {
			x.tell(in("ana", "idle", "")).after(5 * minute)
			x.now.UTC += 60 * minute
			x.tell(pausing("ana", "")).after(3 * minute)
		}, map[string]int64{"+0 idle": 5, "+4 idle pause ": 3}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			told := telling()
			c.told(told)
			if diff := cmp.Diff(c.want, day(told.book(t).Rows(told.now))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAnOpenWrapUpCounts: FEATURES §11.2, « open wrap-up at interval end ».
func TestAnOpenWrapUpCounts(t *testing.T) {
	told := telling().tell(opened("c1"), in("ana", "talking", "c1")).after(20_000, in("ana", "wrapup", ""), fact.CallEnded{Call: "c1", Outcome: fact.CallAnswered}).after(7_000)
	b := told.book(t)
	if diff := cmp.Diff(count.Offers{Segments: 1, TalkMS: 20_000, WrapMS: 7_000}, total(b.Rows(told.now).Offers)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(count.Offers{Segments: 1, TalkMS: 20_000}, total(b.Rows(b.Last()).Offers)); diff != "" {
		t.Error("asking for the rows changed the book:", diff)
	}
}
