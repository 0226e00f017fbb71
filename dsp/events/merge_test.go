package events_test

import (
	"fmt"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"autocom/dsp/events"
)

// TestMergeCountsEveryPressOnce presses keys that a peer tells in one, two or
// three ways, each with its own delays: what is passed on is what was pressed,
// in order.
func TestMergeCountsEveryPressOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SampledFrom([]string{"1", "12", "0123456789*#ABCD"}).Draw(t, "keys in use")
		ways := rapid.IntRange(1, 7).Draw(t, "sources")
		type told struct {
			events.Report
			arrives int64
		}
		var wire []told
		var want []byte
		// Packets and sound come by one stream, and the sound waits in a jitter
		// buffer: it is at most 40 ms early beside the packets.
		skew := [3][2]int64{events.Packets: {-840, 0}, events.Sound: {0, 840}, events.Signalling: {-2000, 12000}}
		var lag [3]int64
		for s, between := range skew {
			lag[s] = rapid.Int64Range(between[0], between[1]).Draw(t, "lag")
		}
		last := [3]int64{}
		at := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "clock")
		for range rapid.IntRange(1, 40).Draw(t, "presses") {
			at += rapid.Int64Range(320, 8000).Draw(t, "pause")
			length := rapid.Int64Range(320, 4000).Draw(t, "length")
			digit := rapid.SampledFrom([]byte(digits)).Draw(t, "digit")
			want = append(want, digit)
			for s := range events.Source(3) {
				if ways&(1<<s) == 0 {
					continue
				}
				start := at + lag[s]
				if s == events.Signalling {
					start = at + rapid.Int64Range(skew[s][0], skew[s][1]).Draw(t, "delay")
				} else {
					start += rapid.Int64Range(-160, 160).Draw(t, "jitter")
				}
				end := start + length
				if s == events.Signalling && rapid.Bool().Draw(t, "no length") {
					end = start
				}
				// A source keeps its order; a report cannot come before its press.
				last[s] = max(last[s], at+length, end) + rapid.Int64Range(1, 800).Draw(t, "way")
				wire = append(wire, told{events.Report{Source: s, Digit: digit, Start: start, End: end}, last[s]})
			}
			at += length
		}
		sort.SliceStable(wire, func(i, j int) bool { return wire[i].arrives < wire[j].arrives })
		var m events.Merge
		var got []byte
		for _, w := range wire {
			if m.Add(w.Report) {
				got = append(got, w.Digit)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("pressed %q, counted %q", want, got)
		}
	})
}

// TestMergeWhenSourcesMissPresses lets every source miss some presses that
// another tells: at the pace of fingers each is still counted once.
func TestMergeWhenSourcesMissPresses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m events.Merge
		var want, got []byte
		at := int64(0)
		for range rapid.IntRange(1, 30).Draw(t, "presses") {
			at += 2400 // 300 ms of tone and pause
			digit := rapid.SampledFrom([]byte("12")).Draw(t, "digit")
			ways := rapid.IntRange(1, 3).Draw(t, "sources")
			want = append(want, digit)
			for s := range events.Source(2) {
				if ways&(1<<s) == 0 {
					continue
				}
				start := at + rapid.Int64Range(-190, 190).Draw(t, "skew")
				if m.Add(events.Report{Source: s, Digit: digit, Start: start, End: start + 800}) {
					got = append(got, digit)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("pressed %q, counted %q", want, got)
		}
	})
}

func TestMergeLeakedSound(t *testing.T) {
	var m events.Merge
	for i, c := range []struct {
		r    events.Report
		want bool
	}{
		{events.Report{Source: events.Sound, Digit: '5', Start: 20, End: 340}, true},          // until the gateway mutes
		{events.Report{Source: events.Packets, Digit: '5', Start: 0, End: 3000}, false},       //
		{events.Report{Source: events.Sound, Digit: '5', Start: 2600, End: 3000}, false},      // until it sends no more
		{events.Report{Source: events.Packets, Digit: '5', Start: 3400, End: 4000}, true},     // another press
		{events.Report{Source: events.Sound, Digit: '5', Start: 3420, End: 3700}, false},      //
		{events.Report{Source: events.Signalling, Digit: '5', Start: 9000, End: 9000}, false}, // of the first, late
		{events.Report{Source: events.Signalling, Digit: '5', Start: 9900, End: 9900}, false}, // of the second
		{events.Report{Source: events.Signalling, Digit: '5', Start: 10000, End: 10000}, true},
		{events.Report{Source: events.Signalling, Digit: '6', Start: 10000, End: 10000}, true},
		{events.Report{Source: events.Signalling, Digit: 'x'}, false},
		{events.Report{Source: 9, Digit: '1'}, false},
	} {
		if got := m.Add(c.r); got != c.want {
			t.Errorf("report %d %+v: new %v", i, c.r, got)
		}
	}
}

func TestSourcesHaveTheExchangesNames(t *testing.T) {
	for s, name := range map[events.Source]string{events.Packets: "rfc4733", events.Sound: "inband", events.Signalling: "info"} {
		if got, ok := events.SourceNamed(name); !ok || got != s || s.String() != name {
			t.Errorf("%q is %v", name, got)
		}
	}
	if _, ok := events.SourceNamed("telepathy"); ok {
		t.Error("a source nobody has")
	}
}

func TestMergeAllocatesNothing(t *testing.T) {
	var m events.Merge
	at := int64(0)
	if n := testing.AllocsPerRun(100, func() {
		at += 1000
		m.Add(events.Report{Source: events.Sound, Digit: '1', Start: at, End: at + 400})
	}); n != 0 {
		t.Errorf("%v allocations a report", n)
	}
}

func ExampleMerge() {
	var m events.Merge // one for each leg
	for _, r := range []events.Report{
		{Source: events.Sound, Digit: '1', Start: 830, End: 1400},
		{Source: events.Packets, Digit: '1', Start: 800, End: 1360},
		{Source: events.Packets, Digit: '1', Start: 2000, End: 2560}, // pressed again
		{Source: events.Signalling, Digit: '1', Start: 3000, End: 3000},
		{Source: events.Sound, Digit: '1', Start: 2030, End: 2600},
		{Source: events.Signalling, Digit: '1', Start: 4100, End: 4100},
	} {
		if m.Add(r) {
			fmt.Printf("%c by %v\n", r.Digit, r.Source)
		}
	}
	// Output:
	// 1 by inband
	// 1 by rfc4733
}
