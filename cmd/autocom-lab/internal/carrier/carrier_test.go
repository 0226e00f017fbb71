package carrier_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/ua"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNumbersBehaveAsTheyAsk(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	nobody := netip.MustParseAddrPort("127.0.0.9:9")
	ca, err := carrier.Open(netip.MustParseAddrPort("127.0.0.2:0"), nobody, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ca.Close()
	a, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Box: ca.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for number, code := range map[string]int{"+33145000486": 486, "+33145000404": 404, "+33145000480": 480, "+33145000503": 503} {
		c, err := a.Place(ua.Invite{To: number})
		if err != nil {
			t.Fatal(err)
		}
		if e, err := c.Wait(ctx, ua.Refused); err != nil || e.Code != code {
			t.Errorf("%s: %v %v, want %d", number, e, err, code)
		}
	}
	for _, number := range []string{"+33145678901", "112"} {
		l, err := line.Place(a, ua.Invite{To: number}, line.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := l.Expect(ctx, branch.CarrierTone); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	c, err := a.Place(ua.Invite{To: "+33145000999"})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := c.Wait(ctx, ua.Progress); err != nil {
		t.Error(e, err)
	}
	short, stop := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer stop()
	if e, err := c.Wait(short, ua.Answered); err == nil {
		t.Error("999 answered:", e)
	}
	c.HangUp()
	if e, err := c.Wait(ctx, ua.Released); err != nil {
		t.Error(e, err)
	}
}
