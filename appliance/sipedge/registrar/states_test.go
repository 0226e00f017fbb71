package registrar

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/statepage"
)

//go:generate go test -run ^TestStatesAreWrittenDown$ -update .

// table is one extension and what has been told of it.
type table struct {
	*Registrar
	now  time.Time
	told []string
}

func newTable() *table {
	x := &table{now: start()}
	x.Registrar = New(func(r Reachable) { x.told = append(x.told, fmt.Sprintf("%d reachable", r.Contacts)) })
	return x
}

// stream is the connection of device n.
func stream(n int) leg.Flow {
	return leg.Flow{
		Transport: flow.WSS, Local: netip.MustParseAddrPort("192.0.2.1:443"),
		Remote: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.20"), uint16(40000+n)),
	}
}

// put registers device n for s seconds; -1 asks only.
func (x *table) put(n, s int, cseq uint32) Answer {
	q := Register{Extension: "201", Expires: -1, CallID: fmt.Sprint("c", n), CSeq: cseq, Flow: stream(n), FirstHop: true}
	if s >= 0 {
		q.Contacts = []Asked{{URI: fmt.Sprintf("sip:d%d@x", n), Expires: s}}
	}
	return x.Register(x.now, q)
}

// states are what an extension can be in; each is reached by what makes it.
func states() []struct {
	name string
	make func(*table)
} {
	return []struct {
		name string
		make func(*table)
	}{
		{"nobody", func(*table) {}},
		{"one device", func(x *table) { x.put(1, 100, 10) }},
		{"several devices", func(x *table) { x.put(2, 110, 10); x.put(1, 100, 10) }},
		{"full", func(x *table) {
			for n := MaxContacts; n >= 1; n-- {
				x.put(n, 100, 10)
			}
		}},
		{"run out, not swept yet", func(x *table) { x.put(1, 60, 10); x.now = x.now.Add(61 * time.Second) }},
		{"silent", func(x *table) { x.put(1, 100, 10); x.Suspend("201", "sip:d1@x") }},
	}
}

// inputs are all that can happen to it. Device 1 is the one that acts, device 77 a new one.
func inputs() []struct {
	name string
	do   func(*table) string
} {
	status := func(a Answer) string {
		s := fmt.Sprint(a.Status)
		if a.Status == 200 {
			s += fmt.Sprintf(", lists %d", len(a.Contacts))
		}
		return s
	}
	return []struct {
		name string
		do   func(*table) string
	}{
		{"a new device registers", func(x *table) string { return status(x.put(77, 100, 1)) }},
		{"device 1 registers or refreshes", func(x *table) string { return status(x.put(1, 100, 11)) }},
		{"the same REGISTER again, as another request", func(x *table) string { return status(x.put(1, 100, 10)) }},
		{"an older CSeq", func(x *table) string { return status(x.put(1, 100, 9)) }},
		{"device 1 leaves (expires 0)", func(x *table) string { return status(x.put(1, 0, 11)) }},
		{"all leave (Contact: *)", func(x *table) string {
			return status(x.Register(x.now, Register{Extension: "201", All: true, CallID: "c1", CSeq: 11}))
		}},
		{"Contact: * with an expiry", func(x *table) string {
			return status(x.Register(x.now, Register{Extension: "201", All: true, Expires: 60, CallID: "c1", CSeq: 11}))
		}},
		{"Contact: * with an older CSeq", func(x *table) string {
			return status(x.Register(x.now, Register{Extension: "201", All: true, CallID: "c1", CSeq: 9}))
		}},
		{"too brief (59 s)", func(x *table) string { return status(x.put(1, 59, 11)) }},
		{"who is there? (no Contact)", func(x *table) string { return status(x.put(1, -1, 11)) }},
		{"reg-id without an instance", func(x *table) string {
			return status(x.Register(x.now, Register{
				Extension: "201", Expires: 100, CallID: "o", CSeq: 1, FirstHop: true, Flow: stream(77),
				Contacts: []Asked{{URI: "sip:o@x", Expires: -1, RegID: 1}},
			}))
		}},
		{"reg-id through a proxy that does not know it", func(x *table) string {
			return status(x.Register(x.now, Register{
				Extension: "201", Expires: 100, CallID: "o", CSeq: 1, Flow: stream(77),
				Contacts: []Asked{{URI: "sip:o@x", Expires: -1, RegID: 1, Instance: "<urn:uuid:1>"}},
			}))
		}},
		{"the connection of device 1 breaks", func(x *table) string { x.FlowClosed(stream(1)); return "-" }},
		{"another connection breaks", func(x *table) string { x.FlowClosed(stream(78)); return "-" }},
		{"device 1 answers no keep-alive", func(x *table) string { x.Suspend("201", "sip:d1@x"); return "-" }},
		{"device 1 answers again", func(x *table) string { x.Resume("201", "sip:d1@x"); return "-" }},
		{"a second passes", func(x *table) string { x.now = x.now.Add(time.Second); x.Expire(x.now); return "-" }},
		{"105 seconds pass", func(x *table) string { x.now = x.now.Add(105 * time.Second); x.Expire(x.now); return "-" }},
		{"the core restarts", func(x *table) string {
			m := x.Snapshot()
			x.Registrar = New(func(r Reachable) { x.told = append(x.told, fmt.Sprintf("%d reachable", r.Contacts)) })
			x.Restore(x.now, m)
			return "-"
		}},
		{"the extension is deleted", func(x *table) string { x.Keep(func(string) bool { return false }); return "-" }},
	}
}

