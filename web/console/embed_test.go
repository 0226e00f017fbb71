package console

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// TestPagesHaveAnIndex holds whether the page was built or not: Go compiles without Node.
func TestPagesHaveAnIndex(t *testing.T) {
	page, err := fs.ReadFile(Pages(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if Built() != strings.Contains(string(page), `id="root"`) {
		t.Errorf("built is %v, and the page is\n%s", Built(), page)
	}
	for _, inline := range []string{"<style", "style=", "onload=", "onclick="} {
		if strings.Contains(string(page), inline) {
			t.Errorf("the page holds %q, which its Content-Security-Policy forbids", inline)
		}
	}
}

func TestPlaceholderSaysWhatToDoInBothLanguages(t *testing.T) {
	page, err := fs.ReadFile(placeholder(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`lang="fr"`, `lang="en"`, "make web"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the placeholder lacks %q", want)
		}
	}
	// A program that was built without Node serves it like any other page, by walking its files.
	if err := fstest.TestFS(placeholder(), "index.html"); err != nil {
		t.Error(err)
	}
}
