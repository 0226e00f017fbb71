package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/dtmf"
	"autocom/dsp/g711"

	"github.com/pion/rtcp"
)

// press sends a whole key with its three ends.
func (p *peer) press(code byte) {
	start := p.ts
	for i := range 5 {
		p.event(code, false, uint16(160*(i+1)), start, i == 0)
		p.b.pass(20 * time.Millisecond)
	}
	for range 3 {
		p.event(code, true, 960, start, false)
		p.b.pass(20 * time.Millisecond)
	}
	p.ts += 8 * 160
}

func (b *bed) digits() (s string) {
	for _, e := range b.events {
		if e.Kind == Digit {
			s += string(rune(e.Digit))
		}
	}
	return s
}

func TestOneDigitForEachPress_RFC4733_2_5(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	q.update(func(m *plan.Media) { m.EventPT = 96 })
	for _, code := range []byte{1, 1, 11} {
		for range 3 {
			p.say(0xD5)
			b.pass(20 * time.Millisecond)
		}
		p.press(code)
	}
	if got := b.digits(); got != "11#" {
		t.Errorf("digits %q, want 11#", got)
	}
	h := q.heard()
	continuous(t, translate101(h), 200*time.Millisecond)
	events := 0
	for _, x := range h {
		if x.PayloadType == 96 {
			events++
		}
	}
	if events != 24 {
		t.Errorf("%d event packets of the far end's type, want 24", events)
	}
}

// translate101 lets continuous know events by one type.
func translate101(h []heardPacket) []heardPacket {
	for i := range h {
		if h[i].PayloadType == 96 {
			h[i].PayloadType = 101
			defer func() { h[i].PayloadType = 96 }()
		}
	}
	return append([]heardPacket{}, h...)
}

func TestADigitWhoseEndIsLostStillCounts(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	p.event(5, false, 160, p.ts, true)
	b.pass(150 * time.Millisecond)
	if b.digits() != "" {
		t.Fatal("the key is still held")
	}
	b.pass(150 * time.Millisecond)
	if b.digits() != "5" {
		t.Fatalf("digits %q", b.digits())
	}
}

func TestEventsLeaveNoHoleForAPeerWithoutThem(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	q.update(func(m *plan.Media) { m.EventPT = 0 })
	for range 3 {
		p.say(1)
		b.pass(20 * time.Millisecond)
	}
	p.press(7)
	for range 3 {
		p.say(2)
		b.pass(20 * time.Millisecond)
	}
	h := q.heard()
	if len(h) < 6 {
		t.Fatalf("heard %d packets", len(h))
	}
	continuous(t, h, 200*time.Millisecond)
}

func TestSendDigit_RFC4733_2_5_1_4(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	must(t, b.e.SendDigit("b", '4', 100*time.Millisecond))
	must(t, b.e.SendDigit("b", '2', 100*time.Millisecond))
	for range 30 {
		p.say(1)
		b.pass(20 * time.Millisecond)
	}
	h := q.heard()
	continuous(t, h, 200*time.Millisecond)
	ends, codes := 0, ""
	for _, x := range h {
		if x.PayloadType != 101 {
			continue
		}
		if x.Marker {
			codes += string(rune('0' + x.Payload[0]))
		}
		if x.Payload[1]&0x80 != 0 {
			ends++
		}
	}
	if codes != "42" || ends != 6 {
		t.Errorf("sent %q with %d ends, want 42 with 6", codes, ends)
	}
	if err := b.e.SendDigit("b", 'x', time.Second); !errors.Is(err, ErrBadMedia) {
		t.Errorf("a key that no telephone has: %v", err)
	}
	q.update(func(m *plan.Media) { m.EventPT, m.Raw = 0, true })
	if err := b.e.SendDigit("b", '1', time.Second); !errors.Is(err, ErrNoEvents) {
		t.Errorf("a line that carries no voice: %v", err)
	}
}

// keys gives the keys whose tones are in some packets.
func keys(h []heardPacket) string {
	var r dtmf.Receiver
	var found []byte
	for _, x := range h {
		pcm := make([]int16, len(x.Payload))
		g711.ALaw.Decode(pcm, x.Payload)
		found = r.Write(found, pcm)
	}
	return string(found)
}

func TestAKeyIsTwoTonesForAPeerWithoutEvents_Q23(t *testing.T) {
	for _, ptime := range []int{20, 30} {
		b, p, q := bridged(t, plan.PCMA, plan.PCMA)
		q.update(func(m *plan.Media) { m.EventPT, m.Ptime = 0, ptime })
		p.n = 8 * ptime
		talk := func(d time.Duration) {
			for range d / (time.Duration(ptime) * time.Millisecond) {
				p.say(0xD5)
				b.pass(time.Duration(ptime) * time.Millisecond)
			}
		}
		talk(120 * time.Millisecond)
		p.press(7)
		talk(300 * time.Millisecond)
		must(t, b.e.SendDigit("b", '#', 100*time.Millisecond))
		must(t, b.e.SendDigit("b", '#', 100*time.Millisecond))
		talk(600 * time.Millisecond)
		h := q.heard()
		if got := keys(h); got != "7##" {
			t.Errorf("ptime %d: the peer hears the keys %q, want 7##", ptime, got)
		}
		for _, x := range h {
			if x.PayloadType != 8 {
				t.Fatalf("ptime %d: a packet of type %d", ptime, x.PayloadType)
			}
		}
		continuous(t, h, 200*time.Millisecond)
		if b.digits() != "7" {
			t.Errorf("ptime %d: digits %q", ptime, b.digits())
		}
	}
}

