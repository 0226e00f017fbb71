package say_test

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"autocom/dsp/say"
)

// words splits a spelled number; a hyphen is a space.
func words(text string) []string { return strings.Fields(strings.ReplaceAll(text, "-", " ")) }

// french reads a spelled French number of any region, by its own rules: quatre before vingt is a factor, cent and mille
// multiply what stands before them.
func french(text string) (n int64, ok bool) {
	small := map[string]int64{}
	for i, w := range strings.Fields("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize") {
		small[w] = int64(i)
	}
	maps.Copy(small, map[string]int64{
		"une": 1, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70, "huitante": 80, "octante": 80, "nonante": 90,
	})
	var total, low, group int64
	sign := int64(1)
	before := ""
	for _, w := range words(text) {
		value, known := small[w]
		switch {
		case known:
			group += value
		case w == "moins":
			sign = -1
		case w == "et":
		case (w == "vingt" || w == "vingts") && before == "quatre":
			group += 76
		case w == "vingt":
			group += 20
		case w == "cent" || w == "cents":
			group = max(group, 1) * 100
		case w == "mille":
			low, group = max(group, 1)*1000, 0
		case strings.HasPrefix(w, "million"):
			total, low, group = total+(low+group)*1_000_000, 0, 0
		case strings.HasPrefix(w, "milliard"):
			total, low, group = total+(low+group)*1_000_000_000, 0, 0
		default:
			return 0, false
		}
		before = w
	}
	return sign * (total + low + group), true
}

// english reads a spelled English number.
func english(text string) (n int64, ok bool) {
	small := map[string]int64{}
	for i, w := range strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen") {
		small[w] = int64(i)
	}
	for i, w := range strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety") {
		small[w] = int64(20 + 10*i)
	}
	var total, low, group int64
	sign := int64(1)
	for _, w := range words(text) {
		value, known := small[w]
		switch {
		case known:
			group += value
		case w == "minus":
			sign = -1
		case w == "and":
		case w == "hundred":
			group *= 100
		case w == "thousand":
			low, group = group*1000, 0
		case w == "million":
			total, low, group = total+(low+group)*1_000_000, 0, 0
		case w == "billion":
			total, low, group = total+(low+group)*1_000_000_000, 0, 0
		default:
			return 0, false
		}
	}
	return sign * (total + low + group), true
}

func read(l say.Language, text string) (int64, bool) {
	if strings.HasPrefix(l.String(), "en") {
		return english(text)
	}
	return french(text)
}

// numbers are all small ones and many others of every size.
func numbers() []int64 {
	random := rand.New(rand.NewPCG(80, 90))
	var all []int64
	for n := range int64(1200) {
		all = append(all, n)
	}
	for size := int64(10_000); size <= say.Most; size *= 10 {
		for range 60 {
			all = append(all, random.Int64N(size))
		}
		all = append(all, size, size-1, size+1, size/2*3, -size)
	}
	return append(all, 80_000, 200_000, 80_000_000, 200_000_000, 81_081_081, 71_071_071, 999_999_999_999)
}

// What is spoken is understood: the spelled form reads back as the number, in every language and gender.
func TestSpelledNumbersReadBack(t *testing.T) {
	for _, l := range say.Languages() {
		for _, n := range numbers() {
			if n > say.Most || n < -say.Most {
				continue
			}
			for _, g := range []say.Gender{say.Masculine, say.Feminine} {
				if g == say.Feminine && n%10 != 1 {
					continue // only "un" has another form
				}
				atoms, err := l.Number(n, g)
				if err != nil {
					t.Fatalf("%v %d: %v", l, n, err)
				}
				text := l.Text(atoms)
				if got, ok := read(l, text); !ok || got != n {
					t.Fatalf("%v %d is spoken %q, which reads %d, %v", l, n, text, got, ok)
				}
			}
		}
	}
}

// Amounts too: whole and part are understood.
func TestSpelledAmountsReadBack(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 50))
	for _, l := range say.Languages() {
		for range 300 {
			amount := random.Int64N(100_000_000)
			if amount%3 == 0 {
				amount = amount / 100 * 100
			}
			atoms, err := l.Money(amount, say.Euro)
			if err != nil {
				t.Fatal(err)
			}
			var whole, part int64
			var rest []string
			for _, a := range atoms {
				switch a {
				case "euro", "euros", "of-euros":
					whole, rest = value(t, l, rest), nil
				case "euro-cent", "euro-cents":
					part, rest = value(t, l, rest), nil
				default:
					if a == "and" && len(rest) == 0 {
						continue // between euros and cents
					}
					rest = append(rest, a)
				}
			}
			if 100*whole+part != amount {
				t.Fatalf("%v: %d is spoken %q", l, amount, l.Text(atoms))
			}
		}
	}
}

func value(t *testing.T, l say.Language, atoms []string) int64 {
	t.Helper()
	n, ok := read(l, l.Text(atoms))
	if !ok {
		t.Fatalf("%v: %q is no number", l, l.Text(atoms))
	}
	return n
}
