package listen_test

import (
	"testing"

	"autocom/dsp/level"
	"autocom/dsp/plc/listen"
)

// The limits leave a third of what is measured (docs/dsp/plc.md has the figures): a change that is worse is seen.
func TestConcealmentIsClearlyAheadOfSilenceAndOfRepetition(t *testing.T) {
	s := listen.Sentence()
	frames := len(s) / listen.Frame
	for _, c := range []struct {
		name   string
		gone   func(int, float64, uint64) []bool
		rate   float64
		silent float64 // dB nearer than silence, by spectral distance
		repeat float64 // dB nearer than repetition; in bursts it is not, being silent after 60 ms
	}{
		{"5 %", listen.Random, 0.05, 3, 0.25},
		{"10 %", listen.Random, 0.10, 3, 0.25},
		{"10 % in bursts", listen.Bursts, 0.10, 4, -2},
	} {
		var snrs, distances [3]listen.Mean
		for seed := range uint64(6) {
			gone := c.gone(frames, c.rate, seed)
			for way := range listen.Silent + 1 {
				h := listen.Hear(s, gone, way)
				snrs[way].Add(listen.SNR(s, h, gone, true))
				distances[way].Add(listen.Distance(s, h, gone))
			}
		}
		var snr, distance [3]float64
		for way := range snr {
			snr[way], distance[way] = snrs[way].DB(), distances[way].DB()
		}
		if snr[listen.Concealed] < 0.8 || snr[listen.Concealed] < snr[listen.Repeated]+2.5 {
			t.Errorf("%s: SNR by way: %.2f dB", c.name, snr)
		}
		if distance[listen.Concealed] > distance[listen.Silent]-c.silent || distance[listen.Concealed] > distance[listen.Repeated]-c.repeat {
			t.Errorf("%s: spectral distance by way: %.2f dB", c.name, distance)
		}
	}
}

func TestMeasures(t *testing.T) {
	s := listen.Sentence()
	if l := level.Of(s); len(s) < 4*8000 || l < -25 || l > -12 {
		t.Fatalf("the sentence has %d samples at %.1f dBm0", len(s), l)
	}
	all := make([]bool, len(s)/listen.Frame)
	for i := range all {
		all[i] = true
	}
	if snr, d := listen.SNR(s, s, all, false).DB(), listen.Distance(s, s, all).DB(); snr != 35 || d != 0 {
		t.Errorf("the same sound: SNR %.1f, distance %.2f", snr, d)
	}
	half := append([]int16(nil), s...)
	for i := range half {
		half[i] /= 2
	}
	if snr, d := listen.SNR(s, half, all, false).DB(), listen.Distance(s, half, all).DB(); snr < 5.9 || snr > 6.2 || d < 4 || d > 6.1 {
		t.Errorf("half the sound: SNR %.1f, distance %.2f", snr, d) // less than 6 dB: bands at the floor do not count
	}
	if snr := listen.SNR(s, listen.Hear(s, all, listen.Silent), all, true); snr.DB() != 0 || snr.N == 0 {
		t.Errorf("silence: SNR %.1f of %d frames", snr.DB(), snr.N)
	}
	if snr := listen.SNR(s, s, make([]bool, len(all)), false); snr.DB() != 0 || snr.N != 0 {
		t.Errorf("nothing lost: SNR %.1f of %d frames", snr.DB(), snr.N)
	}
}
