//go:build interop

package report

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// oracle prints the integrated loudness, the greatest momentary one and the true peak of raw float samples, by libebur128.
const oracle = `
#include <ebur128.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
int main(int argc, char **argv) {
	int rate = atoi(argv[1]), channels = atoi(argv[2]), step = rate / 10;
	ebur128_state *s = ebur128_init(channels, rate, EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_M);
	float *b = malloc(sizeof(float) * step * channels);
	double most = -HUGE_VAL, top = 0, v, p;
	size_t n;
	while ((n = fread(b, sizeof(float) * channels, step, stdin)) > 0) {
		if (ebur128_add_frames_float(s, b, n)) return 2;
		if (!ebur128_loudness_momentary(s, &v) && v > most) most = v;
	}
	if (ebur128_loudness_global(s, &v)) return 3;
	for (int c = 0; c < channels; c++)
		if (!ebur128_true_peak(s, c, &p) && p > top) top = p;
	printf("%.4f %.4f %.4f\n", v, most, 20 * log10(top));
	return 0;
}`

// TestVectorsAreWhatLibebur128Says keeps the constants of the report honest.
func TestVectorsAreWhatLibebur128Says(t *testing.T) {
	dir := t.TempDir()
	source, program := filepath.Join(dir, "oracle.c"), filepath.Join(dir, "oracle")
	if err := os.WriteFile(source, []byte(oracle), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "gcc", "-O2", "-o", program, source, "-lebur128", "-lm").CombinedOutput(); err != nil {
		t.Fatalf("libebur128 is missing (Debian packages gcc and libebur128-dev): %v\n%s", err, out)
	}
	for _, v := range loudnessVectors() {
		var raw bytes.Buffer
		if err := binary.Write(&raw, binary.LittleEndian, v.make(v.rate, v.channels)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), program, fmt.Sprint(v.rate), fmt.Sprint(v.channels))
		cmd.Stdin = &raw
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var i, m, p float64
		if _, err := fmt.Sscan(string(out), &i, &m, &p); err != nil {
			t.Fatal(err)
		}
		if math.Abs(i-v.integrated)+math.Abs(m-v.momentary)+math.Abs(p-v.peak) > 0.001 {
			t.Errorf("%s, %d Hz ×%d: libebur128 says %s", v.name, v.rate, v.channels, out)
		}
	}
}
