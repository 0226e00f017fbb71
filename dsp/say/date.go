package say

import "time"

// A Date is a day of the calendar.
type Date struct {
	Year  int // 1 to 9999
	Month time.Month
	Day   int
}

// DateParts say what of a date is spoken besides the day and the month.
type DateParts uint8

// The parts of a date that can be left out.
const (
	WithWeekday DateParts = 1 << iota
	WithYear
)

// valid says whether the calendar has the day.
func (d Date) valid() bool {
	if d.Year < 1 || d.Year > 9999 || d.Month < time.January || d.Month > time.December || d.Day < 1 {
		return false
	}
	return d.noon().Day() == d.Day
}

func (d Date) noon() time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

// Date speaks a day: "lundi vingt-trois novembre deux mille vingt-six", "Monday the twenty-third of November", "Monday
// November twenty-third". The numeral of a French date keeps its last sound, whatever the month begins with.
func (l Language) Date(d Date, with DateParts) ([]string, error) {
	if !d.valid() {
		return nil, ErrRange
	}
	var to []string
	if with&WithWeekday != 0 {
		to = append(to, l.Weekday(d.noon().Weekday()))
	}
	day := int64(d.Day)
	switch {
	case l == EnglishAmerica:
		to = append(to, month(d.Month))
		to = append(to, englishOrdinal(englishTens(nil, day))...)
	case l == EnglishBritain:
		to = append(to, "the")
		to = append(to, englishOrdinal(englishTens(nil, day))...)
		to = append(to, "of", month(d.Month))
	case day == 1:
		to = append(l.article(to, with), "ord-1", month(d.Month))
	default:
		to = append(l.number(l.article(to, with), day, Masculine, end), month(d.Month))
	}
	if with&WithYear != 0 {
		to = l.year(to, int64(d.Year))
	}
	return to, nil
}

// article is "le", which a weekday makes needless.
func (l Language) article(to []string, with DateParts) []string {
	if with&WithWeekday != 0 {
		return to
	}
	return append(to, "the")
}

// Year speaks a year from 1 to 9999: "mille neuf cent quatre-vingt-sept", "nineteen eighty-seven".
func (l Language) Year(y int) ([]string, error) {
	if y < 1 || y > 9999 {
		return nil, ErrRange
	}
	return l.year(nil, int64(y)), nil
}

func (l Language) year(to []string, y int64) []string {
	if l.english() {
		return l.englishYear(to, y)
	}
	return l.frenchCardinal(to, y, Masculine, end)
}

// Weekday is the atom of a day of the week; a value that is none is Sunday.
func (l Language) Weekday(d time.Weekday) string {
	switch d {
	case time.Monday:
		return "monday"
	case time.Tuesday:
		return "tuesday"
	case time.Wednesday:
		return "wednesday"
	case time.Thursday:
		return "thursday"
	case time.Friday:
		return "friday"
	case time.Saturday:
		return "saturday"
	default:
		return "sunday"
	}
}

// Relative is the atom of the day that is so many days from today: "hier", "aujourd'hui", "demain". Other days have none.
func (l Language) Relative(days int) (string, bool) {
	switch days {
	case -1:
		return "yesterday", true
	case 0:
		return "today", true
	case 1:
		return "tomorrow", true
	default:
		return "", false
	}
}

func monthNames() [12]string {
	return [12]string{
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
	}
}

func month(m time.Month) string { return monthNames()[m-time.January] }
