//go:build interop

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/dsp/g711"
)

// A peer is a carrier of whom the test writes every message itself: it repeats nothing, and answers nothing but OPTIONS unasked.
type peer struct {
	o    *office
	at   netip.AddrPort
	udp  *net.UDPConn
	tcp  *net.TCPListener
	in   chan *message
	wg   sync.WaitGroup
	kept []*message // read and not asked for yet; of the test's goroutine

	mu    sync.Mutex
	seen  map[string]bool
	conns map[net.Conn]bool
	mute  bool // loses what comes, and answers nothing
	grant int  // seconds given to each REGISTER with a password, unasked; 0: the test answers
}

// A message is one that came, and by which connection when not by UDP.
type message struct {
	*sipmsg.Message
	by   net.Conn
	from netip.AddrPort
	when time.Time
}

func (m *message) String() string {
	if m.Code != 0 {
		return fmt.Sprintf("%d %s (%s)", m.Code, m.Reason, m.Header("CSeq"))
	}
	return m.Method + " " + m.URI
}

// peer opens the carrier of the office, by UDP and by TCP.
func (o *office) peer() *peer { return o.peerAt(o.Carrier) }

func (o *office) peerAt(at netip.AddrPort) *peer {
	o.t.Helper()
	p := &peer{o: o, at: at, in: make(chan *message, 1024), seen: map[string]bool{}, conns: map[net.Conn]bool{}}
	var err error
	if p.udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at)); err != nil {
		o.t.Fatal(err)
	}
	if p.tcp, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at)); err != nil {
		o.t.Fatal(err)
	}
	p.wg.Go(p.readUDP)
	p.wg.Go(p.accept)
	o.t.Cleanup(p.close)
	return p
}

func (p *peer) close() {
	_, _ = p.udp.Close(), p.tcp.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *peer) readUDP() {
	buf := make([]byte, sipmsg.MaxBytes)
	for {
		n, from, err := p.udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			if p.udp.SetReadBuffer(1<<16) != nil {
				return // closed
			}
			continue
		}
		p.take(buf[:n], nil, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

func (p *peer) accept() {
	for {
		c, err := p.tcp.Accept()
		if err != nil {
			return
		}
		p.follow(c)
	}
}

// follow reads a connection (RFC 3261 §18.3).
func (p *peer) follow(c net.Conn) {
	p.mu.Lock()
	p.conns[c] = true
	p.mu.Unlock()
	p.wg.Go(func() {
		defer func() {
			_ = c.Close()
			p.mu.Lock()
			delete(p.conns, c)
			p.mu.Unlock()
		}()
		r := bufio.NewReader(c)
		for {
			var head strings.Builder
			length := 0
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if strings.TrimSpace(l) == "" {
					if head.Len() > 0 {
						break
					}
					continue // RFC 5626 §4.4.1
				}
				if name, v, _ := strings.Cut(l, ":"); strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
					length, _ = strconv.Atoi(strings.TrimSpace(v))
				}
				head.WriteString(l)
			}
			body := make([]byte, length)
			if _, err := io.ReadFull(r, body); err != nil {
				return
			}
			p.take(append([]byte(head.String()+"\r\n"), body...), c, c.RemoteAddr().(*net.TCPAddr).AddrPort())
		}
	})
}

// take keeps a message once: what is repeated says nothing new.
func (p *peer) take(b []byte, by net.Conn, from netip.AddrPort) {
	m, err := sipmsg.Parse(b)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mute || p.seen[string(b)] {
		return
	}
	p.seen[string(b)] = true
	got := &message{m, by, from, time.Now()}
	if m.Method == "OPTIONS" {
		p.answerLocked(got, 200, nil)
		return
	}
	if m.Method == "REGISTER" && p.grant > 0 {
		if m.Header("Authorization") == "" {
			p.answerLocked(got, 401, nil, `WWW-Authenticate: Digest realm="carrier", nonce="again", qop="auth", algorithm=MD5`)
		} else {
			p.answerLocked(got, 200, nil, fmt.Sprintf("Contact: <%s>;expires=%d", sipmsg.URI(m.Header("Contact")), p.grant))
		}
		return
	}
	select {
	case p.in <- got:
	default: // the test reads none
	}
}

// grants answers every further REGISTER.
func (p *peer) grants(seconds int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grant = seconds
}

func (p *peer) silent(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = on
}

