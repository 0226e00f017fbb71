// Package dtmf makes and recognises the two-tone sounds of telephone keys that
// travel in the voice itself.
//
// Frequencies are those of ITU-T Q.23, levels dBm0, lengths samples at 8 kHz.
// Where keys travel beside the voice, see package events. Nothing allocates on
// the packet path.
package dtmf

import (
	"math"

	"autocom/dsp/level"
)

// frequencies gives those of the four rows and columns of the keypad, in Hz
// (ITU-T Q.23).
func frequencies() (low, high [4]float64) {
	return [4]float64{697, 770, 852, 941}, [4]float64{1209, 1336, 1477, 1633}
}

// keypad is row by row.
const keypad = "123A456B789C*0#D"

// place gives the row and column of a key.
func place(key byte) (row, col int, ok bool) {
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	for i := range len(keypad) {
		if keypad[i] == key {
			return i / 4, i % 4, true
		}
	}
	return 0, 0, false
}

// The usual lengths and levels (ETSI ES 201 235-2): the high tone is 2 dB
// louder, because lines lose more of it.
const (
	On       = 560 // 70 ms
	Off      = 560 // 70 ms
	LowDBm0  = -8.0
	HighDBm0 = -6.0
)

// A Generator plays keys one after another. The zero value is silent. It
// belongs to one goroutine.
type Generator struct {
	// On and Off are the lengths of a key and of the pause after it, in
	// samples; 0 means 560 (70 ms).
	On, Off int

	keys [MaxKeys]byte
	head int // the key that plays
	n    int // keys waiting, the one that plays included
	at   int // samples into the key that plays

	low, high resonator
}

// A resonator makes a sine by 2·cos(w) times its last value less the one
// before. Over the longest key its error stays far below a sample's step.
type resonator struct{ turn, last, before float64 }

// newResonator makes one of hz at dBm0 whose first value is 0.
func newResonator(hz, dBm0 float64) resonator {
	w, peak := 2*math.Pi*hz/rate, level.Peak(dBm0)
	return resonator{turn: 2 * math.Cos(w), last: -peak * math.Sin(w), before: -peak * math.Sin(2*w)}
}

// MaxKeys bounds the keys that wait.
const MaxKeys = 32

// edge is the length of a tone's rise and fall, in samples (2.5 ms): short
// enough that a key is at once what it will be.
const edge = 20

// Dial adds keys (0–9, *, #, A–D) to those to be played. It reports false, and
// adds none, when one is no key or they are too many.
func (g *Generator) Dial(keys string) bool {
	if len(keys) > MaxKeys-g.n {
		return false
	}
	for i := range len(keys) {
		if _, _, ok := place(keys[i]); !ok {
			return false
		}
	}
	for i := range len(keys) {
		g.keys[(g.head+g.n)%MaxKeys] = keys[i]
		g.n++
	}
	return true
}

// Done reports whether all has been played, the last pause included.
func (g *Generator) Done() bool { return g.n == 0 }

// Next fills dst with the keys to be played, then with silence.
func (g *Generator) Next(dst []int16) {
	on, off := g.On, g.Off
	if on <= 0 {
		on = On
	}
	if off <= 0 {
		off = Off
	}
	for len(dst) > 0 && g.n > 0 {
		if g.at == 0 {
			g.press()
		}
		var n int
		if g.at < on {
			n = min(on-g.at, len(dst))
			g.sound(dst[:n], on)
		} else {
			n = min(on+off-g.at, len(dst))
			clear(dst[:n])
		}
		dst = dst[n:]
		if g.at += n; g.at >= on+off {
			g.at = 0
			g.head = (g.head + 1) % MaxKeys
			g.n--
		}
	}
	clear(dst)
}

// sound fills dst with the key that plays, which lasts on samples.
func (g *Generator) sound(dst []int16, on int) {
	low, high := g.low, g.high
	for i := range dst {
		a := low.turn*low.last - low.before
		b := high.turn*high.last - high.before
		low.before, low.last = low.last, a
		high.before, high.last = high.last, b
		x := a + b // the two levels add up to less than full scale
		if at := g.at + i; at < edge || at >= on-edge {
			x *= float64(min(at+1, on-at, edge)) / edge
		}
		dst[i] = int16(x)
	}
	g.low, g.high = low, high
}

func (g *Generator) press() {
	row, col, _ := place(g.keys[g.head])
	low, high := frequencies()
	g.low, g.high = newResonator(low[row], LowDBm0), newResonator(high[col], HighDBm0)
}
