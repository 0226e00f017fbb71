package sipedge

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"
)

const (
	boxAddr     = "192.0.2.1:5060"
	carrierAddr = "198.51.100.9:5060"
	phoneAddr   = "192.0.2.20:5062"
	phone2Addr  = "192.0.2.21:5062"
	strangeAddr = "192.0.2.99:5060"
)

// world is one box, a carrier and phones over memory packets, in fake time.
type world struct {
	t     *testing.T
	net   *memnet.Network
	edge  *Edge
	ports *fakePorts
	cfg   Config

	mu   sync.Mutex
	told []exchange.Input

	came    map[string]bool // extensions whose phone was there once
	missing []string        // extensions of which it was told that no phone came: no test but one cares
}

type fakePorts struct {
	mu      sync.Mutex
	next    int
	open    map[plan.LegID]plan.Endpoint
	media   map[plan.LegID]plan.Media
	opens   int
	refuse  bool
	failing int // so many updates fail
}

func (p *fakePorts) Open(id plan.LegID) (plan.Endpoint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse {
		return plan.Endpoint{}, net.ErrClosed
	}
	if at, ok := p.open[id]; ok {
		return at, nil
	}
	p.opens++
	p.next += 2
	at := plan.Endpoint{Host: "192.0.2.1", Port: 20000 + p.next}
	p.open[id] = at
	return at, nil
}

func (p *fakePorts) Update(id plan.LegID, m plan.Media) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failing > 0 {
		p.failing--
		return net.ErrClosed
	}
	p.media[id] = m
	return nil
}

func (p *fakePorts) Close(id plan.LegID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, id)
}

func (p *fakePorts) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.open)
}

func (p *fakePorts) of(id plan.LegID) plan.Media {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.media[id]
}

func site() Site {
	return Site{
		Trunks: []trunk.Config{{
			Name: "carrier", Remote: netip.MustParseAddrPort(carrierAddr), Sources: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
			Presented: "+33140506070", Allowed: []string{"+33140506071"}, CountryCode: "33", TrunkPrefix: "0",
			Username: "box", Password: "let me through",
		}},
		Accounts: []registrar.Account{{Extension: "201", Secret: "correct horse 201"}, {Extension: "202", Secret: "correct horse 202"}},
	}
}

// inWorld runs f in a bubble of fake time.
func inWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	inSeededWorld(t, 1, nil, f)
}

func inSeededWorld(t *testing.T, seed uint64, change func(*Config), f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, net: memnet.New(seed), ports: newPorts()}
		w.cfg = Config{
			Tell: w.tell, Ports: w.ports, Epoch: 3,
			Stack: stack.Config{Firewall: stack.Firewall{Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")}}},
		}
		if change != nil {
			change(&w.cfg)
		}
		w.start()
		defer func() {
			if err := w.edge.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(w)
	})
}

func newPorts() *fakePorts {
	return &fakePorts{open: map[plan.LegID]plan.Endpoint{}, media: map[plan.LegID]plan.Media{}}
}

func (w *world) start() {
	w.t.Helper()
	e, err := New(w.cfg, site())
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := e.Serve(w.net.Listen(boxAddr), netip.AddrPort{}); err != nil {
		w.t.Fatal(err)
	}
	w.edge = e
	e.Start()
	synctest.Wait()
	w.told = nil
}

func (w *world) tell(in exchange.Input) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, ok := in.(exchange.PhoneReachable); ok {
		if !p.Reachable && !w.came[p.Extension] {
			w.missing = append(w.missing, p.Extension)
			return
		}
		if w.came == nil {
			w.came = map[string]bool{}
		}
		w.came[p.Extension] = true
	}
	w.told = append(w.told, in)
}

// heard takes what the exchange was told so far.
func (w *world) heard() []exchange.Input {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.told
	w.told = nil
	return told
}

// expect takes what the exchange was told and wants it to be exactly this.
func (w *world) expect(want ...exchange.Input) {
	w.t.Helper()
	got := w.heard()
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) && (len(got) > 0 || len(want) > 0) {
		w.t.Fatalf("the exchange heard\n %#v\nwant\n %#v", got, want)
	}
}

