package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/policy"
)

// unix is an instant written with its offset.
func unix(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

func codes(why []fact.Reason) string {
	var all []string
	for _, r := range why {
		all = append(all, strings.TrimSpace(r.Code+" "+r.Detail))
	}
	return strings.Join(all, ", ")
}

// monday is a working Monday at eleven in Paris.
const monday = "2026-11-23T11:00:00+01:00"

// ask is a call that every rule lets pass.
func ask(t *testing.T, p policy.Path) policy.Ask {
	t.Helper()
	at := unix(t, monday)
	return policy.Ask{
		Path: p, Country: "FR", Number: "+33140506070", At: at, Extension: "201", Outside: true, Agent: "ana",
		Solicit: policy.Solicitation{Legal: policy.Prospecting, Consent: policy.Consent{Source: "web form", Text: "I agree", At: at - 1}},
	}
}

func TestOrdinaryCallPassesOnEveryPath(t *testing.T) {
	for _, p := range policy.Paths() {
		if why := policy.Gate(ask(t, p)); len(why) > 0 {
			t.Errorf("%s: %s", p, codes(why))
		}
	}
}

// Proves FEATURES §4.5: a banned number typed in five spellings is refused with the same reason, on every path and by every level's list.
func TestFiveSpellingsOneReason(t *testing.T) {
	for _, p := range policy.Paths() {
		for _, of := range []string{"site", "queue rouge", "agent ana"} {
			for _, typed := range []string{"0899 12 34 56", "+33 899 123 456", "0033899123456", "08 99 12 34 56", "08.99.12.34.56", "+33 (0)8 99 12 34 56"} {
				full, err := number.E164("FR", typed)
				if err != nil {
					t.Fatal(err)
				}
				a := ask(t, p)
				a.Number, a.Lists = full, []policy.Lists{{Of: of, Dial: policy.List{Deny: []string{"+3389"}}}}
				got := policy.Gate(a)
				i := slices.IndexFunc(got, func(r fact.Reason) bool { return r.Code == "outbound.denied" })
				if i < 0 || got[i].Detail != of+" +3389" {
					t.Errorf("%s %s: %s", p, typed, codes(got))
				}
				for _, r := range got {
					if strings.Contains(r.Detail, "899123456") {
						t.Errorf("%s: a reason holds an outside number: %s", p, r.Detail)
					}
				}
			}
		}
	}
}

// hands are the paths that hand somebody over.
func hands() []policy.Path {
	return []policy.Path{policy.PathTransfer, policy.PathConsult, policy.PathContact, policy.PathContact2, policy.PathRefer, policy.PathForward}
}

// Proves FEATURES §4.5: the transfer ban holds for the guide's kinds 1, 2, 7 and 8, for a phone's REFER and a forward, and for nothing else.
func TestTransferBanHoldsForTransfersOnly(t *testing.T) {
	for _, p := range policy.Paths() {
		a := ask(t, p)
		a.Lists = []policy.Lists{{Of: "site", Transfer: policy.List{Deny: []string{"+331"}}}}
		want := ""
		if slices.Contains(hands(), p) {
			want = "transfer.denied site +331"
		}
		if got := codes(policy.Gate(a)); got != want {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
	}
}

// The precedence of lists: every level must let the number pass, denial goes before permission within a list, and the reasons name site, queue and
// agent in this order.
func TestPrecedenceOfLists(t *testing.T) {
	list := func(allow, deny string) policy.List {
		return policy.List{Allow: strings.Fields(allow), Deny: strings.Fields(deny)}
	}
	for _, c := range []struct {
		name               string
		site, queue, agent policy.List
		want               string
	}{
		{"no list", list("", ""), list("", ""), list("", ""), ""},
		{"site denies, agent allows", list("", "+331"), list("", ""), list("+3314", ""), "outbound.denied site +331"},
		{"site allows, agent denies", list("+33", ""), list("", ""), list("", "+331"), "outbound.denied agent ana +331"},
		{"site allows others only", list("+336 +337", ""), list("", ""), list("+331", ""), "outbound.not_listed site"},
		{"allowed and denied in one list", list("+331", "+3314"), list("", ""), list("", ""), "outbound.denied site +3314"},
		{"denied and allowed more closely", list("+33140", "+331"), list("", ""), list("", ""), "outbound.denied site +331"},
		{"all levels", list("", "+33"), list("+336", ""), list("", "+3314"), "outbound.denied site +33, outbound.not_listed queue rouge, outbound.denied agent ana +3314"},
		{"all agree", list("+33", ""), list("+331", "+3389"), list("", "118"), ""},
	} {
		a := ask(t, policy.PathToolbar)
		a.Lists = []policy.Lists{{Of: "site", Dial: c.site}, {Of: "queue rouge", Dial: c.queue}, {Of: "agent ana", Dial: c.agent}}
		if got := codes(policy.Gate(a)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	a := ask(t, policy.PathPhone)
	a.Number, a.Lists = "118218", []policy.Lists{{Of: "site", Dial: policy.List{Deny: []string{"118"}}}}
	if got := codes(policy.Gate(a)); got != "outbound.denied site 118" {
		t.Errorf("a short number: %q", got)
	}
}

// Proves FEATURES §9.4: no ban, lock, right, class, list or law keeps an emergency number from being dialled; and §4.5: it is no target of a
// transfer, a forward, a route, a callback or a campaign.
func TestEmergencyIsDialledAndNeverATarget(t *testing.T) {
	for _, n := range policy.Emergency("FR") {
		for _, p := range policy.Paths() {
			a := policy.Ask{ // everything that can forbid forbids
				Path: p, Country: "FR", Number: n, At: unix(t, "2026-12-25T03:00:00+01:00"), KeepInside: true, NoOutside: true, NoTransfer: true, Night: true,
				Forbidden: []string{"national", "mobile", "international", "premium", "satellite"}, Abroad: []string{"+41"}, Joining: policy.JoinNever,
				Lists: []policy.Lists{{Of: "site", Dial: policy.List{Allow: []string{"+336"}, Deny: []string{"1"}}}},
			}
			got := codes(policy.Gate(a))
			want := "outbound.emergency " + n
			switch {
			case p == policy.PathToolbar || p == policy.PathPhone:
				want = ""
			case slices.Contains(hands(), p) && p != policy.PathForward:
				want = "transfer.emergency " + n
			}
			if got != want {
				t.Errorf("%s to %s: %q, want %q", p, n, got, want)
			}
		}
	}
	a := ask(t, policy.PathPhone)
	a.Number, a.Emergency, a.Night = "3112", []string{"3112"}, true // a branch's own
	if why := policy.Gate(a); len(why) > 0 {
		t.Errorf("the branch's own emergency number: %s", codes(why))
	}
}

func TestRightsAndToll(t *testing.T) {
	for _, c := range []struct {
		name   string
		path   policy.Path
		change func(*policy.Ask)
		want   string
	}{
		{"no right", policy.PathPhone, func(a *policy.Ask) { a.Outside = false }, "extension.no_outside_right 201"},
		{"no right to forward", policy.PathForward, func(a *policy.Ask) { a.Outside = false }, "extension.no_outside_right 201"},
		{"a route needs no right", policy.PathRoute, func(a *policy.Ask) { a.Outside = false }, ""},
		{"agent without outside", policy.PathToolbar, func(a *policy.Ask) { a.NoOutside = true }, "agent.no_outside_right ana"},
		{"agent without transfers may call", policy.PathToolbar, func(a *policy.Ask) { a.NoTransfer = true }, ""},
		{"agent without transfers", policy.PathContact, func(a *policy.Ask) { a.NoTransfer = true }, "agent.no_transfer_outside ana"},
		{"kept inside", policy.PathRefer, func(a *policy.Ask) { a.KeepInside = true }, "extension.no_transfer_outside 201"},
		{"never", policy.PathTransfer, func(a *policy.Ask) { a.Joining = policy.JoinNever }, "transfer.outside never"},
		{"one outside, of two", policy.PathTransfer, func(a *policy.Ask) { a.Joining, a.Party = policy.JoinOneOutside, true }, "transfer.outside one_outside"},
		{"one outside, of one", policy.PathTransfer, func(a *policy.Ask) { a.Joining = policy.JoinOneOutside }, ""},
		{"night", policy.PathPhone, func(a *policy.Ask) { a.Night = true }, "toll.night"},
		{"night, unlimited", policy.PathPhone, func(a *policy.Ask) { a.Night, a.Unlimited = true, true }, ""},
		{"premium", policy.PathPhone, func(a *policy.Ask) { a.Number, a.Forbidden = "+33892123456", []string{"premium"} }, "toll.class premium"},
		{"satellite", policy.PathTransfer, func(a *policy.Ask) { a.Number, a.Forbidden = "+881612345678", []string{"satellite"} }, "toll.class satellite"},
		{"another country", policy.PathRoute, func(a *policy.Ask) { a.Number, a.Abroad = "+12025550143", []string{"+3", "+4"} }, "toll.country"},
		{"a country that is allowed", policy.PathRoute, func(a *policy.Ask) { a.Number, a.Abroad = "+41223456789", []string{"+3", "+4"} }, ""},
		{"all reasons", policy.PathTransfer, func(a *policy.Ask) {
			a.Number, a.Night, a.Outside, a.Forbidden = "+33892123456", true, false, []string{"premium"}
			a.Lists = []policy.Lists{{Of: "site", Dial: policy.List{Deny: []string{"+3389"}}, Transfer: policy.List{Allow: []string{"+331"}}}}
		}, "extension.no_outside_right 201, toll.night, toll.class premium, outbound.denied site +3389, transfer.not_listed site"},
		// The box on its own never calls what costs extra, whatever the site allows (FEATURES §10, Web callback).
		{"callback to premium", policy.PathCallback, func(a *policy.Ask) { a.Number = "+33899123456" }, "form.class premium"},
		{"callback abroad", policy.PathCallback, func(a *policy.Ask) { a.Number = "+41223456789" }, ""},
		{"form to premium", policy.PathForm, func(a *policy.Ask) { a.Number = "118218" }, "form.class premium"},
		{"form abroad", policy.PathForm, func(a *policy.Ask) { a.Number = "+41223456789" }, "form.class international"},
		{"form overseas", policy.PathForm, func(a *policy.Ask) { a.Number = "+262692123456" }, ""},
		{"campaign to satellite", policy.PathCampaign, func(a *policy.Ask) { a.Number = "+881612345678" }, "form.class satellite"},
	} {
		a := ask(t, c.path)
		c.change(&a)
		if got := codes(policy.Gate(a)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A path nobody knows has every check: nothing leaves by it unless all of them let it.
func TestUnknownPathIsTheStrictest(t *testing.T) {
	a := ask(t, "tunnel")
	a.Outside, a.Solicit.Consent = false, policy.Consent{}
	if got := codes(policy.Gate(a)); got != "extension.no_outside_right 201, prospecting.consent none" {
		t.Error(got)
	}
	a.Number = "112"
	if len(policy.Gate(a)) == 0 {
		t.Error("help by an unknown path")
	}
}
