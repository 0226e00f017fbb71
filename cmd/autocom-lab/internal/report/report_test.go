package report

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autocom/cmd/autocom-lab/internal/plot"
)

func subject(holds bool, err error) Subject {
	return Subject{"tone", func(context.Context, string) (Page, error) {
		return Page{
			Title: "Tones", Intro: "What a line says.\n", Verdicts: []Verdict{{"dial tone", "440 Hz ± 2", "440|1 Hz", holds}},
			Figures: []Figure{{"level", "It is flat.", plot.Chart{Title: "Level"}}}, Tables: []Table{{"All", []string{"a", "b"}, [][]string{{"1", "2"}}}},
		}, err
	}}
}

func TestWriteGivesAPageItsFiguresAndTheIndex(t *testing.T) {
	dir := t.TempDir()
	if err := Write(t.Context(), dir, []Subject{subject(true, nil)}, func(string) {}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"tone.md":        "# Tones\n\nWhat a line says.\n\n|  | wanted | measured | holds |\n|---|---|---|---|\n| dial tone | 440 Hz ± 2 | 440\\|1 Hz | yes |\n\n![Level](tone-level.svg)\n\nIt is flat.\n\nAll\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
		"README.md":      "[Tones](tone.md)",
		"tone-level.svg": "<svg",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

func TestWriteNamesTheLimitThatDoesNotHoldAndStillWrites(t *testing.T) {
	dir := t.TempDir()
	err := Write(t.Context(), dir, []Subject{subject(false, nil)}, func(string) {})
	if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), "tone: dial tone: 440|1 Hz, wanted 440 Hz ± 2") {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "README.md")); err != nil || !strings.Contains(string(text), "**no**") {
		t.Errorf("%v\n%s", err, text)
	}
	if err := Write(t.Context(), dir, []Subject{subject(true, context.Canceled)}, func(string) {}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
