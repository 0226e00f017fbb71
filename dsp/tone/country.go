package tone

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

//go:embed plans.txt
var plansText string

// A Country is one country's plan and where it was found.
type Country struct {
	// Code is the ISO 3166-1 code in capitals.
	Code string
	// Name is empty for a territory that uses another country's tones.
	Name string
	// Like is the code of the country whose tones are used; empty for its own.
	Like    string
	Sources []string
	Plan    Plan
}

// An UnknownCountryError is a country whose tones are not in the table. Its
// text lists those that are.
type UnknownCountryError string

func (e UnknownCountryError) Error() string {
	var known []string
	for _, c := range Countries() {
		known = append(known, c.Code)
	}
	return fmt.Sprintf("no tones are known for the country %q; known are %s", string(e), strings.Join(known, ", "))
}

// In gives the plan of a country by its ISO 3166-1 code, in capitals or not.
// The error is an UnknownCountryError. Make it once and keep it: the call
// allocates.
func In(country string) (Plan, error) {
	for _, c := range Countries() {
		if strings.EqualFold(c.Code, country) {
			return c.Plan, nil
		}
	}
	return Plan{}, UnknownCountryError(country)
}

// Countries gives every country of the table, France first.
func Countries() []Country {
	all, _ := parseCountries(plansText) // the table is proven by a test
	return all
}

// The bounds of a table, so that a wrong one cannot ask for much.
const (
	maxSegments = 32
	maxMillis   = 120_000
)

// ErrPlan is in the error of a table that cannot be read.
var ErrPlan = errors.New("the table of tones is wrong")

// parseCountries reads the format that plans.txt explains. The first error
// ends it.
func parseCountries(text string) ([]Country, error) {
	var all []Country
	var likes [][2]string
	line := 0
	wrong := func(format string, args ...any) ([]Country, error) {
		return nil, fmt.Errorf("%w: line %d: %s", ErrPlan, line, fmt.Sprintf(format, args...))
	}
	for row := range strings.Lines(text) {
		line++
		row, _, _ = strings.Cut(row, "#")
		word, rest, _ := strings.Cut(strings.TrimSpace(row), " ")
		rest = strings.TrimSpace(rest)
		if word == "" {
			continue
		}
		if word == "country" {
			code, name, _ := strings.Cut(rest, " ")
			if len(code) != 2 || name == "" {
				return wrong("a country needs its code and its name")
			}
			all = append(all, Country{Code: code, Name: name})
			continue
		}
		if len(all) == 0 {
			return wrong("%q stands before any country", word)
		}
		c := &all[len(all)-1]
		switch word {
		case "source":
			c.Sources = append(c.Sources, rest)
		case "like":
			of, codes, _ := strings.Cut(rest, ":")
			for code := range strings.FieldsSeq(codes) {
				likes = append(likes, [2]string{of, code})
			}
		default:
			k, ok := kindOf(word)
			if !ok {
				return wrong("%q is no kind of tone", word)
			}
			t, err := parseTone(rest)
			if err != nil {
				return wrong("%v", err)
			}
			c.Plan[k] = t
		}
	}
	for _, l := range likes {
		for i := range all {
			if all[i].Code == l[0] {
				same := all[i]
				same.Code, same.Name, same.Like = l[1], "", l[0]
				all = append(all, same)
				break
			}
		}
	}
	return all, nil
}

func kindOf(word string) (Kind, bool) {
	words := [kinds]string{
		Dial: "dial", SecondDial: "second-dial", Ringback: "ringback", Busy: "busy", Congestion: "congestion",
		CallWaiting: "call-waiting", Special: "special", Routing: "routing", Record: "record", Beep: "beep",
	}
	for k, w := range words {
		if w == word {
			return Kind(k), true
		}
	}
	return 0, false
}

func parseTone(text string) (Tone, error) {
	var t Tone
	words := strings.Fields(text)
	if n := len(words); n > 0 && strings.HasPrefix(words[n-1], "x") {
		times, err := strconv.Atoi(words[n-1][1:])
		if err != nil || times < 1 || times > 100 {
			return Tone{}, fmt.Errorf("%q is no number of times", words[n-1])
		}
		t.Times, words = times, words[:n-1]
	}
	if len(words) == 0 || len(words) > maxSegments {
		return Tone{}, fmt.Errorf("a tone has 1 to %d elements", maxSegments)
	}
	for i, w := range words {
		s, err := parseSegment(w)
		if err != nil {
			return Tone{}, fmt.Errorf("%q: %w", w, err)
		}
		if s.Samples == 0 && i < len(words)-1 {
			return Tone{}, fmt.Errorf("%q: only the last element may have no end", w)
		}
		t.Segments = append(t.Segments, s)
	}
	return t, nil
}

func parseSegment(w string) (Segment, error) {
	var s Segment
	sound, length, timed := strings.Cut(w, "/")
	if timed {
		millis, err := strconv.Atoi(length)
		if err != nil || millis < 1 || millis > maxMillis {
			return Segment{}, fmt.Errorf("a length is 1 to %d ms", maxMillis)
		}
		s.Samples = ms(millis)
	}
	if sound == "0" {
		if !timed {
			return Segment{}, errors.New("silence without end")
		}
		return s, nil
	}
	pitch, loud, ok := strings.Cut(sound, "@")
	dBm0, err := strconv.ParseFloat(loud, 64)
	if !ok || err != nil || !(dBm0 >= -60 && dBm0 <= 0) {
		return Segment{}, errors.New("a level is −60 to 0 dBm0, after @")
	}
	s.DBm0 = dBm0
	for f := range strings.SplitSeq(pitch, "+") {
		hz, err := strconv.ParseFloat(f, 64)
		if err != nil || math.IsNaN(hz) || hz < 100 || hz > 3900 {
			return Segment{}, errors.New("a frequency is 100 to 3,900 Hz")
		}
		s.Hz = append(s.Hz, hz)
	}
	if len(s.Hz) > MaxFrequencies {
		return Segment{}, fmt.Errorf("at most %d frequencies together", MaxFrequencies)
	}
	return s, nil
}
