package say

import "strings"

// englishCardinal appends n ≥ 0. Britain says "and" before what is left under a hundred.
func (l Language) englishCardinal(to []string, n int64) []string {
	if n == 0 {
		return append(to, "0")
	}
	started := len(to)
	for _, scale := range [...]struct {
		size int64
		atom string
	}{{1_000_000_000, "billion"}, {1_000_000, "million"}, {1000, "thousand"}} {
		if count := n / scale.size; count > 0 {
			to = append(l.englishCardinal(to, count), scale.atom)
			n %= scale.size
		}
	}
	if count := n / 100; count > 0 {
		to = append(to, digit(count), "hundred")
		n %= 100
	}
	if n == 0 {
		return to
	}
	if l == EnglishBritain && len(to) > started {
		to = append(to, "and")
	}
	return englishTens(to, n)
}

// englishTens appends 1 to 99.
func englishTens(to []string, n int64) []string {
	if n < 20 {
		return append(to, digit(n))
	}
	to = append(to, digit(n/10*10))
	if n%10 > 0 {
		to = append(to, digit(n%10))
	}
	return to
}

// englishOrdinal makes the last word of a cardinal an ordinal.
func englishOrdinal(to []string) []string {
	last := len(to) - 1
	to[last] = "ord-" + to[last]
	return to
}

// englishYear speaks a year the way people do: nineteen eighty-seven, nineteen oh five, two thousand and five, twenty
// twenty-six.
func (l Language) englishYear(to []string, y int64) []string {
	century, rest := y/100, y%100
	switch {
	case y < 1100, y >= 2000 && y < 2010, y > 9999, y%1000 == 0:
		return l.englishCardinal(to, y)
	case rest == 0:
		return append(englishTens(to, century), "hundred")
	case rest < 10:
		return append(englishTens(to, century), "oh", digit(rest))
	}
	return englishTens(englishTens(to, century), rest)
}

// oneByOne speaks a group of digits as English does on the telephone.
func oneByOne(to []string, group string) []string {
	for c := range strings.SplitSeq(group, "") {
		if c == "0" {
			c = "oh"
		}
		to = append(to, c)
	}
	return to
}
