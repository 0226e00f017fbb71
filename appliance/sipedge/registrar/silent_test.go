package registrar

import (
	"fmt"
	"testing"
	"time"

	"autocom/appliance/sipedge/leg"
)

// A device that answers no keep-alive is not rung and does not count, until it is heard.
func TestSuspendedDeviceIsNotRung(t *testing.T) {
	var told []string
	r := New(func(x Reachable) { told = append(told, fmt.Sprint(x.Extension, " ", x.Contacts)) })
	heard := func(want ...string) {
		t.Helper()
		if fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("the exchange heard %v, want %v", told, want)
		}
		told = nil
	}
	now, cseq := start(), uint32(0)
	register := func(contact string) {
		cseq++
		q := Register{Extension: "201", Contacts: []Asked{{URI: contact, Expires: 600}}, Expires: -1, CallID: "c", CSeq: cseq, Flow: leg.Flow{}}
		if ans := r.Register(now, q); ans.Status != 200 {
			t.Fatal(ans.Status)
		}
	}
	register("sip:a@x")
	register("sip:b@x")
	heard("201 1", "201 2")
	r.Suspend("201", "sip:a@x")
	heard("201 1")
	r.Suspend("201", "sip:a@x") // already
	r.Suspend("201", "sip:c@x") // nobody
	r.Suspend("999", "sip:a@x")
	heard()
	if list := r.Lookup(now, "201"); len(list) != 1 || list[0].Contact != "sip:b@x" {
		t.Errorf("%v", list)
	}
	r.Suspend("201", "sip:b@x")
	heard("201 0")
	if list := r.Lookup(now, "201"); len(list) != 0 {
		t.Errorf("%v", list)
	}
	if list := r.Snapshot()["201"]; len(list) != 2 || !list[0].Silent {
		t.Errorf("still registered: %v", list)
	}
	r.Resume("201", "sip:b@x")
	heard("201 1")
	register("sip:a@x") // its REGISTER wakes it
	heard("201 2")
	r.Suspend("201", "sip:a@x")
	heard("201 1")

	// A core that takes over asks again itself.
	next := New(func(x Reachable) { told = append(told, fmt.Sprint(x.Extension, " ", x.Contacts)) })
	next.Restore(now, r.Snapshot())
	heard("201 2")

	// The end of a silent one changes nothing for the exchange; the end of the last does.
	r.Suspend("201", "sip:b@x")
	heard("201 0")
	r.Expire(now.Add(time.Hour))
	heard()
}
