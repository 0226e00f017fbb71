package site

import "testing"

func TestAPromptThatShipsIsNamedByItsLanguage(t *testing.T) {
	for name, want := range map[string]string{
		"fr/closed": "prompt:fr/closed", "en/goodbye": "prompt:en/goodbye", "music": "music:default", "welcome": "prompt:welcome", "": "",
		"closed": "sound:closed", "de/closed": "sound:de/closed", "fr/none": "sound:fr/none", // which Check refuses unless the document brings it
	} {
		if got := PlanSound(name); string(got) != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]bool{"fr/closed": true, "en/closed": true, "music": true, "fr/none": false, "closed": false, "/closed": false, "fr/": false} {
		if builtIn(name) != want {
			t.Errorf("%q: built in is %v", name, !want)
		}
	}
}
