package registrar

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/leg/digest"
)

// try proves an extension with a password.
func try(t *testing.T, g *Guard, now time.Time, at netip.Addr, ext, secret string) Verdict {
	t.Helper()
	v, _ := g.Check(now, at, "REGISTER", []string{prove(t, g.Challenges(now, "", false), ext, secret, 1)})
	return v
}

func TestOneMistypedPhoneSlowsItselfDownAlone(t *testing.T) {
	g, now := guard(), start()
	for range FailureLimit {
		if v := try(t, g, now, from(), "201", "guess"); v != Ask {
			t.Fatal(v)
		}
	}
	if v := try(t, g, now.Add(FailureWait-1), from(), "201", "secret one"); v != Refuse {
		t.Errorf("after %d failures: %v", FailureLimit, v)
	}
	if v := try(t, g, now, from(), "202", "secret two"); v != Known {
		t.Errorf("the phone beside it: %v", v)
	}
	if v := try(t, g, now, netip.MustParseAddr("192.0.2.21"), "201", "secret one"); v != Known {
		t.Errorf("the extension from elsewhere: %v", v)
	}
	// Each further wrong one doubles the wait, up to a minute.
	wait := FailureWait
	for range 6 {
		now = now.Add(wait)
		if v := try(t, g, now, from(), "201", "guess"); v != Ask {
			t.Fatalf("after %s: %v", wait, v)
		}
		wait = min(2*wait, MaxFailureWait)
		if v := try(t, g, now.Add(wait-1), from(), "201", "secret one"); v != Refuse {
			t.Fatalf("before %s: %v", wait, v)
		}
	}
	now = now.Add(MaxFailureWait)
	if v := try(t, g, now, from(), "201", "secret one"); v != Known {
		t.Errorf("repaired: %v", v)
	}
	if v := try(t, g, now, from(), "201", "guess"); v != Ask {
		t.Errorf("what was before is forgotten: %v", v)
	}
}

func TestAGuesserInTheBranchLocksOutNobodyWhoWasThere(t *testing.T) {
	g, now := guard(), start()
	if v := try(t, g, now, from(), "201", "secret one"); v != Known {
		t.Fatal(v)
	}
	for i := range GuessLimit {
		if v := try(t, g, now, from(), fmt.Sprint("9", i), "guess"); v != Ask {
			t.Fatalf("guess %d: %v", i, v)
		}
	}
	for ext, want := range map[string]Verdict{"201": Known, "202": Refuse, "999": Refuse} {
		secret := map[string]string{"201": "secret one", "202": "secret two"}[ext]
		if v := try(t, g, now, from(), ext, secret); v != want {
			t.Errorf("%s: %v, want %v", ext, v, want)
		}
	}
	if v := try(t, g, now.Add(GuessSpan+time.Second), from(), "202", "secret two"); v != Known {
		t.Errorf("a minute later: %v", v)
	}
}

// Whoever is let in again by hand need not wait any more.
func TestPardonForgetsWrongPasswords(t *testing.T) {
	g, now := guard(), start()
	for range GuessLimit {
		try(t, g, now, from(), "201", "guess")
		now = now.Add(MaxFailureWait / GuessLimit)
	}
	if v := try(t, g, now, from(), "201", "secret one"); v != Refuse {
		t.Fatal(v)
	}
	g.Pardon(netip.MustParseAddr("192.0.2.99"))
	if v := try(t, g, now, from(), "201", "secret one"); v != Refuse {
		t.Error("somebody else was pardoned: ", v)
	}
	g.Pardon(from())
	if v := try(t, g, now, from(), "201", "secret one"); v != Known {
		t.Error(v)
	}
}

