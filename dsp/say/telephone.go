package say

import "strings"

// Telephone speaks a number as it is dialled or as E.164 writes it, in the groups of its country: "zéro un, quarante,
// soixante-sept, …" in France, digit by digit in English. A number of the language's own country is spoken without its
// country code; one of another country with "plus" and the code. Spaces, dots, dashes and parentheses are passed over; * and
// # make it a code, spoken digit by digit.
func (l Language) Telephone(number string) ([]string, error) {
	var b strings.Builder
	keys, plus := false, false
	for i, c := range []byte(number) {
		switch {
		case i >= maxDigits:
			return nil, ErrRange
		case c >= '0' && c <= '9':
			b.WriteByte(c)
		case c == '*' || c == '#':
			keys = true
			b.WriteByte(c)
		case c == '+' && b.Len() == 0 && !plus:
			plus = true
		case strings.IndexByte(" .-()/", c) >= 0:
		default:
			return nil, ErrNumber
		}
	}
	digits := b.String()
	switch {
	case digits == "" || plus && keys:
		return nil, ErrNumber
	case keys:
		return l.Digits(digits)
	case !plus:
		return l.groups(nil, grouped(l.country(), digits)), nil
	}
	code, rest := split(digits)
	if rest == "" {
		return nil, ErrNumber
	}
	if code == l.country() || l.country() == "33" && overseas(code) {
		return l.groups(nil, grouped(code, trunk(code)+rest)), nil
	}
	to := append(l.groups([]string{"plus"}, []string{code}), "pause")
	groups := grouped(code, trunk(code)+rest)
	if cut := strings.TrimPrefix(groups[0], trunk(code)); cut != "" {
		groups[0] = cut // the trunk's 0 is not dialled from abroad
	} else {
		groups = groups[1:]
	}
	return l.groups(to, groups), nil
}

// groups speaks groups with pauses between: in French each as a number after its zeros, and four digits as two pairs; in
// English digit by digit.
func (l Language) groups(to, groups []string) []string {
	for i, g := range groups {
		if i > 0 {
			to = appendPause(to)
		}
		if l.english() {
			to = oneByOne(to, g)
			continue
		}
		rest := strings.TrimLeft(g, "0")
		if len(rest) > 3 {
			to = l.groups(to, pairs(rest))
			continue
		}
		for range len(g) - len(rest) {
			to = append(to, "0")
		}
		var n int64
		for _, c := range []byte(rest) {
			n = 10*n + int64(c-'0')
		}
		if n > 0 {
			to = l.frenchCardinal(to, n, Masculine, end)
		}
	}
	return to
}

// country is the country code of the language's own numbers.
func (l Language) country() string {
	switch l {
	case FrenchBelgium:
		return "32"
	case FrenchLuxembourg:
		return "352"
	case FrenchSwitzerland, FrenchGeneva, FrenchOctante:
		return "41"
	case EnglishBritain:
		return "44"
	case EnglishAmerica:
		return "1"
	default:
		return "33"
	}
}

// overseas are the French territories that dial each other as one country does.
func overseas(code string) bool {
	switch code {
	case "262", "590", "594", "596":
		return true
	}
	return false
}

// trunk is the digit that is dialled inside a country before the number, where there is one.
func trunk(code string) string {
	switch code {
	case "33", "32", "41", "44", "262", "590", "594", "596":
		return "0"
	}
	return ""
}

// split cuts a country code off (ITU-T E.164 annex D: 1 and 7 alone, of two digits those listed, the others of three).
func split(digits string) (code, rest string) {
	size := 3
	switch {
	case digits[0] == '1' || digits[0] == '7':
		size = 1
	case len(digits) >= 2 && strings.Contains(" 20 27 28 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 "+
		"81 82 84 86 90 91 92 93 94 95 98 ", " "+digits[:2]+" "):
		size = 2
	}
	size = min(size, len(digits))
	return digits[:size], digits[size:]
}

// grouped cuts a number as dialled inside its country into the groups people there say.
func grouped(code, n string) []string {
	switch code {
	case "33", "262", "590", "594", "596":
		switch {
		case len(n) == 10 && n[0] == '0' && n[1] == '8' && strings.IndexByte("01289", n[2]) >= 0: // 0 800 123 456
			return cut(n, 1, 3, 3, 3)
		case len(n) == 10:
			return pairs(n)
		case len(n) == 4: // 39 49
			return cut(n, 2, 2)
		case len(n) == 6: // 118 712
			return cut(n, 3, 3)
		}
	case "32":
		switch {
		case len(n) == 10 && strings.HasPrefix(n, "04"): // 0470 12 34 56
			return cut(n, 4, 2, 2, 2)
		case len(n) == 9 && (strings.HasPrefix(n, "0800") || strings.HasPrefix(n, "090")): // 0800 12 345
			return cut(n, 4, 2, 3)
		case len(n) == 9 && n[0] == '0' && strings.IndexByte("2349", n[1]) >= 0: // 02 511 12 34
			return cut(n, 2, 3, 2, 2)
		case len(n) == 9: // 081 12 34 56
			return cut(n, 3, 2, 2, 2)
		}
	case "41":
		switch {
		case len(n) == 10 && (strings.HasPrefix(n, "08") || strings.HasPrefix(n, "09")) && n[3] == '0': // 0800 123 456
			return cut(n, 4, 3, 3)
		case len(n) == 10: // 044 668 18 00
			return cut(n, 3, 3, 2, 2)
		}
	case "352":
		if len(n) == 9 { // 621 123 456
			return cut(n, 3, 3, 3)
		}
	case "44":
		switch {
		case len(n) == 11 && strings.HasPrefix(n, "02"): // 020 7946 0000
			return cut(n, 3, 4, 4)
		case len(n) == 11 && (strings.HasPrefix(n, "011") || strings.HasPrefix(n, "01") && n[3] == '1' || strings.HasPrefix(n, "03") || strings.HasPrefix(n, "08")):
			return cut(n, 4, 3, 4)
		case len(n) == 11: // 01632 960 000, 07700 900 000
			return cut(n, 5, 3, 3)
		case len(n) == 10 && n[0] == '0': // 0800 123 456
			return cut(n, 4, 3, 3)
		}
	case "1":
		switch len(n) {
		case 10: // 202 555 0123
			return cut(n, 3, 3, 4)
		case 11:
			return cut(n, 1, 3, 3, 4)
		case 7:
			return cut(n, 3, 4)
		}
	}
	if len(n) <= 3 {
		return []string{n}
	}
	return pairs(n)
}

// pairs cuts into twos; of an odd number of digits the first three stand together.
func pairs(n string) []string {
	sizes := make([]int, 0, len(n)/2)
	if len(n)%2 == 1 {
		sizes = append(sizes, min(3, len(n)))
	}
	for at := len(n) % 2 * 3; at < len(n); at += 2 {
		sizes = append(sizes, 2)
	}
	return cut(n, sizes...)
}

// cut cuts n into groups of those sizes, which add up to its length.
func cut(n string, sizes ...int) []string {
	groups := make([]string, 0, len(sizes))
	for _, size := range sizes {
		groups = append(groups, n[:size])
		n = n[size:]
	}
	return groups
}