// TestStatesAreWrittenDown runs every input in every state and holds docs/registrar-states.md to what happens.
func TestStatesAreWrittenDown(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The states of a registration\n\n" +
		"One extension: every state, and all that can happen to it. This page is printed by `go generate ./appliance/sipedge/registrar` from\n" +
		"the registrar itself: each cell was run. *answer* is the status of the REGISTER; *devices* are those that can be rung afterwards; *told* is what the exchange hears.\n")
	for _, in := range inputs() {
		fmt.Fprintf(&b, "\n## %s\n\n| state | answer | devices | told |\n|---|---|---|---|\n", in.name)
		for _, s := range states() {
			x := newTable()
			s.make(x)
			x.told = nil
			answer := in.do(x)
			told := strings.Join(x.told, ", ")
			if told == "" {
				told = "nothing"
			}
			list := x.Lookup(x.now, "201")
			fmt.Fprintf(&b, "| %s | %s | %d | %s |\n", s.name, answer, len(list), told)
			for _, d := range list {
				if !x.now.Before(d.Expires) {
					t.Errorf("%s, %s: %s ran out and is rung", s.name, in.name, d.Contact)
				}
			}
			if kept := len(x.Snapshot()["201"]); kept > MaxContacts {
				t.Errorf("%s, %s: %d bindings", s.name, in.name, kept)
			}
		}
	}
	statepage.Golden(t, filepath.Join("..", "..", "..", "docs", "registrar-states.md"), b.String())
}

// register registers a flow of a device that keeps several.
func (x *table) outbound(n, regID int, instance, callID string, cseq uint32) Answer {
	return x.Register(x.now, Register{
		Extension: "201", Expires: 100, CallID: callID, CSeq: cseq, FirstHop: true, Flow: stream(n),
		Contacts: []Asked{{URI: fmt.Sprintf("sip:d%d@x", n), Expires: -1, Instance: instance, RegID: regID}},
	})
}

