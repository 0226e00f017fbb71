package mix_test

import (
	"testing"

	"autocom/dsp/mix"
)

// at gives what is heard of two parties who say a and b at sample i and 0 else.
func at(t *testing.T, i int, a, b int16) int16 {
	m := mixer(t, 4)
	for l := range 4 {
		m.Hear(l, 0, 1, 2, 3)
	}
	settle(m, 4)
	in, out := frames(4, 160), frames(4, 160)
	in[0][i], in[1][i] = a, b
	m.Frame(out, in)
	return out[2][i]
}

func TestTheLimiterBeginsAboveItsThreshold(t *testing.T) {
	for _, i := range []int{0, 1, 2, 3, 80, 81, 158, 159} {
		for _, sum := range []int16{23197, -23197, 1, -1, 0, -23000} {
			if got := at(t, i, sum, 0); got != sum {
				t.Errorf("sample %d: %d becomes %d", i, sum, got)
			}
			if half := sum / 2; at(t, i, half, sum-half) != sum {
				t.Errorf("sample %d: %d + %d", i, half, sum-half)
			}
		}
		for _, sum := range []int16{23200, 32767} {
			if got := at(t, i, sum, 0); got >= sum || got < 23000 {
				t.Errorf("sample %d: %d becomes %d", i, sum, got)
			}
			if got := at(t, i, -sum, 0); got <= -sum || got > -23000 {
				t.Errorf("sample %d: %d becomes %d", i, -sum, got)
			}
		}
		if got := at(t, i, 32767, 32767); got == 32767 || got < 23000 {
			t.Errorf("sample %d: the loudest becomes %d", i, got)
		}
	}
}

func TestTheLoudestSumFits(t *testing.T) {
	m := mixer(t, mix.MaxParties)
	var all []int
	for p := range mix.MaxParties {
		all = append(all, p)
		m.Gain(p, 300)
	}
	for l := range mix.MaxParties {
		m.Hear(l, all...)
	}
	in, out := frames(mix.MaxParties, 160), frames(mix.MaxParties, 160)
	for _, low := range []bool{true, false} {
		for p := range in {
			for i := range in[p] {
				if in[p][i] = 32767; low {
					in[p][i] = -32768
				}
			}
		}
		for range 5 {
			for p := 40; p < 50; p++ {
				m.Cut(p)
			}
			m.Frame(out, in)
			for l := range out {
				for i, v := range out[l] {
					if low && v > 0 && i > 90 || !low && v < 0 && i > 90 {
						t.Fatalf("listener %d hears %d at %d: it went round", l, v, i)
					}
				}
			}
		}
	}
}
