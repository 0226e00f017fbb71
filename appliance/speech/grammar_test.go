package speech

import (
	"strings"
	"testing"
)

func menu() Grammar {
	return Grammar{
		Language: "fr",
		Phrases: []Phrase{
			{"comptabilité", "accounts"},
			{"le service comptable", "accounts"},
			{"dépannage", "repairs"},
			{"rendez-vous", "appointment"},
			{"oui", "yes"},
			{"non", "no"},
		},
		Keys: map[rune]string{'1': "accounts", '2': "repairs", '3': "appointment", '4': "yes", '5': "no"},
	}
}

func TestAMenuCanAlwaysBeTyped(t *testing.T) {
	if problems := menu().Check(); len(problems) != 0 {
		t.Fatal(problems)
	}
	g := menu()
	delete(g.Keys, '2')
	problems := g.Check()
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), `"repairs" can be said but not typed`) {
		t.Fatalf("got %v", problems)
	}
}

func TestEveryFaultOfAGrammarIsNamed(t *testing.T) {
	g := Grammar{Language: "klingon", Phrases: []Phrase{{"...", "a"}, {"oui", ""}, {"non", "a"}, {"Non !", "b"}}, Keys: map[rune]string{'x': "a", '1': "b"}}
	var all strings.Builder
	for _, p := range g.Check() {
		all.WriteString(p.Error() + "\n")
	}
	for _, want := range []string{`language "klingon"`, `"..." must have words`, `"oui" means nothing`, `"Non !" means both "a" and "b"`, `key 'x'`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%s is missing in:\n%s", want, all.String())
		}
	}
	if problems := (Grammar{Language: "fr"}).Check(); len(problems) != 1 {
		t.Errorf("a grammar without phrases: %v", problems)
	}
}

func TestWhatWasSaidIsMatched(t *testing.T) {
	for text, want := range map[string]struct {
		intent string
		least  int
		most   int
	}{
		"comptabilité":                       {"accounts", 100, 100},
		" Comptabilite. ":                    {"accounts", 100, 100},
		"la comptabilité s'il vous plaît":    {"accounts", 75, 90},
		"rendez vous":                        {"appointment", 100, 100},
		"comptabilités":                      {"accounts", 80, 90},
		"euh oui":                            {"yes", 90, 99},
		"":                                   {"", 0, 0},
		"quelle heure est-il":                {"", 0, 59},
		"oui non":                            {"", 90, 99}, // both, so neither
		"Sous-titres réalisés par la chaîne": {"", 0, 59},
	} {
		intent, sure := menu().Match(text)
		if sure < want.least || sure > want.most || sure >= 60 && intent != want.intent {
			t.Errorf("%q: %q at %d %%, want %q at %d to %d", text, intent, sure, want.intent, want.least, want.most)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("la comptabilité s'il vous plaît", "le service comptable")
	f.Add("\xff\xfe", "")
	f.Fuzz(func(t *testing.T, text, phrase string) {
		if len(phrase) > 4*MaxPhrase {
			return
		}
		g := menu()
		g.Phrases = append(g.Phrases, Phrase{phrase, "yes"})
		if _, sure := g.Match(text); sure < 0 || sure > 100 {
			t.Fatalf("%d percent", sure)
		}
		_ = g.Check()
	})
}
