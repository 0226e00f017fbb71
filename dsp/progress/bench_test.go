package progress_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"autocom/dsp/internal/against"
	"autocom/dsp/level"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

// talk is ten seconds of something like speech at −20 dBm0: syllables of four
// a second, voiced by a pitch that wanders, or noise, with pauses.
func talk() []int16 {
	rnd := rand.New(rand.NewPCG(3, 4))
	out := make([]int16, 80000)
	phase, pitch := 0.0, 120.0
	for i := range out {
		syllable := i / 2000
		if i%2000 == 0 {
			pitch = 90 + 150*rnd.Float64()
		}
		phase += pitch / 8000
		var x float64
		switch syllable % 5 {
		case 0, 1, 3:
			for h := 1; h < 20; h++ {
				formant := 1/(1+math.Pow((float64(h)*pitch-500)/150, 2)) + 0.3/(1+math.Pow((float64(h)*pitch-1500)/200, 2))
				x += formant * math.Cos(2*math.Pi*phase*float64(h))
			}
		case 2:
			x = 0.3 * rnd.NormFloat64()
		}
		out[i] = level.Clip(x * 1500 * math.Sin(math.Pi*float64(i%2000)/2000))
	}
	return render{}.line(out)
}

// spandsp hears the same samples for what ours finds at once: the cadences of
// the French plan, fax calling, fax answering. Ours finds beeps besides.
const spandsp = `
static int16_t s[100000];
static int n;
static super_tone_rx_state_t *st;
static modem_connect_tones_rx_state_t *ced, *cng;
static void heard(void *u, int code, int level, int delay) {}
static void run(void)
{
	for (int i = 0; i + 160 <= n; i += 160) {
		super_tone_rx(st, s + i, 160);
		modem_connect_tones_rx(ced, s + i, 160);
		modem_connect_tones_rx(cng, s + i, 160);
	}
}
int main(int c, char **v)
{
	FILE *f = fopen(v[1], "rb");
	n = fread(s, 2, 100000, f);
	super_tone_rx_descriptor_t *d = super_tone_rx_make_descriptor(NULL);
	int t = super_tone_rx_add_tone(d);
	super_tone_rx_add_element(d, t, 440, 0, 1800, 0);
	t = super_tone_rx_add_tone(d);
	super_tone_rx_add_element(d, t, 330, 440, 1000, 0);
	int cadence[4][2] = {{1500, 3500}, {500, 500}, {250, 250}, {50, 50}};
	for (int i = 0; i < 4; i++) {
		t = super_tone_rx_add_tone(d);
		super_tone_rx_add_element(d, t, 440, 0, cadence[i][0]*0.85, cadence[i][0]*1.15);
		super_tone_rx_add_element(d, t, 0, 0, cadence[i][1]*0.85, cadence[i][1]*1.15);
	}
	t = super_tone_rx_add_tone(d);
	int sit[3] = {950, 1400, 1800};
	for (int i = 0; i < 3; i++)
		super_tone_rx_add_element(d, t, sit[i], 0, 250, 400);
	st = super_tone_rx_init(NULL, d, heard, NULL);
	ced = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_ANS_PR, heard, NULL);
	cng = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CNG, heard, NULL);
	printf("%f\n", least(run, n));
	return 0;
}
`

func bench(b *testing.B, x []int16, compare bool, plans ...tone.Plan) {
	d := progress.New(plans...)
	reports := make([]progress.Report, 0, 16)
	x = x[:len(x)/160*160]
	run := func() {
		for i := 0; i < len(x); i += 160 {
			reports = d.Write(reports[:0], x[i:i+160])
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(0, "ns/op")
	ours := against.Least(run, len(x))
	b.ReportMetric(ours, "ns/sample")
	if !compare {
		return
	}
	raw := make([]byte, 0, 2*len(x))
	for _, s := range x {
		raw = binary.NativeEndian.AppendUint16(raw, uint16(s))
	}
	file := filepath.Join(b.TempDir(), "samples")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		b.Fatal(err)
	}
	if theirs, ok := against.Spandsp(b, spandsp, file); ok {
		b.ReportMetric(theirs, "spandsp-ns/sample")
		b.ReportMetric(ours/theirs, "ours/spandsp")
	}
}

func BenchmarkWrite(b *testing.B) {
	us, err := tone.In("US")
	if err != nil {
		b.Fatal(err)
	}
	fr := tone.France()
	b.Run("talk/FR", func(b *testing.B) { bench(b, talk(), true, fr) })
	b.Run("talk/US", func(b *testing.B) { bench(b, talk(), false, us) })
	b.Run("ringback/FR", func(b *testing.B) { bench(b, render{}.play(fr.Tone(tone.Ringback), 80000), true, fr) })
	b.Run("ringback/US", func(b *testing.B) { bench(b, render{}.play(us.Tone(tone.Ringback), 96000), false, us) })
	b.Run("dial/FR", func(b *testing.B) { bench(b, render{}.play(fr.Tone(tone.Dial), 80000), true, fr) })
	b.Run("noise/FR", func(b *testing.B) { bench(b, render{noise: -20, seed: 1}.line(make([]int16, 80000)), true, fr) })
	b.Run("silence/FR", func(b *testing.B) { bench(b, make([]int16, 80000), true, fr) })
}
