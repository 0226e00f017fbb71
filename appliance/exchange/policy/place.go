package policy

import (
	"cmp"
	"slices"
	"strings"

	"autocom/appliance/exchange/hours"
)

// Place is where a called person is, by their number: whose law, whose clock, whose holidays.
type Place struct {
	Country string // ISO 3166; overseas departments are FR
	Zone    string // IANA name
	Region  hours.Region
}

type placed struct {
	prefix string // E.164
	Place
}

// places is the table (ITU-T E.164 country codes; ARCEP decision 2018-0881 annex 1 for the overseas ranges; CNMC for the Canary Islands). A mobile that
// travels is taken to be at home: the number is all that is known. Saint-Martin and Saint-Barthélemy share Guadeloupe's code.
// The table never changes.
var places = []placed{
	{"+33", Place{"FR", "Europe/Paris", hours.France}},
	{"+262", Place{"FR", "Indian/Reunion", hours.Reunion}},
	{"+262269", Place{"FR", "Indian/Mayotte", hours.Mayotte}},
	{"+262639", Place{"FR", "Indian/Mayotte", hours.Mayotte}},
	{"+590", Place{"FR", "America/Guadeloupe", hours.Guadeloupe}},
	{"+594", Place{"FR", "America/Cayenne", hours.Guyane}},
	{"+596", Place{"FR", "America/Martinique", hours.Martinique}},
	{"+508", Place{"FR", "America/Miquelon", hours.France}},
	{"+681", Place{"FR", "Pacific/Wallis", hours.France}},
	{"+687", Place{"FR", "Pacific/Noumea", hours.France}},
	{"+689", Place{"FR", "Pacific/Tahiti", hours.France}},
	{"+377", Place{"MC", "Europe/Monaco", hours.France}},
	{"+32", Place{"BE", "Europe/Brussels", hours.France}},
	{"+34", Place{"ES", "Europe/Madrid", hours.France}},
	{"+34822", Place{"ES", "Atlantic/Canary", hours.France}},
	{"+34828", Place{"ES", "Atlantic/Canary", hours.France}},
	{"+34922", Place{"ES", "Atlantic/Canary", hours.France}},
	{"+34928", Place{"ES", "Atlantic/Canary", hours.France}},
	{"+352", Place{"LU", "Europe/Luxembourg", hours.France}},
	{"+39", Place{"IT", "Europe/Rome", hours.France}},
	{"+41", Place{"CH", "Europe/Zurich", hours.France}},
	{"+44", Place{"GB", "Europe/London", hours.France}},
	{"+49", Place{"DE", "Europe/Berlin", hours.France}},
}

// PlaceOf is where a number is (E.164, or a short number of a country); false when the table does not hold it.
func PlaceOf(country, number string) (Place, bool) {
	if !strings.HasPrefix(number, "+") {
		number = homes(country).code // a short number is called inside its country
	}
	var best placed
	for _, p := range places {
		if number != "" && strings.HasPrefix(number, p.prefix) && len(p.prefix) > len(best.prefix) {
			best = p
		}
	}
	if best.prefix == "" {
		return Place{}, false
	}
	return best.Place, true
}

// LawOf is where the law is read for a called number: the place of the number when there are rules for it, else the branch's own country, by the
// clock of the number's place.
func LawOf(country, number string) Place {
	p, ok := PlaceOf(country, number)
	if !ok {
		p, _ = PlaceOf(country, "")
	}
	if !slices.ContainsFunc(rules, func(r Rule) bool { return r.Country == p.Country }) {
		p.Country = strings.ToUpper(country)
	}
	p.Zone = cmp.Or(p.Zone, "Europe/Paris")
	return p
}
