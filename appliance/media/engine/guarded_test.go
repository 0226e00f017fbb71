package engine

import (
	"net/netip"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
)

// What is rejected before the engine is counted, and is no sign of life.
func TestRejectedPacketsAreNoSignOfLife_RFC3711_3_3(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	for range 100 {
		b.e.Reject(b.slots["a"], Forged)
		b.e.Reject(b.slots["a"], Replayed)
		b.pass(200 * time.Millisecond)
		q.say(1)
	}
	b.e.Reject(-1, Forged)
	b.e.Reject(999, Forged)
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Forged != 100 || s.Replayed != 100 || s.Received != 1 || b.count(MediaLost) != 1 {
		t.Errorf("%d forged, %d replayed, %d received, %d times lost", s.Forged, s.Replayed, s.Received, b.count(MediaLost))
	}
}

func TestAdmitsAgreesWithPacket(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	slot := b.slots["a"]
	stranger := netip.MustParseAddrPort("192.0.2.66:9")
	near := netip.AddrPortFrom(p.at.Addr(), 9)
	for i, c := range []struct {
		from  netip.AddrPort
		after time.Duration
	}{{stranger, 0}, {p.at, 0}, {near, 0}, {p.at, 0}, {p.at, 0}, {p.at, 0}, {near, 0}, {stranger, 3 * time.Second}, {near, 0}, {near, 0}, {near, 0}, {p.at, 0}} {
		b.pass(c.after)
		before, err := b.e.Statistics("a")
		must(t, err)
		admitted := b.e.Admits(slot, c.from, b.now)
		p.from(c.from, p.packet(1))
		after, err := b.e.Statistics("a")
		must(t, err)
		if heard := after.Received > before.Received; heard && !admitted {
			t.Errorf("packet %d of %s was heard though it would not be", i, c.from)
		}
	}
	if b.e.Admits(-1, p.at, 0) || b.e.Admits(99, p.at, 0) {
		t.Error("a leg that is not open admits packets")
	}
}

// An attacker who knows the port of a phone behind NAT, and is first, keeps neither the sound nor the phone away.
func TestAStrangerCannotHoldALockAgainstTheSignalledAddress(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.update(func(m *plan.Media) { m.AnyPeer = true; m.Remote.Host = "192.168.1.5" })
	stranger := netip.MustParseAddrPort("203.0.113.66:1234")
	for range 5 {
		p.from(stranger, p.packet(1)) // it is the policy that lets it in
		b.pass(20 * time.Millisecond)
	}
	q.heard()
	for range 3 {
		p.from(p.at, p.packet(2)) // the address that signalling came from
		p.from(stranger, p.packet(9))
	}
	q.heard()
	for range 3 {
		p.from(p.at, p.packet(2))
		b.pass(20 * time.Millisecond)
	}
	q.heard()
	for range 10 {
		p.from(stranger, p.packet(9))
		p.from(p.at, p.packet(3))
		b.pass(20 * time.Millisecond)
	}
	got := q.heard()
	for _, h := range got {
		if h.Payload[0] == 9 {
			t.Fatal("the stranger is still heard")
		}
	}
	if len(got) != 10 {
		t.Errorf("the phone was heard %d times of 10", len(got))
	}
	b.pass(5 * time.Second) // silent, on hold
	for range 10 {
		p.from(stranger, p.packet(9))
	}
	if len(q.heard()) != 0 {
		t.Error("silence let the stranger in again")
	}
}

// The phone that was heard first from where signalling says is not disturbed either.
func TestBeforeTheLockTheSignalledAddressComesFirst(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.update(func(m *plan.Media) { m.AnyPeer = true })
	p.say(1)
	for range 5 {
		p.from(netip.MustParseAddrPort("203.0.113.66:1234"), p.packet(9))
	}
	p.say(1)
	p.say(1)
	for _, h := range q.heard() {
		if h.Payload[0] == 9 {
			t.Fatal("a stranger was heard beside the phone")
		}
	}
	must(t, b.e.UpdateLeg(p.id, p.media(), b.now))
}

// A gateway has the sound of all its calls at one address: late packets of the call that had the port before are no part of this one.
func TestLatePacketsOfAnotherCallAreNotHeard(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	for range 5 {
		p.from(netip.AddrPortFrom(p.at.Addr(), 5998), p.packet(9))
	}
	p.say(1)
	for _, h := range q.heard() {
		if h.Payload[0] == 9 {
			t.Fatal("another call was heard")
		}
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Strangers != 5 || s.Received != 2 {
		t.Errorf("%d strangers, %d received", s.Strangers, s.Received)
	}
}

// Within one transport address a peer may begin a new source at will (RFC 3550 §8.2): a gateway that transfers, a phone that resumes.
func TestAnotherSourceOfTheLockedPeer_RFC3550_8_2(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	for i := range uint32(5) {
		p.ssrc, p.seq, p.ts = 1000+i, uint16(7000*i), 90000*i
		for range 5 {
			p.say(byte(i))
			b.pass(20 * time.Millisecond)
		}
	}
	h := q.heard()
	continuous(t, h, 40*time.Millisecond)
	s, err := b.e.Statistics("a")
	must(t, err)
	if len(h) != 25 || s.Sources != 5 || s.Lost != 0 {
		t.Errorf("%d packets, %d sources, %d lost", len(h), s.Sources, s.Lost)
	}
}

func TestARenewedStreamGoesOnInTime_RFC3711_3_3_1(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	for range 5 {
		p.say(1)
		b.pass(20 * time.Millisecond)
	}
	before := q.heard()
	b.e.RenewStream("b")
	b.e.RenewStream("nobody")
	for range 5 {
		p.say(1)
		b.pass(20 * time.Millisecond)
	}
	after := q.heard()
	last := before[len(before)-1]
	if after[0].SSRC == last.SSRC || after[0].SequenceNumber > 1<<15+10 || !after[0].Marker {
		t.Errorf("%+v follows %+v", after[0].Header, last.Header)
	}
	if step := after[0].Timestamp - last.Timestamp; step != 160 {
		t.Errorf("the timestamp jumps by %d", step)
	}
	continuous(t, after, 20*time.Millisecond)
	if ssrc, seq := b.e.Stream("b"); ssrc != after[0].SSRC || seq != after[4].SequenceNumber {
		t.Errorf("%d %d", ssrc, seq)
	}
}
