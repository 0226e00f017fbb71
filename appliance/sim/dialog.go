package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// phase is where a peer's call stands.
type phase uint8

const (
	calling phase = iota // we called and wait
	ringing              // we are called
	talking
	ended
)

// String is what one sees of the telephone.
func (p phase) String() string { return [...]string{"calls", "rings", "talks", "is idle"}[p] }

// A dialog is one call as a peer sees it. Its peer's lock guards it.
type dialog struct {
	p        *peer
	party    string // who this is in the story
	incoming bool
	callID   string
	localTag string
	invite   *sip.Request // that brought it, when it came in
	asked    *sip.Request // the INVITE that waits for an ACK of our 200

	local, remote string // From and To as we write them, without tags
	remoteTag     string
	target        string // where its requests go: the box's Contact
	leg           string // the box's name for it
	cseq          int
	inviteBranch  string
	inviteCSeq    int
	auth          string // Authorization of the INVITE that is out

	state   phase
	early   bool // it rings (we were told, or we told)
	status  int  // the final answer to our INVITE
	reason  string
	answers []byte // our final answer, repeated until the ACK
	wait    time.Duration
	repeat  *time.Timer
	deaf    bool // never sends an ACK
	held    bool
	version int
	heard   bool // something came for our INVITE: it may be cancelled (RFC 3261 §9.1)
	leaving bool // hung up before the answer
	taken   bool // the CANCEL is out
	mic     *mic

	earlyTag string // of the box, before it answers
	referred int    // what was told last of a transfer this phone asked for

	since     time.Time // of its end
	delayed   bool      // our INVITE said nothing of sound: the answer offers, and our ACK answers (RFC 3264 §5)
	rseq      int       // of the last provisional answer that was acknowledged
	unproven  bool      // our reliable 183 is not acknowledged yet
	described bool      // it is, and it told of our sound
	lifted    bool      // the answer waits for that
	renewal   *time.Timer
	idle      bool // does not refresh its session any more
}

// learn takes from a message of the box where its sound and its signalling are.
func (d *dialog) learn(m sip.Message) {
	if c := contactIn(m); c != "" {
		d.target, d.leg = c, legIn(c)
	}
	if d.mic == nil {
		d.mic = d.p.newMic()
	}
	if at, payload, direction, ok := readSDP(string(m.Body())); ok {
		d.mic.aim(at, payload, direction)
	}
}

func (d *dialog) describe() string {
	d.version++
	direction := "sendrecv"
	if d.held {
		direction = "sendonly"
	}
	return describe(d.mic.at, d.version, direction, d.p.codecs)
}

// call places a call. from is the number a carrier shows, header lines are added as they are.
func (p *peer) call(party, from, number string, more ...string) *dialog {
	n := p.number()
	d := &dialog{
		p: p, party: party, callID: fmt.Sprintf("%s-%d@%s", p.name, n, p.at.Addr()), localTag: fmt.Sprintf("t%s-%d", p.name, n),
		local: from, remote: fmt.Sprintf("<sip:%s@%s>", number, p.box.Addr()), target: fmt.Sprintf("sip:%s@%s", number, p.box), state: calling,
		delayed: p.offerless,
	}
	d.mic = p.newMic()
	p.dialogs = append(p.dialogs, d)
	d.sendInvite(number, more)
	return d
}

func (d *dialog) sendInvite(number string, more []string) {
	branch, l := d.ask("INVITE")
	d.inviteBranch, d.inviteCSeq = branch, d.cseq
	l.lines = append(l.lines, more...)
	if d.p.modern {
		l.add("Supported", "%s", abilities)
		l.add("Session-Expires", "1800")
	}
	if !d.delayed {
		l.body = d.describe()
	}
	d.p.transact(branch, "INVITE", l.bytes(), func(r *sip.Response) {
		if r != nil && r.StatusCode == 401 && d.auth == "" {
			d.ack(r)
			if auth := d.p.prove(r, "INVITE", d.target); auth != "" && !d.leaving {
				d.auth = auth
				d.remoteTag = ""
				d.sendInvite(number, append(more, "Authorization: "+auth))
				return
			}
		}
		d.finished(r)
	})
}

// ask begins a request of this dialog.
func (d *dialog) ask(method string) (branch string, l *letter) {
	d.cseq++
	branch = d.p.branch()
	return branch, d.numbered(method, d.cseq, branch)
}

