package consoleapi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"autocom/appliance/site"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// sheet is a document's text with the place of each value in it, so that one value can be changed and every other byte stays.
type sheet struct {
	text  string
	lines []string
	root  ast.Node // a mapping, or nil when nothing is written
	file  *ast.File
}

// Bounds of a text that is read, so that no nesting exhausts the parser.
const (
	mostLine   = 4096 // bytes
	mostBraces = 64   // open at once
	mostLines  = 20_000
	mostGroup  = 500 // settings side by side: the parser's time grows with their square
)

// unreadable says why a text is no sheet, and in which line.
type unreadable struct {
	line     int
	sentence string
	remedy   string
}

func (u *unreadable) Error() string {
	if u.line > 0 {
		return fmt.Sprintf("line %d: %s", u.line, u.sentence)
	}
	return u.sentence
}

func (u *unreadable) problem() ProblemView {
	return ProblemView{Sentence: u.sentence, Remedy: u.remedy, Line: u.line}
}

// readSheet reads a text. Anchors, aliases, tags and several documents in one are no part of a site document, and are refused.
func readSheet(text string) (*sheet, *unreadable) {
	if why := tame(text); why != nil {
		return nil, why
	}
	file, err := parser.ParseBytes([]byte(text), parser.ParseComments)
	if err != nil {
		return nil, notYAML(err)
	}
	s := &sheet{text: text, lines: strings.Split(text, "\n"), file: file}
	if len(file.Docs) > 1 {
		return nil, &unreadable{line: startOf(file.Docs[1]), sentence: "there are several documents in one text", remedy: "keep one, without lines of ---"}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return s, nil
	}
	switch body := file.Docs[0].Body.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		s.root = body
	case *ast.CommentGroupNode, *ast.NullNode:
		return s, nil
	default:
		return nil, &unreadable{line: lineOf(body), sentence: "the document is not a list of names and values", remedy: "start from site.example.yaml"}
	}
	var foreign foreigner
	ast.Walk(&foreign, s.root)
	if foreign.found != nil {
		return nil, &unreadable{line: lineOf(foreign.found), sentence: "anchors (&), aliases (*), tags (!) and merges (<<) are no part of a site document", remedy: "write the value itself"}
	}
	return s, nil
}

// tame refuses what could nest without end before the parser sees it.
func tame(text string) *unreadable {
	if len(text) > site.MaxBytes {
		return &unreadable{sentence: fmt.Sprintf("the document has %d bytes", len(text)), remedy: fmt.Sprintf("keep it under %d", site.MaxBytes)}
	}
	if at := strings.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError || r == 0 }); at >= 0 && (text[at] == 0 || !utf8.ValidString(text)) {
		return &unreadable{line: 1 + strings.Count(text[:at], "\n"), sentence: "this is not text in UTF-8", remedy: "save the file as UTF-8"}
	}
	var open []int          // settings in each bracket that is open
	beside := map[int]int{} // settings at each indentation
	for i, line := range strings.Split(text, "\n") {
		crowded := &unreadable{line: i + 1, sentence: "there are too many settings side by side", remedy: fmt.Sprintf("keep a group under %d", mostGroup)}
		switch {
		case i >= mostLines:
			return &unreadable{line: i + 1, sentence: "the document has too many lines", remedy: fmt.Sprintf("keep it under %d", mostLines)}
		case len(line) > mostLine:
			return &unreadable{line: i + 1, sentence: "this line is too long", remedy: fmt.Sprintf("keep each line under %d characters", mostLine)}
		}
		if at := strings.Index(" "+line, " #"); at >= 0 && strings.Count(line[:at], `"`)%2 == 0 { // a remark opens no bracket
			line = line[:at]
		}
		words := strings.TrimLeft(line, " -")
		if indent := len(line) - len(words); len(open) == 0 && words != "" {
			item := strings.HasPrefix(strings.TrimLeft(line, " "), "-")
			for at := range beside {
				if at > indent || item && at == indent {
					delete(beside, at)
				}
			}
			if beside[indent]++; beside[indent] > mostGroup && strings.Contains(words, ":") {
				return crowded
			}
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				open = append(open, 0)
			case ']', '}':
				open = open[:max(0, len(open)-1)]
			case ':':
				if n := len(open); n > 0 {
					if open[n-1]++; open[n-1] > mostGroup {
						return crowded
					}
				}
			}
		}
		if len(open) > mostBraces {
			return &unreadable{line: i + 1, sentence: "too many brackets are open here", remedy: "close them"}
		}
	}
	return nil
}

// notYAML is a parser's complaint without the lines of the text, which may hold a password.
func notYAML(err error) *unreadable {
	u := &unreadable{sentence: "this is not YAML", remedy: "mend the syntax at this line: indentation, quotes, colons"}
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		u.line = syntax.Token.Position.Line
	}
	return u
}

// foreigner finds what a site document has none of.
type foreigner struct{ found ast.Node }

// Visit is ast.Visitor's.
func (f *foreigner) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode, *ast.DirectiveNode, *ast.MappingKeyNode:
		if f.found == nil {
			f.found = n
		}
	}
	return f
}

