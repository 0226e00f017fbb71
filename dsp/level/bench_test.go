package level_test

import (
	"testing"

	"autocom/dsp/internal/against"
	"autocom/dsp/level"
)

// cost reports the least processor time a sample of f, which handles 160.
func cost(b *testing.B, f func()) float64 {
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
	ns := against.Least(f, 160)
	b.ReportMetric(ns, "ns/sample")
	return ns
}

func BenchmarkOf(b *testing.B) {
	s := talk(1, -20, -60, 1)[800:960]
	cost(b, func() { level.Of(s) })
}

// The product of a running meter in spandsp is its power meter.
const powerMeter = `
static power_meter_t *meter;
static int16_t sound[160];
static volatile int32_t sink;
static void measure(void)
{
	for (int i = 0; i < 160; i++)
		sink = power_meter_update(meter, sound[i]);
}
int main(void)
{
	for (int i = 0; i < 160; i++)
		sound[i] = 3000*sin(i*0.314);
	meter = power_meter_init(NULL, 7);
	printf("%f\n", least(measure, 160));
	return 0;
}
`

func BenchmarkRunning(b *testing.B) {
	s := talk(1, -20, -60, 1)[800:960]
	var r level.Running
	ours := cost(b, func() { r.Add(s) })
	if theirs, ok := against.Spandsp(b, powerMeter); ok {
		b.ReportMetric(ours/theirs, "×spandsp")
	}
}

func BenchmarkMeter(b *testing.B) {
	s := talk(1, -20, -60, 1)
	var m level.Meter
	k := 0
	cost(b, func() {
		m.Add(s[k : k+160])
		k = (k + 160) % 8000
	})
}

func BenchmarkAGC(b *testing.B) {
	s, buf := talk(1, -30, -70, 1), make([]int16, 160)
	a := level.NewAGC(level.Target, level.MaxGain)
	k := 0
	cost(b, func() {
		copy(buf, s[k:k+160])
		k = (k + 160) % 8000
		a.Process(buf)
	})
}

func BenchmarkLimiter(b *testing.B) {
	for name, dBm0 := range map[string]float64{"below": -20, "over": 3} {
		b.Run(name, func(b *testing.B) {
			l, s, buf := level.NewLimiter(-3), at(440, dBm0, 160), make([]int16, 160)
			cost(b, func() {
				copy(buf, s)
				l.Process(buf)
			})
		})
	}
}
