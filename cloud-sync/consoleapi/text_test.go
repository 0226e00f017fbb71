package consoleapi

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"autocom/appliance/site"

	"github.com/google/go-cmp/cmp"
)

func example(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../site.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustMask(t testing.TB, text string) string {
	t.Helper()
	out, why := maskText(text)
	if why != nil {
		t.Fatal(why)
	}
	return out
}

func TestEverySecretOfADocumentHasASecretName(t *testing.T) {
	var look func(reflect.Type, string)
	found := 0
	look = func(ty reflect.Type, name string) {
		switch {
		case ty == reflect.TypeFor[site.Secret]():
			if found++; !isSecret(name) {
				t.Errorf("%s holds a password and would be shown", name)
			}
		case ty.Kind() == reflect.Slice:
			look(ty.Elem(), name)
		case ty.Kind() == reflect.Struct:
			for f := range ty.Fields() {
				look(f.Type, f.Tag.Get("json"))
			}
		}
	}
	look(reflect.TypeFor[site.Document](), "")
	if found < 2 {
		t.Errorf("%d passwords in a document", found)
	}
}

func TestMaskingHidesAndRestoringGivesBackEveryByte(t *testing.T) {
	cases := []struct{ name, text string }{
		{"the example", example(t)},
		{"quotes", "trunks:\n- {name: a, password: 'it''s', channels: 3} # a remark\n- name: b\n  password: plain text # kept\n- name: c\n  password: \"q\\\"uote #x\"\n"},
		{"a number", "extensions:\n  - number: \"201\"\n    secret: 123456789012\n"},
		{"a profile's", "trunks:\n  - name: a\n    settings: {proxy_password: abcdef}\n"},
		{"an address", "cloud:\n  proxy: http://user:hunter22@proxy:3128\n"},
		{"no names", "extensions:\n  - secret: first-secret-1\n  - secret: other-secret-2\n"},
		{"the same name twice", "extensions:\n  - {number: \"201\", secret: first-secret-1}\n  - {number: \"201\", secret: other-secret-2}\n"},
		{"in a remark", "extensions:\n  - number: \"201\"\n    # secret: old-secret-one\n    secret: new-secret-two\n#  - number: \"202\"\n#    secret: \"gone-secret-3\"\n"},
		{"carriage returns", "trunks:\r\n  - name: a\r\n    password: windows-pass\r\n    channels: 2\r\n"},
		{"accents before it", "trunks:\n  - {name: \"été à l'Épi\", password: \"pâte-à-crêpes\"}\n"},
		{"nothing", ""},
		{"remarks only", "# nothing yet\n"},
		{"brackets in remarks", strings.Repeat("# [{\n", 100) + "trunks: # [\n  - name: a # {\n    password: hunter22\n"},
	}
	secrets := []string{"change-me", "it''s", "plain text", "q\\\"uote", "123456789012", "abcdef", "hunter22", "first-secret", "other-secret", "old-secret", "new-secret", "gone-secret", "windows-pass", "crêpes"}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			shown := mustMask(t, c.text)
			for _, s := range secrets {
				if strings.Contains(shown, s) {
					t.Errorf("%q shows in\n%s", s, shown)
				}
			}
			back, problems := restoreText(shown, c.text)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			sa, _ := readSheet(back)
			sb, _ := readSheet(c.text)
			va, _ := sa.secrets()
			vb, _ := sb.secrets()
			if len(va) != len(vb) {
				t.Fatalf("%d passwords, had %d", len(va), len(vb))
			}
			for i := range va {
				if va[i].value != vb[i].value {
					t.Errorf("%s is %q, was %q", va[i].path, va[i].value, vb[i].value)
				}
			}
			if again := mustMask(t, back); again != shown {
				t.Error(cmp.Diff(shown, again))
			}
		})
	}
}

func TestProseIsNoPassword(t *testing.T) {
	const text = "a: 1 # sign on with username and password: yes or no\n# - {number: \"201\", secret: hunter22}\n#   password: hunter33\n"
	const want = "a: 1 # sign on with username and password: yes or no\n# - {number: \"201\", secret: " + Masked + "\n#   password: " + Masked + "\n"
	if diff := cmp.Diff(want, mustMask(t, text)); diff != "" {
		t.Error(diff)
	}
}

