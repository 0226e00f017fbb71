package dtmf_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"autocom/dsp/dtmf"
	"autocom/dsp/internal/against"
)

// receive is spandsp's receiver over a file of samples, in frames of 20 ms.
const receive = `
static int16_t s[80000];
static int n;
static dtmf_rx_state_t *rx;
static void run(void)
{
	char d[128];
	for (int i = 0; i + 160 <= n; i += 160)
		dtmf_rx(rx, s + i, 160);
	dtmf_rx_get(rx, d, 127);
}
int main(int c, char **v)
{
	FILE *f = fopen(v[1], "rb");
	n = fread(s, 2, 80000, f);
	rx = dtmf_rx_init(NULL, NULL, NULL);
	printf("%f\n", least(run, n));
	return 0;
}
`

const send = `
static int16_t s[16000];
static dtmf_tx_state_t *tx;
static void run(void)
{
	dtmf_tx_put(tx, "0123456789*#ABCD", -1);
	for (int i = 0; i < 16000; i += 160)
		dtmf_tx(tx, s + i, 160);
}
int main(void)
{
	tx = dtmf_tx_init(NULL);
	dtmf_tx_set_timing(tx, 70, 70);
	printf("%f\n", least(run, 16000));
	return 0;
}
`

// BenchmarkReceiver hears a voice and keys pressed as fast as they may be, and
// lets spandsp hear the same.
func BenchmarkReceiver(b *testing.B) {
	for _, c := range []struct {
		name string
		s    []int16
	}{{"voice", voice(1, 80000)}, {"keys", dial(b, all+all, 560, 560)}, {"silence", make([]int16, 8000)}} {
		b.Run(c.name, func(b *testing.B) {
			s := c.s[:len(c.s)/160*160]
			var r dtmf.Receiver
			room := make([]byte, 0, 64)
			run := func() {
				for i := 0; i < len(s); i += 160 {
					r.Write(room, s[i:i+160])
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(0, "ns/op")
			ours := against.Least(run, len(s))
			b.ReportMetric(ours, "ns/sample")
			raw := make([]byte, 0, 2*len(s))
			for _, x := range s {
				raw = binary.NativeEndian.AppendUint16(raw, uint16(x))
			}
			file := filepath.Join(b.TempDir(), "samples")
			if err := os.WriteFile(file, raw, 0o600); err != nil {
				b.Fatal(err)
			}
			if theirs, ok := against.Spandsp(b, receive, file); ok {
				b.ReportMetric(theirs, "spandsp-ns/sample")
				b.ReportMetric(ours/theirs, "ours/spandsp")
			}
		})
	}
}

func BenchmarkGenerator(b *testing.B) {
	var g dtmf.Generator
	s := make([]int16, 16000)
	run := func() {
		if g.Done() {
			g.Dial(all)
		}
		for i := 0; i < len(s); i += 160 {
			g.Next(s[i : i+160])
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(0, "ns/op")
	ours := against.Least(run, len(s))
	b.ReportMetric(ours, "ns/sample")
	if theirs, ok := against.Spandsp(b, send); ok {
		b.ReportMetric(theirs, "spandsp-ns/sample")
		b.ReportMetric(ours/theirs, "ours/spandsp")
	}
}
