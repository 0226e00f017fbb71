package consoleapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// mostEdits bounds one save by fields.
const mostEdits = 200

// step is one part of a path: a name, or the index of an item.
type step struct {
	name  string
	index int // -1: a name
}

var pathPart = regexp.MustCompile(`^(?:\.?([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]{1,5})\])`)

func readPath(path string) ([]step, bool) {
	var steps []step
	for rest := path; rest != ""; {
		m := pathPart.FindStringSubmatch(rest)
		if m == nil || len(steps) > 16 || strings.HasPrefix(rest, ".") != (len(steps) > 0 && m[1] != "") {
			return nil, false
		}
		rest = rest[len(m[0]):]
		if m[1] != "" {
			steps = append(steps, step{name: m[1], index: -1})
			continue
		}
		i, _ := strconv.Atoi(m[2])
		steps = append(steps, step{index: i})
	}
	return steps, len(steps) > 0
}

// applyEdits changes a text field by field. Everything an edit does not touch stays as it is written, remarks included.
func applyEdits(ctx context.Context, text string, edits []Edit) (string, error) {
	if len(edits) > mostEdits {
		return "", refuse(http.StatusUnprocessableEntity, codeRefused, fmt.Sprintf("there are more than %d changes at once", mostEdits), "save more often")
	}
	for _, e := range edits {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		next, err := applyEdit(text, e)
		if err != nil {
			return "", err
		}
		text = next
	}
	return text, nil
}

func badEdit(e Edit, why string) error {
	return refuse(http.StatusUnprocessableEntity, codeRefused, fmt.Sprintf("%s %s: %s", e.Op, e.Path, why), "read the draft again, or change its text")
}

func applyEdit(text string, e Edit) (string, error) {
	steps, ok := readPath(e.Path)
	if !ok {
		return "", badEdit(e, "this is no path")
	}
	s, why := readSheet(text)
	if why != nil {
		return "", badEdit(e, "the draft's text cannot be read")
	}
	var tree any
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		return "", badEdit(e, "the draft's text cannot be read")
	}
	if tree == nil {
		tree = map[string]any{}
	}
	value, err := plain(e.Value)
	if err != nil {
		return "", badEdit(e, "its value cannot be read")
	}
	if last := steps[len(steps)-1]; e.Op == "set" && last.index < 0 && isSecret(last.name) && value == Masked {
		return text, nil // it stays what it was
	}
	want, why2 := edited(tree, steps, e.Op, value)
	if why2 != "" {
		return "", badEdit(e, why2)
	}
	for _, try := range []func(*sheet, []step, string, any) (string, bool){inPlace, rewritten} {
		out, ok := try(s, steps, e.Op, value)
		if !ok {
			continue
		}
		if _, why := readSheet(out); why != nil {
			continue
		}
		var got any
		if yaml.Unmarshal([]byte(out), &got) == nil && same(got, want) {
			return out, nil
		}
	}
	return "", badEdit(e, "this cannot be changed by field")
}

// plain is a value as YAML reads one: no type of Go's JSON is left in it.
func plain(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	return out, yaml.Unmarshal(text, &out)
}

// same compares two trees; nothing, an empty list and an empty group are the same document.
func same(a, b any) bool { return reflect.DeepEqual(bare(a), bare(b)) }

func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, x := range v {
			if x = bare(x); x != nil {
				m[k] = x
			}
		}
		if len(m) == 0 {
			return nil
		}
		return m
	case []any:
		if len(v) == 0 {
			return nil
		}
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = bare(x)
		}
		return out
	case int64:
		if v >= 0 {
			return uint64(v)
		}
	}
	return v
}

// edited is what the tree should be after an edit, and why that makes no sense.
func edited(tree any, steps []step, op string, value any) (any, string) {
	if len(steps) == 0 {
		switch op {
		case "set":
			return value, ""
		case "add":
			list, ok := tree.([]any)
			if !ok && tree != nil {
				return nil, "there is no list here"
			}
			return append(append([]any{}, list...), value), ""
		}
		return nil, "there is no such change"
	}
	s, last := steps[0], len(steps) == 1
	if s.index >= 0 {
		list, ok := tree.([]any)
		if !ok || s.index >= len(list) {
			return nil, "there is no such item"
		}
		out := append([]any{}, list...)
		if last && op == "remove" {
			return append(out[:s.index], out[s.index+1:]...), ""
		}
		next, why := edited(list[s.index], steps[1:], op, value)
		out[s.index] = next
		return out, why
	}
	group, ok := tree.(map[string]any)
	if !ok && tree != nil {
		return nil, "there are no settings here"
	}
	out := map[string]any{}
	maps.Copy(out, group)
	if last && op == "remove" {
		delete(out, s.name)
		return out, ""
	}
	if !last && steps[1].index >= 0 && out[s.name] == nil {
		return nil, "there is no such item"
	}
	next, why := edited(out[s.name], steps[1:], op, value)
	out[s.name] = next
	return out, why
}

