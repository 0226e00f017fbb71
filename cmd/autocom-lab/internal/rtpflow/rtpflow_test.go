package rtpflow

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autocom/dsp/g711"
	"autocom/dsp/tone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sound(seq uint16, ts, ssrc uint32) packet {
	return packet{pt: 8, seq: seq, ts: ts, ssrc: ssrc, payload: make([]byte, Frame)}
}

func TestEarCountsWhatIsWrong(t *testing.T) {
	var e ear
	now := time.Now()
	for _, p := range []packet{
		sound(65534, 0, 1), sound(65535, 160, 1), sound(0, 320, 1), // wraps
		sound(2, 640, 1), sound(1, 480, 1), // 1 and 2 change places
		sound(2, 640, 1),   // a duplicate
		sound(5, 1120, 1),  // 3 and 4 are lost
		sound(6, 5000, 1),  // the timestamp jumps
		sound(900, 77, 42), // another source
	} {
		now = now.Add(20 * time.Millisecond)
		e.take(p, 101, now)
	}
	s := e.stats
	if s.Received != 9 || s.Lost != 2 || s.Reordered != 1 || s.Duplicates != 1 || s.Jumps != 1 || s.Sources != 2 {
		t.Errorf("%+v", s)
	}
}

func TestRFC3551Section4_1APauseBeforeATalkspurtIsNoJump(t *testing.T) {
	for _, c := range []struct {
		ts     uint32
		marker bool
		jumps  uint64
	}{{1320, false, 0}, {1320, true, 0}, {9000, true, 0}, {9000, false, 1}, {1000, true, 1}, {1160, true, 1}} {
		var e ear
		e.take(sound(7, 1160, 1), 101, time.Now())
		next := sound(8, c.ts, 1)
		next.marker = c.marker
		if e.take(next, 101, time.Now()); e.stats.Jumps != c.jumps {
			t.Errorf("%+v: %d jumps", c, e.stats.Jumps)
		}
	}
}

func TestRFC4733Section2_5_1_4DigitIsToldOnce(t *testing.T) {
	var e ear
	var got []byte
	press := func(code byte, ts uint32, seq uint16, end bool) {
		b := []byte{code, 10, 0, 160}
		if end {
			b[1] |= 0x80
		}
		if d, ok := e.take(packet{pt: 101, seq: seq, ts: ts, ssrc: 1, payload: b}, 101, time.Now()); ok {
			got = append(got, d)
		}
	}
	press(5, 160, 1, false)
	press(5, 160, 2, true)
	press(5, 160, 3, true) // repeated ends
	press(5, 160, 4, true)
	press(11, 1600, 5, true) // its beginning was lost
	press(200, 3200, 6, true)
	if string(got) != "5#" || e.stats.Jumps != 0 {
		t.Errorf("%q, %+v", got, e.stats)
	}
}

func TestAnalyse(t *testing.T) {
	play := func(hz ...float64) []int16 {
		s := make([]int16, 1600)
		tone.NewGenerator(tone.Tone{Segments: []tone.Segment{{Hz: hz, DBm0: -16}}}).Next(s)
		b := make([]byte, len(s))
		g711.ULaw.Encode(b, s)
		g711.ULaw.Decode(s, b)
		return s
	}
	for _, hz := range []float64{300, 440, 523.25, 1000, 2713} {
		s := Analyse(play(hz))
		if !s.Near(hz) || math.Abs(s.Hz-hz) > 1.5 || math.Abs(s.DBm0+16) > 0.6 {
			t.Errorf("%v Hz is heard as %+v", hz, s)
		}
	}
	if s := Analyse(play(440, 1000)); s.Hz != 0 || s.Silent() {
		t.Errorf("two tones are heard as %+v", s)
	}
	if s := Analyse(make([]int16, 1600)); !s.Silent() || s.Hz != 0 {
		t.Errorf("silence is heard as %+v", s)
	}
}

func TestWAV(t *testing.T) {
	file := func(rate uint32, samples ...int16) []byte {
		b := []byte("RIFF\x00\x00\x00\x00WAVELIST\x01\x00\x00\x00x\x00fmt \x10\x00\x00\x00\x01\x00\x01\x00")
		b = binary.LittleEndian.AppendUint32(b, rate)
		b = binary.LittleEndian.AppendUint32(b, 2*rate)
		b = append(b, 2, 0, 16, 0, 'd', 'a', 't', 'a')
		b = binary.LittleEndian.AppendUint32(b, uint32(2*len(samples)))
		for _, s := range samples {
			b = binary.LittleEndian.AppendUint16(b, uint16(s))
		}
		return b
	}
	r, err := ReadWAV(file(8000, 1, -2, 3))
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, 5)
	r.Next(out)
	if out[1] != -2 || out[3] != 1 {
		t.Errorf("%v", out)
	}
	for _, bad := range [][]byte{nil, []byte("RIFF"), file(44100, 1), file(8000)} {
		if _, err := ReadWAV(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xD5})
	f.Add([]byte{0xBF, 101, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xBE, 0xDE, 0, 1, 0, 0, 0, 0, 4})
	f.Fuzz(func(_ *testing.T, b []byte) {
		if p, ok := parse(b); ok {
			var e ear
			e.take(p, 101, time.Now())
		}
	})
}

func FuzzWAV(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = ReadWAV(b) })
}

// A vowel is nearly a tone: whoever waits for an agent's tone must not take the box's recorded welcome for it.
func TestAVowelIsNoTone(t *testing.T) {
	mixed := tone.NewGenerator(tone.Tone{Segments: []tone.Segment{{Hz: []float64{650}, DBm0: -16}}})
	overtone := tone.NewGenerator(tone.Tone{Segments: []tone.Segment{{Hz: []float64{1300}, DBm0: -26}}}) // 10 dB less: 9 % of the power
	vowel, second := make([]int16, 1600), make([]int16, 1600)
	mixed.Next(vowel)
	overtone.Next(second)
	if s := Analyse(vowel); !s.Near(650) {
		t.Fatalf("the tone alone is %+v", s)
	}
	for i := range vowel {
		vowel[i] += second[i]
	}
	if s := Analyse(vowel); s.Near(650) {
		t.Errorf("a vowel is taken for a tone: %+v", s)
	}
}
