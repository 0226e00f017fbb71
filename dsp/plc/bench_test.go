package plc_test

import (
	"testing"

	"autocom/dsp/internal/against"
	"autocom/dsp/plc"
	"autocom/dsp/plc/listen"
)

// theirs loses one frame in ten, as BenchmarkConcealer does.
const theirs = `
static plc_state_t *s;
static int16_t voice[35680];

static void run(void)
{
	int16_t amp[160];
	for (int f = 0; f < 220; f++) {
		if (f%10 == 9) {
			plc_fillin(s, amp, 160);
		} else {
			memcpy(amp, voice + f*160, sizeof amp);
			plc_rx(s, amp, 160);
		}
	}
}

int main(int argc, char **argv)
{
	FILE *f = fopen(argv[1], "rb");
	fseek(f, 44, SEEK_SET);
	if (fread(voice, 2, 35200, f) != 35200) return 1;
	s = plc_init(NULL);
	printf("%f\n", least(run, 220*160));
	return 0;
}
`

func BenchmarkConcealer(b *testing.B) {
	s := listen.Sentence()
	for _, c := range []struct {
		name  string
		every int
	}{{"no loss", 0}, {"10 percent", 10}, {"50 percent", 2}} {
		b.Run(c.name, func(b *testing.B) {
			var p plc.Concealer
			buf := make([]int16, frame)
			run := func() {
				for i := range 220 {
					if c.every > 0 && i%c.every == c.every-1 {
						p.Lost(buf)
					} else {
						copy(buf, s[i*frame:])
						p.Good(buf)
					}
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(0, "ns/op")
			ours := against.Least(run, 220*frame)
			b.ReportMetric(ours, "ns/sample")
			if c.every != 10 {
				return
			}
			if spandsp, ok := against.Spandsp(b, theirs, "listen/testdata/transfert.wav"); ok {
				b.ReportMetric(spandsp, "spandsp-ns/sample")
				b.ReportMetric(ours/spandsp, "ours/spandsp")
			}
		})
	}
}
