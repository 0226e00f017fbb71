package queue_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"autocom/appliance/exchange/queue"
)

// calls is how many simulated calls hold each strategy to FEATURES §7.1.
const calls = 10_000

// staff makes n agents who are all fit, equally skilled, and free since the same time.
func staff(n int) []queue.Fit {
	all := make([]queue.Fit, n)
	for i := range all {
		all[i] = queue.Fit{Agent: i, Rank: i}
	}
	return all
}

// TestLinearNeverRingsTheSecondWhileTheFirstIsFit is FEATURES §7.1, « Fixe »: always from the top of the configured order.
func TestLinearNeverRingsTheSecondWhileTheFirstIsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranks := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6}).Draw(t, "ranks")
		var fit []queue.Fit
		for _, r := range ranks[:rapid.IntRange(1, len(ranks)).Draw(t, "fit")] {
			fit = append(fit, queue.Fit{Rank: r, Since: rapid.Int64Range(0, 9).Draw(t, "since")})
		}
		got := queue.Choose(queue.Linear, fit, queue.RingAllMost, &queue.Memory{Last: -1}, nil)
		for _, f := range fit {
			if len(got) != 1 || f.Rank < fit[got[0]].Rank {
				t.Fatalf("chose %v of %+v", got, fit)
			}
		}
	})
}

// TestRandomIsFlat is FEATURES §7.1, « Aléatoire »: a chi-squared test over 10,000 calls, at one in a thousand, for two to ten agents.
func TestRandomIsFlat(t *testing.T) {
	critical := map[int]int{1: 10_828, 2: 13_816, 3: 16_266, 4: 18_467, 5: 20_515, 6: 22_458, 7: 24_322, 8: 26_124, 9: 27_877} // thousandths, p = 0.001
	for n := 2; n <= 10; n++ {
		fit, seen := staff(n), make([]int, n)
		m := queue.Memory{Draws: uint64(n)}
		for range calls {
			seen[queue.Choose(queue.Random, fit, 1, &m, nil)[0]]++
		}
		sum := 0 // of (seen - calls/n)² / (calls/n), as thousandths: (n·seen - calls)² / (n·calls)
		for _, k := range seen {
			sum += 1000 * (n*k - calls) * (n*k - calls) / (n * calls)
		}
		if sum > critical[n-1] {
			t.Errorf("%d agents: chi-squared %d thousandths, at most %d: %v", n, sum, critical[n-1], seen)
		}
	}
}

// TestRandomIsTheSameEverywhere holds the generator to SplitMix64's published sequence for seed 1, by what it draws of a thousand.
func TestRandomIsTheSameEverywhere(t *testing.T) {
	m := queue.Memory{Draws: 1}
	fit := staff(1000)
	if a, b := queue.Choose(queue.Random, fit, 1, &m, nil)[0], queue.Choose(queue.Random, fit, 1, &m, nil)[0]; uint64(a) != 0x910a2dec89025cc1%1000 || uint64(b) != 0xbeeb8da1658eec67%1000 {
		t.Errorf("drew %d, %d", a, b)
	}
}

// TestRoundRobinGivesEachTheirTurn is FEATURES §7.1, « Tournante »: over 10,000 calls with everybody fit, nobody has two more than another, at
// any time.
func TestRoundRobinGivesEachTheirTurn(t *testing.T) {
	for n := 1; n <= 12; n++ {
		fit, seen := staff(n), make([]int, n)
		m := queue.Memory{Last: -1}
		for range calls {
			seen[queue.Choose(queue.RoundRobin, fit, 1, &m, nil)[0]]++
			if slices.Max(seen)-slices.Min(seen) > 1 {
				t.Fatalf("%d agents: %v", n, seen)
			}
		}
	}
}

