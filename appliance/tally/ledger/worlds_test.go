package ledger_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/ledger"
)

// worlds is how many random worlds are counted: 1,200, or AUTOCOM_WORLDS (10,000 in CI, 100,000 in ci-full); fewer where time is short.
func worlds(t *testing.T) uint64 {
	t.Helper()
	n := uint64(1_200)
	if testing.Short() {
		n = 120
	}
	if text := os.Getenv("AUTOCOM_WORLDS"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 32); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// TestRandomWorldsBalance counts the days of the exchange's random worlds: whatever was received is what became of it, and nothing is in progress
// when the day is over.
func TestRandomWorldsBalance(t *testing.T) {
	n, shards := worlds(t), uint64(runtime.GOMAXPROCS(0))
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			for seed := shard; seed < n; seed += shards {
				worldBalances(t, seed)
			}
		})
	}
}

func worldBalances(t *testing.T, seed uint64) {
	t.Helper()
	w := exchangetest.New(seed)
	b, facts := ledger.New(ledger.DefaultRules()), uint64(0)
	w.Hear = func(at fact.Moment, f fact.Fact) {
		facts++
		b.Take(fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: facts}, At: at, Fact: f})
	}
	for range 250 {
		w.Move()
	}
	w.EndDay()
	if len(w.Problems) > 0 {
		t.Fatalf("seed %d: %v", seed, w.Problems)
	}
	if calls, _, _ := b.Open(); calls != 0 {
		t.Fatalf("seed %d: the day is over, and %d calls are open in its statistics", seed, calls)
	}
	rows := b.Rows(w.Moment())
	for _, r := range rows.Visits {
		if r.N.Received != r.N.Over() || r.N.InProgress != 0 || r.N.Other != 0 {
			t.Fatalf("seed %d: visits of %+v do not balance: %+v", seed, r.At, r.N)
		}
	}
	for _, r := range rows.Offers {
		if r.N.Made != r.N.Over() || r.N.InProgress != 0 {
			t.Fatalf("seed %d: offers of %+v do not balance: %+v", seed, r.At, r.N)
		}
	}
	for _, r := range rows.Calls {
		if r.N.Received != r.N.Over() || r.N.InProgress != 0 {
			t.Fatalf("seed %d: calls of %+v do not balance: %+v", seed, r.At, r.N)
		}
	}
}
