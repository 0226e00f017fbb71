package leg

import (
	"net/netip"
	"testing"

	sipflow "autocom/appliance/sipedge/flow"
)

// RFC 3261 §12.2.1.1, RFC 3263 §4.1: what follows in a carrier's call goes where its route set says and by the transport it says, else by that of
// the dialog; what is secret never leaves for a transport that is not.
func TestRFC3261S12_2_1_1TransportOfRequestsInACall(t *testing.T) {
	came := netip.MustParseAddrPort("198.51.100.9:5060")
	for _, c := range []struct {
		by     sipflow.Transport
		target string
		routes []string
		want   string
	}{
		{sipflow.UDP, "sip:a@198.51.100.8:5070", nil, "UDP 198.51.100.8:5070"},
		{sipflow.UDP, "sip:a@198.51.100.8;transport=tcp", nil, "TCP 198.51.100.8:5060"},
		{sipflow.TCP, "sip:a@198.51.100.8", nil, "TCP 198.51.100.8:5060"},
		{sipflow.TCP, "sip:a@198.51.100.8;transport=TCP", nil, "TCP 198.51.100.8:5060"},
		{sipflow.TCP, "sip:a@198.51.100.8;transport=udp", nil, "UDP 198.51.100.8:5060"},
		{sipflow.TCP, "sips:a@198.51.100.8:5061", nil, "TLS 198.51.100.8:5061"},
		{sipflow.TCP, "sip:a@host.invalid;transport=udp", nil, "TCP 198.51.100.9:5060"},
		{sipflow.TCP, "sip:a@198.51.100.8;transport=udp", []string{"sip:198.51.100.7;lr"}, "TCP 198.51.100.7:5060"},
		{sipflow.TCP, "sip:a@198.51.100.8", []string{"sip:198.51.100.7;transport=udp;lr"}, "UDP 198.51.100.7:5060"},
		{sipflow.TLS, "sip:a@198.51.100.9:5099;transport=udp", nil, "TLS 198.51.100.9:5060"},
		{sipflow.TLS, "sip:a@198.51.100.8:5061;transport=tcp", nil, "TLS 198.51.100.8:5061"},
	} {
		d := Dialog{Target: c.target, Routes: c.routes, Flow: Flow{Transport: c.by, Remote: came}, Routed: true}
		if f := d.hop(); f.Transport.String()+" "+f.Remote.String() != c.want {
			t.Errorf("%s %s %v: %s, want %s", c.by, c.target, c.routes, f, c.want)
		}
	}
}
