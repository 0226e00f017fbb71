//go:build interop

package progress_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"autocom/dsp/level"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
	"autocom/dsp/upload"
	"autocom/dsp/wav"
)

// TestTalkOff hears two hours of people and music, at four levels and with the
// plans of six countries. The only tone in it is the one file that holds a
// beep.
func TestTalkOff(t *testing.T) {
	minutes := 0.0
	for _, c := range []struct{ dir, ending, pack string }{
		{"/usr/share/asterisk/sounds/en_US_f_Allison", ".wav", "asterisk-core-sounds-en-wav"},
		{"/usr/share/asterisk/sounds/fr_CA_f_June", ".wav", "asterisk-core-sounds-fr-wav"},
		{"/usr/share/klettres", ".ogg", "klettres-data"},
		{"/usr/share/asterisk/moh", ".wav", "asterisk-moh-opsound-wav"},
	} {
		heard := 0.0
		err := filepath.WalkDir(c.dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != c.ending {
				return err
			}
			x, err := recording(path)
			if err != nil {
				return err
			}
			heard += float64(len(x)) / 8000 / 60
			talkOff(t, path, x)
			return nil
		})
		if err != nil || heard == 0 {
			t.Fatalf("the talk-off test hears the Debian package %s: apt-get install %s (%v)", c.pack, c.pack, err)
		}
		minutes += heard
	}
	t.Logf("%.0f minutes", minutes)
	if minutes < 110 {
		t.Errorf("only %.0f minutes were heard", minutes)
	}
}

func talkOff(t *testing.T, path string, x []int16) {
	beeps := 0
	if filepath.Base(path) == "beep.wav" {
		beeps = 1
	}
	for _, dB := range []float64{0, -10, -20, 6} {
		y := make([]int16, len(x), len(x)+1600)
		for i, s := range x {
			y[i] = level.Clip(float64(s) * level.Peak(dB) / level.Peak(0))
		}
		y = render{}.line(append(y, make([]int16, 1600)...))
		for _, code := range []string{"FR", "DE", "ES", "IT", "GB", "US"} {
			plan, err := tone.In(code)
			if err != nil {
				t.Fatal(err)
			}
			got := listen(progress.New(plan), y)
			if len(got) == beeps && (beeps == 0 || got[0].Kind == progress.Beep) {
				continue
			}
			for _, r := range got {
				t.Errorf("%s, %+.0f dB, %s: %v %.0f Hz from %.2f to %.2f s at %.1f dBm0", path, dB, code, r.Kind, r.Hz,
					float64(r.Began)/8000, float64(r.Ended)/8000, r.DBm0)
			}
		}
	}
}

func recording(path string) ([]int16, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(path) != ".wav" {
		s, err := upload.Read(bytes.NewReader(raw), upload.Limits{})
		return s.Samples, err
	}
	r, err := wav.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	x := make([]int16, len(raw))
	for n := 0; ; {
		got, err := r.Read(x[n:])
		if n += got; errors.Is(err, io.EOF) {
			return x[:n], nil
		} else if err != nil {
			return nil, err
		}
	}
}
