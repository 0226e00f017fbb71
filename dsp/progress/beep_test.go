package progress_test

import (
	"math"
	"testing"

	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

// beep is half a second of silence, the beep, and a second of silence.
func beep(hz, dBm0 float64, n int) []int16 {
	return render{}.play(tone.Tone{Times: 1, Segments: []tone.Segment{
		{Samples: 500 * ms}, {Hz: []float64{hz}, DBm0: dBm0, Samples: n}, {Samples: 1000 * ms},
	}}, 1500*ms+n)
}

func TestBeepsAreFoundWithin100msOfTheirEnd(t *testing.T) {
	d := progress.New(tone.France())
	d.Only(progress.Beep, progress.CED)
	for hz := 400.0; hz <= 2000; hz += 25 {
		for _, dBm0 := range []float64{-6, -20, -30} {
			for _, n := range []int{200 * ms, 417 * ms, 1000 * ms} {
				d.Reset()
				x := beep(hz, dBm0, n)
				end := int64(500*ms + n)
				for at := int64(0); at < int64(len(x)); at += 80 {
					for _, r := range d.Write(nil, x[at:min(at+80, int64(len(x)))]) {
						if r.Kind != progress.Beep || at+80-end > 100*ms || r.Ended < end-10*ms || r.Ended > end+10*ms ||
							r.Began < 490*ms || r.Began > 510*ms || math.Abs(r.Hz-hz) > 3 || math.Abs(r.DBm0-dBm0) > 0.5 {
							t.Errorf("%v Hz, %v dBm0, %d ms: at %d ms %+v", hz, dBm0, n/ms, (at+80)/ms, r)
						}
						end = -1
					}
				}
				if end >= 0 {
					t.Errorf("%v Hz, %v dBm0, %d ms: not heard", hz, dBm0, n/ms)
				}
			}
		}
	}
}

func TestWhatIsNoBeep(t *testing.T) {
	d := progress.New(tone.France())
	d.Only(progress.Beep)
	for what, x := range map[string][]int16{
		"150 ms":     beep(1000, -10, 150*ms),
		"300 Hz":     beep(300, -10, 400*ms),
		"2,300 Hz":   beep(2300, -10, 400*ms),
		"3,000 Hz":   beep(3000, -10, 400*ms),
		"four sec":   beep(1000, -10, 4000*ms),
		"too soft":   beep(1000, -50, 400*ms),
		"two tones":  render{}.play(tone.Tone{Times: 1, Segments: []tone.Segment{{Hz: []float64{700, 1200}, DBm0: -13, Samples: 400 * ms}, {Samples: 8000}}}, 10000),
		"two close":  render{}.play(tone.Tone{Times: 1, Segments: []tone.Segment{{Hz: []float64{1000, 1030}, DBm0: -13, Samples: 400 * ms}, {Samples: 8000}}}, 10000),
		"a melody":   render{}.play(tone.Tone{Segments: []tone.Segment{{Hz: []float64{523}, DBm0: -13, Samples: 300 * ms}, {Hz: []float64{659}, DBm0: -13, Samples: 300 * ms}}}, 20000),
		"a trill":    render{}.play(tone.Tone{Segments: []tone.Segment{{Hz: []float64{800}, DBm0: -13, Samples: 250 * ms}, {Samples: 40 * ms}}}, 20000),
		"the DTMF 5": render{}.play(tone.Tone{Times: 1, Segments: []tone.Segment{{Hz: []float64{770, 1336}, DBm0: -10, Samples: 300 * ms}, {Samples: 8000}}}, 10000),
	} {
		d.Reset()
		only(t, what, listen(d, x))
	}
}

func TestABurstOfAnotherToneIsABeepOnlyWhenThatToneIsNotExpected(t *testing.T) {
	x := beep(440, -15, 500*ms)
	d := progress.New(tone.France())
	only(t, "440 Hz while a call is set up", listen(d, x))
	d.Reset()
	d.Only(progress.Beep)
	only(t, "440 Hz once it is answered", listen(d, x), progress.Beep)
}
