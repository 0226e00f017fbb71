package central

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func TestTriesOfClaimsAreCounted(t *testing.T) {
	d := newDoors()
	at := time.UnixMilli(1_795_435_200_000)
	here := netip.MustParseAddr("192.0.2.1")
	for n := range 12 {
		if got, want := d.try(here, at), n < triesHere; got != want {
			t.Errorf("try %d: %v, want %v", n, got, want)
		}
	}
	if d.try(netip.MustParseAddr("::ffff:192.0.2.1"), at) {
		t.Error("the same address in another form may try")
	}
	if !d.try(netip.MustParseAddr("192.0.2.2"), at) {
		t.Error("another address may not")
	}
	if !d.try(here, at.Add(tryHere)) || d.try(here, at.Add(tryHere)) {
		t.Error("a minute later there is one try")
	}
	d.giveBack(here)
	if !d.try(here, at.Add(tryHere)) {
		t.Error("a try that succeeded counts")
	}

	six := func(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n)) }
	for n := range triesHere {
		d.try(six(n+1), at)
	}
	if d.try(six(99), at) {
		t.Error("an address of the same /64 may try")
	}
}

func TestTriesFromManyAddressesAreCountedTogetherInBoundedMemory(t *testing.T) {
	d := newDoors()
	at := time.UnixMilli(1_795_435_200_000)
	passed := 0
	for n := range 3 * mostDoors {
		if d.try(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), at) {
			passed++
		}
		if len(d.here) > mostDoors {
			t.Fatalf("%d addresses are remembered", len(d.here))
		}
	}
	if passed != triesOverall {
		t.Errorf("%d tries passed, want %d", passed, triesOverall)
	}
	if !d.try(netip.MustParseAddr("10.255.255.255"), at.Add(tryOverall)) {
		t.Error("later there is none")
	}
	if !d.try(netip.Addr{}, at.Add(time.Hour)) {
		t.Error("no address at all")
	}
}