// startOf is the line a document begins in, of several in one text.
func startOf(d *ast.DocumentNode) int {
	if d.Start != nil && d.Start.Position != nil {
		return d.Start.Position.Line
	}
	if d.Body != nil {
		return firstLine(d.Body)
	}
	return 0
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

func entriesOf(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func keyOf(e *ast.MappingValueNode) string { return e.Key.GetToken().Value }

// scalar is a value written on one line.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func isNull(n ast.Node) bool {
	_, ok := n.(*ast.NullNode)
	return ok || n == nil
}

// place is one value of a sheet.
type place struct {
	path     string // "trunks[1].password"
	identity string // "trunks[operateur].password": the same after items changed places
	key      string // its name, "" for an item of a list
	node     ast.Node
	keyTok   *token.Token // nil for an item
}

// walk visits every value, parents first, in the order of the text.
func (s *sheet) walk(visit func(place)) {
	if s.root != nil {
		walk(s.root, "", "", visit)
	}
}

func walk(n ast.Node, path, identity string, visit func(place)) {
	if list, ok := n.(*ast.SequenceNode); ok {
		seen := map[string]int{}
		for i, item := range list.Values {
			name := identityOf(item)
			if name == "" {
				name = "#" + strconv.Itoa(i)
			}
			if seen[name]++; seen[name] > 1 { // the same name twice is a mistake, but each keeps what is its own
				name += "#" + strconv.Itoa(seen[name])
			}
			p := place{path: fmt.Sprintf("%s[%d]", path, i), identity: identity + "[" + name + "]", node: item}
			visit(p)
			walk(item, p.path, p.identity, visit)
		}
		return
	}
	for _, e := range entriesOf(n) {
		key := keyOf(e)
		p := place{path: joined(path, key), identity: joined(identity, key), key: key, node: e.Value, keyTok: e.Key.GetToken()}
		visit(p)
		walk(e.Value, p.path, p.identity, visit)
	}
}

// identityOf is what an item of a list is called: by its id, number or name.
func identityOf(n ast.Node) string {
	for _, by := range identityKeys() {
		for _, e := range entriesOf(n) {
			if keyOf(e) == by {
				if v, ok := scalar(e.Value); ok && v != "" {
					return v
				}
			}
		}
	}
	return ""
}

func identityKeys() []string { return []string{"id", "number", "name"} }

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// places is every value by its path.
func (s *sheet) places() map[string]place {
	m := map[string]place{}
	s.walk(func(p place) { m[p.path] = p })
	return m
}

// lineIn is the line of a path, or of the nearest thing around it that is written.
func lineIn(places map[string]place, path string) int {
	for path != "" {
		if p, ok := places[path]; ok {
			if p.keyTok != nil {
				return p.keyTok.Position.Line
			}
			return firstLine(p.node)
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return 0
		}
		path = path[:cut]
	}
	return 0
}

// firstLine is where a value begins; a block mapping's own token is its first colon, on the same line.
func firstLine(n ast.Node) int {
	if e := entriesOf(n); len(e) > 0 {
		return e[0].Key.GetToken().Position.Line
	}
	return lineOf(n)
}

// span is a piece of one line, in bytes.
type span struct{ line, from, to int }

// spanOf finds a scalar's own text, quotes included; ok is false for one that is not on one line.
func (s *sheet) spanOf(n ast.Node) (span, bool) {
	t := n.GetToken()
	if t == nil || t.Position == nil || t.Position.Line < 1 || t.Position.Line > len(s.lines) {
		return span{}, false
	}
	line := s.lines[t.Position.Line-1]
	from := byteAt(line, t.Position.Column)
	if from < 0 || from >= len(line) {
		return span{}, false
	}
	at := span{line: t.Position.Line, from: from}
	switch rest := line[from:]; t.Type {
	case token.DoubleQuoteType:
		end := closing(rest, '"')
		if end < 0 {
			return span{}, false
		}
		at.to = from + end
	case token.SingleQuoteType:
		end := closing(rest, '\'')
		if end < 0 {
			return span{}, false
		}
		at.to = from + end
	default:
		if t.Value == "" || !strings.HasPrefix(rest, t.Value) {
			return span{}, false
		}
		at.to = from + len(t.Value)
	}
	return at, true
}

// closing is how long a quoted text is, its quotes included; -1: it does not end on this line.
func closing(s string, quote byte) int {
	if s == "" || s[0] != quote {
		return -1
	}
	for i := 1; i < len(s); i++ {
		switch {
		case quote == '"' && s[i] == '\\':
			i++
		case s[i] == quote && quote == '\'' && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return -1
}

// byteAt is where a column, counted in characters from 1, begins.
func byteAt(line string, column int) int {
	n := 1
	for i := range line {
		if n == column {
			return i
		}
		n++
	}
	if n == column {
		return len(line)
	}
	return -1
}

// with is the text with one piece replaced.
func (s *sheet) with(at span, by string) string {
	lines := append([]string(nil), s.lines...)
	line := lines[at.line-1]
	lines[at.line-1] = line[:at.from] + by + line[at.to:]
	return strings.Join(lines, "\n")
}
