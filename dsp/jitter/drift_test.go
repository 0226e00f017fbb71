package jitter

import (
	"fmt"
	"math"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/tone"
)

// phrase is ten seconds without anything above 2 kHz: vowels of a falling
// voice with pauses between them, or what the tones make.
func phrase(tones ...float64) []int16 {
	s := make([]int16, 80000)
	if len(tones) > 0 {
		for _, hz := range tones {
			o := tone.NewOscillator(hz, -18)
			for i := range s {
				s[i] = level.Clip(float64(s[i]) + o.Next())
			}
		}
		return s
	}
	phase := 0.0
	for i := range s {
		word := i % 8000 // 700 ms of voice, 300 ms of silence
		if word >= 5600 {
			continue
		}
		hz := 190 - 80*float64(i)/float64(len(s)) - 20*float64(word)/5600
		phase += hz / 8000
		loud := math.Sin(math.Pi * float64(word) / 5600)
		var x float64
		for k := 1.0; k*hz < 2000; k++ {
			x += math.Sin(2*math.Pi*k*phase) / k
		}
		s[i] = int16(4000 * loud * x)
	}
	return s
}

// bend is the greatest second difference: a sound without high frequencies
// has little of it, and a click much.
func bend(x []int16) float64 {
	var most int32
	for i := 2; i < len(x); i++ {
		d := int32(x[i]) - 2*int32(x[i-1]) + int32(x[i-2])
		most = max(most, d, -d)
	}
	return float64(most)
}

func TestAnHourOfDriftIsNotHeard(t *testing.T) {
	for _, c := range []struct {
		name    string
		law     g711.Law
		voice   []int16
		seconds int
		ppm     int64
	}{
		{"voice", g711.ALaw, phrase(), 3600, 200},
		{"voice", g711.ALaw, phrase(), 3600, -200},
		{"voice", g711.ALaw, phrase(), 600, 50},
		{"voice", g711.ALaw, phrase(), 600, -50},
		{"voice in µ-law", g711.ULaw, phrase(), 600, 400},
		{"voice in µ-law", g711.ULaw, phrase(), 600, -400},
		{"a chord", g711.ALaw, phrase(220, 440, 554.4, 659.3), 1200, 200},
		{"a chord", g711.ALaw, phrase(220, 440, 554.4, 659.3), 1200, -200},
	} {
		t.Run(fmt.Sprintf("%s %+d ppm", c.name, c.ppm), func(t *testing.T) {
			law, ppm := c.law, c.ppm
			coded := make([]byte, len(c.voice))
			law.Encode(coded, c.voice)
			clean := make([]int16, len(c.voice))
			law.Decode(clean, coded)
			limit := 1.25 * bend(clean)

			var b Buffer
			b.Use(law)
			end := int64(c.seconds) * 8000
			var frame [162]int16 // the last two of the frame before, and this one
			var got [160]byte
			least, most := MaxTarget, 0
			for now, i := int64(0), int64(0); now < end; now += 160 {
				for ; i*160+i*160*ppm/1_000_000 <= now; i++ {
					at := int(i * 160 % int64(len(coded)))
					b.Put(uint16(i), uint32(i*160), coded[at:at+160], i*160+i*160*ppm/1_000_000)
				}
				delay := int(now*(1_000_000-ppm)/1_000_000) - int(int64(b.cursor))
				for at := 0; at < 160; {
					n, kind := b.Pull(got[at:])
					if kind != Audio && now > 800 {
						t.Fatalf("nothing to play after %d s", now/8000)
					}
					at += n
				}
				if now < 80000 {
					continue
				}
				copy(frame[:2], frame[160:])
				law.Decode(frame[2:], got[:])
				if now > 80160 {
					if x := bend(frame[:]); x > limit {
						t.Fatalf("a click after %d s: %.0f, %.0f in the voice itself", now/8000, x, limit/1.25)
					}
				}
				least, most = min(least, delay), max(most, delay)
			}
			if least < 0 || most > 400 {
				t.Errorf("the delay went from %d to %d", least, most)
			}
			drift := end * max(ppm, -ppm) / 1_000_000
			changed := int64(b.counts.Trimmed)
			if ppm > 0 {
				changed = int64(b.counts.Stretched)
			}
			if changed < drift-500 || changed > drift+1000 || b.counts.Trimmed+b.counts.Stretched > uint64(changed)+500 {
				t.Errorf("%d samples of drift, %+v", drift, b.counts)
			}
		})
	}
}

// A packet of 60 ms comes in three parts: its own length is no margin.
func TestDriftOfLongPackets(t *testing.T) {
	coded := make([]byte, 80000)
	g711.ALaw.Encode(coded, phrase())
	for _, ppm := range []int64{-300, 300} {
		var b Buffer
		b.Use(g711.ALaw)
		var got [160]byte
		for now, i := int64(0), int64(0); now < 900*8000; now += 160 {
			for ; i*480+i*480*ppm/1_000_000 <= now; i++ {
				arrival := i*480 + i*480*ppm/1_000_000
				for part := range int64(3) {
					put, ts := b.Put, i*480+part*160
					if part > 0 {
						put = b.PutMore
					}
					put(uint16(3*i+part), uint32(ts), coded[ts%80000:][:160], arrival+part*160)
				}
			}
			for at := 0; at < 160; {
				n, kind := b.Pull(got[at:])
				if at += n; kind != Audio && now > 800 {
					t.Fatalf("%d ppm: nothing to play after %d s", ppm, now/8000)
				}
			}
		}
		if depth := b.Depth(); depth > 800 {
			t.Errorf("%d ppm: %d samples held", ppm, depth)
		}
	}
}
