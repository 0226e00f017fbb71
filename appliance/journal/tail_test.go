package journal

import (
	"testing"

	"autocom/appliance/exchange/fact"

	"pgregory.net/rapid"
)

// TestTailProperty drives the memory end of the journal with any order of appends, commits, failed commits and overruns: every address is
// there once, as a fact or inside one hole, in order, in what was committed followed by what is in memory; and memory stays within its bound.
func TestTailProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := tail{keep: rapid.IntRange(0, 8).Draw(t, "keep"), most: rapid.IntRange(2, 20).Draw(t, "most")}
		var log, flying []fact.Entry
		last := fact.Address{Stream: stream, Epoch: 1}
		lost := 0
		follower := fact.Address{Stream: stream, Epoch: 1}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				for range rapid.IntRange(1, 10).Draw(t, "n") {
					last.N++
					lost += tl.add(fact.Entry{Address: last, Fact: fact.LegRinging{}}, "full")
				}
			},
			"take": func(t *rapid.T) {
				if flying == nil {
					flying = tl.take(rapid.IntRange(1, 30).Draw(t, "n"))
				}
			},
			"landed": func(t *rapid.T) {
				ok := rapid.Bool().Draw(t, "ok")
				tl.landed(ok)
				if ok {
					log = append(log, flying...)
				}
				flying = nil
			},
			"follow": func(t *rapid.T) {
				found, covered := tl.after(follower, rapid.IntRange(1, 5).Draw(t, "n"))
				if !covered {
					for _, e := range log { // what the file would give
						if follower.Before(e.Address) {
							follower = e.Address
						}
					}
					if follower.Before(tl.base) {
						t.Fatalf("memory begins after %v, the file ends at %v", tl.base, follower)
					}
				}
				for _, e := range found {
					if !follower.Before(e.Address) {
						t.Fatalf("%v after %v", e.Address, follower)
					}
					follower = e.Address
				}
			},
			"": func(t *rapid.T) {
				if tl.done > tl.keep || tl.waiting() > tl.most {
					t.Fatalf("%d done, %d waiting, %d in flight", tl.done, tl.waiting(), tl.flight)
				}
				all := append(append([]fact.Entry{}, log...), tl.entries[tl.done:]...)
				var reached uint64
				holes := 0
				for _, e := range all {
					if e.Address.N != reached+1 {
						t.Fatalf("%v after %d", e.Address, reached)
					}
					if hole, is := e.Fact.(fact.FactsLost); is {
						holes += int(hole.To.N - hole.From.N + 1)
						if hole.From != e.Address {
							t.Fatalf("hole %v at %v", hole, e.Address)
						}
					}
					reached = reach(e).N
				}
				if reached != last.N || holes != lost {
					t.Fatalf("reached %d of %d; %d told lost, %d counted", reached, last.N, holes, lost)
				}
			},
		})
	})
}

