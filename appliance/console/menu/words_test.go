package menu

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"autocom/appliance/console/menu/vt"
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
			if vt.Clean(fr.String(), false) != fr.String() || vt.Clean(en.String(), false) != en.String() {
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
