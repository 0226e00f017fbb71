package g711_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/internal/against"
)

// theirs runs spandsp over frames of 160 noisy samples; the argument says
// what: d decodes, e encodes, t transcodes A-law to µ-law.
const theirs = `
static int16_t pcm[160];
static uint8_t enc[160], out[160];
static g711_state_t *s, *u;
static void decode(void) { g711_decode(s, pcm, enc, 160); }
static void encode(void) { g711_encode(s, enc, pcm, 160); }
static void transcode(void) { g711_transcode(u, out, enc, 160); }
int main(int c, char **v)
{
	s = g711_init(NULL, v[2][0] == 'a' ? G711_ALAW : G711_ULAW);
	u = g711_init(NULL, G711_ALAW);
	for (int i = 0; i < 160; i++) {
		enc[i] = rand();
		pcm[i] = (rand() % 65536 - 32768) / (1 + rand() % 64);
	}
	printf("%f\n", least(v[1][0] == 'd' ? decode : v[1][0] == 'e' ? encode : transcode, 160));
	return 0;
}
`

// BenchmarkFrame works on frames of 160 samples; both ways are to stay within
// 0.5 ns a sample.
func BenchmarkFrame(b *testing.B) {
	pcm, enc, out := make([]int16, g711.FrameSize), make([]byte, g711.FrameSize), make([]byte, g711.FrameSize)
	rnd := rand.New(rand.NewPCG(7, 11))
	for i := range pcm {
		pcm[i], enc[i] = int16(rnd.IntN(65536)-32768)/int16(1+rnd.IntN(64)), byte(rnd.Uint32())
	}
	compare := func(what string, law g711.Law, f func()) {
		letter := "a"
		if law == g711.ULaw {
			letter = "u"
		}
		b.Run(fmt.Sprintf("%s-%v", what, law), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
			ours := against.Least(f, len(pcm))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ours, "ns/sample")
			if ns, ok := against.Spandsp(b, theirs, what, letter); ok {
				b.ReportMetric(ns, "spandsp-ns/sample")
				b.ReportMetric(ours/ns, "ours/spandsp")
			}
		})
	}
	for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
		compare("decode", law, func() { law.Decode(pcm, enc) })
	}
	for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
		compare("encode", law, func() { law.Encode(out, pcm) })
	}
	compare("transcode", g711.ALaw, func() { g711.Transcode(out, g711.ULaw, enc, g711.ALaw) })
}
