package plan_test

import (
	"testing"

	"autocom/appliance/exchange/plan"
)

// RFC 3264 §5.1: the four directions, and what each is from the other side.
func TestDirections_RFC3264_5_1(t *testing.T) {
	for _, c := range []struct {
		d, reverse      plan.Direction
		sends, receives bool
		name            string
	}{
		{plan.SendRecv, plan.SendRecv, true, true, "sendrecv"},
		{plan.SendOnly, plan.RecvOnly, true, false, "sendonly"},
		{plan.RecvOnly, plan.SendOnly, false, true, "recvonly"},
		{plan.Inactive, plan.Inactive, false, false, "inactive"},
	} {
		if c.d.Sends() != c.sends || c.d.Receives() != c.receives || c.d.Reverse() != c.reverse || c.d.String() != c.name {
			t.Errorf("%s: sends %v, receives %v, reverse %s", c.d, c.d.Sends(), c.d.Receives(), c.d.Reverse())
		}
	}
}

func TestEndpointIsKnownByBothParts(t *testing.T) {
	for e, known := range map[plan.Endpoint]bool{
		{}: false, {Host: "192.0.2.1"}: false, {Port: 4000}: false, {Host: "192.0.2.1", Port: 4000}: true,
	} {
		if e.Known() != known {
			t.Errorf("%+v", e)
		}
	}
}

// RFC 3551 table 4: the numbers stand in packets and descriptions.
func TestCodecsAreTheirPayloadTypes_RFC3551(t *testing.T) {
	for c, want := range map[plan.Codec]string{0: "PCMU", 8: "PCMA", 9: "unknown codec"} {
		if c.String() != want {
			t.Errorf("payload type %d is %s, want %s", c, c, want)
		}
	}
	if plan.PCMU != 0 || plan.PCMA != 8 {
		t.Errorf("PCMU is %d, PCMA %d", plan.PCMU, plan.PCMA)
	}
}
