package uplink

import (
	"testing"
	"time"
)

func TestFactsArriveOnce(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c := newTestCloud(t, 0)
		b := newTestBox(t)
		b.join(c)
		b.ring(1200)
		l, _ := b.run()
		pass(20 * time.Second)
		exactlyOnce(t, b, c)
		if s := l.State(); !s.Up || s.Waiting != 0 || !s.Oldest.IsZero() || !s.Stream {
			t.Errorf("state %+v", s)
		}
	})
}
