package consoleapi

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"autocom/appliance/site"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// isSecret reports whether a setting of this name holds a password. Every site.Secret of a document has such a name, and so have a carrier
// profile's further settings.
func isSecret(key string) bool {
	key = strings.ToLower(key)
	return strings.Contains(key, "password") || strings.Contains(key, "secret") || strings.Contains(key, "passwd") || key == "code" // of an agent, typed on a phone
}

var inAddress = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*://[^:/@\s]*:)([^@\s]+)(@.*)$`)

// parted splits a value into what may be shown and its password; ok is false when there is none. The password of an address
// (http://user:password@proxy) is one too.
func parted(key, value string) (before, password, after string, ok bool) {
	if value == "" {
		return "", "", "", false
	}
	if isSecret(key) {
		return "", value, "", true
	}
	if m := inAddress.FindStringSubmatch(value); m != nil {
		return m[1], m[2], m[3], true
	}
	return "", "", "", false
}

// masked is a value as it is shown.
func masked(key, value string) string {
	if before, _, after, ok := parted(key, value); ok {
		return before + Masked + after
	}
	return value
}

// secretPlace is a password in a sheet.
type secretPlace struct {
	place
	span          span
	before, after string
	value         string
	masked        bool
}

// secrets finds the passwords of a sheet, in the order of the text. It refuses one that is not written as one text on one line, for it could
// not be hidden.
func (s *sheet) secrets() ([]secretPlace, *unreadable) {
	var found []secretPlace
	var bad *unreadable
	s.walk(func(p place) {
		v, ok := scalar(p.node)
		if !ok {
			if isSecret(p.key) && !isNull(p.node) && bad == nil {
				bad = &unreadable{line: p.keyTok.Position.Line, sentence: p.path + " is not one text on one line", remedy: "write it in quotes, on the same line"}
			}
			return
		}
		before, password, after, ok := parted(p.key, v)
		if !ok {
			return
		}
		at, ok := s.spanOf(p.node)
		if !ok {
			if bad == nil {
				bad = &unreadable{line: lineOf(p.node), sentence: p.path + " is not one text on one line", remedy: "write it in quotes, on the same line"}
			}
			return
		}
		found = append(found, secretPlace{place: p, span: at, before: before, value: password, after: after, masked: password == Masked})
	})
	return found, bad
}

// inComment is a password in a remark, as in a phone that was taken out by a # before its lines. Prose that ends in "password:" is none.
var inComment = regexp.MustCompile(`(?i)((?:^#[\s#-]*|[{,]\s*)["']?[A-Za-z_-]*(?:password|secret|passwd)[A-Za-z_-]*["']?\s*:\s*)(\S.*?)(\s*)$`)

// remark is a comment that holds a password.
type remark struct {
	span          span
	before, after string
	value         string
}

func (s *sheet) remarks() []remark {
	var found []remark
	seen := map[int]bool{}
	for _, doc := range lexer.Tokenize(s.text) {
		if doc.Type != token.CommentType || doc.Position == nil || doc.Position.Line < 1 || doc.Position.Line > len(s.lines) || seen[doc.Position.Line] {
			continue
		}
		line := s.lines[doc.Position.Line-1]
		from := byteAt(line, doc.Position.Column)
		if from < 0 || from >= len(line) || line[from] != '#' {
			continue
		}
		seen[doc.Position.Line] = true
		m := inComment.FindStringSubmatchIndex(line[from:])
		if m == nil {
			continue
		}
		text := line[from:]
		found = append(found, remark{
			span:   span{line: doc.Position.Line, from: from + m[4], to: from + m[5]},
			before: text[:m[4]], value: text[m[4]:m[5]], after: text[m[5]:],
		})
	}
	return found
}

// change is one piece of a text to be replaced.
type change struct {
	at span
	by string
}

// changed replaces pieces of a text.
func (s *sheet) changed(changes []change) string {
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(b.at.line-a.at.line, b.at.from-a.at.from) })
	lines := slices.Clone(s.lines)
	for _, c := range changes {
		line := lines[c.at.line-1]
		lines[c.at.line-1] = line[:c.at.from] + c.by + line[c.at.to:]
	}
	return strings.Join(lines, "\n")
}

