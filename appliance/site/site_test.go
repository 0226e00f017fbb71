package site

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"autocom/appliance/exchange"

	"github.com/google/go-cmp/cmp"
)

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../site.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExampleIsGood(t *testing.T) {
	if _, problems := Parse([]byte(example(t))); len(problems) > 0 {
		t.Fatal(problems)
	}
}

// Every line of the example that says "# default" may be left out without changing anything.
func TestExampleEqualsDefaults(t *testing.T) {
	text := example(t)
	whole, problems := Parse([]byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	lines := regexp.MustCompile(`(?m)^.*# default.*\n`)
	if n := len(lines.FindAllString(text, -1)); n < 25 {
		t.Fatalf("the example shows %d defaults, fewer than the document has", n)
	}
	bare, problems := Parse([]byte(lines.ReplaceAllString(text, "")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(whole.Revision(), bare.Revision()); diff != "" {
		t.Fatalf("a default of the example is not the box's default: %s", cmp.Diff(fmt.Sprintf("%+v", whole), fmt.Sprintf("%+v", bare)))
	}
}

// Every setting of the document stands in the example, so that nobody has to read code to find it.
func TestExampleNamesEverySetting(t *testing.T) {
	text := example(t)
	for _, path := range settings() {
		key := path[strings.LastIndex(path, ".")+1:]
		if !regexp.MustCompile(`(?m)(^|[ {-])` + key + `:`).MatchString(text) {
			t.Errorf("the example does not show %s", path)
		}
	}
}

func TestJSONIsReadLikeYAML(t *testing.T) {
	doc, problems := Parse([]byte(example(t)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	again, problems := Parse(mustJSON(t, doc))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if doc.Revision() != again.Revision() {
		t.Fatalf("the same document has revisions %s and %s", doc.Revision(), again.Revision())
	}
}

func TestTwentyMistakesAreAllNamed(t *testing.T) {
	text, err := os.ReadFile("testdata/twenty-mistakes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, structural := Parse(text)
	_ = doc
	want := []string{ // found while reading: the document cannot be checked further before these are mended
		`extensions[0].secrt: there is no setting named "secrt" here: did you mean "secret"?`,
		`extensions[1].number: 202 is read as a number`,
		`network.rtp: a text stands where a group of settings belongs`,
		`queues[0].max_length: a text is not a whole number`,
		`queues[0].ring: a span of time is written`,
		`queuess: there is no setting named "queuess" here: did you mean "queues"?`,
	}
	compareProblems(t, structural, want)

	mended := strings.NewReplacer("secrt:", "secret:", "number: 202", `number: "202"`, "  rtp: wide\n", "", `max_length: "many"`, "max_length: 3", "ring: 20\n", "ring: 1s\n", "queuess: []\n", "").Replace(string(text))
	_, problems := Parse([]byte(mended))
	compareProblems(t, problems, []string{
		`version: version 2 of the document`,
		`site.country: "xx" is no country`,
		`site.timezone: "Mars/Olympus" is no time zone`,
		`network.sip: "5060" is no address`,
		`network.phones[0]: "desk" is no network`,
		`trunks[0].address: "carrier:" is nowhere`,
		`trunks[0].sources: nobody could call in`,
		`trunks[0].presented: "0472000000" is no international number`,
		`trunks[0].identity: "magic" is no choice`,
		`emergency.trunk: "elsewhere" is no trunk`,
		`extensions[0].secret: the secret of extension 201 is too short`,
		`extensions[2].number: extension "201" is already at extensions[0].number`,
		`extensions[3].number: 112 is an emergency number`,
		`queues[0].ring: 1s is out of range`,
		`queues[0].overflow: queue "a" overflows in a circle`,
		`queues[0].record: recording every call is not lawful`,
		`services[0]: service number +33472000000 leads nowhere`,
		`services[1].queue: there is no queue "zz"`,
		`agents[0].extension: there is no extension "299"`,
		`agents[0].queues[1]: there is no queue "b2"`,
	})
}

func compareProblems(t *testing.T, got []Problem, want []string) {
	t.Helper()
	for _, w := range want {
		found := false
		for _, p := range got {
			if strings.HasPrefix(p.String(), w) {
				found = true
				if p.Remedy == "" {
					t.Errorf("%s has no remedy", p)
				}
			}
		}
		if !found {
			t.Errorf("not named: %s", w)
		}
	}
	if t.Failed() {
		for _, p := range got {
			t.Log(p)
		}
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	doc, _ := Parse([]byte(example(t)))
	for _, s := range []string{fmt.Sprint(doc), fmt.Sprintf("%+v", doc), fmt.Sprintf("%#v", doc.Extensions[0]), fmt.Sprintf("%q", doc.Extensions[0].Secret)} {
		if strings.Contains(s, "Wq7r2Lx9") {
			t.Fatalf("a secret shows in %s", s)
		}
	}
}

func TestBadDocumentKeepsTheOneInForce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "site.yaml")
	write(t, path, example(t))
	k := NewKeeper(path, dir)
	first, err := k.Load(nothing)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, "version: 1\nsitte: {}\n")
	_, err = k.Load(nothing)
	var problems *ProblemsError
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), `did you mean "site"?`) {
		t.Fatalf("got %v", err)
	}
	if k.Current() != first {
		t.Fatal("the document in force was lost")
	}

	again := NewKeeper(path, dir)
	if _, err := again.Load(nothing); err == nil {
		t.Fatal("a bad document was taken at start")
	}
	last, err := again.LoadLastGood()
	if err != nil {
		t.Fatal(err)
	}
	if last.Revision() != first.Revision() {
		t.Fatalf("last good is %s, was %s", last.Revision(), first.Revision())
	}
	if info, _ := os.Stat(filepath.Join(dir, "site.last-good.json")); info.Mode().Perm() != 0o600 {
		t.Fatalf("the last good document is readable by others: %v", info.Mode())
	}
}

func nothing(*Document) error { return nil }

// A good document whose parts cannot be built, a sound that is no sound, is not taken, and is not kept as the last good one.
func TestDocumentThatCannotBeBuiltIsNotTaken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "site.yaml")
	write(t, path, example(t))
	k := NewKeeper(path, dir)
	first, err := k.Load(nothing)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Replace(example(t), "name: Agence de Lyon", "name: Agence de Nantes", 1))
	broken := errors.New("bienvenue.wav is an MP3")
	if _, err := k.Load(func(*Document) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if k.Current() != first {
		t.Fatal("the document in force was lost")
	}
	if last, err := NewKeeper(path, dir).LoadLastGood(); err != nil || last.Site.Name != "Agence de Lyon" {
		t.Fatalf("kept %+v, %v", last, err)
	}
}