func TestMediaLostComesOncePerSilence(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	lost := func() (n int) {
		for _, e := range b.events {
			if e.Kind == MediaLost && e.Leg == "a" {
				n++
			}
		}
		return n
	}
	b.pass(29 * time.Second)
	if lost() != 0 {
		t.Fatal("lost before 30 s")
	}
	b.pass(2 * time.Second)
	if lost() != 1 {
		t.Fatal("not lost after 31 s without a first packet")
	}
	p.say(1)
	b.pass(14 * time.Second)
	if lost() != 1 {
		t.Fatal("lost before 15 s")
	}
	b.pass(20 * time.Second)
	if lost() != 2 {
		t.Fatalf("lost %d times, want 2", lost())
	}
	p.say(1)
	p.update(func(m *plan.Media) { m.Direction = plan.SendOnly }) // we hold it: it owes us nothing
	b.pass(time.Minute)
	if lost() != 2 {
		t.Fatal("a held leg was lost")
	}
	p.update(func(*plan.Media) {})
	b.pass(14 * time.Second)
	if lost() != 2 {
		t.Fatal("the time on hold counted")
	}
	b.pass(2 * time.Second)
	if lost() != 3 {
		t.Fatal("a leg that stays silent after hold is not lost")
	}
}

// A peer that suppresses silence (RFC 3551 §4.1) sends no RTP while it listens; its RTCP says that it is there.
func TestReportsKeepASilentLeg(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: p.ssrc}})
	if err != nil {
		t.Fatal(err)
	}
	lost := func() bool {
		return slices.ContainsFunc(b.events, func(e Event) bool { return e.Kind == MediaLost && e.Leg == "a" })
	}
	for range 12 {
		b.pass(5 * time.Second)
		b.e.Control(b.slots["a"], p.at, raw, b.now)
	}
	if lost() {
		t.Fatal("a leg whose reports come was lost")
	}
	b.pass(16 * time.Second)
	if !lost() {
		t.Fatal("a leg of which nothing comes was not lost")
	}
}

func TestFirstPacketComesOnce(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	p.ssrc++
	p.say(1)
	if n := b.count(FirstPacket); n != 1 {
		t.Errorf("%d first packets", n)
	}
}

func TestAClosedLegLeavesNoTrace(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	q.say(1)
	must(t, b.e.SendDigit("a", '1', time.Second))
	must(t, b.e.CloseLeg("a", b.now))
	for range 100 {
		q.say(2)
		b.pass(20 * time.Millisecond)
	}
	if b.count(Stats) != 1 {
		t.Error("no stats at the end")
	}
	must(t, b.e.CloseLeg("b", b.now))
	if b.e.Legs() != 0 || len(b.e.calls) != 0 {
		t.Errorf("%d legs and %d calls are left", b.e.Legs(), len(b.e.calls))
	}
	for i := range b.e.busy {
		if len(b.e.busy[i]) != 0 {
			t.Error("a call is still ticked")
		}
	}
	if err := b.e.CloseLeg("a", b.now); !errors.Is(err, ErrUnknownLeg) {
		t.Error(err)
	}
}

func TestOldPlansAreRefused(t *testing.T) {
	b, _, _ := bridged(t, plan.PCMA, plan.PCMA)
	b.plan("1-1", 5, hears("a"), hears("b"))
	if err := b.e.SetPlan(plan.Plan{Call: "1-1", Version: 4}); !errors.Is(err, ErrOldPlan) {
		t.Errorf("an older plan: %v", err)
	}
	if err := b.e.SetPlan(plan.Plan{Call: "2-1", Legs: make([]plan.Hearing, MaxLegs+1)}); !errors.Is(err, ErrTooMany) {
		t.Errorf("a plan of %d legs: %v", MaxLegs+1, err)
	}
}

func TestALegMovesBetweenEnginesUnnoticed(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	first := q.heard()
	other := newBed(t)
	other.now = b.now
	for _, id := range []plan.LegID{"a", "b"} {
		m, err := b.e.Detach(id)
		must(t, err)
		s, err := other.e.Attach(m)
		must(t, err)
		other.slots[id], other.names[s] = s, id
	}
	other.plan("1-1", 2, hears("a", "b"), hears("b", "a"))
	other.pass(20 * time.Millisecond)
	p.b, q.b = other, other
	p.say(2)
	continuous(t, append(first, q.heard()...), 50*time.Millisecond)
	if b.e.Legs() != 0 || other.e.Legs() != 2 {
		t.Error("the legs did not move")
	}
}
