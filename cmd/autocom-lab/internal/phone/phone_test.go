package phone_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/ua"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk opens a phone beside an agent that is no registrar, and gives an agent
// that calls the phone directly.
func desk(t *testing.T, ctx context.Context, m phone.Manners) *ua.Agent {
	t.Helper()
	other, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Box: netip.MustParseAddrPort("127.0.0.9:9")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	p, err := phone.Open(netip.MustParseAddrPort("127.0.0.11:0"), other.Addr(), ua.Account{User: "203", Secret: "x"}, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	var refusal ua.Refusal
	if err := p.Registered(ctx); !errors.As(err, &refusal) || refusal.Code != 405 {
		t.Fatalf("registering with no registrar gives %v", err)
	}
	caller, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.2:0"), Box: p.Agent().Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caller.Close() })
	return caller
}

func TestAnswersWithItsOwnToneAndIsBusyMeanwhile(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a := desk(t, ctx, phone.Manners{After: 100 * time.Millisecond})
	l, err := line.Place(a, ua.Invite{To: "203"}, line.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Expect(ctx, branch.Tone("203")); err != nil {
		t.Fatal(err)
	}
	second, err := a.Place(ua.Invite{To: "203"})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := second.Wait(ctx, ua.Refused); err != nil || e.Code != 486 {
		t.Errorf("a second call: %v %v", e, err)
	}
	l.Call.HangUp()
	if _, err := l.Wait(ctx, ua.Released); err != nil {
		t.Fatal(err)
	}
	for { // the telephone answers our BYE before it has put its receiver down
		third, err := line.Place(a, ua.Invite{To: "203"}, line.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer third.Close()
		e, err := third.Wait(ctx, ua.Answered, ua.Refused)
		if err != nil {
			t.Fatalf("free again: %v %v", e, err)
		}
		if e.Kind == ua.Answered {
			break
		}
	}
}

func TestRefusesWithItsCode(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a := desk(t, ctx, phone.Manners{Refuse: 603})
	c, err := a.Place(ua.Invite{To: "203"})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := c.Wait(ctx, ua.Refused); err != nil || e.Code != 603 {
		t.Error(e, err)
	}
}

func TestRingsForEverUntilTheCallerLeaves(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a := desk(t, ctx, phone.Manners{IgnorePercent: 100})
	l, err := line.Place(a, ua.Invite{To: "203"}, line.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for e := (ua.Event{}); e.Code != 180; {
		if e, err = l.Wait(ctx, ua.Progress); err != nil {
			t.Fatal(err)
		}
	}
	l.Call.HangUp()
	if e, err := l.Wait(ctx, ua.Released); err != nil || e.Code != 487 {
		t.Error(e, err)
	}
}
