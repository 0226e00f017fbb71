// Package digest is how a telephone proves that it knows its password without saying it: SIP digest authentication with SHA-256 and MD5.
//
// It reads and writes the headers of RFC 3261 §22 and RFC 8760 and computes the responses of RFC 7616; who may ask and for how long a nonce
// holds is the registrar's.
package digest

import (
	"crypto/md5" //nolint:gosec // RFC 3261 phones know nothing else; SHA-256 is offered first
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Algorithm is a hash a response is made with.
type Algorithm string

// The algorithms, best first (RFC 8760 §2.4).
const (
	SHA256 Algorithm = "SHA-256"
	MD5    Algorithm = "MD5"
)

// MaxHeader bounds a header that is read, in bytes.
const MaxHeader = 2048

// maxParams bounds the parameters of a header.
const maxParams = 24

// The errors of a header that cannot be used.
var (
	ErrMalformed   = errors.New("digest: malformed header")
	ErrUnsupported = errors.New("digest: neither SHA-256 nor MD5 with qop auth")
)

// Credentials is an Authorization or Proxy-Authorization header.
type Credentials struct {
	Username  string
	Realm     string
	Nonce     string
	URI       string
	Response  string
	Algorithm Algorithm // MD5 when the header says none
	CNonce    string
	Opaque    string
	QOP       string
	NC        uint32 // nonce count
}

// Challenge is a WWW-Authenticate or Proxy-Authenticate header.
type Challenge struct {
	Realm     string
	Nonce     string
	Opaque    string
	Algorithm Algorithm
	QOP       bool // qop="auth" is offered
	Stale     bool
}

// String writes the challenge; the box always asks for qop=auth.
func (c Challenge) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Digest realm=%s, nonce=%s, algorithm=%s", quote(c.Realm), quote(c.Nonce), c.Algorithm)
	if c.QOP {
		b.WriteString(`, qop="auth"`)
	}
	if c.Opaque != "" {
		b.WriteString(", opaque=" + quote(c.Opaque))
	}
	if c.Stale {
		b.WriteString(", stale=true")
	}
	return b.String()
}

// String writes the credentials.
func (c Credentials) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, response=%s, algorithm=%s",
		quote(c.Username), quote(c.Realm), quote(c.Nonce), quote(c.URI), quote(c.Response), c.Algorithm)
	if c.QOP != "" {
		fmt.Fprintf(&b, ", qop=%s, nc=%08x, cnonce=%s", c.QOP, c.NC, quote(c.CNonce))
	}
	if c.Opaque != "" {
		b.WriteString(", opaque=" + quote(c.Opaque))
	}
	return b.String()
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// ParseCredentials reads an Authorization header.
func ParseCredentials(header string) (Credentials, error) {
	params, err := parse(header)
	if err != nil {
		return Credentials{}, err
	}
	c := Credentials{
		Username: params["username"], Realm: params["realm"], Nonce: params["nonce"], URI: params["uri"], Response: params["response"],
		CNonce: params["cnonce"], Opaque: params["opaque"], QOP: strings.ToLower(params["qop"]),
	}
	if c.Algorithm, err = algorithm(params["algorithm"]); err != nil {
		return Credentials{}, err
	}
	if nc := params["nc"]; nc != "" {
		n, err := strconv.ParseUint(nc, 16, 32)
		if err != nil {
			return Credentials{}, ErrMalformed
		}
		c.NC = uint32(n)
	}
	if c.Username == "" || c.Nonce == "" || c.Response == "" {
		return Credentials{}, ErrMalformed
	}
	return c, nil
}

// ParseChallenge reads a WWW-Authenticate header.
func ParseChallenge(header string) (Challenge, error) {
	params, err := parse(header)
	if err != nil {
		return Challenge{}, err
	}
	c := Challenge{Realm: params["realm"], Nonce: params["nonce"], Opaque: params["opaque"], Stale: strings.EqualFold(params["stale"], "true")}
	if c.Algorithm, err = algorithm(params["algorithm"]); err != nil {
		return Challenge{}, err
	}
	if q := params["qop"]; q != "" {
		for word := range strings.SplitSeq(q, ",") {
			c.QOP = c.QOP || strings.EqualFold(strings.TrimSpace(word), "auth")
		}
		if !c.QOP {
			return Challenge{}, ErrUnsupported
		}
	}
	if c.Nonce == "" {
		return Challenge{}, ErrMalformed
	}
	return c, nil
}

func algorithm(s string) (Algorithm, error) {
	switch {
	case s == "", strings.EqualFold(s, string(MD5)):
		return MD5, nil
	case strings.EqualFold(s, string(SHA256)):
		return SHA256, nil
	default:
		return "", ErrUnsupported
	}
}

// parse reads the parameters of a Digest header: names in lower case, values without quotes. A name that comes twice is malformed.
func parse(header string) (map[string]string, error) {
	if len(header) > MaxHeader {
		return nil, ErrMalformed
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(header), " ")
	if !ok || !strings.EqualFold(scheme, "Digest") {
		return nil, ErrMalformed
	}
	params := make(map[string]string)
	for rest = strings.TrimLeft(rest, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
		name, after, ok := strings.Cut(rest, "=")
		if !ok || len(params) >= maxParams {
			return nil, ErrMalformed
		}
		name = strings.ToLower(strings.TrimSpace(name))
		var value string
		if value, rest, ok = firstValue(strings.TrimLeft(after, " \t")); !ok {
			return nil, ErrMalformed
		}
		if _, twice := params[name]; twice || name == "" {
			return nil, ErrMalformed
		}
		params[name] = value
	}
	return params, nil
}

// firstValue takes one value, quoted or not, off the front of s.
func firstValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ",")
		return strings.TrimSpace(value), rest, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			rest = strings.TrimLeft(s[i+1:], " \t")
			return b.String(), rest, rest == "" || rest[0] == ','
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

func (a Algorithm) sum(s string) string {
	if a == SHA256 {
		h := sha256.Sum256([]byte(s))
		return hex.EncodeToString(h[:])
	}
	h := md5.Sum([]byte(s)) //nolint:gosec // see above
	return hex.EncodeToString(h[:])
}

// Expected is the response that proves the password for a method (RFC 7616 §3.4.1; without qop RFC 2069).
func (c Credentials) Expected(method, password string) string {
	a := c.Algorithm
	ha1 := a.sum(c.Username + ":" + c.Realm + ":" + password)
	ha2 := a.sum(method + ":" + c.URI)
	if c.QOP == "" {
		return a.sum(ha1 + ":" + c.Nonce + ":" + ha2)
	}
	return a.sum(fmt.Sprintf("%s:%s:%08x:%s:%s:%s", ha1, c.Nonce, c.NC, c.CNonce, c.QOP, ha2))
}

// Answer makes the credentials that answer the best of several challenges. cnonce is a fresh random word of the caller's.
func Answer(challenges []string, username, password, method, uri, cnonce string) (Credentials, error) {
	var best Challenge
	found := false
	for _, h := range challenges {
		c, err := ParseChallenge(h)
		if err != nil {
			continue
		}
		if !found || best.Algorithm == MD5 && c.Algorithm == SHA256 {
			best, found = c, true
		}
	}
	if !found {
		return Credentials{}, ErrUnsupported
	}
	cr := Credentials{Username: username, Realm: best.Realm, Nonce: best.Nonce, URI: uri, Algorithm: best.Algorithm, Opaque: best.Opaque}
	if best.QOP {
		cr.QOP, cr.NC, cr.CNonce = "auth", 1, cnonce
	}
	cr.Response = cr.Expected(method, password)
	return cr, nil
}