func (d *dialog) numbered(method string, cseq int, branch string) *letter {
	l := &letter{first: fmt.Sprintf("%s %s SIP/2.0", method, d.target)}
	l.add("Via", "%s %s;branch=%s;rport", d.p.way(), d.p.at, branch)
	l.add("Max-Forwards", "70")
	from, to := d.local, d.remote
	if !strings.Contains(from, ";tag=") {
		from += ";tag=" + d.localTag
	}
	if d.remoteTag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + d.remoteTag
	}
	l.add("From", "%s", from)
	l.add("To", "%s", to)
	l.add("Call-ID", "%s", d.callID)
	l.add("CSeq", "%d %s", cseq, method)
	l.add("Contact", "%s", d.p.contact())
	return l
}

// progress takes a provisional answer.
func (d *dialog) progress(r *sip.Response) {
	d.heard = true
	if d.leaving {
		d.cancel()
	}
	if r.StatusCode > 100 {
		d.early = true
		d.earlyTag = tagIn(r.To().Params)
		d.learn(r)
		d.target = d.requestURI()
		d.prack(r)
	}
}

// requestURI is where the INVITE went: the box's Contact holds only once the dialog is confirmed.
func (d *dialog) requestURI() string {
	number, _, _ := strings.Cut(strings.TrimPrefix(d.remote, "<sip:"), "@")
	return fmt.Sprintf("sip:%s@%s", number, d.p.box)
}

// finished takes the final answer to our first INVITE; nil is none.
func (d *dialog) finished(r *sip.Response) {
	if r == nil {
		d.status = 408
		d.over()
		return
	}
	d.status = r.StatusCode
	if r.StatusCode >= 300 {
		d.ack(r)
		d.over()
		return
	}
	d.remoteTag = tagIn(r.To().Params)
	d.learn(r)
	d.ack(r)
	d.state = talking
	d.mic.speak()
	d.agreed(r)
	if d.p.talks != nil {
		d.p.talks(d)
	}
	if d.leaving { // its 200 crossed our CANCEL (RFC 3261 §9.1)
		d.bye()
	}
}

// ack acknowledges a final answer to an INVITE: hop by hop when it refuses, end to end when it accepts.
func (d *dialog) ack(r *sip.Response) {
	if d.deaf && r.StatusCode < 300 {
		return
	}
	branch := branchOf(r)
	target := d.target
	if r.StatusCode < 300 {
		branch = d.p.branch()
		if c := contactIn(r); c != "" {
			d.target = c
		}
	}
	l := d.numbered("ACK", int(r.CSeq().SeqNo), branch)
	if d.delayed && r.StatusCode < 300 && int(r.CSeq().SeqNo) == d.inviteCSeq {
		l.body = d.describe()
	}
	if r.StatusCode >= 300 {
		l.lines[3] = "To: " + r.To().Value()
	}
	d.p.put(l.bytes())
	if r.StatusCode >= 300 {
		d.target = target
	}
}

// again takes a final answer that was repeated because our ACK was lost, or that came after we had given up.
func (d *dialog) again(r *sip.Response) {
	if r.StatusCode < 300 && d.status == 408 {
		d.remoteTag = tagIn(r.To().Params)
		d.learn(r)
		d.ack(r)
		d.status = 0
		d.bye()
		return
	}
	d.ack(r)
}

// answer lifts the receiver.
func (d *dialog) answer() {
	if d.unproven {
		d.lifted = true
		return
	}
	d.state = talking
	l := d.accept(d.invite)
	if !d.described {
		l.body = d.describe()
	}
	d.final(l)
	d.mic.speak()
	if d.p.talks != nil {
		d.p.talks(d)
	}
}

// accept begins the 200 of a request that sets the session up or changes it.
func (d *dialog) accept(r *sip.Request) *letter {
	l := answerTo(r, 200, "OK", d.localTag)
	l.add("Contact", "%s", d.p.contact())
	d.consent(r, l)
	return l
}

func (d *dialog) refuse(status int) {
	d.final(answerTo(d.invite, status, phrase(status), d.localTag))
	d.over()
}

