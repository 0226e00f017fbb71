package queue_test

import (
	"testing"

	"autocom/appliance/exchange/queue"
)

// TestEachHoldCountsAloneAndOnlyWhenNamed: an agent held so is absent where that hold is named, and there everywhere else.
func TestEachHoldCountsAloneAndOnlyWhenNamed(t *testing.T) {
	for _, held := range queue.Holds() {
		for _, named := range queue.Holds() {
			if got := queue.Holding(0).With(held).Absent([]queue.Hold{named}); got != (held == named) {
				t.Errorf("held by %s, named %s: absent %v", held, named, got)
			}
		}
		if queue.Holding(0).With(held).Absent(nil) {
			t.Errorf("held by %s and absent where nothing is named", held)
		}
	}
	both := queue.Holding(0).With(queue.HeldPaused).With(queue.HeldUnavailable)
	if !both.Absent([]queue.Hold{queue.HeldUnavailable}) || !both.Absent([]queue.Hold{queue.HeldPaused}) {
		t.Error("one of two holds is not enough")
	}
	if queue.Holding(0).Absent(queue.Holds()) {
		t.Error("a free agent is absent")
	}
	if !queue.Holding(0).With(queue.HeldAway).Absent(nil) {
		t.Error("who is logged out is present")
	}
	if queue.Holding(0).With("nonsense").Absent(queue.Holds()) {
		t.Error("an unknown hold holds")
	}
}
