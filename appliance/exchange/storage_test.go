package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

// A disk that fills up stops samples first, then every recording, with a reason people can read. It never stops a call.
func TestStorageStopsRecordingsInOrder(t *testing.T) {
	for _, c := range []struct {
		storage         Storage
		samples, demand bool
	}{
		{StoragePlenty, true, true},
		{StorageNoSamples, false, true},
		{StorageNoRecordings, false, false},
		{"another", false, false},
	} {
		b := newBench(t)
		b.step(StorageChanged{Storage: c.storage})
		none[HangUp](b)
		if got := b.s.roomToRecord(fact.Reason{Code: Sampled}); got != c.samples {
			t.Errorf("%q: samples %v, want %v", c.storage, got, c.samples)
		}
		b.fromExtension("i0", "202", "00612345678")
		up := ringOf(b)
		b.step(LegAnswered{Leg: up.Leg}) // the call goes through whatever the disk
		b.step(CallRecord{Request: 1, By: "agent:bob", Call: up.Call, On: true})
		r := effect[Reply](b)
		if (len(r.Refused) == 0) != c.demand {
			t.Errorf("%q: on demand %+v", c.storage, r)
		}
		if !c.demand && (r.Refused[0].Code != "disk.low" || r.Refused[0].Detail != string(c.storage)) {
			t.Errorf("%q: refused for %+v", c.storage, r.Refused)
		}
		// What is being recorded goes on when the disk fills up, and a restart keeps what is known of it.
		b.step(StorageChanged{Storage: StorageNoRecordings})
		none[StopRecording](b)
		raw, err := b.s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Restore(raw)
		if err != nil || again.storage != StorageNoRecordings {
			t.Errorf("%v, %q", err, again.storage)
		}
	}
}
