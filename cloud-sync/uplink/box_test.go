package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/relay"
	"autocom/cloud-sync/wire"
)

// testBox is everything a link needs of a box, in memory but for the link's own files.
type testBox struct {
	t    *testing.T
	dir  string
	pace Pace

	mu      sync.Mutex
	entries []fact.Entry
	epoch   uint32
	n       uint64
	cursor  fact.Address
	raised  []uint32
	bad     map[fact.Address]bool
	text    string
	applied []string
	onApply func(text string) error
	trunks  []wire.Trunk
	news    chan struct{}
	cloud   func() (net.Conn, error)
	trick   func(*http.Request) relay.Trick
	floor   time.Time
	notes   []fact.Fact
}

func newTestBox(t *testing.T) *testBox {
	return &testBox{
		t: t, dir: t.TempDir(), epoch: 1, text: "before", news: make(chan struct{}, 1), bad: map[fact.Address]bool{},
		cursor: fact.Address{Stream: testStream, Epoch: 1}, trunks: []wire.Trunk{{Name: "carrier", Up: true}},
	}
}

func (b *testBox) add(at fact.Moment, f fact.Fact) {
	b.mu.Lock()
	b.n++
	b.entries = append(b.entries, fact.Entry{Address: fact.Address{Stream: testStream, Epoch: b.epoch, N: b.n}, At: at, Fact: f})
	b.mu.Unlock()
	wake(b.news)
}

func (b *testBox) Note(f fact.Fact) {
	b.mu.Lock()
	b.notes = append(b.notes, f)
	b.mu.Unlock()
	b.add(fact.Moment{UTC: time.Now().UnixMilli()}, f)
}
func (b *testBox) Repeat(at fact.Moment, f fact.Fact) { b.add(at, f) }
func (b *testBox) News() <-chan struct{}              { return b.news }

func (b *testBox) ring(n int) {
	for i := range n {
		b.add(fact.Moment{UTC: time.Now().UnixMilli()}, fact.LegRinging{Call: fmt.Sprint("c", i), Leg: "l1"})
	}
}

func (b *testBox) Last() fact.Address {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.entries) == 0 {
		return fact.Address{Stream: testStream, Epoch: b.epoch}
	}
	return b.entries[len(b.entries)-1].Address
}

func (b *testBox) RaiseEpoch(_ context.Context, epoch uint32) error {
	b.mu.Lock()
	b.raised = append(b.raised, epoch)
	b.epoch, b.n = epoch, 0
	b.mu.Unlock()
	b.Note(fact.BoxStarted{Program: "raised"})
	return nil
}

type unreadableFact struct{ at fact.Address }

func (e unreadableFact) Error() string            { return "damaged" }
func (e unreadableFact) Unreadable() fact.Address { return e.at }

func (b *testBox) Read(_ context.Context, after fact.Address, n int) ([]fact.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []fact.Entry
	for _, e := range b.entries {
		if !after.Before(e.Address) || len(found) == n {
			continue
		}
		if b.bad[e.Address] {
			return found, fmt.Errorf("read: %w", unreadableFact{e.Address})
		}
		found = append(found, e)
	}
	return found, nil
}

func (b *testBox) Cursor(context.Context) (fact.Address, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cursor, nil
}

func (b *testBox) Advance(_ context.Context, to fact.Address) error {
	last := b.Last()
	b.mu.Lock()
	defer b.mu.Unlock()
	if last.Before(to) {
		return fmt.Errorf("cursor beyond %s", last)
	}
	if b.cursor.Before(to) {
		b.cursor = to
	}
	return nil
}

func (b *testBox) Rewind(_ context.Context, to fact.Address) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cursor = to
	return nil
}

func (b *testBox) Text() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return []byte(b.text), nil
}

func (b *testBox) Apply(_ context.Context, text []byte) error {
	b.mu.Lock()
	on := b.onApply
	b.mu.Unlock()
	if strings.HasPrefix(string(text), "bad") {
		return &RefusedError{Problems: []wire.Problem{{Path: "queues[0]", Sentence: "nobody is in it", Remedy: "add an agent"}}}
	}
	if on != nil {
		if err := on(string(text)); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = string(text)
	b.applied = append(b.applied, b.text)
	return nil
}

func (b *testBox) Status(context.Context) (wire.Status, error) {
	return wire.Status{Clock: "ntp", Trunks: b.Trunks()}, nil
}

func (b *testBox) Trunks() []wire.Trunk {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]wire.Trunk(nil), b.trunks...)
}

func (b *testBox) options() Options {
	return Options{
		Dir: b.dir, Who: Identity{Serial: "AC-1", Program: "1.0", Stream: testStream}, Journal: b, Head: b, Site: b, Box: b, Teller: b, Pace: b.pace, Floor: b.floor,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			b.mu.Lock()
			dial := b.cloud
			b.mu.Unlock()
			return dial()
		},
		Through: func(under http.RoundTripper) http.RoundTripper {
			return &relay.Requests{Under: under, Next: func(r *http.Request) relay.Trick {
				b.mu.Lock()
				defer b.mu.Unlock()
				if b.trick == nil {
					return relay.Pass
				}
				return b.trick(r)
			}}
		},
	}
}

// reach is the line to a cloud; nil is none.
func (b *testBox) reach(c *testCloud) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cloud = func() (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("network is unreachable")}
	}
	if c != nil {
		b.cloud = func() (net.Conn, error) { return c.dial() }
	}
}

func (b *testBox) play(trick func(*http.Request) relay.Trick) {
	b.mu.Lock()
	b.trick = trick
	b.mu.Unlock()
}

// join enrols without the claim, whose derivation is slow.
func (b *testBox) join(c *testCloud) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(b.t, err)
	id := identity{
		Server: "https://cloud.example", Device: "device-1", Tenant: "t1", Site: "s1", Certificate: c.issue(key.Public()), Roots: [][]byte{c.root.Raw},
		Keys: []wire.TrustedKey{{ID: "k1", Public: c.public}}, Stream: testStream,
	}
	id.Key, err = x509.MarshalPKCS8PrivateKey(key)
	must(b.t, err)
	must(b.t, folder(b.dir).write(fileIdentity, id))
	b.reach(c)
}

// run starts a link; stop ends it and waits.
func (b *testBox) run() (l *Link, stop func()) {
	b.t.Helper()
	l, err := New(b.options())
	must(b.t, err)
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	b.t.Cleanup(stop)
	return l, stop
}

// inTime plays a test in fake time.
func inTime(t *testing.T, play func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(time.Hour) }) // runs last: TLS takes 5 s to say goodbye to who does not listen, an answer that was held back longer
		play(t)
	})
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// exactlyOnce fails unless the cloud has the journal, each fact once and in order.
func exactlyOnce(t *testing.T, b *testBox, c *testCloud) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(b.entries) != len(c.rows) {
		t.Fatalf("the box has %d facts, the cloud %d", len(b.entries), len(c.rows))
	}
	for i, e := range b.entries {
		if c.rows[i].Address != e.Address || c.rows[i].Kind != e.Fact.Kind() {
			t.Fatalf("fact %d: the box has %s %s, the cloud %s %s", i, e.Address, e.Fact.Kind(), c.rows[i].Address, c.rows[i].Kind)
		}
	}
}
