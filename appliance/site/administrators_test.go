package site

import (
	"strings"
	"testing"
)

func TestAdministratorsAreNamedOnceAndReadably(t *testing.T) {
	text := example(t)
	const claire = "  - id: claire\n    name: Claire Petit\n"
	if strings.Count(text, claire) != 1 {
		t.Fatal("the example has no administrator")
	}
	for more, want := range map[string]string{
		"  - id: claire\n    name: Claire Autre\n": "administrators[1].id",
		"  - id: \"\"\n    name: Personne\n":       "administrators[1].id",
	} {
		_, problems := Parse([]byte(strings.Replace(text, claire, claire+more, 1)))
		if len(problems) == 0 || problems[0].Path != want {
			t.Errorf("%q: %+v, want a problem at %s", more, problems, want)
		}
	}
}
