package appliance

import (
	"testing"

	"autocom/appliance/prompts"
	"autocom/appliance/site"
)

// What a document may name without bringing it, the library has.
func TestEveryPromptADocumentMayNameShips(t *testing.T) {
	l, err := prompts.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{site.SoundMusic, site.SoundWelcome}
	for _, prompt := range site.Shipped() {
		for _, language := range []string{"fr", "en"} {
			names = append(names, language+"/"+prompt)
		}
		if _, ok := l.Prompt(prompt, "fr"); !ok {
			t.Errorf("there is no prompt %s", prompt)
		}
	}
	for _, name := range names {
		f, err := l.File(site.PlanSound(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = f.Close()
	}
}
