package ladder

import "testing"

// TestAgentsCodesAreNotKept: rule R17 and FEATURES §2.3, log-in by code: what follows a feature code is nobody's business.
func TestAgentsCodesAreNotKept(t *testing.T) {
	for line, want := range map[string]string{
		"INVITE sip:*112714@192.0.2.1 SIP/2.0":      "INVITE sip:*11....@192.0.2.1 SIP/2.0",
		"<sip:%2A112714@192.0.2.1;user=phone>":      "<sip:%2A11....@192.0.2.1;user=phone>",
		"<sip:%23112714@192.0.2.1>;tag=1":           "<sip:%2311....@192.0.2.1>;tag=1",
		"<tel:*112714>":                             "<tel:*11....>",
		"\"sip:*11\" <sip:*119@h>, <sips:*119@h>":   "\"sip:*11\" <sip:*11.@h>, <sips:*11.@h>",
		"INVITE sip:*12@192.0.2.1 SIP/2.0":          "INVITE sip:*12@192.0.2.1 SIP/2.0",
		"INVITE sip:0612345678@192.0.2.1 SIP/2.0":   "INVITE sip:0612345678@192.0.2.1 SIP/2.0",
		"INVITE sip:+33612345678@192.0.2.1 SIP/2.0": "INVITE sip:+33612345678@192.0.2.1 SIP/2.0",
		"INVITE sip:*112714":                        "INVITE sip:*11....",
		"sip:":                                      "sip:",
	} {
		b := []byte(line)
		if veil(b); string(b) != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", line, b, want)
		}
	}
}
