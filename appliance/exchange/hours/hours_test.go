package hours_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/hours"
)

func zone(t *testing.T, name string) hours.Zone {
	t.Helper()
	z, ok := hours.ZoneOf(name)
	if !ok {
		t.Fatalf("no zone %s", name)
	}
	return z
}

// unix is an instant written with its offset.
func unix(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// The table says what the IANA files say, at random instants and to the millisecond around every change of the clocks.
func TestZonesAgreeWithTheIANAFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	from, to := unix(t, "2008-01-01T00:00:00Z"), unix(t, "2037-12-31T00:00:00Z")
	for _, name := range hours.ZoneNames() {
		z := zone(t, name)
		oracle, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		check := func(ms int64) {
			_, offset := time.UnixMilli(ms).In(oracle).Zone()
			if got := z.Offset(ms); got != int64(offset)*1000 {
				t.Fatalf("%s at %s: %d ms ahead of UTC, want %d s", name, time.UnixMilli(ms).UTC(), got, offset)
			}
			if got, want := z.Civil(ms).String(), time.UnixMilli(ms).In(oracle).Format("2006-01-02 15:04:05"); got != want {
				t.Fatalf("%s at %s: clocks show %s, want %s", name, time.UnixMilli(ms).UTC(), got, want)
			}
		}
		for range 3000 {
			check(from + r.Int64N(to-from))
		}
		for at := time.UnixMilli(from).In(oracle); ; {
			_, next := at.ZoneBounds()
			if next.IsZero() || next.UnixMilli() > to {
				break
			}
			for _, d := range []int64{-1, 0, 1} {
				check(next.UnixMilli() + d)
			}
			at = next
		}
	}
}

