package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// MaxBytes bounds a document.
const MaxBytes = 1 << 20

// Parse reads a document strictly, checks it, and names every problem it finds, not only the first.
// Without problems the document is complete: every default is in it.
func Parse(text []byte) (Document, []Problem) {
	if len(text) > MaxBytes {
		return Document{}, []Problem{{Sentence: fmt.Sprintf("the document has %d bytes", len(text)), Remedy: fmt.Sprintf("keep it under %d", MaxBytes)}}
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return Document{}, []Problem{{Sentence: "this is not YAML: " + firstLines(yaml.FormatError(err, false, true)), Remedy: "mend the syntax at the place shown", Line: lineOf(err)}}
	}
	root, ok := tree.(map[string]any)
	if !ok {
		return Document{}, []Problem{{Sentence: "the document is empty, or is not a list of names and values", Remedy: "start from site.example.yaml"}}
	}
	doc := blank()
	var r reader
	r.object("", root, reflect.ValueOf(&doc).Elem())
	if len(r.problems) > 0 {
		return doc, r.problems
	}
	doc.complete()
	return doc, Check(doc)
}

// Revision names a document by its content: the same words give the same name on every box.
func (d Document) Revision() string {
	text, err := json.Marshal(d)
	if err != nil { // every field is a plain value
		panic("site: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// lineOf is the line of a text that a parser complains about; 0: it names none.
func lineOf(err error) int {
	if bad, is := errors.AsType[yaml.Error](err); is {
		if t := bad.GetToken(); t != nil && t.Position != nil {
			return t.Position.Line
		}
	}
	return 0
}

func firstLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[:min(len(lines), 6)], "\n")
}

// reader copies a tree of names and values into a typed value and keeps every problem it meets.
type reader struct{ problems []Problem }

func (r *reader) problem(path, sentence, remedy string) {
	r.problems = append(r.problems, Problem{Path: path, Sentence: sentence, Remedy: remedy})
}

func (r *reader) object(path string, tree map[string]any, into reflect.Value) {
	fields := map[string]int{}
	var names []string
	for i := range into.NumField() {
		name := into.Type().Field(i).Tag.Get("json")
		fields[name] = i
		names = append(names, name)
	}
	keys := make([]string, 0, len(tree))
	for k := range tree {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		i, known := fields[k]
		if !known {
			r.problem(join(path, k), fmt.Sprintf("there is no setting named %q here", k), suggestion(k, names))
			continue
		}
		r.value(join(path, k), tree[k], into.Field(i))
	}
}

func (r *reader) value(path string, tree any, into reflect.Value) {
	if tree == nil { // a name with nothing behind it keeps its default
		return
	}
	if d, ok := reflect.TypeAssert[*Duration](into.Addr()); ok {
		text, _ := json.Marshal(tree)
		if err := d.UnmarshalJSON(text); err != nil {
			r.problem(path, err.Error(), "write a number and a unit: 20s, 5m, 1h")
		}
		return
	}
	switch into.Kind() {
	case reflect.String:
		r.text(path, tree, into)
	case reflect.Bool:
		if v, ok := tree.(bool); ok {
			into.SetBool(v)
			return
		}
		r.problem(path, fmt.Sprintf("%s is neither true nor false", shown(tree)), "write true or false")
	case reflect.Int:
		r.number(path, tree, into)
	case reflect.Struct:
		if v, ok := tree.(map[string]any); ok {
			r.object(path, v, into)
			return
		}
		r.problem(path, fmt.Sprintf("%s stands where a group of settings belongs", shown(tree)), "indent the settings under this name")
	case reflect.Slice:
		r.list(path, tree, into)
	case reflect.Map:
		r.words(path, tree, into)
	default:
		panic("site: no reader for " + into.Type().String())
	}
}

// words reads names and texts whose names are not this document's to know.
func (r *reader) words(path string, tree any, into reflect.Value) {
	m, ok := tree.(map[string]any)
	if !ok {
		r.problem(path, fmt.Sprintf("%s stands where a group of settings belongs", shown(tree)), "write {name: value}")
		return
	}
	if len(m) == 0 { // none and an empty group are the same document
		into.SetZero()
		return
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		switch v := v.(type) {
		case string:
			out[k] = v
		case bool, uint64, int64, float64:
			out[k] = fmt.Sprint(v)
		default:
			r.problem(join(path, k), fmt.Sprintf("%s stands where a text belongs", shown(v)), "write one text")
		}
	}
	into.Set(reflect.ValueOf(out))
}

func (r *reader) text(path string, tree any, into reflect.Value) {
	switch v := tree.(type) {
	case string:
		into.SetString(v)
	case uint64, int64, int, float64, bool:
		r.problem(path, fmt.Sprintf("%v is read as a number or a yes/no, and would lose its zeros or its plus", v), fmt.Sprintf("put it in quotes: %q", fmt.Sprint(v)))
	default:
		r.problem(path, fmt.Sprintf("%s stands where a text belongs", shown(tree)), "write one text, in quotes")
	}
}

func (r *reader) number(path string, tree any, into reflect.Value) {
	switch v := tree.(type) {
	case uint64:
		if v <= 1<<31 {
			into.SetInt(int64(v))
			return
		}
	case int64:
		if v >= -1<<31 {
			into.SetInt(v)
			return
		}
	case int:
		into.SetInt(int64(v))
		return
	}
	r.problem(path, fmt.Sprintf("%s is not a whole number that fits", shown(tree)), "write a whole number, without quotes")
}

func (r *reader) list(path string, tree any, into reflect.Value) {
	items, ok := tree.([]any)
	if !ok {
		r.problem(path, fmt.Sprintf("%s stands where a list belongs", shown(tree)), "write each item on its own line after a dash")
		return
	}
	if len(items) == 0 { // an empty list and no list are the same document
		into.SetZero()
		return
	}
	out := reflect.MakeSlice(into.Type(), 0, len(items))
	for i, item := range items {
		v := reflect.New(into.Type().Elem()).Elem()
		setBlank(v)
		r.value(path+"["+strconv.Itoa(i)+"]", item, v)
		out = reflect.Append(out, v)
	}
	into.Set(out)
}

// setBlank puts a list item's defaults in place before what is written is read over them.
func setBlank(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *Trunk:
		*p = blankTrunk()
	case *Extension:
		*p = blankExtension()
	case *Service:
		*p = blankService()
	case *Queue:
		*p = blankQueue()
	case *Agent:
		*p = blankAgent()
	case *Campaign:
		*p = blankCampaign()
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// shown is a value as it may be shown in a problem: short, and never a secret's text.
func shown(tree any) string {
	switch tree.(type) {
	case map[string]any:
		return "a group of settings"
	case []any:
		return "a list"
	case string:
		return "a text"
	default:
		var b bytes.Buffer
		fmt.Fprint(&b, tree)
		return b.String()
	}
}

// suggestion names the setting that was probably meant.
func suggestion(key string, names []string) string {
	best, distance := "", len(key)/2+2
	for _, n := range names {
		if d := editDistance(strings.ToLower(key), n); d < distance {
			best, distance = n, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "the settings here are: " + strings.Join(names, ", ")
}

// editDistance is Levenshtein's distance.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost++
			}
			previous = row[j+1]
			row[j+1] = min(cost, row[j]+1, previous+1)
		}
	}
	return row[len(b)]
}