func TestStartDecidesTheEpoch(t *testing.T) {
	at := func(epoch uint32, n uint64) fact.Address { return fact.Address{Stream: stream, Epoch: epoch, N: n} }
	zero := fact.Address{Stream: stream}
	for _, c := range []struct {
		name    string
		mark    epochMark
		found   bool
		last    fact.Address
		noted   uint32
		atLeast uint32
		want    Start
		hole    *fact.FactsLost
	}{
		{name: "new", last: zero, want: Start{Epoch: 1, Clean: true}},
		{name: "new, the cloud knows more", last: zero, atLeast: 5, want: Start{Epoch: 5, Cause: causeAsked}},
		{name: "clean", mark: epochMark{Epoch: 3, Clean: true, Last: at(3, 9)}, found: true, last: at(3, 9), noted: 3, want: Start{Epoch: 3, Clean: true}},
		{name: "clean and empty", mark: epochMark{Epoch: 1, Clean: true, Last: zero}, found: true, last: zero, noted: 1, want: Start{Epoch: 1, Clean: true}},
		{
			name: "clean, but the cloud knows more", mark: epochMark{Epoch: 3, Clean: true, Last: at(3, 9)}, found: true, last: at(3, 9), atLeast: 8,
			want: Start{Epoch: 8, Cause: causeAsked},
		},
		{
			name: "unclean", mark: epochMark{Epoch: 3}, found: true, last: at(3, 9), noted: 3,
			want: Start{Epoch: 4, Cause: causeUnclean}, hole: &fact.FactsLost{From: at(3, 10), To: at(4, 0), Cause: causeUnclean},
		},
		{
			name: "unclean before anything was written in the epoch", mark: epochMark{Epoch: 4}, found: true, last: at(3, 9), noted: 4,
			want: Start{Epoch: 5, Cause: causeUnclean}, hole: &fact.FactsLost{From: at(3, 10), To: at(5, 0), Cause: causeUnclean},
		},
		{
			name: "database restored", mark: epochMark{Epoch: 3, Clean: true, Last: at(3, 9)}, found: true, last: at(2, 7), noted: 2,
			want: Start{Epoch: 4, Cause: causeRestored}, hole: &fact.FactsLost{From: at(2, 8), To: at(3, 9), Cause: causeRestored},
		},
		{
			name: "epoch file restored", mark: epochMark{Epoch: 3, Clean: true, Last: at(3, 9)}, found: true, last: at(5, 7), noted: 5,
			want: Start{Epoch: 6, Cause: causeRestored}, hole: &fact.FactsLost{From: at(5, 8), To: at(6, 0), Cause: causeRestored},
		},
		{
			name: "epoch file restored within the epoch", mark: epochMark{Epoch: 3, Clean: true, Last: at(3, 9)}, found: true, last: at(3, 12), noted: 3,
			want: Start{Epoch: 4, Cause: causeRestored}, hole: &fact.FactsLost{From: at(3, 13), To: at(4, 0), Cause: causeRestored},
		},
		{
			name: "the database knows of a later epoch in which nothing was written", mark: epochMark{Epoch: 3, Clean: true, Last: at(3, 9)}, found: true, last: at(3, 9), noted: 6,
			want: Start{Epoch: 7, Cause: causeRestored}, hole: &fact.FactsLost{From: at(3, 10), To: at(7, 0), Cause: causeRestored},
		},
		{
			name: "database gone", mark: epochMark{Epoch: 3, Clean: true, Last: at(3, 9)}, found: true, last: zero,
			want: Start{Epoch: 4, Cause: causeNoFile}, hole: &fact.FactsLost{From: at(1, 1), To: at(3, 9), Cause: causeNoFile},
		},
		{
			name: "epoch file gone", last: at(3, 9), noted: 3,
			want: Start{Epoch: 3 + lostEpochStep + 1, Cause: causeNoEpoch}, hole: &fact.FactsLost{From: at(3, 10), To: at(3+lostEpochStep+1, 0), Cause: causeNoEpoch},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, hole, err := start(stream, c.mark, c.found, c.last, c.noted, c.atLeast)
			if err != nil || got != c.want || (hole == nil) != (c.hole == nil) || hole != nil && *hole != *c.hole {
				t.Errorf("%+v, hole %+v, %v; want %+v, hole %+v", got, hole, err, c.want, c.hole)
			}
		})
	}
	if _, _, err := start(stream, epochMark{Epoch: mostEpoch}, true, at(mostEpoch, 1), 0, 0); err == nil {
		t.Error("epochs beyond the range")
	}
}

func TestAddressesKeepTheirOrderAsKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) fact.Address {
			return fact.Address{
				Stream: stream, Epoch: rapid.Uint32Range(1, mostEpoch).Draw(t, label+" epoch"), N: rapid.Uint64Range(0, mostNumber).Draw(t, label+" n"),
			}
		}
		a, b := draw("a"), draw("b")
		if a.Before(b) != (rowID(a) < rowID(b)) || addressOf(stream, rowID(a)) != a {
			t.Fatalf("%v %v", a, b)
		}
	})
}
