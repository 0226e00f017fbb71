package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/sim/memnet"
)

func open(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// handshake is a phone that trusts the authority.
func handshake(t *testing.T, s *Store, ca []byte, name string) error {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	wires := memnet.NewStreams()
	ln := wires.Listen("192.0.2.1:5061")
	b, err := wires.Dial(context.Background(), netip.MustParseAddrPort("192.0.2.9:0"), netip.MustParseAddrPort("192.0.2.1:5061"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = tls.Server(a, s.TLS()).Handshake() }()
	defer func() { b.Close(); a.Close(); <-done }()
	return tls.Client(b, &tls.Config{RootCAs: roots, ServerName: name}).Handshake()
}

func TestFirstStartMakesAnAuthorityAndACertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	names := []string{"box.example.net", "192.0.2.1", "2001:db8::1"}
	s := open(t, Config{Dir: dir, Names: names})
	ca, shown := s.Authority()
	for _, n := range names {
		if err := handshake(t, s, ca, n); err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}
	if err := handshake(t, s, ca, "other.example.net"); err == nil {
		t.Error("another name is trusted")
	}
	for file, mode := range map[string]os.FileMode{authorityFile: 0o600, serverFile: 0o600, publicFile: 0o644} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	if n := len(strings.Split(shown, ":")); n != 32 {
		t.Errorf("fingerprint %q", shown)
	}

	again := open(t, Config{Dir: dir, Names: names})
	if again.Fingerprint() != s.Fingerprint() {
		t.Error("a restart made another certificate")
	}
	moved := open(t, Config{Dir: dir, Names: []string{"192.0.2.2"}})
	if _, p := moved.Authority(); p != shown || moved.Fingerprint() == s.Fingerprint() {
		t.Error("a new address needs a new certificate of the same authority")
	}
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Dir: dir, Names: []string{"192.0.2.1"}}
	s := open(t, cfg)
	if err := os.WriteFile(filepath.Join(dir, serverFile), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := open(t, cfg); again.Fingerprint() == s.Fingerprint() {
		t.Error("the damaged certificate came back")
	}
	if err := os.WriteFile(filepath.Join(dir, authorityFile), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg); err == nil {
		t.Error("a damaged authority was silently replaced: every phone would have to be visited")
	}
	for _, bad := range []Config{{Dir: dir}, {Dir: dir, CertFile: "x"}, {CertFile: "/nowhere", KeyFile: "/nowhere"}} {
		if _, err := Open(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestRenewedBeforeItExpires(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, Config{Dir: dir, Names: []string{"192.0.2.1"}})
		ca, _ := s.Authority()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); s.Keep(ctx, slog.New(slog.DiscardHandler)) }()
		seen := map[string]bool{}
		for range 2 * 12 {
			time.Sleep(31 * 24 * time.Hour)
			synctest.Wait()
			if left := time.Until(s.Expires()); left < renewBefore-Every {
				t.Fatalf("%v left", left)
			}
			if err := handshake(t, s, ca, "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			seen[s.Fingerprint()] = true
		}
		if len(seen) < 2 || len(seen) > 4 {
			t.Errorf("%d certificates in two years", len(seen))
		}
		cancel()
		<-done
	})
}

// A box without a clock begins in the past; when it learns the time, its certificate is made anew, its authority is not.
func TestClockThatJumps(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Names: []string{"192.0.2.1"}}
	var shown string
	synctest.Test(t, func(t *testing.T) { // in the year 2000
		s := open(t, cfg)
		_, shown = s.Authority()
	})
	s := open(t, cfg)
	ca, p := s.Authority()
	if p != shown {
		t.Error("another authority")
	}
	if err := handshake(t, s, ca, "192.0.2.1"); err != nil {
		t.Error(err)
	}
}

func TestInstallersOwnPairIsTakenWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "own.crt"), filepath.Join(dir, "own.key")
	authority, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	put := func(at time.Time) {
		p, err := issue(authority, []string{"box.example.net"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		both := filepath.Join(dir, "both.pem")
		if err := writePair(both, p); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(both)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{cert, key} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	now := time.Now()
	put(now)
	s := open(t, Config{CertFile: cert, KeyFile: key})
	first := s.Fingerprint()
	if err := handshake(t, s, certPEM(authority.cert), "box.example.net"); err != nil {
		t.Error(err)
	}
	if changed, err := s.Reload(now); changed || err != nil {
		t.Error(changed, err)
	}
	put(now.Add(time.Second))
	if changed, err := s.Reload(now); !changed || err != nil || s.Fingerprint() == first {
		t.Error(changed, err)
	}
	second := s.Fingerprint()
	if err := os.WriteFile(key, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reload(now); err == nil || s.Fingerprint() != second {
		t.Error("a damaged key must leave the last good one in use:", err)
	}
}
