package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"autocom/appliance/exchange/plan"
)

// A key shows in JSON, which crosses the media socket, and in nothing that a person or a log could read.
func TestKeysAreMasked_RFC4568_7(t *testing.T) {
	const secret = "c2VjcmV0IGtleSBvZiBhIHBob25l"
	m := plan.Media{SRTP: plan.SRTP{Suite: "AES_CM_128_HMAC_SHA1_80", Ours: secret, Theirs: secret}}
	raw := fmt.Sprintf("%x", secret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s", "%.3s"} {
		for _, v := range []any{m, &m, m.SRTP, m.SRTP.Ours, []plan.Key{secret}, map[string]plan.Key{"k": secret}, struct{ M any }{m}} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, secret) || strings.Contains(strings.ToLower(got), raw) || strings.Contains(got, secret[:3]) {
				t.Errorf("%s of %T shows the key: %s", verb, v, got)
			}
		}
	}
	if err := fmt.Errorf("refused: %w %v", errors.New("x"), m); strings.Contains(err.Error(), secret) {
		t.Error(err)
	}
	for verb, want := range map[string]string{"%s": "[key]", "%x": "[key]", "%#v": "[key]"} {
		if got := fmt.Sprintf(verb, m.SRTP.Ours); got != want {
			t.Errorf("%s of a key shows %q, want %q", verb, got, want)
		}
	}
	if !m.SRTP.On() || (plan.SRTP{}).On() {
		t.Error("protected is what has a suite")
	}
	if plan.Key("").String() != "" || m.SRTP.Ours.String() == "" {
		t.Error("an absent key must look absent, and a present one present")
	}

	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back plan.Media
	if err := json.Unmarshal(b, &back); err != nil || back != m {
		t.Errorf("%+v came back as %+v: %v", m, back, err)
	}
	if b, err = json.Marshal(plan.Media{}); err != nil || strings.Contains(string(b), "srtp") {
		t.Errorf("clear media is written as %s: %v", b, err)
	}
}
