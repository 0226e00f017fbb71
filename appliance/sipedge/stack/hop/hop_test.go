package hop

import (
	"net/netip"
	"testing"

	"autocom/appliance/sipedge/flow"

	"github.com/emiago/sipgo/sip"
)

func via(t *testing.T, text string) *sip.ViaHeader {
	t.Helper()
	msg, err := sip.NewParser().ParseSIP([]byte("OPTIONS sip:a SIP/2.0\r\nVia: " + text + "\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return msg.Via()
}

func TestViaSaysWhereItCameFrom_RFC3581_4(t *testing.T) {
	for _, c := range []struct{ via, from, received, rport, back string }{
		{"SIP/2.0/UDP 192.0.2.9:5070;branch=z", "192.0.2.9:6000", "", "", "192.0.2.9:5070"},
		{"SIP/2.0/UDP 192.0.2.9;branch=z", "192.0.2.9:6000", "", "", "192.0.2.9:5060"},
		{"SIP/2.0/UDP phone.example:5070;branch=z", "192.0.2.9:6000", "192.0.2.9", "", "192.0.2.9:5070"},
		{"SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z", "192.0.2.9:6000", "192.0.2.9", "6000", "192.0.2.9:6000"},
		{"SIP/2.0/UDP 192.0.2.9:5070;received=198.51.100.1;branch=z", "192.0.2.9:6000", "", "", "192.0.2.9:5070"},
		{"SIP/2.0/UDP [fe80::1]:5070;branch=z", "[fe80::1%eth0]:6000", "", "", "[fe80::1%eth0]:5070"},
	} {
		h, from := via(t, c.via), netip.MustParseAddrPort(c.from)
		Stamp(h, from)
		if got := h.Params.GetOr("received", ""); got != c.received {
			t.Errorf("%s: received %q, want %q", c.via, got, c.received)
		}
		if got := h.Params.GetOr("rport", ""); got != c.rport {
			t.Errorf("%s: rport %q, want %q", c.via, got, c.rport)
		}
		if got := Back(flow.UDP, h, from).String(); got != c.back {
			t.Errorf("%s: answered to %s, want %s", c.via, got, c.back)
		}
	}
}

func TestReplaceChangesOurOwnAddressOnly(t *testing.T) {
	old, fresh := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("[2001:db8::1]:5061")
	for text, want := range map[string]string{
		"SIP/2.0/UDP 192.0.2.1:5060;branch=z": "2001:db8::1",
		"SIP/2.0/UDP 192.0.2.1:5070;branch=z": "192.0.2.1",
		"SIP/2.0/UDP 192.0.2.2:5060;branch=z": "192.0.2.2",
		"SIP/2.0/UDP box.example;branch=z":    "box.example",
	} {
		h := via(t, text)
		Replace(h, old, fresh)
		if h.Host != want {
			t.Errorf("%s: %s, want %s", text, h.Host, want)
		}
	}
}
