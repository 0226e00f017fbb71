package run_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/run"
	"autocom/appliance/mediactl"
	"autocom/appliance/recording/sealed"
	"autocom/dsp/g711"
)

// TestSoundGoesOnWithoutTheCore lets the core die in a call and come back to it.
func TestSoundGoesOnWithoutTheCore(t *testing.T) {
	p := start(t, nil)
	first := dial(t, p)
	a, b := bridge(t, first, "1-1")
	a.say(1)
	before := b.hear()
	first.Shut()
	for i := range byte(10) {
		a.say(i)
		if got := b.hear(); got.Payload[0] != i || got.SSRC != before.SSRC {
			t.Fatalf("without the core b hears %d, want %d", got.Payload[0], i)
		}
	}

	second := dial(t, p)
	e := second.wait(t, mediactl.Connected)
	if len(e.Legs) != 2 || e.Legs[0].Leg != "a1-1" || e.Legs[1].Leg != "b1-1" || e.Legs[0].Endpoint.Port != int(a.box.Port()) {
		t.Fatalf("the new core finds %+v", e.Legs)
	}
	for _, l := range e.Legs {
		if l.LeaseMs <= 0 || l.LeaseMs > 60_000 {
			t.Errorf("%s has a lease of %d ms", l.Leg, l.LeaseMs)
		}
		second.Adopt(l.Leg)
	}
	must(t, second.SetPlan(plan.Plan{Call: "1-1", Version: 2, Legs: []plan.Hearing{
		{Leg: "a1-1"}, {Leg: "b1-1", Sound: plan.ToneBusy},
	}}))
	if got := b.hear(); got.SSRC != before.SSRC {
		t.Error("the stream changed with the core")
	}
	must(t, second.Close("a1-1"))
	if e := second.wait(t, mediactl.LegStats); e.Leg != "a1-1" || e.Stats == nil || e.Stats.Received != 11 {
		t.Errorf("its counts at the end: %+v", e.Stats)
	}
}

func TestALeaseThatNobodyRenewsEnds(t *testing.T) {
	p := start(t, func(c *run.Config) { c.Lease = 200 * time.Millisecond })
	c := dial(t, p) // renews every 20 s: far too late for this lease
	_, err := c.Open("i1")
	must(t, err)
	if e := c.wait(t, mediactl.LeaseExpired); e.Leg != "i1" {
		t.Errorf("the lease of %s ended", e.Leg)
	}
	legs, err := c.Legs()
	if err != nil || len(legs) != 0 {
		t.Errorf("open after its lease: %v %v", legs, err)
	}
	if _, err := c.Stats("i1"); !errors.Is(err, mediactl.ErrUnknownLeg) {
		t.Errorf("a leg that is closed: %v", err)
	}
}

// A late packet of the old call must not be heard in the new one. When the range is too short for that, a call is worth more, and it is said.
func TestAPortRestsBeforeItIsUsedAgain(t *testing.T) {
	p := start(t, func(c *run.Config) { c.PortMax, c.Quarantine = c.PortMin+5, time.Hour })
	c := dial(t, p)
	use := func(id plan.LegID, want int) {
		t.Helper()
		at, err := c.Open(id)
		if err != nil || at.Port != p.cfg.PortMin+want {
			t.Fatalf("%s has %v, want port %d: %v", id, at, p.cfg.PortMin+want, err)
		}
		_, err = c.Stats(id) // whatever was closed before is closed now
		must(t, err)
	}
	use("i1", 0)
	must(t, c.Close("i1"))
	use("i2", 2) // each in its turn
	must(t, c.Close("i2"))
	use("i3", 4)
	if strings.Contains(p.logs.String(), "too short") {
		t.Error("a range that suffices was called short")
	}
	use("i4", 0) // the one that has rested longest
	use("i5", 2)
	if _, err := c.Open("i6"); !errors.Is(err, mediactl.ErrNoPorts) {
		t.Errorf("a port in use was given out: %v", err)
	}
	if n := strings.Count(p.logs.String(), "too short"); n != 1 {
		t.Errorf("said %d times that the range is short:\n%s", n, p.logs)
	}
}

func TestPortsThatOthersHoldArePassedOver(t *testing.T) {
	var taken *net.UDPConn
	p := start(t, func(c *run.Config) {
		var err error
		taken, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: c.PortMin + 1})
		must(t, err)
	})
	defer taken.Close()
	at, err := dial(t, p).Open("i1")
	if err != nil || at.Port != p.cfg.PortMin+2 {
		t.Errorf("opened %v: %v", at, err)
	}
}

// TestWithoutRealTimeSchedulingThereIsAWarning holds either way: as root there is permission and no warning.
func TestWithoutRealTimeSchedulingThereIsAWarning(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	a, b := bridge(t, c, "1-1")
	a.say(1)
	b.hear()
	if warned := strings.Contains(p.logs.String(), "LimitRTPRIO=40"); warned != (run.Realtime() != nil) {
		t.Errorf("warned: %v, permission: %v; log: %s", warned, run.Realtime() == nil, p.logs)
	}
}

