package trunk

import (
	"net/netip"
	"strings"
	"testing"

	"autocom/appliance/exchange"
)

func french() *Config {
	return &Config{Name: "t", CountryCode: "33", TrunkPrefix: "0", Presented: "+33140506070", Allowed: []string{"+33140506071"}}
}

func TestNumbersAsCarriersWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"+33140506070": "+33140506070", "0033140506070": "+33140506070", "0140506070": "+33140506070", "33140506070": "+33140506070",
		"01.40.50.60.70": "+33140506070", "+33140506070;npdi": "+33140506070", "15": "15", "112": "112", "3631": "3631", "0": "0", "alice": "alice", "": "",
		"+": "+", "118218": "118218",
	} {
		if got := french().Read(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestNumbersAsACarrierWantsThem(t *testing.T) {
	for _, c := range []struct {
		f        Format
		in, want string
	}{
		{FormatE164, "+33140506070", "+33140506070"},
		{"", "+33140506070", "+33140506070"},
		{Format00, "+33140506070", "0033140506070"},
		{FormatNational, "+33140506070", "0140506070"},
		{FormatNational, "+44201234567", "0044201234567"},
		{FormatNational, "112", "112"},
		{Format00, "15", "15"},
	} {
		k := french()
		k.Format = c.f
		if got := k.Number(c.in); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.f, c.in, got, c.want)
		}
	}
}

func TestNarrowestNetworkDecides(t *testing.T) {
	trunks := []Config{
		{Name: "wide", Sources: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		{Name: "narrow", Sources: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/32")}},
	}
	for a, want := range map[string]string{"10.1.2.3": "narrow", "10.1.2.4": "wide", "::ffff:10.1.2.3": "narrow", "11.0.0.1": ""} {
		got, ok := Find(trunks, Arrival{From: netip.MustParseAddr(a)})
		if ok != (want != "") || ok && got.Name != want {
			t.Errorf("%s: %v", a, got)
		}
	}
}

func TestCallersNameIsFitToShow(t *testing.T) {
	c := french().Hear(Said{From: Party{Display: "A\x00\r\nna" + string(make([]byte, 300)) + "é", User: "0612345678"}}).Caller
	if c != (exchange.Caller{Number: "+33612345678", Name: "Anaé"}) {
		t.Errorf("%+v", c)
	}
	long := french().Hear(Said{From: Party{Display: strings.Repeat("é", 57), User: "0612345678"}}).Caller
	if len(long.Name) != maxName {
		t.Errorf("%d bytes", len(long.Name))
	}
}

func TestWatch(t *testing.T) {
	var w Watch
	steps := []struct {
		status      int
		changed, up bool
	}{{200, true, true}, {404, false, true}, {503, false, true}, {200, false, true}, {408, false, true}, {408, true, false}, {408, false, false}, {200, true, true}}
	for i, s := range steps {
		if got := w.Answered(s.status); got != s.changed || w.Up() != s.up {
			t.Errorf("step %d: changed %v, up %v", i, got, w.Up())
		}
	}
	var never Watch
	if never.Missed() || !never.Missed() || never.Up() {
		t.Error("a trunk that never answered must be told gone once, after two misses")
	}
}
