package engine

import (
	"bytes"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/g711"
)

// modem makes a bridge with a fax machine at one end.
func modem(t *testing.T) (*bed, *peer, *peer) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.update(func(m *plan.Media) { m.Raw, m.EventPT = true, 0 })
	return b, p, q
}

// A modem's packets come out as they went in, whatever their length and whatever else is asked for.
func TestRawLinesAreForwardedUntouched(t *testing.T) {
	for _, n := range []int{80, 160, 240} {
		b, p, q := modem(t)
		p.n, q.n = n, n
		must(t, b.e.Play(q.id, plan.ToneBusy, 1, true))
		must(t, b.e.Play(p.id, plan.ToneBusy, 2, true))
		for i := range byte(40) {
			p.say(i)
			q.say(100 + i)
			for _, c := range []struct {
				to   *peer
				want byte
			}{{q, i}, {p, 100 + i}} {
				got := c.to.heard()
				if len(got) != 1 || !bytes.Equal(got[0].Payload, bytes.Repeat([]byte{c.want}, n)) {
					t.Fatalf("%d samples, packet %d: %s hears %v", n, i, c.to.id, got)
				}
			}
			b.pass(time.Duration(n) * time.Second / 8000)
			if got := append(p.heard(), q.heard()...); len(got) != 0 {
				t.Fatalf("something was added: %v", got)
			}
		}
	}
}

func TestNothingIsMixedIntoARawLine(t *testing.T) {
	b, p, q := modem(t)
	r := b.leg("c", plan.PCMA)
	b.plan("1-1", 2, hears("a", "b", "c"), hears("b", "a"), hears("c", "a", "b"))
	for i := range byte(60) {
		p.say(1)
		q.say(i)
		r.say(0x55)
		if got := p.heard(); len(got) != 1 || got[0].Payload[0] != i {
			t.Fatalf("the modem hears %v", got)
		}
		if got := q.heard(); len(got) != 1 || got[0].Payload[0] != 1 {
			t.Fatalf("its far end hears %v", got)
		}
		b.pass(20 * time.Millisecond)
	}
	if len(r.heard()) < 50 {
		t.Error("whoever listens in hears nothing")
	}
}

// Whoever listens in hears a fixed delay and silence for what is lost: nothing repeated, nothing left out.
func TestARawLineIsBufferedWithAFixedDelay(t *testing.T) {
	b, p, _ := modem(t)
	tap := new(Tap)
	must(t, b.e.StartRecording("a", tap))
	const lostAt, n = 150, 600
	first := -1
	var heard []byte
	var late []byte
	for i := range n {
		raw := p.packet(byte(1 + i%100))
		// For six seconds all is in time, and an adaptive buffer would shorten; then a packet is 40 ms late once a second, and it would grow.
		switch {
		case i == lostAt:
		case i > 300 && i%50 == 0:
			late = raw
		default:
			p.send(raw)
		}
		if i%50 == 2 && late != nil {
			p.send(late)
			late = nil
		}
		b.pass(20 * time.Millisecond)
		var f [TapFrame]byte
		for tap.Read(f[:]) {
			for s := 0; s < TapFrame; s += 2 {
				heard = append(heard, f[s])
			}
		}
		if first < 0 {
			if at := bytes.IndexByte(heard, 1); at >= 0 {
				first = at
			}
		}
	}
	if first < 0 {
		t.Fatal("nothing was recorded")
	}
	silence := g711.ALaw.EncodeSample(0)
	gaps := 0
	for i, got := range heard[first:] {
		want := byte(1 + i/160%100)
		if i/160 == lostAt {
			want = silence
			gaps++
		}
		if got != want {
			t.Fatalf("sample %d (packet %d) is %d, want %d", i, i/160, got, want)
		}
	}
	if gaps != 160 {
		t.Errorf("%d samples of silence for one lost packet", gaps)
	}
}

// A peer that maps G.711 to a number of its own is heard and spoken to under it.
func TestDynamicPayloadTypes_RFC3551_6(t *testing.T) {
	b, p, q := bridged(t, plan.PCMU, plan.PCMA)
	p.update(func(m *plan.Media) { m.DynamicPT = 97 })
	const wire = plan.Codec(97)
	p.codec = wire
	for range 30 {
		p.say(0x7F)
		if got := q.heard(); len(got) != 1 || got[0].PayloadType != payloadPCMA || got[0].Payload[0] != g711.ALaw.EncodeSample(g711.ULaw.DecodeSample(0x7F)) {
			t.Fatalf("the other side hears %v", got)
		}
		q.say(0x55)
		if got := p.heard(); len(got) != 1 || got[0].PayloadType != 97 || got[0].Payload[0] != g711.ULaw.EncodeSample(g711.ALaw.DecodeSample(0x55)) {
			t.Fatalf("it is told %v", got)
		}
		b.pass(20 * time.Millisecond)
	}
	b.plan("1-1", 2, hears("b", "a"), plan.Hearing{Leg: "a", Sound: plan.ToneRingback})
	b.pass(100 * time.Millisecond)
	if got := p.heard(); len(got) == 0 || got[0].PayloadType != 97 {
		t.Errorf("a tone comes as %v", got)
	}
	p.codec = plan.PCMU
	for _, bad := range []uint8{1, 95, 128, 101} {
		m := p.media()
		m.DynamicPT = bad
		if err := b.e.UpdateLeg(p.id, m, b.now); err == nil {
			t.Errorf("payload type %d was taken", bad)
		}
	}
}
