package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"autocom/appliance/exchange/plan"
)

// TestOneStreamThroughEveryTransition lets a caller go through all that a call can do to it and checks that it never
// notices: announcement, music, ringback, bridge, hold, conference, prompt, digits, a far end that starts anew.
func TestOneStreamThroughEveryTransition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBed(t)
		caller, agent, third := b.leg("a", plan.PCMA), b.leg("b", plan.PCMU), b.leg("c", plan.PCMA)
		peers := []*peer{agent, third}
		b.e.LoadSound("music:default", &Sound{Data: make([]byte, 1234)})
		b.e.LoadSound("prompt:p", &Sound{Data: make([]byte, 700)})
		version := uint64(0)
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			version++
			switch rapid.SampledFrom([]string{
				"music", "ringback", "silence", "agent", "third", "both", "prompt", "digit", "anew", "jump", "ptime", "codec", "hold",
			}).Draw(rt, "step") {
			case "music":
				b.plan("1-1", version, plan.Hearing{Leg: "a", Sound: "music:default"}, hears("b"), hears("c"))
			case "ringback":
				b.plan("1-1", version, plan.Hearing{Leg: "a", Sound: plan.ToneRingback}, hears("b"), hears("c"))
			case "silence":
				b.plan("1-1", version, hears("a"), hears("b"), hears("c"))
			case "agent":
				b.plan("1-1", version, hears("a", "b"), hears("b", "a"), hears("c"))
			case "third":
				b.plan("1-1", version, hears("a", "c"), hears("b"), hears("c", "a"))
			case "both":
				b.plan("1-1", version, hears("a", "b", "c"), hears("b", "a", "c"), hears("c", "a", "b"))
			case "prompt":
				must(t, b.e.Play("a", "prompt:p", version, false))
			case "digit":
				must(t, b.e.SendDigit("a", '5', 60*time.Millisecond))
			case "anew":
				p := rapid.SampledFrom(peers).Draw(rt, "who")
				p.ssrc, p.seq, p.ts = rapid.Uint32().Draw(rt, "ssrc"), rapid.Uint16().Draw(rt, "seq"), rapid.Uint32().Draw(rt, "ts")
			case "jump": // the same SSRC, other numbers
				p := rapid.SampledFrom(peers).Draw(rt, "who")
				p.seq, p.ts = p.seq+20000, p.ts+uint32(rapid.IntRange(1e6, 1e9).Draw(rt, "by"))
			case "ptime":
				p := rapid.SampledFrom(peers).Draw(rt, "who")
				p.n = rapid.SampledFrom([]int{80, 160, 240}).Draw(rt, "samples")
			case "codec":
				p := rapid.SampledFrom(peers).Draw(rt, "who")
				p.codec = plan.PCMA + plan.PCMU - p.codec
			case "hold":
				caller.update(func(m *plan.Media) { m.Direction = plan.Inactive })
				b.pass(time.Duration(rapid.IntRange(1, 100).Draw(rt, "ms")) * 5 * time.Millisecond)
				caller.update(func(*plan.Media) {})
			}
			length := time.Duration(rapid.IntRange(0, 60).Draw(rt, "quanta")) * Quantum
			due := map[*peer]time.Duration{agent: b.now, third: b.now}
			for end := b.now + length; b.now < end; {
				for _, p := range peers {
					for due[p] <= b.now {
						p.say(byte(p.ssrc))
						due[p] += time.Duration(p.n) * time.Second / 8000
					}
				}
				b.pass(Quantum)
			}
		}
		// What the clock says may lag while a burst waits or a ring fills, never more.
		continuous(rt, b.out["a"], 500*time.Millisecond)
	})
}

// TestLateOnesOfAnOldFeedAreDropped: their numbers belong to what came after them.
func TestLateOnesOfAnOldFeedAreDropped(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	late := p.packet(2)
	b.pass(20 * time.Millisecond)
	b.plan("1-1", 2, hears("a"), plan.Hearing{Leg: "b", Sound: plan.ToneBusy})
	b.pass(100 * time.Millisecond)
	b.plan("1-1", 3, hears("a", "b"), hears("b", "a"))
	p.say(3)
	p.send(late)
	p.say(4)
	h := q.heard()
	continuous(t, h, 50*time.Millisecond)
	if last := h[len(h)-1]; last.Payload[0] != 4 {
		t.Errorf("the last packet is %d", last.Payload[0])
	}
}

func TestMarkerBeginsEachTalkspurt_RFC3551_4_1(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	p.say(1)
	b.plan("1-1", 2, hears("a"), plan.Hearing{Leg: "b", Sound: plan.ToneBusy})
	b.pass(60 * time.Millisecond)
	b.plan("1-1", 3, hears("a", "b"), hears("b", "a"))
	p.say(2)
	p.say(2)
	want := []bool{true, false, true, false, false, true, false}
	h := q.heard()
	if len(h) != len(want) {
		t.Fatalf("%d packets, want %d", len(h), len(want))
	}
	for i, x := range h {
		if x.Marker != want[i] {
			t.Errorf("packet %d: marker %v", i, x.Marker)
		}
	}
}

func TestAnUnlikePacketLengthIsCutAnew(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	q.update(func(m *plan.Media) { m.Ptime = 30 })
	for range 100 {
		p.say(0x55)
		b.pass(20 * time.Millisecond)
	}
	h := q.heard()
	thirty := 0
	for _, x := range h {
		if len(x.Payload) == 240 {
			thirty++
		}
	}
	if thirty < 55 || len(h)-thirty > oddLimit {
		t.Errorf("%d packets of 30 ms among %d", thirty, len(h))
	}
	continuous(t, h, 100*time.Millisecond)
}
