package trace_test

import (
	"slices"
	"strings"
	"testing"

	"autocom/dsp/jitter/trace"
)

func voice() []int16 {
	v := make([]int16, 8000)
	for i := range v {
		if i < 5000 { // a vowel of 125 Hz, then silence
			for k := 1; k < 12; k++ {
				v[i] += int16((i * k * 250 % 16000) / 8 / k)
			}
		}
	}
	return v
}

func delays(r trace.Result) []int {
	var d []int
	for _, t := range r.Ticks {
		if t.Delay >= 0 {
			d = append(d, t.Delay)
		}
	}
	return d
}

// On each network: no packet may be late that a delay of 120 ms could have saved, but for the few of a network's first surprise; and the delay
// must not be longer than it needs.
func TestEveryNetworkIsCopedWith(t *testing.T) {
	for name, want := range map[string]struct{ late, madeUp, usual, most int }{ // packets; samples beyond the packets lost; samples; samples
		"burst":     {8, 2800, 720, 1360},
		"dsl":       {0, 600, 480, 560},
		"dtx":       {0, 10000, 720, 1000}, // each pause begins with 60 ms that might have been a loss
		"lte":       {0, 1600, 900, 1440},
		"paths":     {0, 600, 560, 880},
		"resets":    {0, 1440, 560, 720}, // the first packet after a leap is not believed
		"satellite": {0, 900, 2880, 3120},
		"stall":     {0, 3840, 520, 1700}, // six stalls, 60 ms made up in each
		"wifi":      {0, 2400, 720, 1040},
	} {
		i := slices.IndexFunc(trace.All(), func(t trace.Trace) bool { return t.Name == name })
		if i < 0 {
			t.Errorf("no trace %s", name)
			continue
		}
		tr := trace.All()[i]
		r := trace.Play(tr, voice())
		d := delays(r)
		slices.Sort(d)
		usual, most := d[len(d)/2], d[len(d)-1]
		if late := r.Late(tr); late > want.late {
			t.Errorf("%s: %d packets late", name, late)
		}
		if more := r.Lost - trace.Size*tr.Lost; more > want.madeUp {
			t.Errorf("%s: %d samples made up besides %d packets lost", name, more, tr.Lost)
		}
		if usual > want.usual || most > want.most {
			t.Errorf("%s: a delay of %d, at most %d", name, usual, most)
		}
		if r.Heard+r.Lost+r.Quiet != len(r.Samples) || len(r.Samples) != len(r.Ticks)*trace.Size {
			t.Errorf("%s: %d heard, %d made up, %d quiet of %d", name, r.Heard, r.Lost, r.Quiet, len(r.Samples))
		}
		if target := r.Ticks[len(r.Ticks)-60].Target; target < 160 || target > 960 {
			t.Errorf("%s: target %d", name, target)
		}
	}
}

func TestDuplicatesAreKnownAlsoAfterTheyWerePlayed(t *testing.T) {
	all := trace.All()
	tr := all[slices.IndexFunc(all, func(t trace.Trace) bool { return t.Name == "paths" })]
	if c := trace.Play(tr, voice()).Counts; int(c.Duplicate) != len(tr.Packets)-tr.Sent || c.Late != 0 {
		t.Errorf("%d packets, %d sent: %+v", len(tr.Packets), tr.Sent, c)
	}
}

func TestParseNamesWhatItDoesNotUnderstand(t *testing.T) {
	for _, text := range []string{"x", "1+", "-5", "100000", "!no"} {
		if _, err := trace.Parse("x", text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# a network\n120 120+80 - . !new 5 !ts 7\n")
	f.Fuzz(func(t *testing.T, text string) {
		tr, err := trace.Parse("x", text)
		if err == nil && tr.Sent > strings.Count(text, "\n")+len(text) {
			t.Fatal("more packets than words")
		}
	})
}
