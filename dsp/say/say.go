// Package say speaks numbers, amounts, dates and times from recorded pieces: given a value it tells which recordings to play
// one after the other.
//
// A piece is an atom, such as "20", "hour" or "monday". Each language has a closed list of them (Atoms), so that a set of
// sounds can be checked for what it lacks (Missing). Some atoms exist for the ear only: "6-v" is the six of "six euros",
// with its z. A set that does not have them plays the plain one (Resolve).
//
// Sources: the usual grammar of French numerals, of Belgium and of Switzerland for 70, 80 and 90 (the spelling was held against
// the rules of Unicode CLDR 42), and for English the "and" of Britain. Everything is pure; the longest phrase is some forty
// atoms.
package say

import "errors"

// A Language is a way to speak numbers. The zero value is the French of France.
type Language uint8

// The languages. They differ in 70, 80 and 90, in "and", in how dates run and in how telephone numbers are grouped.
const (
	French            Language = iota // soixante-dix, quatre-vingts, quatre-vingt-dix; numbers of France
	FrenchBelgium                     // septante, quatre-vingts, nonante; numbers of Belgium
	FrenchLuxembourg                  // as in France; numbers of Luxembourg
	FrenchSwitzerland                 // septante, huitante, nonante (Vaud, Valais, Fribourg); numbers of Switzerland
	FrenchGeneva                      // septante, quatre-vingts, nonante (Geneva, Neuchâtel, Jura); numbers of Switzerland
	FrenchOctante                     // septante, octante, nonante; numbers of Switzerland
	EnglishBritain                    // one hundred and five; 23rd of November
	EnglishAmerica                    // one hundred five; November 23rd
	languages
)

// Languages are all of them.
func Languages() []Language {
	all := make([]Language, 0, languages)
	for l := range languages {
		all = append(all, l)
	}
	return all
}

// String is the BCP 47 tag, with a private part where a region knows two ways.
func (l Language) String() string {
	switch l {
	case French:
		return "fr-FR"
	case FrenchBelgium:
		return "fr-BE"
	case FrenchLuxembourg:
		return "fr-LU"
	case FrenchSwitzerland:
		return "fr-CH"
	case FrenchGeneva:
		return "fr-CH-x-geneve"
	case FrenchOctante:
		return "fr-CH-x-octante"
	case EnglishBritain:
		return "en-GB"
	case EnglishAmerica:
		return "en-US"
	default:
		return "und"
	}
}

// Named finds a language by its tag. "fr" and "en" alone are those of France and Britain.
func Named(tag string) (Language, bool) {
	switch tag {
	case "fr":
		return French, true
	case "en":
		return EnglishBritain, true
	}
	for l := range languages {
		if l.String() == tag {
			return l, true
		}
	}
	return 0, false
}

func (l Language) english() bool { return l == EnglishBritain || l == EnglishAmerica }

// Gender is that of what is counted; French says "une" of what is feminine, English does not care.
type Gender uint8

// The genders of French.
const (
	Masculine Gender = iota
	Feminine
)

// Errors. What comes from a caller's record or a web service can be anything, and a flow goes on without it.
var (
	ErrRange  = errors.New("say: a value that is not spoken")
	ErrNumber = errors.New("say: not a number as dialled")
)

// Most is the largest number spoken, either way of zero.
const Most = 1_000_000_000_000

// Number speaks a whole number from −Most to Most: "vingt et une", "moins quatre-vingts".
func (l Language) Number(n int64, g Gender) ([]string, error) {
	if n < -Most || n > Most {
		return nil, ErrRange
	}
	return l.number(nil, n, g, end), nil
}

// number appends the atoms of n, with the next sound known.
func (l Language) number(to []string, n int64, g Gender, next follow) []string {
	if n < 0 {
		to, n = append(to, "minus"), -n
	}
	if l.english() {
		return l.englishCardinal(to, n)
	}
	return l.frenchCardinal(to, n, g, next)
}

// Ordinal speaks the n-th, 1 to 999,999,999: "premier", "vingt et unième".
func (l Language) Ordinal(n int64, g Gender) ([]string, error) {
	if n < 1 || n > 999_999_999 {
		return nil, ErrRange
	}
	if l.english() {
		return englishOrdinal(l.englishCardinal(nil, n)), nil
	}
	return l.frenchOrdinal(n, g), nil
}

// maxDigits bounds what Digits, Spell and Telephone take: a bank account has 34 characters.
const maxDigits = 40

// Digits speaks digits one by one, with * and # as keys: a code, a file number.
func (l Language) Digits(s string) ([]string, error) {
	if len(s) == 0 || len(s) > maxDigits {
		return nil, ErrRange
	}
	var to []string
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			to = append(to, string(rune(c)))
		case c == '*':
			to = append(to, "star")
		case c == '#':
			to = append(to, "hash")
		case c == ' ' || c == '.' || c == '-':
			to = appendPause(to)
		default:
			return nil, ErrNumber
		}
	}
	return to, nil
}

// Spell speaks Latin letters and digits one by one: a reference, a number plate.
func (l Language) Spell(s string) ([]string, error) {
	if len(s) == 0 || len(s) > maxDigits {
		return nil, ErrRange
	}
	var to []string
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			to = append(to, string(rune(c)))
		case c >= 'a' && c <= 'z':
			to = append(to, "letter-"+string(rune(c)))
		case c >= 'A' && c <= 'Z':
			to = append(to, "letter-"+string(rune(c-'A'+'a')))
		case c == ' ' || c == '.' || c == '-' || c == '/':
			to = appendPause(to)
		default:
			return nil, ErrNumber
		}
	}
	return to, nil
}

// appendPause adds a pause where there is none yet, never first.
func appendPause(to []string) []string {
	if len(to) == 0 || to[len(to)-1] == "pause" {
		return to
	}
	return append(to, "pause")
}
