package progress_test

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"testing"

	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

func TestTheLengthOfFramesDoesNotMatter(t *testing.T) {
	plan := tone.France()
	x := append(render{dBm0: -20}.play(plan.Tone(tone.Busy), 4000*ms), beep(1000, -20, 400*ms)...)
	want := listen(progress.New(plan), x)
	only(t, "busy and a beep", want, progress.Busy, progress.Beep)
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 5 {
		d := progress.New(plan)
		var got []progress.Report
		for rest := x; len(rest) > 0; {
			n := min(1+rnd.IntN(700), len(rest))
			got = d.Write(got, rest[:n])
			rest = rest[n:]
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("in odd pieces %+v, in frames %+v", got, want)
		}
	}
}

func TestToneThatGoesOnIsReportedOnceAndANewOneAgain(t *testing.T) {
	plan := tone.France()
	for from, kind := range plain {
		if from == tone.Special {
			continue
		}
		once := append(render{dBm0: -15}.play(plan.Tone(from), 20_000*ms), make([]int16, 12_000*ms)...)
		only(t, kind.String(), listen(progress.New(plan), append(once, once...)), kind, kind)
	}
}

func TestACallAsItIsHeard(t *testing.T) {
	plan := tone.France()
	part := func(k tone.Kind, n int) []int16 { return render{}.play(plan.Tone(k), n) }
	var x []int16
	for _, p := range [][]int16{
		part(tone.Dial, 3000*ms), make([]int16, 900*ms), part(tone.Routing, 1500*ms), make([]int16, 700*ms),
		part(tone.Ringback, 12_000*ms), make([]int16, 5000*ms), part(tone.Special, 990*ms), make([]int16, 3000*ms), part(tone.Busy, 5000*ms),
	} {
		x = append(x, p...)
	}
	only(t, "a call", listen(progress.New(plan), x), progress.Dial, progress.Routing, progress.Ringback, progress.Special, progress.Busy)
}

func TestPlansOfTwoCountriesAtOnce(t *testing.T) {
	de, err := tone.In("DE")
	if err != nil {
		t.Fatal(err)
	}
	us, err := tone.In("US")
	if err != nil {
		t.Fatal(err)
	}
	d := progress.New(tone.France(), de, us)
	only(t, "German ringing in France", listen(d, render{dBm0: -25}.play(de.Tone(tone.Ringback), 10_060*ms)), progress.Ringback)
	d.Reset()
	only(t, "American busy in France", listen(d, render{dBm0: -25}.play(us.Tone(tone.Busy), 2060*ms)), progress.Busy)
}

func TestNoiseAloneIsNothing(t *testing.T) {
	d := progress.New(tone.France())
	for seed := range uint64(10) {
		only(t, "noise", listen(d, render{noise: -25, seed: seed}.line(make([]int16, 80_000))))
	}
}

func TestTonesInNoise(t *testing.T) {
	for _, code := range []string{"FR", "GB", "US"} {
		plan, err := tone.In(code)
		if err != nil {
			t.Fatal(err)
		}
		d := progress.New(plan)
		for from, want := range plain {
			tn := plan.Tone(from)
			if len(tn.Segments) == 0 {
				continue
			}
			d.Reset()
			n := max(2*period(tn)+60*ms, 2200*ms)
			only(t, code+" "+want.String()+", 15 dB over the noise", listen(d, render{dBm0: -20, noise: -35, seed: 5}.play(tn, n)), want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	us, err := tone.In("US")
	if err != nil {
		t.Fatal(err)
	}
	x := append(render{}.play(us.Tone(tone.Busy), 4000*ms), answer(2100, -15, 2000*ms, true, 0.2)...)
	d := progress.New(us, tone.France())
	reports := make([]progress.Report, 0, 16)
	if n := testing.AllocsPerRun(3, func() {
		for i := 0; i+160 <= len(x); i += 160 {
			reports = d.Write(reports[:0], x[i:i+160])
		}
		d.Reset()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzWrite(f *testing.F) {
	raw := func(x []int16) []byte {
		var b []byte
		for _, s := range x {
			b = binary.LittleEndian.AppendUint16(b, uint16(s))
		}
		return b
	}
	fr, _ := tone.In("FR")
	us, _ := tone.In("US")
	f.Add(raw(beep(1000, 0, 300*ms)), uint8(160))
	f.Add(raw(render{}.play(us.Tone(tone.Congestion), 1500*ms)), uint8(7))
	f.Add(raw([]int16{-32768, -32768, 32767, -32768, 0}), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, frame uint8) {
		x := make([]int16, len(b)/2)
		for i := range x {
			x[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
		d := progress.New(fr, us)
		for rest, n := x, max(1, int(frame)); len(rest) > 0; {
			n = min(n, len(rest))
			for _, r := range d.Write(nil, rest[:n]) {
				if r.Began < -160 || r.Ended > int64(len(x)) || r.Ended <= r.Began || !(r.DBm0 > -60 && r.DBm0 < 7) {
					t.Errorf("%+v", r)
				}
			}
			rest = rest[n:]
		}
	})
}
