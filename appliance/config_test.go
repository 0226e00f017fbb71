package appliance

import (
	"net/netip"
	"testing"

	"autocom/appliance/exchange/fact"
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

// A clean call rates above 90; one that lost a tenth is bad, and says so; a leg that heard nothing has no rating.
func TestRatingFollowsLoss(t *testing.T) {
	clean := rating(fact.LegQuality{Received: 1000, RoundTrip: 2000})
	bad := rating(fact.LegQuality{Received: 900, Lost: 100, RoundTrip: 2000})
	if clean < 900 || bad >= clean-200 || rating(fact.LegQuality{Sent: 10}) != 0 {
		t.Fatalf("clean %d, bad %d", clean, bad)
	}
}
