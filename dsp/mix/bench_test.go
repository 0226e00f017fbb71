package mix_test

import (
	"testing"

	"autocom/dsp/internal/against"
	"autocom/dsp/mix"
)

// The costs are for one sample of one listener, with the level of each party.
func BenchmarkFrame(b *testing.B) {
	everyone := func(m *mix.Mixer, n int) {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		for i := range n {
			m.Hear(i, all...)
		}
	}
	for _, c := range []struct {
		name    string
		parties int
		dBm0    float64
		hear    func(m *mix.Mixer, n int)
	}{
		{"2", 2, -20, everyone},
		{"3", 3, -20, everyone},
		{"8", 8, -20, everyone},
		{"32", 32, -36, everyone},
		{"8 that overload", 8, 0, everyone},
		{"8 with whisperers", 8, -20, func(m *mix.Mixer, n int) {
			m.Hear(0, 1)
			m.Hear(1, 0, 2)
			for i := 2; i < n; i++ {
				m.Hear(i, 0, 1)
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := mixer(b, c.parties)
			c.hear(m, c.parties)
			in, out := frames(c.parties, 160), frames(c.parties, 160)
			for i := range in {
				copy(in[i], voice(300+10*float64(i), c.dBm0, 0, 160))
			}
			b.ReportAllocs()
			for b.Loop() {
				m.Frame(out, in)
			}
			b.ReportMetric(against.Least(func() { m.Frame(out, in) }, 160*c.parties), "ns/sample")
		})
	}
}