func TestARecordingCanBeOpenedWithItsKey(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	a, _ := bridge(t, c, "1-1")
	must(t, c.SetPlan(plan.Plan{Call: "1-1", Version: 2, Legs: []plan.Hearing{{Leg: "a1-1", Sound: plan.ToneBusy}, {Leg: "b1-1"}}}))
	name := filepath.Join(t.TempDir(), "r1")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	must(t, err)
	key := make([]byte, sealed.KeySize)
	_, _ = rand.Read(key)
	must(t, c.StartRecording("r1", "a1-1", false, f, key))
	must(t, f.Close())
	for range 60 { // the box's own tone is the clock: a second must pass for a chunk
		a.hear()
		a.say(0x2A) // loud
	}
	must(t, c.StopRecording("r1"))
	e := c.wait(t, mediactl.RecordEnded)
	if e.Recording != "r1" || e.Error != nil || e.Lost != 0 || e.Millis < 1000 {
		t.Fatalf("%+v", e)
	}
	in, err := os.Open(name)
	must(t, err)
	defer in.Close()
	r, err := sealed.NewReader(in, "r1", sealed.Key(key))
	must(t, err)
	sound, err := io.ReadAll(r)
	must(t, err)
	if int64(len(sound)) != e.Millis*16 {
		t.Errorf("%d bytes for %d ms", len(sound), e.Millis)
	}
	left, right := 0, 0
	for i := 0; i < len(sound); i += 2 {
		if sound[i] == 0x2A {
			left++
		}
		if v := g711.ALaw.DecodeSample(sound[i+1]); v > 1000 || v < -1000 {
			right++
		}
	}
	if left < len(sound)/4 || right < len(sound)/16 {
		t.Errorf("of %d samples %d are a's on the left and %d the tone's on the right", len(sound)/2, left, right)
	}
	raw, err := os.ReadFile(name)
	must(t, err)
	if bytes.Contains(raw, bytes.Repeat([]byte{0x2A, 0xD5}, 8)) {
		t.Error("the sound lies open on the disk")
	}
}

func TestADiskThatIsFullEndsTheRecordingNotTheCall(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	a, b := bridge(t, c, "1-1")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	must(t, err)
	defer full.Close()
	err = c.StartRecording("r1", "a1-1", false, full, make([]byte, sealed.KeySize))
	must(t, err)
	e := nextOf(t, c, mediactl.Refused, mediactl.RecordEnded)
	if e.Error == nil || !strings.Contains(e.Error.Text, "no space") {
		t.Errorf("%+v", e)
	}
	a.say(1)
	if got := b.hear(); got.Payload[0] != 1 {
		t.Error("the call did not go on")
	}
}

func nextOf(t *testing.T, c *core, kinds ...mediactl.Kind) mediactl.Event {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e := <-c.events:
			if slices.Contains(kinds, e.Kind) {
				return e
			}
		case <-limit:
			t.Fatalf("none of %v", kinds)
		}
	}
}

func TestWrongCommandsAreRefusedInWords(t *testing.T) {
	c := dial(t, start(t, nil))
	_, err := c.Open("i1")
	must(t, err)
	if _, err := c.Open("i1"); !errors.Is(err, mediactl.ErrLegOpen) {
		t.Errorf("opened twice: %v", err)
	}
	for _, wrong := range []func() error{
		func() error { return c.Update("nobody", plan.Media{}) },
		func() error { return c.Update("i1", plan.Media{Codec: 3}) },
		func() error {
			return c.Update("i1", plan.Media{Remote: plan.Endpoint{Host: "x", Port: 1}, Codec: plan.PCMA})
		},
		func() error { return c.Update("i1", plan.Media{Codec: plan.PCMA, Ptime: 7}) },
		func() error { return c.Play("i1", "prompt:none", 1, false) },
		func() error { return c.SendDigit("i1", '1', time.Second) },
		func() error { return c.StopRecording("none") },
	} {
		must(t, wrong())
		e := nextOf(t, c, mediactl.Refused)
		if e.Error == nil || e.Error.Text == "" || e.Error.Code == mediactl.CodeFailed {
			t.Errorf("%+v %+v", e, e.Error)
		}
	}
	empty, err := os.Create(filepath.Join(t.TempDir(), "empty"))
	must(t, err)
	defer empty.Close()
	if err := c.LoadSound("prompt:empty", empty, plan.PCMA); err == nil {
		t.Error("an empty file is no sound")
	}
}

func TestAFloodOfNonsenseLeavesCallsAlone(t *testing.T) {
	c := dial(t, start(t, nil))
	a, b := bridge(t, c, "1-1")
	for range 3 { // locked on to
		a.say(1)
		b.hear()
	}
	for i := range 200 {
		_, err := b.conn.WriteToUDPAddrPort(bytes.Repeat([]byte{byte(i)}, i), a.box) // a stranger to a's leg, and no RTP
		must(t, err)
	}
	a.say(2)
	if got := b.hear(); got.Payload[0] != 2 {
		t.Errorf("b hears %d", got.Payload[0])
	}
}

func TestTwoProcessesDoNotShareASocket(t *testing.T) {
	p := start(t, nil)
	cfg := p.cfg
	cfg.Ready = nil
	if err := run.Serve(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "another media process") {
		t.Errorf("a second process on the socket: %v", err)
	}
	p.stop()
	// What a killed process leaves behind is replaced.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: cfg.Socket, Net: "unix"})
	must(t, err)
	l.SetUnlinkOnClose(false)
	must(t, l.Close())
	again := start(t, func(c *run.Config) { c.Socket = cfg.Socket })
	dial(t, again)
}

func TestTheClientFindsItsWayBack(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	p.stop()
	c.wait(t, mediactl.Disconnected)
	if err := c.SetPlan(plan.Plan{Call: "1"}); !errors.Is(err, mediactl.ErrDisconnected) {
		t.Errorf("a command to nobody: %v", err)
	}
	start(t, func(cfg *run.Config) { cfg.Socket = p.cfg.Socket })
	c.wait(t, mediactl.Connected)
	_, err := c.Open("i1")
	must(t, err)
}
