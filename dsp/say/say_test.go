package say_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/dsp/say"
)

// spoken collects the atoms of many phrases of a language.
func spoken(t *testing.T, l say.Language) [][]string {
	t.Helper()
	var all [][]string
	add := func(atoms []string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, atoms)
	}
	random := rand.New(rand.NewPCG(7, 7))
	for n := range int64(1100) {
		add(l.Number(n, say.Masculine))
		add(l.Number(n, say.Feminine))
		add(l.Ordinal(n+1, say.Gender(n%2)))
		for c := say.Euro; c <= say.SwissFranc; c++ {
			add(l.Money(n, c))
			add(l.Money(100*n, c))
		}
	}
	for _, n := range []int64{-1, 1_000_000, 2_000_000, 1_000_000_000, say.Most} {
		add(l.Number(n, say.Masculine))
	}
	for _, n := range []int64{5000, 1_000_000, 2_000_000} {
		add(l.Ordinal(n, say.Masculine))
	}
	add(l.Ordinal(1, say.Feminine))
	for c := say.Euro; c <= say.SwissFranc; c++ {
		add(l.Money(300_000_000, c))
	}
	for minute := range 24 * 60 {
		add(l.Clock(minute/60, minute%60))
		add(l.Clock12(minute/60, minute%60))
		add(l.Duration(time.Duration(random.IntN(300_000)) * time.Second))
		add(l.Wait(time.Duration(minute) * 10 * time.Second))
		add(l.Position(minute + 1))
		day := time.Date(2024, 1, 1+minute%400, 12, 0, 0, 0, time.UTC)
		add(l.Date(say.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}, say.DateParts(minute%4)))
		add(l.Year(1 + 6*minute))
	}
	add(l.Digits("0123456789*#"))
	add(l.Spell("abcdefghij-klmnopqrstuvwxyz"))
	for _, n := range []string{"0140506070", "+33140506070", "+12025550123", "+442079460000", "0", "12345", "0800123456", "+41446681800"} {
		add(l.Telephone(n))
	}
	for _, d := range []int{-1, 0, 1} {
		a, _ := l.Relative(d)
		add([]string{a}, nil)
	}
	return all
}

// The list of atoms is closed and tight: every phrase keeps to it, and everything in it is spoken or stands in for something.
func TestAtomsAreClosed(t *testing.T) {
	file := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, l := range say.Languages() {
		listed, used := map[string]bool{}, map[string]bool{}
		for _, a := range l.Atoms() {
			if listed[a.Name] || !file.MatchString(a.Name) || a.Text == "" {
				t.Errorf("%v: %+v is twice there, or is no file's name, or says nothing", l, a)
			}
			listed[a.Name] = true
			for _, n := range a.Instead {
				used[n] = true
			}
		}
		for n := range used {
			if !listed[n] {
				t.Errorf("%v: %s stands in but is not listed", l, n)
			}
		}
		for _, phrase := range spoken(t, l) {
			for _, n := range phrase {
				if !listed[n] {
					t.Fatalf("%v: %v has %s, which is not listed", l, phrase, n)
				}
				used[n] = true
			}
		}
		for _, a := range l.Atoms() {
			if !used[a.Name] {
				t.Errorf("%v: %s is never spoken", l, a.Name)
			}
		}
	}
}

// One name is one recording for every French and for every English: sets can be shared.
func TestATongueAgreesOnItsAtoms(t *testing.T) {
	text := map[string]string{}
	for _, l := range say.Languages() {
		for _, a := range l.Atoms() {
			key := l.String()[:2] + " " + a.Name
			if known, ok := text[key]; ok && known != a.Text {
				t.Errorf("%s is %q and %q", key, known, a.Text)
			}
			text[key] = a.Text
		}
	}
}

