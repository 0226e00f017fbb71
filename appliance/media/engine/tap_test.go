package engine

import (
	"bytes"
	"errors"
	"testing"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
	"autocom/dsp/level"
)

// tape is what a writer makes of a tap: its frames, and marks by the number of frames before them.
type tape struct {
	left, right []byte
	marks       []Mark
	at          []int
}

func (p *tape) drain(t *Tap) {
	var f [TapFrame]byte
	for {
		if t.Read(f[:]) {
			for i := 0; i < TapFrame; i += 2 {
				p.left, p.right = append(p.left, f[i]), append(p.right, f[i+1])
			}
			continue
		}
		m, ok := t.Mark()
		if !ok {
			return
		}
		p.marks, p.at = append(p.marks, m), append(p.at, len(p.left)/FrameSize)
	}
}

// sayPCMA sends one frame of A-law; packet makes its head.
func sayPCMA(p *peer, frame []byte) {
	raw := p.packet(0)
	p.send(append(bytes.Clone(raw[:len(raw)-FrameSize]), frame...))
}

// FEATURES §9.5: a pause leaves a marker (start and end), not spliced audio.
func TestAPausedTapHoldsNothingAndIsMarked(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	tap, got := new(Tap), &tape{}
	must(t, b.e.StartRecording("a", tap))
	talk := func(frames int, left, right byte) {
		for range frames {
			p.say(left)
			q.say(right)
			b.pass(Frame)
			got.drain(tap)
		}
	}
	const before, during, after = 0x2A, 0x29, 0x28 // loud, and told apart
	talk(50, before, before)
	paused := b.now
	must(t, b.e.PauseRecording("a", true, "card number", b.now))
	must(t, b.e.PauseRecording("a", true, "again", b.now)) // does nothing
	talk(100, during, during)
	must(t, b.e.PauseRecording("a", false, "paid", b.now))
	talk(50, after, after)
	must(t, b.e.StopRecording("a"))
	got.drain(tap)
	if n := len(got.left) / FrameSize; n != 100 || !tap.Ended() {
		t.Errorf("%d frames, want the 50 before and the 50 after", n)
	}
	if len(got.marks) != 2 || got.at[0] != 50 || got.at[1] != 50 {
		t.Fatalf("marks %+v before frames %v", got.marks, got.at)
	}
	if m := got.marks[0]; !m.Paused || m.Why != "card number" || m.At != paused {
		t.Errorf("the pause: %+v", m)
	}
	if m := got.marks[1]; m.Paused || m.Why != "paid" || m.At != paused+100*Frame {
		t.Errorf("its end: %+v", m)
	}
	// What was said during the pause and was still on its way when it ended is the jitter buffer's: some frames at most.
	const most = 5 * FrameSize
	for name, side := range map[string][]byte{"left": got.left, "right": got.right} {
		n := 0
		for i, x := range side {
			if x == during {
				if n++; i < 50*FrameSize {
					t.Fatalf("%s: sample %d before the pause is of the pause", name, i)
				}
			}
		}
		if n > most {
			t.Errorf("%s: %d samples of what was said in the pause", name, n)
		}
	}
	if err := b.e.PauseRecording("a", true, "", b.now); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("pausing what is over: %v", err)
	}
	if err := b.e.PauseRecording("nobody", true, "", b.now); !errors.Is(err, ErrUnknownLeg) {
		t.Errorf("pausing nobody: %v", err)
	}
}

// A writer that a disk keeps waiting finds marks where they belong, and a pause that has no room for its mark holds all the same.
func TestMarksWaitForTheirFrames(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	tap, got := new(Tap), &tape{}
	must(t, b.e.StartRecording("a", tap))
	for i := range tapMarks {
		p.say(0x2A)
		b.pass(Frame)
		must(t, b.e.PauseRecording("a", i%2 == 0, "", b.now))
	}
	if err := b.e.PauseRecording("a", true, "one too many", b.now); !errors.Is(err, ErrBusy) {
		t.Errorf("the mark without a place: %v", err)
	}
	head := tap.head.Load()
	b.pass(10 * Frame)
	if tap.head.Load() != head {
		t.Error("what could not be marked was recorded")
	}
	got.drain(tap)
	if len(got.marks) != tapMarks || len(got.left) != tapMarks/2*FrameSize {
		t.Fatalf("%d marks, %d frames", len(got.marks), len(got.left)/FrameSize)
	}
	for i, at := range got.at {
		if want := i/2 + 1; at != want {
			t.Errorf("mark %d comes before frame %d, want %d", i, at, want)
		}
	}
}

