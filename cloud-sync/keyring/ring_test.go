package keyring

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

func open(t *testing.T, dir string) *Ring {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeysAreMadeOnceAndOursAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	first := open(t, dir)
	keys, err := first.Keys("t1")
	if err != nil || len(keys) != 2 || keys[0].ID == keys[1].ID {
		t.Fatalf("%+v, %v", keys, err)
	}
	second := open(t, dir)
	again, err := second.Keys("t1")
	if err != nil || again[0].ID != keys[0].ID || again[1].ID != keys[1].ID {
		t.Errorf("the keys are %+v (%v), were %+v", again, err, keys)
	}
	if string(first.Roots()[0]) != string(second.Roots()[0]) || string(first.Listener()) != string(second.Listener()) {
		t.Error("another root or listener after opening again")
	}
	err = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want || strings.HasPrefix(e.Name(), ".part") {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysLieApartFromTheDatabase(t *testing.T) {
	dir := t.TempDir()
	linked := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, linked); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ keys, database string }{
		{dir, dir}, {filepath.Join(dir, "keys"), dir}, {dir, filepath.Join(dir, "db")}, {linked, dir}, {filepath.Join(linked, "k"), dir},
	} {
		if _, err := Open(c.keys, "", c.database); err == nil || !strings.Contains(err.Error(), "may not lie with the database") {
			t.Errorf("keys in %s, database in %s: %v", c.keys, c.database, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "keys"), filepath.Join(dir, "keys2"), ""); err != nil {
		t.Errorf("side by side: %v", err)
	}
}

func TestKeysThatOthersMayReadAreRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	open(t, dir)
	for path, mode := range map[string]os.FileMode{filepath.Join(dir, "root.key"): 0o640, dir: 0o755} {
		was, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "may be read by others") {
			t.Errorf("%s with %v: %v", path, mode, err)
		}
		if err := os.Chmod(path, was.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPartialWritesAreSurvived takes files away, empties them and leaves scraps, as a power cut may while keys are made or renewed.
func TestPartialWritesAreSurvived(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(dir string) error
		words  string // "": it opens
	}{
		{"a scrap", func(dir string) error { return os.WriteFile(filepath.Join(dir, ".part-1"), []byte("half"), 0o600) }, ""},
		{"no root certificate yet", func(dir string) error { return os.Remove(filepath.Join(dir, "root.crt")) }, ""},
		{"no issuer yet", func(dir string) error { return os.Remove(filepath.Join(dir, "issuer.crt")) }, ""},
		{"no listener yet", func(dir string) error {
			return os.Remove(filepath.Join(dir, "listener.crt"))
		}, ""},
		{"listener's certificate is empty", func(dir string) error { return os.Truncate(filepath.Join(dir, "listener.crt"), 0) }, ""},
		{"root's key is gone", func(dir string) error { return os.Remove(filepath.Join(dir, "root.key")) }, "put it back from your copy"},
		{"root's key is empty", func(dir string) error { return os.Truncate(filepath.Join(dir, "root.key"), 0) }, "put it back from your copy"},
		{"root's certificate is empty", func(dir string) error { return os.Truncate(filepath.Join(dir, "root.crt"), 0) }, "put it back from your copy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "keys")
			open(t, dir)
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			r, err := Open(dir)
			switch {
			case c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)):
				t.Errorf("%v, want words like %q", err, c.words)
			case c.words == "" && err != nil:
				t.Error(err)
			case c.words == "":
				verified(t, r, time.Now())
			}
		})
	}
}

