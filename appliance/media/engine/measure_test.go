package engine

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/cng"
	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/quality"
	"autocom/dsp/tone"
)

// speak sends what a source gives as packets of 20 ms, and lets time pass. lost says which never arrive.
func (p *peer) speak(d time.Duration, next func([]int16), lost func(i int) bool) {
	law := g711.ALaw
	if p.codec == plan.PCMU {
		law = g711.ULaw
	}
	for i := range int(d / (20 * time.Millisecond)) {
		var pcm [FrameSize]int16
		next(pcm[:])
		raw := p.packet(0)
		law.Encode(raw[12:], pcm[:])
		if lost == nil || !lost(i) {
			p.send(raw)
		}
		p.b.pass(20 * time.Millisecond)
	}
}

func TestALegIsMeasuredAlsoWhereItIsOnlyPassedOn(t *testing.T) {
	for _, codec := range []plan.Codec{plan.PCMA, plan.PCMU} {
		b, p, _ := bridged(t, codec, plan.PCMA)
		p.speak(time.Second, tone.NewGenerator(tone.Sine(1000, -20)).Next, nil)
		p.speak(time.Second, func(pcm []int16) { clear(pcm) }, nil)
		p.speak(2*time.Second, tone.NewGenerator(tone.Sine(1000, -20)).Next, func(i int) bool { return i%25 < 2 }) // runs of two
		s, err := b.e.Statistics("a")
		must(t, err)
		if math.Abs(s.Level+20) > 0.2 || s.Speech < 0.72 || s.Speech > 0.76 {
			t.Errorf("codec %d: speech at %.2f dBm0, %.3f of the time; want -20 and (50 + 92) / 192", codec, s.Level, s.Speech)
		}
		if s.Lost != 8 || s.LossRuns != 4 {
			t.Errorf("codec %d: %d lost in %d runs, want 8 in 4", codec, s.Lost, s.LossRuns)
		}
	}
}

func TestWhoReportsQualityIsAnsweredInKind_RFC3611_4_7(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	xr := func() (found []quality.Report) {
		for _, raw := range b.rtcp["a"] {
			packets, err := rtcp.Unmarshal(raw)
			must(t, err)
			for _, x := range packets {
				if _, is := x.(*rtcp.ExtendedReport); is {
					text, err := x.Marshal()
					must(t, err)
					_, found, err = quality.ParsePacket(text, found)
					must(t, err)
				}
			}
		}
		return found
	}
	sine := tone.NewGenerator(tone.Sine(1000, -20))
	p.speak(6*time.Second, sine.Next, nil)
	if len(xr()) != 0 {
		t.Fatal("a peer that never sent XR is sent one")
	}
	must(t, b.e.SendDigit("a", '1', 40*time.Millisecond)) // so that a stream of ours exists
	p.speak(200*time.Millisecond, sine.Next, nil)
	ours := b.out["a"][0].SSRC
	rr, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: p.ssrc}})
	must(t, err)
	heard := quality.Of(ours, quality.Counts{Received: 90, Lost: 10, Runs: 10}, 20)
	heard.Judge(heard.Conditions(20))
	b.e.Control(b.slots["a"], p.at, quality.AppendPacket(rr, p.ssrc, heard), b.now)
	p.speak(6*time.Second, sine.Next, func(i int) bool { return i%10 == 0 })
	reports := xr()
	if len(reports) == 0 {
		t.Fatal("a peer that sends XR is sent none")
	}
	r := reports[len(reports)-1]
	if r.SSRC != p.ssrc || r.LossRate == 0 || r.Signal != -20 || r.R == quality.Unavailable || r.MOSCQ < 10 {
		t.Errorf("the peer is told %+v", r)
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.PeerMOSX10 != heard.MOSCQ || s.Malformed != 0 {
		t.Errorf("the peer's score is %d, want %d (%d malformed)", s.PeerMOSX10, heard.MOSCQ, s.Malformed)
	}
	b.e.Control(b.slots["a"], p.at, append(rr, 0x80, typeXR, 0, 2, 0, 0, 0, 1, 7, 0, 0, 8), b.now)
	if s, err = b.e.Statistics("a"); err != nil || s.Malformed != 1 {
		t.Errorf("a torn report: %d malformed, %v", s.Malformed, err)
	}
}

// keyed plays keys as tones, 70 ms on and off.
func keyed(keys string) func([]int16) {
	g := new(dtmf.Generator)
	g.Dial(keys)
	return g.Next
}

func TestKeysInTheVoiceAreHeardOfAPeerWithoutEvents(t *testing.T) {
	b, p, q := bridged(t, plan.PCMU, plan.PCMA)
	p.speak(500*time.Millisecond, keyed("12"), nil)
	if b.digits() != "" {
		t.Fatalf("of a peer with events, the voice is searched for keys: %q", b.digits())
	}
	p.update(func(m *plan.Media) { m.EventPT = 0 })
	q.heard()
	p.speak(900*time.Millisecond, keyed("4711*"), nil)
	p.speak(900*time.Millisecond, keyed("0#"), func(i int) bool { return i == 30 })
	if b.digits() != "4711*0#" {
		t.Errorf("digits %q, want 4711*0#", b.digits())
	}
	for _, e := range b.events {
		if e.Kind == Digit && (!e.InVoice || e.Duration < 50*time.Millisecond || e.Duration > 90*time.Millisecond) {
			t.Errorf("%+v, want a key in the voice of about 70 ms", e)
		}
	}
	if got := len(q.heard()); got < 85 {
		t.Errorf("the other side was sent %d packets of 90: it must hear the voice with the keys in it", got)
	}
	// A line that carries no voice is left alone.
	b.events = nil
	p.update(func(m *plan.Media) { m.EventPT, m.Raw = 0, true })
	p.speak(500*time.Millisecond, keyed("12"), nil)
	if b.digits() != "" {
		t.Errorf("a modem's line was searched for keys: %q", b.digits())
	}
}

func TestWhoGoesSilentIsHeardAsTheNoiseItTellsOf_RFC3389_4(t *testing.T) {
	b := newBed(t)
	p, r := b.leg("a", plan.PCMA), b.leg("c", plan.PCMA)
	b.leg("b", plan.PCMA)
	b.plan("1-1", 1, hears("a", "b", "c"), hears("b", "a", "c"), hears("c", "a", "b"))
	sid := cng.SID{Level: 43} // −43 dBov: about −37 dBm0
	loudness := func() float64 { return level.Of(r.last()) }
	sine := tone.NewGenerator(tone.Sine(1000, -20))
	p.speak(600*time.Millisecond, sine.Next, nil)
	raw := p.packet(0)[:12]
	raw[1] = payloadCN
	p.send(sid.Append(raw))
	p.ts -= FrameSize // the next description, or voice, goes on from here
	for i := range 50 {
		b.pass(20 * time.Millisecond)
		p.ts += FrameSize
		if got := loudness(); i > 20 && (got < sid.DBm0()-4 || got > sid.DBm0()+4) {
			t.Fatalf("%d ms into the silence %.1f dBm0 are heard, want noise of %.1f", 20*i, got, sid.DBm0())
		}
	}
	p.speak(600*time.Millisecond, sine.Next, nil)
	if got := loudness(); got < -21 || got > -19 {
		t.Errorf("the voice that comes back is heard at %.1f dBm0, want -20", got)
	}
	b.pass(time.Second) // gone, without a word
	if got := loudness(); got > -55 {
		t.Errorf("a voice that stopped without a description leaves %.1f dBm0", got)
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Unknown != 0 || s.Malformed != 0 {
		t.Errorf("a description is not taken: %+v", s)
	}
}
