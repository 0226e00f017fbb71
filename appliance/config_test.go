package appliance

import (
	"net/netip"
	"testing"
	"time"

	"autocom/appliance/sipedge/stack/door"
	"autocom/appliance/site"
)

func exampleSite(t *testing.T) *site.Document {
	t.Helper()
	doc, err := site.ReadFile("../site.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Carriers are let in and may be banned; phones are let in and may not; nobody else gets in.
func TestWhoIsLetIn(t *testing.T) {
	doc := exampleSite(t)
	doc.Network.Remote = []string{"203.0.113.0/24"}
	trusted, admitted := networks(doc)
	within := func(list []netip.Prefix, a string) bool {
		for _, p := range list {
			if p.Contains(netip.MustParseAddr(a)) {
				return true
			}
		}
		return false
	}
	if !within(trusted, "192.168.1.20") || within(trusted, "198.51.100.10") || !within(admitted, "198.51.100.10") || within(admitted, "198.51.100.11") {
		t.Fatalf("trusted %v, admitted %v", trusted, admitted)
	}
	if within(trusted, "203.0.113.7") || !within(admitted, "203.0.113.7") {
		t.Fatalf("phones outside the branch are let in, and may be banned: trusted %v, admitted %v", trusted, admitted)
	}
	if prefixOf("nonsense").Contains(netip.MustParseAddr("192.0.2.1")) {
		t.Fatal("nonsense lets somebody in")
	}
}

func TestAdvertisedAddress(t *testing.T) {
	doc := exampleSite(t)
	doc.Network.Advertised = "192.0.2.7"
	if a, err := advertised(doc); err != nil || a.String() != "192.0.2.7" {
		t.Fatalf("got %v, %v", a, err)
	}
	doc.Network.Advertised, doc.Network.SIP = "", "127.0.0.9:5060"
	if a, err := advertised(doc); err != nil || a.String() != "127.0.0.9" {
		t.Fatalf("got %v, %v", a, err)
	}
	doc.Network.SIP = "0.0.0.0:5060"
	if a, err := advertised(doc); err != nil || a.IsUnspecified() {
		t.Fatalf("phones would be told %v, %v", a, err)
	}
}

// Every phone of a site comes back in the same instant after a power cut, and is told to come again with its password; none is turned away, and
// there is room for calls.
func TestNoPhoneIsTurnedAwayAfterAPowerCut(t *testing.T) {
	for _, phones := range []int{1, 20, 500, 2000} {
		doc := exampleSite(t)
		doc.Extensions = make([]site.Extension, phones)
		cfg := edgeConfig(doc).Stack
		gate, now := door.NewTurnstile(cfg.Intake.Work, cfg.Invites), time.Now()
		for _, class := range []door.Class{door.Register, door.Refresh} {
			for i := range phones {
				if !gate.Pass(now, class, 2) {
					t.Fatalf("%d phones: the %s of number %d is turned away", phones, class, i+1)
				}
			}
		}
		if !gate.Pass(now, door.Call, 8) {
			t.Errorf("%d phones: nobody can call while they register", phones)
		}
	}
}

// 100 calls a second are let in for as long as they come, each with its INVITE, PRACK and BYE, while phones register again and ask for lamps; at
// ten times as many, most are turned away.
func TestHowManyCallsAreLetIn(t *testing.T) {
	for _, x := range []struct{ perSecond, least, most int }{{100, 100, 100}, {1000, 150, 250}} {
		doc := exampleSite(t)
		doc.Network.MaxCalls = 1000
		cfg := edgeConfig(doc).Stack
		gate, now := door.NewTurnstile(cfg.Intake.Work, cfg.Invites), time.Now()
		const seconds = 60
		in := 0
		for i := range seconds * x.perSecond {
			at := now.Add(time.Duration(i) * time.Second / time.Duration(x.perSecond))
			if gate.Pass(at, door.Call, 8) {
				gate.Pass(at, door.Dialog, 1)
				gate.Pass(at, door.Dialog, 1)
				in++
			}
			if i%10 == 0 && x.perSecond == 100 && (!gate.Pass(at, door.Refresh, 2) || !gate.Pass(at, door.Other, 2)) {
				t.Fatal("a phone is turned away")
			}
		}
		if in < x.least*seconds || in > x.most*seconds {
			t.Errorf("%d calls a second: %d of %d let in", x.perSecond, in, seconds*x.perSecond)
		}
	}
}
