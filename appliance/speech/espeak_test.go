package speech

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/dsp/level"
)

// stand writes a small program in the place of espeak-ng.
func stand(t *testing.T, script string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "espeak-ng")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// streamed is a file as espeak-ng writes it to its output: 22,050 Hz, sizes that mean nothing, here with one second of 440 Hz at −10 dBm0.
func streamed() []byte {
	b := []byte("RIFF\x24\xf0\xff\x7fWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x22\x56\x00\x00\x44\xac\x00\x00\x02\x00\x10\x00data\x00\xf0\xff\x7f")
	for i := range 22050 {
		v := int16(level.Peak(-10) * math.Sin(2*math.Pi*440*float64(i)/22050))
		b = append(b, byte(v), byte(v>>8))
	}
	return b
}

func TestATextIsSpokenByAProgram(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sound"), streamed(), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := NewEspeak(stand(t, `echo "$@" > `+dir+`/options; cat > `+dir+`/text; cat `+dir+`/sound`), 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Say(t.Context(), e, "--help [[me]]", "fr", 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 8000 || math.Abs(level.Of(got[1000:7000])+10) > 0.2 {
		t.Errorf("%d samples at %.2f dBm0", len(got), level.Of(got[1000:7000]))
	}
	for file, want := range map[string]string{"options": "-v fr-fr -s 150 --stdin --stdout\n", "text": "--help me\n"} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	if len(e.places) != 0 {
		t.Error("the place is not given back")
	}
}

func TestAProgramThatMisbehavesIsUnavailable(t *testing.T) {
	for name, script := range map[string]string{
		"it fails":              "exit 1",
		"it says something":     "echo 'no such voice, and this line is as long as a header is'",
		"it gives nothing":      "",
		"it does not end":       "sleep 60",
		"it does not end later": "exec cat /dev/zero",
	} {
		t.Run(name, func(t *testing.T) {
			e, err := NewEspeak(stand(t, script), 1)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Say(t.Context(), e, "bonjour", "fr", 200*time.Millisecond)
			if _, typed := errors.AsType[*Unavailable](err); !typed {
				t.Errorf("got %v", err)
			}
			if len(e.places) != 0 {
				t.Error("the place is not given back")
			}
		})
	}
}

func TestAProgramThatIsNotThereIsUnavailable(t *testing.T) {
	_, err := NewEspeak(filepath.Join(t.TempDir(), "espeak-ng"), 1)
	if _, typed := errors.AsType[*Unavailable](err); !typed {
		t.Errorf("got %v", err)
	}
	if _, err := NewEspeak("espeak-ng", 1); err == nil {
		t.Error("a program is looked for in the path")
	}
}

func TestEspeakKnowsItsLanguages(t *testing.T) {
	for name, want := range map[string]string{"fr": "fr-fr", "fr-FR": "fr-fr", "fr-BE": "fr-be", "fr-CH": "fr-ch", "en": "en-gb", "en-US": "en-us", "de": "de", "de-AT": "de"} {
		if got, err := espeakVoice(name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "f", "-v", "fr/../x", "fr fr"} {
		if got, err := espeakVoice(name); err == nil {
			t.Errorf("%q is taken as %q", name, got)
		}
	}
}

func TestTheProgramEndsWithItsCall(t *testing.T) {
	e, err := NewEspeak(stand(t, "exec sleep 60"), 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	if _, err := Say(ctx, e, strings.Repeat("bonjour ", 10), "fr", time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if time.Since(start) > 10*time.Second {
		t.Error("the program went on")
	}
}
