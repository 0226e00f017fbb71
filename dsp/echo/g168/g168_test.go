package g168

import (
	"math"
	"testing"

	"autocom/dsp/level"
)

func TestCompositeSignalSoundsAtItsLevelAndTurnsOver(t *testing.T) {
	x := Composite(5600, -16)
	if got := level.Of(x[:1989]); math.Abs(got+16) > 0.1 {
		t.Errorf("its sounding part is %.2f dBm0", got)
	}
	for i := range 2800 {
		if x[i] != -x[i+2800] && x[i] != -x[i+2800]-1 && x[i] != -x[i+2800]+1 {
			t.Fatalf("sample %d is %d and, a period on, %d", i, x[i], x[i+2800])
		}
		if i >= 1989 && x[i] != 0 {
			t.Fatalf("sample %d of the pause is %d", i, x[i])
		}
	}
}

func TestPathsHaveTheirDelayAndLoss(t *testing.T) {
	for _, p := range Paths() {
		taps := p.Taps()
		for i := range p.Delay {
			if taps[i] != 0 {
				t.Errorf("%s: tap %d is before the delay", p.Name, i)
			}
		}
		if len(taps) > 512 {
			t.Errorf("%s: %d taps do not fit into 64 ms", p.Name, len(taps))
		}
		far := Composite(11200, -10)
		l := line{path: p}
		back := make([]int16, len(far))
		for i, v := range far {
			back[i] = level.Clip(l.take(float64(v)))
		}
		if loss := level.Of(far) - level.Of(back); math.Abs(loss-p.Loss) > 0.3 {
			t.Errorf("%s: it loses %.2f dB", p.Name, loss)
		}
	}
}

func TestMaskIsTheLineOfFigure11(t *testing.T) {
	if Mask(-30) != -55 || Mask(0) != -30 {
		t.Errorf("%g at −30, %g at 0", Mask(-30), Mask(0))
	}
}

// through is no canceller at all: the bench must say so.
type through struct{}

func (through) Process(_, near, out []int16) { copy(out, near) }
func (through) Reset()                       {}
func (through) Suppress(bool)                {}
func (through) Freeze(bool)                  {}

func TestBenchFailsWhatDoesNothing(t *testing.T) {
	p, q := Paths()[0], Paths()[3]
	for _, o := range []Outcome{
		Test2A(through{}, p, q, -10, 2), Test2B(through{}, p, q, -10, 2, 1.5, 25), Test3B(through{}, p, -10, 0), Test6(through{}, p, -10, 0.2), Test9(through{}, p, -10),
	} {
		if o.Holds() {
			t.Errorf("test %s holds without a canceller", o.Test)
		}
	}
}
