package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/centraldb"
	"autocom/cloud-sync/consoleapi"
	"autocom/cloud-sync/deviceapi"
	"autocom/cloud-sync/keyring"
	"autocom/cloud-sync/relay"
	"autocom/cloud-sync/uplink"
	"autocom/cloud-sync/wire"
)

// linkCloud is the console's program without its process: the device listener and the console's interface over one SQLite file, behind a bad line.
type linkCloud struct {
	*testing.T
	ring   *keyring.Ring
	file   string
	line   *relay.Line
	at     atomic.Value // string: where the listener is now
	tamper atomic.Pointer[func(wire.Desired) (wire.Envelope, error)]
	doom   atomic.Int64 // requests with facts until the program is killed in the middle of one
	killed chan struct{}

	db      *centraldb.DB
	cloud   *central.Cloud
	console *consoleapi.Console
	server  *http.Server
	served  chan struct{}
	cookies []*http.Cookie
	tenant  central.TenantID
	site    central.SiteID
}

// linkSigner signs as the tenant's key does, unless the test has somebody else do it.
type linkSigner struct {
	*keyring.Ring
	c *linkCloud
}

func (s linkSigner) Seal(t central.TenantID, d wire.Desired) (wire.Envelope, error) {
	if by := s.c.tamper.Load(); by != nil {
		return (*by)(d)
	}
	return s.Ring.Seal(t, d)
}

func (c *linkCloud) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// newLinkCloud starts a console with one tenant, one site and an administrator who is signed in.
func newLinkCloud(t *testing.T) *linkCloud {
	t.Helper()
	c := &linkCloud{T: t, file: filepath.Join(t.TempDir(), "cloud.db"), killed: make(chan struct{}, 1)}
	var err error
	c.ring, err = keyring.Open(filepath.Join(t.TempDir(), "keys"))
	c.must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	c.must(err)
	c.line = relay.New(l, func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", c.at.Load().(string))
	})
	c.start()
	t.Cleanup(func() {
		c.stop()
		c.must(c.line.Close())
	})
	ctx := t.Context()
	tenant, err := c.cloud.AddTenant(ctx, "Transports Martin")
	c.must(err)
	c.tenant = tenant.ID
	s, err := c.cloud.AddSite(ctx, c.tenant, "Agence de Lyon")
	c.must(err)
	c.site = s.ID
	typed := consoleapi.NewCode()
	code, err := consoleapi.ParseCode(typed)
	c.must(err)
	c.must(c.db.People().PutCode(ctx, c.tenant, central.HashOf(code), time.Now().Add(time.Hour)))
	c.ask(200, "POST", "/api/setup", consoleapi.SetupRequest{Code: typed, Email: "camille@martin.example", Name: "Camille", Password: "quatre mots pour entrer"}, nil)
	return c
}

// start opens the database and listens, on another port each time.
func (c *linkCloud) start() {
	c.Helper()
	var err error
	c.db, err = centraldb.Open(context.Background(), c.file)
	c.must(err)
	people := c.db.People()
	c.cloud = central.New(central.Parts{Store: c.db.Fleet(), Signer: linkSigner{c.ring, c}, Issuer: c.ring, People: people})
	c.console, err = consoleapi.New(consoleapi.Parts{
		Fleet: c.cloud, Boxes: c.cloud, Documents: c.cloud, Archive: c.cloud, History: c.cloud, People: people, Sessions: people, Audit: people, Plain: true, Rounds: 1000,
	})
	c.must(err)
	api := deviceapi.New(c.cloud, c.ring, slog.New(slog.DiscardHandler))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	c.must(err)
	c.at.Store(l.Addr().String())
	c.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == wire.PathFacts && c.doom.Load() > 0 && c.doom.Add(-1) == 0 {
			_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2) // half a batch
			c.killed <- struct{}{}
			panic(http.ErrAbortHandler)
		}
		api.ServeHTTP(w, r)
	})}
	server, served := c.server, make(chan struct{})
	c.served = served
	go func() {
		defer close(served)
		_ = server.Serve(tls.NewListener(l, api.TLSConfig())) // ends with the server
	}()
}

