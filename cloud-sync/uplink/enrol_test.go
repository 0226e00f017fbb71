package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"autocom/cloud-sync/relay"
	"autocom/cloud-sync/wire"
)

// offer makes a claim that works once.
func (c *testCloud) offer() string {
	claim, err := wire.NewClaim(rand.Reader)
	must(c.t, err)
	keys, err := claim.Keys()
	must(c.t, err)
	c.mu.Lock()
	c.claims[keys.ID] = keys
	c.mu.Unlock()
	return claim.Spelled()
}

func TestEnrolmentByAClaimCodeThatWorksOnce(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.reach(c)
		l, _ := b.run()
		b.ring(3)
		pass(time.Hour)
		if s := l.State(); s.Joined || s.Up {
			t.Errorf("before: %+v", s)
		}
		code := c.offer()
		e, err := l.Enrol(t.Context(), "https://cloud.example", strings.ToLower(code))
		if err != nil || e.Device != "device-1" || e.TenantName != "Tenant" || e.SiteName != "Branch" || time.Until(e.Expires) < 89*24*time.Hour {
			t.Fatalf("%+v, %v", e, err)
		}
		pass(time.Minute)
		if s := l.State(); !s.Joined || !s.Up || b.noted("box.enrolled") != 1 {
			t.Errorf("after: %+v", s)
		}
		exactlyOnce(t, b, c)
		if _, err := l.Enrol(t.Context(), "https://cloud.example", code); err == nil || !strings.Contains(err.Error(), "make a new one") || strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("a used claim: %v", err)
		}
		info, err := os.Stat(b.dir + "/" + fileIdentity)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		must(t, l.Leave())
		pass(time.Minute)
		if s := l.State(); s.Joined || s.Up || b.inForce() != "before" {
			t.Errorf("after leaving: %+v", s)
		}
	})
}

// middle is somebody who opens TLS on its way: it shows a certificate of its own, and may pass on what it reads.
func middle(t *testing.T, name string, under http.Handler) func() (net.Conn, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Nosy Proxy CA"}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	l := newPipeListener()
	s := &http.Server{Handler: under, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), ReadHeaderTimeout: time.Minute}
	go func() {
		_ = s.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}))
	}()
	t.Cleanup(func() { _ = s.Close() })
	return l.dial
}

func TestEnrolmentFailsInWords(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>sign in</html>") })
	for name, p := range map[string]struct {
		server, claim string
		prepare       func(t *testing.T, c *testCloud, b *testBox)
		words         string
	}{
		"no address":        {server: "cloud.example", words: "https://host:port"},
		"an address's path": {server: "https://cloud.example/x", words: "https://host:port"},
		"a misread claim":   {claim: "0000-0000-0001", words: "read it again"},
		"an unknown claim":  {claim: "0000-0000-0000", words: "make a new one"},
		"out of reach":      {prepare: func(_ *testing.T, _ *testCloud, b *testBox) { b.reach(nil) }, words: "firewall"},
		"an unknown name": {prepare: func(_ *testing.T, _ *testCloud, b *testBox) {
			b.cloud = func() (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "cloud.example", IsNotFound: true}
			}
		}, words: "not known to the name server"},
		"a proxy that opens TLS": {prepare: func(t *testing.T, _ *testCloud, b *testBox) { b.cloud = middle(t, "cloud.example", page) }, words: "Nosy Proxy CA"},
		"a sly proxy, asking the cloud": {prepare: func(t *testing.T, c *testCloud, b *testBox) {
			b.cloud = middle(t, wire.ServerName, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.TLS = &tls.ConnectionState{}
				c.enrol(w, r)
			}))
		}, words: "Nosy Proxy CA"},
		"a sly proxy, making it up": {prepare: func(t *testing.T, c *testCloud, b *testBox) {
			b.cloud = middle(t, wire.ServerName, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				c.ok(w, wire.EnrolAnswer{Device: "d", Tenant: "t", Site: "s", Proof: make([]byte, 32)})
			}))
		}, words: "does not know the claim code"},
		"a portal behind TLS": {prepare: func(t *testing.T, _ *testCloud, b *testBox) { b.cloud = middle(t, wire.ServerName, page) }, words: "captive portal"},
		"a redirect": {prepare: func(_ *testing.T, _ *testCloud, b *testBox) {
			b.play(func(*http.Request) relay.Trick { return relay.Elsewhere })
		}, words: "captive portal"},
		"no TLS at all": {prepare: func(_ *testing.T, _ *testCloud, b *testBox) {
			b.cloud = func() (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					_, _ = far.Read(make([]byte, 4096))
					_, _ = io.WriteString(far, "HTTP/1.0 302 Found\r\nLocation: http://portal/\r\n\r\n")
					_ = far.Close()
				}()
				return near, nil
			}
		}, words: "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				c, b := newTestCloud(t, 0), newTestBox(t)
				b.reach(c)
				server, claim := "https://cloud.example", p.claim
				if p.server != "" {
					server = p.server
				}
				if claim == "" {
					claim = c.offer()
				}
				if p.prepare != nil {
					p.prepare(t, c, b)
				}
				_, err := Enrol(t.Context(), b.dir, server, claim, b.options().Who, b.options())
				trouble, is := errors.AsType[*Trouble](err)
				if !is || !strings.Contains(err.Error(), p.words) || trouble.Sentence == "" || trouble.Remedy == "" {
					t.Errorf("got %v, want %q", err, p.words)
				}
				if left, err := os.ReadDir(b.dir); err != nil || len(left) != 0 {
					t.Errorf("left behind: %v, %v", left, err)
				}
			})
		})
	}
}