func TestADeviceKeepsSeveralFlows_RFC5626_6(t *testing.T) {
	x := newTable()
	if a := x.outbound(1, 1, "<urn:uuid:1>", "a", 1); a.Status != 200 || !a.Outbound {
		t.Fatalf("%+v", a)
	}
	x.now = x.now.Add(time.Second)
	x.outbound(2, 2, "<urn:uuid:1>", "b", 1)
	if n := len(x.Snapshot()["201"]); n != 2 {
		t.Errorf("%d bindings", n)
	}
	if l := x.Lookup(x.now, "201"); len(l) != 1 || l[0].RegID != 2 {
		t.Errorf("it would ring twice: %+v", l)
	}
	// The phone was restarted: another connection, another Call-ID, the same flow.
	x.now = x.now.Add(time.Second)
	if a := x.outbound(3, 2, "<urn:uuid:1>", "c", 1); len(a.Contacts) != 2 {
		t.Errorf("%+v", a)
	}
	x.FlowClosed(stream(2)) // of before
	x.FlowClosed(stream(3))
	if l := x.Lookup(x.now, "201"); len(l) != 1 || l[0].RegID != 1 {
		t.Errorf("the other flow takes over: %+v", l)
	}
	if a := x.Register(x.now, Register{Extension: "201", Expires: 100, CallID: "d", CSeq: 1, FirstHop: true, Contacts: []Asked{
		{URI: "sip:1@x", Expires: -1, Instance: "<urn:uuid:2>", RegID: 1}, {URI: "sip:2@x", Expires: -1, Instance: "<urn:uuid:2>", RegID: 2},
	}}); a.Status != 400 {
		t.Errorf("two flows in one REGISTER: %+v", a)
	}
}

// A phone that was restarted has another port and another Call-ID, and is still the same phone.
func TestARestartedPhoneRingsOnce(t *testing.T) {
	x := newTable()
	x.outbound(1, 0, "<urn:uuid:1>", "a", 1)
	if a := x.outbound(2, 0, "<urn:uuid:1>", "b", 1); a.Outbound || len(a.Contacts) != 1 || a.Contacts[0].URI != "sip:d2@x" {
		t.Errorf("%+v", a)
	}
}

func TestPhonesThatCanBeCalledBackStay_RFC3261_18(t *testing.T) {
	for name, c := range map[string]struct {
		by      flow.Transport
		contact string
		regID   int
		stays   bool
	}{
		"TCP, its own address":              {flow.TCP, "sip:a@192.0.2.20:5062;transport=tcp", 0, true},
		"TLS, without a port":               {flow.TLS, "sips:192.0.2.20", 0, true},
		"TCP behind a router":               {flow.TCP, "sip:a@10.0.0.7:5062;transport=tcp", 0, false},
		"a browser":                         {flow.WSS, "sip:a@192.0.2.20", 0, false},
		"outbound: the flow is the binding": {flow.TCP, "sip:a@192.0.2.20:5062", 1, false},
		"UDP breaks never":                  {flow.UDP, "sip:a@192.0.2.20", 0, true},
	} {
		x, f := newTable(), stream(1)
		f.Transport = c.by
		x.Register(x.now, Register{
			Extension: "201", Expires: 100, CallID: "a", CSeq: 1, FirstHop: true, Flow: f,
			Contacts: []Asked{{URI: c.contact, Expires: -1, RegID: c.regID, Instance: map[int]string{1: "<urn:uuid:1>"}[c.regID]}},
		})
		x.FlowClosed(f)
		if got := len(x.Lookup(x.now, "201")) == 1; got != c.stays {
			t.Errorf("%s: stays %v", name, got)
		}
	}
}

func TestPathIsKept_RFC3327_5_3(t *testing.T) {
	x := newTable()
	q := ask("sip:a@x", 100, 1)
	q.Path = []string{"sip:p2@proxy;lr", "sip:p1@proxy;lr"}
	if a := x.Register(x.now, q); len(a.Path) != 2 {
		t.Errorf("%+v", a)
	}
	if l := x.Lookup(x.now, "201"); len(l) != 1 || len(l[0].Path) != 2 {
		t.Errorf("%+v", l)
	}
}
