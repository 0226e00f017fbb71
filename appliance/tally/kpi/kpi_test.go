package kpi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/kpi"
	"autocom/appliance/tally/ledger"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const hour = 3_600_000

// sums is an hour of two queues with goals of their own, chosen so that every figure is another one and can be computed by hand:
//
//	200 visits: 100 answered (70 in time), 30 abandoned (4 short, 12 soon, 9 missed), 20 cancelled (2 short, 8 soon), 10 closed, 5 full, 3 nobody fit,
//	7 too long, 6 + 4 + 5 by an exit, 2 moved, 1 failed, 1 interrupted, 1 other: 195 are over, 5 wait.
//	Over and not closed: 185; without the 6 short ones: 179.
func sums() kpi.Sums {
	return kpi.Sums{
		SpanMS: hour,
		Visits: count.Visits{
			Received: 200, Answered: 100, Abandoned: 30, Cancelled: 20, Closed: 10, Full: 5, NobodyFit: 3, WaitedTooLong: 7, ExitedCallback: 6,
			ExitedVoicemail: 4, ExitedKey: 5, Moved: 2, Failed: 1, Interrupted: 1, Other: 1, InProgress: 5,
			Within: 70, LostWithin: 20, ShortAbandoned: 4, ShortCancelled: 2, Missed: 9, Recovered: 11, Unreached: 6,
			WaitMS: 4_500_000, WaitAnsweredMS: 1_800_000, WaitLostMS: 1_250_000, MaxWaitMS: 240_000, TalkMS: 19_000_000,
		},
		Queues: count.Offers{Answered: 100, Segments: 110, TalkMS: 15_000_000, HoldMS: 2_000_000, WrapMS: 3_000_000},
		Agents: count.Offers{
			Made: 90, Answered: 40, NotAnswered: 9, Busy: 4, Declined: 3, Unreachable: 4, Cancelled: 12, LostRace: 18, Segments: 44,
			TalkMS: 6_000_000, HoldMS: 800_000, WrapMS: 1_120_000,
		},
		Inbound: count.Calls{
			Received: 250, Answered: 120, AbandonedSVI: 40, AbandonedQueue: 30, AbandonedAnnounce: 5, Cancelled: 20, Closed: 10, Deterred: 8, Voicemail: 4, Callback: 6,
			Merged: 2, InProgress: 5, Served: 90, WaitServed: 2_700_000, Handed: 18, Known: 200, QueuedKnown: 160, Again: 30, AgainHere: 24, AgainFirst: 20, AgainLast: 16,
		},
		Wishes:   count.Wishes{Asked: 12, Reached: 6, Unreached: 2, Cancelled: 1, Expired: 1, InProgress: 2, Attempts: 15},
		Campaign: count.Wishes{Asked: 50, Reached: 18, Unreached: 22, InProgress: 10, Attempts: 90, Converted: 9},
		Work: kpi.Work{
			LoggedMS: 10 * hour, IdleMS: 2 * hour, IdlePausedMS: 90 * 60_000, UnreachableMS: 30 * 60_000, RingingMS: 30 * 60_000, DialingMS: 30 * 60_000,
			TalkingMS: 3 * hour, HoldingMS: hour, WrapUpMS: hour, PausedMS: 2 * hour,
		},
		Rules: ledger.Rules{GoalMS: 20_000, ShortMS: 5_000, RepeatMS: 24 * hour},
		Goals: []ledger.Goal{{Queue: "bleu", MS: 20_000}, {Queue: "rouge", MS: 20_000}},
	}
}

