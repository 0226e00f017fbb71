package sim

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"autocom/appliance/sim/memnet"

	"github.com/emiago/sipgo/sip"
)

// The timers of RFC 3261 table 4, as peers keep them.
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
)

// A peer is a desk phone or a carrier's gateway: a SIP speaker of its own, which knows nothing of the box's code.
type peer struct {
	name   string // "201", "201b", or the trunk's name
	at     netip.AddrPort
	box    netip.AddrPort
	net    *memnet.Network
	conn   net.PacketConn
	user   string // of a phone; empty for a carrier
	secret string
	sound  bool // it speaks and listens

	wires     *memnet.Streams // of a phone that speaks TCP
	stream    net.Conn        // its connection; behind mu
	redial    *time.Timer
	readers   sync.WaitGroup
	modern    bool    // it knows RFC 3262 and RFC 4028
	refreshes string  // who shall refresh its calls, "uac" or "uas"; now this, now that when empty
	tells     bool    // as a carrier, it sends sound before the answer, reliably
	office    *office // a carrier's registrar, where the box must sign on
	offerless bool    // its next call says nothing of sound; behind mu
	handle    string  // the user of a phone's Contact; its name when empty

	mu       sync.Mutex
	dialogs  []*dialog
	sent     map[string]*sent  // requests of ours, by branch and method
	replies  map[string][]byte // what we answered, by branch and method
	refusal  int               // what it says to a new call; 0: it rings
	nonsense bool              // it answers what is no answer
	codecs   string
	gone     bool
	serial   int
	nonces   int
	told     int // final status of its last REGISTER
	renewal  *time.Timer
	opened   int // sound ports so far
	newCall  func(*dialog)
	talks    func(*dialog) // somebody lifted, on either side
	keys     []*key
	older    map[string][]byte // replies of the hour before

	refreshed, renewed int         // session refreshes sent, and taken
	expired            []time.Time // sessions that nobody refreshed
	pitch              float64     // Hz: the voice of a phone
}

// sent is a request on its way to a final response.
type sent struct {
	raw    []byte
	wait   time.Duration
	timer  *time.Timer
	until  time.Time
	invite bool
	final  func(*sip.Response) // nil: nothing came in 32 s
}

func newPeer(n *memnet.Network, name string, at, box netip.AddrPort) *peer {
	return &peer{
		name: name, at: at, box: box, net: n, conn: n.Listen(at.String()),
		sent: map[string]*sent{}, replies: map[string][]byte{}, codecs: "8 0 101",
	}
}

// read is the peer's goroutine.
func (p *peer) read() {
	b := make([]byte, 65535)
	for {
		n, _, err := p.conn.ReadFrom(b)
		if err != nil {
			return
		}
		p.take(append([]byte(nil), b[:n]...))
	}
}

// vanish is a cable pulled out: nothing is sent any more and nothing heard.
func (p *peer) vanish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	if p.renewal != nil {
		p.renewal.Stop()
	}
	if p.redial != nil {
		p.redial.Stop()
	}
	if p.stream != nil {
		_ = p.stream.Close() // what is cut is cut
		p.stream = nil
	}
	for _, k := range p.keys {
		if k.again != nil {
			k.again.Stop()
		}
	}
	for _, s := range p.sent {
		s.timer.Stop()
	}
	for _, d := range p.dialogs {
		d.over()
	}
}

// close unplugs the peer for good and waits for its goroutine.
func (p *peer) close() {
	p.vanish()
	_ = p.conn.Close() // a second close says nothing new
	p.readers.Wait()
	for _, d := range p.dialogs {
		d.mic.close()
	}
}

func (p *peer) put(raw []byte) {
	if p.gone {
		return
	}
	if p.wires != nil {
		if p.stream != nil {
			_, _ = p.stream.Write(raw) // a connection that is cut tells its reader
		}
		return
	}
	_, _ = p.conn.WriteTo(raw, net.UDPAddrFromAddrPort(p.box)) // what is lost is asked again, as on any wire
}

func (p *peer) number() int {
	p.serial++
	return p.serial
}

// branch names a new transaction (RFC 3261 §8.1.1.7).
func (p *peer) branch() string { return fmt.Sprintf("z9hG4bK-%s-%d", p.name, p.number()) }

// account is a phone's address at the box, as From and To write it.
func (p *peer) account() string { return fmt.Sprintf("<sip:%s@%s>", p.user, p.box.Addr()) }

// transact sends a request until a final response comes (RFC 3261 §17.1).
func (p *peer) transact(branch, method string, raw []byte, final func(*sip.Response)) {
	invite := method == "INVITE"
	key := branch + method
	s := &sent{raw: raw, wait: t1, until: time.Now().Add(64 * t1), invite: invite, final: final}
	p.sent[key] = s
	p.put(raw)
	s.timer = time.AfterFunc(s.wait, func() { p.again(key) })
}

func (p *peer) again(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sent[key]
	if s == nil || p.gone {
		return
	}
	if !time.Now().Before(s.until) {
		delete(p.sent, key)
		s.final(nil)
		return
	}
	p.put(s.raw)
	s.wait *= 2
	if !s.invite {
		s.wait = min(s.wait, t2)
	}
	s.timer.Reset(s.wait)
}

