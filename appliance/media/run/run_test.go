package run_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pion/rtp"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/run"
	"autocom/appliance/mediactl"
)

func TestMain(m *testing.M) {
	if socket := os.Getenv(childSocket); socket != "" {
		os.Exit(child(socket))
	}
	goleak.VerifyTestMain(m)
}

// patience bounds every wait on a real socket.
const patience = 10 * time.Second

// basePort keeps the tests' port ranges apart.
var basePort atomic.Int32 //nolint:gochecknoglobals // a counter of this test binary

func ports(n int) (lowest, highest int) {
	at := int(basePort.Add(int32(n+n%2)+2)) - n
	lowest = 31000 + at + at%2
	return lowest, lowest + n - 1
}

// process is a media process in this one.
type process struct {
	cfg  run.Config
	stop func()
	logs *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t testing.TB, change func(*run.Config)) *process {
	t.Helper()
	lowest, highest := ports(40)
	p := &process{logs: &lockedBuffer{}}
	p.cfg = run.Config{
		Socket: filepath.Join(t.TempDir(), "media.sock"), PortMin: lowest, PortMax: highest,
		Log: slog.New(slog.NewTextHandler(p.logs, nil)),
	}
	if change != nil {
		change(&p.cfg)
	}
	ready := make(chan struct{})
	p.cfg.Ready = func() { close(ready) }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run.Serve(ctx, p.cfg) }()
	select {
	case <-ready:
	case err := <-done:
		cancel()
		t.Fatalf("Serve: %v", err)
	}
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// core is a client and the events it got.
type core struct {
	*mediactl.Client
	events chan mediactl.Event
}

func dial(t testing.TB, p *process) *core {
	t.Helper()
	c := &core{events: make(chan mediactl.Event, 1000)}
	c.Client = mediactl.Dial(context.Background(), mediactl.Options{
		Socket: p.cfg.Socket, Name: "test", OnEvent: func(e mediactl.Event) { c.events <- e },
	})
	t.Cleanup(c.Shut)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// wait gives the first event of a kind.
func (c *core) wait(t testing.TB, kind mediactl.Kind) mediactl.Event {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e := <-c.events:
			if e.Kind == kind {
				return e
			}
			if e.Kind == mediactl.Refused {
				t.Fatalf("refused: %s %s: %v", e.Op, e.Leg, e.Error)
			}
		case <-limit:
			t.Fatalf("no %s event within %s", kind, patience)
		}
	}
}

// phone is a peer with a real socket.
type phone struct {
	t    testing.TB
	conn *net.UDPConn
	box  netip.AddrPort
	seq  uint16
	ts   uint32
	ssrc uint32
	pt   uint8
}

func newPhone(t testing.TB, box plan.Endpoint, codec plan.Codec) *phone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	at := netip.AddrPortFrom(netip.MustParseAddr(box.Host), uint16(box.Port))
	return &phone{t: t, conn: conn, box: at, ssrc: uint32(box.Port), pt: uint8(codec)}
}

func (p *phone) media(codec plan.Codec) plan.Media {
	at := p.conn.LocalAddr().(*net.UDPAddr)
	return plan.Media{
		Remote: plan.Endpoint{Host: "127.0.0.1", Port: at.Port}, Codec: codec, Ptime: 20, EventPT: 101,
		Signalled: "127.0.0.1",
	}
}

// say sends one frame in which every byte is b.
func (p *phone) say(b byte) {
	p.t.Helper()
	pkt := rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: p.pt, SequenceNumber: p.seq, Timestamp: p.ts, SSRC: p.ssrc},
		Payload: bytes.Repeat([]byte{b}, 160),
	}
	p.seq, p.ts = p.seq+1, p.ts+160
	raw, err := pkt.Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.conn.WriteToUDPAddrPort(raw, p.box); err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) hear() rtp.Packet {
	p.t.Helper()
	b := make([]byte, 1500)
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
	n, err := p.conn.Read(b)
	if err != nil {
		p.t.Fatalf("phone hears nothing: %v", err)
	}
	var pkt rtp.Packet
	if err := pkt.Unmarshal(b[:n]); err != nil {
		p.t.Fatal(err)
	}
	return pkt
}

