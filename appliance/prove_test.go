package appliance

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/wording"
)

// What may go wrong in a proof and the words for it are the same set.
func TestEveryFaultOfAProofHasWords(t *testing.T) {
	source, err := os.ReadFile("prove.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, m := range regexp.MustCompile(`(?:code: |code = |s\.remedy, )"([a-z]+)"`).FindAllSubmatch(source, -1) {
		codes = append(codes, string(m[1]))
	}
	words := wording.Steps()
	slices.Sort(codes)
	slices.Sort(words)
	if codes = slices.Compact(codes); !slices.Equal(codes, words) {
		t.Errorf("codes: %q\nwords: %q", codes, words)
	}
}

func TestHowALineRefusesAProof(t *testing.T) {
	for _, c := range []struct {
		reason exchange.Refusal
		sip    int
		code   string
		detail string
	}{
		{exchange.RefusedBusy, 486, "busy", "SIP 486"},
		{exchange.RefusedBusy, 600, "busy", "SIP 600"},
		{exchange.RefusedUnreachable, 0, "silent", ""},          // no server to ask
		{exchange.RefusedUnreachable, 408, "silent", "SIP 408"}, // RFC 3261 §17.1.1.2, Timer B
		{exchange.RefusedUnreachable, 480, "refused", "SIP 480"},
		{exchange.RefusedNoAnswer, 0, "silent", ""},
		{exchange.RefusedForbidden, 403, "refused", "SIP 403"},
		{exchange.RefusedCongestion, 503, "refused", "SIP 503"},
	} {
		if p := refusedProof(exchange.LegRefused{Reason: c.reason, SIP: c.sip}); p.code != c.code || p.detail != c.detail || p.Error() == "" {
			t.Errorf("%s %d: %+v", c.reason, c.sip, p)
		}
	}
}
