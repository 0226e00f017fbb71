package engine

import (
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
)

// spoken lets two peers talk for a while, each at its own pace of words, while a third is or is not there, and gives every packet that the two
// were sent, to the bit.
func spoken(t *testing.T, x, y plan.Codec, third bool, hears3 func(v uint64) []plan.Hearing) (a, b [][]byte) {
	t.Helper()
	bed, p, q := bridged(t, x, y)
	var r *peer
	keep := func(to *[][]byte, from *peer) {
		for _, h := range from.heard() {
			raw, err := h.Marshal()
			must(t, err)
			*to = append(*to, raw)
		}
	}
	for i := range 150 {
		if third && i == 50 { // they lift
			r = bed.leg("c", plan.PCMA)
			bed.plan("1-1", 2, hears3(2)...)
		}
		if third && i == 100 { // and hang up
			bed.plan("1-1", 3, hears("a", "b"), hears("b", "a"))
			must(t, bed.e.CloseLeg("c", bed.now))
			r = nil
		}
		p.say(byte(i))
		if i%3 != 0 { // the other pauses now and then
			q.say(byte(255 - i))
		}
		if i == 70 || i == 110 {
			p.event(5, false, 160, p.ts, true)
			p.event(5, true, 320, p.ts, false)
		}
		if r != nil {
			r.say(77)
		}
		bed.pass(20 * time.Millisecond)
		keep(&a, p)
		keep(&b, q)
	}
	return a, b
}

func sameBits(t *testing.T, name string, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) || len(want) < 100 {
		t.Fatalf("%s: %d packets with somebody who listens, %d without", name, len(got), len(want))
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Fatalf("%s: packet %d is another one:\n%x\n%x", name, i, got[i], want[i])
		}
	}
}

// TestAListenerChangesNoBit (FEATURES §6, Listen: « caller/agent RTP unchanged bit for bit »): header and payload of every packet that the two
// who talk are sent are the same with and without a third leg that hears both, also across laws, and while it comes and goes.
func TestAListenerChangesNoBit(t *testing.T) {
	for _, laws := range [][2]plan.Codec{{plan.PCMA, plan.PCMA}, {plan.PCMA, plan.PCMU}, {plan.PCMU, plan.PCMU}} {
		listen := func(uint64) []plan.Hearing {
			return []plan.Hearing{hears("a", "b"), hears("b", "a"), hears("c", "a", "b")}
		}
		a0, b0 := spoken(t, laws[0], laws[1], false, nil)
		a1, b1 := spoken(t, laws[0], laws[1], true, listen)
		sameBits(t, "to the caller", a1, a0)
		sameBits(t, "to the agent", b1, b0)
	}
}

// TestAWhisperChangesNoBitForTheCaller (FEATURES §6, Whisper: « absent in caller leg »): what the agent hears is mixed, what the caller is sent is the
// agent's own packets.
func TestAWhisperChangesNoBitForTheCaller(t *testing.T) {
	whisper := func(uint64) []plan.Hearing {
		return []plan.Hearing{hears("a", "b"), hears("b", "a", "c"), hears("c", "a", "b")}
	}
	a0, b0 := spoken(t, plan.PCMA, plan.PCMA, false, nil)
	a1, b1 := spoken(t, plan.PCMA, plan.PCMA, true, whisper)
	sameBits(t, "to the caller", a1, a0)
	if slices.EqualFunc(b0, b1, slices.Equal) {
		t.Error("the agent was sent nothing of the supervisor")
	}
}