func TestAMaskedPasswordFollowsItsItem(t *testing.T) {
	was := "extensions:\n  - {number: \"201\", secret: secret-of-ana}\n  - {number: \"202\", secret: secret-of-ben}\n"
	t.Run("reordered", func(t *testing.T) {
		got, problems := restoreText("extensions:\n  - {number: \"202\", secret: \""+Masked+"\"}\n  - {number: \"201\", secret: \""+Masked+"\", name: Ana}\n", was)
		want := "extensions:\n  - {number: \"202\", secret: \"secret-of-ben\"}\n  - {number: \"201\", secret: \"secret-of-ana\", name: Ana}\n"
		if len(problems) > 0 || got != want {
			t.Errorf("%v\n%s", problems, got)
		}
	})
	t.Run("one written anew", func(t *testing.T) {
		got, problems := restoreText("extensions:\n  - {number: \"201\", secret: another-secret}\n  - {number: \"202\", secret: "+Masked+"}\n", was)
		if len(problems) > 0 || !strings.Contains(got, "another-secret") || !strings.Contains(got, "secret-of-ben") || strings.Contains(got, "ana") {
			t.Errorf("%v\n%s", problems, got)
		}
	})
	t.Run("a new item has none to keep", func(t *testing.T) {
		got, problems := restoreText("extensions:\n  - {number: \"201\", secret: "+Masked+"}\n  - {number: \"203\", secret: "+Masked+"}\n", was)
		want := []ProblemView{{
			Path: "extensions[1].secret", Line: 3, Sentence: "this password is hidden, and there is none to keep: nothing of this name had one",
			Remedy: "write the password itself",
		}}
		if diff := cmp.Diff(want, problems); diff != "" || got != "" {
			t.Errorf("%s\n%s", diff, got)
		}
	})
	t.Run("the revision before knows what the draft took out", func(t *testing.T) {
		got, problems := restoreText("extensions:\n  - {number: \"202\", secret: "+Masked+"}\n", "extensions: []\n", was)
		if len(problems) > 0 || !strings.Contains(got, "secret-of-ben") {
			t.Errorf("%v\n%s", problems, got)
		}
	})
}

func TestTextsThatAreNoSiteDocument(t *testing.T) {
	cases := []struct {
		name, text string
		line       int
	}{
		{"a bracket", "a: 1\nb: [\n", 2},
		{"a list", "- 1\n", 1},
		{"an anchor", "a: &x secret\ntrunks: [{password: *x}]\n", 1},
		{"a tag", "a: !!binary aGk=\n", 1},
		{"two documents", "a: 1\n---\nb: 2\n", 2},
		{"nesting without end", strings.Repeat("[", 100_000), 1},
		{"dashes without end", strings.Repeat("- ", 100_000), 1},
		{"settings without end", strings.Repeat("a: 1\n", 9000), 501},
		{"settings without end in brackets", "a: {\n" + strings.Repeat("a: 1,\n", 9000), 502},
		{"lines without end", strings.Repeat("\n", 30_000), 20_001},
		{"not UTF-8", "a: \xff\n", 1},
		{"too long", strings.Repeat("a", site.MaxBytes+1), 0},
		{"a name twice", "a: 1\na: 2\n", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, why := readSheet(c.text)
			if why == nil || why.line != c.line || why.sentence == "" || why.remedy == "" {
				t.Errorf("%+v, want line %d", why, c.line)
			}
		})
	}
	for _, text := range []string{"trunks:\n  - password: |\n      two\n      lines\n", "trunks:\n  - password: {a: b}\n", "trunks:\n  - password: two\n      lines\n", "trunks:\n  - password: \"two\n      lines\"\n"} {
		if out, why := maskText(text); why == nil {
			t.Errorf("%q is shown as %q", text, out)
		}
	}
}

