package say

import "time"

// Clock speaks a time of day by 24 hours: "quatorze heures trente", "fourteen thirty hours".
func (l Language) Clock(hour, minute int) ([]string, error) {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return nil, ErrRange
	}
	if !l.english() {
		to := l.counted(nil, int64(hour), hourNoun())
		if minute > 0 {
			to = l.number(to, int64(minute), Feminine, end)
		}
		return to, nil
	}
	var to []string
	if hour > 0 && hour < 10 {
		to = append(to, "oh")
	}
	to = l.englishCardinal(to, int64(hour))
	return append(englishMinutes(to, minute, "hundred"), "hours"), nil
}

// Clock12 speaks a time of day by twice 12 hours: "deux heures et demie de l'après-midi", "midi", "two thirty p.m.".
func (l Language) Clock12(hour, minute int) ([]string, error) {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return nil, ErrRange
	}
	if l.english() {
		half := "a-m"
		if hour >= 12 {
			half = "p-m"
		}
		switch {
		case minute == 0 && hour == 0:
			return []string{"midnight"}, nil
		case minute == 0 && hour == 12:
			return []string{"noon"}, nil
		}
		to := l.englishCardinal(nil, int64((hour+11)%12+1))
		return append(englishMinutes(to, minute, ""), half), nil
	}
	var to []string
	switch hour {
	case 0:
		to = append(to, "midnight")
	case 12:
		to = append(to, "noon")
	default:
		to = l.counted(to, int64(hour%12), hourNoun())
	}
	switch minute {
	case 0:
	case 15:
		to = append(to, "and", "quarter")
	case 30:
		if hour%12 == 0 { // midi et demi: noon and midnight are masculine
			to = append(to, "and", "half")
		} else {
			to = append(to, "and", "half-f")
		}
	default:
		to = l.number(to, int64(minute), Feminine, end)
	}
	switch {
	case hour%12 == 0: // midi and minuit say it themselves
	case hour < 12:
		to = append(to, "in-the-morning")
	case hour < 18:
		to = append(to, "in-the-afternoon")
	default:
		to = append(to, "in-the-evening")
	}
	return to, nil
}

// englishMinutes appends minutes after an hour, oh before a single digit, and what stands for none.
func englishMinutes(to []string, minute int, none string) []string {
	switch {
	case minute == 0 && none == "":
		return to
	case minute == 0:
		return append(to, none)
	case minute < 10:
		return append(to, "oh", digit(int64(minute)))
	}
	return englishTens(to, int64(minute))
}

// longest is the longest duration spoken: a hundred years, near enough.
const longest = 36_525 * 24 * time.Hour

// Duration speaks a length of time to the second, in days, hours, minutes and seconds: "deux heures et cinq minutes". What
// is less than a second is left off.
func (l Language) Duration(d time.Duration) ([]string, error) {
	if d < 0 || d > longest {
		return nil, ErrRange
	}
	return l.duration(nil, int64(d/time.Second)), nil
}

func (l Language) duration(to []string, seconds int64) []string {
	parts := [...]struct {
		n  int64
		of noun
	}{
		{seconds / 86_400, dayNoun()},
		{seconds / 3600 % 24, hourNoun()},
		{seconds / 60 % 60, minuteNoun()},
		{seconds % 60, secondNoun()},
	}
	last := len(parts) - 1
	for last > 0 && parts[last].n == 0 {
		last--
	}
	if seconds == 0 {
		last = len(parts) - 1
	}
	said := false
	for i, p := range parts[:last+1] {
		if p.n == 0 && seconds > 0 {
			continue
		}
		if seconds == 0 && i < last {
			continue
		}
		if said && i == last {
			to = append(to, "and")
		}
		to = l.counted(to, p.n, p.of)
		said = true
	}
	return to
}