func TestMemoryOfFailuresIsBounded(t *testing.T) {
	g, now := guard(), start()
	for i := range maxSources + 100 {
		try(t, g, now, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), "201", "guess")
	}
	f := &g.failures
	if len(f.sources) > maxSources || len(f.pairs) > maxPairs {
		t.Errorf("%d sources, %d pairs", len(f.sources), len(f.pairs))
	}
	try(t, g, now.Add(2*failureMemory), from(), "201", "guess")
	if len(f.sources) != 1 || len(f.pairs) != 1 {
		t.Errorf("two hours later: %d sources, %d pairs", len(f.sources), len(f.pairs))
	}
	for i := range maxProved + 100 {
		f.proved(now, from(), fmt.Sprint(i))
	}
	if len(f.friends) > maxProved {
		t.Errorf("%d proved", len(f.friends))
	}
}

// RFC 7616 §5.5: who copies the answer off the wire has nothing.
func TestNonceIsWorthNothingFromAnotherAddress(t *testing.T) {
	g, now := guard(), start()
	ch := g.Challenges(now, "", false)
	if v, _ := g.Check(now, from(), "REGISTER", []string{prove(t, ch, "201", "secret one", 1)}); v != Known {
		t.Fatal(v)
	}
	other := netip.MustParseAddr("192.0.2.99")
	for nc := range uint32(3) {
		if v, _ := g.Check(now, other, "REGISTER", []string{prove(t, ch, "201", "secret one", nc+1)}); v != AskOnce {
			t.Errorf("count %d from another address: %v", nc+1, v)
		}
	}
	if v, _ := g.Check(now, from(), "REGISTER", []string{prove(t, ch, "201", "secret one", 2)}); v != Known {
		t.Errorf("the phone itself: %v", v)
	}
}

// A stranger cannot tell an extension that is there from one that is not, whatever it tries.
func TestExistingAndMissingExtensionsAreAlike(t *testing.T) {
	now := start()
	old := guard().Challenges(now, "", false)
	for name, attempt := range map[string]func(g *Guard, ext string) []string{
		"nothing": func(*Guard, string) []string { return nil },
		"wrong password": func(g *Guard, ext string) []string {
			return []string{prove(t, g.Challenges(now, "", false), ext, "guess", 1)}
		},
		"foreign nonce": func(_ *Guard, ext string) []string { return []string{prove(t, old, ext, "guess", 1)} },
		"stale nonce": func(g *Guard, ext string) []string {
			return []string{prove(t, g.Challenges(now.Add(-2*NonceLife), "", false), ext, "guess", 1)}
		},
	} {
		var got [2][]Verdict
		for i, ext := range []string{"201", "999"} {
			g := guard()
			for range 2 * FailureLimit {
				v, _ := g.Check(now, from(), "REGISTER", attempt(g, ext))
				got[i] = append(got[i], v)
			}
		}
		if !slices.Equal(got[0], got[1]) {
			t.Errorf("%s: %v for one that is there, %v for one that is not", name, got[0], got[1])
		}
	}
}

// FuzzAuthorization gives the guard any header. Nobody gets in without the password.
func FuzzAuthorization(f *testing.F) {
	g, now := guard(), start()
	ch := g.Challenges(now, "", false)
	c, err := digest.Answer(ch, "201", "guess", "REGISTER", "sip:x", "cn")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.String())
	f.Add("Digest " + strings.Repeat("a=b,", 40))
	f.Add(`Digest username="201",realm="autocom",nonce="",response="",qop=auth,nc=00000001`)
	f.Add(`Digest username="2\"01", realm="autocom", nonce="x", uri="sip:x", response="y", algorithm=SHA-256, qop=auth, nc=ffffffff`)
	f.Add("NoOneKnowsThisScheme opaque-data=here")
	f.Fuzz(func(t *testing.T, header string) {
		g := guard()
		for range 3 {
			v, who := g.Check(now, from(), "REGISTER", []string{header})
			if v == Known || v == AskOnce || who != "" {
				t.Fatalf("%v %q for %q", v, who, header)
			}
		}
		if n := len(g.failures.pairs); n > 1 {
			t.Fatalf("%d pairs of one header", n)
		}
	})
}
