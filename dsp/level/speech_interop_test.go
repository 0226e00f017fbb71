//go:build interop

package level_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"autocom/dsp/level"
	"autocom/dsp/wav"
)

// recordings are prompts spoken by people, every one of step, of a Debian package.
func recordings(t *testing.T, pkg, dir string, step int) (names []string, sounds [][]int16) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("/usr/share/asterisk/sounds", dir, "*.wav"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no recorded speech: install the Debian package %s", pkg)
	}
	for i := 0; i < len(all); i += step {
		b, err := os.ReadFile(all[i])
		if err != nil {
			t.Fatal(err)
		}
		f, data, err := wav.Parse(b)
		if err != nil || f.Channels != 1 || f.Encoding != wav.PCM16 {
			t.Fatalf("%s: %v %+v", all[i], err, f)
		}
		s := make([]int16, len(data)/2)
		for k := range s {
			s[k] = int16(uint16(data[2*k]) | uint16(data[2*k+1])<<8)
		}
		names, sounds = append(names, all[i]), append(sounds, s)
	}
	return names, sounds
}

func TestP56OnRecordedSpeechAgreesWithTheLetterAndSox(t *testing.T) {
	sox, err := exec.LookPath("sox")
	if err != nil {
		t.Fatal("no program to compare with: install the Debian package sox")
	}
	for pkg, dir := range map[string]string{
		"asterisk-core-sounds-en-wav": "en_US_f_Allison", "asterisk-core-sounds-fr-wav": "fr_CA_f_June",
	} {
		names, sounds := recordings(t, pkg, dir, 9)
		for i, s := range sounds {
			var m level.Meter
			m.Add(s)
			got, activity := m.Active()
			if want, part := byTheLetter(s); math.Abs(got-want) > 1e-6 || math.Abs(activity-part) > 1e-6 {
				t.Errorf("%s: %.4f %.4f, want %.4f %.4f", names[i], got, activity, want, part)
			}
			if got < m.Mean() || got > m.Mean()+10 || activity < 0.1 || activity > 1 {
				t.Errorf("%s: active %.2f dBm0, mean %.2f, activity %.2f", names[i], got, m.Mean(), activity)
			}
			text, err := exec.CommandContext(t.Context(), sox, names[i], "-n", "stats").CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			// sox gives dB below a square wave that fills the range.
			if rms := stat(t, text, "RMS lev dB"); math.Abs(rms+level.Overload+10*math.Log10(2)-m.Mean()) > 0.011 {
				t.Errorf("%s: mean %.3f dBm0, sox %.2f dB", names[i], m.Mean(), rms)
			}
			if pk := stat(t, text, "Pk lev dB"); math.Abs(pk-20*math.Log10(float64(m.Peak())/32768)) > 0.011 {
				t.Errorf("%s: peak %d, sox %.2f dB", names[i], m.Peak(), pk)
			}
		}
		t.Logf("%s: %d recordings", pkg, len(sounds))
	}
}

func stat(t *testing.T, text []byte, what string) float64 {
	t.Helper()
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, what); ok {
			x, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
	}
	t.Fatalf("sox says nothing of %q:\n%s", what, text)
	return 0
}

func TestAGCOnRecordedSpeech(t *testing.T) {
	for pkg, dir := range map[string]string{
		"asterisk-core-sounds-en-wav": "en_US_f_Allison", "asterisk-core-sounds-fr-wav": "fr_CA_f_June",
	} {
		_, sounds := recordings(t, pkg, dir, 7)
		var speech []int16
		for _, s := range sounds {
			speech = append(append(speech, s...), make([]int16, 2400)...)
		}
		speech = speech[:min(len(speech), 90*8000)]
		own, _ := level.Active(speech)
		for _, in := range []float64{-34, -28, -20, -14, -10} {
			t.Run(fmt.Sprintf("%s at %v dBm0", dir, in), func(t *testing.T) {
				s := make([]int16, len(speech))
				for i, x := range speech {
					s[i] = level.Clip(float64(x) * math.Pow(10, (in-own)/20))
				}
				out, gains := through(level.NewAGC(level.Target, level.MaxGain), s)
				for from := 10; from+20 <= 90; from += 20 {
					if got, _ := level.Active(out[from*8000 : (from+20)*8000]); math.Abs(got-level.Target) > 2 {
						t.Errorf("%.2f dBm0 from %d s on", got, from)
					}
				}
				for i := 1; i < len(gains); i++ {
					if step := math.Abs(gains[i] - gains[i-1]); step > 0.12+1e-9 {
						t.Fatalf("%.3f dB in 20 ms", step)
					}
				}
			})
		}
	}
}
