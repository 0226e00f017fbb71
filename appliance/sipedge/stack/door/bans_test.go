package door

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"
)

const options = "OPTIONS sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9\r\n\r\n"

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// carriers admits a carrier's network, and bans after 3 strikes.
func carriers() Firewall {
	return Firewall{Admitted: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/28")}, Strikes: 3}
}

func spans(bans []Ban) []string {
	var out []string
	for _, b := range bans {
		out = append(out, fmt.Sprintf("%s %s %s %d", b.Addr, b.Reason, b.Until.Sub(b.Since), b.Count))
	}
	return out
}

func TestBansGrowAndAreForgottenAfterAQuietWeek(t *testing.T) {
	g, now := NewGuard(carriers()), time.Unix(1_800_000_000, 0)
	a := netip.MustParseAddr("203.0.113.5")
	crack := func() {
		for range 2 { // a wrong password counts double, and Strikes is 3
			g.Strike(a, ReasonPassword, now)
		}
	}
	for _, want := range []string{"10m0s 1", "1h0m0s 2", "24h0m0s 3", "24h0m0s 4"} {
		crack()
		equal(t, "bans", spans(g.Bans(now)), []string{"203.0.113.5 password " + want})
		now = now.Add(24*time.Hour + time.Minute)
		equal(t, "bans when it is over", g.Bans(now), []Ban(nil))
	}
	now = now.Add(banQuiet)
	crack()
	equal(t, "after a quiet week", spans(g.Bans(now)), []string{"203.0.113.5 password 10m0s 1"})

	equal(t, "there was a ban", g.Unban(a, now), true)
	equal(t, "and now there is none", g.Unban(a, now), false)
	crack()
	equal(t, "undone means forgotten", spans(g.Bans(now)), []string{"203.0.113.5 password 10m0s 1"})
}

func TestBansOutliveARestart(t *testing.T) {
	g, now := NewGuard(carriers()), time.Unix(1_800_000_000, 0)
	a := netip.MustParseAddr("203.0.113.5")
	g.Ban(a, time.Hour, now)
	data, err := json.Marshal(g.Record(now))
	if err != nil {
		t.Fatal(err)
	}
	var list []Ban
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	s := NewGuard(carriers())
	bad := []Ban{{}, {Addr: a, Count: 1, Since: now.Add(time.Hour)}, {Addr: a, Since: now}, {Addr: a, Count: 1, Until: now.AddDate(9, 0, 0)}}
	s.Restore(append(bad, list...), now)
	equal(t, "bans", spans(s.Bans(now)), []string{"203.0.113.5 operator 1h0m0s 1"})
	s.Strike(a, ReasonPassword, now)
	s.Restore([]Ban{{a, ReasonScanner, now, now.Add(time.Minute), 9}}, now)
	equal(t, "what is known wins", spans(s.Bans(now)), []string{"203.0.113.5 operator 1h0m0s 1"})
}

func TestBanListIsBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := make(banList)
	for i := range maxBans + 100 {
		l.add(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), ReasonGarbage, now.Add(time.Duration(i)*time.Second), time.Minute)
	}
	equal(t, "length", len(l), maxBans)
	if _, still := l[netip.AddrFrom4([4]byte{10, 0, 0, 0})]; still {
		t.Error("the one that ended first is still there")
	}
}

// Who has one address of an IPv6 network has 2**64.
func TestIPv6IsBannedByNetwork(t *testing.T) {
	g, now := NewGuard(Firewall{
		Admitted: []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")}, Trusted: []netip.Prefix{netip.MustParsePrefix("2001:db8:9::/48")},
		Strikes: 4,
	}), time.Unix(1_800_000_000, 0)
	g.Strike(netip.MustParseAddr("2001:db8:1::1"), ReasonPassword, now)
	g.Strike(netip.MustParseAddr("2001:db8:1::2"), ReasonPassword, now)
	g.Strike(netip.MustParseAddr("2001:db8:9::1"), ReasonPassword, now)
	g.Strike(netip.MustParseAddr("2001:db8:9::1"), ReasonPassword, now)
	equal(t, "bans", spans(g.Bans(now)), []string{"2001:db8:1:: password 10m0s 1"})
	equal(t, "another of them", g.Look(netip.MustParseAddr("2001:db8:1::77"), []byte(options), 1000, now), DropBanned)
	equal(t, "the site", g.Look(netip.MustParseAddr("2001:db8:9::1"), []byte(options), 1000, now), Passed)
	equal(t, "undone", g.Unban(netip.MustParseAddr("2001:db8:1::3"), now), true)
}

// An address that was written down in its IPv6 form is the same address: the newer ban stays.
func TestRestoreKnowsAnAddressInBothForms(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	g := NewGuard(Firewall{Admitted: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}})
	a := netip.MustParseAddr("198.51.100.7")
	g.Restore([]Ban{{a, ReasonPassword, now, now.Add(time.Hour), 3}}, now)
	g.Restore([]Ban{{netip.AddrFrom16(a.As16()), ReasonGarbage, now, now.Add(time.Minute), 1}}, now)
	if list := g.Bans(now); len(list) != 1 || list[0].Addr != a || list[0].Reason != ReasonPassword || list[0].Count != 3 {
		t.Errorf("%+v", list)
	}
}
