package echo

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"autocom/dsp/echo/g168"
	"autocom/dsp/level"
)

func TestNearAloneIsUntouched(t *testing.T) {
	c := New(256)
	near := g168.DoubleTalk(16000, -15)
	out := make([]int16, len(near))
	c.Process(make([]int16, len(near)), near, out)
	for i := range out {
		if d := int(out[i]) - int(near[i]); d < -1 || d > 1 {
			t.Fatalf("sample %d: %d became %d", i, near[i], out[i])
		}
	}
	if c.DoubleTalk() {
		t.Error("double talk without a far end")
	}
}

func TestFrameLengthDoesNotMatterAndOutMayBeNear(t *testing.T) {
	far, gen := g168.Composite(12000, -12), g168.DoubleTalk(12000, -25)
	near := make([]int16, len(far))
	for i := range near {
		if i >= 40 {
			near[i] = far[i-40] / 3
		}
		near[i] += gen[i]
	}
	whole := make([]int16, len(far))
	New(128).Process(far, near, whole)
	random := rand.New(rand.NewPCG(5, 6))
	c, parts := New(128), slices.Clone(near)
	for at := 0; at < len(far); {
		n := min(1+random.IntN(300), len(far)-at)
		c.Process(far[at:at+n], parts[at:at+n], parts[at:at+n])
		at += n
	}
	if !slices.Equal(whole, parts) {
		t.Error("cut otherwise, it sounds otherwise")
	}
	c.Reset()
	again := make([]int16, len(far))
	c.Process(far, near, again)
	if !slices.Equal(whole, again) {
		t.Error("after a reset it is not as new")
	}
}

func TestTailIsBroughtIntoRange(t *testing.T) {
	for asked, want := range map[int]int{-1: 64, 0: 64, 64: 64, 65: 72, 250: 256, 512: 512, 5000: 512} {
		if got := New(asked).Tail(); got != want {
			t.Errorf("New(%d): %d samples, wanted %d", asked, got, want)
		}
	}
}

func TestObserversTellERLEAndDoubleTalk(t *testing.T) {
	c := New(256)
	r := g168.NewRig(c, g168.Paths()[0])
	if c.ERLE() != 0 {
		t.Errorf("ERLE %.1f dB of nothing", c.ERLE())
	}
	r.Run(3, g168.Composite(24000, -10), nil)
	if got := c.ERLE(); got < 25 || got > 45 {
		t.Errorf("ERLE %.1f dB", got)
	}
	// Every 4 ms: how often it says double talk with the far end alone, and with both.
	share := func(gen []int16) float64 {
		far, n := g168.Composite(16000, -10), 0
		for at := 0; at < 16000; at += 32 {
			var g []int16
			if gen != nil {
				g = gen[at : at+32]
			}
			r.Run(0.004, far[at:at+32], g)
			if c.DoubleTalk() {
				n++
			}
		}
		return float64(n) / 500
	}
	if got := share(nil); got > 0.02 {
		t.Errorf("double talk %.0f %% of the time the far end speaks alone", got*100)
	}
	if got := share(g168.White(16000, -20, 4)); got < 0.7 {
		t.Errorf("double talk %.0f %% of the time both speak", got*100)
	}
}

func TestSuppressOffLeavesOnlyTheFilter(t *testing.T) {
	c := New(64)
	c.Suppress(false)
	far := g168.White(4000, -15, 1)
	near, out := g168.White(4000, -50, 2), make([]int16, 4000)
	c.Process(far, near, out)
	if got := level.Of(out[3000:]); math.Abs(got+50) > 1.5 {
		t.Errorf("a near end of −50 dBm0 comes out at %.1f", got)
	}
}

func TestProcessAllocatesNothing(t *testing.T) {
	c := New(MaxTail)
	far, near, out := g168.Composite(160, -10), g168.White(160, -30, 1), make([]int16, 160)
	if n := testing.AllocsPerRun(200, func() { c.Process(far, near, out) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// The taps stay finite and the output within what came in, whatever comes.
func FuzzProcess(f *testing.F) {
	f.Add([]byte{0, 0x80, 0xff, 0x7f, 0, 0x80, 0xff, 0x7f}, uint8(64))
	loud := make([]byte, 4000)
	for i := range loud {
		loud[i] = byte(i * 37)
	}
	f.Add(loud, uint8(200))
	f.Fuzz(func(t *testing.T, data []byte, frame uint8) {
		if len(data) < 4 {
			return
		}
		c := New(64)
		n := len(data) / 4
		far, near, out := make([]int16, n), make([]int16, n), make([]int16, n)
		for i := range far {
			far[i] = int16(binary.LittleEndian.Uint16(data[4*i:]))
			near[i] = int16(binary.LittleEndian.Uint16(data[4*i+2:]))
		}
		step := int(frame) + 1
		for range 1 + 2000/n { // long enough for every decision
			for at := 0; at < n; at += step {
				end := min(n, at+step)
				c.Process(far[at:end], near[at:end], out[at:end])
			}
		}
		for i := range c.heard {
			for _, w := range [...]float32{c.heard[i], c.learning[i]} {
				if w != w || w > 1e6 || w < -1e6 {
					t.Fatalf("tap %d is %g", i, w)
				}
			}
		}
		if e := c.ERLE(); math.IsNaN(e) || math.IsInf(e, 0) {
			t.Fatal("ERLE is no number")
		}
		if e := c.Noise(); math.IsNaN(e) || math.IsInf(e, 0) {
			t.Fatal("the noise is no number")
		}
	})
}
