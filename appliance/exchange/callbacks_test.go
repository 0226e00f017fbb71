package exchange_test

import (
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// A form on a web page reaches numbers of this country only; nobody has the box call dear numbers, or for help (FEATURES §10, §9.4).
func TestNumbersThatAreNotCalledBack(t *testing.T) {
	b := exchange.Branch{
		Revision: "r1", Country: "FR", Trunks: []exchange.Trunk{{Name: "carrier", Channels: 4, Presented: "+33140506070"}},
		Queues: []exchange.Queue{{ID: "rouge", Name: "Rouge"}},
	}
	s := exchange.New()
	now := fact.Moment{UTC: 1_793_000_000_000} // November 2026
	s.Step(now, exchange.Started{Epoch: 1})
	s.Step(now, exchange.SiteChanged{Branch: b})
	for _, c := range []struct{ number, source, code string }{
		{"0612345678", "web", ""},
		{"+33 6 12 34 56 79", "command", ""},
		{"0899 123 456", "web", "form.class"},
		{"+33 899 12 34 56", "command", "form.class"},
		{"+870773111632", "command", "form.class"},
		{"+4930123456", "web", "form.class"},
		{"+4930123456", "command", ""},
		{"15", "web", "number.unreadable"},
		{"fifteen", "web", "number.unreadable"},
	} {
		before := len(s.Callbacks())
		effects, _ := s.Step(now, exchange.CallbackAsk{Request: 1, By: "web", Queue: "rouge", Number: c.number, Subject: fact.Subject(c.number), Source: c.source})
		code := ""
		for _, e := range effects {
			if r, ok := e.(exchange.Reply); ok && len(r.Refused) > 0 {
				code = r.Refused[0].Code
			}
		}
		if code != c.code || (len(s.Callbacks()) > before) != (c.code == "") {
			t.Errorf("%s by %s: refused as %q, want %q; %d callbacks wait", c.number, c.source, code, c.code, len(s.Callbacks())-before)
		}
	}
}
