package wire_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"autocom/cloud-sync/wire"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func claim(t *testing.T) wire.Claim {
	t.Helper()
	c, err := wire.NewClaim(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAClaimIsReadAsPeopleTypeIt(t *testing.T) {
	for range 200 {
		c := claim(t)
		loose := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(c.Spelled()))
		for _, typed := range []string{c.Spelled(), string(c), loose, " " + strings.ReplaceAll(c.Spelled(), "-", " ") + " "} {
			if got, err := wire.ParseClaim(typed); err != nil || got != c {
				t.Errorf("%q is read as %q, %v", typed, string(got), err)
			}
		}
		if s := fmt.Sprint(c); strings.Contains(s, string(c)) {
			t.Error("a claim shows itself")
		}
	}
}

// TestOneWrongCharacterAndTwoSwappedOnesAreNoticed tries every one of them.
func TestOneWrongCharacterAndTwoSwappedOnesAreNoticed(t *testing.T) {
	for range 100 {
		c := claim(t)
		for i := range c {
			for _, r := range crockford {
				typed := string(c[:i]) + string(r) + string(c[i+1:])
				if _, err := wire.ParseClaim(typed); (err == nil) != (typed == string(c)) {
					t.Fatalf("%s with %c at %d: %v", string(c), r, i, err)
				}
			}
			if i == 0 || c[i] == c[i-1] {
				continue
			}
			swapped := []byte(c)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			if _, err := wire.ParseClaim(string(swapped)); !errors.Is(err, wire.ErrClaim) {
				t.Fatalf("%s as %s: %v", string(c), swapped, err)
			}
		}
	}
}

func TestWhatIsNoClaimIsRefused(t *testing.T) {
	for _, typed := range []string{"", "-", "0000", "0000-0000-000", "0000-0000-0000-0", "0000-0000-000U", "0000-0000-000é", "0000_0000_0000", strings.Repeat("0", 100000), "0000-0000-000\x00"} {
		if _, err := wire.ParseClaim(typed); !errors.Is(err, wire.ErrClaim) {
			t.Errorf("%.20q: %v", typed, err)
		}
	}
}

func TestAProofIsOfThisClaimThisCertificateAndThisRequest(t *testing.T) {
	keys, err := claim(t).Keys()
	if err != nil {
		t.Fatal(err)
	}
	other, err := claim(t).Keys()
	if err != nil {
		t.Fatal(err)
	}
	if keys.ID == other.ID || bytes.Equal(keys.Key, other.Key) {
		t.Fatal("two claims derive the same")
	}
	proof := keys.BoxProof([]byte("spki"), []byte("csr"))
	for name, got := range map[string][]byte{
		"another certificate": keys.BoxProof([]byte("spkj"), []byte("csr")),
		"another request":     keys.BoxProof([]byte("spki"), []byte("css")),
		"moved border":        keys.BoxProof([]byte("spk"), []byte("icsr")),
		"another claim":       other.BoxProof([]byte("spki"), []byte("csr")),
	} {
		if bytes.Equal(got, proof) {
			t.Errorf("%s has the same proof", name)
		}
	}
	a := wire.EnrolAnswer{Device: "d", Tenant: "t", Site: "s", Certificate: []byte("cert"), Roots: [][]byte{[]byte("root")}, Keys: []wire.TrustedKey{{ID: "k", Public: []byte("public")}}, Time: 7}
	proof = keys.CloudProof([]byte("spki"), a)
	for name, change := range map[string]func(*wire.EnrolAnswer){
		"device": func(a *wire.EnrolAnswer) { a.Device = "e" }, "tenant": func(a *wire.EnrolAnswer) { a.Tenant = "u" }, "site": func(a *wire.EnrolAnswer) { a.Site = "z" },
		"time": func(a *wire.EnrolAnswer) { a.Time = 8 }, "certificate": func(a *wire.EnrolAnswer) { a.Certificate = []byte("other") },
		"root": func(a *wire.EnrolAnswer) { a.Roots = [][]byte{[]byte("evil")} }, "more roots": func(a *wire.EnrolAnswer) { a.Roots = append(a.Roots, []byte("evil")) },
		"key": func(a *wire.EnrolAnswer) { a.Keys = []wire.TrustedKey{{ID: "k", Public: []byte("evil")}} }, "no key": func(a *wire.EnrolAnswer) { a.Keys = nil },
	} {
		b := a
		b.Roots = append([][]byte(nil), a.Roots...)
		change(&b)
		if bytes.Equal(keys.CloudProof([]byte("spki"), b), proof) {
			t.Errorf("another %s has the same proof", name)
		}
	}
	if bytes.Equal(keys.CloudProof([]byte("other"), a), proof) {
		t.Error("another certificate of the connection has the same proof")
	}
}

func FuzzParseClaim(f *testing.F) {
	for _, s := range []string{"0000-0000-0000", "o0il-1234-abcd", "", "é", "ZZZZ ZZZZ ZZZZ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := wire.ParseClaim(typed)
		if err != nil {
			return
		}
		if again, err := wire.ParseClaim(c.Spelled()); err != nil || again != c || len(c) != 12 {
			t.Errorf("%q is %q, which is %q, %v", typed, string(c), string(again), err)
		}
	})
}
