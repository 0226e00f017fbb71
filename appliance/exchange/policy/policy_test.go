package policy_test

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/policy"
)

func TestEmergencyListOfARCEP(t *testing.T) {
	want := []string{"112", "15", "17", "18", "114", "115", "119", "191", "196", "197", "116000", "116117"}
	if got := policy.Emergency("fr"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, country := range []string{"FR", "CH", "ES", "GB", "IT", "", "XX"} {
		if !slices.Contains(policy.Emergency(country), "112") {
			t.Errorf("%q: 112 is missing", country)
		}
	}
}

func TestPremiumHoldsFromItsDay(t *testing.T) {
	cases := []struct {
		country, number, day string
		want                 bool
	}{
		{"FR", "+33899123456", "2026-01-01", true},
		{"FR", "+33899123456", "2015-09-30", false},
		{"FR", "+33140506070", "2026-01-01", false},
		{"FR", "118218", "2026-01-01", true},
		{"CH", "118218", "2026-01-01", false},
		{"FR", "+41900123456", "2026-01-01", true},
	}
	for _, c := range cases {
		if _, got := policy.IsPremium(c.country, c.number, c.day); got != c.want {
			t.Errorf("%s %s on %s: premium %v, want %v", c.country, c.number, c.day, got, c.want)
		}
	}
}
