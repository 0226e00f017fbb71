package load

import (
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Without a box between them, callers and phones must hear every frame.
func TestFramesBothWaysWithoutABox(t *testing.T) {
	m, err := openMedia(70, [sides]netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.11")})
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	for i := range m.streams[0] {
		m.streams[0][i].speak(m.streams[1][i].addr)
		m.streams[1][i].speak(m.streams[0][i].addr)
	}
	m.streams[1][3].speak(netip.MustParseAddrPort("127.0.0.9:9")) // one phone speaks to nobody
	m.count()
	time.Sleep(400 * time.Millisecond)
	s := m.counted()
	if s.Sent < 140*15 || s.Disorder != 0 {
		t.Errorf("%+v", s)
	}
	if s.Deaf != 1 || s.Lost != uint64(m.streams[1][3].sent.Load()) {
		t.Errorf("lost %d of %d, %d never heard; exactly one stream is", s.Lost, s.Sent, s.Deaf)
	}
	if s.OneWay.P50 <= 0 || s.OneWay.P50 > 20 {
		t.Errorf("one way %+v ms", s.OneWay)
	}
}

func TestStampPassesAndMusicHasNone(t *testing.T) {
	var frame [frameBytes]byte
	frame[0] = 0x80
	if _, ok := read(frame[:]); ok {
		t.Error("a frame without a stamp was read")
	}
	want := stamp{1, 399, 12345, 1 << 60}
	want.put(frame[headerBytes:])
	if got, ok := read(frame[:]); !ok || got != want {
		t.Errorf("%+v", got)
	}
	for n := range headerBytes + 21 {
		if _, ok := read(frame[:n]); ok {
			t.Errorf("%d bytes were read", n)
		}
	}
}

func TestPercentiles(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i) * time.Millisecond / 10)
	}
	h.add(time.Hour)
	h.add(-time.Second)
	if p := h.at(0.5); p < 49*time.Millisecond || p > 51*time.Millisecond {
		t.Error(p)
	}
	if p := h.at(0.99); p < 98*time.Millisecond || p > 100*time.Millisecond {
		t.Error(p)
	}
	if h.at(1) < time.Second {
		t.Error(h.at(1))
	}
}

func TestDirectCallsAreCleanAndCounted(t *testing.T) {
	b, err := Open(t.Context(), Setup{Accounts: 20, Calls: 20, Dir: t.TempDir(), Direct: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	h, err := b.Hold(20, 100, 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if h.Up != 20 || h.Failed != 0 || h.Dropped != 0 || h.Sound.Sent < 40*20 || h.Sound.Lost != 0 || h.Sound.Deaf != 0 {
		t.Errorf("%+v", h)
	}
	if h.Ringing.P50 <= 0 || h.Answered.P50 < h.Ringing.P50 {
		t.Errorf("ringing %+v, answered %+v", h.Ringing, h.Answered)
	}
	s, err := b.Signal(30, 100)
	if err != nil || s.Failed != 0 || s.Answered.P50 <= 0 {
		t.Errorf("%+v %v", s, err)
	}
}