// maskText is a text as it is shown. When it cannot be made sure that no password shows, there is an error and nothing to show.
func maskText(text string) (string, *unreadable) {
	s, why := readSheet(text)
	if why != nil {
		return "", why
	}
	found, why := s.secrets()
	if why != nil {
		return "", why
	}
	var changes []change
	for _, p := range found {
		changes = append(changes, change{p.span, quoted(p.before + Masked + p.after)})
	}
	for _, r := range s.remarks() {
		changes = append(changes, change{r.span, Masked})
	}
	out := s.changed(changes)
	again, why := readSheet(out)
	if why != nil {
		return "", why
	}
	check, why := again.secrets()
	if why != nil {
		return "", why
	}
	if len(check) != len(found) || slices.ContainsFunc(check, func(p secretPlace) bool { return !p.masked }) {
		return "", &unreadable{sentence: "the passwords of this document cannot be hidden, so it is not shown", remedy: "write each password in quotes, on one line"}
	}
	return out, nil
}

// restoreText puts back what Masked stands for, from the texts it may have been read from, the nearest first. What cannot be put back is a
// problem at its place; then nothing may be stored.
func restoreText(text string, from ...string) (string, []ProblemView) {
	s, why := readSheet(text)
	if why != nil {
		return "", []ProblemView{why.problem()}
	}
	found, why := s.secrets()
	if why != nil {
		return "", []ProblemView{why.problem()}
	}
	known, remarks := map[string]string{}, map[string][]string{}
	for _, f := range from {
		was, why := readSheet(f)
		if why != nil {
			continue
		}
		kept, _ := was.secrets()
		for _, p := range kept {
			if _, has := known[p.identity]; !has && !p.masked {
				known[p.identity] = p.value
			}
		}
		nearer := len(remarks) > 0
		for _, r := range was.remarks() {
			if as := r.before + Masked + r.after; !nearer || remarks[as] == nil {
				remarks[as] = append(remarks[as], r.value)
			}
		}
	}
	var changes []change
	var problems []ProblemView
	for _, p := range found {
		if !p.masked {
			continue
		}
		was, has := known[p.identity]
		if !has {
			problems = append(problems, ProblemView{
				Path: p.path, Line: p.span.line,
				Sentence: "this password is hidden, and there is none to keep: nothing of this name had one",
				Remedy:   "write the password itself",
			})
			continue
		}
		changes = append(changes, change{p.span, quoted(p.before + was + p.after)})
	}
	for _, r := range s.remarks() {
		if r.value != Masked {
			continue
		}
		queue := remarks[r.before+Masked+r.after]
		if len(queue) == 0 {
			problems = append(problems, ProblemView{Line: r.span.line, Sentence: "a password in this remark is hidden, and there is none to keep", Remedy: "write it, or take the remark out"})
			continue
		}
		changes = append(changes, change{r.span, queue[0]})
		if len(queue) > 1 {
			remarks[r.before+Masked+r.after] = queue[1:]
		}
	}
	if len(problems) > 0 {
		return "", problems
	}
	out := s.changed(changes)
	if again, why := readSheet(out); why != nil {
		return "", []ProblemView{why.problem()}
	} else if left, why := again.secrets(); why != nil || slices.ContainsFunc(left, func(p secretPlace) bool { return p.masked }) {
		return "", []ProblemView{{Sentence: "the hidden passwords of this text cannot be put back", Remedy: "write each password in quotes, on one line"}}
	}
	return out, nil
}

// views is problems for the page: with their lines, and without a word that is a password.
func views(problems []site.Problem, text string) []ProblemView {
	out := make([]ProblemView, 0, len(problems))
	var at map[string]place
	var hide []string
	mine := map[string]string{}
	if s, why := readSheet(text); why == nil {
		at = s.places()
		found, _ := s.secrets()
		for _, p := range found {
			if len(p.value) >= 4 {
				hide = append(hide, p.value)
			} else if strings.Trim(p.value, "0123456789") == "" { // a number where a text belongs is repeated by the problem
				mine[p.path] = p.value
			}
		}
	} else if len(problems) > 0 {
		return append(out, why.problem()) // the parser's own words hold lines of the text
	}
	slices.SortFunc(hide, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, p := range problems {
		v := ProblemView{Path: p.Path, Sentence: p.Sentence, Remedy: p.Remedy, Line: cmp.Or(lineIn(at, p.Path), p.Line)}
		for _, secret := range append([]string{mine[p.Path]}, hide...) {
			if secret != "" {
				v.Sentence, v.Remedy = strings.ReplaceAll(v.Sentence, secret, Masked), strings.ReplaceAll(v.Remedy, secret, Masked)
			}
		}
		out = append(out, v)
	}
	return out
}

// failures is problem views as an answer above 399 carries them.
func failures(problems []ProblemView) []site.Problem {
	var out []site.Problem
	for _, p := range problems {
		out = append(out, site.Problem(p))
	}
	return out
}
