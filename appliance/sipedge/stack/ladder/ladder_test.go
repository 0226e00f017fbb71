package ladder

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestBookIsBoundedAndKeepsNoSecret(t *testing.T) {
	b := New(Bounds{Calls: 2, Others: 1, Messages: 3})
	peer, now := netip.MustParseAddrPort("192.0.2.9:5060"), time.Unix(1_800_000_000, 0)
	note := func(method, id string, n int) {
		b.Note(now, n%2 == 0, peer, fmt.Appendf(nil, "%s sip:%d@box SIP/2.0\r\ni: %s\r\nCSeq: %d %s\r\nAuthorization: secret\r\nv: SIP/2.0/UDP %s\r\n\r\nsecret",
			method, n, id, n, method, strings.Repeat("x", 1000)))
	}
	for n := range 5 {
		note("INVITE", "call", n)
		note("REGISTER", fmt.Sprint("phone", n), n)
	}
	rungs := b.Trace("call")
	if len(rungs) != 3 || rungs[0].First != "INVITE sip:2@box SIP/2.0" || !rungs[0].Sent || rungs[0].Remote != peer || !rungs[0].At.Equal(now) {
		t.Errorf("the last three: %v", rungs)
	}
	if s := fmt.Sprint(rungs); strings.Contains(s, "secret") || len(s) > 2000 || !strings.Contains(s, "CSeq: 2 INVITE") {
		t.Error(s)
	}
	if b.Trace("phone3") != nil || len(b.Trace("phone4")) != 1 {
		t.Error("one registration is remembered, the last one")
	}
	note("INVITE", "second", 0)
	note("INFO", "call", 6) // heard of again
	note("INVITE", "third", 0)
	if len(b.Trace("call")) != 3 || b.Trace("second") != nil {
		t.Error("not the call that was silent for longest is forgotten")
	}
}
