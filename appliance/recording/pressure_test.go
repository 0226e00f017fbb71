package recording_test

import (
	"testing"

	"autocom/appliance/recording"
)

var steps = recording.Thresholds{1000, 800, 600, 400, 200}

// Every level from every other, at each side of each threshold: up at once, down a quarter later.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		free int64
		want [6]recording.Pressure // from Plenty, Warned, NoSamples, NoRecordings, ShortMessages, Erasing
	}{
		{1250, [6]recording.Pressure{recording.Plenty, recording.Plenty, recording.Plenty, recording.Plenty, recording.Plenty, recording.Plenty}},
		{1249, [6]recording.Pressure{recording.Plenty, recording.Warned, recording.Warned, recording.Warned, recording.Warned, recording.Warned}},
		{1000, [6]recording.Pressure{recording.Plenty, recording.Warned, recording.Warned, recording.Warned, recording.Warned, recording.Warned}},
		{999, [6]recording.Pressure{recording.Warned, recording.Warned, recording.NoSamples, recording.NoSamples, recording.NoSamples, recording.NoSamples}},
		{800, [6]recording.Pressure{recording.Warned, recording.Warned, recording.NoSamples, recording.NoSamples, recording.NoSamples, recording.NoSamples}},
		{799, [6]recording.Pressure{recording.NoSamples, recording.NoSamples, recording.NoSamples, recording.NoSamples, recording.NoSamples, recording.NoSamples}},
		{749, [6]recording.Pressure{recording.NoSamples, recording.NoSamples, recording.NoSamples, recording.NoRecordings, recording.NoRecordings, recording.NoRecordings}},
		{600, [6]recording.Pressure{recording.NoSamples, recording.NoSamples, recording.NoSamples, recording.NoRecordings, recording.NoRecordings, recording.NoRecordings}},
		{599, [6]recording.Pressure{recording.NoRecordings, recording.NoRecordings, recording.NoRecordings, recording.NoRecordings, recording.NoRecordings, recording.NoRecordings}},
		{499, [6]recording.Pressure{recording.NoRecordings, recording.NoRecordings, recording.NoRecordings, recording.NoRecordings, recording.ShortMessages, recording.ShortMessages}},
		{399, [6]recording.Pressure{recording.ShortMessages, recording.ShortMessages, recording.ShortMessages, recording.ShortMessages, recording.ShortMessages, recording.ShortMessages}},
		{249, [6]recording.Pressure{recording.ShortMessages, recording.ShortMessages, recording.ShortMessages, recording.ShortMessages, recording.ShortMessages, recording.Erasing}},
		{199, [6]recording.Pressure{recording.Erasing, recording.Erasing, recording.Erasing, recording.Erasing, recording.Erasing, recording.Erasing}},
		{0, [6]recording.Pressure{recording.Erasing, recording.Erasing, recording.Erasing, recording.Erasing, recording.Erasing, recording.Erasing}},
	} {
		for was, want := range c.want {
			if got := recording.Judge(recording.Pressure(was), c.free, steps); got != want {
				t.Errorf("%d bytes free, before %s: %s, want %s", c.free, recording.Pressure(was), got, want)
			}
		}
	}
}

// A disk that fills and empties passes every level once each way: it never flutters on an edge.
func TestTheLevelDoesNotFlutter(t *testing.T) {
	level, changes := recording.Plenty, 0
	at := func(free int64) {
		if now := recording.Judge(level, free, steps); now != level {
			level = now
			changes++
		}
	}
	for free := int64(1300); free >= 0; free-- {
		at(free)
		at(free + 20) // a file comes and goes
		at(free)
	}
	for free := int64(0); free <= 1300; free++ {
		at(free)
		at(free + 20)
		at(free)
	}
	if changes != 2*int(recording.Erasing) || level != recording.Plenty {
		t.Errorf("%d changes, ends %s", changes, level)
	}
}

func TestThresholdsOfDisks(t *testing.T) {
	for size, want := range map[int64]recording.Thresholds{
		0:             {},
		1000:          {200, 150, 100, 70, 50},
		1 << 40:       {4 << 30, 2 << 30, 1 << 30, 512 << 20, 256 << 20},
		8_000_000_000: {1_600_000_000, 1_200_000_000, 800_000_000, 512 << 20, 256 << 20},
	} {
		if got := recording.ThresholdsOf(size); got != want {
			t.Errorf("of %d bytes: %v, want %v", size, got, want)
		}
	}
	if recording.Pressure(99).String() != "unknown" || recording.NoSamples.String() != "no_samples" {
		t.Error("names")
	}
}
