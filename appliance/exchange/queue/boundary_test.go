package queue_test

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// permutations calls each with every order of three ranks.
func permutations(ranks [3]int, each func(fit []queue.Fit)) {
	for i := range 3 {
		for j := range 3 {
			if i == j {
				continue
			}
			each([]queue.Fit{{Rank: ranks[i]}, {Rank: ranks[j]}, {Rank: ranks[3-i-j]}})
		}
	}
}

// TestChoiceIsTheSameInWhateverOrderTheyStand: the places in the list mean nothing, ranks do.
func TestChoiceIsTheSameInWhateverOrderTheyStand(t *testing.T) {
	for last, want := range map[int]int{-1: 0, 0: 1, 1: 5, 2: 5, 4: 5, 5: 0, 9: 0} {
		permutations([3]int{0, 1, 5}, func(fit []queue.Fit) {
			m := queue.Memory{Last: last}
			if got := queue.Choose(queue.RoundRobin, fit, 1, &m, nil); len(got) != 1 || fit[got[0]].Rank != want || m.Last != want {
				t.Errorf("after %d of %+v: %v, remembers %d, want rank %d", last, fit, got, m.Last, want)
			}
		})
	}
	permutations([3]int{3, 4, 6}, func(fit []queue.Fit) {
		for _, s := range []queue.Strategy{queue.Linear, queue.LongestAvailable, ""} {
			if got := queue.Choose(s, fit, 1, &queue.Memory{}, nil); len(got) != 1 || fit[got[0]].Rank != 3 {
				t.Errorf("%q of %+v: %v", s, fit, got)
			}
		}
		for i := range fit { // the one of the highest rank is the most skilled
			if fit[i].Rank == 6 {
				fit[i].Level = 1
			}
		}
		for _, s := range queue.Strategies() {
			if got := queue.Choose(s, fit, 1, &queue.Memory{}, nil); len(got) != 1 || fit[got[0]].Rank != 6 {
				t.Errorf("%s of %+v: %v", s, fit, got)
			}
		}
		got := queue.Choose(queue.RingAll, fit, 3, &queue.Memory{}, []int{7})
		if len(got) != 4 || got[0] != 7 || fit[got[1]].Rank != 6 || fit[got[2]].Rank != 3 || fit[got[3]].Rank != 4 {
			t.Errorf("%v of %+v ring after who was chosen before", got, fit)
		}
	})
}

// TestOfferStatesKeepTheirNumbers: they are written down with the state of the exchange, and read by the next version of it.
func TestOfferStatesKeepTheirNumbers(t *testing.T) {
	for i, s := range queue.OfferStates() {
		if int(s) != i+1 {
			t.Errorf("%s is %d", s, s)
		}
	}
	if n := len(queue.OfferStates()); n != 5 {
		t.Errorf("%d states", n)
	}
}

// TestOfferOutsideOfItsTable: what is no state or no event changes nothing, and every cell within says something else.
func TestOfferOutsideOfItsTable(t *testing.T) {
	const none = "no such state or event"
	states, events := queue.OfferStates(), queue.OfferEvents()
	last, end := states[len(states)-1], events[len(events)-1]
	for s := range last + 2 {
		for e := range end + 2 {
			m := queue.StepOffer(s, e)
			within := s >= 1 && s <= last && e >= 1 && e <= end
			if (m.Ignore == none) == within || m.Ignore != "" && (m.Next != s || m.Outcome != "") || m.Ignore == "" && m.Next <= s && m.Next != queue.OfferWhispering {
				t.Errorf("(%s, %s): %+v", s, e, m)
			}
			if within && (m.Next == queue.OfferOver) != (m.Outcome != "" || s == queue.OfferOver) {
				t.Errorf("(%s, %s) has an outcome or goes on: %+v", s, e, m)
			}
		}
	}
	if m := queue.StepOffer(queue.OfferWhispering, queue.PhoneLifted); m.Next != queue.OfferWhispering || m.Ignore == "" || m.Outcome != fact.OfferOutcome("") {
		t.Errorf("lifted twice: %+v", m)
	}
}

// TestRingTimeEndsWhenItIsLifted: what is told to the agent afterwards is no ringing.
func TestRingTimeEndsWhenItIsLifted(t *testing.T) {
	for now, want := range map[int64]int64{1_400: 0, 1_300: 0, 1_401: 1, 9_000: 7_600} {
		if got := (queue.Offer{Made: 1_000, RangAt: 1_400}).RingMS(now); got != want {
			t.Errorf("at %d it has rung %d ms, want %d", now, got, want)
		}
	}
	if got := (queue.Offer{Made: 1_000, RangAt: 1_400, Lifted: 3_000}).RingMS(9_000); got != 1_600 {
		t.Errorf("lifted after 1,600 ms, rung %d", got)
	}
}

// TestTurnAtItsBounds: waits of nothing, of one millisecond's ageing, and of years.
func TestTurnAtItsBounds(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b queue.Turn
		now  int64
	}{
		{"nobody has waited: who came first", queue.Turn{Priority: 50, AgeingMS: 1, Since: 9, Serial: 1}, queue.Turn{Priority: 50, AgeingMS: 60_000, Since: 9, Serial: 2}, 9},
		{"the same, the other way", queue.Turn{Priority: 50, AgeingMS: 60_000, Since: 9, Serial: 1}, queue.Turn{Priority: 50, AgeingMS: 1, Since: 9, Serial: 2}, 9},
		{"a point is worth one ageing of 1 ms", queue.Turn{Priority: 50, AgeingMS: 1, Since: 4_998}, queue.Turn{Priority: 51, AgeingMS: 1, Since: 5_000}, 5_000},
		{"no ageing is a minute", queue.Turn{Priority: 51, Since: 5_000 + 59_999}, queue.Turn{Priority: 50, Since: 5_000}, 70_000},
		{"less than none is a minute, too", queue.Turn{Priority: 51, AgeingMS: -1, Since: 5_000 + 59_999}, queue.Turn{Priority: 50, AgeingMS: -1, Since: 5_000}, 70_000},
		{"years, and a queue that ages by the day", queue.Turn{Priority: 50, AgeingMS: 1}, queue.Turn{Priority: 50, AgeingMS: 86_400_000, Since: 1 << 37}, 1 << 37},
		{"an ageing of years is one of a day", queue.Turn{Priority: 2, AgeingMS: 1 << 60, Since: 5}, queue.Turn{Priority: 1, AgeingMS: 86_400_000, Since: 4}, 10},
		{"put first, last", queue.Turn{Priority: 1, Since: 9, First: 8}, queue.Turn{Priority: 100, First: 7}, 10},
		{"put first", queue.Turn{Priority: 1, Since: 9, First: 1}, queue.Turn{Priority: 100}, 10},
	} {
		if queue.Compare(c.a, c.b, c.now) >= 0 || queue.Compare(c.b, c.a, c.now) <= 0 {
			t.Errorf("%s: %+v does not go before %+v: %d, %d", c.name, c.a, c.b, queue.Compare(c.a, c.b, c.now), queue.Compare(c.b, c.a, c.now))
		}
	}
	if queue.DefaultPriority != 50 || queue.DefaultAgeing != 60_000 || queue.RingAllMost != 10 {
		t.Error("the defaults of FEATURES §7.1 are 50, a minute and ten phones")
	}
}
