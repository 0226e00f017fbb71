package sim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongStoriesSayWhatHappenedInstead plays stories that were edited to be wrong (testdata/wrong). Each fails, with the message that stands
// under "instead" in its file: it must help somebody who reads the story and not the code. With -update it is written as it comes out.
func TestWrongStoriesSayWhatHappenedInstead(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.call")
	if err != nil || len(files) < 15 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".call"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			story, want, _ := strings.Cut(string(text), "\ninstead\n")
			s, err := ParseStory("story", story)
			if err != nil {
				t.Fatal(err)
			}
			facts, err := play(t, story)
			if err == nil && len(s.Golden) > 0 {
				err = s.Compare(facts)
			}
			if err == nil {
				t.Fatal("a wrong story passes")
			}
			got := "  " + strings.ReplaceAll(err.Error(), "\n", "\n  ") + "\n"
			if *update {
				if err := os.WriteFile(file, []byte(strings.TrimRight(story, "\n")+"\n\ninstead\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("it says\n%swant\n%s", got, want)
			}
		})
	}
}
