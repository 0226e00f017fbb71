package digest

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// RFC 7616 §3.9.1, both algorithms.
func TestRFC7616S3_9_1Examples(t *testing.T) {
	const nonce, cnonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for alg, want := range map[Algorithm]string{
		SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		MD5:    "8ca523f5e9506fed4657c9700eebdbec",
	} {
		c := Credentials{Username: "Mufasa", Realm: "http-auth@example.org", Nonce: nonce, URI: "/dir/index.html", Algorithm: alg, CNonce: cnonce, QOP: "auth", NC: 1}
		if got := c.Expected("GET", "Circle of Life"); got != want {
			t.Errorf("%s: %s, want %s", alg, got, want)
		}
	}
}

// RFC 2069 with the corrected response: phones without qop are understood as UAC towards old carriers.
func TestRFC2617S3_2_2WithoutQop(t *testing.T) {
	c := Credentials{Username: "Mufasa", Realm: "testrealm@host.com", Nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", URI: "/dir/index.html", Algorithm: MD5}
	if got := c.Expected("GET", "CircleOfLife"); got != "1949323746fe6a43ef61f9606e7febea" {
		t.Error(got)
	}
}

func TestBestChallengeIsAnswered(t *testing.T) {
	c, err := Answer([]string{`Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth"`, `Digest realm="r",nonce="m",qop="auth-int, auth"`, `Digest realm="r", nonce="s", algorithm=sha-256, qop="auth"`}, "u", "p", "INVITE", "sip:x", "c")
	if err != nil || c.Algorithm != SHA256 || c.Nonce != "s" || c.QOP != "auth" {
		t.Errorf("%+v %v", c, err)
	}
	back, err := ParseCredentials(c.String())
	if err != nil || back != c {
		t.Errorf("read back %+v, %v", back, err)
	}
	if _, err := Answer([]string{`Digest realm="r", nonce="n", qop="auth-int"`, "Basic x", ""}, "u", "p", "INVITE", "sip:x", "c"); err == nil {
		t.Error("answered what is not understood")
	}
}

func TestMalformedHeaders(t *testing.T) {
	for _, h := range []string{
		"", "Digest", "Digest ", "Basic dXNlcg==", `Digest username="a`, `Digest username="a" nonce="b"`, `Digest username="a", username="b", nonce="n", response="r"`,
		`Digest username="a", nonce="n", response="r", nc=zz`, `Digest username="a", nonce="n", response="r", nc=123456789`, `Digest =, =`,
		`Digest username="a", response="r"`, "Digest " + strings.Repeat("a=b,", 1000),
	} {
		if c, err := ParseCredentials(h); err == nil {
			t.Errorf("%.60q: %+v", h, c)
		}
	}
}

func TestSecretsMaskThemselves(t *testing.T) {
	s := Secret("hunter2")
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "secret", s)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "account", struct{ S Secret }{s})
	fmt.Fprintf(&b, "%v %s %#v %+v", s, s, s, struct{ S Secret }{s})
	if strings.Contains(b.String(), "hunter2") {
		t.Error(b.String())
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add(`Digest username="201", realm="autocom", nonce="n", uri="sip:x", response="r", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`)
	f.Add(`Digest username="a\"b\\", nonce=n, response="", opaque=""`)
	f.Add(`Digest a="`)
	f.Fuzz(func(t *testing.T, h string) {
		c, err := ParseCredentials(h)
		if err != nil {
			return
		}
		c.Expected("REGISTER", "x")
		if len(c.String()) > MaxHeader || strings.ContainsAny(c.String(), "\r\n\x00") || c.QOP != "" && strings.ContainsAny(c.QOP, `,"= `) {
			return // what cannot be written back is never written
		}
		back, err := ParseCredentials(c.String())
		if err != nil {
			t.Fatalf("%q wrote %q: %v", h, c.String(), err)
		}
		if c.QOP == "" {
			c.NC, c.CNonce = 0, ""
		}
		if back != c {
			t.Errorf("%q\n%+v\n%+v", h, c, back)
		}
	})
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="carrier", nonce="abc", algorithm=SHA-256, qop="auth,auth-int", stale=TRUE`)
	f.Fuzz(func(t *testing.T, h string) {
		if _, err := ParseChallenge(h); err != nil {
			return
		}
		c, err := Answer([]string{h}, "u", "p", "INVITE", "sip:x", "c")
		if err != nil {
			t.Fatalf("a challenge that can be read has no answer: %v", err)
		}
		if len(c.String()) > MaxHeader {
			return
		}
		if back, err := ParseCredentials(c.String()); err != nil || back != c {
			t.Fatalf("%+v was read back as %+v, %v", c, back, err)
		}
	})
}
