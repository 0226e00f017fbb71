package sounds

import (
	"regexp"
	"strings"
	"testing"

	"autocom/appliance/prompts/sounds/compose"
	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/say"
)

func samples(t *testing.T, name string) []int16 {
	t.Helper()
	text, err := ALaw(name)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]int16, len(text))
	g711.ALaw.Decode(x, text)
	return x
}

// The prompts the product plays or will play next; the last one is what people must be told before they are recorded (RGPD art. 13).
func TestEveryPromptIsThereInBothLanguages(t *testing.T) {
	have := map[string]bool{}
	for _, n := range Names() {
		have[n] = true
	}
	for _, prompt := range []string{
		"welcome", "please-wait", "thanks-for-waiting", "all-busy", "closed", "goodbye", "invalid-key", "no-input", "nobody-available", "voicemail-greeting", "mailbox-full", "message-saved",
		"message-too-short", "not-in-service", "lines-busy", "call-recorded", "accept",
	} {
		for _, language := range []string{"fr", "en"} {
			if !have[language+"/prompt/"+prompt] {
				t.Errorf("%s is missing in %s", prompt, language)
			}
		}
	}
}

// Each language of dsp/say finds every word it needs, and every phrase can be played with what is there.
func TestEveryWordOfNumbersIsThere(t *testing.T) {
	have := map[string]bool{}
	for _, n := range Names() {
		have[n] = true
	}
	used := map[string]bool{}
	for _, l := range say.Languages() {
		set := l.String()[:2] + "/atom/"
		has := func(atom string) bool { return have[set+atom] }
		for _, a := range l.Missing(has) {
			t.Errorf("%v lacks %q (%s)", l, a.Name, a.Text)
		}
		for _, a := range l.Atoms() {
			used[set+a.Name] = true
			for _, n := range l.Resolve([]string{a.Name}, has) {
				if !has(n) {
					t.Errorf("%v: %q is played as %q, which is not there", l, a.Name, n)
				}
			}
		}
	}
	for name := range have {
		if strings.Contains(name, "/atom/") && !used[name] {
			t.Errorf("%s is a word nobody speaks", name)
		}
	}
}

func TestEverySoundIsAtItsLevelAndWithinBounds(t *testing.T) {
	total := 0
	for _, name := range Names() {
		x := samples(t, name)
		total += len(x) + 60
		if strings.HasPrefix(name, "own/") || strings.HasSuffix(name, "/pause") {
			continue
		}
		most := 15 * 8000
		if strings.Contains(name, "/atom/") && !strings.Contains(name, "/queue-") {
			most = 2 * 8000
		}
		if len(x) < 800 || len(x) > most {
			t.Errorf("%s lasts %d ms", name, len(x)/8)
		}
		active, _ := level.Active(x)
		if active < -21 || active > -19 {
			t.Errorf("%s speaks at %.1f dBm0", name, active)
		}
		// Trimmed: something is heard within 120 ms of either end.
		if head, tail := loudest(x[:min(960, len(x))]), loudest(x[max(0, len(x)-960):]); head < -50 || tail < -50 {
			t.Errorf("%s has silence at its ends: %.1f, %.1f dBm0", name, head, tail)
		}
		if abs(x[0]) > 100 || abs(x[len(x)-1]) > 100 {
			t.Errorf("%s clicks: %d at its beginning, %d at its end", name, x[0], x[len(x)-1])
		}
	}
	if total > 4<<20 {
		t.Errorf("the sounds take %d bytes, more than 4 MiB", total)
	}
}

func abs(x int16) int { return max(int(x), -int(x)) }

func loudest(x []int16) float64 {
	most := level.Floor
	for i := 0; i+80 <= len(x); i += 80 {
		most = max(most, level.Of(x[i:i+80]))
	}
	return most
}

func TestEverySoundHasItsLineInTheLicences(t *testing.T) {
	lines := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+)\.wav \| (.+) \| (.+) \|$`).FindAllStringSubmatch(Licences(), -1) {
		if lines[m[1]] != "" {
			t.Errorf("%s has two lines", m[1])
		}
		lines[m[1]] = m[3]
	}
	const machine = "synthétisé, à remplacer par un enregistrement"
	for _, name := range Names() {
		from := lines[name]
		delete(lines, name)
		spoken := strings.Contains(from, "espeak-ng") || strings.Contains(from, "flite")
		switch {
		case from == "":
			t.Errorf("%s has no line", name)
		case spoken != strings.Contains(from, machine):
			t.Errorf("%s: %q: what a machine says is marked, and nothing else", name, from)
		case !spoken && !strings.Contains(from, "Armelle ") && !strings.Contains(from, "Allison ") && from != "ours":
			t.Errorf("%s: %q names no source", name, from)
		}
	}
	for name := range lines {
		t.Errorf("%s has a line and no file", name)
	}
	for _, must := range []string{"Copyright (C) 2006 Michel Gutierrez", "Armelle Desjardins", "THIS SOFTWARE IS PROVIDED", "Allison Smith", "https://creativecommons.org/licenses/by-sa/3.0/"} {
		if !strings.Contains(Licences(), must) {
			t.Errorf("the licences do not say %q", must)
		}
	}
}

func TestOurOwnSoundsAreWhatWeComposed(t *testing.T) {
	for name, want := range map[string][]int16{"own/music": compose.HoldMusic(), "own/welcome": compose.Chime(), "own/beep": compose.Beep()} {
		got := samples(t, name)
		if len(got) != len(want) {
			t.Fatalf("%s: %d samples, composed %d", name, len(got), len(want))
		}
		for i := range got { // A-law rounds by at most 1/32, and machines differ in the last bit
			if d := abs(got[i] - want[i]); d > 16+abs(want[i])/32 {
				t.Fatalf("%s differs at sample %d: %d, composed %d", name, i, got[i], want[i])
			}
		}
	}
}

func TestSoundsHaveTheirNamesInPlans(t *testing.T) {
	for name, want := range map[string]string{
		"own/music": "music:default", "own/welcome": "prompt:welcome", "own/beep": "prompt:beep", "fr/prompt/goodbye": "prompt:fr/goodbye", "en/atom/20": "atom:en/20",
	} {
		if got := Plan(name); string(got) != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	seen := map[string]string{}
	for _, name := range Names() {
		p := string(Plan(name))
		if seen[p] != "" {
			t.Errorf("%s and %s are both %s", name, seen[p], p)
		}
		seen[p] = name
	}
}

func TestAnUnknownSoundIsNamed(t *testing.T) {
	for _, name := range []string{"", "fr/prompt/none", "../sounds", "/etc/passwd"} {
		if _, err := ALaw(name); err == nil {
			t.Errorf("%q is a sound", name)
		}
	}
}
