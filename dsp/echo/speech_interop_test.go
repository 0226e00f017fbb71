//go:build interop

package echo_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"autocom/dsp/echo"
	"autocom/dsp/echo/g168"
	"autocom/dsp/level"
	"autocom/dsp/wav"
)

// prompts are the recorded voices of a Debian package, one after the other, brought to dBm0.
func prompts(t *testing.T, language, debian string, n int, dBm0 float64) []int16 {
	t.Helper()
	files, _ := filepath.Glob("/usr/share/asterisk/sounds/" + language + "/*.wav")
	slices.Sort(files)
	var out []int16
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := wav.NewReader(f)
		if err != nil {
			t.Fatal(name, err)
		}
		buf := make([]int16, 8000)
		for {
			k, err := r.Read(buf)
			out = append(out, buf[:k]...)
			if k == 0 || err != nil {
				break
			}
		}
		f.Close()
		if len(out) >= n {
			break
		}
	}
	if len(out) < n {
		t.Fatalf("recorded voices are missing: install the Debian package %s", debian)
	}
	out = out[:n]
	gain := level.Peak(dBm0) / level.Peak(level.Of(out))
	for i, v := range out {
		out[i] = level.Clip(float64(v) * gain)
	}
	return out
}

// Recorded voices instead of the composite signal: learnt, kept through double talk, learnt again.
func TestRecordedVoices(t *testing.T) {
	const n = 60 * 8000
	far := prompts(t, "en_US_f_Allison", "asterisk-core-sounds-en-wav", n, -18)
	near := prompts(t, "fr_CA_f_June", "asterisk-core-sounds-fr-wav", n, -18)
	for i, p := range g168.Paths() {
		c := echo.New(512)
		c.Suppress(false)
		r := g168.NewRig(c, p)
		r.Run(10, far[:80000], nil)
		first := r.ERLE(2, 4)
		learnt := r.ERLE(5, 10)
		r.Run(10, far[80000:160000], near[:80000])
		c.Freeze(true)
		r.Run(5, far[160000:200000], nil)
		kept := r.ERLE(20.5, 25)
		c.Freeze(false)
		r.Change(g168.Paths()[(i+3)%8])
		r.Run(15, far[200000:320000], nil)
		again := r.ERLE(36, 40)
		t.Logf("%s: %.1f dB from 2 s, %.1f from 5 s, %.1f after double talk, %.1f on another line", p.Name, first, learnt, kept, again)
		if first < 12 || learnt < 25 || kept < 25 || again < 25 {
			t.Errorf("%s: too little", p.Name)
		}
	}
}