// TestRoundRobinGoesOnAfterWhoIsMissing: whoever is busy loses this turn, the next in order has it, and the order is kept.
func TestRoundRobinGoesOnAfterWhoIsMissing(t *testing.T) {
	m := queue.Memory{Last: 1}
	fit := []queue.Fit{{Agent: 7, Rank: 0}, {Agent: 8, Rank: 1}, {Agent: 9, Rank: 5}}
	var got []int
	for range 4 {
		got = append(got, fit[queue.Choose(queue.RoundRobin, fit, 1, &m, nil)[0]].Rank)
	}
	if !slices.Equal(got, []int{5, 0, 1, 5}) {
		t.Errorf("ranks %v", got)
	}
}

// TestLongestAvailablePicksTheMaximum is FEATURES §7.1, « Temps disponibilité ».
func TestLongestAvailablePicksTheMaximum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fit := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) queue.Fit {
			return queue.Fit{Since: rapid.Int64Range(0, 20).Draw(t, "since"), Rank: rapid.IntRange(0, 1000).Draw(t, "rank")}
		}), 1, 20).Draw(t, "fit")
		for _, s := range []queue.Strategy{queue.LongestAvailable, ""} {
			got := queue.Choose(s, fit, 1, &queue.Memory{Last: -1}, nil)
			for _, f := range fit {
				if f.Since < fit[got[0]].Since {
					t.Fatalf("chose %+v of %+v", fit[got[0]], fit)
				}
			}
		}
	})
}

// TestRingAllIsCappedAtTen is FEATURES §7.1 and §13.6, « Tout le monde »: the first ten of the configured order, no more.
func TestRingAllIsCappedAtTen(t *testing.T) {
	for n := 1; n <= 25; n++ {
		fit := staff(n)
		slices.Reverse(fit)
		got := queue.Choose(queue.RingAll, fit, 99, &queue.Memory{}, nil)
		if len(got) != min(n, 10) {
			t.Fatalf("%d of %d ring", len(got), n)
		}
		for i, g := range got {
			if fit[g].Rank != i {
				t.Fatalf("place %d is rank %d", i, fit[g].Rank)
			}
		}
	}
	if got := queue.Choose(queue.RingAll, staff(15), 3, &queue.Memory{}, nil); len(got) != 3 {
		t.Errorf("room for three, %d ring", len(got))
	}
}

// TestSkillComesBeforeTheStrategy: whatever the strategy, nobody is chosen while somebody better skilled is fit.
func TestSkillComesBeforeTheStrategy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(queue.Strategies()).Draw(t, "strategy")
		n := 0
		fit := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) queue.Fit {
			n++
			return queue.Fit{Rank: n, Level: rapid.IntRange(0, 10).Draw(t, "level"), Since: rapid.Int64Range(0, 9).Draw(t, "since")}
		}), 1, 20).Draw(t, "fit")
		m := queue.Memory{Last: rapid.IntRange(-1, 20).Draw(t, "last"), Draws: rapid.Uint64().Draw(t, "draws")}
		got := queue.Choose(s, fit, queue.RingAllMost, &m, nil)
		worst := fit[got[len(got)-1]].Level
		for i, f := range fit {
			if f.Level > worst && !slices.Contains(got, i) {
				t.Fatalf("%s chose %v and left %+v of %+v", s, got, f, fit)
			}
		}
	})
}

func TestNobodyIsChosenWhenNobodyIsFit(t *testing.T) {
	for _, s := range queue.Strategies() {
		m := queue.Memory{Last: 3, Draws: 4}
		if got := queue.Choose(s, nil, 10, &m, nil); len(got) != 0 || m != (queue.Memory{Last: 3, Draws: 4}) {
			t.Errorf("%s chose %v, remembers %+v", s, got, m)
		}
		if got := queue.Choose(s, staff(3), 0, &m, nil); len(got) != 0 {
			t.Errorf("%s chose %v without room", s, got)
		}
	}
}

func TestReasonsNameTheStrategy(t *testing.T) {
	if got := queue.Strategy("").Reason(); got != "agent.longest_available" {
		t.Error(got)
	}
	if got := queue.RoundRobin.Reason(); got != "agent.round_robin" {
		t.Error(got)
	}
}
