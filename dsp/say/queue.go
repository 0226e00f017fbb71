package say

import "time"

// Position speaks a caller's place in a queue: the next has a sentence of their own, the others the number of who is before
// them. Place 1 is the next.
func (l Language) Position(place int) ([]string, error) {
	switch {
	case place < 1 || place > 999_999:
		return nil, ErrRange
	case place == 1:
		return []string{"queue-next"}, nil
	}
	return l.number([]string{"queue-position"}, int64(place), Masculine, end), nil
}

// Wait speaks how long a caller will probably wait. Nobody believes seconds: it says whole minutes, rounded up, five by five
// from ten on, and nothing but "more than an hour" beyond.
func (l Language) Wait(d time.Duration) ([]string, error) {
	if d < 0 || d > longest {
		return nil, ErrRange
	}
	minutes := int64((d + time.Minute - 1) / time.Minute)
	if minutes > 10 {
		minutes = (minutes + 4) / 5 * 5
	}
	switch {
	case d < time.Minute:
		return []string{"queue-wait-short"}, nil
	case minutes > 60:
		return []string{"queue-wait-long"}, nil
	case minutes == 60:
		return l.counted([]string{"queue-wait"}, 1, hourNoun()), nil
	}
	return l.counted([]string{"queue-wait"}, minutes, minuteNoun()), nil
}
