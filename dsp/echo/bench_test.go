package echo

import (
	"fmt"
	"testing"

	"autocom/dsp/echo/g168"
	"autocom/dsp/internal/against"
)

// spandspCanceller converges on the same kind of signal: noise through a short echo. The shipped library writes text for every sample, which
// goes to /dev/null here, but costs: the figure is of what can be installed.
const spandspCanceller = `
#include <fcntl.h>
#include <unistd.h>

static echo_can_state_t *ec;
static int16_t far_[8000], near_[8000];
static int at;

static void frame(void)
{
	for (int i = 0; i < 160; i++)
		(void) echo_can_update(ec, far_[at + i], near_[at + i]);
	at = (at + 160) % 8000;
}

int main(int argc, char *argv[])
{
	ec = echo_can_init(atoi(argv[1]), ECHO_CAN_USE_ADAPTION | ECHO_CAN_USE_NLP | ECHO_CAN_USE_CNG);
	uint32_t seed = 1;
	for (int i = 0; i < 8000; i++) {
		seed = seed*1664525 + 1013904223;
		far_[i] = (int16_t) ((seed >> 16) % 8001 - 4000);
		near_[i] = i < 20 ? 0 : far_[i - 20]/3;
	}
	int stdout_ = dup(1), null = open("/dev/null", O_WRONLY);
	dup2(null, 1);
	double ns = least(frame, 160);
	fflush(stdout);
	dup2(stdout_, 1);
	printf("\n%f\n", ns);
	return 0;
}
`

// BenchmarkCanceller is the cost a sample while both filters work: the far end speaks all the time.
func BenchmarkCanceller(b *testing.B) {
	for _, taps := range []int{128, 256, 512} {
		b.Run(fmt.Sprint(taps), func(b *testing.B) {
			b.ReportAllocs()
			c := New(taps)
			far := g168.White(8000, -15, 1)
			near, out := make([]int16, 8000), make([]int16, 160)
			for i := 20; i < len(near); i++ {
				near[i] = far[i-20] / 3
			}
			at := 0
			frame := func() {
				c.Process(far[at:at+160], near[at:at+160], out)
				at = (at + 160) % 8000
			}
			for b.Loop() {
				frame()
			}
			ours := against.Least(frame, 160)
			b.ReportMetric(ours, "ns/sample")
			if theirs, ok := against.Spandsp(b, spandspCanceller, fmt.Sprint(taps)); ok {
				b.ReportMetric(theirs, "spandsp-ns/sample")
				b.ReportMetric(ours/theirs, "of-spandsp")
			}
		})
	}
}

// BenchmarkCancellerIdle is the cost while the far end is silent.
func BenchmarkCancellerIdle(b *testing.B) {
	b.ReportAllocs()
	c := New(256)
	far, near, out := make([]int16, 160), g168.White(160, -20, 1), make([]int16, 160)
	frame := func() { c.Process(far, near, out) }
	for b.Loop() {
		frame()
	}
	b.ReportMetric(against.Least(frame, 160), "ns/sample")
}
