package site

import (
	"strings"
	"testing"
)

// Each mistake is named at its place, and at no other.
func TestMistakesOfTransportsAndLimits(t *testing.T) {
	for _, c := range []struct{ from, to, path string }{
		{`sip_tcp: "" `, `sip_tcp: "x" `, "network.sip_tcp"},
		{`sip_tls: "" `, `sip_tls: "off" `, "network.sip_tls"},
		{`web: "" `, `web: "box.example" `, "network.web"},
		{`tls_cert: "" `, `tls_cert: "box.pem" `, "network.tls_cert"},
		{`dns: [] `, `dns: [resolver] `, "network.dns[0]"},
		{`call_back: 10m `, `call_back: 48h `, "emergency.call_back"},
		{`calls_each: 4 `, `calls_each: -1 `, "toll.calls_each"},
		{`forbidden: [premium, satellite]`, `forbidden: [premium, moon]`, "toll.forbidden[1]"},
		{`abroad: ["+3", "+4"]`, `abroad: ["+3", "41"]`, "toll.abroad[1]"},
		{`alert_in: 10m `, `alert_in: 1s `, "toll.alert_in"},
		{`from: "", to: ""`, `from: "20:00", to: ""`, "toll.night"},
		{`from: "", to: ""`, `from: "20h", to: "07:00"`, "toll.night.from"},
		{`days: []`, `days: [samedi]`, "toll.night.days[0]"},
		{`transport: "" `, `transport: "sctp" `, "trunks[0].transport"},
		{`register: "" `, `register: "yes" `, "trunks[0].username"},
		{`proxy: "" `, `proxy: "a b" `, "trunks[0].proxy"},
		{`srtp: ""  `, `srtp: required `, "trunks[0].srtp"},
		{`caller: "" `, `caller: mine `, "trunks[0].caller"},
		{`settings: {} `, `settings: {from: [a]} `, "trunks[0].settings.from"},
		{`kind: phone `, `kind: toaster `, "extensions[0].kind"},
		{"cloud:\n  proxy: \"\" ", "cloud:\n  proxy: \"proxy.example:3128\" ", "cloud.proxy"},
		{"cloud:\n  proxy: \"\" ", "cloud:\n  proxy: \"http://proxy.example:3128/path\" ", "cloud.proxy"},
	} {
		text := example(t)
		if !strings.Contains(text, c.from) {
			t.Errorf("the example has no %q", c.from)
			continue
		}
		_, problems := Parse([]byte(strings.Replace(text, c.from, c.to, 1)))
		if len(problems) != 1 || problems[0].Path != c.path || problems[0].Remedy == "" {
			t.Errorf("%s: %v", c.to, problems)
		}
	}
}

func TestSettingsOfAProfileAreTexts(t *testing.T) {
	doc, problems := Parse([]byte(strings.Replace(example(t), "settings: {} ", "settings: {from: account, dead_after: 5} ", 1)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if s := doc.Trunks[0].Settings; s["from"] != "account" || s["dead_after"] != "5" {
		t.Errorf("%v", s)
	}
}
