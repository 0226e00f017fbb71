package sim

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A Story is one file of testdata: what the branch is, what happens, what must be true on the way, and what remains.
type Story struct {
	Name   string
	Proves string     // the comment it begins with
	Rows   []string   // ids of the rows of testdata/rows.txt that it proves
	Head   []sentence // the branch
	Lines  []sentence // what happens and what must be true
	Golden []string   // the facts, as last written
	text   string     // everything before the facts
}

// sentence is one sentence of a story.
type sentence struct {
	n      int    // in the file
	verb   string // "at", "expect", or the first word of a head line
	at     time.Duration
	text   string
	within time.Duration // of an expectation
}

// patience is how long an expectation may take to become true when it does not say.
const patience = time.Second

// ReadStory reads a story's file.
func ReadStory(path string) (*Story, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParseStory(path, string(b))
}

// ParseStory reads a story. Errors name the line.
func ParseStory(name, text string) (*Story, error) {
	s := &Story{Name: name, text: text}
	verb, facts, begun := "", false, false
	for i, raw := range strings.Split(text, "\n") {
		n := i + 1
		if facts {
			if t := strings.TrimRight(raw, " "); t != "" {
				s.Golden = append(s.Golden, strings.TrimSpace(t))
			}
			continue
		}
		if t, ok := strings.CutPrefix(raw, "#"); ok && !begun {
			s.Proves = strings.TrimSpace(s.Proves + " " + strings.TrimSpace(t))
			continue
		}
		line, _, _ := strings.Cut(raw, " #")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		begun = true
		if strings.TrimSpace(line) == "facts" && line[0] != ' ' && len(s.Lines) > 0 {
			facts = true
			s.text = strings.Join(strings.Split(text, "\n")[:n], "\n") + "\n"
			continue
		}
		words := line
		if line[0] != ' ' && line[0] != '\t' {
			verb, words, _ = strings.Cut(line, " ")
		}
		if verb == "" {
			return nil, fmt.Errorf("%s:%d: a story begins at the margin", name, n)
		}
		if err := s.add(n, verb, strings.TrimSpace(words), line[0] == ' '); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	if s.Proves == "" {
		return nil, fmt.Errorf("%s: a story begins with a comment: the sentence it proves", name)
	}
	return s, nil
}

func (s *Story) add(n int, verb, words string, goesOn bool) error {
	switch verb {
	case "proves":
		for id := range strings.SplitSeq(strings.TrimSuffix(words, ","), ",") {
			id = strings.TrimSpace(id)
			if len(strings.Fields(id)) != 2 {
				return fmt.Errorf("%q is no row: its chapter and its name, as in \"proves 2.3 talking-hold, 3.1 repondu\"", id)
			}
			s.Rows = append(s.Rows, id)
		}
	case "at":
		var at time.Duration
		if goesOn {
			at = s.Lines[len(s.Lines)-1].at
		} else {
			when, rest, _ := strings.Cut(words, " ")
			d, err := time.ParseDuration(when)
			if err != nil {
				return fmt.Errorf("%q is no time: write 12s or 19.99s", when)
			}
			at, words = d, strings.TrimSpace(rest)
		}
		for what := range strings.SplitSeq(words, ";") {
			s.Lines = append(s.Lines, sentence{n: n, verb: "at", at: at, text: strings.TrimSpace(what)})
		}
	case "expect":
		last := time.Duration(0)
		if len(s.Lines) > 0 {
			last = s.Lines[len(s.Lines)-1].at
		}
		for what := range strings.SplitSeq(words, ";") {
			l := sentence{n: n, verb: "expect", at: last, text: strings.TrimSpace(what), within: patience}
			if i := strings.LastIndex(l.text, " within "); i >= 0 {
				limit := l.text[i+len(" within "):]
				d, err := time.ParseDuration(limit)
				switch {
				case err == nil:
					l.text, l.within = l.text[:i], d
				case !strings.HasPrefix(l.text, "statistics of "): // one of their figures has this name
					return fmt.Errorf("%q is no time", limit)
				}
			}
			s.Lines = append(s.Lines, l)
		}
	default:
		s.Head = append(s.Head, sentence{n: n, verb: verb, text: words})
	}
	return nil
}

// percent reads "10%".
func percent(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil || f < 0 || f > 100 || !strings.HasSuffix(s, "%") {
		return 0, fmt.Errorf("%q is no percentage", s)
	}
	return f / 100, nil
}
