package say

import "strings"

// An Atom is one recording that a language needs.
type Atom struct {
	// Name is that of its file, without an ending: letters a to z, digits and dashes.
	Name string
	// Text is what is heard, spelled.
	Text string
	// Instead are the atoms that do when a set lacks this one; without any, the set is not complete.
	Instead []string
	// Asterisk is where the sound sets made for Asterisk keep this recording by its name, in their directory, without an
	// ending; "" where they have none. A set need not have all of them, and who fills one listens before it ships.
	Asterisk string
}

// Atoms are all that the language's phrases are made of, needed and optional, in a fixed order. One name means one recording
// in all languages of a tongue, so that one set of sounds can serve France, Belgium and Switzerland.
func (l Language) Atoms() []Atom {
	if l.english() {
		return englishAtoms(l)
	}
	return frenchAtoms(l)
}

// Missing are the atoms that a set of sounds lacks and nothing can stand in for.
func (l Language) Missing(has func(name string) bool) []Atom {
	var missing []Atom
	for _, a := range l.Atoms() {
		if !has(a.Name) && len(a.Instead) == 0 {
			missing = append(missing, a)
		}
	}
	return missing
}

// depth bounds how often one atom stands in for another: "80s-v" for "80s" for "80".
const depth = 4

// Resolve replaces atoms that a set lacks by what stands in for them. An atom that nothing can replace stays.
func (l Language) Resolve(names []string, has func(name string) bool) []string {
	instead := make(map[string][]string)
	for _, a := range l.Atoms() {
		instead[a.Name] = a.Instead
	}
	var to []string
	for _, n := range names {
		to = resolve(to, n, instead, has, depth)
	}
	return to
}

func resolve(to []string, name string, instead map[string][]string, has func(string) bool, left int) []string {
	if has(name) || len(instead[name]) == 0 || left == 0 {
		return append(to, name)
	}
	for _, n := range instead[name] {
		to = resolve(to, n, instead, has, left-1)
	}
	return to
}

// Text spells a phrase: for a log, a screen, or a synthesiser that speaks where recordings lack. A pause is a comma.
func (l Language) Text(names []string) string {
	text := make(map[string]string)
	for _, a := range l.Atoms() {
		text[a.Name] = a.Text
	}
	var b strings.Builder
	for i, n := range names {
		word, known := text[n]
		if !known {
			word = n
		}
		switch {
		case i == 0, n == "pause":
		case l.hyphen(names[i-1], n):
			b.WriteByte('-')
		default:
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

// hyphen says whether two atoms make one word: vingt-deux, quatre-vingt-un, twenty-first.
func (l Language) hyphen(a, b string) bool {
	switch strings.TrimSuffix(a, "-v") {
	case "20", "30", "40", "50", "60":
	case "70", "90":
		if !l.english() {
			return false
		}
	case "80":
	case "septante", "huitante", "octante", "nonante":
	default:
		return false
	}
	b = strings.TrimPrefix(b, "ord-")
	b, _, _ = strings.Cut(b, "-")
	if b == "u1" || len(b) == 1 && b >= "1" && b <= "9" {
		return true
	}
	return !l.english() && len(b) == 2 && b[0] == '1'
}
