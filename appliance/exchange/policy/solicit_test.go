package policy_test

import (
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/policy"
)

const day = 24 * int64(time.Hour/time.Millisecond)

// Proves FEATURES §9.3, row by row: each rule from the day it holds, in the called person's own time zone.
func TestProspecting(t *testing.T) {
	consent := func(s *policy.Solicitation) { s.Consent = policy.Consent{Source: "form", Text: "I agree", At: 1} }
	for _, c := range []struct {
		name, number, at string
		change           func(*policy.Solicitation)
		want             string
	}{
		{"with consent, Monday at eleven", "", monday, nil, ""},

		{"consent: none", "", monday, func(s *policy.Solicitation) { s.Consent = policy.Consent{} }, "prospecting.consent none"},
		{"consent: without its text", "", monday, func(s *policy.Solicitation) { s.Consent.Text = "" }, "prospecting.consent no proof"},
		{"consent: taken back", "", monday, func(s *policy.Solicitation) { s.Consent.Revoked = s.Consent.At + 1 }, "prospecting.consent revoked"},
		{"consent: the day before", "", "2026-08-10T11:00:00+02:00", func(s *policy.Solicitation) { s.Consent = policy.Consent{} }, ""},
		{"consent: the first day", "", "2026-08-11T11:00:00+02:00", func(s *policy.Solicitation) { s.Consent = policy.Consent{} }, "prospecting.consent none"},
		{"running contract", "", monday, func(s *policy.Solicitation) { s.Consent, s.Legal = policy.Consent{}, policy.RunningContract }, ""},
		{"running contract, at night", "", "2026-11-23T21:00:00+01:00", func(s *policy.Solicitation) { s.Legal = policy.RunningContract }, "prospecting.hours 21:00 Europe/Paris"},

		{"sector: energy", "", monday, func(s *policy.Solicitation) { s.Sector = policy.SectorEnergy }, "prospecting.sector energy_renovation"},
		{"sector: homes", "", monday, func(s *policy.Solicitation) { s.Sector = policy.SectorHome }, "prospecting.sector home_adaptation"},
		{"sector: homes, the day before", "", "2025-07-01T11:00:00+02:00", func(s *policy.Solicitation) { s.Sector = policy.SectorHome }, ""},
		{"sector: energy, by contract", "", monday, func(s *policy.Solicitation) { s.Sector, s.Legal = policy.SectorEnergy, policy.RunningContract }, ""},

		{"hours: 09:59:59", "", "2026-11-23T09:59:59+01:00", nil, "prospecting.hours 09:59 Europe/Paris"},
		{"hours: 10:00", "", "2026-11-23T10:00:00+01:00", nil, ""},
		{"hours: 12:59:59", "", "2026-11-23T12:59:59+01:00", nil, ""},
		{"hours: 13:00", "", "2026-11-23T13:00:00+01:00", nil, "prospecting.hours 13:00 Europe/Paris"},
		{"hours: 14:00", "", "2026-11-23T14:00:00+01:00", nil, ""},
		{"hours: 20:00", "", "2026-11-23T20:00:00+01:00", nil, "prospecting.hours 20:00 Europe/Paris"},
		{"hours: before the decree", "", "2023-02-28T21:00:00+01:00", nil, ""},
		{"hours: the first day", "", "2023-03-01T21:00:00+01:00", nil, "prospecting.hours 21:00 Europe/Paris"},
		{"hours: eleven in Paris is six in Guadeloupe", "+590590123456", monday, nil, "prospecting.hours 06:00 America/Guadeloupe"},
		{"hours: eleven in Paris is fourteen on Réunion", "+262262123456", monday, nil, ""},
		{"hours: noon in Paris is fourteen on Mayotte", "+262269612345", "2026-11-23T12:00:00+01:00", nil, ""},
		{"hours: eleven in Paris is ten on the Canaries, by our law", "+34928123456", monday, nil, ""},
		{"hours: eleven in Paris is ten in London", "+442079460018", "2026-11-23T10:30:00+01:00", nil, "prospecting.hours 09:30 Europe/London"},
		{"hours: the morning after clocks went back", "", "2026-10-26T10:00:00+01:00", nil, ""},
		{"hours: the morning after clocks went forward", "", "2026-03-30T10:00:00+02:00", nil, ""},

		{"days: Saturday", "", "2026-11-21T11:00:00+01:00", nil, "prospecting.days saturday"},
		{"days: Sunday", "", "2026-11-22T11:00:00+01:00", nil, "prospecting.days sunday"},
		{"days: already Saturday in Nouméa", "+687251234", "2026-11-20T14:30:00+01:00", nil, "prospecting.days saturday, prospecting.hours 00:30 Pacific/Noumea"},
		{"holidays: Armistice", "", "2026-11-11T11:00:00+01:00", nil, "prospecting.holidays Armistice de 1918"},
		{"holidays: Easter Monday", "", "2027-03-29T11:00:00+02:00", nil, "prospecting.holidays Lundi de Pâques"},
		{"holidays: Réunion on 20 December", "+262692123456", "2027-12-20T08:00:00+01:00", nil, "prospecting.holidays Abolition de l’esclavage"},
		{"holidays: not in Paris", "", "2027-12-20T11:00:00+01:00", nil, ""},

		{"callback asked, on Sunday at night, without consent", "", "2026-11-22T23:00:00+01:00", func(s *policy.Solicitation) {
			s.Legal, s.Consent = policy.CallbackAsked, policy.Consent{}
			s.Past, s.Refused = []int64{1, 2, 3, 4, 5}, 1
		}, ""},
	} {
		a := ask(t, policy.PathCampaign)
		a.At = unix(t, c.at)
		if c.number != "" {
			a.Number = c.number
		}
		consent(&a.Solicit)
		if c.change != nil {
			c.change(&a.Solicit)
		}
		if got := codes(policy.Gate(a)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		// The law is of campaigns alone: nobody else is asked for a consent.
		a.Path = policy.PathToolbar
		if got := policy.Gate(a); len(got) > 0 {
			t.Errorf("%s: by hand: %s", c.name, codes(got))
		}
	}
}

// Four solicitations in thirty calendar days, by the called person's calendar: the fifth waits until the first is thirty days old.
func TestFrequency(t *testing.T) {
	now := unix(t, monday)
	for _, c := range []struct {
		name string
		past []int64
		want string
	}{
		{"three", []int64{now - day, now - 2*day, now - 3*day}, ""},
		{"four", []int64{now - 29*day, now - 2*day, now - 3*day, now - 3*day}, "prospecting.frequency 4 in 30 days"},
		{"four, the first thirty days ago", []int64{now - 30*day, now - 2*day, now - 3*day, now - 3*day}, ""},
		{"four, the first on the last minute of that day", []int64{unix(t, "2026-10-24T23:59:59+02:00"), now, now, now}, ""},
		{"four, the first a minute later", []int64{unix(t, "2026-10-25T00:00:00+02:00"), now, now, now}, "prospecting.frequency 4 in 30 days"},
	} {
		a := ask(t, policy.PathCampaign)
		a.Solicit.Past = c.past
		if got := codes(policy.Gate(a)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Who refused is left in peace for sixty full days.
func TestRefusal(t *testing.T) {
	for at, want := range map[string]string{
		"2026-09-24T10:30:00+02:00": "prospecting.refusal 60 of 60 days",
		"2026-09-24T00:00:00+02:00": "prospecting.refusal 60 of 60 days",
		"2026-09-23T23:59:00+02:00": "",
		"2026-11-23T10:30:00+01:00": "prospecting.refusal 0 of 60 days",
	} {
		a := ask(t, policy.PathCampaign)
		a.Solicit.Refused = unix(t, at)
		if got := codes(policy.Gate(a)); got != want {
			t.Errorf("refused at %s: %q, want %q", at, got, want)
		}
	}
}

// Proves FEATURES §9.3 rows Displayed number and MAN: always one of the line's own, and a verified one where the box dials for many.
func TestPresentedNumber(t *testing.T) {
	allowed := []string{"+33472000000", "+33612345678", "+33162123456", "+33949123456", "+339475123456"}
	for _, c := range []struct {
		number    string
		automated bool
		reached   int
		day, want string
	}{
		{"+33472000000", false, 0, "2026-11-23", ""},
		{"+33472999999", false, 0, "2026-11-23", "presented.allowed +33472999999"},
		{"+33472000000", true, 5, "2026-11-23", ""}, // five numbers are few
		{"+33472000000", true, 6, "2026-11-23", "presented.verified +33472000000"},
		{"+33612345678", true, 6, "2026-11-23", "presented.verified +33612345678"},
		{"+33162123456", true, 6, "2026-11-23", ""},
		{"+33949123456", true, 6, "2026-11-23", ""},
		{"+339475123456", true, 6, "2026-11-23", ""},
		{"+33163123456", true, 6, "2026-11-23", "presented.allowed +33163123456"},
		{"+33472000000", true, 6, "2022-12-31", ""},
		{"+33472000000", true, 6, "2023-01-01", "presented.verified +33472000000"},
	} {
		if got := codes(policy.Presentable("FR", c.number, allowed, c.automated, c.reached, c.day)); got != c.want {
			t.Errorf("%s, automated %v, %d numbers, %s: %q, want %q", c.number, c.automated, c.reached, c.day, got, c.want)
		}
	}
	a := ask(t, policy.PathCampaign)
	a.Solicit.Presented, a.Solicit.Allowed, a.Solicit.Automated, a.Solicit.Reached = "+33472000000", allowed, true, 6
	if got := codes(policy.Gate(a)); got != "presented.verified +33472000000" {
		t.Errorf("by the gate: %q", got)
	}
}

func TestPlaceOf(t *testing.T) {
	for n, want := range map[string]string{
		"+33140506070": "FR Europe/Paris", "+33612345678": "FR Europe/Paris", "+262262123456": "FR Indian/Reunion", "+262639123456": "FR Indian/Mayotte",
		"+594694123456": "FR America/Cayenne", "+508411234": "FR America/Miquelon", "+41223456789": "CH Europe/Zurich", "3631": "FR Europe/Paris",
		"+34928123456": "ES Atlantic/Canary",
	} {
		if p, ok := policy.PlaceOf("FR", n); !ok || p.Country+" "+p.Zone != want {
			t.Errorf("%s: %+v, want %s", n, p, want)
		}
	}
	if p, ok := policy.PlaceOf("FR", "+12025550143"); ok {
		t.Errorf("a number elsewhere: %+v", p)
	}
}

func TestRecordingRules(t *testing.T) {
	if policy.RetentionDays() != 180 {
		t.Errorf("%d days", policy.RetentionDays())
	}
	var need []int
	for _, percent := range []int{0, 1, 50, 100} {
		if policy.NeedsBasis(percent) {
			need = append(need, percent)
		}
	}
	if !slices.Equal(need, []int{1, 50, 100}) {
		t.Errorf("a basis is asked for %v of 100", need)
	}
}
