package flow_test

import (
	"encoding/json"
	"net/netip"
	"testing"

	"autocom/appliance/sipedge/flow"
)

func TestTransportNamesReadBack(t *testing.T) {
	for u := flow.UDP; u <= flow.WSS; u++ {
		text, err := u.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back flow.Transport = 99
		if err := back.UnmarshalText(text); err != nil || back != u {
			t.Errorf("%s reads back as %s: %v", u, back, err)
		}
	}
	var u flow.Transport
	if u.UnmarshalText([]byte("SCTP")) == nil {
		t.Error("a transport that is none was read")
	}
}

// RFC 4568 §7: keys of SRTP travel only where nobody reads them.
func TestOnlyTLSIsSecure_RFC4568_7(t *testing.T) {
	for u, secure := range map[flow.Transport]bool{flow.UDP: false, flow.TCP: false, flow.WS: false, flow.TLS: true, flow.WSS: true} {
		if u.Secure() != secure {
			t.Errorf("%s: secure %v", u, u.Secure())
		}
		if u.Stream() != (u != flow.UDP) {
			t.Errorf("%s: stream %v", u, u.Stream())
		}
	}
}

// RFC 3261 §19.1.2, RFC 7118 §5.
func TestDefaultPorts_RFC3261_19_1_2(t *testing.T) {
	for u, port := range map[flow.Transport]uint16{flow.UDP: 5060, flow.TCP: 5060, flow.TLS: 5061, flow.WS: 80, flow.WSS: 443} {
		if u.DefaultPort() != port {
			t.Errorf("%s: %d", u, u.DefaultPort())
		}
	}
}

// A core that takes over the dialogs of one that only knew UDP finds them.
func TestFlowOfBeforeReadsAsUDP(t *testing.T) {
	var f flow.Flow
	if err := json.Unmarshal([]byte(`{"Local":"127.0.0.1:5060","Remote":"127.0.0.2:5062"}`), &f); err != nil {
		t.Fatal(err)
	}
	want := flow.Flow{Local: netip.MustParseAddrPort("127.0.0.1:5060"), Remote: netip.MustParseAddrPort("127.0.0.2:5062")}
	if f != want {
		t.Errorf("%v", f)
	}
	want.Transport = flow.TLS
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var back flow.Flow
	if err := json.Unmarshal(text, &back); err != nil || back != want {
		t.Errorf("%s reads back as %v: %v", text, back, err)
	}
}