// Before a noun a French numeral sounds by the noun's first sound, wherever the language has that recording.
func TestFrenchNumeralsSoundByWhatFollows(t *testing.T) {
	vowels := []string{"euro", "euros", "hour", "hours"}
	consonants := []string{
		"euro-cent", "euro-cents", "dollar", "dollars", "swiss-franc", "swiss-francs", "minute", "minutes", "second", "seconds", "day", "days",
		"thousand", "million", "millions", "billion", "billions", "100", "100s", "100s-v", "pound", "pounds",
	}
	for _, l := range []say.Language{say.French, say.FrenchBelgium, say.FrenchSwitzerland} {
		has := map[string]bool{}
		for _, a := range l.Atoms() {
			has[a.Name] = true
		}
		phrases := spoken(t, l)
		random := rand.New(rand.NewPCG(11, 3))
		for range 300 {
			p, err := l.Number(random.Int64N(say.Most), say.Masculine)
			if err != nil {
				t.Fatal(err)
			}
			phrases = append(phrases, p)
		}
		for _, phrase := range phrases {
			for i := 1; i < len(phrase); i++ {
				before, next := phrase[i-1], phrase[i]
				if before == "9" || before == "19" { // "neuf euros" keeps its f; only "neuf heures" does not
					if strings.HasPrefix(next, "hour") {
						t.Fatalf("%v: %v", l, phrase)
					}
					continue
				}
				if slices.Contains(vowels, next) && has[before+"-v"] || slices.Contains(consonants, next) && has[before+"-c"] ||
					slices.Contains(consonants, next) && strings.HasSuffix(before, "-v") && before != "20-v" {
					t.Fatalf("%v: %s before %s in %v", l, before, next, phrase)
				}
			}
			if last := phrase[len(phrase)-1]; strings.HasSuffix(last, "-c") || strings.HasSuffix(last, "-v") {
				t.Fatalf("%v ends in %s", phrase, last)
			}
		}
	}
}

// A set with only what is needed can speak everything.
func TestTheNeededAtomsAreEnough(t *testing.T) {
	for _, l := range say.Languages() {
		needed := map[string]bool{}
		for _, a := range l.Atoms() {
			if len(a.Instead) == 0 {
				needed[a.Name] = true
			}
		}
		has := func(n string) bool { return needed[n] }
		if m := l.Missing(has); len(m) != 0 {
			t.Errorf("%v: %v", l, m)
		}
		for i, phrase := range spoken(t, l) {
			if i%40 != 0 {
				continue
			}
			for _, n := range l.Resolve(phrase, has) {
				if !needed[n] {
					t.Fatalf("%v: %v is played with %s", l, phrase, n)
				}
			}
		}
		delete(needed, "20")
		if m := l.Missing(has); len(m) != 1 || m[0].Name != "20" {
			t.Errorf("%v without 20: %v", l, m)
		}
	}
}

func TestResolvePrefersWhatTheSetHas(t *testing.T) {
	phrase, err := say.French.Money(8000, say.Euro)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ set, want string }{
		{"80 80s 80s-v euro euros", "80s-v euros"},
		{"80 80s euro", "80s euro"},
		{"80 euro", "80 euro"},
		{"", "80 euro"}, // nothing stands in for what is needed
	} {
		set := strings.Fields(c.set)
		got := strings.Join(say.French.Resolve(phrase, func(n string) bool { return slices.Contains(set, n) }), " ")
		if got != c.want {
			t.Errorf("with %q: %q, want %q", c.set, got, c.want)
		}
	}
	if got := say.French.Resolve([]string{"someone-elses"}, func(string) bool { return false }); len(got) != 1 || got[0] != "someone-elses" {
		t.Error(got)
	}
}

