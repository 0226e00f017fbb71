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
	"strings"
	"testing"
	"time"

	"autocom/cloud-sync/wire"
)

// on serves a stranger on a real port of this machine and returns its address.
func on(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
			serve(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// pages is a server of plain HTTP that answers 200 to everything, as an access portal does, or over TLS with a certificate of its own.
func pages(t *testing.T, certificate *tls.Certificate) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>Bienvenue, acceptez les conditions</html>")
		}),
	}
	at := l.Addr().String()
	if certificate != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return at
}

// selfMade is a certificate that nobody but its owner vouches for.
func selfMade(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Routeur"}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// What stands in place of the console, on real ports: each has a cause of its own, when the box is attached there and when it is attached already.
func TestEachCauseOnARealPort(t *testing.T) {
	for _, p := range []struct {
		name   string
		at     func(t *testing.T) string
		enrol  Cause
		linked Cause
		detail string // in that of the link
	}{
		{"plain HTTP that answers 200", func(t *testing.T) string { return pages(t, nil) }, Portal, Portal, "cloud.example"},
		{"bytes that are no TLS", func(t *testing.T) string {
			return on(t, func(c net.Conn) {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, "220 mail.example ESMTP\r\n")
			})
		}, Portal, Portal, ""},
		{"TLS with another certificate", func(t *testing.T) string { return pages(t, selfMade(t, "router.example")) }, NotOurs, NotOurs, "Routeur"},
		{"TLS with our name that opens nothing", func(t *testing.T) string { return pages(t, selfMade(t, wire.ServerName)) }, Portal, NotOurs, "Routeur"},
		{"a connection that is cut", func(t *testing.T) string {
			return on(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })
		}, Cut, Cut, ""},
		{"nobody", func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			must(t, l.Close())
			return l.Addr().String()
		}, Unreachable, Unreachable, "cloud.example"},
	} {
		t.Run(p.name, func(t *testing.T) {
			c, b := newTestCloud(t, 0), newTestBox(t)
			at := p.at(t)
			o := b.options()
			o.Dial, o.Through = nil, nil
			_, err := Enrol(t.Context(), b.dir, "https://"+at, c.offer(), o.Who, o)
			if name, _ := NameOf(err); name != string(p.enrol) {
				t.Errorf("enrolment: %s (%v), want %s", name, err, p.enrol)
			}
			b.join(c)
			s := down(t, b, at)
			if s.Cause != string(p.linked) || !strings.Contains(s.Detail, p.detail) || s.Trouble == "" {
				t.Errorf("the link: %+v, want %s", s, p.linked)
			}
		})
	}
}

// A box whose clock stands in 1970: every certificate of the console begins later.
func TestAClockIn1970HasItsCauseOnARealPort(t *testing.T) {
	c, b := newTestCloud(t, time.Until(time.Now().AddDate(56, 0, 0))), newTestBox(t)
	b.join(c)
	at := relayed(t, c)
	s := down(t, b, at)
	if s.Cause != string(WrongClock) || !strings.HasPrefix(s.Detail, time.Now().UTC().Format("2006-")) {
		t.Errorf("the link: %+v", s)
	}
	// One whose clock is ahead finds everything over: that may be the console's fault too.
	c, b = newTestCloud(t, -time.Until(time.Now().AddDate(56, 0, 0))), newTestBox(t)
	b.join(c)
	if s := down(t, b, relayed(t, c)); s.Cause != string(Expired) {
		t.Errorf("the link: %+v", s)
	}
}

// relayed is a test's cloud on a real port.
func relayed(t *testing.T, c *testCloud) string {
	return on(t, func(near net.Conn) {
		far, err := c.dial()
		if err != nil {
			return
		}
		done := make(chan struct{})
		go func() { defer close(done); _, _ = io.Copy(near, far); _ = near.Close() }()
		_, _ = io.Copy(far, near)
		_ = far.Close()
		<-done
	})
}

// down has a box tell its status at an address, and returns what it then says of its link.
func down(t *testing.T, b *testBox, at string) State {
	t.Helper()
	o := b.options()
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, at)
	}
	o.Through = nil
	l, err := New(o)
	must(t, err)
	client, _ := l.current()
	defer client.idle()
	err = l.tell(t.Context(), client)
	if err == nil {
		t.Fatal("the link is up")
	}
	if _, is := errors.AsType[*Trouble](err); !is {
		t.Errorf("no trouble: %v", err)
	}
	l.wentDown(err)
	s := l.State()
	l.wentUp()
	if up := l.State(); up.Cause != "" || up.Detail != "" || up.Trouble != "" {
		t.Errorf("up again, and still in trouble: %+v", up)
	}
	return s
}
