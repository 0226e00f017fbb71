package line_test

import (
	"context"
	"math"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair gives two agents, each the other's box.
func pair(t *testing.T, drop func(out bool, m *sipmsg.Message) bool) (caller, called *ua.Agent) {
	t.Helper()
	called = agent(t, ua.Config{Listen: netip.MustParseAddrPort("127.0.0.12:0")})
	caller = agent(t, ua.Config{Listen: netip.MustParseAddrPort("127.0.0.2:0"), Box: called.Addr(), Drop: drop})
	return caller, called
}

func agent(t *testing.T, cfg ua.Config) *ua.Agent {
	t.Helper()
	if !cfg.Box.IsValid() {
		cfg.Box = netip.MustParseAddrPort("127.0.0.9:9")
	}
	a, err := ua.Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func incoming(t *testing.T, ctx context.Context, a *ua.Agent) *ua.Call {
	t.Helper()
	select {
	case c := <-a.Incoming():
		return c
	case <-ctx.Done():
		t.Fatal("no call came")
		return nil
	}
}

// talk places a call and answers it.
func talk(t *testing.T, ctx context.Context, caller, called *ua.Agent, mine, theirs line.Options) (*line.Line, *line.Line) {
	t.Helper()
	out, err := line.Place(caller, ua.Invite{To: "201", From: "0612345678"}, mine)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	c := incoming(t, ctx, called)
	in, err := line.Take(called, c, theirs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	if err := in.Ring(false); err != nil {
		t.Fatal(err)
	}
	if e, err := out.Wait(ctx, ua.Progress); err != nil {
		t.Fatal(e, err)
	}
	if err := in.Answer(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Wait(ctx, ua.Answered); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Wait(ctx, ua.Answered); err != nil {
		t.Fatal(err)
	}
	return out, in
}

func TestTonesBothWaysHoldAndDigits(t *testing.T) {
	ctx := within(t, 20*time.Second)
	caller, called := pair(t, nil)
	out, in := talk(t, ctx, caller, called, line.Options{Sound: line.Tone(440)}, line.Options{Sound: line.Tone(1000), Codecs: []uint8{0}})
	if got := in.Call.Caller(); got != "0612345678" {
		t.Errorf("the called side sees the caller as %q", got)
	}
	s, err := out.Expect(ctx, 1000)
	if err != nil || math.Abs(s.DBm0+16) > 0.5 {
		t.Errorf("the caller hears %+v, %v", s, err)
	}
	if s, err := in.Expect(ctx, 440); err != nil || math.Abs(s.DBm0+16) > 0.5 {
		t.Errorf("the called side hears %+v, %v", s, err)
	}
	if err := out.Flow.Press("1#9"); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for len(got) < 3 {
		select {
		case d := <-in.Flow.Digits():
			got = append(got, d)
		case <-ctx.Done():
			t.Fatalf("only the digits %q came", got)
		}
	}
	if string(got) != "1#9" {
		t.Errorf("digits %q", got)
	}
	if err := in.Call.Info('5'); err != nil {
		t.Fatal(err)
	}
	if e, err := out.Wait(ctx, ua.Digit); err != nil || e.Digit != '5' {
		t.Errorf("INFO gave %v %v", e, err)
	}

	if err := out.Hold(ctx); err != nil {
		t.Fatal(err)
	}
	if in.Direction() != sdp.SendOnly || out.Direction() != sdp.RecvOnly {
		t.Errorf("held: the far end wrote %s, answered %s", in.Direction(), out.Direction())
	}
	if _, err := in.Expect(ctx, 440); err != nil {
		t.Error("the held side must go on hearing what the holder sends:", err)
	}
	short := within(t, 300*time.Millisecond)
	if s, err := out.Listen(short, 200*time.Millisecond); err == nil {
		t.Errorf("the holder still hears %+v", s)
	}
	if err := out.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Expect(ctx, 1000); err != nil {
		t.Error("after the hold:", err)
	}
	for _, l := range []*line.Line{out, in} {
		if st := l.Flow.Stats(); st.Sources != 1 || st.Lost != 0 || st.Jumps != 0 && l == in {
			t.Errorf("not continuous: %+v", st)
		}
	}
	in.Call.HangUp()
	if e, err := out.Wait(ctx, ua.HungUp); err != nil {
		t.Error(e, err)
	}
	if e, err := in.Wait(ctx, ua.Released); err != nil || e.Code != 200 {
		t.Error(e, err)
	}
}

func TestEarlyMedia(t *testing.T) {
	ctx := within(t, 10*time.Second)
	caller, called := pair(t, nil)
	out, err := line.Place(caller, ua.Invite{To: "201"}, line.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in, err := line.Take(called, incoming(t, ctx, called), line.Options{Sound: line.Tone(620)})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := in.Ring(true); err != nil {
		t.Fatal(err)
	}
	if e, err := out.Wait(ctx, ua.Progress); err != nil || e.Code != 183 && e.Code != 100 {
		t.Fatal(e, err)
	}
	if _, err := out.Expect(ctx, 620); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	ctx := within(t, 10*time.Second)
	caller, called := pair(t, nil)
	for _, code := range []int{404, 486, 503, 603} {
		out, err := caller.Place(ua.Invite{To: "201"})
		if err != nil {
			t.Fatal(err)
		}
		if err := incoming(t, ctx, called).Refuse(code); err != nil {
			t.Fatal(err)
		}
		if e, err := out.Wait(ctx, ua.Refused); err != nil || e.Code != code {
			t.Errorf("refused with %d: %v %v", code, e, err)
		}
	}
}

func TestNoCommonCodecIs488(t *testing.T) {
	ctx := within(t, 10*time.Second)
	caller, called := pair(t, nil)
	out, err := line.Place(caller, ua.Invite{To: "201"}, line.Options{Codecs: []uint8{0}})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := line.Take(called, incoming(t, ctx, called), line.Options{Codecs: []uint8{8}}); err == nil {
		t.Error("a line without a codec was opened")
	}
	if e, err := out.Wait(ctx, ua.Refused); err != nil || e.Code != 488 {
		t.Error(e, err)
	}
}

func TestCancelWhileRinging(t *testing.T) {
	ctx := within(t, 10*time.Second)
	caller, called := pair(t, nil)
	out, err := caller.Place(ua.Invite{To: "201"})
	if err != nil {
		t.Fatal(err)
	}
	in := incoming(t, ctx, called)
	if err := in.Ring(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Wait(ctx, ua.Progress); err != nil {
		t.Fatal(err)
	}
	out.HangUp()
	if e, err := in.Wait(ctx, ua.Cancelled); err != nil {
		t.Error(e, err)
	}
	if e, err := out.Wait(ctx, ua.Released); err != nil || e.Code != 487 {
		t.Error(e, err)
	}
}

// RFC 3261 §9.1: a CANCEL that crosses the 200 does not end the call; the
// caller must acknowledge and say BYE.
func TestRFC3261Section9CancelCrosses200(t *testing.T) {
	ctx := within(t, 10*time.Second)
	var lost atomic.Int32
	caller, called := pair(t, func(out bool, m *sipmsg.Message) bool {
		return out && m.Method == "CANCEL" && lost.Add(1) < 100 // the CANCEL never arrives in time
	})
	out, err := caller.Place(ua.Invite{To: "201"})
	if err != nil {
		t.Fatal(err)
	}
	in := incoming(t, ctx, called)
	if _, err := out.Wait(ctx, ua.Progress); err != nil {
		t.Fatal(err)
	}
	out.HangUp()
	if err := in.Answer(sdp.Session{Addr: called.Addr(), Codecs: []uint8{8}}.Bytes()); err != nil {
		t.Fatal(err)
	}
	if e, err := in.Wait(ctx, ua.HungUp); err != nil {
		t.Error(e, err)
	}
	if e, err := out.Wait(ctx, ua.Released); err != nil {
		t.Error(e, err)
	}
}

// RFC 3261 §13.2.2.4: a 2xx repeated because its ACK was lost is acknowledged again.
func TestRFC3261Section13RepeatedAcceptIsAcknowledgedAgain(t *testing.T) {
	ctx := within(t, 10*time.Second)
	var acks, accepts atomic.Int32
	caller, called := pair(t, func(out bool, m *sipmsg.Message) bool {
		if out && m.Method == "ACK" {
			return acks.Add(1) == 1
		}
		if !out && m.Code == 200 {
			return accepts.Add(1) == 1
		}
		return false
	})
	_, _ = talk(t, ctx, caller, called, line.Options{}, line.Options{})
	if acks.Load() < 2 || accepts.Load() < 3 {
		t.Errorf("%d ACKs and %d 200s; the first of each was lost", acks.Load(), accepts.Load())
	}
}

// RFC 3261 §17.1.1.2: an INVITE lost on the way is sent again after T1.
func TestRFC3261Section17InviteIsRepeated(t *testing.T) {
	ctx := within(t, 10*time.Second)
	var n atomic.Int32
	caller, called := pair(t, func(out bool, m *sipmsg.Message) bool {
		return out && m.Method == "INVITE" && n.Add(1) == 1
	})
	start := time.Now()
	out, err := caller.Place(ua.Invite{To: "201"})
	if err != nil {
		t.Fatal(err)
	}
	in := incoming(t, ctx, called)
	if d := time.Since(start); d < ua.T1-10*time.Millisecond {
		t.Errorf("repeated after %s", d)
	}
	_ = in.Refuse(486)
	if e, err := out.Wait(ctx, ua.Refused); err != nil {
		t.Error(e, err)
	}
}

func TestVanish(t *testing.T) {
	ctx := within(t, 10*time.Second)
	caller, called := pair(t, nil)
	called.Vanish(true)
	out, err := caller.Place(ua.Invite{To: "201"})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-called.Incoming():
		t.Error("a vanished telephone heard the call")
	case e := <-out.Events():
		t.Error("a vanished telephone answered:", e)
	case <-time.After(700 * time.Millisecond): // one retransmission
	}
	called.Vanish(false)
	_ = incoming(t, ctx, called).Refuse(486) // the next retransmission is heard
	if e, err := out.Wait(ctx, ua.Refused); err != nil {
		t.Error(e, err)
	}
}
