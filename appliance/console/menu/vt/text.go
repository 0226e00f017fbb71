package vt

import (
	"strings"
	"unicode/utf8"
)

// Clean makes a text fit for the cells of a terminal: one rune a cell, nothing that moves the cursor, nothing wide. In ascii, letters lose
// their accents. What cannot be shown becomes a question mark.
func Clean(text string, ascii bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= ' ' && r < 0x7F:
			b.WriteRune(r)
		case r == '\t' || r == '\n' || r == 0xA0 || r == 0x202F || r == 0x2009: // spaces of other kinds
			b.WriteByte(' ')
		case r >= 0x300 && r < 0x370, r == 0xAD, r == '\r', r == 0x200B, r == 0xFEFF: // no cell of their own
		case r == utf8.RuneError:
			b.WriteByte('?')
		case ascii:
			b.WriteString(plainLetter(r))
		case r >= 0xA1 && r < 0x250, shown(r):
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// shown is the punctuation beyond Latin letters that terminals have and that is one cell wide.
func shown(r rune) bool { return strings.ContainsRune("–—‘’“”…€─", r) }

// plainLetter is what stands for a letter on a terminal that has only ASCII.
func plainLetter(r rune) string {
	for _, row := range []struct{ of, to string }{
		{"àáâãäå", "a"},
		{"ç", "c"},
		{"èéêë", "e"},
		{"ìíîï", "i"},
		{"ñ", "n"},
		{"òóôõöø°º", "o"},
		{"ùúûü", "u"},
		{"ýÿ", "y"},
		{"ÀÁÂÃÄÅ", "A"},
		{"Ç", "C"},
		{"ÈÉÊË", "E"},
		{"ÌÍÎÏ", "I"},
		{"Ñ", "N"},
		{"ÒÓÔÕÖØ", "O"},
		{"ÙÚÛÜ", "U"},
		{"ÝŸ", "Y"},
		{"œ", "oe"},
		{"Œ", "OE"},
		{"æ", "ae"},
		{"Æ", "AE"},
		{"ß", "ss"},
		{"«»“”", "\""},
		{"‘’", "'"},
		{"–—─", "-"},
		{"…", "~"},
		{"×", "x"},
		{"€", "EUR"},
	} {
		if strings.ContainsRune(row.of, r) {
			return row.to
		}
	}
	return "?"
}

// Wide is how many cells a clean text takes.
func Wide(text string) int { return utf8.RuneCountInString(text) }

// Fit cuts a clean text to a width; the mark … (~ in ASCII) says that it was cut.
func Fit(text string, width int, ascii bool) string {
	if Wide(text) <= width {
		return text
	}
	if width <= 0 {
		return ""
	}
	mark := "…"
	if ascii {
		mark = "~"
	}
	runes := []rune(text)
	return strings.TrimRight(string(runes[:width-1]), " ") + mark
}

// Wrap breaks a clean text into lines of at most width cells, at spaces where there are some.
func Wrap(text string, width int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		for Wide(word) > width { // a word longer than the screen
			if line != "" {
				out, line = append(out, line), ""
			}
			runes := []rune(word)
			out, word = append(out, string(runes[:width])), string(runes[width:])
		}
		switch {
		case line == "":
			line = word
		case Wide(line)+1+Wide(word) <= width:
			line += " " + word
		default:
			out, line = append(out, line), word
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}
