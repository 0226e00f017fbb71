package health

import (
	"slices"
	"testing"

	"autocom/hwio/led"
)

func well() Box {
	return Box{Media: true, Journal: true, Trunks: []Line{{"ovh", true}, {"free", true}}, Phones: 3, Answer: 2, DiskUsed: 0.4, MilliC: 48_000}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Box)
		codes  []string
		lamps  []led.Meaning
		well   bool
	}{
		{"well", func(*Box) {}, nil, []led.Meaning{led.Power, led.Ready}, true},
		{"in a call", func(b *Box) { b.Calls = 1 }, nil, []led.Meaning{led.Power, led.Ready, led.Call}, true},
		{"starting says nothing of lines yet", func(b *Box) {
			b.Starting, b.Media, b.Journal, b.Trunks, b.Answer = true, false, false, []Line{{"ovh", false}}, 0
		}, nil, []led.Meaning{led.Power}, true},
		{"updating", func(b *Box) { b.Updating = true }, nil, []led.Meaning{led.Power, led.Ready, led.Update}, true},
		{"no media", func(b *Box) { b.Media = false }, []string{"media"}, []led.Meaning{led.Power, led.Alarm}, false},
		{"one line of two", func(b *Box) { b.Trunks[0].Up = false }, []string{"trunk"}, []led.Meaning{led.Power, led.Ready, led.Alarm}, false},
		{"every line", func(b *Box) { b.Trunks[0].Up, b.Trunks[1].Up = false, false }, []string{"trunk", "trunk"}, []led.Meaning{led.Power, led.Alarm}, false},
		{"no phone", func(b *Box) { b.Answer = 0 }, []string{"phones"}, []led.Meaning{led.Power, led.Ready, led.Alarm}, false},
		{"no phones expected", func(b *Box) { b.Phones, b.Answer = 0, 0 }, nil, []led.Meaning{led.Power, led.Ready}, true},
		{"journal", func(b *Box) { b.Journal = false }, []string{"journal"}, []led.Meaning{led.Power, led.Ready, led.Alarm}, false},
		{"document", func(b *Box) { b.LastGood = true }, []string{"document"}, []led.Meaning{led.Power, led.Ready, led.Alarm}, false},
		{"disk filling", func(b *Box) { b.DiskUsed = 0.85 }, []string{"disk.filling"}, []led.Meaning{led.Power, led.Ready, led.Alarm}, false},
		{"disk full", func(b *Box) { b.DiskUsed = 0.999 }, []string{"disk.full"}, []led.Meaning{led.Power, led.Alarm}, false},
		{"disk failed", func(b *Box) { b.DiskUsed, b.DiskStop = 0.999, true }, []string{"disk.stopped"}, []led.Meaning{led.Power, led.Alarm}, false},
		{"worn and warm", func(b *Box) { b.WearUrgent, b.MilliC = true, 85_000 }, []string{"disk.worn", "warm"}, []led.Meaning{led.Power, led.Ready, led.Alarm}, false},
		{"restarted by the watchdog", func(b *Box) { b.Watchdog = true }, []string{"watchdog"}, []led.Meaning{led.Power, led.Ready}, true},
		{"the heaviest first", func(b *Box) { b.Watchdog, b.LastGood, b.DiskStop = true, true, true }, []string{"disk.stopped", "document", "watchdog"}, []led.Meaning{led.Power, led.Alarm}, false},
	} {
		b := well()
		c.change(&b)
		h := Judge(b)
		var codes []string
		for _, f := range h.Findings {
			codes = append(codes, f.Code)
			if f.Sentence == "" || f.Phrase == "" {
				t.Errorf("%s: %s has no words", c.name, f.Code)
			}
		}
		if !slices.Equal(codes, c.codes) || !slices.Equal(h.Lamps, c.lamps) || h.Well() != c.well {
			t.Errorf("%s: %v, lamps %v, well %v", c.name, codes, h.Lamps, h.Well())
		}
	}
}
