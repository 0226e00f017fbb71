package g711_test

import (
	"fmt"
	"testing"

	zaf "github.com/zaf/g711"

	"autocom/dsp/g711"
)

func TestDecodeAllCodes(t *testing.T) {
	for _, c := range []struct {
		law g711.Law
		ref func(uint8) int16
	}{{g711.ALaw, zaf.DecodeAlawFrame}, {g711.ULaw, zaf.DecodeUlawFrame}} {
		var src [256]byte
		var dst [256]int16
		for i := range src {
			src[i] = byte(i)
		}
		if n := c.law.Decode(dst[:], src[:]); n != 256 {
			t.Fatalf("%v: decoded %d of 256", c.law, n)
		}
		for i, got := range dst {
			if want := c.ref(byte(i)); got != want || c.law.DecodeSample(byte(i)) != want {
				t.Errorf("%v code %#02x: got %d, want %d", c.law, i, got, want)
			}
		}
	}
}

func TestEncodeAllSamples(t *testing.T) {
	for _, c := range []struct {
		law g711.Law
		ref func(int16) uint8
	}{{g711.ALaw, zaf.EncodeAlawFrame}, {g711.ULaw, zaf.EncodeUlawFrame}} {
		src := make([]int16, 65536)
		dst := make([]byte, 65536)
		for i := range src {
			src[i] = int16(uint16(i))
		}
		if n := c.law.Encode(dst, src); n != 65536 {
			t.Fatalf("%v: encoded %d", c.law, n)
		}
		bad := 0
		for i, s := range src {
			if want := c.ref(s); dst[i] != want || c.law.EncodeSample(s) != want {
				bad++
			}
		}
		if bad != 0 {
			t.Errorf("%v: %d of 65,536 samples differ from the reference", c.law, bad)
		}
	}
}

func TestRoundTripKeepsEveryCode(t *testing.T) {
	for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
		for i := range 256 {
			want := byte(i)
			if law == g711.ULaw && i == 0x7F {
				want = 0xFF // negative zero is the one code that has a twin
			}
			if got := law.EncodeSample(law.DecodeSample(byte(i))); got != want {
				t.Errorf("%v %#02x came back as %#02x", law, i, got)
			}
		}
	}
}

func TestTranscodeAllCodes(t *testing.T) {
	var all, got [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	g711.Transcode(got[:], g711.ULaw, all[:], g711.ALaw)
	for i, c := range got {
		if want := zaf.Alaw2UlawFrame(byte(i)); c != want {
			t.Errorf("A %#02x → µ %#02x, want %#02x", i, c, want)
		}
	}
	got = all
	g711.Transcode(got[:], g711.ALaw, got[:], g711.ULaw) // in place
	for i, c := range got {
		if want := zaf.Ulaw2AlawFrame(byte(i)); c != want {
			t.Errorf("µ %#02x → A %#02x, want %#02x", i, c, want)
		}
	}
	g711.Transcode(got[:], g711.ALaw, all[:], g711.ALaw)
	if got != all {
		t.Error("equal laws must copy")
	}
}

func TestSilence(t *testing.T) {
	for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
		if s := law.DecodeSample(law.Silence()); s < 0 || s > 8 {
			t.Errorf("%v: silence decodes to %d", law, s)
		}
		if got := law.EncodeSample(0); got != law.Silence() {
			t.Errorf("%v: zero encodes to %#02x, silence is %#02x", law, got, law.Silence())
		}
		b := make([]byte, 3)
		law.Fill(b)
		if b[0] != law.Silence() || b[2] != law.Silence() {
			t.Errorf("%v: Fill wrote % x", law, b)
		}
	}
}

func TestShorterSliceWins(t *testing.T) {
	if n := g711.ALaw.Decode(make([]int16, 3), make([]byte, 5)); n != 3 {
		t.Errorf("Decode gave %d", n)
	}
	if n := g711.ULaw.Encode(make([]byte, 5), make([]int16, 2)); n != 2 {
		t.Errorf("Encode gave %d", n)
	}
	if n := g711.Transcode(nil, g711.ALaw, make([]byte, 2), g711.ULaw); n != 0 {
		t.Errorf("Transcode gave %d", n)
	}
}

func TestNothingAllocates(t *testing.T) {
	pcm := make([]int16, g711.FrameSize)
	b := make([]byte, g711.FrameSize)
	if n := testing.AllocsPerRun(100, func() {
		g711.ALaw.Decode(pcm, b)
		g711.ULaw.Encode(b, pcm)
		g711.Transcode(b, g711.ALaw, b, g711.ULaw)
		g711.ALaw.Fill(b)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func ExampleLaw_Encode() {
	b := make([]byte, 3)
	g711.ALaw.Encode(b, []int16{0, 1000, -1000})
	fmt.Printf("%v % x\n", g711.ALaw, b)
	// Output: PCMA d5 fa 7a
}
