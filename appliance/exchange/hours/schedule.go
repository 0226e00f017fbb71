package hours

import (
	"fmt"
	"slices"
	"time"
)

// Range is a part of a day: from a minute since midnight, to another that is not in it any more. {600, 780} is 10:00 to 12:59:59.999.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"` // 1440: until midnight
}

// Week is the ranges of each day, Sunday first as in package time.
type Week [7][]Range

// Special is a day with hours of its own: they go before holidays and before the week. No range: closed all day.
type Special struct {
	Date   Date    `json:"date"`
	Ranges []Range `json:"ranges,omitempty"`
}

// Forced holds a schedule open or closed, whatever it says.
type Forced string

// The ways.
const (
	AsScheduled  Forced = ""
	ForcedOpen   Forced = "open"
	ForcedClosed Forced = "closed"
)

// Schedule is when something is open.
type Schedule struct {
	Zone     Zone
	Week     Week
	Holidays bool      // closed on holidays of Region, or open in HolidayRanges
	Region   Region    //
	OnFeast  []Range   // hours of a holiday; none: closed
	Special  []Special // exceptional days, before everything but Forced
	Forced   Forced    //
}

// Why says which part of a schedule decided.
type Why string

// The parts, the strongest first.
const (
	ByForce   Why = "forced"
	BySpecial Why = "special"
	ByHoliday Why = "holiday"
	ByWeek    Why = "week"
)

// State is whether a schedule is open at an instant.
type State struct {
	Open bool
	Why  Why
	Name string // of the holiday, in French
}

// ranges are the hours of a day, and what they come from.
func (s Schedule) ranges(d Date) ([]Range, Why, string) {
	for _, x := range s.Special {
		if x.Date == d {
			return x.Ranges, BySpecial, ""
		}
	}
	if s.Holidays {
		if name, ok := IsHoliday(s.Region, d); ok {
			return s.OnFeast, ByHoliday, name
		}
	}
	return s.Week[d.Weekday()], ByWeek, ""
}

// Weekly is open in the same parts of some days of the week: no day is every day, no part is all day.
func Weekly(z Zone, days []time.Weekday, daily []Range) Schedule {
	s := Schedule{Zone: z}
	if len(daily) == 0 {
		daily = []Range{{From: 0, To: 24 * 60}}
	}
	for d := range s.Week {
		if len(days) == 0 || slices.Contains(days, time.Weekday(d)) {
			s.Week[d] = daily
		}
	}
	return s
}

// At says whether it is open at an instant.
func (s Schedule) At(ms int64) State {
	if s.Forced != AsScheduled {
		return State{Open: s.Forced == ForcedOpen, Why: ByForce}
	}
	c := s.Zone.Civil(ms)
	ranges, why, name := s.ranges(c.Date)
	at := c.Minute()
	return State{Open: slices.ContainsFunc(ranges, func(r Range) bool { return at >= r.From && at < r.To }), Why: why, Name: name}
}

// horizon is how many days ahead a change is looked for: longer than a year, so that only what never changes has none.
const horizon = 400

// NextChange is the first instant after ms at which it opens or closes; false when none is within 400 days.
func (s Schedule) NextChange(ms int64) (int64, bool) {
	if s.Forced != AsScheduled {
		return 0, false
	}
	open := s.At(ms).Open
	today := s.Zone.Civil(ms).Date
	for n := range horizon {
		for _, at := range s.edges(today.Add(n)) {
			if at > ms && s.At(at).Open != open {
				return at, true
			}
		}
	}
	return 0, false
}

// NextOpen is the first instant from ms on at which it is open; false when none is within 400 days.
func (s Schedule) NextOpen(ms int64) (int64, bool) {
	if s.At(ms).Open {
		return ms, true
	}
	return s.NextChange(ms)
}

// edges are the instants of a day at which its state may change, in order: its midnight, the ends of its ranges, and when clocks are put.
func (s Schedule) edges(d Date) []int64 {
	out := s.Zone.Instants(Civil{Date: d})
	ranges, _, _ := s.ranges(d)
	for _, r := range ranges {
		for _, m := range []int{r.From, r.To} {
			out = append(out, s.Zone.Instants(Civil{Date: d, Clock: int64(m) * minute})...)
		}
	}
	from, to := s.Zone.summerOf(d.Year)
	for _, at := range []int64{from, to} {
		if s.Zone.Civil(at).Date == d {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ParseClock reads "08:30" as minutes since midnight; "24:00" is the end of the day.
func ParseClock(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("08:30") {
		return 0, fmt.Errorf("hours: %q is no time of day such as 08:30", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// Clock writes minutes since midnight as "08:30".
func Clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
