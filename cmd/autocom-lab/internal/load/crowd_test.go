package load

import (
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
)

func TestWaitingIsNoWork(t *testing.T) {
	busy, rest := split(box.Calls{"sendto": 90, "futex": 400, "write": 30}), split(box.Calls{"write": 10, "futex": 100})
	if got := busy.less(rest, 2, 10); got != (Each{Work: 10, Wait: 20}) {
		t.Errorf("%+v", got)
	}
	if got := rest.less(busy, 1, 1); got != (Each{}) {
		t.Errorf("a quieter process than without calls: %+v", got)
	}
}

func TestSpreadOfMinutes(t *testing.T) {
	var all []time.Duration
	for i := range 100 {
		all = append(all, time.Duration(100-i)*time.Second)
	}
	if got := spreadOf(all); got != (Spread{P50: 50_000, P99: 99_000, Max: 100_000}) {
		t.Errorf("%+v", got)
	}
	if got := spreadOf(nil); got != (Spread{}) {
		t.Errorf("%+v", got)
	}
}

func TestCostsAreToldApart(t *testing.T) {
	taken, refused := apart(tally{taken: 100, refused: 100, cpu: 410}, tally{taken: 110, refused: 900, cpu: 530})
	if taken != 4 || refused != 0.1 {
		t.Errorf("%v a call taken, %v a call refused; want 4 and 0.1", taken, refused)
	}
	if taken, refused := apart(tally{taken: 10, cpu: 40}, tally{taken: 10, cpu: 40}); taken != 0 || refused != 0 {
		t.Errorf("nothing was refused: %v, %v", taken, refused)
	}
}
