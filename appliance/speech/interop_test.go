//go:build interop

package speech

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/dsp/level"
	"autocom/dsp/wav"
)

// needs fails in words when a Debian package is not installed.
func needs(t *testing.T, file, debian string) {
	t.Helper()
	if _, err := exec.LookPath(file); err == nil {
		return
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("%s is not there: install the Debian package %s", file, debian)
	}
}

const (
	acoustic = "/usr/share/pocketsphinx/model/en-us"
	allison  = "/usr/share/asterisk/sounds/en_US_f_Allison/digits"
)

func digits() []string {
	return []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
}

// pocketsphinx recognises samples within a grammar of the ten digits.
func pocketsphinx(t *testing.T) func([]int16, int) string {
	dir := t.TempDir()
	grammar := filepath.Join(dir, "digits.gram")
	if err := os.WriteFile(grammar, []byte("#JSGF V1.0;\ngrammar digits;\npublic <digit> = "+strings.Join(digits(), " | ")+";\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(samples []int16, rate int) string {
		if rate != 16000 {
			t.Errorf("the model hears at 16 kHz, and was given %d Hz", rate)
		}
		var raw []byte
		for _, s := range samples {
			raw = binary.LittleEndian.AppendUint16(raw, uint16(s))
		}
		hypothesis := filepath.Join(dir, "heard")
		for file, text := range map[string][]byte{"said.raw": raw, "list": []byte("said\n")} {
			if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
				t.Error(err)
			}
		}
		// The batch program takes the mean of the whole answer off, which the telephone's narrow band needs; the continuous one takes off the mean
		// of what it heard before, and a menu's answer is the first thing it hears.
		cmd := exec.Command("pocketsphinx_batch", "-adcin", "yes", "-cepdir", dir, "-cepext", ".raw", "-ctl", filepath.Join(dir, "list"), "-hyp", hypothesis,
			"-hmm", acoustic+"/en-us", "-dict", acoustic+"/cmudict-en-us.dict", "-jsgf", grammar, "-logfn", os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("pocketsphinx_batch: %v\n%s", err, out)
		}
		text, err := os.ReadFile(hypothesis)
		if err != nil {
			t.Error(err)
		}
		words, _, _ := strings.Cut(string(text), "(") // then the file's name and a score
		return strings.TrimSpace(words)
	}
}

// Ten human digits through the whole way: Listen finds the answer in the sound, Server brings it to 16 kHz and over a socket, pocketsphinx recognises
// it, the grammar says what it means. Six of ten is what this model does with telephone sound; the test is that the way is whole, not that the
// engine is good.
func TestHumanDigitsAreRecognisedThroughTheServer(t *testing.T) {
	needs(t, "pocketsphinx_batch", "pocketsphinx")
	needs(t, acoustic+"/cmudict-en-us.dict", "pocketsphinx-en-us")
	needs(t, allison+"/0.wav", "asterisk-core-sounds-en-wav")
	s := server(t, &fake{hears: pocketsphinx(t)}, 16000, 1)
	g := Grammar{Language: "en", Keys: map[rune]string{}}
	for i, word := range digits() {
		intent := string(rune('0' + i))
		g.Phrases = append(g.Phrases, Phrase{word, intent})
		g.Keys[rune('0'+i)] = intent
	}
	right := 0
	for i, word := range digits() {
		text, err := os.ReadFile(filepath.Join(allison, string(rune('0'+i))+".wav"))
		if err != nil {
			t.Fatal(err)
		}
		_, data, err := wav.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		audio := make(chan []int16, 500)
		quiet := func(n int) {
			for range n {
				audio <- make([]int16, 160)
			}
		}
		quiet(20)
		for x := mono(data, 1, nil); len(x) >= 160; x = x[160:] {
			audio <- x[:160]
		}
		quiet(60)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		got, _ := final(t, Listen(ctx, s, Question{Grammar: g, Audio: audio, Limits: Limits{Answer: 20 * time.Second}}))
		cancel()
		if got.Kind != Recognised && got.Kind != NoMatch {
			t.Fatalf("%s: %v, %v", word, got.Kind, got.Why)
		}
		t.Logf("%s was heard as %q", word, got.Text)
		if got.Intent == string(rune('0'+i)) {
			right++
		}
	}
	t.Logf("%d of 10 digits", right)
	if right < 6 {
		t.Errorf("%d of 10 digits are recognised, want 6", right)
	}
}

func TestEspeakSpeaksFrenchAndEnglish(t *testing.T) {
	needs(t, "/usr/bin/espeak-ng", "espeak-ng")
	e, err := NewEspeak("/usr/bin/espeak-ng", 1)
	if err != nil {
		t.Fatal(err)
	}
	for language, text := range map[string]string{"fr-FR": "Il est quatorze heures trente, votre rendez-vous est demain.", "en": "It is half past two, your appointment is tomorrow.", "fr-BE": "Nonante et un."} {
		x, err := Say(t.Context(), e, text, language, 20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		active, activity := level.Active(x)
		if seconds := float64(len(x)) / sampleRate; seconds < 0.6 || seconds > 8 || active < -35 || active > -5 || activity < 0.4 {
			t.Errorf("%s: %.1f s at %.1f dBm0, %.0f %% of them speech", language, seconds, active, 100*activity)
		}
	}
}
