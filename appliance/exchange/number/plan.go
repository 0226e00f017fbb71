package number

import (
	"slices"
	"strings"
)

// country is how numbers are written in one country (ITU-T E.164 annexes, national numbering plans as of 2026-01).
type country struct {
	iso         string
	code        string // country code
	exit        string // dialled before a foreign country code
	trunk       string // dialled before a national number, not part of it
	least, most int    // digits of a national number
	leads       string // first digits a national number may have
	short       []short
	abroad      []abroad
}

// abroad is a part of a country whose national numbers stand under a country code of their own: 0262 12 34 56 is +262 262 12 34 56.
type abroad struct {
	prefix string // of the national number
	code   string
	inner  bool // the prefix is not part of the number under that code: 0508 41 23 45 is +508 41 23 45
}

// short is a family of numbers that exist only inside the country.
type short struct {
	prefix string
	digits int
}

// plans is the table; a country that is not in it can still be called with "+".
//
//nolint:gochecknoglobals // the table itself; never assigned again
var plans = []country{
	{
		iso: "FR", code: "33", exit: "00", trunk: "0", least: 9, most: 9, leads: "123456789",
		short: []short{{"10", 4}, {"3", 4}, {"118", 6}, {"116", 6}},
		// ARCEP decision 2018-0881, annex 1: the overseas departments, Saint-Barthélemy, Saint-Martin and Saint-Pierre-et-Miquelon.
		abroad: []abroad{
			{"262", "262", false},
			{"263", "262", false},
			{"269", "262", false},
			{"639", "262", false},
			{"692", "262", false},
			{"693", "262", false},
			{"590", "590", false},
			{"690", "590", false},
			{"691", "590", false},
			{"594", "594", false},
			{"694", "594", false},
			{"596", "596", false},
			{"696", "596", false},
			{"697", "596", false},
			{"508", "508", true},
		},
	},
	{iso: "CH", code: "41", exit: "00", trunk: "0", least: 9, most: 9, leads: "23456789", short: []short{{"18", 4}, {"116", 6}}},
	{iso: "ES", code: "34", exit: "00", least: 9, most: 9, leads: "56789", short: []short{{"10", 4}, {"118", 5}, {"116", 6}}},
	{iso: "GB", code: "44", exit: "00", trunk: "0", least: 7, most: 10, leads: "1235789", short: []short{{"118", 6}, {"116", 6}}},
	// Italian numbers keep their leading zero after +39.
	{iso: "IT", code: "39", exit: "00", least: 5, most: 12, leads: "0134578", short: []short{{"116", 6}}},
}

func planOf(iso string) (country, bool) {
	iso = strings.ToUpper(iso)
	i := slices.IndexFunc(plans, func(c country) bool { return c.iso == iso })
	if i < 0 {
		return country{}, false
	}
	return plans[i], true
}

func (c country) isShort(digits string) bool {
	return slices.ContainsFunc(c.short, func(s short) bool { return len(digits) == s.digits && strings.HasPrefix(digits, s.prefix) })
}

// full is the international form of a national number, without "+".
func (c country) full(national string) string {
	for _, a := range c.abroad {
		if rest, ok := strings.CutPrefix(national, a.prefix); ok && a.inner {
			return a.code + rest
		} else if ok {
			return a.code + national
		}
	}
	return c.code + national
}