// want waits for a message that pleases; others are kept for later.
func (p *peer) want(what string, pleases func(*message) bool) *message {
	p.o.t.Helper()
	return p.wantWithin(80*time.Second, what, pleases)
}

func (p *peer) wantWithin(d time.Duration, what string, pleases func(*message) bool) *message {
	p.o.t.Helper()
	late := time.After(d)
	for i, m := range p.kept {
		if pleases(m) {
			p.kept = append(p.kept[:i], p.kept[i+1:]...)
			return m
		}
	}
	for {
		select {
		case m := <-p.in:
			if pleases(m) {
				return m
			}
			p.kept = append(p.kept, m)
		case <-late:
			p.o.t.Fatalf("no %s within %s; unread: %v", what, d, p.kept)
		case <-p.o.ctx.Done():
			p.o.t.Fatalf("no %s; unread: %v", what, p.kept)
		}
	}
}

// none wants nothing of the kind to come for a while, nor to have come.
func (p *peer) none(d time.Duration, what string, pleases func(*message) bool) {
	p.o.t.Helper()
	late := time.After(d)
	for _, m := range p.kept {
		if pleases(m) {
			p.o.t.Errorf("%s: %s", what, m)
		}
	}
	for {
		select {
		case m := <-p.in:
			if pleases(m) {
				p.o.t.Errorf("%s: %s", what, m)
			}
			p.kept = append(p.kept, m)
		case <-late:
			return
		}
	}
}

// asked waits for a request.
func (p *peer) asked(method string) *message {
	p.o.t.Helper()
	return p.want(method, func(m *message) bool { return m.Method == method })
}

// answer answers a request where it came from. headers are "Name: value".
func (p *peer) answer(req *message, code int, body []byte, headers ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answerLocked(req, code, body, headers...)
}

func (p *peer) answerLocked(req *message, code int, body []byte, headers ...string) {
	m := &sipmsg.Message{Code: code, Reason: "As the test says", Body: body}
	via := true
	for _, h := range req.Headers {
		switch {
		case strings.EqualFold(h.Name, "Via"):
			if via && strings.Contains(h.Value, ";rport") && !strings.Contains(h.Value, ";rport=") { // RFC 3581 §4
				h.Value = strings.Replace(h.Value, ";rport", fmt.Sprintf(";received=%s;rport=%d", req.from.Addr(), req.from.Port()), 1)
			}
			via = false
			m.Headers = append(m.Headers, h)
		case strings.EqualFold(h.Name, "Record-Route"):
			m.Headers = append(m.Headers, h)
		}
	}
	to := req.Header("To")
	if sipmsg.Param(to, "tag") == "" && code > 100 {
		to += ";tag=" + p.tag(req.Header("Call-ID"))
	}
	m.Add("From", req.Header("From")).Add("To", to).Add("Call-ID", req.Header("Call-ID")).Add("CSeq", req.Header("CSeq"))
	p.dress(m, req.by, headers)
	p.write(m.Append(nil), req.by, req.from)
}

// tag is the tag of calls that came, by their Call-ID.
func (p *peer) tag(callID string) string {
	return "peer" + strconv.Itoa(len(callID)) + callID[:min(6, len(callID))]
}

func (p *peer) dress(m *sipmsg.Message, by net.Conn, headers []string) {
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		m.Add(name, strings.TrimSpace(value))
	}
	if m.Header("Contact") == "" && (m.Code == 0 || m.Code > 100 && m.Code < 300) && m.Method != "ACK" && m.Method != "CANCEL" && m.Method != "BYE" && !strings.HasSuffix(m.Header("CSeq"), "REGISTER") {
		m.Add("Contact", p.contact(by))
	}
	if len(m.Body) > 0 && m.Header("Content-Type") == "" {
		m.Add("Content-Type", "application/sdp")
	}
}

func (p *peer) contact(by net.Conn) string {
	if by != nil {
		return fmt.Sprintf("<sip:carrier@%s;transport=tcp>", p.at)
	}
	return fmt.Sprintf("<sip:carrier@%s>", p.at)
}

func (p *peer) write(b []byte, by net.Conn, to netip.AddrPort) {
	if by != nil {
		_, _ = by.Write(b)
		return
	}
	_, _ = p.udp.WriteToUDPAddrPort(b, to)
}