func TestMissingSoundIsAProblem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "site.yaml")
	write(t, path, regexp.MustCompile(`(?m)^sounds:.*$`).ReplaceAllString(example(t), "sounds: [{name: bonjour, file: no.wav}]"))
	_, err := ReadFile(path)
	if err == nil || !strings.Contains(err.Error(), "sounds[0].file") {
		t.Fatalf("got %v", err)
	}
}

func TestBranchCarriesEverything(t *testing.T) {
	doc, _ := Parse([]byte(example(t)))
	b := doc.Branch()
	if b.Revision != doc.Revision() || len(b.Extensions) != 2 || len(b.Queues) != 2 || len(b.Agents) != 2 || len(b.Services) != 2 || len(b.Trunks) != 1 {
		t.Fatalf("%+v", b)
	}
	want := exchange.Queue{
		ID: "accueil", Name: "Accueil", RingMS: 20_000, RetryMS: 2_000, CoolDownMS: 15_000, MaxWaitMS: 180_000, Overflow: "renfort", Music: "music:default",
		Strategy: exchange.LongestAvailable, Priority: 50, AgeingMS: 60_000, ServiceMS: 20_000,
		Exits:    []exchange.Exit{{Key: "1", To: exchange.ExitCallback}, {Key: "2", To: exchange.ExitQueue, Target: "renfort"}},
		Callback: exchange.Callback{Tries: 3, RetryMS: 600_000, KeepMS: 86_400_000, RingMS: 40_000, PerDay: 3},
	}
	if diff := cmp.Diff(want, b.Queues[0]); diff != "" {
		t.Fatal(diff)
	}
	if b.Trunks[0].Allowed[0] != "+33472000000" {
		t.Fatalf("the trunk's own number is not among those it may present: %v", b.Trunks[0].Allowed)
	}
}

func TestEmergencyNumbersCannotBeLeftOut(t *testing.T) {
	_, problems := Parse([]byte(strings.Replace(example(t), `["15", "17", `, `["17", `, 1)))
	compareProblems(t, problems, []string{"emergency.numbers: 15 is missing"})
	if len(problems) != 1 {
		t.Fatal(problems)
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("../../site.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("version: 1\nqueues: [{id: a, overflow: a}]\nextensions: 3\n"))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, problems := Parse(text)
		if len(problems) > 0 {
			return
		}
		if again, problems := Parse(mustJSON(t, doc)); len(problems) > 0 || again.Revision() != doc.Revision() {
			t.Fatalf("a good document does not survive being written: %v", problems)
		}
	})
}
