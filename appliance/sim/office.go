package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// An office is a carrier's registrar: it wants a password, and calls the box only while the box is signed on. Its peer's lock guards it.
type office struct {
	user, secret string
	nonce        int
	contact      string // of the box
	until        time.Time
	signed       int // REGISTERs that were good
}

// knows reports whether the box is signed on.
func (o *office) knows() bool { return o.contact != "" && time.Now().Before(o.until) }

// restart is a registrar that comes back and remembers nobody.
func (o *office) restart() {
	o.nonce += 1000
	o.contact = ""
}

func (o *office) challenge() string {
	return fmt.Sprintf(`Digest realm="operator", nonce="n%d", algorithm=MD5, qop="auth"`, o.nonce)
}

// proves reports whether a request holds the password, for the nonce that is current.
func (o *office) proves(r *sip.Request, header string) bool {
	h := r.GetHeader(header)
	if h == nil {
		return false
	}
	cr, err := digest.ParseCredentials(h.Value())
	if err != nil || cr.Nonce != fmt.Sprintf("n%d", o.nonce) || cr.Username != o.user {
		return false
	}
	c, err := digest.ParseChallenge(o.challenge())
	if err != nil {
		return false
	}
	want, err := digest.Digest(c, digest.Options{Method: string(r.Method), URI: cr.URI, Username: o.user, Password: o.secret, Count: cr.Nc, Cnonce: cr.Cnonce})
	return err == nil && want.Response == cr.Response
}

// signOn answers a REGISTER of the box (RFC 3261 §10.3).
func (p *peer) signOn(r *sip.Request) {
	o := p.office
	if !o.proves(r, "Authorization") {
		o.nonce++
		l := answerTo(r, 401, "Unauthorized", "reg")
		l.add("WWW-Authenticate", "%s", o.challenge())
		p.reply(r, l)
		return
	}
	seconds := 600
	if h := r.GetHeader("Expires"); h != nil {
		if n, err := strconv.Atoi(strings.TrimSpace(h.Value())); err == nil {
			seconds = min(n, seconds)
		}
	}
	l := answerTo(r, 200, "OK", "reg")
	o.contact = ""
	if c := contactIn(r); c != "" && seconds > 0 {
		o.contact, o.until = c, time.Now().Add(time.Duration(seconds)*time.Second)
		l.add("Contact", "<%s>;expires=%d", c, seconds)
	}
	o.signed++
	p.reply(r, l)
}

// admits reports whether an INVITE holds the password; else it is asked for.
func (d *dialog) admits(r *sip.Request) bool {
	o := d.p.office
	if o == nil || o.proves(r, "Proxy-Authorization") {
		return true
	}
	o.nonce++
	l := answerTo(r, 407, "Proxy Authentication Required", d.localTag)
	l.add("Proxy-Authenticate", "%s", o.challenge())
	d.final(l)
	d.over()
	return false
}
