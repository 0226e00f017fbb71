package sim

import (
	stdcmp "cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
)

var update = flag.Bool("update", false, "write the facts half of the stories as they come out")

var ladder = flag.Bool("ladder", false, "show the SIP messages in the stories that are printed")

func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.call")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".call"), func(t *testing.T) { tell(t, file) })
	}
}

// tell runs one story and compares its facts.
func tell(t *testing.T, file string) {
	s, err := ReadStory(file)
	if err != nil {
		t.Fatal(err)
	}
	set, err := s.Setting("testdata/sites")
	if err != nil {
		t.Fatal(err)
	}
	set.Dir = t.TempDir()
	if set.Keeps {
		set.Remembers = t.TempDir()
	}
	t.Log(s.Proves)
	synctest.Test(t, func(t *testing.T) {
		var story []string
		w, err := NewWorld(set)
		if err != nil {
			t.Fatal(err)
		}
		if *ladder {
			w.Ladder(func(line string) { story = append(story, line) })
		}
		facts, err := s.Run(w, func(line string) { story = append(story, line) })
		told := w.Facts()
		if cerr := w.Close(); cerr != nil {
			t.Error(cerr)
		}
		for _, e := range told {
			story = append(story, words(w, e))
		}
		t.Log("\n" + strings.Join(inTime(story), "\n"))
		if err != nil {
			t.Fatal(err, "\n", strings.Join(facts, "\n"))
		}
		if *update {
			if len(s.Golden) == 0 && !strings.HasSuffix(s.text, "\nfacts\n") {
				s.text = strings.TrimRight(s.text, "\n") + "\n\nfacts\n"
			}
			if err := os.WriteFile(file, []byte(s.text+"  "+strings.Join(facts, "\n  ")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		if err := s.Compare(facts); err != nil {
			t.Errorf("%v\n(go test -run %s -update writes them)", err, t.Name())
		}
	})
}

func words(w *World, e fact.Entry) string {
	said, why := console.Words(e.Fact)
	at := float64(e.At.Boot-(bootOffset+w.start.Sub(w.box.start)).Milliseconds()) / 1000
	line := fmt.Sprintf("%9.3f  . %s", at, said)
	if len(why) > 0 {
		line += " (" + strings.Join(why, "; ") + ")"
	}
	return line
}

// inTime sorts the lines of a story, which begin with their second, and leaves equal ones as they are.
func inTime(lines []string) []string {
	at := func(line string) (s float64) {
		_, _ = fmt.Sscanf(line, "%f", &s)
		return s
	}
	slices.SortStableFunc(lines, func(a, b string) int { return stdcmp.Compare(at(a), at(b)) })
	return lines
}
