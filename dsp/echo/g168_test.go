package echo_test

import (
	"fmt"
	"testing"

	"autocom/dsp/echo"
	"autocom/dsp/echo/g168"
)

// sweep is a thinned one; the report runs the whole.
var sweep = []struct {
	path, other int
	far         float64
}{{0, 3, -10}, {5, 0, -20}, {7, 2, -10}, {4, 7, -30}}

func each(t *testing.T, test func(c *echo.Canceller, p, q g168.Path, far float64) g168.Outcome) {
	t.Helper()
	paths := g168.Paths()
	for _, s := range sweep {
		o := test(echo.New(512), paths[s.path], paths[s.other], s.far)
		t.Run(fmt.Sprintf("%s at %g dBm0", o.Line, s.far), func(t *testing.T) {
			for _, l := range o.Limits {
				sign := "at most"
				if l.AtLeast {
					sign = "at least"
				}
				if !l.Holds() {
					t.Errorf("%s: %.1f %s, wanted %s %.1f", l.What, l.Measured, l.Unit, sign, l.Wanted)
				}
			}
		})
	}
}

func TestG168_2A_ConvergesWithTheNonLinearProcessor(t *testing.T) {
	each(t, func(c *echo.Canceller, p, q g168.Path, far float64) g168.Outcome { return g168.Test2A(c, p, q, far, 3) })
}

func TestG168_2B_ConvergesWithoutIt(t *testing.T) {
	each(t, func(c *echo.Canceller, p, q g168.Path, far float64) g168.Outcome {
		erle := 25.0
		if far < -20 {
			erle = 18 // A-law's steps are coarse for so faint an echo
		}
		return g168.Test2B(c, p, q, far, 3, 2, erle)
	})
}

func TestG168_2C_ConvergesInNoise(t *testing.T) {
	each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome {
		return g168.Test2C(c, p, far, false)
	})
	each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome { return g168.Test2C(c, p, far, true) })
}

func TestG168_3A_ConvergesUnderFaintDoubleTalk(t *testing.T) {
	each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome { return g168.Test3A(c, p, far, 15) })
}

func TestG168_3B_DoubleTalkDoesNotSpoilTheFilter(t *testing.T) {
	for _, below := range []float64{-6, 0, 6} {
		each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome {
			return g168.Test3B(c, p, far, below)
		})
	}
}

func TestG168_3C_Conversation(t *testing.T) {
	each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome {
		return g168.Test3C(c, p, far, far-5)
	})
}

func TestG168_4_LeakRate(t *testing.T) {
	c := echo.New(512)
	o := g168.Test4(c, g168.Paths()[5], -10)
	if !o.Holds() {
		t.Errorf("%+v", o.Limits)
	}
}

func TestG168_5_InfiniteReturnLoss(t *testing.T) {
	each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome { return g168.Test5(c, p, far) })
}

func TestG168_6_NarrowBandSignalsDoNotSpoilTheFilter(t *testing.T) {
	each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome { return g168.Test6(c, p, far, 0.5) })
}

func TestG168_7_StableOnTones(t *testing.T) {
	each(t, func(c *echo.Canceller, p, _ g168.Path, far float64) g168.Outcome { return g168.Test7(c, p, far, 4) })
}

func TestG168_9_ComfortNoise(t *testing.T) {
	c := echo.New(512)
	if o := g168.Test9(c, g168.Paths()[0], -10); !o.Holds() {
		t.Errorf("%+v", o.Limits)
	}
	if got := c.Noise(); got < -47 || got > -43 {
		t.Errorf("the room is −45 dBm0, found %.1f", got)
	}
}

func TestNearTalkerIsNotClipped(t *testing.T) {
	for _, near := range []float64{-15, -25} {
		if ms := g168.Clipping(echo.New(512), g168.Paths()[5], -15, near); ms > 5 {
			t.Errorf("at %g dBm0 the first %.0f ms are lost", near, ms)
		}
	}
}
