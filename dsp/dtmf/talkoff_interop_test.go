//go:build interop

package dtmf_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
	"autocom/dsp/upload"
	"autocom/dsp/wav"
)

// TestTalkOff hears two hours of people and music in which nobody presses a
// key, at four places of the blocks and at three levels.
func TestTalkOff(t *testing.T) {
	total := 0.0
	for _, c := range []struct{ dir, kind, pkg string }{
		{"/usr/share/asterisk/sounds/en_US_f_Allison", ".wav", "asterisk-core-sounds-en-wav"},
		{"/usr/share/asterisk/sounds/fr_CA_f_June", ".wav", "asterisk-core-sounds-fr-wav"},
		{"/usr/share/klettres", ".ogg", "klettres-data"},
		{"/usr/share/asterisk/moh", ".wav", "asterisk-moh-opsound-wav"},
	} {
		n, files := 0, 0
		err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != c.kind {
				return err
			}
			s, err := sound(path)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			files++
			n += len(s)
			for i, dB := range []float64{0, 6, -10, 0} {
				var r dtmf.Receiver
				r.Write(nil, make([]int16, i*dtmf.Block/4))
				if got := r.Write(nil, through(g711.ALaw, scaled(s, dB))); len(got) != 0 {
					t.Errorf("%s at %v dB: heard %q", path, dB, got)
				}
			}
			return nil
		})
		if files == 0 {
			t.Errorf("no sounds to hear: install the Debian package %s", c.pkg)
		}
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
		t.Logf("%s: %d files, %.1f min", c.pkg, files, float64(n)/8000/60)
		total += float64(n) / 8000 / 60
	}
	if total < 115 {
		t.Errorf("%.1f min of sounds, less than the two hours there should be", total)
	}
}

func sound(path string) ([]int16, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(path) != ".wav" {
		s, err := upload.Read(bytes.NewReader(b), upload.Limits{})
		return s.Samples, err
	}
	r, err := wav.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	s := make([]int16, len(b))
	for n := 0; ; {
		got, err := r.Read(s[n:])
		if n += got; err != nil {
			return s[:n], nil // io.EOF, after whole samples
		}
	}
}