func TestValuesThatAreNotSpoken(t *testing.T) {
	l := say.French
	check := func(name string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	try := func(name string, f func() ([]string, error), want error) {
		t.Helper()
		_, err := f()
		check(name, err, want)
	}
	try("too many", func() ([]string, error) { return l.Number(say.Most+1, 0) }, say.ErrRange)
	try("least", func() ([]string, error) { return l.Number(math.MinInt64, 0) }, say.ErrRange)
	try("zeroth", func() ([]string, error) { return l.Ordinal(0, 0) }, say.ErrRange)
	try("milliardth", func() ([]string, error) { return l.Ordinal(1_000_000_000, 0) }, say.ErrRange)
	try("least money", func() ([]string, error) { return l.Money(math.MinInt64, say.Euro) }, say.ErrRange)
	try("no money", func() ([]string, error) { return l.Money(1, 99) }, say.ErrRange)
	try("29 February", func() ([]string, error) { return l.Date(say.Date{Year: 2026, Month: 2, Day: 29}, 0) }, say.ErrRange)
	try("month 13", func() ([]string, error) { return l.Date(say.Date{Year: 2026, Month: 13, Day: 1}, 0) }, say.ErrRange)
	try("day 0", func() ([]string, error) { return l.Date(say.Date{Year: 2026, Month: 1}, 0) }, say.ErrRange)
	try("year 0", func() ([]string, error) { return l.Year(0) }, say.ErrRange)
	try("24 h", func() ([]string, error) { return l.Clock(24, 0) }, say.ErrRange)
	try("60 min", func() ([]string, error) { return l.Clock12(1, 60) }, say.ErrRange)
	try("before", func() ([]string, error) { return l.Duration(-1) }, say.ErrRange)
	try("for ever", func() ([]string, error) { return l.Duration(math.MaxInt64) }, say.ErrRange)
	try("wait for ever", func() ([]string, error) { return l.Wait(math.MaxInt64) }, say.ErrRange)
	try("place 0", func() ([]string, error) { return l.Position(0) }, say.ErrRange)
	try("no digits", func() ([]string, error) { return l.Digits("") }, say.ErrRange)
	try("a letter", func() ([]string, error) { return l.Digits("12a") }, say.ErrNumber)
	try("an accent", func() ([]string, error) { return l.Spell("é") }, say.ErrNumber)
	try("a name", func() ([]string, error) { return l.Telephone("bob") }, say.ErrNumber)
	try("a late plus", func() ([]string, error) { return l.Telephone("1+2") }, say.ErrNumber)
	try("only plus", func() ([]string, error) { return l.Telephone("+") }, say.ErrNumber)
	try("only a code", func() ([]string, error) { return l.Telephone("+33") }, say.ErrNumber)
	try("endless", func() ([]string, error) { return l.Telephone(strings.Repeat("1", 41)) }, say.ErrRange)
}

func TestTagsNameLanguages(t *testing.T) {
	for _, l := range say.Languages() {
		if got, ok := say.Named(l.String()); !ok || got != l {
			t.Errorf("%v is %v, %v", l, got, ok)
		}
	}
	if l, ok := say.Named("fr"); !ok || l != say.French {
		t.Error("fr")
	}
	if l, ok := say.Named("en"); !ok || l != say.EnglishBritain {
		t.Error("en")
	}
	if _, ok := say.Named("de-DE"); ok {
		t.Error("de-DE is spoken")
	}
	if say.Language(99).String() != "und" {
		t.Error("99")
	}
	for _, code := range []string{"EUR", "USD", "GBP", "CHF"} {
		if c, ok := say.CurrencyOf(code); !ok || c.Code() != code {
			t.Error(code)
		}
	}
	if _, ok := say.CurrencyOf("XXX"); ok {
		t.Error("XXX is money")
	}
}

func ExampleLanguage_Telephone() {
	atoms, _ := say.French.Telephone("+33 1 40 50 60 70")
	fmt.Println(say.French.Text(atoms))
	// Output: zéro un, quarante, cinquante, soixante, soixante-dix
}

func FuzzTelephone(f *testing.F) {
	f.Add("+33140506070")
	f.Add("0470 12 34 56")
	f.Add("*21*0140506070#")
	f.Add("+1")
	f.Fuzz(func(t *testing.T, number string) {
		for _, l := range say.Languages() {
			atoms, err := l.Telephone(number)
			if err != nil {
				continue
			}
			if len(atoms) == 0 || len(atoms) > 200 {
				t.Fatalf("%v: %q is %d atoms", l, number, len(atoms))
			}
			if last := atoms[len(atoms)-1]; last == "pause" || strings.HasSuffix(last, "-c") || strings.HasSuffix(last, "-v") {
				t.Fatalf("%v: %q ends in %s", l, number, last)
			}
			// The digits can be heard again from what is spoken, one by one in English.
			if l == say.EnglishAmerica {
				var heard strings.Builder
				for _, a := range atoms {
					switch a {
					case "oh":
						heard.WriteByte('0')
					case "pause", "plus", "star", "hash":
					default:
						heard.WriteString(a)
					}
				}
				var dialled strings.Builder
				for _, c := range number {
					if c >= '0' && c <= '9' {
						dialled.WriteRune(c)
					}
				}
				if !strings.HasSuffix(dialled.String(), heard.String()) {
					t.Fatalf("%q is heard as %q", number, heard.String())
				}
			}
		}
	})
}

func FuzzDigits(f *testing.F) {
	f.Add("0612")
	f.Add("ab-12")
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := say.French.Digits(s); err == nil && len(a) > len(s) {
			t.Fatalf("%q is %v", s, a)
		}
		if a, err := say.French.Spell(s); err == nil && len(a) > len(s) {
			t.Fatalf("%q is %v", s, a)
		}
	})
}

func BenchmarkMoney(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := say.French.Money(12_345_678, say.Euro); err != nil {
			b.Fatal(err)
		}
	}
}
