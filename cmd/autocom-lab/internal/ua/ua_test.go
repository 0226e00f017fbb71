package ua

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/icholy/digest"
	"go.uber.org/goleak"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The example of RFC 7616 §3.9.1.
func TestRFC7616Section3_9_1(t *testing.T) {
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		c, err := parseChallenge(`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=` + algorithm +
			`, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`)
		if err != nil {
			t.Fatal(err)
		}
		got := c.credentials("Mufasa", "Circle of Life", "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1)
		if !strings.Contains(got, `response="`+want+`"`) {
			t.Errorf("%s: %s", algorithm, got)
		}
	}
}

func TestStrongestAndOddChallenges(t *testing.T) {
	md5 := `Digest realm="a", nonce="n1", algorithm=MD5`
	sha := `Digest realm="a", nonce="n2", algorithm=SHA-256, qop="auth"`
	for _, list := range [][]string{{md5, sha}, {sha, md5}} {
		if c, err := strongest(list); err != nil || c.nonce != "n2" {
			t.Errorf("%+v %v", c, err)
		}
	}
	for _, bad := range []string{"", "Basic realm=x", "Digest realm=x", `Digest nonce="x", algorithm=SHA-512-256`} {
		if c, err := strongest([]string{bad}); err == nil {
			t.Errorf("%q gave %+v", bad, c)
		}
	}
}

// registrar answers REGISTER and INVITE with a challenge and checks what comes
// back with a library of others.
func registrar(t *testing.T, algorithm, secret string, see func(m *sipmsg.Message)) netip.AddrPort {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	ch := digest.Challenge{Realm: "box", Nonce: "abc,def", Algorithm: algorithm, QOP: []string{"auth"}}
	go func() {
		defer close(done)
		buf := make([]byte, 65535)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			m, err := sipmsg.Parse(buf[:n])
			if err != nil || m.Method == "ACK" {
				continue
			}
			see(m)
			r := &sipmsg.Message{Code: 401, Reason: "Unauthorized"}
			for _, h := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Contact"} {
				if v := m.Header(h); v != "" {
					r.Add(h, v)
				}
			}
			if cred, err := digest.ParseCredentials(m.Header("Authorization")); err == nil {
				want, err := digest.Digest(&ch, digest.Options{
					Method: m.Method, URI: cred.URI, Username: cred.Username, Password: secret, Cnonce: cred.Cnonce, Count: cred.Nc,
				})
				if err == nil && want.Response == cred.Response {
					r.Code, r.Reason = 200, "OK"
					if m.Method == "INVITE" {
						r.Code, r.Reason = 486, "Busy Here"
					}
					r.Set("Contact", r.Header("Contact")+";expires=77")
				}
			}
			if r.Code == 401 {
				r.Add("WWW-Authenticate", `Digest realm="box", nonce="old", algorithm=XYZ`)
				r.Add("WWW-Authenticate", ch.String())
			}
			_, _ = conn.WriteToUDPAddrPort(r.Append(nil), from)
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestRegisterWithDigest(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		t.Run(algorithm, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			var mu sync.Mutex
			var counts []string
			box := registrar(t, algorithm, "s3cret", func(m *sipmsg.Message) {
				mu.Lock()
				defer mu.Unlock()
				if c, err := digest.ParseCredentials(m.Header("Authorization")); err == nil {
					counts = append(counts, fmt.Sprint(m.Method, c.Nc))
				} else {
					counts = append(counts, m.Method)
				}
			})
			a, err := Listen(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Box: box, ReuseNonce: true})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			good, bad := Account{"201", "s3cret"}, Account{"202", "wrong"}
			for range 2 {
				if n, err := a.Register(ctx, good, 3600); err != nil || n != 77 {
					t.Fatalf("granted %d s, %v", n, err)
				}
			}
			c, err := a.Place(Invite{To: "202", Account: &good})
			if err != nil {
				t.Fatal(err)
			}
			if e, err := c.Wait(ctx, Refused); err != nil || e.Code != 486 {
				t.Errorf("an INVITE with credentials: %v %v", e, err)
			}
			mu.Lock()
			got := strings.Join(counts, " ")
			mu.Unlock()
			if want := "REGISTER REGISTER1 REGISTER2 INVITE INVITE1"; got != want {
				t.Errorf("the box saw %q, want %q", got, want)
			}
			var refusal Refusal
			if _, err := a.Register(ctx, bad, 60); !errors.As(err, &refusal) || refusal.Code != 401 {
				t.Errorf("a wrong secret gives %v", err)
			}
		})
	}
}

func TestRegisterWhenNobodyIsThere(t *testing.T) {
	a, err := Listen(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Box: netip.MustParseAddrPort("127.0.0.9:9")})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.Register(ctx, Account{"201", "x"}, 60); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
