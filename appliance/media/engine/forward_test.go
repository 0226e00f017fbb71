package engine

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/g711"
)

func TestForwardIsAtOnceAndUnchanged(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	for i := range byte(50) {
		p.say(i)
		got := q.heard()
		if len(got) != 1 || !bytes.Equal(got[0].Payload, bytes.Repeat([]byte{i}, 160)) || got[0].to != q.at {
			t.Fatalf("packet %d: heard %v", i, got)
		}
		b.out[q.id] = append(b.out[q.id], got...)
		b.pass(20 * time.Millisecond)
		b.out["all"] = append(b.out["all"], got...)
		b.out[q.id] = nil
	}
	continuous(t, b.out["all"], 20*time.Millisecond)
	if !b.out["all"][0].Marker || b.out["all"][1].Marker {
		t.Error("the marker belongs on the first packet alone (RFC 3551 §4.1)")
	}
}

func TestForwardKeepsLossAndOrder_RFC3550_5_1(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	var raw [][]byte
	for i := range byte(8) {
		raw = append(raw, p.packet(i))
	}
	for _, i := range []int{0, 1, 3, 2, 6, 6, 7} { // 4 and 5 are lost, 2 is late, 6 comes twice
		p.send(bytes.Clone(raw[i]))
		b.pass(20 * time.Millisecond)
	}
	h := q.heard()
	var order []int
	for _, x := range h {
		order = append(order, int(x.Payload[0]))
		if d := x.SequenceNumber - h[0].SequenceNumber; int(d) != int(x.Payload[0]) {
			t.Errorf("packet %d has number %d", x.Payload[0], d)
		}
		if d := x.Timestamp - h[0].Timestamp; int(d) != 160*int(x.Payload[0]) {
			t.Errorf("packet %d has timestamp %d", x.Payload[0], d)
		}
	}
	if len(order) != 6 || order[2] != 3 || order[3] != 2 || order[4] != 6 {
		t.Errorf("forwarded %v", order)
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Received != 7 || s.Lost != 1 { // RFC 3550 A.3: two lost, one twice
		t.Errorf("received %d, lost %d", s.Received, s.Lost)
	}
}

func TestTranscodingIsBitExact_G711(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMU)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for half := range 2 {
		part := every[half*128 : half*128+128]
		for _, dir := range []struct {
			from, to *peer
			fl, tl   g711.Law
		}{{p, q, g711.ALaw, g711.ULaw}, {q, p, g711.ULaw, g711.ALaw}} {
			dir.from.n = 128
			raw := dir.from.packet(0)
			copy(raw[headerSize:], part)
			dir.from.send(raw)
			want := make([]byte, 128)
			g711.Transcode(want, dir.tl, part, dir.fl)
			got := dir.to.heard()
			if len(got) != 1 || !bytes.Equal(got[0].Payload, want) || got[0].PayloadType != dir.tl.PayloadType() {
				t.Fatalf("%v to %v: %v", dir.fl, dir.tl, got)
			}
		}
	}
	_ = b
}

func TestAPeerMayChangeItsCodecInFlight(t *testing.T) {
	_, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.codec = plan.PCMU
	p.say(0xFF)
	if got := q.heard(); len(got) != 1 || got[0].PayloadType != 8 || got[0].Payload[0] != 0xD5 {
		t.Fatalf("heard %v", got)
	}
}

func TestHeadersWithExtrasAreForwardedPlain_RFC3550_5_3(t *testing.T) {
	_, p, q := bridged(t, plan.PCMA, plan.PCMA)
	plain := p.packet(7)
	fancy := append([]byte{}, plain[:headerSize]...)
	fancy[0] |= 0x20 | 0x10 | 2 // padding, extension, two CSRCs
	fancy = append(fancy, 0, 0, 0, 1, 0, 0, 0, 2)
	fancy = append(fancy, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4)
	fancy = append(fancy, plain[headerSize:]...)
	fancy = append(fancy, 0, 0, 0, 4)
	p.send(fancy)
	got := q.heard()
	if len(got) != 1 || len(got[0].Payload) != 160 || len(got[0].CSRC) != 0 || got[0].Extension || got[0].Padding {
		t.Fatalf("heard %v", got)
	}
}