// stop kills the program: nothing is waited for, nobody is told.
func (c *linkCloud) stop() {
	c.Helper()
	c.must(c.server.Close())
	<-c.served
	c.console.Close()
	c.must(c.db.Close())
}

// copyDatabase copies the file of a program that is stopped.
func (c *linkCloud) copyDatabase(from, to string) {
	c.Helper()
	for _, part := range []string{"-wal", "-shm"} {
		if err := os.Remove(to + part); err != nil && !errors.Is(err, os.ErrNotExist) {
			c.Fatal(err)
		}
	}
	raw, err := os.ReadFile(from)
	c.must(err)
	c.must(os.WriteFile(to, raw, 0o600))
}

// ask asks the console as its administrator.
func (c *linkCloud) ask(status int, method, path string, in, out any) {
	c.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		c.must(err)
		body = bytes.NewReader(raw)
	}
	r := httptest.NewRequestWithContext(c.Context(), method, path, body)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/json")
	for _, k := range c.cookies {
		r.AddCookie(k)
	}
	w := httptest.NewRecorder()
	c.console.ServeHTTP(w, r)
	if w.Code != status {
		c.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	c.cookies = append(c.cookies, w.Result().Cookies()...)
	if out != nil {
		c.must(json.Unmarshal(w.Body.Bytes(), out))
	}
}

func (c *linkCloud) path(rest string) string { return "/api/sites/" + string(c.site) + rest }

// until waits for something to be so.
func (c *linkCloud) until(what string, is func() bool) {
	c.Helper()
	each := time.NewTicker(10 * time.Millisecond)
	defer each.Stop()
	over := time.After(90 * time.Second) // with the race detector on a busy machine
	for !is() {
		select {
		case <-each.C:
		case <-over:
			var all json.RawMessage
			c.ask(200, "GET", c.path("/revisions"), nil, &all)
			c.Fatalf("it never came that %s: %s", what, all)
		}
	}
}

// linkBox is what a link needs of a box, in memory: a journal that can be long, and a document.
type linkBox struct {
	c      *linkCloud
	dir    string
	serial string

	mu      sync.Mutex
	entries []fact.Entry // numbered from 1, in epoch 1
	cursor  fact.Address
	text    string
	refuse  []wire.Problem
	trick   func(*http.Request) relay.Trick
	news    chan struct{}
}

func newLinkBox(c *linkCloud, serial, text string) *linkBox {
	return &linkBox{c: c, dir: filepath.Join(c.TempDir(), "link"), serial: serial, text: text, news: make(chan struct{}, 1), cursor: fact.Address{Stream: "of-" + serial, Epoch: 1}}
}

// stream is the name of its journal.
func (b *linkBox) stream() string { return "of-" + b.serial }

func (b *linkBox) add(at fact.Moment, all ...fact.Fact) {
	b.mu.Lock()
	for _, f := range all {
		b.entries = append(b.entries, fact.Entry{Address: fact.Address{Stream: b.stream(), Epoch: 1, N: uint64(len(b.entries) + 1)}, At: at, Fact: f})
	}
	b.mu.Unlock()
	select {
	case b.news <- struct{}{}:
	default:
	}
}

func (b *linkBox) Note(f fact.Fact)                   { b.add(fact.Moment{UTC: time.Now().UnixMilli()}, f) }
func (b *linkBox) Repeat(at fact.Moment, f fact.Fact) { b.add(at, f) }
func (b *linkBox) News() <-chan struct{}              { return b.news }

func (b *linkBox) RaiseEpoch(_ context.Context, epoch uint32) error {
	b.c.Errorf("the box was asked to raise its epoch to %d, though it lost nothing", epoch)
	return errors.New("never")
}