func TestProblemsShowNoPasswordAndTheirLine(t *testing.T) {
	text := "version: 1\nextensions:\n  - number: \"201\"\n    secret: 123456789012\n  - {number: \"202\", secret: abc}\n"
	_, problems := site.Parse([]byte(text))
	got := views(problems, text)
	found := false
	for _, p := range got {
		if strings.Contains(p.Sentence+p.Remedy, "123456789012") {
			t.Errorf("%+v", p)
		}
		if p.Path == "extensions[0].secret" {
			found = true
			if p.Line != 4 || !strings.Contains(p.Sentence, Masked) {
				t.Errorf("%+v", p)
			}
		}
	}
	if !found {
		t.Errorf("%+v", got)
	}
	for text, line := range map[string]int{
		"version: 1\n\tx: 2\n": 2, "version: 1\nsite: {name: x\nnumbers: 3\n": 3, "site:\n  name: a\n  name: b\n": 3, "version: 1\nsite:\n name: \"x\n": 3,
		"a: 1\n---\nb: 2\n": 2, "version: 1\nsite:\n  name: \xff\n": 3, "version: 1\nx: \x00\n": 2, "- a\n": 1,
	} {
		_, problems := site.Parse([]byte(text))
		if len(problems) == 0 {
			problems = []site.Problem{{}} // the reader of sheets is stricter
		}
		if got := views(problems, text); len(got) != 1 || got[0].Line != line || got[0].Sentence == "" {
			t.Errorf("%q: %+v, want line %d", text, got, line)
		}
	}
	sheet, _ := readSheet(text)
	for path, line := range map[string]int{"extensions[1].name": 5, "extensions[0]": 3, "site.name": 0, "version": 1, "extensions[7].number": 2, "": 0} {
		if got := lineIn(sheet.places(), path); got != line {
			t.Errorf("%s is in line %d, want %d", path, got, line)
		}
	}
}

