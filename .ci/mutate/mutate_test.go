package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// module writes files of a module, by name, and says where it is.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files["go.mod"] = "module lamp\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestEveryKindOfFault(t *testing.T) {
	root := module(t, map[string]string{"room/room.go": `package room

import "fmt"

const (
	dark = iota + 1
	lit
)

const bright = 7

type lamp struct { n int ` + "`json:\"n\"`" + ` }

func (l *lamp) step(all []int) bool {
	for _, n := range all {
		if n < 3 && n != 0 {
			continue
		}
		l.n += n
	}
	fmt.Println(l.n)
	return true
}

func (l *lamp) none() {
	l.n = 0
}
`, "room/room_test.go": "package room\n\nvar one = 1\n", "room/roomtest/roomtest.go": "package roomtest\n\nvar one = 1\n"})
	all, err := mutants(root, "room", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		if m.file != "room/room.go" || !strings.Contains(string(m.whole), m.source) {
			t.Errorf("%s: %q", m.file, m.source)
		}
		got = append(got, m.what)
		if bytes.Equal(m.text(), m.whole) {
			t.Errorf("%s changes nothing", m.key())
		}
	}
	want := []string{
		"left out", "condition negated", "&& becomes ||", "< becomes <=", "3 becomes 4", "!= becomes ==", "0 becomes 1", "continue becomes break", "left out",
		"true becomes false", "7 becomes 8", "returns at once", "left out", "0 becomes 1",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := mutants(root, "nowhere", ""); err == nil {
		t.Error("a directory that is not there has no faults")
	}
}

func TestVerdict(t *testing.T) {
	sh := func(script string) (string, error) {
		out, err := exec.Command("sh", "-c", script).CombinedOutput()
		return string(out), err
	}
	for script, want := range map[string]verdict{
		"exit 0": survived, "echo --- FAIL; exit 1": noticed, "echo fatal error: out of memory; exit 2": noticed,
		"echo panic: test timed out after 1m30s; exit 2": hung, "kill -9 $$": unclear,
	} {
		if got := verdictOf(sh(script)); got != want {
			t.Errorf("%s: %d instead of %d", script, got, want)
		}
	}
	if got := verdictOf(r404()); got != unclear {
		t.Errorf("a program that is not there: %d", got)
	}
}

func r404() (string, error) { return "", exec.Command("/nowhere/at/all").Run() }

func TestEquivalents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	for text, want := range map[string]string{
		"# why\n\na.go | x = a | b | left out | nobody looks\n": "a.go | x = a | b | left out",
		"a.go | x = 1 | left out\n":                             "",
		"a.go | x = 1 | left out | \n":                          "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := readEquivalents(path)
		if (err == nil) != (want != "") || want != "" && !got[want] {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// TestStages plants every fault there is in a room of which its own test knows one part, only the stories use another, and nobody a third.
func TestStages(t *testing.T) {
	root := module(t, map[string]string{
		"ex/room/room.go": `package room

func Own() bool { return true }

func Told() bool { return true }

func Alone() bool { return true }

func Excused() bool { return true }

var Table = true

type Lamp struct{}

func (Lamp) First(string, ...int) bool { return true }

func (l *Lamp) Second(_ int, b, c bool) { *l = Lamp{} }

func Any[T any](of []T, _ bool) (T, bool) { return of[0], true }

func Text() string { return "a" + "b" }
`,
		"ex/room/more.go": "package room\n\nfunc More() bool { return true }\n",
		"ex/hall/hall.go": "package hall\n\nfunc Hall() bool { return true }\n",
		"ex/room/room_test.go": `package room

import "testing"

func TestOwn(t *testing.T) {
	n, ok := Any([]int{7}, false)
	new(Lamp).Second(1, true, true)
	if !Own() || !Table || !(Lamp{}).First("", 1, 2) || n != 7 || !ok {
		t.Fatal()
	}
}
`,
		"sim/sim_test.go": "package sim\n\nimport (\n\t\"testing\"\n\n\t\"lamp/ex/room\"\n)\n\nfunc TestStories(t *testing.T) {\n\tif !room.Told() {\n\t\tt.Fatal()\n\t}\n}\n",
		"equivalent.txt":  "ex/room/room.go | func Excused() bool { return true } | true becomes false | a test says so\n",
	})
	var out bytes.Buffer
	r := runner{
		root: root, dir: "ex", equivalents: filepath.Join(root, "equivalent.txt"), sample: 20, workers: 1, seed: 1, least: time.Minute, want: 50, out: &out,
		stages: []stage{{name: "own"}, {name: "told", packages: "./sim", run: "Stories"}},
	}
	if err := r.run(t.Context()); err != nil {
		t.Error(err)
	}
	// Lamp.Second does its work or not: nobody can tell. "a" - "b" does not compile.
	for _, want := range []string{
		"mutate: 6 of 11 faults noticed, 54.5 %: 5 own, 1 told; 0 of them made a test hang (13 places, 1 excused as equivalent, 0 unclear, seed 1)",
		"SURVIVED: ex/room/room.go:7: true becomes false\n\tfunc Alone()",
		"noticed told: ex/room/room.go:5:", "noticed own: ex/room/room.go:11:", "noticed own: ex/room/room.go:15:", "noticed own: ex/room/room.go:19: true",
		"noticed own: ex/room/room.go:19: 0 becomes 1", "SURVIVED: ex/room/room.go:17: returns at once", "11 of 20, 54.5 % noticed",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	r.want, r.sample = 90, 11
	if err := r.run(t.Context()); err == nil {
		t.Error("half of them is enough for 90 %")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.run(ctx); err == nil {
		t.Error("an interrupted run passes")
	}
}
