package engine

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/tone"
)

// steady is an A-law byte that decodes to a positive value, and that value.
func steady(v int16) (code byte, exact int16) {
	code = g711.ALaw.EncodeSample(v)
	return code, g711.ALaw.DecodeSample(code)
}

// last gives the last payload a peer heard as samples.
func (p *peer) last() []int16 {
	h := p.heard()
	if len(h) == 0 {
		return nil
	}
	x := h[len(h)-1]
	law := g711.ALaw
	if x.PayloadType == 0 {
		law = g711.ULaw
	}
	pcm := make([]int16, len(x.Payload))
	law.Decode(pcm, x.Payload)
	return pcm
}

func TestEachHearsAllOthersAndNotItself(t *testing.T) {
	b := newBed(t)
	ids := []plan.LegID{"a", "b", "c", "d"}
	var peers []*peer
	var codes [4]byte
	var values [4]int16
	var legs []plan.Hearing
	for i, id := range ids {
		peers = append(peers, b.leg(id, plan.PCMA))
		codes[i], values[i] = steady(int16(100 << (2 * i)))
		h := hears(id)
		for _, o := range ids {
			if o != id {
				h.From = append(h.From, o)
			}
		}
		legs = append(legs, h)
	}
	b.plan("1-1", 1, legs...)
	for range 30 {
		for i, p := range peers {
			p.say(codes[i])
		}
		b.pass(20 * time.Millisecond)
	}
	for i, p := range peers {
		sum := int16(0)
		for j, v := range values {
			if j != i {
				sum += v
			}
		}
		_, want := steady(sum)
		got := p.last()
		for k, v := range got {
			if v != want {
				t.Fatalf("%s sample %d: hears %d, want %d", p.id, k, v, want)
			}
		}
		if len(got) != 160 {
			t.Fatalf("%s hears nothing", p.id)
		}
	}
	// The supervisor (d) only listens; nobody hears it.
	b.plan("1-1", 2, hears("a", "b"), hears("b", "a"), hears("c"), hears("d", "a", "b"))
	for range 30 {
		for i, p := range peers {
			p.say(codes[i])
		}
		b.pass(20 * time.Millisecond)
	}
	if got := peers[0].last(); got[0] != values[1] {
		t.Errorf("the caller hears %d, want the agent alone: %d", got[0], values[1])
	}
	if _, want := steady(values[0] + values[1]); peers[3].last()[0] != want {
		t.Error("the supervisor does not hear both")
	}
	if got := peers[2].last(); got[0] > 8 || got[0] < -8 {
		t.Errorf("a leg that hears nobody hears %d", got[0])
	}
}

func TestAPromptIsHeardOverTheCallAndEndsOnce(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMU)
	voice, v := steady(1000)
	sound, s := steady(500)
	b.e.LoadSound("prompt:beep", &Sound{Law: g711.ALaw, Data: bytes.Repeat([]byte{sound}, 8000)})
	must(t, b.e.Play("b", "prompt:beep", 42, false))
	for i := range 100 {
		p.say(voice)
		b.pass(20 * time.Millisecond)
		if i == 20 {
			h := q.heard()
			if got, want := g711.ULaw.DecodeSample(h[len(h)-1].Payload[9]), v+s; got < want-40 || got > want+40 {
				t.Errorf("the agent hears %d, want %d", got, want)
			}
		}
	}
	if b.count(PromptDone) != 1 {
		t.Fatalf("%d prompts done", b.count(PromptDone))
	}
	for _, e := range b.events {
		if e.Kind == PromptDone && (e.Token != 42 || !e.Finished || e.Leg != "b") {
			t.Errorf("%+v", e)
		}
	}
	q.heard()
	p.say(voice) // and the call is forwarded again
	if len(q.heard()) != 1 {
		t.Error("the call did not go back to forwarding")
	}
}

