package engine

import (
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/g711"
)

// TestLongPacketsAreHeardWhole lets a peer with 40 and 60 ms packets into a conference, over the wrap of its numbers.
func TestLongPacketsAreHeardWhole(t *testing.T) {
	for _, n := range []int{80, 240, 320, 480} {
		b := newBed(t)
		p, q := b.leg("a", plan.PCMA), b.leg("b", plan.PCMA)
		b.leg("c", plan.PCMA)
		b.plan("1-1", 1, hears("a"), hears("b", "a", "c"), hears("c", "a", "b"))
		p.n = n
		code, v := steady(3000)
		for b.now < 2*time.Second {
			p.say(code)
			b.pass(time.Duration(n) * time.Second / 8000)
		}
		wrong := 0
		h := q.heard()
		for _, x := range h[20:] { // once the ring has filled
			for _, c := range x.Payload {
				if g711.ALaw.DecodeSample(c) != v {
					wrong++
				}
			}
		}
		if wrong > 0 {
			t.Errorf("packets of %d samples: %d samples were not heard", n, wrong)
		}
	}
}

// TestARecordingHearsLongPacketsOfOurs records a leg that wants 60 ms packets.
func TestARecordingHearsLongPacketsOfOurs(t *testing.T) {
	b := newBed(t)
	p := b.leg("a", plan.PCMA)
	p.update(func(m *plan.Media) { m.Ptime = 60 })
	data := make([]byte, 8000)
	for i := range data {
		data[i] = 0x2A
	}
	b.e.LoadSound("music:default", &Sound{Data: data})
	b.plan("1-1", 1, plan.Hearing{Leg: "a", Sound: "music:default"})
	tap := new(Tap)
	must(t, b.e.StartRecording("a", tap))
	b.pass(2 * time.Second)
	frame, heard := make([]byte, TapFrame), 0
	for tap.Read(frame) {
		for i := 1; i < len(frame); i += 2 {
			if frame[i] == 0x2A {
				heard++
			}
		}
	}
	if heard < 14000 {
		t.Errorf("%d of 16000 samples are on the right", heard)
	}
}