func TestAClockIn1970IsPutRightByTheCloud(t *testing.T) {
	inTime(t, func(t *testing.T) {
		ahead := 26 * 365 * 24 * time.Hour // the fake clock stands in 2000
		c, b := newTestCloud(t, ahead), newTestBox(t)
		b.reach(c)
		l, stop := b.run()
		if _, err := l.Enrol(t.Context(), "https://cloud.example", c.offer()); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if s := l.State(); !s.Up || s.Clock != "cloud" {
			t.Errorf("state %+v", s)
		}
		c.mu.Lock()
		if n := len(c.statuses); n == 0 || c.statuses[n-1].Clock != "cloud" {
			t.Errorf("%d statuses, %+v", n, c.statuses)
		}
		c.mu.Unlock()
		stop()
		l, _ = b.run() // the time is kept on the disk
		pass(time.Minute)
		if s := l.State(); !s.Up {
			t.Errorf("after a restart: %+v", s)
		}
	})
}

func TestWithoutAFloorAClockIn1970IsTold(t *testing.T) {
	inTime(t, func(t *testing.T) {
		ahead := 26 * 365 * 24 * time.Hour
		c, b := newTestCloud(t, ahead), newTestBox(t)
		b.join(c)
		l, stop := b.run()
		pass(time.Minute)
		if s := l.State(); s.Up || !strings.Contains(s.Trouble, "clock says 2000-01-01") {
			t.Errorf("state %+v", s)
		}
		stop()
		b.floor = time.Now().Add(ahead - time.Hour + time.Minute) // the build time
		l, _ = b.run()
		pass(time.Minute)
		if s := l.State(); !s.Up {
			t.Errorf("with a floor: %+v", s)
		}
	})
}

// Boxes that were enrolled at one moment renew in the fifteenth of the life that follows its second third, each at a time of its own.
func TestRenewalsAreSpreadAndNeverEarly(t *testing.T) {
	from := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, life := range []time.Duration{time.Hour, 90 * 24 * time.Hour, 100 * 365 * 24 * time.Hour} {
		due, late := from.Add(life-life/3), 0
		for n := range 500 {
			at := renewal(&x509.Certificate{NotBefore: from, NotAfter: from.Add(life), Raw: []byte{byte(n), byte(n >> 8)}})
			if at.Before(due) || at.After(due.Add(life/15)) {
				t.Fatalf("of %s, box %d renews %s after it is due", life, n, at.Sub(due))
			}
			if at.After(due.Add(life / 30)) {
				late++
			}
		}
		if late < 150 || late > 350 {
			t.Errorf("of %s, %d of 500 boxes renew in the second half", life, late)
		}
	}
}