// target is where a path leads as far as it is written.
type target struct {
	node   ast.Node // nil: nothing is written there
	entry  *ast.MappingValueNode
	parent ast.Node
	left   []step // what is not written
}

func (s *sheet) find(steps []step) target {
	t := target{node: s.root}
	for i, st := range steps {
		var next ast.Node
		var entry *ast.MappingValueNode
		if st.index >= 0 {
			if list, ok := t.node.(*ast.SequenceNode); ok && st.index < len(list.Values) {
				next = list.Values[st.index]
			}
		} else {
			for _, e := range entriesOf(t.node) {
				if keyOf(e) == st.name {
					next, entry = e.Value, e
				}
			}
		}
		if next == nil {
			t.left = steps[i:]
			return t
		}
		t = target{node: next, entry: entry, parent: t.node}
	}
	return t
}

func isFlow(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.IsFlowStyle
	case *ast.SequenceNode:
		return n.IsFlowStyle
	}
	return false
}

// inPlace changes the lines the edit is about and no other byte.
func inPlace(s *sheet, steps []step, op string, value any) (string, bool) {
	t := s.find(steps)
	switch op {
	case "remove":
		if len(t.left) > 0 {
			return s.text, true // it was not written: its default holds
		}
		if isFlow(t.parent) {
			return "", false
		}
		return s.without(t, steps)
	case "add":
		if len(t.left) > 0 || isNull(t.node) {
			return inPlace(s, steps, "set", []any{value})
		}
		list, ok := t.node.(*ast.SequenceNode)
		if !ok {
			return "", false
		}
		if list.IsFlowStyle {
			if len(list.Values) > 0 {
				return s.flow(t.node, value, op)
			}
			return inPlace(s, steps, "set", []any{value})
		}
		indent := list.Start.Position.Column - 1
		return s.insert(lastLine(list), block(value, indent, "- ")), true
	case "set":
		if len(t.left) > 0 {
			return s.missing(t, value)
		}
		if _, ok := scalar(t.node); ok && isScalar(value) {
			at, ok := s.spanOf(t.node)
			if !ok {
				return "", false
			}
			return s.with(at, encoded(value)), true
		}
		return s.replace(t, steps, value)
	}
	return "", false
}

// missing writes a setting that was not written, at the end of its group.
func (s *sheet) missing(t target, value any) (string, bool) {
	for i := len(t.left) - 1; i > 0; i-- { // groups that are not written either
		if t.left[i].index >= 0 {
			return "", false
		}
		value = map[string]any{t.left[i].name: value}
	}
	key := t.left[0].name
	if key == "" {
		return "", false
	}
	if t.node == nil { // an empty document
		out := strings.TrimRight(s.text, "\n")
		if out != "" {
			out += "\n"
		}
		return out + strings.Join(block(value, 0, key+":"), "\n") + "\n", true
	}
	if isNull(t.node) && t.entry != nil {
		k := t.entry.Key.GetToken().Position
		lines := block(value, k.Column+1, key+":")
		return s.insert(k.Line, lines), true
	}
	es := entriesOf(t.node)
	if len(es) == 0 || isFlow(t.node) {
		return "", false
	}
	indent := es[0].Key.GetToken().Position.Column - 1
	return s.insert(lastLine(t.node), block(value, indent, key+":")), true
}

// replace writes another value where one stands that is no single scalar.
func (s *sheet) replace(t target, steps []step, value any) (string, bool) {
	if t.entry != nil && !isFlow(t.parent) {
		k := t.entry.Key.GetToken().Position
		end := max(k.Line, lastLine(t.node))
		return s.swapped(k.Line, end, block(value, k.Column-1, keyOf(t.entry)+":")), true
	}
	if list, ok := t.parent.(*ast.SequenceNode); ok && !list.IsFlowStyle {
		from, to := s.itemLines(list, steps[len(steps)-1].index)
		if from == 0 {
			return "", false
		}
		return s.swapped(from, to, block(value, list.Start.Position.Column-1, "- ")), true
	}
	return "", false
}

// without takes a setting or an item out, with its lines.
func (s *sheet) without(t target, steps []step) (string, bool) {
	if t.entry != nil {
		k := t.entry.Key.GetToken().Position
		if strings.TrimSpace(s.lines[k.Line-1][:max(0, byteAt(s.lines[k.Line-1], k.Column))]) != "" { // the first of an item shares its dash
			return "", false
		}
		return s.swapped(k.Line, max(k.Line, lastLine(t.node)), nil), true
	}
	list, ok := t.parent.(*ast.SequenceNode)
	if !ok {
		return "", false
	}
	if len(list.Values) == 1 {
		return inPlace(s, steps[:len(steps)-1], "set", []any{})
	}
	from, to := s.itemLines(list, steps[len(steps)-1].index)
	if from == 0 {
		return "", false
	}
	return s.swapped(from, to, nil), true
}