func (b *linkBox) Last() fact.Address {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fact.Address{Stream: b.stream(), Epoch: 1, N: uint64(len(b.entries))}
}

func (b *linkBox) Read(_ context.Context, after fact.Address, n int) ([]fact.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from := min(after.N, uint64(len(b.entries)))
	return append([]fact.Entry(nil), b.entries[from:min(from+uint64(n), uint64(len(b.entries)))]...), nil
}

func (b *linkBox) Cursor(context.Context) (fact.Address, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cursor, nil
}

func (b *linkBox) Advance(_ context.Context, to fact.Address) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cursor.Before(to) {
		b.cursor = to
	}
	return nil
}

func (b *linkBox) Rewind(_ context.Context, to fact.Address) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cursor = to
	return nil
}

func (b *linkBox) Text() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return []byte(b.text), nil
}

func (b *linkBox) Apply(_ context.Context, text []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		return &uplink.RefusedError{Problems: b.refuse}
	}
	b.text = string(text)
	return nil
}

// put is somebody on the spot.
func (b *linkBox) put(text string) {
	b.mu.Lock()
	b.text = text
	b.mu.Unlock()
}

func (b *linkBox) inForce() string { text, _ := b.Text(); return string(text) }

func (b *linkBox) refusing(all []wire.Problem) {
	b.mu.Lock()
	b.refuse = all
	b.mu.Unlock()
}

func (b *linkBox) Status(context.Context) (wire.Status, error) {
	return wire.Status{Clock: "ntp", Document: wire.NewLocal([]byte(b.inForce())).Name, Trunks: b.Trunks()}, nil
}

func (b *linkBox) Trunks() []wire.Trunk { return []wire.Trunk{{Name: "operateur", Up: true}} }

func (b *linkBox) play(trick func(*http.Request) relay.Trick) {
	b.mu.Lock()
	b.trick = trick
	b.mu.Unlock()
}

// options is the box's with times of a test: a minute is half a second.
func (b *linkBox) options() uplink.Options {
	return uplink.Options{
		Dir: b.dir, Who: uplink.Identity{Serial: b.serial, Program: "1.0", Stream: b.stream()}, Journal: b, Head: b, Site: b, Box: b, Teller: b,
		Pace: uplink.Pace{
			Beat: 500 * time.Millisecond, Watched: 500 * time.Millisecond, Reconnect: 50 * time.Millisecond, Backoff: 20 * time.Millisecond, Most: 200 * time.Millisecond,
			Poll: 500 * time.Millisecond, Again: time.Second, Trial: 4 * time.Second, Settle: 20 * time.Millisecond, Confirm: 100 * time.Millisecond, Trickle: time.Millisecond,
		},
		Through: func(under http.RoundTripper) http.RoundTripper {
			return &relay.Requests{Under: under, Next: func(r *http.Request) relay.Trick {
				b.mu.Lock()
				next := b.trick
				b.mu.Unlock()
				if next == nil {
					return relay.Pass
				}
				return next(r)
			}}
		},
	}
}

// run starts the real link; stop ends it and waits.
func (b *linkBox) run() (l *uplink.Link, stop func()) {
	b.c.Helper()
	l, err := uplink.New(b.options())
	b.c.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	b.c.Cleanup(stop)
	return l, stop
}

// enrol has the installer type the code that the console shows.
func (b *linkBox) enrol(l *uplink.Link) {
	b.c.Helper()
	var claim consoleapi.ClaimView
	b.c.ask(200, "POST", b.c.path("/claim"), struct{}{}, &claim)
	e, err := l.Enrol(b.c.Context(), "https://"+b.c.line.Addr().String(), claim.Code)
	b.c.must(err)
	if e.Site != string(b.c.site) {
		b.c.Fatalf("enrolled: %+v", e)
	}
	b.c.until("the link is up", func() bool { return l.State().Up })
}