// TestEveryFigure computes each by hand: FEATURES §11.2, row by row.
func TestEveryFigure(t *testing.T) {
	cases := []struct {
		id      kpi.ID
		ratio   kpi.Ratio
		rounded int64
	}{
		{kpi.ServiceLevelOffered, kpi.Ratio{Num: 70, Den: 179}, 391},
		{kpi.ServiceLevelAnswered, kpi.Ratio{Num: 70, Den: 100}, 700},
		{kpi.ServiceLevelHandled, kpi.Ratio{Num: 90, Den: 150}, 600},
		{kpi.ServiceLevelReceived, kpi.Ratio{Num: 70, Den: 195}, 359},
		{kpi.ServiceLevelAdvanced, kpi.Ratio{Num: 87, Den: 179}, 486},
		{kpi.AnswerRateQueue, kpi.Ratio{Num: 100, Den: 185}, 541},
		{kpi.AnswerRateAll, kpi.Ratio{Num: 120, Den: 233}, 515}, // 245 over, 10 closed, 2 merged
		{kpi.AbandonRate, kpi.Ratio{Num: 44, Den: 179}, 246},
		{kpi.AbandonRateMusic, kpi.Ratio{Num: 26, Den: 179}, 145},
		{kpi.AbandonRateRinging, kpi.Ratio{Num: 18, Den: 179}, 101},
		{kpi.MissedThenLeftRate, kpi.Ratio{Num: 9, Den: 30}, 300},
		{kpi.AvgSpeedOfAnswer, kpi.Ratio{Num: 1_800_000, Den: 100}, 18_000},
		{kpi.AvgSpeedOfAnswerCall, kpi.Ratio{Num: 2_700_000, Den: 90}, 30_000},
		{kpi.AvgWait, kpi.Ratio{Num: 4_500_000, Den: 180}, 25_000},
		{kpi.MaxWait, kpi.Ratio{Num: 240_000, Den: 1}, 240_000},
		{kpi.AvgTimeToAbandon, kpi.Ratio{Num: 1_250_000, Den: 50}, 25_000},
		{kpi.AvgConversation, kpi.Ratio{Num: 19_000_000, Den: 100}, 190_000},
		{kpi.AvgTalk, kpi.Ratio{Num: 15_000_000, Den: 100}, 150_000},
		{kpi.AvgHold, kpi.Ratio{Num: 2_000_000, Den: 100}, 20_000},
		{kpi.AvgWrapUp, kpi.Ratio{Num: 3_000_000, Den: 100}, 30_000},
		{kpi.AvgHandle, kpi.Ratio{Num: 20_000_000, Den: 100}, 200_000},
		{kpi.AvgHandleSegment, kpi.Ratio{Num: 7_920_000, Den: 44}, 180_000},
		{kpi.OfferedLoad, kpi.Ratio{Num: 185 * 20_000, Den: 100 * 3_600}, 10_278}, // 185 visits of 200 s in an hour
		{kpi.Occupancy, kpi.Ratio{Num: 6 * hour, Den: 8 * hour}, 750},
		{kpi.Utilization, kpi.Ratio{Num: 5 * hour, Den: 10 * hour}, 500},
		{kpi.Reachable, kpi.Ratio{Num: 8 * hour, Den: hour}, 8_000},
		{kpi.OfferAnswerRate, kpi.Ratio{Num: 40, Den: 60}, 667},
		{kpi.TransferRate, kpi.Ratio{Num: 18, Den: 120}, 150},
		{kpi.RepeatRate, kpi.Ratio{Num: 30, Den: 200}, 150},
		{kpi.RepeatRateService, kpi.Ratio{Num: 24, Den: 200}, 120},
		{kpi.RepeatRateFirstQueue, kpi.Ratio{Num: 20, Den: 160}, 125},
		{kpi.RepeatRateLastQueue, kpi.Ratio{Num: 16, Den: 160}, 100},
		{kpi.FirstContactRate, kpi.Ratio{Num: 170, Den: 200}, 850},
		{kpi.CallbackReachedRate, kpi.Ratio{Num: 6, Den: 10}, 600},
		{kpi.CampaignContactRate, kpi.Ratio{Num: 18, Den: 40}, 450},
		{kpi.CampaignAttempts, kpi.Ratio{Num: 90, Den: 40}, 225},
		{kpi.CampaignConversion, kpi.Ratio{Num: 9, Den: 18}, 500},
	}
	seen := map[kpi.ID]bool{}
	for _, c := range cases {
		seen[c.id] = true
		d, ok := kpi.Define(c.id)
		if !ok {
			t.Errorf("%s is not defined", c.id)
			continue
		}
		v := d.Of(sums())
		if got, ok := v.Rounded(); v.Ratio != c.ratio || !ok || got != c.rounded {
			t.Errorf("%s = %+v, rounded %d; want %+v, %d", c.id, v.Ratio, got, c.ratio, c.rounded)
		}
	}
	for _, id := range kpi.IDs() {
		if !seen[id] {
			t.Errorf("%s was computed by nobody", id)
		}
	}
}

// TestNothingIsNotZero: FEATURES §11.3, trap 7.
func TestNothingIsNotZero(t *testing.T) {
	for _, v := range kpi.All(kpi.Sums{Rules: ledger.DefaultRules()}) {
		raw, err := json.Marshal(v)
		if _, ok := v.Rounded(); ok || err != nil || !strings.Contains(string(raw), `"value":null`) {
			t.Errorf("of nothing, %s is %s, %v", v.ID, raw, err)
		}
	}
	s := kpi.Sums{Visits: count.Visits{Received: 3, Answered: 2, Abandoned: 1}, Rules: ledger.DefaultRules()}
	d, _ := kpi.Define(kpi.AvgSpeedOfAnswer)
	if n, ok := d.Of(s).Rounded(); !ok || n != 0 {
		t.Error("an answer without any wait is 0 ms, and a figure")
	}
}