// bridge opens two legs and lets them hear each other.
func bridge(t testing.TB, c *core, call plan.CallID) (a, b *phone) {
	t.Helper()
	var phones [2]*phone
	ids := [2]plan.LegID{plan.LegID("a" + string(call)), plan.LegID("b" + string(call))}
	for i, id := range ids {
		at, err := c.Open(id)
		if err != nil {
			t.Fatal(err)
		}
		phones[i] = newPhone(t, at, plan.PCMA)
		must(t, c.Update(id, phones[i].media(plan.PCMA)))
	}
	must(t, c.SetPlan(plan.Plan{Call: call, Version: 1, Legs: []plan.Hearing{
		{Leg: ids[0], From: []plan.LegID{ids[1]}}, {Leg: ids[1], From: []plan.LegID{ids[0]}},
	}}))
	_, err := c.Stats(ids[0]) // an answer: what was sent before it has been carried out by then
	must(t, err)
	return phones[0], phones[1]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoPhonesTalk(t *testing.T) {
	c := dial(t, start(t, nil))
	a, b := bridge(t, c, "1-1")
	for i := range byte(20) {
		a.say(i)
		if got := b.hear(); got.Payload[0] != i || got.PayloadType != 8 {
			t.Fatalf("b hears %d of type %d, want %d of 8", got.Payload[0], got.PayloadType, i)
		}
		b.say(100 + i)
		if got := a.hear(); got.Payload[0] != 100+i {
			t.Fatalf("a hears %d, want %d", got.Payload[0], 100+i)
		}
	}
	if e := c.wait(t, mediactl.FirstPacket); e.Leg != "a1-1" && e.Leg != "b1-1" {
		t.Errorf("first packet of %s", e.Leg)
	}
}

func TestMusicFromAPassedFile(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	name := filepath.Join(t.TempDir(), "music.al")
	music := make([]byte, 1000)
	for i := range music {
		music[i] = byte(i)
	}
	must(t, os.WriteFile(name, music, 0o600))
	f, err := os.Open(name)
	must(t, err)
	must(t, c.LoadSound("music:default", f, plan.PCMA))
	must(t, f.Close())
	at, err := c.Open("i1")
	must(t, err)
	ph := newPhone(t, at, plan.PCMA)
	must(t, c.Update("i1", ph.media(plan.PCMA)))
	must(t, c.SetPlan(plan.Plan{Call: "1-1", Version: 1, Legs: []plan.Hearing{{Leg: "i1", Sound: "music:default"}}}))
	pos := 0
	var last rtp.Packet
	for i := range 15 { // 2,400 samples: it loops
		got := ph.hear()
		if i > 0 && (got.SequenceNumber != last.SequenceNumber+1 || got.Timestamp != last.Timestamp+160 || got.SSRC != last.SSRC) {
			t.Fatalf("packet %d: %v after %v", i, got.Header, last.Header)
		}
		for j, x := range got.Payload {
			if x != music[pos%1000] {
				t.Fatalf("packet %d sample %d: %d, want %d", i, j, x, music[pos%1000])
			}
			pos++
		}
		last = got
	}
}

func TestPortsRunOut(t *testing.T) {
	c := dial(t, start(t, func(cfg *run.Config) { cfg.PortMax = cfg.PortMin + 5 }))
	for i := range 3 {
		at, err := c.Open(plan.LegID(fmt.Sprint("leg", i)))
		must(t, err)
		if at.Port%2 != 0 {
			t.Errorf("RTP on the odd port %d", at.Port)
		}
	}
	if _, err := c.Open("one too many"); err == nil || !isNoPorts(err) {
		t.Fatalf("a fourth leg in a range for three: %v", err)
	}
}

func isNoPorts(err error) bool { return errors.Is(err, mediactl.ErrNoPorts) }

// TestLegsOfOneCallMeetInOneThread opens legs in two threads and bridges them.
func TestLegsOfOneCallMeetInOneThread(t *testing.T) {
	c := dial(t, start(t, func(cfg *run.Config) { cfg.Shards = 2 }))
	a, b := bridge(t, c, "1-1")
	a.say(1)
	first := b.hear()
	if first.Payload[0] != 1 {
		t.Fatalf("b hears %d", first.Payload[0])
	}
	// And a leg of another call comes over, in the middle of its music.
	at, err := c.Open("c")
	must(t, err)
	ph := newPhone(t, at, plan.PCMA)
	must(t, c.Update("c", ph.media(plan.PCMA)))
	must(t, c.SetPlan(plan.Plan{Call: "2-1", Version: 1, Legs: []plan.Hearing{{Leg: "c", Sound: plan.ToneBusy}}}))
	music := ph.hear()
	must(t, c.SetPlan(plan.Plan{Call: "1-1", Version: 2, Legs: []plan.Hearing{
		{Leg: "a1-1", From: []plan.LegID{"c"}}, {Leg: "b1-1"}, {Leg: "c", From: []plan.LegID{"a1-1"}},
	}}))
	_, err = c.Stats("c")
	must(t, err)
	a.say(9)
	for last := music; ; {
		got := ph.hear()
		if got.SSRC != music.SSRC || got.SequenceNumber != last.SequenceNumber+1 {
			t.Fatalf("%v after %v", got.Header, last.Header)
		}
		if last = got; got.Payload[0] == 9 {
			break
		}
	}
}
