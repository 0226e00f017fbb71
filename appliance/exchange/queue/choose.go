package queue

import (
	"cmp"
	"slices"
)

// Strategy is how a queue chooses among agents who are fit (FEATURES §7.1).
type Strategy string

// The strategies.
const (
	LongestAvailable Strategy = "longest_available" // « Temps disponibilité »; the empty strategy is this one
	Linear           Strategy = "linear"            // « Fixe »: the configured order, always from the top
	Random           Strategy = "random"            // « Aléatoire »
	RoundRobin       Strategy = "round_robin"       // « Tournante »: each in turn, remembered
	RingAll          Strategy = "ring_all"          // « Tout le monde »: the first ten at once
)

// Strategies lists them in the order of the guide's page.
func Strategies() []Strategy {
	return []Strategy{Linear, Random, RoundRobin, RingAll, LongestAvailable}
}

// RingAllMost is how many phones ring at once (FEATURES §7.1: « the first 10 »).
const RingAllMost = 10

// Fit is an agent who may be offered a call, as a strategy sees them.
type Fit struct {
	Agent int   // the agent's place in the exchange's list
	Rank  int   // place in the queue's configured order, each only once
	Level int   // levels of the skills the queue asks for, added up: the higher is preferred, whatever the strategy
	Since int64 // ms since boot: free for calls since

	// Since counts from entering Available (FEATURES §7.1): who comes back from a pause is the last in turn. It counts anew after a call and its
	// wrap-up, too: during them the agent was not available, and the row's own test asks for the one who was idle longest. Otherwise whoever
	// came to work first would take every call of a quiet day. A presentation that was not the agent's fault leaves it as it was.
}

// Memory is what a choice remembers from one to the next.
type Memory struct {
	Last  int    // round robin: the rank of who was chosen last, negative: nobody yet
	Draws uint64 // random: the state of the generator
}

// Choose picks whom a call is presented to, best first, as places in fit: one, or up to most at once in a queue that rings everybody. It changes
// the memory when the strategy has one. Equals are decided by rank, so that the same situation has one answer.
func Choose(s Strategy, fit []Fit, most int, m *Memory, chosen []int) []int {
	if len(fit) == 0 || most < 1 {
		return chosen
	}
	if s == RingAll {
		return everybody(fit, min(most, RingAllMost), chosen)
	}
	top, n := fit[0].Level, 0
	for i := range fit {
		switch {
		case fit[i].Level > top:
			top, n = fit[i].Level, 1
		case fit[i].Level == top:
			n++
		}
	}
	var draw, best int
	if s == Random {
		draw = int(m.next() % uint64(n))
	}
	for i := range fit {
		switch {
		case fit[i].Level < top:
		case s == Random:
			if draw == 0 {
				return append(chosen, i)
			}
			draw--
		case fit[best].Level < top || before(s, &fit[i], &fit[best], m.Last):
			best = i
		}
	}
	m.Last = fit[best].Rank
	return append(chosen, best)
}

// before reports whether a is chosen before b, who has the same level.
func before(s Strategy, a, b *Fit, last int) bool {
	switch s {
	case RoundRobin: // whoever comes after the last one, then from the top again
		if (a.Rank > last) != (b.Rank > last) {
			return a.Rank > last
		}
	case Linear, Random, RingAll:
	default:
		if a.Since != b.Since {
			return a.Since < b.Since
		}
	}
	return a.Rank < b.Rank
}

// everybody picks the most skilled first, then those at the top of the order.
func everybody(fit []Fit, most int, chosen []int) []int {
	order := make([]int, len(fit))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(fit[b].Level, fit[a].Level), cmp.Compare(fit[a].Rank, fit[b].Rank))
	})
	return append(chosen, order[:min(most, len(order))]...)
}

// next draws a number: SplitMix64 (Steele, Lea and Flood, 2014), which is the same on every machine and needs eight bytes of state.
func (m *Memory) next() uint64 {
	m.Draws += 0x9e3779b97f4a7c15
	z := m.Draws
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Reason is why the chosen agent was: a stable code.
func (s Strategy) Reason() string {
	if s == "" {
		s = LongestAvailable
	}
	return "agent." + string(s)
}
