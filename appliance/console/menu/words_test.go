package menu

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

// TestBothLanguagesAreComplete: every sentence is there in both, and takes the same values in the same order.
func TestBothLanguagesAreComplete(t *testing.T) {
	verb := regexp.MustCompile(`%[-+0-9.]*[a-zA-Z]`)
	may := func(path string) bool { // empty in one of them by design
		return path == "words.Menu[0].About" || path == "words.Menu[0].Command" || path == "words.Menu[9].Command" || regexp.MustCompile(`Steps\[.*\]\.Remedy$`).MatchString(path)
	}
	var compare func(path string, fr, en reflect.Value)
	compare = func(path string, fr, en reflect.Value) {
		switch fr.Kind() {
		case reflect.String:
			if (fr.String() == "" || en.String() == "") && !may(path) {
				t.Errorf("%s is empty: %q, %q", path, fr, en)
			}
			if a, b := verb.FindAllString(fr.String(), -1), verb.FindAllString(en.String(), -1); !slices.Equal(a, b) {
				t.Errorf("%s takes %q in French and %q in English", path, a, b)
			}
			if clean(fr.String(), false) != fr.String() || clean(en.String(), false) != en.String() {
				t.Errorf("%s holds a letter a terminal may not have: %q, %q", path, fr, en)
			}
		case reflect.Struct:
			for i := range fr.NumField() {
				compare(path+"."+fr.Type().Field(i).Name, fr.Field(i), en.Field(i))
			}
		case reflect.Array, reflect.Slice:
			if fr.Len() != en.Len() {
				t.Errorf("%s has %d and %d lines", path, fr.Len(), en.Len())
				return
			}
			for i := range fr.Len() {
				compare(path+"["+string(rune('0'+i))+"]", fr.Index(i), en.Index(i))
			}
		case reflect.Map:
			if path == "words.Check.Known" {
				return
			}
			if fr.Len() != en.Len() {
				t.Errorf("%s has %d and %d entries", path, fr.Len(), en.Len())
			}
			for _, k := range fr.MapKeys() {
				if v := en.MapIndex(k); v.IsValid() {
					compare(path+"["+k.String()+"]", fr.MapIndex(k), v)
				} else {
					t.Errorf("%s[%s] is missing in English", path, k)
				}
			}
		default:
			t.Errorf("%s is a %s", path, fr.Kind())
		}
	}
	compare("words", reflect.ValueOf(*french()), reflect.ValueOf(*english()))
}

// TestFrenchKnowsEveryFinding reads the doctor's codes where they are written: a new one must get its French words.
func TestFrenchKnowsEveryFinding(t *testing.T) {
	known := frenchFindings()
	root := filepath.Join("..", "..")
	found := 0
	for file, pattern := range map[string]string{
		filepath.Join(root, "sipedge", "nat", "finding.go"): `(?m)^\s+\w+\s+Code = "([^"]+)"`,
		filepath.Join(root, "sipedge", "findings.go"):       `(?m)nat\.Code = "([^"]+)"`,
		filepath.Join(root, "door.go"):                      `(?m)Code: "([^"]+)"`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			found++
			if code := string(m[1]); known[code].Sentence == "" && code != "box.warning" { // the box's own sentence is all there is of a warning
				t.Errorf("finding %q of %s has no French words", code, file)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d codes were found in the sources: did they move?", found)
	}
	for code := range known {
		alike := regexp.MustCompile(`^[a-z]+(\.[a-z-]+)?$`)
		if !alike.MatchString(code) {
			t.Errorf("%q is no code", code)
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, utf8, ascii string }{
		{"Être à l’œuvre — « ça »…", "Être à l’œuvre — « ça »…", "Etre a l'oeuvre - \" ca \"~"},
		{"a\x1b[2J\x00b\xff", "a?[2J?b?", "a?[2J?b?"},
		{"日本 e\u0301 \u202e x\u00a0y\u200b", "?? e ? x y", "?? e ? x y"},
	} {
		if got := clean(c.in, false); got != c.utf8 {
			t.Errorf("clean(%q) = %q, want %q", c.in, got, c.utf8)
		}
		if got := clean(c.in, true); got != c.ascii {
			t.Errorf("clean(%q) in ASCII = %q, want %q", c.in, got, c.ascii)
		}
	}
}
