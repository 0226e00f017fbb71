package number_test

import (
	"errors"
	"strings"
	"testing"

	"autocom/appliance/exchange/number"
)

// TestLengthsOfNationalNumbers holds each country's plan at its bounds, typed inside the country and with its code.
func TestLengthsOfNationalNumbers(t *testing.T) {
	for _, c := range []struct {
		country, code, trunk, first string
		least, most                 int
	}{
		{"FR", "33", "0", "1", 9, 9},
		{"CH", "41", "0", "2", 9, 9},
		{"ES", "34", "", "9", 9, 9},
		{"GB", "44", "0", "2", 7, 10},
		{"IT", "39", "", "3", 5, 12},
	} {
		for n := c.least - 1; n <= c.most+1; n++ {
			national := c.first + strings.Repeat("7", n-1)
			for _, typed := range []string{c.trunk + national, "+" + c.code + national, "00" + c.code + national} {
				got, err := number.E164(c.country, typed)
				if n < c.least || n > c.most {
					if !errors.Is(err, number.ErrLength) || got != "" {
						t.Errorf("%s %q, %d digits: %q, %v", c.country, typed, n, got, err)
					}
				} else if err != nil || got != "+"+c.code+national {
					t.Errorf("%s %q, %d digits: %q, %v", c.country, typed, n, got, err)
				}
			}
		}
	}
}

// TestLengthsOfShortNumbers: a short number has one length; with a digit more or less it is none, unless it is a number of another kind.
func TestLengthsOfShortNumbers(t *testing.T) {
	for _, c := range []struct {
		country, prefix string
		digits          int
	}{
		{"FR", "10", 4},
		{"FR", "3", 4},
		{"FR", "118", 6},
		{"FR", "116", 6},
		{"CH", "18", 4},
		{"CH", "116", 6},
		{"ES", "10", 4},
		{"ES", "118", 5},
		{"ES", "116", 6},
		{"GB", "118", 6},
		{"GB", "116", 6},
		{"IT", "116", 6},
	} {
		for n := c.digits - 1; n <= c.digits+1; n++ {
			typed := c.prefix + strings.Repeat("7", n-len(c.prefix))
			if got, err := number.E164(c.country, typed); (got == typed && err == nil) != (n == c.digits) {
				t.Errorf("%s %q: %q, %v", c.country, typed, got, err)
			}
		}
	}
}

// TestOverseasPrefixes is ARCEP decision 2018-0881, annex 1: which codes the prefixes of the overseas departments stand under, and that only
// Saint-Pierre-et-Miquelon's is the code itself.
func TestOverseasPrefixes(t *testing.T) {
	for prefix, code := range map[string]string{
		"262": "262", "263": "262", "269": "262", "639": "262", "692": "262", "693": "262", "590": "590", "690": "590", "691": "590",
		"594": "594", "694": "594", "596": "596", "696": "596", "697": "596",
	} {
		want := "+" + code + prefix + "123456"
		for _, typed := range []string{"0" + prefix + "123456", "+33" + prefix + "123456", want} {
			if got, err := number.E164("FR", typed); err != nil || got != want {
				t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
			}
		}
	}
	if got, err := number.E164("FR", "0508123456"); err != nil || got != "+508123456" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestZeroInParentheses: "(0)" after a country code is never dialled, in whichever country; a second one is no such thing.
func TestZeroInParentheses(t *testing.T) {
	for typed, want := range map[string]string{
		"+49 (0)30 123456": "+4930123456", " 0049 (0)30 123456": "004930123456", "(0)1 40 50 60 70": "0140506070", "+49 (0)30 1(0)2": "+4930102",
	} {
		if got, err := number.Clean(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
	}
}

// TestLongestTyped: 64 characters are read, one more is not.
func TestLongestTyped(t *testing.T) {
	typed := "0140506070" + strings.Repeat(" ", 54)
	if got, err := number.Clean(typed); err != nil || got != "0140506070" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := number.Clean(typed + " "); !errors.Is(err, number.ErrLength) || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}
