package mediactl

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autocom/appliance/exchange/plan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a media process that does what a test tells it.
type server struct {
	t      *testing.T
	socket string
	l      *net.UnixListener
}

func newServer(t *testing.T) *server {
	s := &server{t: t, socket: filepath.Join(t.TempDir(), "s")}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: s.socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	s.l = l
	t.Cleanup(func() { l.Close() })
	return s
}

// accept takes one client and answers its question for the open legs.
func (s *server) accept() *Conn {
	nc, err := s.l.AcceptUnix()
	if err != nil {
		s.t.Error(err)
		return nil
	}
	c := NewConn(nc)
	if _, err := c.Greet("server", time.Second); err != nil {
		s.t.Error(err)
	}
	m, _, err := c.Read()
	if err != nil || m.Request == nil || m.Request.Op != OpLegs {
		s.t.Errorf("the first request is %+v, %v", m.Request, err)
		return c
	}
	if err := c.Write(Message{Reply: &Reply{ID: m.Request.ID}}, nil); err != nil {
		s.t.Error(err)
	}
	return c
}

func (s *server) client(opt Options) *Client {
	opt.Socket = s.socket
	c := Dial(context.Background(), opt)
	s.t.Cleanup(c.Shut)
	return c
}

func TestCommandsAreInOrderAndWaitForNothing(t *testing.T) {
	s := newServer(t)
	c := s.client(Options{})
	conn := s.accept()
	defer conn.Close()
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 500 { // nobody reads yet
		if err := c.SetPlan(plan.Plan{Call: "1", Version: uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 500 {
		m, _, err := conn.Read()
		if err != nil || m.Request == nil || m.Request.Plan.Version != uint64(i) || m.Request.ID != 0 {
			t.Fatalf("command %d: %+v, %v", i, m.Request, err)
		}
	}
}

func TestABacklogIsRefusedNotWaitedFor(t *testing.T) {
	s := newServer(t)
	c := s.client(Options{})
	conn := s.accept()
	defer conn.Close()
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	long := plan.Plan{Call: plan.CallID(make([]byte, 100))} // quick to write: the client gives a server that does not read up after a while
	for range 10 * backlog {
		if err := c.SetPlan(long); err != nil {
			if !errors.Is(err, ErrBacklog) {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("a client that is not read from takes commands without end")
}

func TestADescriptorArrivesOpenAndAlone(t *testing.T) {
	s := newServer(t)
	c := s.client(Options{})
	conn := s.accept()
	defer conn.Close()
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "f")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.StartRecording("r", "i1", false, f, []byte("key")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil { // ours is closed before theirs arrives
		t.Fatal(err)
	}
	m, got, err := conn.Read()
	if err != nil || got == nil || m.Request.Op != OpRecord || string(m.Request.Key) != "key" {
		t.Fatalf("%+v %v %v", m.Request, got, err)
	}
	defer got.Close()
	if _, err := got.WriteString("sealed"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); string(b) != "sealed" {
		t.Errorf("the file holds %q, %v", b, err)
	}
}

func TestAnotherVersionIsNotTalkedTo(t *testing.T) {
	s := newServer(t)
	c := s.client(Options{Timeout: 200 * time.Millisecond})
	nc, err := s.l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	conn := NewConn(nc)
	defer conn.Close()
	if err := conn.Write(Message{Hello: &Hello{Version: Version + 1}}, nil); err != nil {
		t.Fatal(err)
	}
	if m, _, err := conn.Read(); err != nil || m.Hello == nil {
		t.Fatalf("%+v %v", m, err)
	}
	if _, _, err := conn.Read(); err == nil {
		t.Error("the client goes on")
	}
	if err := c.SetPlan(plan.Plan{}); !errors.Is(err, ErrDisconnected) {
		t.Errorf("a command to another version: %v", err)
	}
}

func TestSilenceAtHelloIsNotWaitedFor(t *testing.T) {
	s := newServer(t)
	nc, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: s.socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	other, err := s.l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	conn := NewConn(other)
	defer conn.Close()
	if _, err := conn.Greet("server", 20*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a client that says nothing: %v", err)
	}
}

// TestEventsNobodyTakesAreCounted holds a slow taker: nothing waits for it, and it learns what it missed.
func TestEventsNobodyTakesAreCounted(t *testing.T) {
	s := newServer(t)
	hold := make(chan struct{})
	var once sync.Once
	seen := make(chan Event, 3*backlog)
	c := s.client(Options{OnEvent: func(e Event) {
		if e.Kind == Digit {
			once.Do(func() { <-hold })
		}
		seen <- e
	}})
	conn := s.accept()
	defer conn.Close()
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	const sent = backlog + 1000
	for range sent {
		if err := conn.Write(Message{Event: &Event{Kind: Digit, Digit: "1"}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	// An answered question shows that the client has read everything before it.
	go func() {
		for {
			m, _, err := conn.Read()
			if err != nil {
				return
			}
			if m.Request != nil && m.Request.Op == OpStats {
				_ = conn.Write(Message{Reply: &Reply{ID: m.Request.ID, Stats: &Stats{}}}, nil)
			}
		}
	}()
	if _, err := c.Stats("i1"); err != nil {
		t.Fatal(err)
	}
	close(hold)
	digits, lost := 0, uint64(0)
	for digits < backlog {
		if e := <-seen; e.Kind == Digit {
			digits++
		}
	}
	if err := conn.Write(Message{Event: &Event{Kind: MediaLost}}, nil); err != nil {
		t.Fatal(err)
	}
	for e := range seen {
		switch e.Kind {
		case Digit:
			digits++
			continue
		case Overrun:
			lost = e.Lost
			continue
		case MediaLost:
		default:
			continue
		}
		break
	}
	if digits+int(lost) != sent || lost == 0 {
		t.Errorf("%d events taken and %d lost of %d", digits, lost, sent)
	}
}
