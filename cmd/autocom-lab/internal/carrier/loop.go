package carrier

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// Habits are what a looping carrier does badly.
type Habits struct {
	Caller     string // shown instead of who calls
	DropDigits bool   // loses RFC 4733 events
	RefuseHold bool   // refuses 488 whatever silences one side
}

// A Loop is a carrier that sends the branch's calls to its own numbers back to it, as a second call of which everything is passed on: who calls,
// every request and answer within the call, sound and digits. Other numbers, such as 112, answer and say nothing. Close ends it.
type Loop struct {
	conn   *net.UDPConn
	at     netip.AddrPort
	box    netip.AddrPort
	own    []string
	habits Habits
	wg     sync.WaitGroup

	// Of the reading goroutine.
	passed   map[string]*sipmsg.Message // requests passed on, by branch and method
	refused  map[string]bool            // branches of INVITEs answered here
	contacts map[string]string          // of the box, by its Call-ID
	sound    map[string]*relay          // by the Call-ID of the box's call
	sinks    []*rtpflow.Flow
}

// Second is what the Call-ID of the call back begins with.
const second = "loop-"

// OpenLoop starts such a carrier at addr for the box and its own numbers.
func OpenLoop(addr, box netip.AddrPort, own []string, h Habits) (*Loop, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("carrier: %w", err)
	}
	l := &Loop{
		conn: conn, at: conn.LocalAddr().(*net.UDPAddr).AddrPort(), box: box, own: own, habits: h, passed: map[string]*sipmsg.Message{},
		refused: map[string]bool{}, contacts: map[string]string{}, sound: map[string]*relay{},
	}
	l.wg.Go(l.read)
	return l, nil
}

// Close ends the carrier and everything it carries.
func (l *Loop) Close() {
	_ = l.conn.Close()
	l.wg.Wait()
	for _, r := range l.sound {
		r.close()
	}
	for _, f := range l.sinks {
		f.Close()
	}
}

func (l *Loop) read() {
	buf := make([]byte, sipmsg.MaxBytes)
	for {
		n, _, err := l.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		m, err := sipmsg.Parse(buf[:n])
		switch {
		case err != nil:
		case m.Code != 0:
			l.response(m)
		default:
			l.request(m)
		}
	}
}

func (l *Loop) write(m *sipmsg.Message) { _, _ = l.conn.WriteToUDPAddrPort(m.Append(nil), l.box) }

// other is the Call-ID of the other call.
func other(id string) string {
	if rest, ok := strings.CutPrefix(id, second); ok {
		return rest
	}
	return second + id
}

func (l *Loop) request(m *sipmsg.Message) {
	branch := sipmsg.ViaParam(m.All("Via")[0], "branch")
	tagged := sipmsg.Param(m.Header("To"), "tag") != ""
	id := m.Header("Call-ID")
	here := l.sound[id] == nil && l.sound[other(id)] == nil
	switch {
	case m.Method == "INVITE" && !tagged && here && slices.Contains(l.own, sipmsg.User(m.URI)):
		r, err := openRelay(l.at.Addr(), l.habits.DropDigits)
		if err != nil {
			l.answer(m, 503, nil)
			return
		}
		l.sound[id] = r
	case m.Method == "INVITE" && !tagged && here:
		f, err := rtpflow.Open(l.at.Addr())
		if err != nil {
			l.answer(m, 503, nil)
			return
		}
		l.sinks = append(l.sinks, f)
		l.answer(m, 180, nil)
		l.answer(m, 200, sdp.Session{Addr: f.Addr(), Codecs: []uint8{8}}.Bytes())
		return
	case here && m.Method == "ACK" || l.refused[branch] && m.Method == "ACK":
		return
	case here || m.Method == "OPTIONS":
		l.answer(m, 200, nil)
		return
	}
	if body := string(m.Body); l.habits.RefuseHold && tagged && (strings.Contains(body, "a=sendonly") || strings.Contains(body, "a=inactive")) {
		l.refused[branch] = true
		l.answer(m, 488, nil)
		return
	}
	l.pass(m, branch, tagged)
}

