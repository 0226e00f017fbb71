package jitter

import (
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
	var most float64
	for i := 2; i < len(x); i++ {
		most = max(most, math.Abs(float64(x[i])-2*float64(x[i-1])+float64(x[i-2])))
	}
	return most
}

func TestAnHourOfDriftIsNotHeard(t *testing.T) {
	for _, c := range []struct {
		name  string
		law   g711.Law
		voice []int16
	}{
		{"voice", g711.ALaw, phrase()},
		{"voice in µ-law", g711.ULaw, phrase()},
		{"a chord", g711.ALaw, phrase(220, 440, 554.4, 659.3)},
	} {
		for _, ppm := range []int64{-200, -50, 50, 200} {
			law := c.law
			coded := make([]byte, len(c.voice))
			law.Encode(coded, c.voice)
			clean := make([]int16, len(c.voice))
			law.Decode(clean, coded)
			limit := 1.25 * bend(clean)

			var b Buffer
			b.Use(law)
			const hour = 3600 * 8000
			var frame [162]int16 // the last two of the frame before, and this one
			var got [160]byte
			least, most := MaxTarget, 0
			for now, i := int64(0), int64(0); now < hour; now += 160 {
				for ; i*160+i*160*ppm/1_000_000 <= now; i++ {
					at := int(i * 160 % int64(len(coded)))
					b.Put(uint16(i), uint32(i*160), coded[at:at+160], i*160+i*160*ppm/1_000_000)
				}
				delay := int(now*(1_000_000-ppm)/1_000_000) - int(int64(b.cursor))
				for at := 0; at < 160; {
					n, kind := b.Pull(got[at:])
					if kind != Audio && now > 800 {
						t.Fatalf("%s, %d ppm: nothing to play after %d s", c.name, ppm, now/8000)
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
						t.Fatalf("%s, %d ppm: a click after %d s: %.0f, %.0f in the voice itself", c.name, ppm, now/8000, x, limit/1.25)
					}
				}
				least, most = min(least, delay), max(most, delay)
			}
			if least < 0 || most > 400 {
				t.Errorf("%s, %d ppm: the delay went from %d to %d", c.name, ppm, least, most)
			}
			drift := hour * max(ppm, -ppm) / 1_000_000
			changed := int64(b.counts.Trimmed)
			if ppm > 0 {
				changed = int64(b.counts.Stretched)
			}
			if changed < drift-500 || changed > drift+1000 || b.counts.Trimmed+b.counts.Stretched > uint64(changed)+500 {
				t.Errorf("%s, %d ppm: %d samples of drift, %+v", c.name, ppm, drift, b.counts)
			}
		}
	}
}
