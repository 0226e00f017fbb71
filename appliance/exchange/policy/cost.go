package policy

import (
	"slices"
	"strings"
)

// Class is what kind of number a call outside goes to, by what it costs.
type Class string

// The classes, from the usual to the ruinous. ITU-T E.164 country codes +870 to +883 are satellites and global networks, +979 is international
// premium rate.
const (
	ClassNational      Class = "national"
	ClassMobile        Class = "mobile"
	ClassInternational Class = "international"
	ClassPremium       Class = "premium"
	ClassSatellite     Class = "satellite"
)

// Classes lists the classes in their order.
func Classes() []Class {
	return []Class{ClassNational, ClassMobile, ClassInternational, ClassPremium, ClassSatellite}
}

// home is a country's code and the prefixes of its mobile telephones (FR: ARCEP numbering plan, decision 2018-0881; CH: OFCOM; ES: CNMC;
// GB: Ofcom; IT: AGCOM).
type home struct {
	code   string
	mobile []string
	abroad []string // parts of the country with codes of their own, at its own prices
}

func homes(country string) home {
	switch strings.ToUpper(country) {
	case "FR":
		return home{
			"+33",
			[]string{"+336", "+337", "+262639", "+262692", "+262693", "+590690", "+590691", "+594694", "+596696", "+596697"},
			[]string{"+262", "+590", "+594", "+596", "+508"},
		}
	case "CH":
		return home{"+41", []string{"+4174", "+4175", "+4176", "+4177", "+4178", "+4179"}, nil}
	case "ES":
		return home{"+34", []string{"+346", "+347"}, nil}
	case "GB":
		return home{"+44", []string{"+447"}, nil}
	case "IT":
		return home{"+39", []string{"+393"}, nil}
	default:
		return home{}
	}
}

// ClassOf is what kind of number this is on a day (ISO 8601), for a branch in a country. number is E.164 with "+", or a short number as it is
// dialled; short numbers that are no premium count as national.
func ClassOf(country, number, day string) Class {
	if _, premium := IsPremium(country, number, day); premium || strings.HasPrefix(number, "+979") {
		return ClassPremium
	}
	for _, p := range []string{"+870", "+878", "+881", "+882", "+883"} {
		if strings.HasPrefix(number, p) {
			return ClassSatellite
		}
	}
	h := homes(country)
	if !strings.HasPrefix(number, "+") {
		return ClassNational
	}
	near := func(p string) bool { return strings.HasPrefix(number, p) }
	if h.code == "" || !near(h.code) && !slices.ContainsFunc(h.abroad, near) {
		return ClassInternational
	}
	for _, m := range h.mobile {
		if strings.HasPrefix(number, m) {
			return ClassMobile
		}
	}
	return ClassNational
}
