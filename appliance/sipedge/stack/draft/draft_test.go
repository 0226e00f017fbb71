package draft

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func parsed(t *testing.T, text string) *sip.Request {
	t.Helper()
	msg, err := sip.NewParser().ParseSIP([]byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return msg.(*sip.Request)
}

const invite = `INVITE sip:100@box SIP/2.0
Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx
Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKy
Record-Route: <sip:proxy;lr>
Route: <sip:box;lr>
From: <sip:200@box>;tag=peer
To: <sip:100@box>
Call-ID: a
CSeq: 7 INVITE`

func TestResponseRepeatsItsRequest_RFC3261_8_2_6(t *testing.T) {
	req := parsed(t, invite)
	seed := maphash.MakeSeed()
	h := HeadOf(req, seed)
	req.RemoveHeader("Via") // it is its owner's
	trying := h.Response(100, "", nil, "", nil).String()
	ringing := h.Response(180, "", nil, "box", nil).String()
	busy := h.Response(486, "", nil, "", []byte("why"))
	if strings.Contains(trying, ";tag="+h.Tag()) || strings.Contains(trying, "Record-Route") || strings.Contains(trying, "Server") {
		t.Error(trying)
	}
	for _, want := range []string{
		"SIP/2.0 180 Ringing\r\n", "branch=z9hG4bKx", "branch=z9hG4bKy", "Record-Route: <sip:proxy;lr>", "To: <sip:100@box>;tag=" + h.Tag(), "Call-ID: a",
		"CSeq: 7 INVITE", "Server: box", "Content-Length: 0",
	} {
		if !strings.Contains(ringing, want) {
			t.Errorf("%q is missing in\n%s", want, ringing)
		}
	}
	if busy.GetHeader("Record-Route") != nil || string(busy.Body()) != "why" || busy.ContentLength().Value() != "3" {
		t.Error(busy)
	}
	if again := HeadOf(parsed(t, invite), seed); again.Tag() != h.Tag() || h.Tag() == "" {
		t.Errorf("tags %q and %q", h.Tag(), again.Tag())
	}
	inside := HeadOf(parsed(t, strings.Replace(invite, "To: <sip:100@box>", "To: <sip:100@box>;tag=ours", 1)), seed)
	if inside.Tag() != "ours" || !strings.Contains(inside.Response(100, "", nil, "", nil).String(), "tag=ours") {
		t.Errorf("inside a dialog: %q", inside.Tag())
	}
}

func TestCancelBelongsToItsInvite_RFC3261_9_1(t *testing.T) {
	req := parsed(t, invite)
	req.SetTransport("UDP")
	text := Sibling(req, sip.CANCEL, req.To()).String()
	for _, want := range []string{"CANCEL sip:100@box", "branch=z9hG4bKx", "Route: <sip:box;lr>", "CSeq: 7 CANCEL", "tag=peer", "Call-ID: a", "Max-Forwards: 70"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Count(text, "Via:") != 1 {
		t.Error(text)
	}
}

func TestRequestGetsWhatItLacks_RFC3261_8_1_1(t *testing.T) {
	req := sip.NewRequest(sip.OPTIONS, sip.Uri{Scheme: "sip", Host: "box"})
	out := Request(req, netip.MustParseAddrPort("192.0.2.1:5060"), "box")
	text := out.String()
	for _, want := range []string{"192.0.2.1:5060;branch=z9hG4bK", ";rport", "Max-Forwards: 70", "User-Agent: box", "Content-Length: 0"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if len(req.Headers()) != 0 {
		t.Error("the request that was given was changed")
	}
	if again := Request(out, netip.MustParseAddrPort("192.0.2.2:5060"), "other").String(); strings.Count(again, "Via:") != 1 || strings.Contains(again, "other") {
		t.Error(again)
	}
}