// A talk is one dialog of a peer, with its sound.
type talk struct {
	p          *peer
	by         net.Conn // nil: UDP
	id         string
	mine, hers string // From and To as this side writes them, with their tags once known
	target     string
	cseq       int
	invite     *sipmsg.Message // ours, as sent
	got        *message        // theirs
	flow       *rtpflow.Flow
	version    uint64
}

func (p *peer) talk() *talk {
	p.o.t.Helper()
	f, err := rtpflow.Open(p.at.Addr())
	if err != nil {
		p.o.t.Fatal(err)
	}
	p.o.t.Cleanup(f.Close)
	f.Play(line.Tone(1230))
	return &talk{p: p, flow: f}
}

// begin makes a call to a number of the branch that is not sent yet.
func (p *peer) begin(to, from string) *talk {
	p.o.t.Helper()
	k := p.talk()
	k.id = strings.ToLower(rand.Text())
	k.mine = fmt.Sprintf("<sip:%s@%s>;tag=%s", from, p.at, rand.Text()[:8])
	k.hers = fmt.Sprintf("<sip:%s@%s>", to, p.o.SIP)
	k.target = fmt.Sprintf("sip:%s@%s", to, p.o.SIP)
	return k
}

// took makes the dialog of an INVITE that came.
func (p *peer) took(m *message) *talk {
	p.o.t.Helper()
	k := p.talk()
	k.got, k.by, k.id, k.target = m, m.by, m.Header("Call-ID"), sipmsg.URI(m.Header("Contact"))
	k.mine, k.hers = m.Header("To")+";tag="+p.tag(k.id), m.Header("From")
	return k
}

// send sends a request, in the dialog once there is one.
func (k *talk) send(method string, body []byte, headers ...string) *sipmsg.Message {
	if method != "ACK" && method != "CANCEL" {
		k.cseq++
	}
	return k.sendAs(method, k.cseq, "z9hG4bK"+rand.Text(), body, headers...)
}

func (k *talk) sendAs(method string, cseq int, branch string, body []byte, headers ...string) *sipmsg.Message {
	m := &sipmsg.Message{Method: method, URI: k.target, Body: body}
	kind := "UDP"
	if k.by != nil {
		kind = "TCP"
	}
	m.Add("Via", fmt.Sprintf("SIP/2.0/%s %s;rport;branch=%s", kind, k.p.at, branch)).Add("Max-Forwards", "70")
	m.Add("From", k.mine).Add("To", k.hers).Add("Call-ID", k.id).Add("CSeq", fmt.Sprintf("%d %s", cseq, method))
	k.p.dress(m, k.by, headers)
	if method == "INVITE" {
		k.invite = m
	}
	k.p.write(m.Append(nil), k.by, k.p.o.SIP)
	return m
}

// said waits for an answer to the last request of a method, and learns the dialog from it.
func (k *talk) said(method string, code int) *message {
	k.p.o.t.Helper()
	m := k.p.want(fmt.Sprintf("%d to %s", code, method), func(m *message) bool {
		if m.Code == 0 || m.Header("Call-ID") != k.id {
			return false
		}
		n, what := m.CSeq()
		return what == method && int(n) == k.cseq && (m.Code == code || m.Code >= 300 && code < 300 || code >= 300 && m.Code >= 200)
	})
	if m.Code != code {
		k.p.o.t.Fatalf("%s is answered %s, want %d", method, m, code)
	}
	if method == "INVITE" && m.Code > 100 && m.Code < 300 {
		k.hers = m.Header("To")
		if u := sipmsg.URI(m.Header("Contact")); u != "" {
			k.target = u
		}
	}
	return m
}

// asked waits for a request of this dialog.
func (k *talk) asked(method string) *message {
	k.p.o.t.Helper()
	return k.p.want(method+" of "+k.id, func(m *message) bool { return m.Method == method && m.Header("Call-ID") == k.id })
}

// ack acknowledges the last INVITE: in the dialog for a 2xx, hop by hop else.
func (k *talk) ack(code int, body []byte) {
	if code < 300 {
		k.send("ACK", body)
		return
	}
	k.hop("ACK")
}

// hop sends the ACK of a refusal, or a CANCEL: with the branch of the INVITE (RFC 3261 §9.1, §17.1.1.3).
func (k *talk) hop(method string) {
	keep := k.target
	k.target = k.invite.URI
	hers := k.hers
	if method == "CANCEL" {
		k.hers = k.invite.Header("To")
	}
	n, _ := k.invite.CSeq()
	k.sendAs(method, int(n), sipmsg.ViaParam(k.invite.Header("Via"), "branch"), nil)
	k.target, k.hers = keep, hers
}