// offered takes the one LegOffered.
func (w *world) offered() exchange.LegOffered {
	w.t.Helper()
	got := w.heard()
	if len(got) == 1 {
		if o, ok := got[0].(exchange.LegOffered); ok {
			return o
		}
	}
	w.t.Fatalf("no call was offered, but %#v", got)
	return exchange.LegOffered{}
}

// peer is a phone or a carrier that speaks text.
type peer struct {
	w    *world
	conn net.PacketConn
	at   string
	mu   sync.Mutex
	in   []*text
	all  []*text
}

func (w *world) peer(at string) *peer {
	p := &peer{w: w, conn: w.net.Listen(at), at: at}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 65536)
		for {
			n, _, err := p.conn.ReadFrom(b)
			if err != nil {
				return
			}
			m := parseText(string(b[:n]))
			p.mu.Lock()
			p.in = append(p.in, m)
			p.all = append(p.all, m)
			p.mu.Unlock()
		}
	}()
	w.t.Cleanup(func() { p.conn.Close(); <-done })
	return p
}

func (p *peer) send(m string) {
	p.w.t.Helper()
	head, body, _ := strings.Cut(m, "\n\n")
	head = strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n")
	body = strings.ReplaceAll(body, "\n", "\r\n")
	head += fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", len(body))
	if _, err := p.conn.WriteTo([]byte(head+body), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(boxAddr))); err != nil {
		p.w.t.Fatal(err)
	}
	synctest.Wait()
}

// next takes the oldest message that begins so, waiting up to a minute of fake time.
func (p *peer) next(begins string) *text {
	p.w.t.Helper()
	for range 600 {
		synctest.Wait()
		p.mu.Lock()
		i := slices.IndexFunc(p.in, func(m *text) bool { return strings.HasPrefix(m.first, begins) })
		if i >= 0 {
			m := p.in[i]
			p.in = slices.Delete(p.in, 0, i+1)
			p.mu.Unlock()
			return m
		}
		p.mu.Unlock()
		time.Sleep(100 * time.Millisecond)
	}
	p.w.t.Fatalf("%s did not get %q, only %v", p.at, begins, p.firsts())
	return nil
}

// none wants no message that begins so to have come.
func (p *peer) none(begins string) {
	p.w.t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.in {
		if strings.HasPrefix(m.first, begins) {
			p.w.t.Fatalf("%s got %q", p.at, m.raw)
		}
	}
}

func (p *peer) firsts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, m := range p.all {
		list = append(list, m.first)
	}
	return list
}

func (p *peer) count(begins string) int {
	synctest.Wait()
	n := 0
	for _, f := range p.firsts() {
		if strings.HasPrefix(f, begins) {
			n++
		}
	}
	return n
}

// text is one SIP message.
type text struct {
	raw, first, body string
	head             [][2]string
}

func parseText(raw string) *text {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	m := &text{raw: raw, first: lines[0], body: body}
	for _, l := range lines[1:] {
		name, v, _ := strings.Cut(l, ":")
		m.head = append(m.head, [2]string{strings.TrimSpace(name), strings.TrimSpace(v)})
	}
	return m
}

