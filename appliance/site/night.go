package site

import (
	"slices"
	"time"
)

// ClockTime reads a time of day, "20:00", as the minutes since midnight.
func ClockTime(s string) (minutes int, ok bool) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// weekdays are the names of the days in a document, from Sunday as package time counts.
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// Locked reports whether the lines outside are locked at a time, which is looked at in the site's time zone. The hours hold every
// night; to before from is the next morning.
func (n Night) Locked(at time.Time) bool {
	if slices.Contains(n.Days, weekdays()[at.Weekday()]) {
		return true
	}
	from, one := ClockTime(n.From)
	to, other := ClockTime(n.To)
	if !one || !other || from == to {
		return false
	}
	now := at.Hour()*60 + at.Minute()
	if from < to {
		return now >= from && now < to
	}
	return now >= from || now < to
}
