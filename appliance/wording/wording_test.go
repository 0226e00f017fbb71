package wording

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every code has a sentence in both languages, a remedy in both or in none, once in its list, and letters that a terminal has.
func TestBothLanguagesAreComplete(t *testing.T) {
	for name, list := range map[string][]Entry{"link": link(), "refusals": refusals(), "steps": steps()} {
		seen := map[string]bool{}
		for _, e := range list {
			if seen[e.Code] {
				t.Errorf("%s: %s stands there twice", name, e.Code)
			}
			seen[e.Code] = true
			if e.French.Sentence == "" || e.English.Sentence == "" || (e.French.Remedy == "") != (e.English.Remedy == "") {
				t.Errorf("%s: %s is not in both languages: %+v", name, e.Code, e)
			}
			if e.In("fr") != e.French || e.In("en") != e.English {
				t.Errorf("%s: %s is told in the wrong language", name, e.Code)
			}
			if e.French == e.English {
				t.Errorf("%s: %s is the same in both languages", name, e.Code)
			}
			for _, text := range []string{e.French.String(), e.English.String()} {
				if strings.ContainsAny(text, "'\"\t\n\u00a0\u202f%") {
					t.Errorf("%s: %s: %q has a letter it should not have", name, e.Code, text)
				}
			}
		}
	}
}

// Every trouble of the link names what to do.
func TestEveryTroubleOfTheLinkHasItsRemedy(t *testing.T) {
	for _, e := range link() {
		if e.French.Remedy == "" || e.English.Remedy == "" {
			t.Errorf("%s names no remedy", e.Code)
		}
	}
}

// TestFrenchKnowsEveryFinding reads the doctor's codes where they are written: a new one must get its French words.
func TestFrenchKnowsEveryFinding(t *testing.T) {
	root := ".."
	found := 0
	for file, pattern := range map[string]string{
		filepath.Join(root, "sipedge", "nat", "finding.go"): `(?m)^\s+\w+\s+Code = "([^"]+)"`,
		filepath.Join(root, "sipedge", "findings.go"):       `(?m)nat\.Code = "([^"]+)"`,
		filepath.Join(root, "door.go"):                      `(?m)(?:Code: |return )"([a-z]+\.[a-z.]+)"|Code: "(journal)"`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			found++
			code := cmp.Or(string(m[1]), string(m[len(m)-1]))
			if _, known := French(code); !known {
				t.Errorf("finding %q of %s has no French words", code, file)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d codes were found in the sources: did they move?", found)
	}
	for _, f := range findings() {
		if !regexp.MustCompile(`^[a-z]+(\.[a-z-]+)?$`).MatchString(f.code) || f.words.Sentence == "" {
			t.Errorf("%q is no code, or says nothing", f.code)
		}
	}
}
