package consoleapi

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/site"
)

// inOrder is the names of a group: what names the thing first, then the alphabet.
func inOrder(m map[string]any) []string {
	first := func(k string) int {
		if i := slices.Index(identityKeys(), k); i >= 0 {
			return i
		}
		return len(identityKeys())
	}
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(first(a)-first(b), cmp.Compare(a, b)) })
}

// treeOf is a document as JSON has it, every list there and no password in it.
func treeOf(d site.Document) map[string]any {
	tree, _ := branchOf("", reflect.ValueOf(d)).(map[string]any)
	return tree
}

func branchOf(key string, v reflect.Value) any {
	if d, ok := reflect.TypeAssert[site.Duration](v); ok {
		return d.String()
	}
	switch v.Kind() {
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			m[name] = branchOf(name, v.Field(i))
		}
		return m
	case reflect.Slice:
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			list = append(list, branchOf(key, v.Index(i)))
		}
		return list
	case reflect.Map:
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			m[k.String()] = branchOf(k.String(), v.MapIndex(k))
		}
		return m
	case reflect.String:
		return masked(key, v.String())
	case reflect.Bool:
		return v.Bool()
	case reflect.Int:
		return v.Int()
	default: // whatever else: as it prints
		return fmt.Sprint(v.Interface())
	}
}

// differences names what is different between two documents, by meaning: items of lists are matched by what they are called, and a password
// that changed shows as one, not what it is.
func differences(was, is site.Document) []ChangeView {
	var d differ
	d.value("", "", reflect.ValueOf(was), reflect.ValueOf(is))
	if d.changes == nil {
		return []ChangeView{}
	}
	return d.changes
}

type differ struct{ changes []ChangeView }

func (d *differ) add(path, was, is string) {
	d.changes = append(d.changes, ChangeView{Path: path, Was: was, Is: is})
}

func (d *differ) value(path, key string, was, is reflect.Value) {
	if _, ok := reflect.TypeAssert[site.Duration](was); !ok {
		switch was.Kind() {
		case reflect.Struct:
			for i := range was.NumField() {
				name, _, _ := strings.Cut(was.Type().Field(i).Tag.Get("json"), ",")
				d.value(joined(path, name), name, was.Field(i), is.Field(i))
			}
			return
		case reflect.Slice:
			if was.Type().Elem().Kind() == reflect.Struct {
				d.list(path, was, is)
				return
			}
		default: // compared whole
		}
	}
	if reflect.DeepEqual(was.Interface(), is.Interface()) || was.Kind() == reflect.Slice && was.Len() == 0 && is.Len() == 0 {
		return
	}
	d.add(path, told(branchOf(key, was)), told(branchOf(key, is)))
}

func (d *differ) list(path string, was, is reflect.Value) {
	before, after := named(was), named(is)
	for i, name := range before {
		at := fmt.Sprintf("%s[%s]", path, name)
		if j := slices.Index(after, name); j >= 0 {
			d.value(at, "", was.Index(i), is.Index(j))
		} else {
			d.add(at, told(branchOf("", was.Index(i))), "")
		}
	}
	for j, name := range after {
		if !slices.Contains(before, name) {
			d.add(fmt.Sprintf("%s[%s]", path, name), "", told(branchOf("", is.Index(j))))
		}
	}
	both := func(names, others []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(others, n) })
	}
	if a, b := both(before, after), both(after, before); !slices.Equal(a, b) { // agents and trunks are asked in their order
		d.add(path, strings.Join(a, ", "), strings.Join(b, ", "))
	}
}

// named is what the items of a list are called; one without a name is its place.
func named(list reflect.Value) []string {
	names := make([]string, 0, list.Len())
	for i := range list.Len() {
		tree, _ := branchOf("", list.Index(i)).(map[string]any)
		name := "#" + strconv.Itoa(i)
		for _, key := range identityKeys() {
			if v, ok := tree[key].(string); ok && v != "" {
				name = v
				break
			}
		}
		for slices.Contains(names, name) {
			name += "#" + strconv.Itoa(i)
		}
		names = append(names, name)
	}
	return names
}

// told is a value in words: an item by its settings that are set.
func told(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range inOrder(v) {
			if s := told(v[k]); s != "" && s != `""` && s != "false" && s != "[]" && s != "0s" && s != "0" {
				parts = append(parts, k+": "+s)
			}
		}
		return strings.Join(parts, ", ")
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, told(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		if v == "" {
			return `""` // "" alone would say that it is not there
		}
		return v
	}
	return fmt.Sprint(v)
}
