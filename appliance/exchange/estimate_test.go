package exchange

import (
	"testing"

	"autocom/appliance/exchange/agent"
)

// TestEstimateCountsWhoIsThere: FEATURES §7.1: the wait is shared among the agents who are there; not with one who is kept from this queue.
func TestEstimateCountsWhoIsThere(t *testing.T) {
	b := newBench(t)
	q, _ := b.s.site.queue("sales")
	two, known := b.s.estimate(q, 4)
	if !known || two != 6 { // four calls of three minutes, two agents
		t.Fatalf("%d minutes, known %v", two, known)
	}
	b.s.agent("bob").PausedIn = []agent.QueuePause{{Queue: "sales"}}
	if one, _ := b.s.estimate(q, 4); one != 12 {
		t.Fatalf("%d minutes with one agent", one)
	}
}
