package httpapi

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// language is one of the two that the page speaks.
type language string

const (
	french  language = "fr"
	english language = "en"
)

const languageCookie = "autocom_language"

// chosen is the language somebody picked, if the text names one.
func chosen(text string) (language, bool) {
	switch l := language(text); l {
	case french, english:
		return l, true
	default:
		return french, false
	}
}

// preferred reads Accept-Language (RFC 9110 §12.5.4): the one of ours with the highest weight, French when there is none.
func preferred(header string) language {
	best, weight := french, 0.0
	for part := range strings.SplitSeq(header[:min(len(header), 500)], ",") {
		tag, params, _ := strings.Cut(part, ";")
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		l, ours := chosen(base)
		if !ours {
			continue
		}
		q := 1.0
		if text, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		if q > weight {
			best, weight = l, q
		}
	}
	return best
}

// say is a sentence of the catalogue. A key that is not there is a mistake of ours: it is shown as it is, and a test finds it.
func (l language) say(key string, args ...any) string {
	p, ok := catalogue[key]
	if !ok {
		return key
	}
	return sprint(p.in(l), args)
}

// in is the phrase in one language.
func (p phrase) in(l language) string {
	if l == french {
		return spaced(p.fr)
	}
	return p.en
}

// sprint leaves a sentence alone that takes no values.
func sprint(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// count is a sentence with a number in it: key.one or key.many. French says zero in the singular.
func (l language) count(key string, n int, args ...any) string {
	one := n == 1 || l == french && n == 0
	return l.say(key+map[bool]string{true: ".one", false: ".many"}[one], append([]any{n}, args...)...)
}

// spaced keeps French punctuation on the line of its word.
func spaced(s string) string {
	return strings.NewReplacer(" ;", "\u202f;", " !", "\u202f!", " ?", "\u202f?", " :", "\u00a0:", "« ", "«\u00a0", " »", "\u00a0»").Replace(s)
}

// day is a date with its time, in the zone it carries.
func (l language) day(t time.Time) string {
	if l == french {
		return t.Format("02/01/2006") + " à " + t.Format("15:04")
	}
	return t.Format("2 Jan 2006") + " at " + t.Format("15:04")
}

// clock is a time of this day, or a date when it is of another.
func (l language) clock(t, now time.Time) string {
	t = t.In(now.Location())
	if y, m, d := t.Date(); now.Year() == y && now.Month() == m && now.Day() == d {
		return t.Format("15:04:05")
	}
	return l.day(t)
}

// since is the second half of a sentence; a moment that nobody knows is left out.
func (l language) since(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return l.say("since", l.clock(t, now))
}

// lasted is a length of time that a person reads at a glance: 52 s, 12 min, 1 h 45 min, 41 j.
func (l language) lasted(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d\u00a0s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d\u00a0min", int(d.Minutes()))
	case d < 24*time.Hour:
		if m := int(d.Minutes()) % 60; m > 0 {
			return fmt.Sprintf("%d\u00a0h\u00a0%d\u00a0min", int(d.Hours()), m)
		}
		return fmt.Sprintf("%d\u00a0h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d\u00a0%s", int(d.Hours()/24), map[bool]string{true: "j", false: "d"}[l == french])
	}
}

// timer is minutes and seconds as on a display.
func timer(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