// verified has a box's certificate and the listener's checked against what boxes are told to trust.
func verified(t *testing.T, r *Ring, now time.Time) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, expires, err := r.Issue("d1", key.Public(), now)
	if err != nil {
		t.Fatal(err)
	}
	box, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(r.root.cert)
	intermediates.AddCert(r.Issuers()[0])
	if _, err := box.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("a box's certificate: %v", err)
	}
	if _, err := box.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err == nil {
		t.Error("a box can pass for a server")
	}
	if box.Subject.CommonName != "d1" || box.URIs[0].String() != "urn:autocom:device:d1" || !box.NotAfter.Equal(expires) || box.IsCA {
		t.Errorf("the certificate is of %s, %v, until %v (%v)", box.Subject, box.URIs, box.NotAfter, expires)
	}
	listener, err := r.Certificate(now)
	if err != nil {
		t.Fatal(err)
	}
	only := x509.NewCertPool()
	for _, root := range r.Roots() {
		c, err := x509.ParseCertificate(root)
		if err != nil {
			t.Fatal(err)
		}
		only.AddCert(c)
	}
	if _, err := listener.Leaf.Verify(x509.VerifyOptions{DNSName: wire.ServerName, Roots: only, CurrentTime: now}); err != nil {
		t.Errorf("the listener's certificate: %v", err)
	}
	return box
}

func TestListenerIsRenewedWithItsKey(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "keys"))
	spki := string(r.Listener())
	now := time.Now()
	first, err := r.Certificate(now)
	if err != nil {
		t.Fatal(err)
	}
	for months := range 30 {
		now := now.AddDate(0, months, 0)
		verified(t, r, now)
	}
	last, err := r.Certificate(now.AddDate(0, 30, 0))
	if err != nil {
		t.Fatal(err)
	}
	if string(r.Listener()) != spki || first.Leaf.Equal(last.Leaf) {
		t.Error("the listener has another key, or the same certificate, after 30 months")
	}
}

func TestDocumentsAreSignedForTheirTenantAlone(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "keys"))
	d := wire.Desired{Tenant: "t1", Site: "s", Device: "d", Revision: 1, Document: "x"}
	e, err := r.Seal("t1", d)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Seal("t1", d)
	if err != nil || string(again.Signature) != string(e.Signature) || string(again.Payload) != string(e.Payload) {
		t.Errorf("another envelope of the same document: %v", err)
	}
	mine, err := r.Keys("t1")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := r.Keys("t2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Open(mine, "d"); err != nil {
		t.Error(err)
	}
	if _, err := e.Open(theirs, "d"); err == nil {
		t.Error("another tenant's keys open it")
	}
	if _, err := r.Seal("t2", d); err == nil {
		t.Error("it was signed with another tenant's key")
	}
	for _, name := range []central.TenantID{"", "../root", "a/b", "é", central.TenantID(strings.Repeat("a", 65))} {
		if _, err := r.Keys(name); err == nil {
			t.Errorf("%q has keys", name)
		}
	}

	// A box that was told the keys before opens what is signed after one rotation, and not after two.
	for want, opens := range []bool{true, true, false} {
		if want > 0 {
			if err := r.Rotate("t1"); err != nil {
				t.Fatal(err)
			}
		}
		e, err := open(t, r.dir).Seal("t1", d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Open(mine, "d"); (err == nil) != opens {
			t.Errorf("after %d rotations: %v", want, err)
		}
	}
}

// TestProgramsThatStartAtOnceShareTheKeys has several rings made in one directory at the same moment.
func TestProgramsThatStartAtOnceShareTheKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	var wg sync.WaitGroup
	rings := make([]*Ring, 8)
	ids := make([]string, len(rings))
	for i := range rings {
		wg.Go(func() {
			r, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			keys, err := r.Keys("t1")
			if err != nil {
				t.Error(err)
				return
			}
			rings[i], ids[i] = r, keys[0].ID
		})
	}
	wg.Wait()
	for i, r := range rings {
		if r == nil || rings[0] == nil {
			continue
		}
		if string(r.Roots()[0]) != string(rings[0].Roots()[0]) || string(r.Listener()) != string(rings[0].Listener()) || ids[i] != ids[0] {
			t.Errorf("ring %d has other keys", i)
		}
		verified(t, r, time.Now())
	}
}