// response takes what the box answers.
func (p *peer) response(r *sip.Response) {
	key := branchOf(r) + string(r.CSeq().MethodName)
	s := p.sent[key]
	if s == nil {
		if d := p.dialog(r.CallID().Value(), tagIn(r.From().Params)); d != nil && r.CSeq().MethodName == sip.INVITE && r.StatusCode >= 200 {
			d.again(r)
		}
		return
	}
	if r.StatusCode < 200 {
		if s.invite {
			s.timer.Stop()
			if d := p.dialog(r.CallID().Value(), tagIn(r.From().Params)); d != nil {
				d.progress(r)
			}
		}
		return
	}
	s.timer.Stop()
	delete(p.sent, key)
	s.final(r)
}

// request takes what the box asks.
func (p *peer) request(r *sip.Request) {
	key := branchOf(r) + string(r.Method)
	old := p.replies[key]
	if old == nil {
		old = p.older[key]
	}
	if old != nil && !r.IsAck() {
		p.put(old)
		return
	}
	d := p.dialog(r.CallID().Value(), tagIn(r.To().Params))
	switch {
	case r.IsAck():
		if d != nil {
			d.acked()
		}
	case r.IsCancel():
		p.cancelled(r)
	case r.IsInvite() && tagIn(r.To().Params) == "":
		p.invited(r)
	case r.Method == sip.OPTIONS && d == nil:
		p.reply(r, answerTo(r, 200, "OK", "o"))
	case r.Method == sip.REGISTER && p.office != nil:
		p.signOn(r)
	case r.Method == sip.NOTIFY && d == nil && p.notified(r):
	case d == nil:
		p.reply(r, answerTo(r, 481, "Call/Transaction Does Not Exist", "x"))
	default:
		d.request(r)
	}
}

// reply answers a request, and again whenever it is repeated.
func (p *peer) reply(r *sip.Request, l *letter) {
	raw := l.bytes()
	p.replies[branchOf(r)+string(r.Method)] = raw
	p.put(raw)
}

func (p *peer) dialog(callID, tag string) *dialog {
	for _, d := range p.dialogs {
		if d.callID == callID && d.localTag == tag {
			return d
		}
	}
	return nil
}

// busy reports whether somebody talks on this phone.
func (p *peer) busy() bool {
	for _, d := range p.dialogs {
		if d.state == talking || d.state == calling {
			return true
		}
	}
	return false
}

// invited is a call that comes in.
func (p *peer) invited(r *sip.Request) {
	d := &dialog{
		p: p, incoming: true, callID: r.CallID().Value(), localTag: fmt.Sprintf("%s-%d", p.name, p.number()), invite: r,
		remoteTag: tagIn(r.From().Params), remote: r.From().Value(), local: r.To().Value(), asked: r, state: ringing,
	}
	d.learn(r)
	d.party = p.name
	p.dialogs = append(p.dialogs, d)
	if !d.admits(r) {
		return
	}
	if p.newCall != nil {
		p.newCall(d)
	}
	switch {
	case p.nonsense:
		d.state = ended
		p.put([]byte("SIP/2.0 2OO Sure\r\nCSeq: what\r\n\r\n"))
		p.put([]byte(r.String())) // it sends us our own request back
		l := answerTo(r, 299, "Perhaps", d.localTag)
		l.add("Contact", "<nonsense>")
		l.body = "v=9\r\nthis is no description\r\n"
		d.final(l)
	case p.refusal != 0:
		d.refuse(p.refusal)
	case p.user != "" && p.busy():
		d.refuse(486)
	case p.tells && lists(r, "Supported", "100rel"):
		d.early = true
		d.announce()
	default:
		d.early = true
		l := answerTo(r, 180, "Ringing", d.localTag)
		l.add("Contact", "%s", p.contact())
		raw := l.bytes()
		p.replies[branchOf(r)+"INVITE"] = raw
		p.put(raw)
	}
}

func (p *peer) cancelled(r *sip.Request) {
	for _, d := range p.dialogs {
		if !d.incoming || branchOf(d.invite) != branchOf(r) {
			continue
		}
		p.reply(r, answerTo(r, 200, "OK", d.localTag))
		if d.state == ringing {
			if h := r.GetHeader("Reason"); h != nil {
				d.reason = h.Value()
			}
			d.refuse(487)
		}
		return
	}
	p.reply(r, answerTo(r, 481, "Call/Transaction Does Not Exist", "x"))
}

// reboot is a phone that lost its power: it knows nothing of before, and comes back at another port. What it left at the box stays there.
func (p *peer) reboot(port uint16, seconds int) {
	p.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone, p.dialogs, p.sent, p.replies, p.older = false, nil, map[string]*sent{}, map[string][]byte{}, nil
	p.at = netip.AddrPortFrom(p.at.Addr(), port)
	p.conn = p.net.Listen(p.at.String())
	p.readers.Go(p.read)
	if p.wires != nil {
		p.connect(seconds)
	} else {
		p.register(seconds)
	}
	for _, k := range p.keys {
		k.begin()
	}
}

// forget drops what is older than an hour when it is called every hour.
func (p *peer) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.older, p.replies = p.replies, map[string][]byte{}
	p.dialogs = slices.DeleteFunc(p.dialogs, func(d *dialog) bool {
		old := d.state == ended && time.Since(d.since) > 5*time.Minute
		if old {
			d.mic.close()
		}
		return old
	})
}
