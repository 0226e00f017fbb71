package policy_test

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// TestConsentHolds takes a proof apart, and looks at the instants it begins and ends.
func TestConsentHolds(t *testing.T) {
	whole := policy.Consent{Source: "web form", Text: "I agree", At: 1_000}
	for _, c := range []struct {
		name   string
		change func(*policy.Consent)
		at     int64
		want   string // the reason's detail; empty: it holds
	}{
		{"given", nil, 1_001, ""},
		{"at the instant it is given", nil, 1_000, ""},
		{"before", nil, 999, "later"},
		{"without its source", func(c *policy.Consent) { c.Source = "" }, 2_000, "no proof"},
		{"without its text", func(c *policy.Consent) { c.Text = "" }, 2_000, "no proof"},
		{"without its text, that instant", func(c *policy.Consent) { c.Text = "" }, 1_000, "no proof"},
		{"without a day", func(c *policy.Consent) { c.At = 0 }, 2_000, "none"},
		{"a long time ago", func(c *policy.Consent) { c.At = 1 }, 2_000, ""},
		{"taken back", func(c *policy.Consent) { c.Revoked = 1_500 }, 2_000, "revoked"},
		{"at the instant it is taken back", func(c *policy.Consent) { c.Revoked = 2_000 }, 2_000, "revoked"},
		{"taken back later", func(c *policy.Consent) { c.Revoked = 2_001 }, 2_000, ""},
		{"taken back at once", func(c *policy.Consent) { c.At, c.Revoked = 1, 1 }, 2_000, "revoked"},
	} {
		consent := whole
		if c.change != nil {
			c.change(&consent)
		}
		if got := consent.Holds(c.at); got != (c.want == "") {
			t.Errorf("%s: holds %v", c.name, got)
		}
		// The same in the words of the gate, on a day on which consents are asked for.
		monday := unix(t, monday)
		move := func(at *int64) {
			if *at > 1 {
				*at += monday
			}
		}
		move(&consent.At)
		move(&consent.Revoked)
		a := ask(t, policy.PathCampaign)
		a.At, a.Solicit.Consent = monday+c.at, consent
		want := ""
		if c.want != "" {
			want = "prospecting.consent " + c.want
		}
		if got := codes(policy.Gate(a)); got != want {
			t.Errorf("%s: the gate says %q, want %q", c.name, got, want)
		}
	}
}

