package speech

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a grammar. A menu a caller can keep in mind is far below them.
const (
	MaxPhrases = 200
	MaxPhrase  = 100 // characters
)

// A Phrase is something a caller may answer, and what it means.
type Phrase struct {
	Text   string // as it is spoken: "le service comptable"
	Intent string // what the menu does with it
}

// A Grammar is what is expected of a caller at one place of a menu.
type Grammar struct {
	Language string // "fr", "en", or with a country: "fr-BE"
	Phrases  []Phrase
	Keys     map[rune]string // keypad branch: the intent of each key
}

// Check names everything wrong with a grammar. Each intent must be reachable by a key: a caller who is not understood, or in a noisy street,
// or at a box whose speech server is off, must get everywhere all the same.
func (g Grammar) Check() []error {
	var problems []error
	if language(g.Language) == "" {
		problems = append(problems, fmt.Errorf("language %q: say which one is spoken, as in fr or en-GB", g.Language))
	}
	if len(g.Phrases) == 0 || len(g.Phrases) > MaxPhrases {
		problems = append(problems, fmt.Errorf("%d phrases: give between 1 and %d", len(g.Phrases), MaxPhrases))
	}
	meaning := map[string]string{}
	keyed := map[string]bool{}
	for key, intent := range g.Keys {
		if !strings.ContainsRune("0123456789*#", key) {
			problems = append(problems, fmt.Errorf("key %q is on no telephone", key))
		}
		keyed[intent] = true
	}
	for _, p := range g.Phrases {
		said := spoken(p.Text)
		switch {
		case p.Intent == "":
			problems = append(problems, fmt.Errorf("phrase %q means nothing: give it an intent", p.Text))
		case len(said) == 0 || utf8.RuneCountInString(p.Text) > MaxPhrase:
			problems = append(problems, fmt.Errorf("phrase %q must have words and at most %d characters", p.Text, MaxPhrase))
		case !keyed[p.Intent]:
			problems = append(problems, fmt.Errorf("%q can be said but not typed: give it a key", p.Intent))
			keyed[p.Intent] = true // said once
		}
		text := strings.Join(said, " ")
		if other, twice := meaning[text]; twice && other != p.Intent {
			problems = append(problems, fmt.Errorf("phrase %q means both %q and %q", p.Text, other, p.Intent))
		}
		meaning[text] = p.Intent
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return problems
}

// language is the part of a language's name before its country, in small letters; empty when it is none.
func language(name string) string {
	short, country, found := strings.Cut(strings.ToLower(name), "-")
	isLetters := func(s string, least, most int) bool {
		return len(s) >= least && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
	}
	if !isLetters(short, 2, 3) || found && !isLetters(country, 2, 2) {
		return ""
	}
	return short
}

// ambiguous is how much better, in percent, the best intent must be than the second best: below it, none was meant.
const ambiguous = 10

// Match finds what a recognised text means, and how sure that is, in percent: 100 for the very phrase; less for each word around it; and for words
// that are not the phrase's, the share of letters that agree. No intent, or two as likely, gives an empty intent.
func (g Grammar) Match(text string) (intent string, sure int) {
	if len(text) > 10*MaxPhrase {
		return "", 0
	}
	said := spoken(text)
	best, second := 0, 0
	for _, p := range g.Phrases {
		n := likeness(said, spoken(p.Text))
		switch {
		case n > best && p.Intent != intent:
			best, second, intent = n, best, p.Intent
		case n > best:
			best = n
		case n > second && p.Intent != intent:
			second = n
		}
	}
	if best-second < ambiguous {
		return "", best
	}
	return intent, best
}

// spoken are the words of a text without case, accents and punctuation: engines differ in all three.
func spoken(text string) []string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch plain, ok := unaccented(r); {
		case ok:
			b.WriteString(plain)
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// unaccented spells the letters of French and its neighbours without their accents.
func unaccented(r rune) (string, bool) {
	switch r {
	case 'à', 'â', 'ä', 'á', 'ã':
		return "a", true
	case 'ç':
		return "c", true
	case 'é', 'è', 'ê', 'ë':
		return "e", true
	case 'î', 'ï', 'í', 'ì':
		return "i", true
	case 'ñ':
		return "n", true
	case 'ô', 'ö', 'ó', 'ò', 'õ':
		return "o", true
	case 'ù', 'û', 'ü', 'ú':
		return "u", true
	case 'ÿ':
		return "y", true
	case 'œ':
		return "oe", true
	case 'æ':
		return "ae", true
	case 'ß':
		return "ss", true
	default:
		return "", false
	}
}

// wordAround is what each word that is not of the phrase takes from its likeness, in percent: "alors la comptabilité s'il vous plaît" still is.
const wordAround = 4

func likeness(said, phrase []string) int {
	if len(said) == 0 || len(phrase) == 0 {
		return 0
	}
	for i := 0; i+len(phrase) <= len(said); i++ {
		if slices.Equal(said[i:i+len(phrase)], phrase) {
			return max(100-wordAround*(len(said)-len(phrase)), 50)
		}
	}
	a, b := []rune(strings.Join(said, "")), []rune(strings.Join(phrase, ""))
	return 100 * (max(len(a), len(b)) - distance(a, b)) / max(len(a), len(b)) * 9 / 10
}

// distance is the number of letters to put in, take out or change to make b of a (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
