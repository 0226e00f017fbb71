package engine

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"

	"autocom/appliance/exchange/plan"
)

// bed is an engine in fake time with the packets and events it gave.
type bed struct {
	t      testing.TB
	e      *Engine
	now    time.Duration
	slots  map[plan.LegID]Slot
	names  map[Slot]plan.LegID
	out    map[plan.LegID][]heardPacket
	rtcp   map[plan.LegID][][]byte
	events []Event
}

type heardPacket struct {
	at time.Duration
	to netip.AddrPort
	rtp.Packet
}

func newBed(t testing.TB) *bed {
	b := &bed{
		t: t, slots: map[plan.LegID]Slot{}, names: map[Slot]plan.LegID{},
		out: map[plan.LegID][]heardPacket{}, rtcp: map[plan.LegID][][]byte{},
	}
	b.e = New(Config{Seed: [2]uint64{1, 2}}, b)
	return b
}

func (b *bed) SendRTP(s Slot, to netip.AddrPort, p []byte) {
	if isRTCP(p) {
		b.SendRTCP(s, to, p)
		return
	}
	h := heardPacket{at: b.now, to: to}
	if err := h.Unmarshal(bytes.Clone(p)); err != nil {
		b.t.Fatalf("the engine sent %x: %v", p, err)
	}
	b.out[b.names[s]] = append(b.out[b.names[s]], h)
}

func (b *bed) SendRTCP(s Slot, _ netip.AddrPort, p []byte) {
	b.rtcp[b.names[s]] = append(b.rtcp[b.names[s]], bytes.Clone(p))
}

func (b *bed) Event(e Event) { b.events = append(b.events, e) }

// pass lets time go by, quantum by quantum.
func (b *bed) pass(d time.Duration) {
	for end := b.now + d; b.now < end; {
		b.now += Quantum
		b.e.Tick(b.now)
	}
}

func (b *bed) count(k Kind) (n int) {
	for _, e := range b.events {
		if e.Kind == k {
			n++
		}
	}
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// peer is the far end of one leg.
type peer struct {
	b     *bed
	id    plan.LegID
	at    netip.AddrPort
	codec plan.Codec
	seq   uint16
	ts    uint32
	ssrc  uint32
	n     int // samples a packet
}

// media is what its offer and answer agreed.
func (p *peer) media() plan.Media {
	return plan.Media{
		Remote: plan.Endpoint{Host: p.at.Addr().String(), Port: int(p.at.Port())}, Codec: p.codec, Ptime: 20, EventPT: 101,
		Signalled: p.at.Addr().String(),
	}
}

// leg opens a leg with its peer.
func (b *bed) leg(id plan.LegID, codec plan.Codec) *peer {
	b.t.Helper()
	s, err := b.e.OpenLeg(id, b.now)
	must(b.t, err)
	b.slots[id], b.names[s] = s, id
	p := &peer{
		b: b, id: id, codec: codec, n: 160, seq: 65530, ts: 1<<32 - 500, ssrc: uint32(len(b.slots)) * 1111,
		at: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(len(b.slots))}), 4000),
	}
	must(b.t, b.e.UpdateLeg(id, p.media(), b.now))
	return p
}

func (p *peer) update(change func(*plan.Media)) {
	p.b.t.Helper()
	m := p.media()
	change(&m)
	must(p.b.t, p.b.e.UpdateLeg(p.id, m, p.b.now))
}

// packet makes the peer's next packet without sending it.
func (p *peer) packet(fill byte) []byte {
	p.b.t.Helper()
	pkt := rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: uint8(p.codec), SequenceNumber: p.seq, Timestamp: p.ts, SSRC: p.ssrc},
		Payload: bytes.Repeat([]byte{fill}, p.n),
	}
	p.seq, p.ts = p.seq+1, p.ts+uint32(p.n)
	raw, err := pkt.Marshal()
	must(p.b.t, err)
	return raw
}

func (p *peer) send(raw []byte) { p.from(p.at, raw) }

func (p *peer) from(at netip.AddrPort, raw []byte) {
	p.b.e.Packet(p.b.slots[p.id], at, raw, p.b.now)
}

func (p *peer) say(fill byte) { p.send(p.packet(fill)) }

// event sends one telephone-event report; ts is that of the key's start.
func (p *peer) event(code byte, end bool, duration uint16, ts uint32, marker bool) {
	p.b.t.Helper()
	flags := byte(10)
	if end {
		flags |= 0x80
	}
	pkt := rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: marker, PayloadType: 101, SequenceNumber: p.seq, Timestamp: ts, SSRC: p.ssrc},
		Payload: []byte{code, flags, byte(duration >> 8), byte(duration)},
	}
	p.seq++
	raw, err := pkt.Marshal()
	must(p.b.t, err)
	p.send(raw)
}

// heard gives what the peer was sent since the last call.
func (p *peer) heard() []heardPacket {
	h := p.b.out[p.id]
	p.b.out[p.id] = nil
	return h
}

func hears(leg plan.LegID, from ...plan.LegID) plan.Hearing {
	return plan.Hearing{Leg: leg, From: from}
}

func (b *bed) plan(call plan.CallID, v uint64, legs ...plan.Hearing) {
	b.t.Helper()
	must(b.t, b.e.SetPlan(plan.Plan{Call: call, Version: v, Legs: legs}))
}

// bridged is two peers that hear each other.
func bridged(t testing.TB, x, y plan.Codec) (*bed, *peer, *peer) {
	b := newBed(t)
	p, q := b.leg("a", x), b.leg("b", y)
	b.plan("1-1", 1, hears("a", "b"), hears("b", "a"))
	return b, p, q
}

// continuous checks one stream: one SSRC, numbers without a hole, timestamps that never fall and follow the clock.
func continuous(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, h []heardPacket, slack time.Duration,
) {
	t.Helper()
	for i := 1; i < len(h); i++ {
		a, b := h[i-1], h[i]
		if b.SSRC != h[0].SSRC {
			t.Fatalf("packet %d: SSRC %d after %d", i, b.SSRC, a.SSRC)
		}
		if b.SequenceNumber != a.SequenceNumber+1 {
			t.Fatalf("packet %d: number %d after %d", i, b.SequenceNumber, a.SequenceNumber)
		}
		step := int32(b.Timestamp - a.Timestamp)
		if step < 0 || (step == 0 && b.PayloadType != 101) {
			t.Fatalf("packet %d: timestamp %d after %d", i, b.Timestamp, a.Timestamp)
		}
		sound := time.Duration(int32(b.Timestamp-h[0].Timestamp)) * time.Second / 8000
		if drift := sound - (b.at - h[0].at); drift > slack || drift < -slack {
			t.Fatalf("packet %d: its timestamp is %v away from the clock", i, drift)
		}
	}
}