// TestUnknownPathHasEveryCheck: a path that nobody knows has no right and passes no ban.
func TestUnknownPathHasEveryCheck(t *testing.T) {
	if why := policy.Gate(ask(t, "unheard_of")); len(why) > 0 {
		t.Errorf("what every rule lets pass: %s", codes(why))
	}
	for want, change := range map[string]func(*policy.Ask){
		"extension.no_outside_right 201":                         func(a *policy.Ask) { a.Outside = false },
		"agent.no_outside_right ana":                             func(a *policy.Ask) { a.NoOutside = true },
		"extension.no_transfer_outside 201":                      func(a *policy.Ask) { a.KeepInside = true },
		"agent.no_transfer_outside ana":                          func(a *policy.Ask) { a.NoTransfer = true },
		"transfer.outside never":                                 func(a *policy.Ask) { a.Joining = policy.JoinNever },
		"form.class satellite":                                   func(a *policy.Ask) { a.Number = "+881612345678" },
		"form.class international":                               func(a *policy.Ask) { a.Number = "+41223456789" },
		"prospecting.consent none":                               func(a *policy.Ask) { a.Solicit.Consent = policy.Consent{} },
		"transfer.emergency 112":                                 func(a *policy.Ask) { a.Number = "112" },
		"toll.night":                                             func(a *policy.Ask) { a.Night = true },
		"prospecting.hours 21:00 Europe/Paris":                   func(a *policy.Ask) { a.At = unix(t, "2026-11-23T21:00:00+01:00") },
		"prospecting.refusal 1 of 60 days":                       func(a *policy.Ask) { a.Solicit.Refused = unix(t, "2026-11-22T21:00:00+01:00") },
		"presented.allowed +33199000000":                         func(a *policy.Ask) { a.Solicit.Presented = "+33199000000" },
		"outbound.denied site +331, transfer.denied queue x +33": deny,
	} {
		a := ask(t, "unheard_of")
		change(&a)
		if got := codes(policy.Gate(a)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func deny(a *policy.Ask) {
	a.Lists = []policy.Lists{{Of: "site", Dial: policy.List{Deny: []string{"+331"}}}, {Of: "queue x", Transfer: policy.List{Deny: []string{"+33"}}}}
}

// TestListsThatLetPass: a list that lets a number pass gives no reason on the paths that hand somebody over, nor has any list one to give when
// nobody is called and two parties are joined.
func TestListsThatLetPass(t *testing.T) {
	for _, p := range hands() {
		a := ask(t, p)
		a.Lists = []policy.Lists{{Of: "site", Dial: policy.List{Allow: []string{"+331"}, Deny: []string{"+339"}}, Transfer: policy.List{Allow: []string{"+33"}, Deny: []string{"+332"}}}}
		if why := policy.Gate(a); len(why) > 0 {
			t.Errorf("%s: %s", p, codes(why))
		}
		a.Number = ""
		if why := policy.Gate(a); len(why) > 0 {
			t.Errorf("%s, two parties joined: %s", p, codes(why))
		}
	}
}

// TestOneCountryAbroad: where one country may be called, it is the only one.
func TestOneCountryAbroad(t *testing.T) {
	for number, want := range map[string]string{"+41223456789": "", "+4930123456": "toll.country", "+33140506070": ""} {
		a := ask(t, policy.PathToolbar)
		a.Number, a.Abroad = number, []string{"+41"}
		if got := codes(policy.Gate(a)); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}

// TestPremiumTable: each family of the table, on its first day and the day before, for a branch that writes its country in small letters.
func TestPremiumTable(t *testing.T) {
	for _, c := range []struct{ country, number, prefix, from, before string }{
		{"fr", "+33810123456", "+3381", "2015-10-01", "2015-09-30"},
		{"fr", "118712", "118", "2015-10-01", "2015-09-30"},
		{"FR", "+41906123456", "+41906", "2002-03-29", "2002-03-28"},
		{"FR", "+34807123456", "+34807", "2002-12-01", "2002-11-30"},
		{"FR", "+449001234567", "+449", "2015-07-01", "2015-06-30"},
		{"FR", "+39899123456", "+39899", "2008-10-01", "2008-09-30"},
	} {
		if got, ok := policy.IsPremium(c.country, c.number, c.from); !ok || got != c.prefix {
			t.Errorf("%s on %s: %q %v", c.number, c.from, got, ok)
		}
		if got, ok := policy.IsPremium(c.country, c.number, c.before); ok || got != "" {
			t.Errorf("%s on %s: %q", c.number, c.before, got)
		}
	}
	if got, ok := policy.IsPremium("CH", "118712", "2026-11-23"); ok {
		t.Errorf("another country's short number: %q", got)
	}
}

// TestRowsOfARuleMeet: on the first day of a rule's second row the first one is over.
func TestRowsOfARuleMeet(t *testing.T) {
	for at, want := range map[string]string{
		"2025-07-01T11:00:00+02:00": "", "2025-07-02T11:00:00+02:00": "prospecting.sector home_adaptation",
		"2025-07-03T11:00:00+02:00": "prospecting.sector home_adaptation",
	} {
		a := ask(t, policy.PathCampaign)
		a.At, a.Solicit.Sector = unix(t, at), policy.SectorHome
		if got := codes(policy.Gate(a)); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

// TestLawOf: a number that no row places is called by the branch's clock, and by Paris's where the branch is in no row either; where a place has no
// rules of its own, the branch's law goes with it.
func TestLawOf(t *testing.T) {
	for _, c := range []struct {
		country, number string
		want            policy.Place
	}{
		{"GB", "+12025550143", policy.Place{Country: "GB", Zone: "Europe/London"}},
		{"fr", "+12025550143", policy.Place{Country: "FR", Zone: "Europe/Paris"}},
		{"XX", "+12025550143", policy.Place{Country: "XX", Zone: "Europe/Paris"}},
		{"fr", "+41223456789", policy.Place{Country: "FR", Zone: "Europe/Zurich"}},
		{"CH", "+33140506070", policy.Place{Country: "FR", Zone: "Europe/Paris"}},
		{"FR", "+262269612345", policy.Place{Country: "FR", Zone: "Indian/Mayotte", Region: hours.Mayotte}},
	} {
		if got := policy.LawOf(c.country, c.number); got != c.want {
			t.Errorf("%s from %s: %+v, want %+v", c.number, c.country, got, c.want)
		}
	}
}

// TestReasonsStandInTheirOrder is the order the gate promises: rights, transfers, toll, lists, law.
func TestReasonsStandInTheirOrder(t *testing.T) {
	a := ask(t, "unheard_of")
	a.Outside, a.KeepInside, a.Night, a.Solicit.Sector = false, true, true, policy.SectorEnergy
	deny(&a)
	var got []string
	for _, r := range policy.Gate(a) {
		got = append(got, r.Code)
	}
	want := []string{
		"extension.no_outside_right", "extension.no_transfer_outside", "toll.night", "outbound.denied", "transfer.denied", "prospecting.sector",
	}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	if why := policy.Gate(ask(t, policy.PathRoute)); why != nil {
		t.Errorf("no reason is none, not %v", []fact.Reason(why))
	}
}
