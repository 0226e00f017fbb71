package carrier_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/ua"
)

// looped calls a number of its own through a looping carrier, and gives both ends once they talk.
func looped(t *testing.T, ctx context.Context, h carrier.Habits) (out, back *line.Line) {
	t.Helper()
	loop := netip.MustParseAddrPort("127.0.0.31:0")
	// The agent stands for the box: it has to know the carrier, and the carrier it.
	probe, err := ua.Listen(ua.Config{Listen: loop})
	if err != nil {
		t.Fatal(err)
	}
	loop = probe.Addr()
	_ = probe.Close()
	a, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.32:0"), Box: loop})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	l, err := carrier.OpenLoop(loop, a.Addr(), []string{"+33472000000"}, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	out, err = line.Place(a, ua.Invite{To: "+33472000000", From: "+33472000001"}, line.Options{Sound: line.Tone(700)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	select {
	case c := <-a.Incoming():
		if back, err = line.Take(a, c, line.Options{Sound: line.Tone(900)}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(back.Close)
	case <-ctx.Done():
		t.Fatal("the call never comes back")
	}
	if err := back.Answer(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Wait(ctx, ua.Answered); err != nil {
		t.Fatal(err)
	}
	return out, back
}

func TestALoopPassesEverythingOn(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, back := looped(t, ctx, carrier.Habits{})
	if c := back.Call.Caller(); c != "+33472000001" || back.Call.ID() == out.Call.ID() {
		t.Errorf("it comes back as %s, %s", c, back.Call.ID())
	}
	for l, hz := range map[*line.Line]float64{out: 900, back: 700} {
		if _, err := l.Expect(ctx, hz); err != nil {
			t.Error(err)
		}
	}
	if err := out.Flow.Press("5"); err != nil {
		t.Fatal(err)
	}
	select {
	case d := <-back.Flow.Digits():
		if d != '5' {
			t.Errorf("key %c", d)
		}
	case <-ctx.Done():
		t.Error("no key comes back")
	}
	if err := out.Hold(ctx); err != nil {
		t.Error(err)
	}
	if err := back.Resume(ctx); err != nil {
		t.Error(err)
	}
	back.Call.HangUp()
	if _, err := out.Wait(ctx, ua.HungUp); err != nil {
		t.Error(err)
	}
}

func TestALoopWithBadHabits(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, back := looped(t, ctx, carrier.Habits{Caller: "+33999999999", DropDigits: true, RefuseHold: true})
	if c := back.Call.Caller(); c != "+33999999999" {
		t.Errorf("it shows %s", c)
	}
	if err := out.Hold(ctx); err == nil {
		t.Error("a hold was taken")
	}
	if err := out.Flow.Press("5"); err != nil {
		t.Fatal(err)
	}
	if _, err := back.Expect(ctx, 700); err != nil { // the sound goes on after the key
		t.Error(err)
	}
	select {
	case d := <-back.Flow.Digits():
		t.Errorf("key %c came back", d)
	default:
	}
}