// final sends a final answer until it is acknowledged (RFC 3261 §13.3.1.4, §17.2.1).
func (d *dialog) final(l *letter) {
	if d.repeat != nil {
		d.repeat.Stop()
	}
	d.answers = l.bytes()
	d.p.replies[branchOf(d.invite)+"INVITE"] = d.answers
	d.p.put(d.answers)
	d.wait = t1
	left := 64 * t1
	d.repeat = time.AfterFunc(d.wait, func() {
		d.p.mu.Lock()
		defer d.p.mu.Unlock()
		if d.answers == nil || d.p.gone {
			return
		}
		if left -= d.wait; left <= 0 {
			return
		}
		d.p.put(d.answers)
		d.wait = min(2*d.wait, t2)
		d.repeat.Reset(d.wait)
	})
}

func (d *dialog) acked() {
	d.answers = nil
	if d.repeat != nil {
		d.repeat.Stop()
	}
}

// request takes what the box asks within the call.
func (d *dialog) request(r *sip.Request) {
	switch r.Method {
	case sip.BYE:
		if h := r.GetHeader("Reason"); h != nil {
			d.reason = h.Value()
		}
		d.p.reply(r, answerTo(r, 200, "OK", d.localTag))
		d.over()
	case sip.INVITE:
		if every, _ := interval(r); every > 0 && d.p.modern {
			d.p.renewed++
		}
		d.invite = r
		d.learn(r)
		l := d.accept(r)
		l.body = d.describe()
		d.final(l)
	case sip.PRACK:
		d.proven(r)
	case sip.UPDATE:
		d.p.renewed++
		l := d.accept(r)
		if len(r.Body()) > 0 {
			d.learn(r)
			l.body = d.describe()
		}
		d.p.reply(r, l)
	case sip.NOTIFY:
		d.p.reply(r, answerTo(r, 200, "OK", d.localTag))
		d.notified(r)
	default:
		d.p.reply(r, answerTo(r, 200, "OK", d.localTag))
	}
}

// hangUp ends the call in whatever way its state asks for.
func (d *dialog) hangUp() {
	switch d.state {
	case calling:
		d.leaving = true
		if d.heard {
			d.cancel()
		}
	case ringing:
		d.refuse(603)
	case talking:
		d.bye()
	case ended:
	}
}

// cancel takes the INVITE back (RFC 3261 §9.1).
func (d *dialog) cancel() {
	if d.taken {
		return
	}
	d.taken = true
	tag := d.remoteTag
	d.remoteTag = ""
	l := d.numbered("CANCEL", d.inviteCSeq, d.inviteBranch)
	d.remoteTag = tag
	d.p.transact(d.inviteBranch, "CANCEL", l.bytes(), func(*sip.Response) {})
	time.AfterFunc(64*t1, func() { // the INVITE may never be answered: its server may have died meanwhile
		d.p.mu.Lock()
		defer d.p.mu.Unlock()
		if d.state == calling && !d.p.gone {
			delete(d.p.sent, d.inviteBranch+"INVITE")
			d.status = 408
			d.over()
		}
	})
}

func (d *dialog) bye() {
	branch, l := d.ask("BYE")
	d.p.transact(branch, "BYE", l.bytes(), func(*sip.Response) {})
	d.over()
}

// hold puts the box on hold, or takes it back, by a re-INVITE (RFC 3264 §8.4).
func (d *dialog) hold(on bool) {
	d.held = on
	branch, l := d.ask("INVITE")
	if d.p.modern {
		l.add("Supported", "%s", abilities)
	}
	l.body = d.describe()
	d.p.transact(branch, "INVITE", l.bytes(), func(r *sip.Response) {
		if r == nil {
			return
		}
		d.ack(r)
		if r.StatusCode < 300 {
			d.learn(r)
			d.agreed(r)
		}
	})
}

// press sends a key by INFO, as phones do that know no telephone-event.
func (d *dialog) press(digit string) {
	branch, l := d.ask("INFO")
	l.kind, l.body = "application/dtmf-relay", "Signal="+digit+"\r\nDuration=160\r\n"
	d.p.transact(branch, "INFO", l.bytes(), func(*sip.Response) {})
}

// over ends the call as far as this peer is concerned.
func (d *dialog) over() {
	d.state, d.since = ended, time.Now()
	if d.renewal != nil {
		d.renewal.Stop()
	}
	d.mic.quiet()
}

func phrase(status int) string {
	switch status {
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 603:
		return "Decline"
	default:
		return "No"
	}
}