// pass sends a request on in the other call.
func (l *Loop) pass(m *sipmsg.Message, branch string, tagged bool) {
	id := m.Header("Call-ID")
	next := &sipmsg.Message{Method: m.Method, URI: l.contacts[other(id)], Body: l.redescribe(id, m.Body)}
	if next.URI == "" || !tagged {
		next.URI = fmt.Sprintf("sip:%s@%s", sipmsg.User(m.URI), l.box)
	}
	next.Add("Via", fmt.Sprintf("SIP/2.0/UDP %s;branch=%sl", l.at, branch))
	for _, h := range m.Headers {
		switch strings.ToLower(h.Name) {
		case "via", "record-route", "route":
			continue
		case "call-id":
			h.Value = other(id)
		case "contact":
			l.contacts[id] = sipmsg.URI(h.Value)
			h.Value = fmt.Sprintf("<sip:loop@%s>", l.at)
		case "from":
			if l.habits.Caller != "" && !strings.HasPrefix(id, second) {
				h.Value = fmt.Sprintf("<sip:%s@%s>;tag=%s", l.habits.Caller, l.at, sipmsg.Param(h.Value, "tag"))
			}
		case "p-asserted-identity", "p-preferred-identity", "remote-party-id":
			if l.habits.Caller != "" {
				continue
			}
		}
		next.Headers = append(next.Headers, h)
	}
	if m.Method != "ACK" {
		l.passed[branch+"l "+m.Method] = m
	}
	l.write(next)
}

// response sends an answer back in the call whose request it answers.
func (l *Loop) response(m *sipmsg.Message) {
	_, method := m.CSeq()
	asked := l.passed[sipmsg.ViaParam(m.All("Via")[0], "branch")+" "+method]
	if asked == nil || m.Code == 100 {
		return
	}
	id := m.Header("Call-ID")
	back := &sipmsg.Message{Code: m.Code, Reason: m.Reason, Body: l.redescribe(id, m.Body)}
	for _, v := range asked.All("Via") {
		back.Add("Via", v)
	}
	for _, h := range m.Headers {
		switch strings.ToLower(h.Name) {
		case "via", "record-route":
			continue
		case "call-id":
			h.Value = asked.Header("Call-ID")
		case "from":
			h.Value = asked.Header("From")
		case "contact":
			l.contacts[id] = sipmsg.URI(h.Value)
			h.Value = fmt.Sprintf("<sip:loop@%s>", l.at)
		}
		back.Headers = append(back.Headers, h)
	}
	l.write(back)
}

// answer answers a request itself.
func (l *Loop) answer(req *sipmsg.Message, code int, body []byte) {
	m := &sipmsg.Message{Code: code, Reason: "As the carrier says", Body: body}
	for _, v := range req.All("Via") {
		m.Add("Via", v)
	}
	to := req.Header("To")
	if sipmsg.Param(to, "tag") == "" {
		to += ";tag=loop"
	}
	m.Add("From", req.Header("From")).Add("To", to).Add("Call-ID", req.Header("Call-ID")).Add("CSeq", req.Header("CSeq"))
	m.Add("Contact", fmt.Sprintf("<sip:loop@%s>", l.at)).Add("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")
	if len(body) > 0 {
		m.Add("Content-Type", "application/sdp")
	}
	l.write(m)
}

// redescribe puts the relay into a description that the box wrote in one of its two calls.
func (l *Loop) redescribe(id string, body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	first, back := strings.CutPrefix(id, second)
	r := l.sound[first]
	s, err := sdp.Parse(body)
	if r == nil || err != nil {
		return body
	}
	from, to := 0, 1
	if back {
		from, to = 1, 0
	}
	r.sides[from].told(s)
	at := r.sides[to].at
	var out strings.Builder
	for line := range strings.Lines(string(body)) {
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=") && len(f) == 3 && !s.Addr.Addr().IsUnspecified():
			line = fmt.Sprintf("c=IN %s %s\r\n", f[1], at.Addr())
		case strings.HasPrefix(line, "m=audio ") && len(f) > 1 && f[1] != "0":
			line = strings.Replace(line, " "+f[1]+" ", fmt.Sprintf(" %d ", at.Port()), 1)
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}
