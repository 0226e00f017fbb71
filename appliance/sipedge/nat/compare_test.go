package nat_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/nat"
)

func codes(list []nat.Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, string(f.Code))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// RFC 3261 §8.2.6.2: a response repeats Via, From, Call-ID as they were; §10.3: and a registrar the Contact.
func TestCompare_RFC3261_8_2_6_2(t *testing.T) {
	sent := nat.Sent{
		Via: "192.168.1.10:5060", Branch: "z9hG4bKa", CallID: "c1", FromTag: "t1", Contact: "192.168.1.10:5060", Sound: "192.168.1.10",
	}
	back := func(change func(*nat.Back)) nat.Back {
		b := nat.Back{
			Via: "192.168.1.10", Branch: "z9hG4bKa", CallID: "c1", FromTag: "t1",
			Contacts: []string{"198.51.100.1:5060", "192.168.1.10:5060"}, Sound: "192.168.1.10", Declared: 10, Body: 10,
		}
		change(&b)
		return b
	}
	for want, change := range map[string]func(*nat.Back){
		"":            func(*nat.Back) {},
		"alg.via":     func(b *nat.Back) { b.Via = "203.0.113.7:61000" },
		"alg.branch":  func(b *nat.Back) { b.Branch = "z9hG4bKb" },
		"alg.call-id": func(b *nat.Back) { b.CallID = "c1@203.0.113.7" },
		"alg.contact": func(b *nat.Back) { b.Contacts = []string{"203.0.113.7:61000"} },
		"alg.from-tag": func(b *nat.Back) {
			b.FromTag = "t2"
		},
		"alg.sdp":             func(b *nat.Back) { b.Sound = "203.0.113.7" },
		"alg.length":          func(b *nat.Back) { b.Body = 12 },
		"alg.contact alg.via": func(b *nat.Back) { b.Via, b.Contacts = "203.0.113.7:1", []string{"203.0.113.7:1"} },
	} {
		got := nat.Compare(sent, back(change))
		if codes(got) != want {
			t.Errorf("%s, want %s", codes(got), want)
		}
		for _, f := range got {
			if f.Sentence == "" || f.Remedy == "" || f.Evidence == "" || f.Grade == "" {
				t.Errorf("%+v", f)
			}
		}
	}
	// A peer that repeats less is not blamed for that.
	if got := nat.Compare(sent, nat.Back{Declared: -1}); len(got) > 0 {
		t.Errorf("%v", got)
	}
	evil := strings.Repeat("x", 500) + "\r\n0612345678@"
	for _, f := range nat.Compare(sent, nat.Back{Via: evil, Declared: -1}) {
		if len(f.Evidence) > 200 || strings.ContainsAny(f.Evidence, "\r\n@") {
			t.Errorf("%q", f.Evidence)
		}
	}
}

func TestInspect(t *testing.T) {
	src := netip.MustParseAddrPort("203.0.113.7:40000")
	lan := netip.MustParseAddrPort("192.168.1.20:5060")
	for _, c := range []struct {
		what string
		came nat.Came
		want string
	}{
		{"a phone on the LAN", nat.Came{Source: lan, Via: "192.168.1.20:5060", Contact: "192.168.1.20", Declared: -1}, ""},
		{"a phone behind a router", nat.Came{Source: src, Via: "10.0.0.5:5060", Contact: "10.0.0.5:5060", Declared: -1}, "nat.phone"},
		{"behind another router of the site", nat.Came{Source: lan, Via: "10.0.0.5:5060", Contact: "10.0.0.5:5060", Declared: -1}, "nat.phone"},
		{"carrier-grade NAT", nat.Came{Source: src, Via: "100.70.0.1", Contact: "100.70.0.1", Declared: -1}, "nat.phone"},
		{"only Via rewritten", nat.Came{Source: src, Via: "203.0.113.7:40000", Contact: "10.0.0.5:5060", Declared: -1}, "alg.phone"},
		{"only Contact rewritten", nat.Came{Source: src, Via: "10.0.0.5:5060", Contact: "203.0.113.7:40000", Declared: -1}, "alg.phone"},
		{"c= forgotten", nat.Came{Source: src, Via: "203.0.113.7", Contact: "203.0.113.7", Origin: "203.0.113.7", Sound: "10.0.0.5", Declared: -1}, "alg.phone"},
		{"o= forgotten", nat.Came{Source: src, Via: "203.0.113.7", Contact: "203.0.113.7", Origin: "10.0.0.5", Sound: "203.0.113.7", Declared: -1}, "alg.phone"},
		{"all rewritten: nobody can tell, and all is well", nat.Came{Source: src, Via: "203.0.113.7", Contact: "203.0.113.7:40000", Declared: -1}, ""},
		{"a body cut off", nat.Came{Source: lan, Via: "192.168.1.20", Declared: 200, Body: 180}, "alg.length"},
		{"names are no addresses", nat.Came{Source: src, Via: "phone.local", Contact: "df7jal23ls0d.invalid", Declared: -1}, ""},
		{"RFC 7118 §5: a browser", nat.Came{Transport: flow.WSS, Source: src, Via: "df7jal23ls0d.invalid", Contact: "10.1.1.1", Declared: -1}, ""},
		{"hold the old way: c=0.0.0.0", nat.Came{Source: lan, Via: "192.168.1.20", Contact: "192.168.1.20", Sound: "0.0.0.0", Declared: -1}, ""},
		{"a connection through a router", nat.Came{Transport: flow.TCP, Source: src, Via: "10.0.0.5:51000", Contact: "10.0.0.5:51000", Declared: -1}, "nat.phone"},
		{"IPv6, written in another way", nat.Came{Source: netip.MustParseAddrPort("[2001:db8::1]:5060"), Via: "[2001:DB8:0::1]:5060", Contact: "[2001:db8::1]", Declared: -1}, ""},
	} {
		if got := codes(nat.Inspect(c.came)); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// RFC 3581 §4: received and rport tell where the box is seen.
func TestOutside_RFC3581_4(t *testing.T) {
	var o nat.Outside
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	own := netip.MustParseAddrPort("192.168.1.10:5060")
	at := func(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
	if o.Seen(now, "a", own, own) || len(o.Findings(now)) > 0 {
		t.Error("no router, no finding")
	}
	if !o.Seen(now, "a", own, at("203.0.113.7:61000")) || codes(o.Findings(now)) != "nat.address-changes nat.box" {
		t.Error(codes(o.Findings(now)))
	}
	if o.Seen(now, "a", own, at("203.0.113.7:61000")) {
		t.Error("the same mapping")
	}
	if !o.Seen(now, "a", own, at("203.0.113.7:61001")) {
		t.Error("another port is another mapping")
	}
	if codes(o.Findings(now.Add(8*24*time.Hour))) != "nat.box" {
		t.Error("a change is told for a week")
	}
	o.Seen(now, "b", own, at("203.0.113.7:7000"))
	if got := codes(o.Findings(now.Add(8 * 24 * time.Hour))); got != "nat.box nat.symmetric" {
		t.Error(got)
	}
	if seen, ok := o.Address("b"); !ok || seen != at("203.0.113.7:7000") {
		t.Error(seen)
	}
	o.Forget(func(p string) bool { return p == "b" })
	if got := codes(o.Findings(now)); got != "nat.box" {
		t.Error(got)
	}
	for i := range 1000 {
		o.Seen(now, fmt.Sprint(i), own, own)
	}
	if _, ok := o.Address("999"); ok {
		t.Error("more carriers than are remembered")
	}
}