func TestEditsKeepEverythingElse(t *testing.T) {
	const text = "# head\nsite:\n  name: Lyon   # where\n\nnetwork: {rtp: {first: 1, last: 2}, dns: [1.1.1.1]}\nqueues:\n  # the first\n  - id: a # remark a\n    max_wait: 3m\n    ring: 20s # r\n  # the second\n  - id: b\n\nsounds: []\nagents:\n  - id: x\n    queues:\n      - a\n      - b\n# end\n"
	cases := []struct {
		name        string
		edit        Edit
		out, missed string
	}{
		{"a text", Edit{"set", "site.name", "Nice: 2"}, "  name: \"Nice: 2\"   # where\n", "  name: Lyon   # where\n"},
		{"a number in brackets", Edit{"set", "network.rtp.first", 5}, "{first: 5, last", "{first: 1, last"},
		{"a span", Edit{"set", "queues[0].max_wait", "5m0s"}, "max_wait: \"5m0s\"\n", "max_wait: 3m\n"},
		{"what was not written", Edit{"set", "queues[1].ring", "5s"}, "  - id: b\n    ring: \"5s\"\n", "  - id: b\n"},
		{"a group that was not written", Edit{"set", "toll.night.from", "20:00"}, "      - b\ntoll:\n  night:\n    from: \"20:00\"\n# end\n", "      - b\n# end\n"},
		{"an item", Edit{"add", "queues", map[string]any{"name": "C", "id": "c", "record": true}}, "  - id: b\n  - id: c\n    name: C\n    record: true\n", "  - id: b\n"},
		{"the first item", Edit{"add", "sounds", map[string]any{"name": "s", "file": "s.wav"}}, "sounds:\n  - name: s\n    file: s.wav\n", "sounds: []\n"},
		{"in brackets", Edit{"add", "network.dns", "9.9.9.9"}, "dns: [1.1.1.1, \"9.9.9.9\"]", "dns: [1.1.1.1]"},
		{"a list that was not written", Edit{"add", "trunks", map[string]any{"name": "t"}}, "      - b\ntrunks:\n  - name: t\n# end\n", "      - b\n# end\n"},
		{"an item of texts", Edit{"add", "agents[0].queues", "c"}, "      - b\n      - c\n", "      - b\n"},
		{"remove an item", Edit{Op: "remove", Path: "queues[0]"}, "", "  - id: a # remark a\n    max_wait: 3m\n    ring: 20s # r\n"},
		{"remove a setting", Edit{Op: "remove", Path: "queues[0].max_wait"}, "", "    max_wait: 3m\n"},
		{"remove a text of a list", Edit{Op: "remove", Path: "agents[0].queues[1]"}, "", "      - b\n"},
		{"remove the last item", Edit{Op: "remove", Path: "agents[0]"}, "agents: []\n", "agents:\n  - id: x\n    queues:\n      - a\n      - b\n"},
		{"remove what was not written", Edit{Op: "remove", Path: "queues[1].ring"}, "", ""},
		{"a list for a list", Edit{"set", "agents[0].queues", []any{"b"}}, "    queues:\n      - b\n", "    queues:\n      - a\n      - b\n"},
		{"a whole item", Edit{"set", "queues[1]", map[string]any{"id": "b", "name": "B"}}, "  - id: b\n    name: B\n", "  - id: b\n"},
		{"a text that looks like something else", Edit{"set", "site.name", "no"}, "name: \"no\"   #", "name: Lyon   #"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := applyEdits(t.Context(), text, []Edit{c.edit})
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(text, c.missed, c.out, 1)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("in brackets within brackets the layout goes, the rest stays", func(t *testing.T) {
		got, err := applyEdits(t.Context(), text, []Edit{{"set", "network.sip", "0.0.0.0:5070"}})
		if err != nil || !strings.Contains(got, "5070") || !strings.HasPrefix(got, "# head\nsite:\n  name: Lyon   # where\n") || !strings.HasSuffix(got, "# end\n") {
			t.Errorf("%v\n%s", err, got)
		}
	})
	t.Run("many", func(t *testing.T) {
		got, err := applyEdits(t.Context(), text, []Edit{{"add", "queues", map[string]any{"id": "c"}}, {"set", "queues[2].name", "C"}, {Op: "remove", Path: "queues[0]"}, {"set", "queues[1].ring", "9s"}})
		doc, _ := site.Parse([]byte(got))
		if err != nil || len(doc.Queues) != 2 || doc.Queues[1].ID != "c" || doc.Queues[1].Name != "C" || doc.Queues[1].Ring.String() != "9s" {
			t.Errorf("%v\n%s", err, got)
		}
	})
	t.Run("into nothing", func(t *testing.T) {
		got, err := applyEdits(t.Context(), "", []Edit{{"set", "version", 1.0}, {"set", "site.name", "Lyon"}, {"add", "extensions", map[string]any{"number": "201", "secret": "x"}}})
		if err != nil || got != "version: 1\nsite:\n  name: Lyon\nextensions:\n  - number: \"201\"\n    secret: x\n" {
			t.Errorf("%v\n%s", err, got)
		}
	})
	for _, bad := range []Edit{
		{"set", "", 1},
		{"set", "a..b", 1},
		{"set", "queues[9].ring", "1s"},
		{"set", "queues[0", 1},
		{"fly", "site.name", 1},
		{"add", "site.name", 1},
		{Op: "remove", Path: "queues[5]"},
		{"set", "site[0]", 1},
		{"set", ".site", 1},
		{"set", "queues.id", 1},
	} {
		var r *refusal
		if got, err := applyEdits(t.Context(), text, []Edit{bad}); !errors.As(err, &r) || r.status != 422 || got != "" {
			t.Errorf("%+v: %v\n%s", bad, err, got)
		}
	}
}

// TestEveryFieldOfTheExampleCanBeSet walks the whole example: each value is set to itself and to another one, and nothing else moves.
func TestEveryFieldOfTheExampleCanBeSet(t *testing.T) {
	text := example(t)
	s, why := readSheet(text)
	if why != nil {
		t.Fatal(why)
	}
	s.walk(func(p place) {
		v, ok := scalar(p.node)
		if !ok {
			return
		}
		got, err := applyEdits(t.Context(), text, []Edit{{"set", p.path, "other-" + v}})
		if err != nil {
			t.Errorf("%s: %v", p.path, err)
			return
		}
		a, b := strings.Split(text, "\n"), strings.Split(got, "\n")
		moved := 0
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				moved++
			}
		}
		if len(a) != len(b) || moved != 1 {
			t.Errorf("%s: %d lines moved, %d lines of %d", p.path, moved, len(b), len(a))
		}
	})
}

