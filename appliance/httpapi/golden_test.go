package httpapi

import (
	"errors"
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden pages again")

// scene is a state of the box and what a person did before they look.
type scene struct {
	name   string
	status Status
	err    error
	link   LinkState
	linkTo error // what joining answers
	do     func(v *visitor)
	guest  bool
}

func enrolForm() url.Values {
	return url.Values{"server": {"https://console.example.org"}, "claim": {"7f3k-0192-abc<d"}}
}

func scenes() []scene {
	join := func(v *visitor) { v.post("/enrol", enrolForm()) }
	return []scene{
		{name: "guest", status: healthy(), guest: true},
		{name: "healthy", status: healthy(), link: linked()},
		{name: "trouble", status: troubled(), link: cut()},
		{name: "nothing", status: unset()},
		{name: "refused", status: unset(), linkTo: &Refused{Code: "claim.unknown", Sentence: "no such claim"}, do: join},
		{name: "joined", status: unset(), do: join},
		{name: "mistakes", status: mistaken(), link: linked()},
		{name: "portal", status: healthy(), link: cutBy("portal", "console.example.org")},
		{name: "clock", status: healthy(), link: cutBy("clock", "1970-01-01 00:04 UTC")},
		{name: "stranger", status: healthy(), link: cutBy("server.certificate", `"Routeur <x>"`)},
		{name: "stranger.joining", status: unset(), linkTo: &Refused{Code: "server.certificate", Sentence: "told in English", Detail: `"Routeur"`}, do: join},
		{name: "unread", err: errors.New("the core does not answer"), link: linked()},
	}
}

// show opens the page of a scene in a language.
func (s scene) show(t *testing.T, l language) shown {
	t.Helper()
	o := Options{Box: &fakeBox{status: s.status, err: s.err}, Codes: fakeCodes{}, Link: &fakeLink{state: s.link, err: s.linkTo}}
	_, v := open(t, o)
	if !s.guest {
		v.signIn()
	}
	if s.do != nil {
		s.do(v)
	}
	return v.get("/?lang=" + string(l))
}

var hashed = regexp.MustCompile(`/style-[0-9a-f]+\.css`)

// TestPages holds the pages to committed ones, in both languages.
func TestPages(t *testing.T) {
	for _, s := range scenes() {
		for _, l := range []language{french, english} {
			t.Run(s.name+"."+string(l), func(t *testing.T) {
				got := s.show(t, l)
				if got.code != http.StatusOK {
					t.Fatalf("the page answers %d", got.code)
				}
				text := hashed.ReplaceAllString(got.text, "/style.css")
				wellFormed(t, text)
				path := filepath.Join("testdata", s.name+"."+string(l)+".html")
				if *update {
					if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatalf("%v (write it with -update)", err)
				}
				if diff := cmp.Diff(string(want), text); diff != "" {
					t.Errorf("the page changed (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// wellFormed looks for what makes a page unusable to somebody: a field without a label, an id given twice, a heading that skips a level, a word
// that the catalogue lacks, a value that the template could not place.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	for _, bad := range []string{"ZgotmplZ", "%!", "<no value>"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if ids[m[1]] {
			t.Errorf("two elements are called %q", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(` (?:for|aria-labelledby|aria-describedby)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !ids[m[1]] {
			t.Errorf("nothing is called %q, yet it names something", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`<input[^>]* id="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(text, `<label for="`+m[1]+`"`) {
			t.Errorf("field %q has no label", m[1])
		}
	}
	if n := strings.Count(text, "<input"); n != len(regexp.MustCompile(`<input[^>]* id="`).FindAllString(text, -1)) {
		t.Error("a field has no id, hence no label")
	}
	at := byte('0')
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(text, -1) {
		if m[1][0] > at+1 {
			t.Errorf("heading h%s follows h%c", m[1], at)
		}
		at = m[1][0]
	}
	if strings.Count(text, "<h1") != 1 {
		t.Error("the page wants exactly one first heading")
	}
	if strings.Contains(text, "<script") || regexp.MustCompile(` on[a-z]+=`).MatchString(text) || strings.Contains(text, " style=") {
		t.Error("the page holds a script or a style of its own, which its policy forbids")
	}
}

// TestCatalogueIsWhole finds words that are used and not there, there and not used, or that differ in the values they take.
func TestCatalogueIsWhole(t *testing.T) {
	var source strings.Builder
	for _, name := range []string{"page.html", "view.go", "routes.go", "site.go", "language.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:[{]t |say\(|said\(|ofCode\(|add\()"([a-z]+\.[a-z.0-9]+|product|skip|language|back|since)"`).FindAllStringSubmatch(source.String(), -1) {
		used[m[1]] = true
		if strings.Contains(source.String(), `said("`+m[1]+`"`) {
			used[m[1]+".remedy"] = true
		}
	}
	for _, m := range regexp.MustCompile(`ofCode\("[a-z.]+", "([a-z.]+)"`).FindAllStringSubmatch(source.String(), -1) {
		used[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:\bn |count\()"([a-z.]+)"`).FindAllStringSubmatch(source.String(), -1) {
		used[m[1]+".one"], used[m[1]+".many"] = true, true
	}
	for _, key := range []string{"error.403", "error.404", "error.405", "error.413", "error.415", "error.400", "enrol.done", "leave.done", "enrol.failed", "leave.failed"} {
		used[key] = true
	}
	for key := range used {
		_, alarm := alarmWords[key]
		if _, ok := catalogue[key]; !ok && !alarm {
			t.Errorf("the catalogue lacks %q", key)
		}
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	same := func(key string, p phrase) {
		if p.fr == "" || p.en == "" {
			t.Errorf("%s is not in both languages", key)
		}
		if diff := cmp.Diff(verbs.FindAllString(p.fr, -1), verbs.FindAllString(p.en, -1)); diff != "" {
			t.Errorf("%s takes other values in French than in English: %s", key, diff)
		}
	}
	for key, p := range catalogue {
		if !used[key] {
			t.Errorf("nobody says %q", key)
		}
		same(key, p)
	}
	for key, a := range alarmWords {
		same(key, a.sentence)
		same(key, a.meaning)
		same(key, a.remedy)
	}
}
