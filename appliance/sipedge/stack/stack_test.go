package stack

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/stack/verdict"
)

const (
	boxAddr  = "192.0.2.1:5060"
	peerAddr = "192.0.2.9:5070"
)

// recorder is a Sink that remembers what it got and may react to it.
type recorder struct {
	mu         sync.Mutex
	requests   []*Request
	responses  []*Response
	failed     []error
	onRequest  func(*Request)
	onResponse func(*Response)
}

func (r *recorder) Request(q *Request) {
	r.mu.Lock()
	r.requests = append(r.requests, q)
	f := r.onRequest
	r.mu.Unlock()
	if f != nil {
		f(q)
	}
}

func (r *recorder) Response(p *Response) {
	r.mu.Lock()
	r.responses = append(r.responses, p)
	f := r.onResponse
	r.mu.Unlock()
	if f != nil {
		f(p)
	}
}

func (r *recorder) TransactionFailed(_ *Transaction, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = append(r.failed, err)
}

func (r *recorder) statuses() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []int
	for _, p := range r.responses {
		out = append(out, p.StatusCode)
	}
	return out
}

func (r *recorder) methods() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, q := range r.requests {
		out = append(out, string(q.Method))
	}
	return out
}

func (r *recorder) failures() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]error(nil), r.failed...)
}

// wire is a raw peer: it writes and reads messages as text.
type wire struct {
	t    *testing.T
	conn net.PacketConn
	box  net.Addr
}

func (w *wire) send(lines ...string) {
	w.t.Helper()
	if _, err := w.conn.WriteTo([]byte(strings.Join(lines, "\r\n")), w.box); err != nil {
		w.t.Fatal(err)
	}
}

// read gives the next message within d, or "".
func (w *wire) read(d time.Duration) string {
	w.t.Helper()
	if err := w.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		w.t.Fatal(err)
	}
	buf := make([]byte, 65536)
	n, _, err := w.conn.ReadFrom(buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// first gives the start lines of all that comes until nothing came for d.
func (w *wire) first(d time.Duration) []string {
	w.t.Helper()
	var out []string
	for {
		m := w.read(d)
		if m == "" {
			return out
		}
		line, _, _ := strings.Cut(m, "\r\n")
		out = append(out, line)
	}
}

type rig struct {
	*testing.T
	stack *Stack
	sink  *recorder
	net   *memnet.Network
	peer  *wire
	flow  Flow
	logs  *strings.Builder
}

type logWriter struct {
	mu sync.Mutex
	b  *strings.Builder
}

func (l *logWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func config(sink Sink, logs *strings.Builder) Config {
	return Config{
		Sink:     sink,
		Log:      slog.New(slog.NewTextHandler(&logWriter{b: logs}, nil)),
		Firewall: Firewall{Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("127.0.0.0/8")}},
	}
}

// newRig makes a box and a peer on a memory network; call it inside a synctest bubble.
func newRig(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	r := &rig{T: t, sink: &recorder{}, net: memnet.New(1), logs: &strings.Builder{}}
	cfg := config(r.sink, r.logs)
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	local, err := s.Serve(r.net.Listen(boxAddr), netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	r.stack = s
	r.flow = Flow{Local: local, Remote: netip.MustParseAddrPort(peerAddr)}
	r.peer = &wire{t: t, conn: r.net.Listen(peerAddr), box: net.UDPAddrFromAddrPort(local)}
	t.Cleanup(r.close)
	return r
}

// close runs when the test ends, still in its bubble: synctest then fails if a goroutine is left.
func (r *rig) close() {
	if err := r.stack.Close(); err != nil && !errors.Is(err, ErrClosed) {
		r.Error(err)
	}
	r.peer.conn.Close()
}

// request is the text of a request from the peer. extra are header lines; a last element that starts with "\r\n" is the body.
func request(method, branch, callID string, cseq int, extra ...string) string {
	toTag := ""
	var lines []string
	body := ""
	for _, e := range extra {
		switch {
		case e == "in-dialog":
			toTag = ";tag=box"
		case strings.HasPrefix(e, "\r\n"):
			body = e[2:]
		default:
			lines = append(lines, e)
		}
	}
	head := []string{
		method + " sip:100@192.0.2.1 SIP/2.0",
		"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK" + branch,
		"Max-Forwards: 70",
		"From: <sip:200@192.0.2.9>;tag=peer",
		"To: <sip:100@192.0.2.1>" + toTag,
		"Call-ID: " + callID,
		fmt.Sprintf("CSeq: %d %s", cseq, method),
	}
	head = append(head, lines...)
	head = append(head, fmt.Sprintf("Content-Length: %d", len(body)), "", body)
	return strings.Join(head, "\r\n")
}

// reply is the text of a response to a request that the box sent.
func reply(req string, status int, toTag string) string {
	lines := []string{fmt.Sprintf("SIP/2.0 %d %s", status, verdict.Phrase(status))}
	for line := range strings.SplitSeq(req, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "To":
			if toTag != "" && !strings.Contains(line, "tag=") {
				line += ";tag=" + toTag
			}
			lines = append(lines, line)
		case "Via", "From", "Call-ID", "CSeq":
			lines = append(lines, line)
		}
	}
	return strings.Join(append(lines, "Content-Length: 0", "", ""), "\r\n")
}

// outgoing is a request as a leg would build it.
func outgoing(method sip.RequestMethod, callID string, cseq uint32) *sip.Request {
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: "200", Host: "192.0.2.9", Port: 5070})
	from := &sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: "100", Host: "192.0.2.1"}}
	from.Params.Add("tag", "box")
	id := sip.CallIDHeader(callID)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: "200", Host: "192.0.2.9"}})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: cseq, MethodName: method})
	return req
}
