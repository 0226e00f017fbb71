package hours_test

import (
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/hours"
)

// How many holidays a region has in a year, at the years from which the articles hold (Code du travail, art. L. 3133-1, L. 3134-13 and L. 3422-2;
// the two islands that left Guadeloupe from 2012, Saint-Martin's 28 May besides from 2018): a day less or a day in another year is a changed law.
func TestFirstYearOfEachHoliday(t *testing.T) {
	years := []int{2007, 2008, 2011, 2012, 2017, 2018}
	for region, want := range map[hours.Region][]int{
		hours.France:          {0, 11, 11, 11, 11, 11},
		hours.AlsaceMoselle:   {0, 13, 13, 13, 13, 13},
		hours.Mayotte:         {0, 12, 12, 12, 12, 12},
		hours.Martinique:      {0, 12, 12, 12, 12, 12},
		hours.Guadeloupe:      {0, 12, 12, 12, 12, 12},
		hours.Guyane:          {0, 12, 12, 12, 12, 12},
		hours.Reunion:         {0, 12, 12, 12, 12, 12},
		hours.SaintBarthelemy: {0, 11, 11, 12, 12, 12},
		hours.SaintMartin:     {0, 11, 11, 12, 12, 13},
	} {
		var got []int
		for _, y := range years {
			list := hours.Holidays(region, y)
			got = append(got, len(list))
			for _, h := range list {
				if _, ok := hours.IsHoliday(region, h.Date); !ok || h.Date.Year != y {
					t.Errorf("%q: %s is listed in %d and no holiday", region, h.Date, y)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v holidays in %v, want %v", region, got, years, want)
		}
	}
}

// A list is in the order of its days, and holds every holiday of its year and no other day.
func TestHolidaysAreListedInOrder(t *testing.T) {
	for _, region := range hours.Regions() {
		for y := 2008; y <= 2040; y++ {
			list := hours.Holidays(region, y)
			if !slices.IsSortedFunc(list, func(a, b hours.Holiday) int { return hours.Days(b.Date, a.Date) }) {
				t.Errorf("%q %d: %v", region, y, list)
			}
			for d := (hours.Date{Year: y, Month: 1, Day: 1}); d.Year == y; d = d.Add(1) {
				_, is := hours.IsHoliday(region, d)
				if is != slices.ContainsFunc(list, func(h hours.Holiday) bool { return h.Date == d }) {
					t.Errorf("%q: %s is a holiday: %v, and the list says otherwise", region, d, is)
				}
			}
		}
	}
	for _, day := range []hours.Date{{Year: 2026, Month: 5, Day: 27}, {Year: 2026, Month: 5, Day: 28}} {
		if _, is := hours.IsHoliday(hours.SaintMartin, day); !is {
			t.Errorf("Saint-Martin works on %s", day)
		}
	}
}

// knuth is Easter Sunday after Clavius, by The Art of Computer Programming, 1.3.2, exercise 14: another way to the same day.
func knuth(year int) hours.Date {
	golden, century := year%19+1, year/100+1
	x, z := 3*century/4-12, (8*century+5)/25-5
	sunday := 5*year/4 - x - 10
	epact := ((11*golden+20+z-x)%30 + 30) % 30
	if epact == 25 && golden > 11 || epact == 24 {
		epact++
	}
	n := 44 - epact
	if n < 21 {
		n += 30
	}
	n += 7 - (sunday+n)%7
	if n > 31 {
		return hours.Date{Year: year, Month: 4, Day: n - 31}
	}
	return hours.Date{Year: year, Month: 3, Day: n}
}

func TestEasterByAnotherRule(t *testing.T) {
	for y := 1583; y < 9999; y++ {
		if got, want := hours.Easter(y), knuth(y); got != want {
			t.Fatalf("Easter %d on %s, want %s", y, got, want)
		}
	}
}

// What ends or begins in the hour that is left out does so when clocks are put, and what begins late in the hour that comes twice is open twice:
// between its two times it is closed from the moment the clocks go back.
func TestAChangeOfClocksOpensAndCloses(t *testing.T) {
	s := hours.Schedule{Zone: zone(t, "Europe/Paris")}
	for _, c := range []struct {
		r        hours.Range
		from, at string
	}{
		{hours.Range{From: 60, To: 150}, "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"},  // ends at 02:30
		{hours.Range{From: 150, To: 240}, "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"}, // begins at 02:30
		{hours.Range{From: 150, To: 240}, "2026-10-25T02:45:00+02:00", "2026-10-25T02:00:00+01:00"},
		{hours.Range{From: 150, To: 240}, "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"},
		{hours.Range{From: 1380, To: 1440}, "2026-03-29T12:00:00+02:00", "2026-03-29T23:00:00+02:00"},
		{hours.Range{From: 1380, To: 1440}, "2026-03-29T23:00:00+02:00", "2026-03-30T00:00:00+02:00"},
	} {
		s.Week = hours.Week{time.Sunday: {c.r}}
		if got, ok := s.NextChange(unix(t, c.from)); !ok || got != unix(t, c.at) {
			t.Errorf("%+v from %s: %s %v, want %s", c.r, c.from, time.UnixMilli(got).UTC().Format(time.RFC3339), ok, c.at)
		}
	}
}

// A change is looked for within 400 days: the last of them counts, the day after does not.
func TestHorizonOfAChange(t *testing.T) {
	now := unix(t, "2026-11-23T12:00:00+01:00")
	today := hours.Date{Year: 2026, Month: 11, Day: 23}
	for ahead, want := range map[int]bool{399: true, 400: false} {
		s := hours.Schedule{Zone: zone(t, "Europe/Paris"), Special: []hours.Special{{Date: today.Add(ahead), Ranges: []hours.Range{{From: 540, To: 600}}}}}
		at, ok := s.NextChange(now)
		if ok != want || !ok && at != 0 || ok && s.Zone.Civil(at).Date != today.Add(ahead) {
			t.Errorf("what opens in %d days changes at %d: %v", ahead, at, ok)
		}
	}
	s := hours.Schedule{Forced: hours.ForcedOpen}
	if at, ok := s.NextChange(now); ok || at != 0 {
		t.Errorf("what is forced changes at %d", at)
	}
}

func TestAWeekHasSevenDaysAndZonesAreListedInOrder(t *testing.T) {
	if n := len(hours.Week{}); n != 7 {
		t.Errorf("a week of %d days", n)
	}
	if names := hours.ZoneNames(); !slices.IsSorted(names) || len(names) != 37 {
		t.Errorf("%d zones: %v", len(names), names)
	}
}

// Hours of every day are those of the days that are named, all of them when none is; no hours are the whole day, its last minute with it.
func TestWeeklyHours(t *testing.T) {
	z := zone(t, "Europe/Paris")
	for _, c := range []struct {
		days  []time.Weekday
		daily []hours.Range
		at    string
		want  bool
	}{
		{nil, nil, "2026-11-22T00:00:00+01:00", true},
		{nil, nil, "2026-11-22T23:59:59+01:00", true},
		{[]time.Weekday{time.Monday}, nil, "2026-11-22T12:00:00+01:00", false},
		{[]time.Weekday{time.Monday}, nil, "2026-11-23T12:00:00+01:00", true},
		{nil, []hours.Range{{From: 540, To: 600}}, "2026-11-22T09:30:00+01:00", true},
		{nil, []hours.Range{{From: 540, To: 600}}, "2026-11-22T10:00:00+01:00", false},
	} {
		if got := hours.Weekly(z, c.days, c.daily).At(unix(t, c.at)).Open; got != c.want {
			t.Errorf("%v %v at %s: open %v", c.days, c.daily, c.at, got)
		}
	}
	for d, of := range hours.Weekly(z, nil, nil).Week {
		if len(of) != 1 || of[0] != (hours.Range{From: 0, To: 1440}) {
			t.Errorf("day %d: %v", d, of)
		}
	}
}
