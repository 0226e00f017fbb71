// Package number reads telephone numbers as people and carriers write them and gives their one full international form.
package number

import (
	"errors"
	"fmt"
	"strings"
)

// The reasons why something typed is not a number that can be dialled outside.
var (
	ErrEmpty     = errors.New("no digits")
	ErrCharacter = errors.New("holds a character that is not on a telephone")
	ErrLength    = errors.New("too short or too long for this country")
	ErrCountry   = errors.New("no numbering plan for this country")
)

// maxTyped bounds what is looked at: longer than any number with its separators.
const maxTyped = 64

// Clean takes away what people put between digits and keeps digits, "*", "#" and one leading "+".
// The "(0)" of "+33 (0)1 40 50 60 70", which is never dialled after a country code, goes too.
func Clean(typed string) (string, error) {
	if len(typed) > maxTyped {
		return "", fmt.Errorf("number: %w", ErrLength)
	}
	if strings.HasPrefix(strings.TrimLeft(typed, " "), "+") || strings.HasPrefix(strings.TrimLeft(typed, " "), "00") {
		typed = strings.Replace(typed, "(0)", "", 1)
	}
	var b strings.Builder
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9', r == '*', r == '#':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case r == ' ', r == '.', r == '-', r == '/', r == '(', r == ')', r == '\u00a0', r == '\u202f', r == '\t':
		default:
			return "", fmt.Errorf("number: %w: %q", ErrCharacter, r)
		}
	}
	if b.Len() == 0 || b.String() == "+" {
		return "", fmt.Errorf("number: %w", ErrEmpty)
	}
	return b.String(), nil
}

// E164 gives the full international form, with "+", of what was typed in a country (ISO 3166). Numbers that exist only
// inside a country (3631, 118 218) have no such form: they come back as they are, digits only.
func E164(country, typed string) (string, error) {
	s, err := Clean(typed)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(s, "*#") {
		return "", fmt.Errorf("number: %w", ErrCharacter)
	}
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		return international(rest)
	}
	p, ok := planOf(country)
	if !ok {
		return "", fmt.Errorf("number: %w: %q", ErrCountry, country)
	}
	if rest, ok := strings.CutPrefix(s, p.exit); ok {
		return international(rest)
	}
	if p.isShort(s) {
		return s, nil
	}
	if p.trunk != "" {
		rest, ok := strings.CutPrefix(s, p.trunk)
		if !ok {
			return "", fmt.Errorf("number: %w: %s wants a leading %s", ErrLength, country, p.trunk)
		}
		s = rest
	}
	if len(s) < p.least || len(s) > p.most || strings.IndexByte(p.leads, s[0]) < 0 {
		return "", fmt.Errorf("number: %w", ErrLength)
	}
	return "+" + p.full(s), nil
}

// international checks the digits after "+". National digits are checked for the countries in the table; a national prefix
// left in by mistake (+33 01 …) is taken out where no number begins with it.
func international(digits string) (string, error) {
	if digits == "" || digits[0] == '0' {
		return "", fmt.Errorf("number: %w", ErrLength)
	}
	for _, p := range plans {
		rest, ok := strings.CutPrefix(digits, p.code)
		if !ok {
			continue
		}
		if p.trunk != "" {
			rest = strings.TrimPrefix(rest, p.trunk)
		}
		if len(rest) < p.least || len(rest) > p.most || strings.IndexByte(p.leads, rest[0]) < 0 {
			return "", fmt.Errorf("number: %w", ErrLength)
		}
		return "+" + p.full(rest), nil
	}
	if len(digits) < 7 || len(digits) > 15 { // ITU-T E.164 §6: at most 15 digits
		return "", fmt.Errorf("number: %w", ErrLength)
	}
	return "+" + digits, nil
}
