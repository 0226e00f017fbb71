package report

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"autocom/dsp/progress"
	"autocom/dsp/tone"
	"autocom/dsp/upload"
)

// progressTalkOff hears two hours of people and music from Debian's packages, in which there is no tone but the beep of one file.
func progressTalkOff(ctx context.Context, p *Page) error {
	minutes, heard := 0.0, []string{}
	var missing []string
	for _, c := range []struct{ dir, ending, pack string }{
		{"/usr/share/asterisk/sounds/en_US_f_Allison", ".wav", "asterisk-core-sounds-en-wav"},
		{"/usr/share/asterisk/sounds/fr_CA_f_June", ".wav", "asterisk-core-sounds-fr-wav"},
		{"/usr/share/klettres", ".ogg", "klettres-data"},
		{"/usr/share/asterisk/moh", ".wav", "asterisk-moh-opsound-wav"},
	} {
		before := minutes
		err := filepath.WalkDir(c.dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != c.ending || filepath.Base(path) == "beep.wav" {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			s, err := upload.Read(bytes.NewReader(raw), upload.Limits{})
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			minutes += float64(len(s.Samples)) / 8000 / 60
			for _, name := range progressFalse(s.Samples) {
				heard = append(heard, filepath.Base(path)+": "+name)
			}
			return nil
		})
		if os.IsNotExist(err) || minutes == before && err == nil {
			missing = append(missing, c.pack)
		} else if err != nil {
			return err
		}
	}
	v := Verdict{
		What:   "false reports over people and music (Debian's asterisk-core-sounds-en and -fr, klettres-data, asterisk-moh-opsound), with the plans of 6 countries",
		Wanted: "none in 121 minutes", Measured: fmt.Sprintf("%d in %.0f minutes", len(heard), minutes), Holds: len(heard) == 0 && minutes > 110,
	}
	if len(heard) > 0 {
		v.Measured += ": " + strings.Join(heard[:min(len(heard), 5)], ", ")
	}
	if len(missing) > 0 {
		v.Measured += "; not installed: " + strings.Join(missing, ", ")
	}
	p.Verdicts = append(p.Verdicts, v)
	return nil
}

func progressFalse(x []int16) []string {
	progressALaw(x)
	var out []string
	for _, code := range []string{"FR", "DE", "ES", "IT", "GB", "US"} {
		plan, err := tone.In(code)
		if err != nil {
			return []string{err.Error()}
		}
		for _, r := range progress.New(plan).Write(nil, x) {
			out = append(out, fmt.Sprintf("%v at %.2f s", r.Kind, float64(r.Began)/8000))
		}
	}
	return out
}
