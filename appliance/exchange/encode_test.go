package exchange

import (
	"testing"
)

// TestResumedAtItsTime: prices and rules have dates, also in the first step after a restart.
func TestResumedAtItsTime(t *testing.T) {
	b := newBench(t)
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Restore(data)
	if err != nil {
		t.Fatal(err)
	}
	r.Resume(b.moment(), nil)
	if r.utc != b.moment().UTC {
		t.Fatalf("the exchange believes it is %d", r.utc)
	}
}
