package routing_test

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/routing"
)

func directory() routing.Directory {
	return routing.Directory{
		Country: "FR", Outside: "0",
		Extensions: []routing.Extension{{Number: "201", Outside: true}, {Number: "203"}, {Number: "115", Outside: true}},
		Trunks:     []routing.Trunk{{Name: "all"}, {Name: "paris", Prefixes: []string{"+331", "+33"}}, {Name: "swiss", Prefixes: []string{"+41"}}},
		Services:   []routing.Service{{Number: "+33140506070", Active: true}, {Number: "+33140506071"}},
		Emergency:  []string{"112", "15", "115", "116000"},
	}
}

func TestFromExtension(t *testing.T) {
	cases := []struct {
		from, dialled string
		to            routing.To
		number        string
		lines         []string
		why           routing.Why
		code          string
	}{
		{from: "201", dialled: "112", to: routing.ToEmergency, number: "112", code: "number.emergency"},
		{from: "203", dialled: "0112", to: routing.ToEmergency, number: "112", code: "number.emergency"},
		{from: "nobody", dialled: "0 15", to: routing.ToEmergency, number: "15", code: "number.emergency"},
		{from: "201", dialled: "115", to: routing.ToEmergency, number: "115", code: "number.emergency"}, // before the extension
		{from: "203", dialled: "201", to: routing.ToExtension, number: "201", code: "number.extension"},
		{from: "201", dialled: "0 01 40 50 60 80", to: routing.ToTrunk, number: "+33140506080", lines: []string{"paris", "all"}, code: "number.outside"},
		{from: "201", dialled: "0 04 40 50 60 80", to: routing.ToTrunk, number: "+33440506080", lines: []string{"paris", "all"}, code: "number.outside"},
		{from: "201", dialled: "00041223456789", to: routing.ToTrunk, number: "+41223456789", lines: []string{"swiss", "all"}, code: "number.outside"},
		{from: "201", dialled: "+41 22 345 67 89", to: routing.ToTrunk, number: "+41223456789", lines: []string{"swiss", "all"}, code: "number.outside"},
		{from: "201", dialled: "03631", to: routing.ToTrunk, number: "3631", lines: []string{"all"}, code: "number.outside"},
		{from: "201", dialled: "00140506070", to: routing.ToService, number: "+33140506070", code: "number.service"},
		{from: "203", dialled: "00612345678", to: routing.ToRefused, why: routing.WhyForbidden, code: "extension.no_outside_right"},
		{from: "nobody", dialled: "00612345678", to: routing.ToRefused, why: routing.WhyForbidden, code: "extension.no_outside_right"},
		{from: "201", dialled: "140506070", to: routing.ToRefused, why: routing.WhyNoNumber, code: "number.no_extension"},
		{from: "201", dialled: "299", to: routing.ToRefused, why: routing.WhyNoNumber, code: "number.no_extension"},
		{from: "201", dialled: "*21#", to: routing.ToRefused, why: routing.WhyNoNumber, code: "number.no_extension"},
		{from: "201", dialled: "", to: routing.ToRefused, why: routing.WhyNoNumber, code: "number.unreadable"},
	}
	table := routing.New(directory())
	for _, c := range cases {
		d := table.FromExtension(c.from, c.dialled)
		if d.To != c.to || d.Number != c.number || !slices.Equal(d.Lines, c.lines) || d.Why != c.why || len(d.Reasons) == 0 || d.Reasons[0].Code != c.code {
			t.Errorf("%s dials %q: %+v", c.from, c.dialled, d)
		}
	}
}

func TestWithoutOutsidePrefix(t *testing.T) {
	d := directory()
	d.Outside = ""
	table := routing.New(d)
	if got := table.FromExtension("201", "0612345678"); got.To != routing.ToTrunk || got.Number != "+33612345678" {
		t.Errorf("outside call: %+v", got)
	}
	if got := table.FromExtension("201", "112"); got.To != routing.ToEmergency {
		t.Errorf("emergency: %+v", got)
	}
}

func TestFromTrunkAcceptsEverySpelling(t *testing.T) {
	table := routing.New(directory())
	for _, dialled := range []string{"+33140506070", "33140506070", "0033140506070", "0140506070", "140506070", "+33 1 40 50 60 70"} {
		if d := table.FromTrunk(dialled); d.To != routing.ToService || d.Service != 0 {
			t.Errorf("%q: %+v", dialled, d)
		}
	}
}

func TestFromTrunkReachesNothingElse(t *testing.T) {
	table := routing.New(directory())
	for dialled, why := range map[string]routing.Why{
		"+33612345678": routing.WhyForbidden, // trunk to trunk is never a route
		"00612345678":  routing.WhyForbidden, // with the prefix of our phones
		"112":          routing.WhyForbidden,
		"0140506099":   routing.WhyNoNumber, // in our range, and nobody's
		"201":          routing.WhyNoNumber,
		"":             routing.WhyNoNumber,
		"a b":          routing.WhyNoNumber,
		"+33140506071": routing.WhySuspended,
	} {
		if d := table.FromTrunk(dialled); d.To != routing.ToRefused || d.Why != why || len(d.Reasons) == 0 {
			t.Errorf("%q: %+v", dialled, d)
		}
	}
}

