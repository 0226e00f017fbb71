package sim

import (
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// prove answers a challenge with the peer's password (RFC 7616); empty when it cannot.
func (p *peer) prove(r *sip.Response, method, uri string) string {
	for _, h := range r.GetHeaders("WWW-Authenticate") {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(c) {
			continue
		}
		p.nonces++
		cr, err := digest.Digest(c, digest.Options{
			Method: method, URI: uri, Username: p.user, Password: p.secret, Count: p.nonces, Cnonce: fmt.Sprintf("c%s%d", p.name, p.nonces),
		})
		if err == nil {
			return cr.String()
		}
	}
	return ""
}

// register tells the box where the phone is, for some seconds, and again before they are over; 0 takes it back.
func (p *peer) register(expires int) {
	if p.renewal != nil {
		p.renewal.Stop()
	}
	id := fmt.Sprintf("r%d-%s@%s", p.number(), p.name, p.at.Addr())
	p.sendRegister(id, 1, expires, "")
}

func (p *peer) sendRegister(id string, cseq, expires int, auth string) {
	uri := "sip:" + p.box.Addr().String()
	branch := p.branch()
	l := &letter{first: "REGISTER " + uri + " SIP/2.0"}
	l.add("Via", "%s %s;branch=%s;rport", p.way(), p.at, branch)
	l.add("Max-Forwards", "70")
	l.add("From", "%s;tag=r%s", p.account(), id[:2])
	l.add("To", "%s", p.account())
	l.add("Call-ID", "%s", id)
	l.add("CSeq", "%d REGISTER", cseq)
	l.add("Contact", "%s", p.contact())
	l.add("Expires", "%d", expires)
	if auth != "" {
		l.add("Authorization", "%s", auth)
	}
	p.transact(branch, "REGISTER", l.bytes(), func(r *sip.Response) {
		switch {
		case r == nil:
			p.told = 408
		case r.StatusCode == 401 && auth == "":
			p.sendRegister(id, cseq+1, expires, p.prove(r, "REGISTER", uri))
		default:
			p.told = r.StatusCode
			if r.StatusCode == 200 && expires > 0 {
				p.renew(expires)
			}
		}
	})
}

// renew registers again after half the time.
func (p *peer) renew(expires int) {
	if p.renewal != nil {
		p.renewal.Stop()
	}
	p.renewal = time.AfterFunc(time.Duration(expires)*time.Second/2, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.gone {
			p.register(expires)
		}
	})
}
