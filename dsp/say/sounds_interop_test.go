//go:build interop

package say_test

import (
	"os"
	"path/filepath"
	"testing"

	"autocom/dsp/say"
)

// Every place an atom names in Asterisk's sound sets is there, in one of Debian's packages of the language.
func TestAsterisksSoundSetsHaveWhatTheAtomsName(t *testing.T) {
	const root = "/usr/share/asterisk/sounds"
	type set struct{ dir, ending, debian string }
	french := []set{{"fr", ".gsm", "asterisk-prompt-fr-armelle"}, {"fr_CA_f_June", ".wav", "asterisk-core-sounds-fr-wav"}}
	sets := map[say.Language][]set{
		say.French: french, say.FrenchBelgium: french, say.FrenchSwitzerland: french,
		say.EnglishAmerica: {{"en_US_f_Allison", ".wav", "asterisk-core-sounds-en-wav"}},
	}
	for l, from := range sets {
		for _, s := range from {
			if _, err := os.Stat(filepath.Join(root, s.dir)); err != nil {
				t.Fatalf("install the Debian package %s: %v", s.debian, err)
			}
		}
		have := map[string]int{}
		for _, a := range l.Atoms() {
			if a.Asterisk == "" {
				continue
			}
			found := false
			for _, s := range from {
				if _, err := os.Stat(filepath.Join(root, s.dir, a.Asterisk+s.ending)); err == nil {
					found = true
					have[s.debian]++
				}
			}
			if !found {
				t.Errorf("%v: nobody has %s for %s", l, a.Asterisk, a.Name)
			}
		}
		for _, s := range from {
			has := func(name string) bool {
				for _, a := range l.Atoms() {
					if a.Name == name && a.Asterisk != "" {
						_, err := os.Stat(filepath.Join(root, s.dir, a.Asterisk+s.ending))
						return err == nil
					}
				}
				return false
			}
			lacks := make([]string, 0, 40)
			for _, a := range l.Missing(has) {
				lacks = append(lacks, a.Name)
			}
			t.Logf("%v: %s has %d atoms and lacks %d: %v", l, s.debian, have[s.debian], len(lacks), lacks)
		}
	}
}
