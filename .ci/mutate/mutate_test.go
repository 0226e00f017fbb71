package main

import (
	"bytes"
	"context"
	"errors"
	"os"
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
		"true becomes false", "returns at once", "left out", "0 becomes 1",
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
	exit := errors.New("exit status 1")
	for _, c := range []struct {
		out  string
		err  error
		want verdict
	}{
		{"ok  \tlamp/room\t0.1s\n", nil, survived},
		{"--- FAIL: TestX (0.00s)\nFAIL\nFAIL\tlamp/room\t0.1s\n", exit, noticed},
		{"panic: runtime error\n\nFAIL\tlamp/room\t0.1s\n", exit, noticed},
		{"panic: test timed out after 1m30s\n\nFAIL\tlamp/room\t90.0s\n", exit, hung},
		{"# lamp/room\nroom.go:3: unused\nFAIL\tlamp/room [build failed]\n", exit, invalid},
		{"", errors.New("signal: killed"), unclear},
	} {
		if got := verdictOf(c.out, c.err); got != c.want {
			t.Errorf("%q: %d instead of %d", c.out, got, c.want)
		}
	}
}

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

// TestStages plants every fault there is in a room with three functions: one its own test knows, one only the stories use, one nobody does.
func TestStages(t *testing.T) {
	root := module(t, map[string]string{
		"ex/room/room.go":      "package room\n\nfunc Own() bool { return true }\n\nfunc Told() bool { return true }\n\nfunc Alone() bool { return true }\n\nfunc Excused() bool { return true }\n",
		"ex/room/room_test.go": "package room\n\nimport \"testing\"\n\nfunc TestOwn(t *testing.T) {\n\tif !Own() {\n\t\tt.Fatal()\n\t}\n}\n",
		"sim/sim_test.go":      "package sim\n\nimport (\n\t\"testing\"\n\n\t\"lamp/ex/room\"\n)\n\nfunc TestStories(t *testing.T) {\n\tif !room.Told() {\n\t\tt.Fatal()\n\t}\n}\n",
		"equivalent.txt":       "ex/room/room.go | func Excused() bool { return true } | true becomes false | a test says so\n",
	})
	var out bytes.Buffer
	r := runner{
		root: root, dir: "ex", equivalents: filepath.Join(root, "equivalent.txt"), sample: 10, workers: 1, seed: 1, least: time.Minute, want: 60, out: &out,
		stages: []stage{{name: "own", args: []string{ownRoom}}, {name: "told", args: []string{"./sim"}}},
	}
	if err := r.run(t.Context()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"mutate: 2 of 3 faults noticed, 66.7 %: 1 own, 1 told; 0 of them made a test hang (4 places, 1 excused as equivalent, 0 unclear, seed 1)",
		"SURVIVED ex/room/room.go:7: true becomes false\n\tfunc Alone()",
		"noticed told ex/room/room.go:5:", "3 of 10, 66.7 % noticed",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	r.want = 90
	if err := r.run(t.Context()); err == nil {
		t.Error("two of three are enough for 90 %")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.run(ctx); err == nil {
		t.Error("an interrupted run passes")
	}
}