func TestAPromptTakesThePlaceOfMusicWhichGoesOn(t *testing.T) {
	b := newBed(t)
	p := b.leg("a", plan.PCMA)
	music := make([]byte, 8000)
	for i := range music {
		music[i] = byte(i / 160)
	}
	b.e.LoadSound("music:default", &Sound{Data: music})
	b.e.LoadSound("prompt:p", &Sound{Data: bytes.Repeat([]byte{99}, 300)})
	b.plan("1-1", 1, plan.Hearing{Leg: "a", Sound: "music:default"})
	b.pass(60 * time.Millisecond)
	must(t, b.e.Play("a", "prompt:p", 1, false))
	b.pass(60 * time.Millisecond)
	var got []byte
	for _, x := range p.heard() {
		got = append(got, x.Payload[0])
	}
	if want := []byte{0, 1, 2, 99, 99, 3}; !bytes.Equal(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
	if err := b.e.Play("a", "prompt:unknown", 2, false); !errors.Is(err, ErrUnknownSound) {
		t.Errorf("an unknown sound: %v", err)
	}
}

func TestRingbackIsTheToneOfTheCountry(t *testing.T) {
	for country, rings := range map[string]struct {
		frames int // of 250: 5 s
		hz     float64
	}{"": {75, 440}, "fr": {75, 440}, "gb": {82, 400}, "us": {100, 440}} { // 1.5 s of 5; four times 0.4 s, and parts of frames; 2 s of 6
		b := newBed(t)
		if country != "" {
			tones, err := tone.In(country)
			must(t, err)
			b.e = New(Config{Seed: [2]uint64{1, 2}, Tones: tones}, b)
		}
		p := b.leg("a", plan.PCMU)
		b.plan("1-1", 1, plan.Hearing{Leg: "a", Sound: plan.ToneRingback})
		b.pass(5 * time.Second)
		loud, there := 0, false
		for _, x := range p.heard() {
			pcm := make([]int16, len(x.Payload))
			g711.ULaw.Decode(pcm, x.Payload)
			if level.Of(pcm) > -30 {
				loud++
				there = there || tone.Level(pcm, rings.hz) > -25
			}
		}
		if loud < rings.frames-3 || loud > rings.frames+3 || !there {
			t.Errorf("%s: %d of 250 frames ring, want %d; %.0f Hz is there: %v", country, loud, rings.frames, rings.hz, there)
		}
	}
}

// A voice that stops is carried on for a moment and then fades: nobody hears a hole of 20 ms, and nobody hears a ghost (G.711 Appendix I).
func TestALostPacketIsMadeUpFromTheVoiceBeforeIt(t *testing.T) {
	b := newBed(t)
	p, q, r := b.leg("a", plan.PCMA), b.leg("b", plan.PCMA), b.leg("c", plan.PCMA)
	b.plan("1-1", 1, hears("a", "b", "c"), hears("b", "a", "c"), hears("c", "a", "b"))
	voice := tone.NewGenerator(tone.Sine(200, -16))
	frame := func(lost bool) {
		var pcm [FrameSize]int16
		voice.Next(pcm[:])
		raw := p.packet(0)
		g711.ALaw.Encode(raw[12:], pcm[:])
		if !lost {
			p.send(raw)
		}
		q.say(0xD5)
		b.pass(20 * time.Millisecond)
	}
	for range 50 {
		frame(false)
	}
	r.heard()
	for i := range 100 {
		frame(i%10 == 9)
	}
	var heard []int16
	for _, x := range r.heard() {
		pcm := make([]int16, len(x.Payload))
		g711.ALaw.Decode(pcm, x.Payload)
		heard = append(heard, pcm...)
	}
	if l, pure := level.Of(heard), tone.Purity(heard, 200); l < -17 || pure < 0.97 {
		t.Errorf("with every tenth packet lost, %.1f dBm0 are heard, %.1f %% of it the voice's own tone", l, 100*pure)
	}
	for range 10 {
		frame(true)
	}
	if l := level.Of(r.last()); l > -55 { // A-law has no zero: its silence is 8
		t.Errorf("200 ms after the voice ended it is heard at %.1f dBm0", l)
	}
}

func TestARecordingHasBothSidesInTime(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMU)
	tap := new(Tap)
	must(t, b.e.StartRecording("a", tap))
	if err := b.e.StartRecording("a", new(Tap)); !errors.Is(err, ErrBusy) {
		t.Errorf("a second tap: %v", err)
	}
	for i := range 150 {
		mark := byte(0xD5)
		if i == 75 {
			mark = 0xAA // one loud frame of both at the same moment
		}
		p.say(mark)
		q.say(map[byte]byte{0xD5: 0xFF, 0xAA: 0x80}[mark])
		b.pass(20 * time.Millisecond)
	}
	if len(q.heard()) != 150 || len(p.heard()) != 150 {
		t.Error("a recorded call is not forwarded at once any more")
	}
	must(t, b.e.StopRecording("a"))
	var left, right int
	frames, frame := 0, make([]byte, TapFrame)
	loud := func(c byte) bool { v := g711.ALaw.DecodeSample(c); return v > 8000 || v < -8000 }
	for tap.Read(frame) {
		if left == 0 && loud(frame[0]) {
			left = frames
		}
		if right == 0 && loud(frame[1]) {
			right = frames
		}
		frames++
	}
	if frames != 150 || !tap.Ended() || tap.Lost() != 0 {
		t.Errorf("%d frames, ended %v, lost %d", frames, tap.Ended(), tap.Lost())
	}
	if left == 0 || right == 0 || left-right > 1 || right-left > 1 {
		t.Errorf("the same moment is frame %d left and %d right", left, right)
	}
}

func TestAFullTapCountsWhatItLoses(t *testing.T) {
	b, _, _ := bridged(t, plan.PCMA, plan.PCMA)
	tap := new(Tap)
	must(t, b.e.StartRecording("a", tap))
	b.pass((tapFrames + 10) * Frame)
	if tap.Lost() != 10 {
		t.Errorf("lost %d frames, want 10", tap.Lost())
	}
}
