package policy_test

import (
	"testing"

	"autocom/appliance/exchange/policy"
)

func TestClassOf(t *testing.T) {
	for _, c := range []struct {
		country, number string
		want            policy.Class
	}{
		{"FR", "+33140506070", policy.ClassNational},
		{"fr", "+33612345678", policy.ClassMobile},
		{"FR", "+33712345678", policy.ClassMobile},
		{"FR", "+33892123456", policy.ClassPremium},
		{"FR", "118218", policy.ClassPremium},
		{"FR", "3900", policy.ClassNational},
		{"FR", "+41791234567", policy.ClassInternational},
		{"CH", "+41791234567", policy.ClassMobile},
		{"CH", "+41900123456", policy.ClassPremium},
		{"FR", "+41900123456", policy.ClassPremium},
		{"FR", "+881612345678", policy.ClassSatellite},
		{"FR", "+88299123456", policy.ClassSatellite},
		{"FR", "+979112345678", policy.ClassPremium},
		{"GB", "+447700900123", policy.ClassMobile},
		{"GB", "+441632960000", policy.ClassNational},
		{"IT", "+393331234567", policy.ClassMobile},
		{"ES", "+34612345678", policy.ClassMobile},
		{"XX", "+33140506070", policy.ClassInternational},
		{"FR", "+262262123456", policy.ClassNational}, // an overseas department is no foreign country
		{"FR", "+262692123456", policy.ClassMobile},
		{"FR", "+508411234", policy.ClassNational},
		{"CH", "+262262123456", policy.ClassInternational},
	} {
		if got := policy.ClassOf(c.country, c.number, "2026-11-23"); got != c.want {
			t.Errorf("%s from %s: %s, want %s", c.number, c.country, got, c.want)
		}
	}
}

// Every class is one that ClassOf can give, and no other.
func TestClassesAreAllReached(t *testing.T) {
	seen := map[policy.Class]bool{}
	for _, n := range []string{"+33140506070", "+33612345678", "+4930123456", "+33899123456", "+870773111632"} {
		seen[policy.ClassOf("FR", n, "2026-11-23")] = true
	}
	for _, c := range policy.Classes() {
		if !seen[c] {
			t.Errorf("nothing is %s", c)
		}
	}
}
