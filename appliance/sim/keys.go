package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A key is a BLF key of a phone: a subscription to another extension's calls (RFC 6665, RFC 4235). Its peer's lock guards it.
type key struct {
	p       *peer
	watched string
	seconds int // asked for; 0: it is being given back

	callID, tag       string
	remoteTag, target string
	cseq              int
	live              bool // the box said 200 and nothing since that ended it
	shows             string
	told              int // NOTIFYs
	again             *time.Timer
}

// watch puts an extension on a key. The peer's lock is held.
func (p *peer) watch(ext string, seconds int) *key {
	k := &key{p: p, watched: ext, seconds: seconds}
	p.keys = append(p.keys, k)
	k.begin()
	return k
}

// begin asks for a subscription of its own.
func (k *key) begin() {
	n := k.p.number()
	k.callID, k.tag = fmt.Sprintf("k%d-%s@%s", n, k.p.name, k.p.at.Addr()), fmt.Sprintf("k%s-%d", k.p.name, n)
	k.remoteTag, k.target, k.cseq, k.live = "", fmt.Sprintf("sip:%s@%s", k.watched, k.p.box), 0, false
	k.subscribe(k.seconds, "")
}

func (k *key) subscribe(seconds int, auth string) {
	p := k.p
	k.cseq++
	branch := p.branch()
	to := fmt.Sprintf("<sip:%s@%s>", k.watched, p.box.Addr())
	if k.remoteTag != "" {
		to += ";tag=" + k.remoteTag
	}
	l := &letter{first: "SUBSCRIBE " + k.target + " SIP/2.0"}
	l.add("Via", "%s %s;branch=%s;rport", p.way(), p.at, branch)
	l.add("Max-Forwards", "70")
	l.add("From", "%s;tag=%s", p.account(), k.tag)
	l.add("To", "%s", to)
	l.add("Call-ID", "%s", k.callID)
	l.add("CSeq", "%d SUBSCRIBE", k.cseq)
	l.add("Contact", "%s", p.contact())
	l.add("Event", "dialog")
	l.add("Accept", "application/dialog-info+xml")
	l.add("Expires", "%d", seconds)
	if auth != "" {
		l.add("Authorization", "%s", auth)
	}
	callID := k.callID
	p.transact(branch, "SUBSCRIBE", l.bytes(), func(r *sip.Response) {
		if k.callID == callID && !p.gone {
			k.answered(r, seconds, auth)
		}
	})
}

func (k *key) answered(r *sip.Response, seconds int, auth string) {
	switch {
	case r == nil:
		k.later(30*time.Second, k.begin)
	case r.StatusCode == 401 && auth == "":
		if auth = k.p.prove(r, "SUBSCRIBE", k.target); auth != "" {
			k.subscribe(seconds, auth)
		}
	case r.StatusCode == 200:
		k.remoteTag, k.target, k.live = tagIn(r.To().Params), contactIn(r), seconds > 0
		granted := seconds
		if h := r.GetHeader("Expires"); h != nil {
			granted, _ = strconv.Atoi(h.Value())
		}
		if seconds > 0 {
			k.later(time.Duration(granted)*time.Second/2, func() { k.subscribe(k.seconds, "") })
		}
	case r.StatusCode == 403 || r.StatusCode == 404: // not for us: asking again changes nothing for a while
		k.live = false
		k.later(time.Hour, k.begin)
	default: // 481: the box does not know it any more; 503: it has no time now
		k.live = false
		if seconds > 0 {
			k.later(10*time.Second, k.begin)
		}
	}
}

// later does something unless the key has something newer to do.
func (k *key) later(d time.Duration, do func()) {
	if k.again != nil {
		k.again.Stop()
	}
	if k.seconds == 0 {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		k.p.mu.Lock()
		defer k.p.mu.Unlock()
		if k.again == t && !k.p.gone && k.seconds > 0 {
			do()
		}
	})
	k.again = t
}

// giveBack ends the subscription (RFC 6665 §4.1.2.3).
func (k *key) giveBack() {
	live := k.live
	k.seconds = 0
	if k.again != nil {
		k.again.Stop()
	}
	if live {
		k.subscribe(0, "")
	}
	k.live = false
}

// notified takes a NOTIFY. It reports false when it belongs to no key of this phone.
func (p *peer) notified(r *sip.Request) bool {
	for _, k := range p.keys {
		if r.CallID().Value() != k.callID || tagIn(r.To().Params) != k.tag {
			continue
		}
		p.reply(r, answerTo(r, 200, "OK", k.tag))
		k.told++
		state := ""
		if h := r.GetHeader("Subscription-State"); h != nil {
			state = h.Value()
		}
		if len(r.Body()) > 0 {
			k.shows = shown(string(r.Body()))
		}
		if strings.HasPrefix(state, "terminated") {
			wait := 5 * time.Second
			if strings.Contains(state, "reason=rejected") || strings.Contains(state, "reason=noresource") { // RFC 6665 §4.1.3
				wait = time.Hour
			}
			k.live, k.shows = false, "nothing"
			k.later(wait, k.begin)
		}
		return true
	}
	return false
}

// shown is what a BLF key shows for a dialog-info document: the strongest state of the calls in it.
func shown(body string) string {
	for _, s := range []struct{ state, lamp string }{{"confirmed", "talks"}, {"early", "rings"}, {"proceeding", "dials"}, {"trying", "dials"}} {
		if strings.Contains(body, "<state>"+s.state+"</state>") {
			return s.lamp
		}
	}
	return "free"
}
