package uplink

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"autocom/cloud-sync/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBackoffIsJitteredAndBounded(t *testing.T) {
	p := Pace{}.filled()
	for n := 1; n < 100; n++ {
		for range 200 {
			if d := p.retry(n, false); d < time.Second || d > p.Most+time.Second {
				t.Fatalf("after %d failures: %s", n, d)
			}
		}
	}
	if d := p.retry(1, true); d > 30*time.Second {
		t.Errorf("the first reconnect after %s", d)
	}
}

func TestRetryAfterRFC9110Section10_2_3(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-1": 0, "99999999999999": 0, "999999": time.Hour, "soon": 0,
		"Mon, 23 Nov 2026 12:05:00 GMT": 5 * time.Minute, "Mon, 23 Nov 2026 11:00:00 GMT": 0, "Mon, 23 Nov 2099 11:00:00 GMT": time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want && (value != "99999999999999" || got != time.Hour) {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestEventsOfAStream(t *testing.T) {
	var got []wire.Nudge
	text := ": hello\n\nevent: nudge\r\ndata: {\"desired\":7}\r\n\r\nevent: other\ndata: {\"desired\":8}\n\nevent: nudge\ndata: nonsense\n\nevent: nudge\ndata:{\"facts\":true}\n\nevent: nudge\ndata: {\"desired\":9}"
	err := readEvents(strings.NewReader(text), func() bool { return true }, func(n wire.Nudge) { got = append(got, n) })
	if !errors.Is(err, io.EOF) || len(got) != 2 || got[0].Desired != 7 || !got[1].Facts {
		t.Errorf("%+v, %v", got, err)
	}
	if err := readEvents(strings.NewReader(strings.Repeat("x", 1<<20)), func() bool { return true }, nil); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("an endless line: %v", err)
	}
	if err := readEvents(strings.NewReader(strings.Repeat("data: xxxxxxxxxxxxxxxxxxxxxxxxxx\n", 1<<12)), func() bool { return true }, nil); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("an endless event: %v", err)
	}
}

func FuzzEvents(f *testing.F) {
	f.Add(": hello\n\nevent: nudge\ndata: {\"desired\":7}\n\n")
	f.Add("event:nudge\ndata:{}\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		if err := readEvents(strings.NewReader(text), func() bool { return true }, func(wire.Nudge) {}); err == nil {
			t.Error("a stream that ended is told as one that was ended")
		}
	})
}