// PCI DSS 3.3.1 (FEATURES §9.5): a card's digits must be in no recording. Keys that sound in the voice are silence in it, on whichever side; what is said
// before and after them is there.
func TestMaskedKeysAreNotInTheRecording(t *testing.T) {
	for name, on := range map[string]bool{"masked": true, "as it sounds": false} {
		b, p, q := bridged(t, plan.PCMA, plan.PCMA)
		tap, got := new(Tap), &tape{}
		if on {
			tap.MaskKeys()
		}
		must(t, b.e.StartRecording("a", tap))
		var keys, echo dtmf.Generator
		keys.On, keys.Off, echo.On, echo.Off = 400, 1200, 560, 1000
		pcm := make([]int16, FrameSize)
		say := func(frames int, fill func()) {
			for range frames {
				fill()
				raw := make([]byte, FrameSize)
				g711.ALaw.Encode(raw, pcm)
				sayPCMA(p, raw)
				echo.Next(pcm)
				g711.ALaw.Encode(raw, pcm)
				sayPCMA(q, raw)
				b.pass(Frame)
				got.drain(tap)
			}
		}
		voice := func() { // a steady voice: 200 Hz, a saw
			for i := range pcm {
				pcm[i] = int16((i%40 - 20) * 300)
			}
		}
		say(40, voice)
		keys.Dial("4970101234567890")
		echo.Dial("13579")
		say(200, func() { keys.Next(pcm) })
		say(60, voice)
		must(t, b.e.StopRecording("a"))
		got.drain(tap)
		if len(got.left) != 300*FrameSize || len(got.right) != len(got.left) {
			t.Fatalf("%s: %d samples left and %d right, want 300 frames of both", name, len(got.left), len(got.right))
		}
		found := func(side []byte) string {
			var r dtmf.Receiver
			all := make([]int16, len(side))
			g711.ALaw.Decode(all, side)
			return string(r.Write(nil, all))
		}
		wantLeft, wantRight := "", ""
		if !on {
			wantLeft, wantRight = "4970101234567890", "13579"
		}
		if l, r := found(got.left), found(got.right); l != wantLeft || r != wantRight {
			t.Errorf("%s: the recording tells %q left and %q right, want %q and %q", name, l, r, wantLeft, wantRight)
		}
		if !on {
			continue
		}
		tail := make([]int16, 40*FrameSize)
		g711.ALaw.Decode(tail, got.left[len(got.left)-len(tail):])
		head := make([]int16, 30*FrameSize)
		g711.ALaw.Decode(head, got.left[8*FrameSize:38*FrameSize])
		if l := level.Of(tail); l < -25 {
			t.Errorf("the voice after the keys is at %.1f dBm0", l)
		}
		if l := level.Of(head); l < -25 {
			t.Errorf("the voice before the keys is at %.1f dBm0", l)
		}
		quiet := make([]int16, 190*FrameSize) // well within the keys: not even a beginning of one is to be heard
		g711.ALaw.Decode(quiet, got.left[46*FrameSize:236*FrameSize])
		for i := 0; i+80 <= len(quiet); i += 80 {
			if l := level.Of(quiet[i : i+80]); l > -40 {
				t.Fatalf("%.1f dBm0 at %d ms of the keys", l, i/8)
			}
		}
	}
}

// FEATURES §9.5: while somebody types a card number, neither whoever they talk to nor the recording hears it, in the voice or beside it; the exchange
// is told the keys. Afterwards all is as before.
func TestAMaskedLegIsHeardByNobody(t *testing.T) {
	for name, mixed := range map[string]bool{"forwarded": false, "mixed": true} {
		b, p, q := bridged(t, plan.PCMA, plan.PCMA)
		if mixed {
			b.leg("c", plan.PCMA)
			b.plan("1-1", 2, hears("a", "b", "c"), hears("b", "a", "c"), hears("c", "a", "b"))
		}
		tap, got := new(Tap), &tape{}
		must(t, b.e.StartRecording("a", tap))
		const loud = 0x2A
		talk := func(frames int) (heard int) {
			for range frames {
				p.say(loud)
				b.pass(Frame)
				got.drain(tap)
			}
			for _, h := range q.heard() {
				if h.PayloadType != payloadPCMA {
					t.Errorf("%s: b is sent an event", name)
				} else if v := g711.ALaw.DecodeSample(h.Payload[80]); v > 2000 || v < -2000 {
					heard++
				}
			}
			return heard
		}
		if n := talk(50); n < 40 {
			t.Fatalf("%s: b hears %d packets of 50", name, n)
		}
		must(t, b.e.MaskLeg("a", true))
		talk(5) // what was on its way
		from := len(got.left)
		ts := p.ts
		for i := range 5 {
			p.event(7, i > 2, uint16(160*(i+1)), ts, i == 0)
			p.ts += 160
			b.pass(Frame)
		}
		if n := talk(50); n > 0 {
			t.Errorf("%s: b hears %d packets of a masked leg", name, n)
		}
		for i, x := range got.left[from:] {
			if x == loud {
				t.Fatalf("%s: the recording has the masked voice at %d ms", name, i/8)
			}
		}
		told := ""
		for _, e := range b.events {
			if e.Kind == Digit {
				told += string(e.Digit)
			}
		}
		if told != "7" {
			t.Errorf("%s: the keys told are %q", name, told)
		}
		must(t, b.e.MaskLeg("a", false))
		if n := talk(60); n < 45 {
			t.Errorf("%s: afterwards b hears %d packets of 60", name, n)
		}
	}
}

func TestPausesAndMasksAllocateNothing(t *testing.T) {
	r := newRig(t, 1, 2, plan.PCMA)
	tap := new(Tap)
	tap.MaskKeys()
	must(t, r.e.StartRecording("0-0", tap))
	var f [TapFrame]byte
	paused := false
	if n := testing.AllocsPerRun(600, func() {
		r.frame()
		paused = !paused
		if err := r.e.PauseRecording("0-0", paused, "hold", r.now); err != nil {
			t.Fatal(err)
		}
		for {
			if tap.Read(f[:]) {
				continue
			}
			if _, ok := tap.Mark(); !ok {
				break
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// BenchmarkMaskedFrame prints what a mask costs: ns for 20 ms of one recorded leg.
func BenchmarkMaskedFrame(b *testing.B) {
	tap := new(Tap)
	m := new(mask)
	var f, out [TapFrame]byte
	for i := range f {
		f[i] = byte(i * 31)
	}
	b.ReportAllocs()
	for b.Loop() {
		m.take(tap, &f)
		tap.Read(out[:])
	}
}
