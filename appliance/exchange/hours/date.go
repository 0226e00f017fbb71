// Package hours says what the clock on the wall shows at an instant, which days are holidays where, and whether a branch is open.
//
// Instants are Unix milliseconds. Zones are names; their rules are a table here (zone.go), so that the same instant gives the same answer on
// every machine and in every replay, whatever zone files it has. Opening hours, outbound windows of campaigns and the SVI's « horaires » step
// all ask the same Schedule.
package hours

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, in no zone.
type Date struct {
	Year, Month, Day int
}

const (
	second = int64(1000) // ms
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// dateOf is the day that holds an instant in UTC.
func dateOf(ms int64) Date {
	y, m, d := time.UnixMilli(ms).UTC().Date()
	return Date{y, int(m), d}
}

// start is the first instant of the day in UTC.
func (d Date) start() int64 {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// Add is the day n days later.
func (d Date) Add(n int) Date { return dateOf(d.start() + int64(n)*day) }

// Weekday is its day of the week.
func (d Date) Weekday() time.Weekday { return time.UnixMilli(d.start()).UTC().Weekday() }

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.start() < o.start() }

// String writes the day as ISO 8601.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// ParseDate reads an ISO 8601 day.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("hours: %q is no day such as 2026-11-23", s)
	}
	return dateOf(t.UnixMilli()), nil
}

// Days is how many days lie between two days: 1 from a day to the next.
func Days(from, to Date) int { return int((to.start() - from.start()) / day) }

// Civil is what the wall shows: a day and the milliseconds since its midnight as clocks count them, so noon is 12:00 on every day of the year.
type Civil struct {
	Date  Date
	Clock int64
}

// Minute is the whole minutes since midnight, 0 to 1439.
func (c Civil) Minute() int { return int(c.Clock / minute) }

func (c Civil) String() string {
	return fmt.Sprintf("%s %02d:%02d:%02d", c.Date, c.Clock/hour, c.Clock/minute%60, c.Clock/second%60)
}