// The hour that is left out in spring has no instant, the one that comes twice in autumn has two, and every instant comes back.
func TestInstantsOnBothNights(t *testing.T) {
	paris := zone(t, "Europe/Paris")
	at := func(y, m, d, minutes int) []int64 {
		return paris.Instants(hours.Civil{Date: hours.Date{Year: y, Month: m, Day: d}, Clock: int64(minutes) * 60_000})
	}
	if got := at(2026, 3, 29, 150); len(got) != 0 {
		t.Errorf("02:30 of 29 March does not exist, got %v", got)
	}
	want := []int64{unix(t, "2026-10-25T00:30:00Z"), unix(t, "2026-10-25T01:30:00Z")}
	if got := at(2026, 10, 25, 150); !slices.Equal(got, want) {
		t.Errorf("02:30 of 25 October: %v, want %v", got, want)
	}
	if got := at(2026, 11, 23, 600); !slices.Equal(got, []int64{unix(t, "2026-11-23T10:00:00+01:00")}) {
		t.Errorf("10:00 of 23 November: %v", got)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range hours.ZoneNames() {
		z := zone(t, name)
		for range 500 {
			ms := unix(t, "2026-01-01T00:00:00Z") + r.Int64N(365*86_400_000)
			if !slices.Contains(z.Instants(z.Civil(ms)), ms) {
				t.Fatalf("%s: %d does not come back", name, ms)
			}
		}
	}
}

func TestUnknownZone(t *testing.T) {
	if _, ok := hours.ZoneOf("Europe/Atlantis"); ok {
		t.Error("found")
	}
	if (hours.Zone{}).Name() != "UTC" || (hours.Zone{}).Offset(unix(t, "2026-07-01T00:00:00Z")) != 0 {
		t.Error("the zero zone is not UTC")
	}
}

// Easter from published tables, the earliest and the latest days of the century with them.
func TestEaster(t *testing.T) {
	for _, want := range []string{
		"2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2038-04-25",
	} {
		d, err := hours.ParseDate(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := hours.Easter(d.Year); got != d {
			t.Errorf("Easter %d is %s, want %s", d.Year, got, want)
		}
	}
	for y := 2008; y < 2200; y++ {
		d := hours.Easter(y)
		if d.Weekday() != time.Sunday || d.Before(hours.Date{Year: y, Month: 3, Day: 22}) || (hours.Date{Year: y, Month: 4, Day: 25}).Before(d) {
			t.Errorf("Easter %d on %s", y, d)
		}
	}
}

// The eleven days of L. 3133-1 in 2026, as printed on calendars.
func TestFrenchHolidays2026(t *testing.T) {
	var got []string
	for _, h := range hours.Holidays(hours.France, 2026) {
		got = append(got, h.Date.String())
	}
	want := []string{
		"2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-08-15", "2026-11-01", "2026-11-11", "2026-12-25",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHolidaysOfRegions(t *testing.T) {
	for _, c := range []struct {
		region hours.Region
		day    string
		want   bool
	}{
		{hours.AlsaceMoselle, "2026-04-03", true}, // Good Friday
		{hours.AlsaceMoselle, "2026-12-26", true},
		{hours.France, "2026-04-03", false},
		{hours.France, "2026-12-26", false},
		{hours.Mayotte, "2026-04-27", true},
		{hours.Martinique, "2026-05-22", true},
		{hours.Guadeloupe, "2026-05-27", true},
		{hours.Guadeloupe, "2026-05-28", false},
		{hours.SaintMartin, "2026-05-28", true},
		{hours.SaintMartin, "2017-05-28", false},
		{hours.Guyane, "2026-06-10", true},
		{hours.SaintBarthelemy, "2026-10-09", true},
		{hours.Reunion, "2026-12-20", true},
		{hours.France, "2026-12-20", false},
		{hours.Reunion, "2026-07-14", true},
		{hours.France, "2026-11-23", false},
	} {
		d, err := hours.ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		name, got := hours.IsHoliday(c.region, d)
		if got != c.want || got != (name != "") {
			t.Errorf("%q %s: %v %q, want %v", c.region, c.day, got, name, c.want)
		}
	}
	for _, r := range hours.Regions() {
		if list := hours.Holidays(r, 2026); len(list) < 11 || r != hours.France && len(list) == 11 {
			t.Errorf("%q has %d holidays", r, len(list))
		}
	}
}

// office is open Monday to Friday from 9 to 13 and from 14 to 18.
func office(t *testing.T) hours.Schedule {
	s := hours.Schedule{Zone: zone(t, "Europe/Paris"), Holidays: true}
	for d := time.Monday; d <= time.Friday; d++ {
		s.Week[d] = []hours.Range{{From: 540, To: 780}, {From: 840, To: 1080}}
	}
	return s
}

// Proves FEATURES §8 row "Horaires": 12:59:59 open, 13:00:00 closed; Easter Monday; exceptional > holiday > weekly; forced.
func TestScheduleTable(t *testing.T) {
	s := office(t)
	s.Special = []hours.Special{
		{Date: hours.Date{Year: 2026, Month: 11, Day: 11}, Ranges: []hours.Range{{From: 600, To: 720}}}, // a holiday on which we work
		{Date: hours.Date{Year: 2026, Month: 11, Day: 24}},                                              // a Tuesday closed for works
	}
	for _, c := range []struct {
		at   string
		open bool
		why  hours.Why
	}{
		{"2026-11-23T08:59:59.999+01:00", false, hours.ByWeek},
		{"2026-11-23T09:00:00+01:00", true, hours.ByWeek},
		{"2026-11-23T12:59:59.999+01:00", true, hours.ByWeek},
		{"2026-11-23T13:00:00+01:00", false, hours.ByWeek},
		{"2026-11-22T10:00:00+01:00", false, hours.ByWeek},
		{"2026-04-06T10:00:00+02:00", false, hours.ByHoliday},
		{"2026-11-11T10:00:00+01:00", true, hours.BySpecial},
		{"2026-11-11T12:00:00+01:00", false, hours.BySpecial},
		{"2026-11-24T10:00:00+01:00", false, hours.BySpecial},
	} {
		if got := s.At(unix(t, c.at)); got.Open != c.open || got.Why != c.why {
			t.Errorf("%s: %+v, want %v %s", c.at, got, c.open, c.why)
		}
	}
	s.Forced = hours.ForcedClosed
	if got := s.At(unix(t, "2026-11-23T10:00:00+01:00")); got.Open || got.Why != hours.ByForce {
		t.Errorf("forced closed: %+v", got)
	}
	s.Forced = hours.ForcedOpen
	if got := s.At(unix(t, "2026-12-25T03:00:00+01:00")); !got.Open {
		t.Errorf("forced open: %+v", got)
	}
	if _, ok := s.NextChange(0); ok {
		t.Error("what is forced changes")
	}
	if got := office(t).At(unix(t, "2026-12-25T10:00:00+01:00")); got.Name != "Noël" {
		t.Errorf("25 December is %q", got.Name)
	}
}

// A range over the night of a change lasts an hour less in spring, an hour more in autumn, and what is open in the hour that comes twice is open twice.
func TestRangesOnBothNights(t *testing.T) {
	s := hours.Schedule{Zone: zone(t, "Europe/Paris")}
	s.Week[time.Sunday] = []hours.Range{{From: 0, To: 360}}
	for _, c := range []struct {
		from string
		want int64 // hours
	}{{"2026-03-29T00:00:00+01:00", 5}, {"2026-10-25T00:00:00+02:00", 7}, {"2026-11-22T00:00:00+01:00", 6}} {
		from := unix(t, c.from)
		to, ok := s.NextChange(from)
		if !ok || (to-from) != c.want*3_600_000 {
			t.Errorf("%s: open for %d ms, want %d h", c.from, to-from, c.want)
		}
	}
	s.Week[time.Sunday] = []hours.Range{{From: 120, To: 150}} // 02:00 to 02:30
	if s.At(unix(t, "2026-03-29T02:00:00+01:00")).Open {
		t.Error("open in the hour that was left out")
	}
	var edges []string
	at := unix(t, "2026-10-24T12:00:00Z")
	for range 4 {
		next, ok := s.NextChange(at)
		if !ok {
			t.Fatal("no change")
		}
		edges, at = append(edges, time.UnixMilli(next).UTC().Format("02 15:04")), next
	}
	if want := []string{"25 00:00", "25 00:30", "25 01:00", "25 01:30"}; !slices.Equal(edges, want) {
		t.Errorf("changes at %v, want %v", edges, want)
	}
}

// NextChange is the first of all instants at which At differs: compared with a walk minute by minute.
func TestNextChangeMissesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		s := hours.Schedule{Zone: zone(t, "Europe/Paris"), Holidays: true}
		if r.IntN(2) == 0 {
			s.Zone = zone(t, "America/Miquelon")
		}
		for d := range s.Week {
			for range r.IntN(3) {
				from := r.IntN(1440)
				s.Week[d] = append(s.Week[d], hours.Range{From: from, To: from + 1 + r.IntN(1440-from)})
			}
		}
		start := unix(t, []string{"2026-03-27T00:00:00Z", "2026-10-24T00:00:00Z", "2026-03-07T00:00:00Z", "2026-10-31T00:00:00Z"}[r.IntN(4)]) + r.Int64N(86_400)*1000
		got, ok := s.NextChange(start)
		open := s.At(start).Open
		for m := start - start%60_000 + 60_000; m < start+3*86_400_000; m += 60_000 {
			if s.At(m).Open != open {
				if !ok || got != m {
					t.Fatalf("from %d: next change %d %v, want %d; %+v", start, got, ok, m, s)
				}
				break
			}
		}
	}
}

func TestNeverOpen(t *testing.T) {
	s := hours.Schedule{Zone: zone(t, "Europe/Paris")}
	if _, ok := s.NextOpen(unix(t, "2026-11-23T00:00:00Z")); ok {
		t.Error("opens")
	}
	if at, ok := office(t).NextOpen(unix(t, "2026-11-21T12:00:00+01:00")); !ok || at != unix(t, "2026-11-23T09:00:00+01:00") {
		t.Errorf("on a Saturday the next opening is %d %v", at, ok)
	}
	now := unix(t, "2026-11-23T09:30:00+01:00")
	if at, ok := office(t).NextOpen(now); !ok || at != now {
		t.Errorf("an open office opens at %d %v", at, ok)
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]int{"00:00": 0, "08:30": 510, "23:59": 1439, "24:00": 1440} {
		if got, err := hours.ParseClock(s); err != nil || got != want || hours.Clock(got) != s {
			t.Errorf("%s: %d %v", s, got, err)
		}
	}
	for _, s := range []string{"", "8:30", "24:01", "12:60", "noon", "25:00", "00:00:00"} {
		if got, err := hours.ParseClock(s); err == nil || got != 0 {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	if _, err := hours.ParseDate("2026-02-30"); err == nil {
		t.Error("30 February")
	}
	if n := hours.Days(hours.Date{Year: 2026, Month: 2, Day: 27}, hours.Date{Year: 2026, Month: 3, Day: 1}); n != 2 {
		t.Errorf("%d days", n)
	}
}
