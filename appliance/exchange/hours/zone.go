package hours

import (
	"slices"
	"time"
)

// change is when a zone's clocks go forward and back each year.
type change string

// The ways (source: IANA tz database 2025b; EU: Directive 2000/84/EC, last Sundays of March and October at 01:00 UTC since 1996; Canada, kept by
// Saint-Pierre-et-Miquelon: second Sunday of March and first Sunday of November at 02:00 local since 2007).
const (
	never  change = "never"
	europe change = "europe"
	canada change = "canada"
)

// Zone is a region whose clocks show the same. The zero Zone is UTC.
type Zone struct {
	name   string
	offset int64 // ms that standard time is ahead of UTC
	summer change
}

// zones is the table: the countries whose numbers the box reads, their neighbours with the same hour, and the French overseas territories.
// It never changes. Rules are those in force since 2007; the box is never asked about days before.
var zones = func() []Zone {
	west, centre := int64(0), hour
	all := []Zone{
		{"UTC", 0, never},
		{"Europe/London", west, europe},
		{"Europe/Lisbon", west, europe},
		{"Europe/Dublin", west, europe},
		{"Atlantic/Canary", west, europe},
		{"America/Guadeloupe", -4 * hour, never},
		{"America/Martinique", -4 * hour, never},
		{"America/Marigot", -4 * hour, never},
		{"America/St_Barthelemy", -4 * hour, never},
		{"America/Cayenne", -3 * hour, never},
		{"America/Miquelon", -3 * hour, canada},
		{"Indian/Reunion", 4 * hour, never},
		{"Indian/Mayotte", 3 * hour, never},
		{"Pacific/Noumea", 11 * hour, never},
		{"Pacific/Tahiti", -10 * hour, never},
		{"Pacific/Marquesas", -9*hour - 30*minute, never},
		{"Pacific/Gambier", -9 * hour, never},
		{"Pacific/Wallis", 12 * hour, never},
	}
	for _, name := range []string{
		"Paris", "Monaco", "Zurich", "Busingen", "Vaduz", "Madrid", "Andorra", "Gibraltar", "Rome", "Vatican", "San_Marino", "Malta", "Brussels",
		"Luxembourg", "Amsterdam", "Berlin", "Vienna", "Copenhagen",
	} {
		all = append(all, Zone{"Europe/" + name, centre, europe})
	}
	return append(all, Zone{"Africa/Ceuta", centre, europe})
}()

// ZoneOf finds a zone by its IANA name; false when the table does not hold it.
func ZoneOf(name string) (Zone, bool) {
	i := slices.IndexFunc(zones, func(z Zone) bool { return z.name == name })
	if i < 0 {
		return Zone{}, false
	}
	return zones[i], true
}

// ZoneNames lists the zones of the table.
func ZoneNames() []string {
	var names []string
	for _, z := range zones {
		names = append(names, z.name)
	}
	slices.Sort(names)
	return names
}

// Name is the IANA name.
func (z Zone) Name() string {
	if z.name == "" {
		return "UTC"
	}
	return z.name
}

// summerOf is when summer time begins and ends in a year of this zone; zeros when it has none.
func (z Zone) summerOf(year int) (from, to int64) {
	switch z.summer {
	case europe:
		from, to = lastSunday(year, 3)+hour, lastSunday(year, 10)+hour
	case canada:
		from, to = nthSunday(year, 3, 2)+2*hour-z.offset, nthSunday(year, 11, 1)+2*hour-z.offset-hour
	case never:
	}
	return from, to
}

func lastSunday(year, month int) int64 {
	last := Date{year, month, 31} // March and October both have 31 days
	return last.Add(-int(last.Weekday())).start()
}

func nthSunday(year, month, n int) int64 {
	first := Date{year, month, 1}
	return first.Add((7-int(first.Weekday()))%7 + 7*(n-1)).start()
}

// Offset is how far the clocks of the zone are ahead of UTC at an instant, in ms.
func (z Zone) Offset(ms int64) int64 {
	from, to := z.summerOf(time.UnixMilli(ms).UTC().Year())
	if ms >= from && ms < to {
		return z.offset + hour
	}
	return z.offset
}

// Civil is what clocks show at an instant.
func (z Zone) Civil(ms int64) Civil {
	local := ms + z.Offset(ms)
	d := dateOf(local)
	return Civil{Date: d, Clock: local - d.start()}
}

// Instants gives every instant at which clocks show a time: one as a rule, none in the hour that is left out in spring, two in the hour that
// comes twice in autumn.
func (z Zone) Instants(c Civil) []int64 {
	local := c.Date.start() + c.Clock
	var out []int64
	for _, offset := range []int64{z.offset + hour, z.offset} { // summer time first: its instant is the earlier
		if at := local - offset; z.Offset(at) == offset {
			out = append(out, at)
		}
	}
	return out
}
