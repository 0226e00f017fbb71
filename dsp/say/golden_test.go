package say_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"autocom/dsp/say"
)

var update = flag.Bool("update", false, "write what is spoken now into the golden tables")

// speak runs one line of a golden table: a verb and its value.
func speak(l say.Language, line string) ([]string, error) {
	verb, arg, _ := strings.Cut(line, " ")
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	at := func(s string) (int, int) {
		h, m, _ := strings.Cut(s, ":")
		return int(number(h)), int(number(m))
	}
	switch verb {
	case "number":
		return l.Number(number(arg), say.Masculine)
	case "feminine":
		return l.Number(number(arg), say.Feminine)
	case "ordinal":
		return l.Ordinal(number(arg), say.Masculine)
	case "ordinal-feminine":
		return l.Ordinal(number(arg), say.Feminine)
	case "digits":
		return l.Digits(arg)
	case "spell":
		return l.Spell(arg)
	case "phone":
		return l.Telephone(arg)
	case "money":
		amount, code, _ := strings.Cut(arg, " ")
		c, ok := say.CurrencyOf(code)
		if !ok {
			panic(code)
		}
		return l.Money(number(amount), c)
	case "date", "date-full", "date-year", "date-weekday":
		d, err := time.Parse(time.DateOnly, arg)
		if err != nil {
			panic(err)
		}
		parts := map[string]say.DateParts{"date-full": say.WithWeekday | say.WithYear, "date-year": say.WithYear, "date-weekday": say.WithWeekday}[verb]
		return l.Date(say.Date{Year: d.Year(), Month: d.Month(), Day: d.Day()}, parts)
	case "year":
		return l.Year(int(number(arg)))
	case "clock":
		return l.Clock(at(arg))
	case "clock12":
		return l.Clock12(at(arg))
	case "duration", "wait":
		d, err := time.ParseDuration(arg)
		if err != nil {
			panic(err)
		}
		if verb == "wait" {
			return l.Wait(d)
		}
		return l.Duration(d)
	case "position":
		return l.Position(int(number(arg)))
	}
	return nil, fmt.Errorf("what is %q?", verb)
}

// The tables testdata/TAG.txt: what is said, how it is spelled, and the atoms, between tabs.
func TestGoldenTables(t *testing.T) {
	lines := 0
	for _, l := range say.Languages() {
		name := filepath.Join("testdata", l.String()+".txt")
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		in := bufio.NewScanner(strings.NewReader(string(b)))
		for in.Scan() {
			line := in.Text()
			if line == "" || line[0] == '#' {
				fmt.Fprintln(&out, line)
				continue
			}
			lines++
			what, _, _ := strings.Cut(line, "\t")
			atoms, err := speak(l, what)
			if err != nil {
				t.Errorf("%v: %s: %v", l, what, err)
				continue
			}
			got := what + "\t" + l.Text(atoms) + "\t" + strings.Join(atoms, " ")
			fmt.Fprintln(&out, got)
			if got != line && !*update {
				t.Errorf("%v\ngot  %s\nwant %s", l, got, line)
			}
		}
		if *update {
			if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if lines < 800 {
		t.Errorf("only %d values", lines)
	}
}

// The tables testdata/atoms-TAG.txt: every atom of a language, for whoever records or gathers a set of sounds.
func TestGoldenAtoms(t *testing.T) {
	for _, l := range say.Languages() {
		var out strings.Builder
		out.WriteString("# name\ttext\tinstead, when it lacks\twhere Asterisk's sound sets have it\n")
		for _, a := range l.Atoms() {
			fmt.Fprintf(&out, "%s\t%s\t%s\t%s\n", a.Name, a.Text, strings.Join(a.Instead, " "), a.Asterisk)
		}
		name := filepath.Join("testdata", "atoms-"+l.String()+".txt")
		if *update {
			if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(b) != out.String() {
			t.Errorf("%s is not what Atoms tells; go test -update writes it", name)
		}
	}
}
