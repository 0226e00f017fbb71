package sim

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Provisional answers that must arrive (RFC 3262) and calls that are refreshed (RFC 4028), as peers know them. The peer's lock is held.

// abilities is what a peer that knows the extensions says.
const abilities = "100rel, timer, replaces"

func lists(m sip.Message, name, what string) bool {
	for _, h := range m.GetHeaders(name) {
		for v := range strings.SplitSeq(h.Value(), ",") {
			if strings.EqualFold(strings.TrimSpace(v), what) {
				return true
			}
		}
	}
	return false
}

// prack acknowledges a provisional answer that asks for it.
func (d *dialog) prack(r *sip.Response) {
	h := r.GetHeader("RSeq")
	if h == nil || !lists(r, "Require", "100rel") {
		return
	}
	n, err := strconv.Atoi(strings.TrimSpace(h.Value()))
	if err != nil || n <= d.rseq {
		return
	}
	d.rseq = n
	tag, target := d.remoteTag, d.target
	d.remoteTag = tagIn(r.To().Params)
	if c := contactIn(r); c != "" {
		d.target = c
	}
	branch, l := d.ask("PRACK")
	d.remoteTag, d.target = tag, target
	l.add("RAck", "%d %s", n, r.CSeq().Value())
	d.p.transact(branch, "PRACK", l.bytes(), func(*sip.Response) {})
}

// announce sends a reliable 183 with sound, until the box has acknowledged it.
func (d *dialog) announce() {
	l := answerTo(d.invite, 183, "Session Progress", d.localTag)
	l.add("Contact", "%s", d.p.contact())
	l.add("Require", "100rel")
	l.add("RSeq", "1")
	l.body = d.describe()
	raw := l.bytes()
	d.p.replies[branchOf(d.invite)+"INVITE"] = raw
	d.p.put(raw)
	d.unproven, d.wait = true, t1
	left := 64 * t1
	d.repeat = time.AfterFunc(d.wait, func() {
		d.p.mu.Lock()
		defer d.p.mu.Unlock()
		if !d.unproven || d.p.gone || d.state != ringing {
			return
		}
		if left -= d.wait; left <= 0 {
			d.refuse(504)
			return
		}
		d.p.put(raw)
		d.wait *= 2
		d.repeat.Reset(d.wait)
	})
}

// proven takes the PRACK: an answer that waited for it is given.
func (d *dialog) proven(r *sip.Request) {
	d.p.reply(r, answerTo(r, 200, "OK", d.localTag))
	if !d.unproven {
		return
	}
	d.unproven, d.described = false, true
	d.repeat.Stop()
	if d.lifted && d.state == ringing {
		d.answer()
	}
}

// interval reads Session-Expires.
func interval(m interface{ GetHeader(string) sip.Header }) (d time.Duration, refresher string) {
	h := m.GetHeader("Session-Expires")
	if h == nil {
		return 0, ""
	}
	v, params, _ := strings.Cut(h.Value(), ";")
	n, _ := strconv.Atoi(strings.TrimSpace(v))
	_, refresher, _ = strings.Cut(params, "refresher=")
	return time.Duration(n) * time.Second, strings.TrimSpace(refresher)
}

// agreed takes what the answer to a request of ours says of the session.
func (d *dialog) agreed(r *sip.Response) {
	if every, who := interval(r); d.p.modern {
		d.session(every, who != "uas")
	}
}

// consent is what our answer to a request says of the session.
func (d *dialog) consent(r *sip.Request, l *letter) {
	every, who := interval(r)
	if !d.p.modern {
		return
	}
	if every > 0 {
		if who == "" {
			who = d.p.refreshes
		}
		if who == "" {
			who = []string{"uac", "uas"}[d.p.serial%2]
		}
		if who == "uac" {
			l.add("Require", "timer")
		}
		l.add("Session-Expires", "%d;refresher=%s", every/time.Second, who)
	}
	d.session(every, who == "uas")
}

// session refreshes the call, or waits to be refreshed and hangs up when nothing comes.
func (d *dialog) session(every time.Duration, ours bool) {
	if d.renewal != nil {
		d.renewal.Stop()
		d.renewal = nil
	}
	if every == 0 || d.state == ended {
		return
	}
	wait := every / 2
	if !ours {
		wait = every - min(32*time.Second, every/3)
	}
	d.renewal = time.AfterFunc(wait, func() {
		d.p.mu.Lock()
		defer d.p.mu.Unlock()
		switch {
		case d.p.gone || d.state != talking || d.idle:
		case ours:
			d.p.refreshed++
			d.refresh(every)
		default:
			d.p.expired = append(d.p.expired, time.Now())
			d.bye()
		}
	})
}

func (d *dialog) refresh(every time.Duration) {
	branch, l := d.ask("UPDATE")
	l.add("Supported", "%s", abilities)
	l.add("Session-Expires", "%d;refresher=uac", every/time.Second)
	d.p.transact(branch, "UPDATE", l.bytes(), func(r *sip.Response) {
		switch {
		case d.state != talking:
		case r == nil || r.StatusCode == 481 || r.StatusCode == 408:
			d.bye()
		case r.StatusCode < 300:
			d.agreed(r)
		default:
			d.session(every/4, true)
		}
	})
}