func TestMalformedRTPIsCountedAndDropped(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	good := p.packet(1)
	bad := [][]byte{nil, {0x80}, good[:11], make([]byte, 200), make([]byte, 2000)}
	short := bytes.Clone(good)
	short[0] = 0x8F // 15 CSRCs
	bad = append(bad, short[:40])
	ext := bytes.Clone(good)
	ext[0] |= 0x10
	binary.BigEndian.PutUint16(ext[14:], 0xFFFF)
	pad := bytes.Clone(good)
	pad[0] |= 0x20
	pad[len(pad)-1] = 255
	none := bytes.Clone(good)
	none[0] |= 0x20
	none[len(none)-1] = 0
	for _, raw := range append(bad, ext, pad, none) {
		p.send(raw)
	}
	b.e.Packet(-1, p.at, good, b.now)
	b.e.Packet(999, p.at, good, b.now)
	if got := q.heard(); len(got) != 0 {
		t.Fatalf("forwarded %v", got)
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Malformed != 9 {
		t.Errorf("%d malformed, want 9", s.Malformed)
	}
}

func TestStrangersAreCountedAndDropped(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	elsewhere := netip.MustParseAddrPort("192.0.2.9:4000")
	nat := netip.AddrPortFrom(p.at.Addr(), 50000) // the signalled address, another port
	p.from(elsewhere, p.packet(1))
	if len(q.heard()) != 0 {
		t.Fatal("a stranger was heard before the lock")
	}
	for range 3 {
		p.from(nat, p.packet(2))
		b.pass(20 * time.Millisecond)
	}
	if len(q.heard()) != 3 {
		t.Fatal("the peer was not heard from behind its NAT")
	}
	q.say(3)
	if got := p.heard(); len(got) != 1 || got[0].to != nat {
		t.Fatalf("symmetric RTP sends to %v", got)
	}
	for range 10 { // once locked, not even its own SDP address may speak
		p.from(p.at, p.packet(4))
		p.from(elsewhere, p.packet(4))
	}
	if len(q.heard()) != 0 {
		t.Fatal("a stranger was heard after the lock")
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Strangers != 21 {
		t.Errorf("%d strangers, want 21", s.Strangers)
	}
}

func TestRelockNeedsSilenceOrAMove(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	for range 5 {
		p.say(1)
		b.pass(20 * time.Millisecond)
	}
	moved := netip.AddrPortFrom(p.at.Addr(), 6000)
	old := p.at
	q.heard()

	must(t, b.e.UpdateLeg(p.id, p.media(), b.now)) // the same address again: the lock stays
	for range 5 {
		p.from(moved, p.packet(2))
	}
	if len(q.heard()) != 0 {
		t.Fatal("a session refresh opened the lock")
	}
	b.pass(2 * time.Second)
	for range 5 {
		p.from(moved, p.packet(3))
	}
	if n := len(q.heard()); n != 3 { // the first two are proof, not sound
		t.Fatalf("after silence %d of 5 packets were heard", n)
	}
	p.at = netip.MustParseAddrPort("10.9.9.9:7000")
	must(t, b.e.UpdateLeg(p.id, p.media(), b.now)) // a re-INVITE with another address
	q.say(9)
	if got := p.heard(); len(got) != 1 || got[0].to != p.at {
		t.Fatalf("after a move sound goes to %v", got)
	}
	p.from(old, p.packet(4))
	if len(q.heard()) != 0 {
		t.Fatal("the old address was heard after the move")
	}
	p.say(5)
	if len(q.heard()) != 1 {
		t.Fatal("the new address was not heard")
	}
}

func TestAnyPeerTakesTheFirstConsistentSource(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.update(func(m *plan.Media) { m.AnyPeer = true; m.Remote.Host = "192.168.1.5" })
	nat := netip.MustParseAddrPort("203.0.113.7:1234")
	for range 3 {
		p.from(nat, p.packet(1))
		b.pass(20 * time.Millisecond)
	}
	p.from(netip.MustParseAddrPort("203.0.113.8:1234"), p.packet(2))
	if n := len(q.heard()); n != 3 {
		t.Fatalf("heard %d packets, want the 3 of the first source", n)
	}
}

func TestNothingFlowsAgainstTheDirection_RFC3264_5_1(t *testing.T) {
	for _, c := range []struct {
		dir        plan.Direction
		heard, got int
	}{{plan.SendRecv, 1, 1}, {plan.SendOnly, 0, 1}, {plan.RecvOnly, 1, 0}, {plan.Inactive, 0, 0}} {
		_, p, q := bridged(t, plan.PCMA, plan.PCMA)
		p.update(func(m *plan.Media) { m.Direction = c.dir })
		p.say(1)
		q.say(2)
		if h, g := len(q.heard()), len(p.heard()); h != c.heard || g != c.got {
			t.Errorf("%v: %d heard of it, %d sent to it; want %d and %d", c.dir, h, g, c.heard, c.got)
		}
	}
}
