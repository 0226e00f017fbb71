package journal

import (
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
)

func benched(b *testing.B, o Options) *Journal {
	b.Helper()
	j, err := Open(b.Context(), b.TempDir(), stream, moment(0), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	})
	return j
}

var opened = fact.CallOpened{Call: "c-1-1234", Leg: "l-1-99", Flow: "inbound", Trunk: "carrier", Caller: "s0123456789abcdef0123", Dialled: "+33140506070", Revision: "4f2a11"}

// BenchmarkAppend is what the exchange's goroutine pays for a fact.
func BenchmarkAppend(b *testing.B) {
	j := benched(b, Options{})
	b.ReportAllocs()
	for b.Loop() {
		j.Append(moment(1), opened)
	}
}

// BenchmarkThroughput is facts on the disk, groups of 64.
func BenchmarkThroughput(b *testing.B) {
	j := benched(b, Options{})
	n := 0
	for b.Loop() {
		j.Append(moment(1), opened)
		if n++; n%4096 == 0 {
			if err := j.Sync(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := j.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "facts/s")
}

// BenchmarkCommitLatency is from Append until a lone fact is on the disk: the window and one commit.
func BenchmarkCommitLatency(b *testing.B) {
	j := benched(b, Options{})
	var took []time.Duration
	for b.Loop() {
		begin := time.Now()
		j.Append(moment(1), opened)
		if err := j.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkRead is a reader catching up, per fact.
func BenchmarkRead(b *testing.B) {
	j := benched(b, Options{})
	for range 10000 {
		j.Append(moment(1), opened)
	}
	if err := j.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	after, n := fact.Address{}, 0
	for b.Loop() {
		if n == 0 {
			got, err := j.Read(b.Context(), after, 256)
			if err != nil {
				b.Fatal(err)
			}
			if n, after = len(got), (fact.Address{}); n == 256 {
				after = got[n-1].Address
			}
		}
		n--
	}
}
