package queue_test

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"autocom/appliance/exchange/queue"
)

func drawTurn(t *rapid.T, now int64) queue.Turn {
	return queue.Turn{
		Priority: rapid.IntRange(1, 100).Draw(t, "priority"), AgeingMS: rapid.SampledFrom([]int64{0, 1, 7_000, 60_000, 86_400_000}).Draw(t, "ageing"),
		Since: rapid.Int64Range(0, now).Draw(t, "since"), Serial: rapid.Uint64Range(0, 3).Draw(t, "serial"),
	}
}

// TestCompareIsAnOrder: at any one time the comparison is antisymmetric and transitive, whatever the ages.
func TestCompareIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(0, 80_000_000).Draw(t, "now")
		a, b, c := drawTurn(t, now), drawTurn(t, now), drawTurn(t, now)
		if queue.Compare(a, b, now) != -queue.Compare(b, a, now) {
			t.Fatalf("%+v and %+v", a, b)
		}
		if queue.Compare(a, b, now) <= 0 && queue.Compare(b, c, now) <= 0 && queue.Compare(a, c, now) > 0 {
			t.Fatalf("%+v, %+v, %+v", a, b, c)
		}
	})
}

// TestOneAgeingNeverChangesTheOrder: callers whose queues age alike keep their places, so that an announced position never gets worse by time.
func TestOneAgeingNeverChangesTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTurn(t, 1_000_000), drawTurn(t, 1_000_000)
		b.AgeingMS = a.AgeingMS
		later := rapid.Int64Range(1_000_000, 1<<50).Draw(t, "later")
		if queue.Compare(a, b, 1_000_000) != queue.Compare(a, b, later) {
			t.Fatalf("%+v and %+v change places", a, b)
		}
	})
}

// TestOnePriorityIsFirstInFirstOut is FEATURES §7.1, « global FIFO across queues », whoever's queue it is.
func TestOnePriorityIsFirstInFirstOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTurn(t, 1_000_000), drawTurn(t, 1_000_000)
		b.Priority, b.AgeingMS = a.Priority, a.AgeingMS
		want := cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Serial, b.Serial))
		if got := queue.Compare(a, b, 1_000_000); got != want {
			t.Fatalf("%+v before %+v: %d", a, b, got)
		}
	})
}

// TestPriorityGoesFirst: of two who begin to wait together the more urgent is served first.
func TestPriorityGoesFirst(t *testing.T) {
	a, b := queue.Turn{Priority: 51, Since: 5_000, Serial: 9}, queue.Turn{Priority: 50, Since: 5_000, Serial: 1}
	if queue.Compare(a, b, 5_000) >= 0 {
		t.Error("51 does not go before 50")
	}
	a.Since += queue.DefaultAgeing // one ageing later, they are equal: who has waited longer goes first
	if queue.Compare(a, b, 80_000) <= 0 {
		t.Error("a point of priority is worth more than one ageing")
	}
	a.Since--
	if queue.Compare(a, b, 80_000) >= 0 {
		t.Error("a point of priority is worth less than one ageing")
	}
	slow := queue.Turn{Priority: 50, AgeingMS: 120_000}
	if fast := (queue.Turn{Priority: 50, AgeingMS: 30_000, Since: 60_000}); queue.Compare(fast, slow, 61_000) <= 0 || queue.Compare(fast, slow, 90_000) >= 0 {
		t.Error("a queue that ages faster does not catch up: 1 + 1/30 points against 61/120, 1 against 90/120")
	}
}

// TestNobodyStarves is FEATURES §7.1, « priority 1–100 strictly applied starves low queues »: a caller of priority 1 among callers of priority 100
// who never stop coming is served within 99 ageings and what was before them then, one agent being enough.
func TestNobodyStarves(t *testing.T) {
	const ageing, every = 1_000, 500 // ms: two callers in the time of one ageing, and as many served
	poor := queue.Turn{Priority: 1, AgeingMS: ageing, Since: 0, Serial: 1}
	waiting := []queue.Turn{poor}
	for now := int64(0); now <= 201*ageing; now += every {
		for range 2 { // more than can be served: the queue grows
			waiting = append(waiting, queue.Turn{Priority: 100, AgeingMS: ageing, Since: now, Serial: uint64(len(waiting) + 2)})
		}
		first := slices.MinFunc(waiting, func(a, b queue.Turn) int { return queue.Compare(a, b, now) })
		if first == poor {
			if now < 99*ageing {
				t.Fatalf("served after %d ms: its priority means nothing", now)
			}
			return
		}
		waiting = slices.DeleteFunc(waiting, func(x queue.Turn) bool { return x == first })
		if now > 99*ageing {
			for _, x := range waiting { // nobody who came later than this is before them
				if x.Since > 99*ageing && queue.Compare(x, poor, now) < 0 {
					t.Fatalf("%+v goes before them", x)
				}
			}
		}
	}
	t.Fatal("not served when everybody who came in the first 99 ageings was")
}