// itemLines is the first and last line of an item of a block list.
func (s *sheet) itemLines(list *ast.SequenceNode, i int) (from, to int) {
	from = firstLine(list.Values[i])
	dash := list.Start.Position.Column - 1
	for from > 0 && !strings.HasPrefix(strings.TrimPrefix(s.lines[from-1], strings.Repeat(" ", dash)), "-") {
		from--
	}
	return from, max(from, lastLine(list.Values[i]))
}

// insert puts lines after one.
func (s *sheet) insert(after int, lines []string) string {
	return s.swapped(after+1, after, lines)
}

// swapped replaces lines from to to, both in it.
func (s *sheet) swapped(from, to int, by []string) string {
	out := append([]string{}, s.lines[:from-1]...)
	out = append(out, by...)
	return strings.Join(append(out, s.lines[min(to, len(s.lines)):]...), "\n")
}

// flow adds to a list written in brackets.
func (s *sheet) flow(n ast.Node, value any, op string) (string, bool) {
	list, ok := n.(*ast.SequenceNode)
	if !ok || op != "add" || list.End == nil {
		return "", false
	}
	p := list.End.Position
	line := s.lines[p.Line-1]
	at := byteAt(line, p.Column)
	if at < 0 || at >= len(line) || line[at] != ']' {
		return "", false
	}
	return s.with(span{p.Line, at, at}, ", "+encoded(value)), true
}

// lastLine is the last line something is written on.
func lastLine(n ast.Node) int {
	last := laster{}
	ast.Walk(&last, n)
	return last.line
}

type laster struct{ line int }

// Visit is ast.Visitor's.
func (l *laster) Visit(n ast.Node) ast.Visitor {
	see := func(t *token.Token, extra int) {
		if t != nil && t.Position != nil {
			l.line = max(l.line, t.Position.Line+extra)
		}
	}
	switch n := n.(type) {
	case *ast.CommentGroupNode, *ast.CommentNode:
		return l
	case *ast.LiteralNode:
		see(n.Start, strings.Count(strings.TrimRight(n.Value.GetToken().Origin, "\n"), "\n")+1)
		return nil
	case *ast.NullNode:
		return l // its token stands where nothing is written
	case *ast.SequenceNode:
		see(n.End, 0)
	case *ast.MappingNode:
		see(n.End, 0)
	case *ast.StringNode:
		see(n.GetToken(), strings.Count(strings.TrimSpace(n.GetToken().Origin), "\n"))
		return l
	}
	see(n.GetToken(), 0)
	return l
}

// rewritten replaces the whole setting at the root of the path: its layout is lost, the rest of the text stays.
func rewritten(s *sheet, steps []step, op string, value any) (string, bool) {
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(s.text), &tree); err != nil || len(steps) < 2 || steps[0].name == "" {
		return "", false
	}
	next, why := edited(tree[steps[0].name], steps[1:], op, value)
	if why != "" {
		return "", false
	}
	return inPlace(s, steps[:1], "set", next)
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any, nil:
		return false
	}
	return true
}

// block is a value in lines, behind a key or a dash.
func block(value any, indent int, lead string) []string {
	pad := strings.Repeat(" ", indent)
	if isScalar(value) || empty(value) {
		return []string{pad + strings.TrimRight(lead, " ") + " " + encoded(value)}
	}
	inner := lines(value)
	if lead == "- " {
		out := make([]string, len(inner))
		for i, l := range inner {
			if out[i] = pad + "  " + l; i == 0 {
				out[i] = pad + "- " + l
			}
		}
		return out
	}
	out := []string{pad + lead}
	for _, l := range inner {
		out = append(out, pad+"  "+l)
	}
	return out
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// lines is a group or a list in block form, without indentation. What names a thing comes first.
func lines(value any) []string {
	var out []string
	switch v := value.(type) {
	case map[string]any:
		for _, k := range inOrder(v) {
			out = append(out, block(v[k], 0, encoded(k)+":")...)
		}
	case []any:
		for _, item := range v {
			out = append(out, block(item, 0, "- ")...)
		}
	default:
		out = append(out, encoded(v))
	}
	return out
}

var plainText = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// encoded is a value on one line.
func encoded(value any) string {
	if text, ok := value.(string); ok {
		return written(text)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil { // plain values only
		return "null"
	}
	return strings.TrimSpace(b.String())
}

// written is a text as YAML: in quotes unless it can be nothing else.
func written(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plainText.MatchString(text) {
			return text
		}
	}
	return quoted(text)
}

// quoted is a text in double quotes.
func quoted(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSpace(b.String())
}
