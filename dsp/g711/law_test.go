package g711_test

import (
	"testing"

	"autocom/dsp/g711"
)

// expand is ITU-T G.711 (11/88) §3 in its usual arithmetic, scaled to 16 bits:
// a sign, three bits of segment, four of step.
func expand(law g711.Law, c byte) int {
	if law == g711.ULaw {
		c = ^c // table 2a note: all bits are inverted
		x := (int(c&15)<<3+0x84)<<(c>>4&7) - 0x84
		if c&0x80 != 0 {
			return -x
		}
		return x
	}
	c ^= 0x55 // table 1a note: the even bits are inverted
	x := int(c&15)<<4 + 8
	if segment := c >> 4 & 7; segment > 0 {
		x = (x + 0x100) << (segment - 1)
	}
	if c&0x80 == 0 {
		return -x
	}
	return x
}

func TestG711Section3EveryCode(t *testing.T) {
	for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
		for c := range 256 {
			if got, want := int(law.DecodeSample(byte(c))), expand(law, byte(c)); got != want {
				t.Errorf("%v %#02x: %d, by the recommendation %d", law, c, got, want)
			}
		}
	}
}

// TestG711EverySampleLiesInItsCodesInterval: each of the 65,536 inputs gets a
// code whose interval, half a step either way of its value, has the input in
// it. Negative inputs may lie on the edge: G.191 takes them as their one's
// complement. What is beyond the last value is overload.
func TestG711EverySampleLiesInItsCodesInterval(t *testing.T) {
	for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
		for s := -32768; s <= 32767; s++ {
			c := law.EncodeSample(int16(s))
			half := 8 << max(int((c^0x55)>>4&7)-1, 0)
			if law == g711.ULaw {
				half = 4 << (^c >> 4 & 7)
			}
			got := expand(law, c)
			if wrong := max(got-s, s-got); wrong > half && max(s, -s) <= 32124 {
				t.Fatalf("%v: %d became %d, half a step is %d", law, s, got, half)
			}
		}
	}
}

// TestTranscodeIsDecodeAndEncode: G.711 §3.4 and its tables 3 and 4 differ
// from decoding and encoding again by one step at most.
func TestTranscodeIsDecodeAndEncode(t *testing.T) {
	for _, c := range []struct{ from, to g711.Law }{{g711.ALaw, g711.ULaw}, {g711.ULaw, g711.ALaw}} {
		for i := range 256 {
			out := [1]byte{}
			g711.Transcode(out[:], c.to, []byte{byte(i)}, c.from)
			again := c.to.EncodeSample(c.from.DecodeSample(byte(i)))
			got, want := c.to.DecodeSample(out[0]), c.to.DecodeSample(again)
			if near := step(c.to, want); max(got-want, want-got) > near {
				t.Errorf("%v %#02x → %v: %d, decoded and encoded again %d", c.from, i, c.to, got, want)
			}
		}
	}
}

// step is how far apart two codes are near a sample.
func step(law g711.Law, s int16) int16 {
	a := max(s, -s)
	b := max(a-1, 0)
	for law.DecodeSample(law.EncodeSample(b)) == law.DecodeSample(law.EncodeSample(a)) && b > 0 {
		b--
	}
	return max(16, 2*(a-b))
}

func TestEveryLengthOfSlice(t *testing.T) {
	for n := range 41 {
		enc, pcm, again, other := make([]byte, n), make([]int16, n), make([]byte, n), make([]byte, n)
		for i := range enc {
			enc[i] = byte(i*37 + n)
		}
		for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
			to := g711.ULaw - law
			if law.Decode(pcm, enc) != n || law.Encode(again, pcm) != n || g711.Transcode(other, to, enc, law) != n {
				t.Fatalf("%v: %d samples were not all done", law, n)
			}
			for i, c := range enc {
				one := [1]byte{}
				g711.Transcode(one[:], to, enc[i:i+1], law)
				if pcm[i] != law.DecodeSample(c) || again[i] != law.EncodeSample(pcm[i]) || other[i] != one[0] {
					t.Errorf("%v: sample %d of %d", law, i, n)
				}
			}
		}
	}
}
