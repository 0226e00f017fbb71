package site

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustJSON(t *testing.T, doc Document) []byte {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// settings lists the path of every setting of the document.
func settings() []string {
	var all []string
	var walk func(path string, t reflect.Type)
	walk = func(path string, t reflect.Type) {
		for f := range t.Fields() {
			p := path + "." + f.Tag.Get("json")
			all = append(all, p)
			ft := f.Type
			if ft.Kind() == reflect.Slice {
				ft = ft.Elem()
			}
			if ft.Kind() == reflect.Struct {
				walk(p, ft)
			}
		}
	}
	walk("", reflect.TypeFor[Document]())
	return all
}