func (m *text) get(name string) string {
	for _, h := range m.head {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

func (m *text) list(name string) []string {
	var l []string
	for _, h := range m.head {
		if strings.EqualFold(h[0], name) {
			l = append(l, h[1])
		}
	}
	return l
}

func (m *text) tag(name string) string {
	_, tag, _ := strings.Cut(m.get(name), ";tag=")
	tag, _, _ = strings.Cut(tag, ";")
	return tag
}

func (m *text) uri() string {
	return strings.Fields(m.first)[1]
}

// reply answers a request of the box.
func (p *peer) reply(req *text, status string, tag string, more ...string) {
	p.w.t.Helper()
	to := req.get("To")
	if tag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\n", status)
	for _, v := range req.list("Via") {
		fmt.Fprintf(&b, "Via: %s\n", v)
	}
	fmt.Fprintf(&b, "From: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n", req.get("From"), to, req.get("Call-ID"), req.get("CSeq"))
	body := ""
	for _, m := range more {
		if strings.HasPrefix(m, "v=0") {
			body = m
			b.WriteString("Content-Type: application/sdp\n")
		} else {
			b.WriteString(m + "\n")
		}
	}
	p.send(b.String() + "\n" + body)
}

func (p *peer) contact() string { return "Contact: <sip:dev@" + p.at + ">" }

// sdp describes a peer's sound.
func sdpText(host string, version int, dir string, codecs string) string {
	s := fmt.Sprintf("v=0\no=- 77 %d IN IP4 %s\ns=-\nc=IN IP4 %s\nt=0 0\nm=audio 40000 RTP/AVP %s\n", version, host, host, codecs)
	if dir != "" {
		s += "a=" + dir + "\n"
	}
	return s
}

func host(at string) string { h, _, _ := strings.Cut(at, ":"); return h }

// call is a dialog as a peer that calls sees it.
type call struct {
	p            *peer
	id, from, to string // to: with the tag once it is known
	uri          string
	cseq         int
	branch       int
	answer       *text
	inviteBranch string
}

func (p *peer) call(id, fromURI, number string) *call {
	return &call{p: p, id: id, from: "<" + fromURI + ">;tag=f-" + id, to: "<sip:" + number + "@192.0.2.1>", uri: "sip:" + number + "@192.0.2.1"}
}

func (c *call) request(method string, more ...string) string {
	c.cseq++
	return c.numbered(method, c.cseq, more...)
}

func (c *call) numbered(method string, cseq int, more ...string) string {
	c.branch++
	branch := fmt.Sprintf("z9hG4bK-%s-%d", c.id, c.branch)
	if method == "CANCEL" {
		branch = c.inviteBranch
	}
	if method == "INVITE" {
		c.inviteBranch = branch
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=%s;rport\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\n%s\n",
		method, c.uri, c.p.at, branch, c.from, c.to, c.id, cseq, method, c.p.contact())
	body := ""
	for _, m := range more {
		if strings.HasPrefix(m, "v=0") {
			body = m
			b.WriteString("Content-Type: application/sdp\n")
		} else if strings.HasPrefix(m, "BODY ") {
			body = m[5:]
		} else {
			b.WriteString(m + "\n")
		}
	}
	m := b.String() + "\n" + body
	c.p.send(m)
	return m
}

// took notes the box's answer to the INVITE.
func (c *call) took(m *text) {
	c.answer = m
	c.to = m.get("To")
	if v := m.get("Contact"); v != "" {
		c.uri = strings.Trim(v, "<>")
	}
}

func (c *call) ack(more ...string) { c.numbered("ACK", c.cseq, more...) }

// up brings a call from the carrier to where both sides talk.
func (w *world) up(carrier *peer, id string) (*call, plan.LegID) {
	w.t.Helper()
	c := carrier.call(id, "sip:0612345678@carrier.example", "+33140506070")
	c.request("INVITE", sdpText(host(carrier.at), 1, "", "8 0"))
	o := w.offered()
	w.edge.Answer(exchange.Answer{Leg: o.Leg})
	c.took(carrier.next("SIP/2.0 200"))
	c.ack()
	w.expect(exchange.LegAnswered{Leg: o.Leg})
	return c, o.Leg
}

// register registers an extension from a peer.
func (p *peer) register(ext, secret, contact string, expires int) *text {
	p.w.t.Helper()
	id := fmt.Sprintf("reg-%s-%s", ext, p.at)
	m := func(cseq int, auth string) {
		p.send(fmt.Sprintf("REGISTER sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%d-%d;rport\nMax-Forwards: 70\nFrom: <sip:%s@192.0.2.1>;tag=r\nTo: <sip:%s@192.0.2.1>\nCall-ID: %s\nCSeq: %d REGISTER\nContact: %s\nExpires: %d\n%s\n",
			p.at, id, cseq, time.Now().UnixNano(), ext, ext, id, cseq, contact, expires, auth))
	}
	n := int(time.Now().Unix()) & 0xffffff * 2
	m(n, "")
	res := p.next("SIP/2.0 4")
	if !strings.HasPrefix(res.first, "SIP/2.0 401") {
		return res
	}
	cr, err := digest.Answer(res.list("WWW-Authenticate"), ext, secret, "REGISTER", "sip:192.0.2.1", "0a4f113b")
	if err != nil {
		p.w.t.Fatal(err)
	}
	m(n+1, "Authorization: "+cr.String()+"\n")
	return p.next("SIP/2.0")
}

var _ leg.Ports = (*fakePorts)(nil)