func TestThresholdsStandBesideTheFigure(t *testing.T) {
	find := func(s kpi.Sums, id kpi.ID) string {
		d, _ := kpi.Define(id)
		raw, err := json.Marshal(d.Of(s))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	s := sums()
	cases := []struct {
		id   kpi.ID
		want string
	}{
		{kpi.ServiceLevelOffered, `{"kpi":"service_level_offered","value":391,"unit":"share","parts":1000,"num":70,"den":179,"t_ms":20000,"short_ms":5000}`},
		{kpi.ServiceLevelAnswered, `{"kpi":"service_level_answered","value":700,"unit":"share","parts":1000,"num":70,"den":100,"t_ms":20000}`},
		{kpi.RepeatRate, `{"kpi":"repeat_rate","value":150,"unit":"share","parts":1000,"num":30,"den":200,"again_ms":86400000}`},
		{kpi.Reachable, `{"kpi":"reachable","value":8000,"unit":"agents","parts":1000,"num":28800000,"den":3600000}`},
	}
	for _, c := range cases {
		if got := find(s, c.id); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	s.Goals[1].MS = 30_000
	want := `"goals":[{"queue":"bleu","ms":20000},{"queue":"rouge","ms":30000}]`
	if got := find(s, kpi.ServiceLevelAnswered); !strings.Contains(got, want) || strings.Contains(got, "t_ms") {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestDefinitionsAreComplete: no two figures go by one name, the five service levels least of all.
func TestDefinitionsAreComplete(t *testing.T) {
	codes, names := map[kpi.ID]bool{}, map[string]bool{}
	for _, d := range kpi.Definitions() {
		for _, word := range []string{string(d.ID), string(d.Unit), string(d.Scope), d.French, d.English, d.Num, d.Den, d.NumEN, d.DenEN} {
			if word == "" {
				t.Errorf("%s leaves a word out: %+v", d.ID, d)
			}
		}
		if codes[d.ID] || names[d.French] || names[d.English] {
			t.Errorf("%s: its code or its name is another figure's", d.ID)
		}
		codes[d.ID], names[d.French], names[d.English] = true, true, true
		if strings.HasPrefix(string(d.ID), "service_level") != d.Needs.Goal {
			t.Errorf("%s: its goal is not told", d.ID)
		}
	}
}

func TestRounding(t *testing.T) {
	cases := []struct {
		r     kpi.Ratio
		parts int64
		want  int64
	}{
		{kpi.Ratio{Num: 1, Den: 3}, 1000, 333},
		{kpi.Ratio{Num: 2, Den: 3}, 1000, 667},
		{kpi.Ratio{Num: 1, Den: 2}, 1, 1},
		{kpi.Ratio{Num: -1, Den: 3}, 1000, -333},
		{kpi.Ratio{Num: 7, Den: 7}, 1000, 1000},
		{kpi.Ratio{Num: 1 << 60, Den: 1 << 61}, 1000, 500},
	}
	for _, c := range cases {
		if got, ok := c.r.Times(c.parts); !ok || got != c.want {
			t.Errorf("%+v in %d parts is %d, %v; want %d", c.r, c.parts, got, ok, c.want)
		}
	}
}

// TestAveragesAreNeverAveraged: the figure of two hours is made of their counters. Here the mean of the means would be 30 s.
func TestAveragesAreNeverAveraged(t *testing.T) {
	quiet, busy := kpi.Sums{Visits: count.Visits{Answered: 1, WaitAnsweredMS: 50_000}}, kpi.Sums{Visits: count.Visits{Answered: 9, WaitAnsweredMS: 90_000}}
	both := quiet
	both.Visits.Add(busy.Visits)
	d, _ := kpi.Define(kpi.AvgSpeedOfAnswer)
	if n, _ := d.Of(both).Rounded(); n != 14_000 {
		t.Errorf("%d ms", n)
	}
}

// rows is what a morning left: two queues, two agents, a call that went from one queue to the other.
func rows() (count.Rows, count.Quarter) {
	q := count.QuarterOf(1_795_417_200_000) // 2026-11-23 08:00 in Paris
	place := func(at count.Quarter, queue, first string) count.Place {
		return count.Place{Quarter: at, Queue: queue, First: first, Section: "+33140506070", Route: "carrier"}
	}
	return count.Rows{
		Visits: []count.Row[count.Place, count.Visits]{
			{At: place(q, "rouge", "rouge"), N: count.Visits{Received: 4, Answered: 2, Abandoned: 1, WaitedTooLong: 1}},
			{At: place(q+1, "bleu", "rouge"), N: count.Visits{Received: 1, Answered: 1}},
			{At: count.Place{Quarter: q + 1, Queue: "bleu", First: "bleu", Section: "+33140506070", Route: "carrier", Callback: true}, N: count.Visits{Received: 7, Answered: 6}},
		},
		Offers: []count.Row[count.Desk, count.Offers]{
			{At: count.Desk{Place: place(q, "rouge", "rouge"), Agent: "ana"}, N: count.Offers{Made: 3, Answered: 2, NotAnswered: 1}},
			{At: count.Desk{Place: place(q+1, "bleu", "rouge"), Agent: "ben"}, N: count.Offers{Made: 1, Answered: 1}},
		},
		Calls: []count.Row[count.Journey, count.Calls]{
			{At: count.Journey{Quarter: q, Flow: "inbound", First: "rouge", Last: "rouge"}, N: count.Calls{Received: 3, Answered: 2, AbandonedQueue: 1}},
			{At: count.Journey{Quarter: q, Flow: "inbound", First: "rouge", Last: "bleu"}, N: count.Calls{Received: 1, Answered: 1}},
			{At: count.Journey{Quarter: q, Flow: "inbound"}, N: count.Calls{Received: 5, AbandonedSVI: 5}},
			{At: count.Journey{Quarter: q, Flow: "internal"}, N: count.Calls{Received: 2, Answered: 2}},
		},
		Spent: []count.Row[count.Posture, count.Spent]{
			{At: count.Posture{Quarter: q, Agent: "ana", Activity: "idle", Declared: "available", Line: "registered"}, N: count.Spent{MS: 600_000}},
			{At: count.Posture{Quarter: q, Agent: "ana", Activity: "talking", Declared: "pause", Pause: "lunch", Line: "registered"}, N: count.Spent{MS: 60_000}},
			{At: count.Posture{Quarter: q, Agent: "ana", Activity: "idle", Declared: "pause", Pause: "lunch", Line: "registered"}, N: count.Spent{MS: 240_000}},
			{At: count.Posture{Quarter: q, Agent: "ben", Activity: "idle", Declared: "available", Line: "unregistered"}, N: count.Spent{MS: 900_000}},
		},
		Heard: []count.Row[count.Quarter, count.Heard]{
			{At: q, N: count.Heard{Fetched: 50, Kept: 40, First: fact.Address{Stream: "box", Epoch: 1, N: 1}, Last: fact.Address{Stream: "box", Epoch: 1, N: 50}}},
			{At: q + 1, N: count.Heard{Fetched: 5, Kept: 5, First: fact.Address{Stream: "box", Epoch: 1, N: 51}, Last: fact.Address{Stream: "box", Epoch: 1, N: 55}}},
		},
		Holes: []count.Hole{{Quarter: q + 1, Cause: "disk full"}},
	}, q
}

// TestFilters: FEATURES §11.3, trap 8: by its current or its first queue, else transferred calls vanish.
func TestFilters(t *testing.T) {
	all, q := rows()
	now := fact.Moment{UTC: (q + 2).UTC()}
	if s := kpi.Sum(all, ledger.DefaultRules(), kpi.Filter{Until: q + 9}, now); s.Backs.Received != 7 || s.Backs.Answered != 6 {
		t.Errorf("attempts to call back: %+v", s.Backs)
	}
	cases := []struct {
		name                               string
		f                                  kpi.Filter
		visits, inbound, offers, holes, ms int64
		fetched                            int64
	}{
		{"everything", kpi.Filter{}, 5, 9, 4, 1, 1_800_000, 55},
		{"a queue: the calls that began or ended there", kpi.Filter{Queues: []string{"bleu"}}, 1, 1, 1, 1, 1_800_000, 55},
		{"the first queue of both", kpi.Filter{Queues: []string{"rouge"}}, 4, 4, 3, 1, 1_800_000, 55},
		{"only those that ended there", kpi.Filter{Queues: []string{"rouge"}, Match: kpi.LastOnly}, 4, 3, 3, 1, 1_800_000, 55},
		{"only those that began there", kpi.Filter{Queues: []string{"bleu"}, Match: kpi.FirstOnly}, 1, 0, 1, 1, 1_800_000, 55},
		{"an agent", kpi.Filter{Agents: []string{"ana"}}, 5, 9, 3, 1, 900_000, 55},
		{"another service", kpi.Filter{Sections: []string{"+33140506071"}}, 0, 0, 0, 1, 1_800_000, 55},
		{"a quarter", kpi.Filter{From: q + 1, Until: q + 2}, 1, 0, 1, 1, 0, 5},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.f.Until == 0 {
				c.f.From, c.f.Until = q, q+2
			}
			s := kpi.Sum(all, ledger.DefaultRules(), c.f, now)
			got := []int64{s.Visits.Received, s.Inbound.Received, s.Agents.Made, int64(len(s.Holes)), s.Work.LoggedMS, s.Heard.Fetched}
			if diff := cmp.Diff([]int64{c.visits, c.inbound, c.offers, c.holes, c.ms, c.fetched}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestACallOfNoQueueIsNotHandlingOfVisits: what agents say in calls they place, or that reach their extension, is theirs, and makes no visit longer.
func TestACallOfNoQueueIsNotHandlingOfVisits(t *testing.T) {
	all, q := rows()
	all.Offers = append([]count.Row[count.Desk, count.Offers]{
		{At: count.Desk{Place: count.Place{Quarter: q, Route: "carrier"}, Agent: "ana"}, N: count.Offers{Segments: 1, TalkMS: 600_000, HoldMS: 1, WrapMS: 1}},
		{At: count.Desk{Place: count.Place{Quarter: q, Queue: "rouge", First: "rouge"}, Agent: "ana"}, N: count.Offers{Segments: 2, TalkMS: 120_000}},
	}, all.Offers...)
	s := kpi.Sum(all, ledger.DefaultRules(), kpi.Filter{From: q, Until: q + 2}, fact.Moment{UTC: (q + 2).UTC()})
	if s.Visits.Answered != 3 || s.Queues.TalkMS != 120_000 || s.Queues.HoldMS+s.Queues.WrapMS != 0 || s.Agents.TalkMS != 720_000 || s.Agents.Segments != 3 {
		t.Errorf("%+v, agents %+v", s.Queues, s.Agents)
	}
}

// TestWork: what an agent did adds up to the time at work; pauses run beside it.
func TestWork(t *testing.T) {
	all, q := rows()
	s := kpi.Sum(all, ledger.DefaultRules(), kpi.Filter{From: q, Until: q + 4}, fact.Moment{UTC: (q + 1).UTC()})
	want := kpi.Work{
		LoggedMS: 1_800_000, IdleMS: 600_000, IdlePausedMS: 240_000, UnreachableMS: 900_000, TalkingMS: 60_000, PausedMS: 300_000,
		Pauses: []kpi.Pause{{Reason: "lunch", MS: 300_000}},
	}
	if diff := cmp.Diff(want, s.Work); diff != "" {
		t.Error(diff)
	}
	d, _ := kpi.Define(kpi.Reachable)
	if v := d.Of(s); v.Ratio != (kpi.Ratio{Num: 1_500_000, Den: 900_000}) { // the hour is a quarter old
		t.Errorf("%+v", v)
	}
	rapid.Check(t, func(t *rapid.T) {
		var rows count.Rows
		for i := range rapid.IntRange(0, 30).Draw(t, "rows") {
			draw := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "one") }
			rows.Spent = append(rows.Spent, count.Row[count.Posture, count.Spent]{At: count.Posture{
				Quarter: count.Quarter(i), Activity: draw("idle", "reserved", "ringing", "dialing", "talking", "holding", "wrapup", "dreaming"),
				Declared: draw("available", "pause"), Pause: draw("", "lunch", "training"), Line: draw("registered", "unregistered"),
			}, N: count.Spent{MS: rapid.Int64Range(0, 900_000).Draw(t, "ms")}})
		}
		w := kpi.Sum(rows, ledger.Rules{}, kpi.Filter{Until: 100}, fact.Moment{}).Work
		if sum := w.BusyMS() + w.IdleMS + w.IdlePausedMS + w.UnreachableMS + w.OtherMS; sum != w.LoggedMS {
			t.Fatalf("%d of %d: %+v", sum, w.LoggedMS, w)
		}
		var paused int64
		for _, p := range w.Pauses {
			paused += p.MS
		}
		if paused != w.PausedMS || paused > w.LoggedMS {
			t.Fatalf("%+v", w)
		}
	})
}