// sdp describes our side.
func (k *talk) sdp(d sdp.Direction) []byte {
	k.version++
	return sdp.Session{Addr: k.flow.Addr(), Codecs: []uint8{8}, Event: 101, Direction: d, Version: k.version}.Bytes()
}

// hear sends sound where a description says, or stops.
func (k *talk) hear(body []byte) sdp.Session {
	k.p.o.t.Helper()
	s, err := sdp.Parse(body)
	if err != nil {
		k.p.o.t.Fatalf("%v in %q", err, body)
	}
	k.flow.Start(s.Addr, g711.ALaw, 101)
	k.flow.Sending(s.Direction == sdp.SendRecv || s.Direction == sdp.RecvOnly)
	return s
}

// hears waits for a sound that pleases.
func (k *talk) hears(what string, pleases func(rtpflow.Sound) bool) {
	k.p.o.t.Helper()
	ctx, cancel := context.WithTimeout(k.p.o.ctx, 10*time.Second)
	defer cancel()
	for {
		_, from := k.flow.Heard(0)
		tick := time.NewTicker(20 * time.Millisecond)
		for n := from; n < from+1600 && ctx.Err() == nil; _, n = k.flow.Heard(0) {
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
		tick.Stop()
		s, _ := k.flow.Heard(200 * time.Millisecond)
		if got := rtpflow.Analyse(s); pleases(got) {
			return
		} else if ctx.Err() != nil {
			k.p.o.t.Fatalf("%s is not heard, but %+v; %+v", what, got, k.flow.Stats())
		}
	}
}

// silence wants no packet of sound for a while, once what is under way has come.
func (k *talk) silence(d time.Duration) {
	k.p.o.t.Helper()
	<-time.After(100 * time.Millisecond)
	_, before := k.flow.Heard(0)
	<-time.After(d)
	if s, n := k.flow.Heard(200 * time.Millisecond); n > before {
		k.p.o.t.Errorf("%d ms of sound where there is to be none: %+v", (n-before)/8, rtpflow.Analyse(s))
	}
}

// pickUp takes the usual way of a call out to the peer: offer in the INVITE, answer in the 200.
func (k *talk) pickUp(headers ...string) {
	k.p.o.t.Helper()
	k.hear(k.got.Body)
	k.p.answer(k.got, 200, k.sdp(sdp.SendRecv), headers...)
	k.asked("ACK")
}

// dial calls a number.
func (p *peer) dial(to string, headers ...string) *talk {
	p.o.t.Helper()
	k := p.begin(to, "0612345678")
	k.send("INVITE", k.sdp(sdp.SendRecv), headers...)
	return k
}

// up waits for the answer to what was dialled.
func (k *talk) up() *message {
	k.p.o.t.Helper()
	r := k.said("INVITE", 200)
	k.hear(r.Body)
	k.ack(200, nil)
	return r
}

// bye hangs up and waits for the answer.
func (k *talk) bye() {
	k.p.o.t.Helper()
	k.send("BYE", nil)
	k.said("BYE", 200)
}

// left waits until the box hangs up.
func (k *talk) left() *message {
	k.p.o.t.Helper()
	m := k.asked("BYE")
	k.p.answer(m, 200, nil)
	return m
}

// A desk is a telephone whose calls the test answers itself.
type receiver struct {
	*ua.Agent
	o   *office
	acc ua.Account
}

func (o *office) desk(number string) *receiver {
	o.t.Helper()
	at := "127.0.0.13:0"
	if o.SIP.Addr().Is6() {
		at = "[::1]:0"
	}
	a, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort(at), Box: o.SIP, Name: "desk " + number, ReuseNonce: true})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { _ = a.Close() })
	p, _ := o.Phone(number)
	d := &receiver{Agent: a, o: o, acc: ua.Account{User: number, Secret: p.Secret}}
	if _, err := a.Register(o.ctx, d.acc, 600); err != nil {
		o.t.Fatal(err)
	}
	return d
}

