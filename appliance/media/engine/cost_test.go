package engine

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
)

// void is a sink that keeps nothing.
type void struct{ packets int }

func (v *void) SendRTP(Slot, netip.AddrPort, []byte)  { v.packets++ }
func (v *void) SendRTCP(Slot, netip.AddrPort, []byte) {}
func (v *void) Event(Event)                           {}

// rig is n calls of some shape with one packet of each leg, renumbered for each use.
type rig struct {
	e     *Engine
	sink  *void
	slots []Slot
	at    []netip.AddrPort
	raw   [][]byte
	buf   [MaxPacket]byte
	now   time.Duration
	n     uint32
}

func newRig(t testing.TB, calls, legs int, codecs ...plan.Codec) *rig {
	r := &rig{sink: &void{}}
	r.e = New(Config{}, r.sink)
	for c := range calls {
		var hear []plan.Hearing
		for l := range legs {
			id := plan.LegID(fmt.Sprintf("%d-%d", c, l))
			s, err := r.e.OpenLeg(id, 0)
			must(t, err)
			codec := codecs[l%len(codecs)]
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(l), byte(c >> 8), byte(c)}), 4000)
			must(t, r.e.UpdateLeg(id, plan.Media{
				Remote: plan.Endpoint{Host: at.Addr().String(), Port: 4000}, Codec: codec, EventPT: 101, Signalled: at.Addr().String(),
			}, 0))
			raw := make([]byte, 172)
			putHeader(raw, uint8(codec), false, 0, 0, uint32(c*legs+l))
			r.slots, r.at, r.raw = append(r.slots, s), append(r.at, at), append(r.raw, raw)
			h := plan.Hearing{Leg: id}
			for o := range legs {
				if o != l {
					h.From = append(h.From, plan.LegID(fmt.Sprintf("%d-%d", c, o)))
				}
			}
			hear = append(hear, h)
		}
		must(t, r.e.SetPlan(plan.Plan{Call: plan.CallID(fmt.Sprint(c)), Version: 1, Legs: hear}))
	}
	return r
}

// frame is 20 ms: one packet of each leg and four quanta.
func (r *rig) frame() {
	r.n++
	for i, raw := range r.raw {
		p := r.buf[:copy(r.buf[:], raw)]
		binary.BigEndian.PutUint16(p[2:], uint16(r.n))
		binary.BigEndian.PutUint32(p[4:], 160*r.n)
		r.e.Packet(r.slots[i], r.at[i], p, r.now)
	}
	for range phases {
		r.now += Quantum
		r.e.Tick(r.now)
	}
}

func TestThePacketPathAllocatesNothing(t *testing.T) {
	for name, make := range map[string]func() *rig{
		"forwarded":  func() *rig { return newRig(t, 3, 2, plan.PCMA) },
		"transcoded": func() *rig { return newRig(t, 3, 2, plan.PCMA, plan.PCMU) },
		"mixed":      func() *rig { return newRig(t, 2, 4, plan.PCMA, plan.PCMU) },
		"recorded": func() *rig {
			r := newRig(t, 1, 2, plan.PCMA)
			must(t, r.e.StartRecording("0-0", new(Tap)))
			return r
		},
		"recorded, its keys masked": func() *rig {
			r := newRig(t, 1, 2, plan.PCMA)
			tap := new(Tap)
			tap.MaskKeys()
			must(t, r.e.StartRecording("0-0", tap))
			return r
		},
		"music": func() *rig {
			r := newRig(t, 1, 1, plan.PCMU)
			must(t, r.e.SetPlan(plan.Plan{Call: "0", Version: 2, Legs: []plan.Hearing{{Leg: "0-0", Sound: plan.ToneRingback}}}))
			return r
		},
	} {
		r := make()
		for range 10 {
			r.frame()
		}
		before := r.sink.packets
		// 600 frames are 12 s: RTCP reports and the look at each leg once a second are among them.
		if n := testing.AllocsPerRun(600, r.frame); n != 0 {
			t.Errorf("%s: %v allocations a frame", name, n)
		}
		if r.sink.packets-before < 600*len(r.raw)*9/10 {
			t.Errorf("%s: only %d packets came out", name, r.sink.packets-before)
		}
	}
}

func TestKeysAllocateNothing_RFC4733(t *testing.T) {
	r := newRig(t, 1, 2, plan.PCMA)
	p := make([]byte, 16)
	n := uint16(0)
	r.frame()
	if a := testing.AllocsPerRun(500, func() {
		n++
		putHeader(p, 101, n%10 == 1, n, 160*uint32(n-n%10), 0)
		copy(p[12:], []byte{byte(n / 10 % 10), 10 | byte(n%10/9)<<7, 0, byte(16 * (n % 10))})
		r.e.Packet(r.slots[0], r.at[0], p, r.now)
		r.now += Quantum
		r.e.Tick(r.now)
	}); a != 0 {
		t.Errorf("%v allocations a report", a)
	}
}

// BenchmarkForward prints ns for one packet received and sent, without the kernel.
func BenchmarkForward(b *testing.B) {
	for name, codecs := range map[string][]plan.Codec{"same": {plan.PCMA}, "transcoded": {plan.PCMA, plan.PCMU}} {
		b.Run(name, func(b *testing.B) {
			r := newRig(b, 1, 2, codecs...)
			b.ReportAllocs()
			for b.Loop() {
				r.n++
				p := r.buf[:copy(r.buf[:], r.raw[0])]
				binary.BigEndian.PutUint16(p[2:], uint16(r.n))
				binary.BigEndian.PutUint32(p[4:], 160*r.n)
				r.e.Packet(r.slots[0], r.at[0], p, r.now)
				r.now += Frame
			}
		})
	}
}

// BenchmarkFrame prints ns for 20 ms of one leg.
func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		name        string
		calls, legs int
	}{{"forwarded", 100, 2}, {"mixed-3", 30, 3}, {"mixed-8", 10, 8}} {
		b.Run(c.name, func(b *testing.B) {
			r := newRig(b, c.calls, c.legs, plan.PCMA)
			b.ReportAllocs()
			for b.Loop() {
				r.frame()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(r.raw)), "ns/leg-frame")
		})
	}
}