func TestDifferencesByMeaning(t *testing.T) {
	was, problems := site.Parse([]byte(example(t)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	cases := []struct {
		name string
		with func(*site.Document)
		want []ChangeView
	}{
		{"nothing", func(*site.Document) {}, []ChangeView{}},
		{"a field of an item", func(d *site.Document) { d.Queues[0].MaxWait *= 2 }, []ChangeView{{"queues[accueil].max_wait", "3m0s", "6m0s"}}},
		{"a password", func(d *site.Document) { d.Extensions[0].Secret = "another-password" }, []ChangeView{{"extensions[201].secret", Masked, Masked}}},
		{"an item gone", func(d *site.Document) { d.Services = d.Services[:1] }, []ChangeView{{"services[+33472000001]", "number: +33472000001, name: Ligne directe de Ben, active: true, extension: 202", ""}}},
		{"an item new", func(d *site.Document) {
			d.Sounds = append(d.Sounds, site.Sound{Name: "bienvenue", File: "b.wav"})
		}, []ChangeView{{"sounds[bienvenue]", "", "name: bienvenue, file: b.wav"}}},
		{"another order", func(d *site.Document) { d.Agents[0], d.Agents[1] = d.Agents[1], d.Agents[0] }, []ChangeView{{"agents", "ana, ben", "ben, ana"}}},
		{"a list of texts", func(d *site.Document) { d.Agents[0].Queues = []string{"accueil"} }, []ChangeView{{"agents[ana].queues", "[accueil, renfort]", "[accueil]"}}},
		{"a text that was empty", func(d *site.Document) { d.Recording.Basis = "contrat" }, []ChangeView{{"recording.basis", `""`, "contrat"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			is, _ := site.Parse([]byte(example(t)))
			c.with(&is)
			if diff := cmp.Diff(c.want, differences(was, is)); diff != "" {
				t.Error(diff)
			}
		})
	}
	text, err := json.Marshal(treeOf(was))
	if err != nil || strings.Contains(string(text), "change-me") || !strings.Contains(string(text), `"sounds":[]`) || !strings.Contains(string(text), Masked) {
		t.Errorf("%v: %s", err, text)
	}
}

// FuzzTexts: whatever somebody saves, nothing panics, what is shown holds no password, and what comes back is what it was.
func FuzzTexts(f *testing.F) {
	f.Add("extensions:\n  - number: \"201\"\n    secret: 0123-password\n", "site.name")
	f.Add("trunks: [{name: a, password: 'x'}]\n# password: abcdef\n", "trunks[0].password")
	f.Add("a: [\n", "a")
	f.Add("? x\n: y\n", "x")
	f.Fuzz(func(t *testing.T, text, path string) {
		shown, why := maskText(text)
		if why != nil {
			return
		}
		s, why := readSheet(shown)
		if why != nil {
			t.Fatalf("%q is shown as %q: %v", text, shown, why)
		}
		found, why := s.secrets()
		if why != nil {
			t.Fatal(why)
		}
		for _, p := range found {
			if !p.masked {
				t.Fatalf("%q shows %q", shown, p.value)
			}
		}
		if back, problems := restoreText(shown, text); len(problems) == 0 {
			if again, why := maskText(back); why != nil || again != shown {
				t.Fatalf("%q came back as %q, shown as %q (%v)", text, back, again, why)
			}
		}
		_, _ = applyEdits(t.Context(), text, []Edit{{"set", path, "v"}, {"add", path, "w"}, {Op: "remove", Path: path}})
	})
}
