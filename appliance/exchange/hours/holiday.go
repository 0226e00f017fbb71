package hours

import (
	"cmp"
	"slices"
)

// Region is a part of France with holidays of its own (ISO 3166-2; the empty one is all of France).
type Region string

// The regions.
const (
	France          Region = ""
	AlsaceMoselle   Region = "alsace-moselle"
	Guadeloupe      Region = "FR-971"
	Martinique      Region = "FR-972"
	Guyane          Region = "FR-973"
	Reunion         Region = "FR-974"
	Mayotte         Region = "FR-976"
	SaintBarthelemy Region = "FR-BL"
	SaintMartin     Region = "FR-MF"
)

// Regions lists them.
func Regions() []Region {
	return []Region{France, AlsaceMoselle, Guadeloupe, Martinique, Guyane, Reunion, Mayotte, SaintBarthelemy, SaintMartin}
}

// HolidayRule is one holiday of each year, as the law has it.
type HolidayRule struct {
	Name   string // as the wall calendar says it, in French
	Region Region // where
	Month  int    // 0: counted from Easter
	Day    int    // of the month, or days after Easter Sunday
	From   int    // first year it holds
	Source string
}

const (
	everywhere = "Code du travail, art. L. 3133-1"
	local      = "Code du travail, art. L. 3134-13"
	abolition  = "Code du travail, art. L. 3422-2"
)

// HolidayRules lists the holidays.
func HolidayRules() []HolidayRule { return slices.Clone(holidays) }

// holidays is the table. It never changes.
var holidays = []HolidayRule{
	{"Jour de l’an", France, 1, 1, 2008, everywhere},
	{"Lundi de Pâques", France, 0, 1, 2008, everywhere},
	{"Fête du Travail", France, 5, 1, 2008, everywhere},
	{"Victoire de 1945", France, 5, 8, 2008, everywhere},
	{"Ascension", France, 0, 39, 2008, everywhere},
	{"Lundi de Pentecôte", France, 0, 50, 2008, everywhere},
	{"Fête nationale", France, 7, 14, 2008, everywhere},
	{"Assomption", France, 8, 15, 2008, everywhere},
	{"Toussaint", France, 11, 1, 2008, everywhere},
	{"Armistice de 1918", France, 11, 11, 2008, everywhere},
	{"Noël", France, 12, 25, 2008, everywhere},
	// Where there is a Protestant church or a mixed one, says the article: counted for the whole region.
	{"Vendredi saint", AlsaceMoselle, 0, -2, 2008, local},
	{"Saint Étienne", AlsaceMoselle, 12, 26, 2008, local},
	{"Abolition de l’esclavage", Mayotte, 4, 27, 2008, abolition},
	{"Abolition de l’esclavage", Martinique, 5, 22, 2008, abolition},
	{"Abolition de l’esclavage", Guadeloupe, 5, 27, 2008, abolition},
	// The code still says 27 May; the day kept since 2018 is the 28th, by order of the ministers. Both are shown, for whoever reads the code.
	{"Abolition de l’esclavage", SaintMartin, 5, 27, 2012, abolition},
	{"Abolition de l’esclavage", SaintMartin, 5, 28, 2018, "délibération de la collectivité de Saint-Martin, suivie par l’État depuis 2018"},
	{"Abolition de l’esclavage", Guyane, 6, 10, 2008, abolition},
	{"Abolition de l’esclavage", SaintBarthelemy, 10, 9, 2012, abolition},
	{"Abolition de l’esclavage", Reunion, 12, 20, 2008, abolition},
}

// Holiday is one holiday of one year.
type Holiday struct {
	Date Date
	Name string
}

// Easter is Easter Sunday of a year of the Gregorian calendar (Butcher's rule, 1876).
func Easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date{year, n / 31, n%31 + 1}
}

// on is the day of the rule in a year.
func (r HolidayRule) on(year int) Date {
	if r.Month == 0 {
		return Easter(year).Add(r.Day)
	}
	return Date{year, r.Month, r.Day}
}

// Holidays lists the holidays of a year in a region, those of all France with them, in order. Two on one day (Ascension on 8 May 2008) are both there.
func Holidays(region Region, year int) []Holiday {
	var out []Holiday
	for _, r := range holidays {
		if (r.Region == France || r.Region == region) && year >= r.From {
			out = append(out, Holiday{r.on(year), r.Name})
		}
	}
	slices.SortStableFunc(out, func(a, b Holiday) int { return cmp.Compare(a.Date.start(), b.Date.start()) })
	return out
}

// IsHoliday reports whether a day is a holiday in a region, and its name.
func IsHoliday(region Region, d Date) (string, bool) {
	for _, r := range holidays {
		if (r.Region == France || r.Region == region) && d.Year >= r.From && r.on(d.Year) == d {
			return r.Name, true
		}
	}
	return "", false
}
