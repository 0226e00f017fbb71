package say

import "strconv"

// follow is what is heard after a number; French numerals sound by it.
type follow uint8

const (
	end       follow = iota // nothing: six is "sis"
	consonant               // six minutes: "si"
	vowel                   // six euros: "siz"
	hours                   // neuf heures: "neuv", only before "heures" and "ans"
)

// sounded is the atom of that word as it sounds before what follows.
func sounded(atom string, next follow) string {
	switch next {
	case end:
	case consonant:
		switch atom {
		case "5", "6", "8", "10", "18", "70", "90":
			return atom + "-c"
		}
	case vowel, hours:
		switch atom {
		case "1", "2", "3", "6", "10", "20", "70", "80s", "90", "100", "100s":
			return atom + "-v"
		case "9", "19":
			if next == hours {
				return atom + "-v"
			}
		}
	}
	return atom
}

// frenchCardinal appends n ≥ 0.
func (l Language) frenchCardinal(to []string, n int64, g Gender, next follow) []string {
	if n == 0 {
		return append(to, "0")
	}
	for _, scale := range [...]struct {
		size      int64
		one, many string
	}{{1_000_000_000, "billion", "billions"}, {1_000_000, "million", "millions"}} {
		count := n / scale.size
		if count == 0 {
			continue
		}
		// A million is a noun: "quatre-vingts millions" keeps its s.
		to = l.frenchCardinal(to, count, Masculine, consonant)
		if count == 1 {
			to = append(to, scale.one)
		} else {
			to = append(to, scale.many)
		}
		if n %= scale.size; n == 0 {
			return to
		}
	}
	if count := n / 1000; count > 0 {
		// Mille is none: "quatre-vingt mille", "deux cent mille", and never "un mille".
		if count > 1 {
			to = l.frenchHundreds(to, count, Masculine, consonant, false)
		}
		to = append(to, "thousand")
		if n %= 1000; n == 0 {
			return to
		}
	}
	return l.frenchHundreds(to, n, g, next, true)
}

// frenchHundreds appends 1 to 999. Last says that nothing of the number follows, so that cents and vingts take their s.
func (l Language) frenchHundreds(to []string, n int64, g Gender, next follow, last bool) []string {
	count, rest := n/100, n%100
	if count > 1 {
		to = append(to, sounded(digit(count), consonant))
	}
	if count > 0 {
		switch {
		case rest > 0 || !last && count > 1:
			to = append(to, "100")
		case count == 1:
			to = append(to, sounded("100", next))
		default:
			to = append(to, sounded("100s", next))
		}
	}
	if rest == 0 {
		return to
	}
	return l.frenchTens(to, rest, g, next, last)
}

// frenchTens appends 1 to 99.
func (l Language) frenchTens(to []string, n int64, g Gender, next follow, last bool) []string {
	if n < 20 {
		return append(to, unit(n, g, next))
	}
	base, name := l.ten(n)
	rest := n - base
	switch {
	case n == 80 && name == "80":
		if last {
			name = "80s"
		}
		return append(to, sounded(name, next))
	case n == 70 && name == "60", n == 90 && name == "80":
		return append(to, sounded(digit(n), next))
	case rest == 0:
		return append(to, sounded(name, next))
	case rest == 1 && name != "80", rest == 11 && name == "60":
		if name == "20" {
			name = "20-v"
		}
		return append(to, name, "and", unit(rest, g, next))
	}
	if name == "20" { // the t of vingt is heard up to vingt-neuf
		name = "20-v"
	}
	return append(to, name, unit(rest, g, next))
}

// ten is what 20 to 99 is counted from, and its atom.
func (l Language) ten(n int64) (base int64, atom string) {
	base = n / 10 * 10
	switch base {
	case 70:
		if l == French || l == FrenchLuxembourg {
			return 60, "60"
		}
		return 70, "septante"
	case 80:
		switch l {
		case FrenchSwitzerland:
			return 80, "huitante"
		case FrenchOctante:
			return 80, "octante"
		default:
			return 80, "80"
		}
	case 90:
		if l == French || l == FrenchLuxembourg {
			return 80, "80"
		}
		return 90, "nonante"
	}
	return base, digit(base)
}

func unit(n int64, g Gender, next follow) string {
	if n == 1 && g == Feminine {
		return "1-f"
	}
	return sounded(digit(n), next)
}

func digit(n int64) string { return strconv.FormatInt(n, 10) }

// frenchOrdinal is the cardinal whose last word becomes an ordinal.
func (l Language) frenchOrdinal(n int64, g Gender) []string {
	if n == 1 {
		if g == Feminine {
			return []string{"ord-1-f"}
		}
		return []string{"ord-1"}
	}
	to := l.frenchCardinal(nil, n, Masculine, end)
	last := len(to) - 1
	switch word := to[last]; word {
	case "1":
		to[last] = "ord-u1" // vingt et unième, never "vingt et premier"
	case "70":
		return append(to[:last], "60", "ord-10")
	case "90":
		return append(to[:last], "80", "ord-10")
	case "80s":
		to[last] = "ord-80"
	case "100s":
		to[last] = "ord-100"
	case "million", "millions":
		to[last] = "ord-million"
		if n == 1_000_000 { // millionième, not "un millionième"
			return to[last:]
		}
	default:
		to[last] = "ord-" + word
	}
	return to
}