// rings waits for a call.
func (d *receiver) rings() *line.Line {
	d.o.t.Helper()
	select {
	case c := <-d.Incoming():
		l, err := line.Take(d.Agent, c, line.Options{Sound: line.Tone(branch.Tone(d.acc.User))})
		if err != nil {
			d.o.t.Fatal(err)
		}
		d.o.t.Cleanup(func() {
			l.Call.Vanish()
			l.Close()
		})
		return l
	case <-d.o.ctx.Done():
		d.o.t.Fatalf("%s never rings", d.acc.User)
	}
	return nil
}

// answers waits for a call, and takes it.
func (d *receiver) answers() *line.Line {
	d.o.t.Helper()
	l := d.rings()
	if err := l.Answer(); err != nil {
		d.o.t.Fatal(err)
	}
	return l
}

// dials calls a number.
func (d *receiver) dials(number string) *line.Line {
	d.o.t.Helper()
	l, err := line.Place(d.Agent, ua.Invite{To: number, Account: &d.acc}, line.Options{Sound: line.Tone(branch.Tone(d.acc.User))})
	if err != nil {
		d.o.t.Fatal(err)
	}
	d.o.t.Cleanup(func() {
		l.Call.Vanish()
		l.Close()
	})
	return l
}

func (d *receiver) wants(l *line.Line, k ua.Kind) ua.Event {
	d.o.t.Helper()
	e, err := l.Wait(d.o.ctx, k)
	if err != nil {
		d.o.t.Fatal(err)
	}
	return e
}

func (d *receiver) hears(l *line.Line, hz float64) {
	d.o.t.Helper()
	ctx, cancel := context.WithTimeout(d.o.ctx, 10*time.Second)
	defer cancel()
	if _, err := l.Expect(ctx, hz); err != nil {
		d.o.t.Fatal(err)
	}
}

// lineOffice starts a box of one phone behind one number, at an address of its own so that tests may run side by side; change may alter the branch.
func lineOffice(t *testing.T, place int, change func(*branch.Branch)) *office {
	t.Helper()
	b := branch.Branch{
		Name: "Lignes", SIP: free(t, fmt.Sprintf("127.0.1.%d", place)), Carrier: free(t, fmt.Sprintf("127.0.2.%d", place)),
		RTPFirst: 16384, RTPLast: 16583, MaxCalls: 40,
		Phones:   []branch.Phone{{Number: "205", Name: "Poste", Secret: branch.Secret()}},
		Services: []branch.Service{{Number: "+33472000205", Name: "Ligne directe", Extension: "205"}},
	}
	if change != nil {
		change(&b)
	}
	o := start(t, b, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
	t.Cleanup(cancel)
	o.ctx = ctx
	return o
}

// ddi is the number behind which the phone of a line office is, as carriers send it.
const ddi = "+33472000205"

func isTone(hz float64) func(rtpflow.Sound) bool {
	return func(s rtpflow.Sound) bool { return s.Near(hz) }
}

func isMusic(s rtpflow.Sound) bool {
	return !s.Silent() && !s.Near(1230) && !s.Near(branch.Tone("205"))
}

// rest wants the box to have no call, no leg of sound, and no bound port of sound left, and every call to have ended once.
func (o *office) rest() facts {
	o.t.Helper()
	fs := o.until("the end of every call", func(fs facts) bool { return len(fs.of("call.ended")) >= len(fs.of("call.opened")) })
	endedOnce(o.t, fs)
	for {
		s, err := o.box.Status(o.ctx)
		ports, channels := o.soundPorts(), 0
		for _, t := range s.Trunks {
			channels += t.InUse
		}
		if err == nil && len(s.Calls) == 0 && s.Media.Legs == 0 && len(ports) == 0 && channels == 0 {
			return fs
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("left over: %d calls, %d legs, ports %v, trunks %+v; %v", len(s.Calls), s.Media.Legs, ports, s.Trunks, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// soundPorts are the ports of sound that the box's address holds now.
func (o *office) soundPorts() (list []int) {
	text, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		o.t.Fatal(err)
	}
	a := o.SIP.Addr().As4()
	mine := fmt.Sprintf("%02X%02X%02X%02X", a[3], a[2], a[1], a[0])
	for l := range strings.Lines(string(text)) {
		f := strings.Fields(l)
		if len(f) < 2 {
			continue
		}
		addr, hex, _ := strings.Cut(f[1], ":")
		if n, err := strconv.ParseInt(hex, 16, 32); err == nil && addr == mine && int(n) >= o.RTPFirst && int(n) <= o.RTPLast {
			list = append(list, int(n))
		}
	}
	return list
}