func TestACertificateIsRenewedInTimeAndAfterIt(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		c.noStream, b.pace = true, Pace{Beat: 6 * time.Hour, Poll: 6 * time.Hour, Again: 48 * time.Hour}
		b.join(c)
		var first, now identity
		must(t, b.l().read(fileIdentity, &first))
		l, stop := b.run()
		pass(55 * 24 * time.Hour)
		if c.renewed != 0 {
			t.Fatal("renewed too early")
		}
		pass(12 * 24 * time.Hour)
		must(t, b.l().read(fileIdentity, &now))
		if c.renewed != 1 || string(now.Key) == string(first.Key) || !l.State().Up {
			t.Fatalf("%d renewals, new key %v, %+v", c.renewed, string(now.Key) != string(first.Key), l.State())
		}
		stop()
		time.Sleep(150 * 24 * time.Hour) // in a stockroom
		l, _ = b.run()
		pass(time.Minute)
		var late identity
		must(t, b.l().read(fileIdentity, &late))
		if c.renewed != 2 || string(late.Key) != string(now.Key) || !l.State().Up {
			t.Fatalf("%d renewals, same key %v, %+v", c.renewed, string(late.Key) == string(now.Key), l.State())
		}
		exactlyOnce(t, b, c)
	})
}

func TestARevokedBoxStopsAndSaysSoUntilItIsEnrolledAgain(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		l, _ := b.run()
		pass(time.Minute)
		c.mu.Lock()
		c.code = wire.CodeRevoked
		c.mu.Unlock()
		pass(5 * time.Minute)
		if s := l.State(); s.Up || !s.Stopped || !strings.Contains(s.Trouble, "enrol it again") {
			t.Errorf("state %+v", s)
		}
		var dials atomic.Int32
		b.mu.Lock()
		b.cloud = func() (net.Conn, error) { dials.Add(1); return c.dial() }
		b.mu.Unlock()
		pass(24 * time.Hour)
		if dials.Load() != 0 {
			t.Errorf("%d connections of a box that was let go", dials.Load())
		}
		c.mu.Lock()
		c.code = ""
		c.mu.Unlock()
		if _, err := l.Enrol(t.Context(), "https://cloud.example", c.offer()); err != nil {
			t.Fatal(err)
		}
		b.ring(3)
		pass(time.Minute)
		exactlyOnce(t, b, c)
	})
}

func TestWhereStreamsDoNotGetThroughTheLinkPolls(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.noStream = true
		l, _ := b.run()
		pass(30 * time.Minute)
		if c.streams != 2 || l.State().Stream || !l.State().Up {
			t.Errorf("%d streams tried, %+v", c.streams, l.State())
		}
		c.publish(1, "one")
		pass(3 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Kept)
		c.mu.Lock()
		c.noStream = false
		c.mu.Unlock()
		pass(time.Hour)
		if !l.State().Stream {
			t.Error("the stream was not tried again")
		}
	})
}

func TestTheProxyOfTheBranch(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		asked := make(chan string, 10)
		var refuse atomic.Bool
		refuse.Store(true)
		proxy := func() (net.Conn, error) {
			near, far := net.Pipe()
			no := refuse.Load()
			go func() {
				buf := make([]byte, 4096)
				n, _ := far.Read(buf)
				asked <- string(buf[:n])
				if no {
					_, _ = io.WriteString(far, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
					_ = far.Close()
					return
				}
				_, _ = io.WriteString(far, "HTTP/1.1 200 Connection established\r\n\r\n")
				cloud, err := c.dial()
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(cloud, far); _ = cloud.Close() }()
				_, _ = io.Copy(far, cloud)
				_ = far.Close()
			}()
			return near, nil
		}
		o := b.options()
		o.Proxy = func() string { return "http://user:word@proxy.example:3128" }
		o.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
			if address != "proxy.example:3128" {
				t.Errorf("dialled %s", address)
			}
			return proxy()
		}
		l, err := New(o)
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); l.Run(ctx) }()
		pass(time.Second)
		if s := l.State(); s.Up || !strings.Contains(s.Trouble, "user and password") {
			t.Errorf("state %+v", s)
		}
		if head := <-asked; !strings.HasPrefix(head, "CONNECT cloud.example:443 HTTP/1.1\r\n") || !strings.Contains(head, "Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n") {
			t.Errorf("asked the proxy %q", head)
		}
		refuse.Store(false)
		pass(10 * time.Minute)
		if s := l.State(); !s.Up {
			t.Errorf("state %+v", s)
		}
		cancel()
		<-done
	})
}