// TestReasonsOfARefusal: every reason with its detail, none with a digit that was typed for somebody outside.
func TestReasonsOfARefusal(t *testing.T) {
	table := routing.New(directory())
	for _, c := range []struct {
		from, dialled string
		want          []fact.Reason
	}{
		{"201", "299", []fact.Reason{{Code: "number.no_extension"}, {Code: "number.outside_prefix_missing", Detail: "0"}}},
		{"201", "0299", []fact.Reason{{Code: "number.no_extension"}, {Code: "number.unreadable", Detail: number.ErrLength.Error()}}},
		{"201", "", []fact.Reason{{Code: "number.unreadable", Detail: number.ErrEmpty.Error()}}},
		{"201", "a", []fact.Reason{{Code: "number.unreadable", Detail: number.ErrCharacter.Error()}}},
		{"203", "00612345678", []fact.Reason{{Code: "extension.no_outside_right", Detail: "203"}}},
		{"201", "00140506071", []fact.Reason{{Code: "service.suspended", Detail: "+33140506071"}}},
	} {
		if d := table.FromExtension(c.from, c.dialled); d.To != routing.ToRefused || !slices.Equal(d.Reasons, c.want) {
			t.Errorf("%s dials %q: %+v, want %v", c.from, c.dialled, d, c.want)
		}
	}
}

// TestOutside: a number of the branch itself goes by the lines that serve it, the longest prefix first, a prefix before none, and else as the
// document has them; when none does, the call is refused.
func TestOutside(t *testing.T) {
	d := directory()
	d.Trunks = []routing.Trunk{
		{Name: "all"},
		{Name: "any", Prefixes: []string{"+"}},
		{Name: "b", Prefixes: []string{"+33"}},
		{Name: "a", Prefixes: []string{"+33", "+41"}},
		{Name: "c", Prefixes: []string{"+3", "+331"}},
		{Name: "rest"},
		{Name: "d", Prefixes: []string{"+33"}},
	}
	table := routing.New(d)
	want := []string{"c", "b", "a", "d", "any", "all", "rest"}
	got := table.Outside("+33140506080")
	if got.To != routing.ToTrunk || got.Number != "+33140506080" || !slices.Equal(got.Lines, want) {
		t.Errorf("%+v, want %v", got, want)
	}
	if r := []fact.Reason{{Code: "number.outside"}, {Code: "trunk.longest_prefix", Detail: "c b a d any all rest"}}; !slices.Equal(got.Reasons, r) {
		t.Errorf("because %v", got.Reasons)
	}
	d.Trunks = d.Trunks[2:4]
	if got := routing.New(d).Outside("+4930123456"); got.To != routing.ToRefused || got.Why != routing.WhyNoNumber || len(got.Reasons) != 1 || got.Reasons[0].Code != "trunk.none_serves" {
		t.Errorf("no line serves Germany: %+v", got)
	}
	if got := routing.New(d).FromExtension("201", "0004930123456"); got.To != routing.ToRefused || got.Why != routing.WhyNoNumber || got.Reasons[0].Code != "trunk.none_serves" {
		t.Errorf("nor for an extension: %+v", got)
	}
}

// TestWhoseNumberACarrierSent: one of our range that nobody has is not ours; another's would leave by a line outside, which is forbidden.
func TestWhoseNumberACarrierSent(t *testing.T) {
	d := directory()
	d.Services = append(d.Services, routing.Service{Number: "3699", Active: true})
	table := routing.New(d)
	for dialled, code := range map[string]string{
		"0140506099":  "number.not_ours",
		"0140509999":  "number.not_ours", // the last of our ten thousand
		"0140510000":  "trunk.to_trunk",  // the first after
		"0140516070":  "trunk.to_trunk",
		"03631":       "trunk.to_trunk", // only as a phone of ours would dial it
		"3631":        "trunk.to_trunk", // as short as a service of ours, and all of it another's
		"01405060":    "number.not_ours",
		"+4930123456": "trunk.to_trunk",
	} {
		if got := table.FromTrunk(dialled); got.To != routing.ToRefused || len(got.Reasons) != 1 || got.Reasons[0].Code != code {
			t.Errorf("%q: %+v, want %s", dialled, got, code)
		}
	}
}

// TestSpellings lists what a carrier may mean, each once.
func TestSpellings(t *testing.T) {
	for dialled, want := range map[string][]string{
		"+33140506070": {"+33140506070"}, "33140506070": {"+33140506070"}, "0140506070": {"+33140506070", "+140506070"}, "140506070": {"+140506070", "+33140506070"},
		"3631": {"3631"}, "a": nil, "": nil,
	} {
		if got := routing.Spellings("FR", dialled); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", dialled, got, want)
		}
	}
}
