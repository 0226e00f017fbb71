package ua

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// A challenge is one WWW-Authenticate or Proxy-Authenticate value (RFC 7616 §3.3).
type challenge struct {
	realm, nonce, opaque, algorithm string
	qop                             bool // auth is offered
	stale                           bool
}

// parseChallenge reads the parameters of a Digest challenge.
func parseChallenge(value string) (challenge, error) {
	var c challenge
	rest, ok := cutFold(value, "Digest ")
	if !ok {
		return c, fmt.Errorf("ua: %.20q is no Digest challenge", value)
	}
	for rest != "" {
		var k, v string
		k, rest, ok = strings.Cut(rest, "=")
		if !ok {
			break
		}
		k = strings.ToLower(strings.Trim(k, " ,\t"))
		if strings.HasPrefix(rest, `"`) {
			v, rest, _ = strings.Cut(rest[1:], `"`)
		} else {
			v, rest, _ = strings.Cut(rest, ",")
		}
		switch v = strings.TrimSpace(v); k {
		case "realm":
			c.realm = v
		case "nonce":
			c.nonce = v
		case "opaque":
			c.opaque = v
		case "algorithm":
			c.algorithm = v
		case "stale":
			c.stale = strings.EqualFold(v, "true")
		case "qop":
			for q := range strings.SplitSeq(v, ",") {
				c.qop = c.qop || strings.EqualFold(strings.TrimSpace(q), "auth")
			}
		}
	}
	if c.nonce == "" {
		return c, errors.New("ua: a challenge without a nonce")
	}
	return c, nil
}

func cutFold(s, prefix string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// strongest chooses among challenges: SHA-256 before MD5 (RFC 8760 §2.4 leaves
// the order to the server; a lab phone takes what proves more).
func strongest(values []string) (challenge, error) {
	var best challenge
	err := errors.New("ua: no challenge")
	for _, v := range values {
		c, e := parseChallenge(v)
		switch {
		case e != nil:
			if best.nonce == "" {
				err = e
			}
		case newHash(c.algorithm) == nil:
			if best.nonce == "" {
				err = fmt.Errorf("ua: unknown digest algorithm %.20q", c.algorithm)
			}
		case best.nonce == "" || strings.HasPrefix(strings.ToUpper(c.algorithm), "SHA-256") && !strings.HasPrefix(strings.ToUpper(best.algorithm), "SHA-256"):
			best, err = c, nil
		}
	}
	return best, err
}

func newHash(algorithm string) func() hash.Hash {
	switch strings.ToUpper(algorithm) {
	case "", "MD5", "MD5-SESS":
		return md5.New
	case "SHA-256", "SHA-256-SESS":
		return sha256.New
	}
	return nil
}

// credentials answers the challenge (RFC 7616 §3.4): nc counts the uses of the
// nonce from 1.
func (c challenge) credentials(user, secret, method, uri, cnonce string, nc uint32) string {
	h := func(parts ...string) string {
		d := newHash(c.algorithm)()
		d.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(d.Sum(nil))
	}
	a1 := h(user, c.realm, secret)
	if strings.HasSuffix(strings.ToUpper(c.algorithm), "-SESS") {
		a1 = h(a1, c.nonce, cnonce)
	}
	a2 := h(method, uri)
	count := fmt.Sprintf("%08x", nc)
	response := h(a1, c.nonce, a2)
	if c.qop {
		response = h(a1, c.nonce, count, cnonce, "auth", a2)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s"`, user, c.realm, c.nonce, uri, response)
	if c.algorithm != "" {
		fmt.Fprintf(&b, `, algorithm=%s`, c.algorithm)
	}
	if c.opaque != "" {
		fmt.Fprintf(&b, `, opaque="%s"`, c.opaque)
	}
	if c.qop {
		fmt.Fprintf(&b, `, qop=auth, nc=%s, cnonce="%s"`, count, cnonce)
	}
	return b.String()
}
