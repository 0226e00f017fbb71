package tone

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheTableIsWhole(t *testing.T) {
	all, err := parseCountries(plansText)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.Code] {
			t.Errorf("%s stands twice", c.Code)
		}
		seen[c.Code] = true
		if len(c.Sources) < 2 {
			t.Errorf("%s: %d sources", c.Code, len(c.Sources))
		}
		for k := range kinds {
			tone := c.Plan.Tone(k)
			if len(tone.Segments) == 0 && k != Routing { // only France is known to have one
				t.Errorf("%s has no %v tone", c.Code, k)
			}
			for _, s := range tone.Segments {
				// ITU-T E.180 clause 2: not above −5 dBm0 nor below −15 for the whole tone;
				// the North American plan is softer, and tones over a conversation are.
				if len(s.Hz) > 0 && (s.DBm0 > -5 || s.DBm0 < -24) {
					t.Errorf("%s: %v at %v dBm0", c.Code, k, s.DBm0)
				}
			}
		}
	}
	for code := range strings.FieldsSeq("FR GP MQ GF RE YT PM BL MF NC PF WF BE CH LU ES IT DE GB US") {
		if !seen[code] {
			t.Errorf("%s is missing", code)
		}
	}
	if all[0].Code != "FR" {
		t.Errorf("%s comes first", all[0].Code)
	}
}

func TestInKnowsACountryOrSaysWhichItKnows(t *testing.T) {
	lower, err := In("gb")
	if err != nil {
		t.Fatal(err)
	}
	upper, _ := In("GB")
	if !cmp.Equal(lower, upper) || len(lower.Tone(Ringback).Segments) != 4 {
		t.Error("gb is not GB")
	}
	re, err := In("RE")
	if fr := France(); err != nil || !cmp.Equal(re, fr) {
		t.Error("Réunion does not sound like France")
	}
	_, err = In("ZZ")
	if _, ok := errors.AsType[UnknownCountryError](err); !ok || !strings.Contains(err.Error(), `"ZZ"; known are FR, BE`) {
		t.Errorf("In(ZZ): %v", err)
	}
}

func TestAWrongTableIsRefused(t *testing.T) {
	for _, text := range []string{
		"dial 440@-10", "country FR", "country FRA France", "country FR F\nhum 440@-10", "country FR F\ndial",
		"country FR F\ndial 440", "country FR F\ndial 440@3", "country FR F\ndial 440@nan", "country FR F\ndial 50@-10",
		"country FR F\ndial nan@-10", "country FR F\ndial 440@-10/0", "country FR F\ndial 440@-10/1e9", "country FR F\ndial 0",
		"country FR F\ndial 440@-10 440@-10/10", "country FR F\ndial x3", "country FR F\ndial 440@-10 x0",
		"country FR F\ndial 1+2@-10", "country FR F\ndial 400+500+600+700+800@-10",
		"country FR F\ndial" + strings.Repeat(" 440@-10/10", maxSegments+1),
	} {
		if _, err := parseCountries(text); !errors.Is(err, ErrPlan) {
			t.Errorf("%.60q is taken: %v", text, err)
		}
	}
}

func FuzzPlans(f *testing.F) {
	f.Add(plansText)
	f.Add("country FR France\nlike FR: GP GP\ndial 440@-10/30 0/20 x3\n")
	f.Add("country FR F\nspecial 950@-8/300 0/30")
	f.Fuzz(func(_ *testing.T, text string) {
		all, err := parseCountries(text)
		if err != nil {
			return
		}
		buf := make([]int16, 400)
		for _, c := range all[:min(len(all), 3)] {
			for k := range kinds {
				NewGenerator(c.Plan.Tone(k)).Next(buf)
			}
		}
	})
}
