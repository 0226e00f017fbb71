package ua

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// far is a peer driven by the test, message by message.
type far struct {
	t    *testing.T
	conn *net.UDPConn
	from netip.AddrPort
}

func newFar(t *testing.T) *far {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &far{t: t, conn: conn}
}

func (f *far) addr() netip.AddrPort { return f.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// next gives the next message; none within 5 s fails the test.
func (f *far) next(want string) *sipmsg.Message {
	f.t.Helper()
	_ = f.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 65535)
	n, from, err := f.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		f.t.Fatalf("waiting for %s: %v", want, err)
	}
	f.from = from
	m, err := sipmsg.Parse(buf[:n])
	if err != nil {
		f.t.Fatal(err)
	}
	if got := strings.TrimSpace(m.Method + " " + m.Reason); got != want {
		f.t.Fatalf("got %q, want %q:\n%s", got, want, buf[:n])
	}
	return m
}

func (f *far) answer(req *sipmsg.Message, code int, tag string) {
	r := &sipmsg.Message{Code: code, Reason: "x"}
	for _, h := range []string{"Via", "From", "Call-ID", "CSeq"} {
		r.Add(h, req.Header(h))
	}
	r.Add("To", req.Header("To")+";tag="+tag).Add("Contact", "<sip:far@"+f.addr().String()+">")
	if code == 200 {
		r.Add("Record-Route", "<sip:"+f.addr().String()+";lr;hop="+tag+">")
	}
	f.send(r)
}

func (f *far) send(m *sipmsg.Message) {
	if _, err := f.conn.WriteToUDPAddrPort(m.Append(nil), f.from); err != nil {
		f.t.Fatal(err)
	}
}

func dialled(t *testing.T) (*far, *Agent, *Call) {
	f := newFar(t)
	a, err := Listen(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Box: f.addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	c, err := a.Place(Invite{To: "201"})
	if err != nil {
		t.Fatal(err)
	}
	return f, a, c
}

// RFC 3261 §13.2.2.4: a second 2xx with another tag is acknowledged in its own
// dialog and ended; the first goes on.
func TestRFC3261Section13SecondForkIsEnded(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	f, _, c := dialled(t)
	inv := f.next("INVITE")
	f.answer(inv, 200, "one")
	if ack := f.next("ACK"); sipmsg.Param(ack.Header("To"), "tag") != "one" || !strings.Contains(ack.Header("Route"), "hop=one") {
		t.Errorf("%+v", ack)
	}
	f.answer(inv, 200, "two")
	if ack := f.next("ACK"); sipmsg.Param(ack.Header("To"), "tag") != "two" {
		t.Errorf("%+v", ack)
	}
	bye := f.next("BYE")
	if sipmsg.Param(bye.Header("To"), "tag") != "two" || !strings.Contains(bye.Header("Route"), "hop=two") {
		t.Errorf("%+v", bye)
	}
	f.answer(bye, 200, "two")
	if _, err := c.Wait(ctx, Answered); err != nil {
		t.Fatal(err)
	}
	if c.State() != Talking {
		t.Errorf("the first fork is in state %d", c.State())
	}
}

// RFC 3261 §12.2.2, §17.2.2: an old CSeq is refused, a repeated BYE answered
// again, a request in no dialog gets 481.
func TestRFC3261Section12RequestsInTheDialog(t *testing.T) {
	f, _, c := dialled(t)
	inv := f.next("INVITE")
	f.answer(inv, 200, "one")
	f.next("ACK")
	in := func(method, seq, branch, tag string) *sipmsg.Message {
		m := &sipmsg.Message{Method: method, URI: "sip:lab@x"}
		m.Add("Via", "SIP/2.0/UDP "+f.addr().String()+";branch=z9hG4bK"+branch)
		m.Add("From", "<sip:201@x>;tag=one").Add("To", "<sip:lab@x>;tag="+tag).Add("Call-ID", inv.Header("Call-ID")).Add("CSeq", seq+" "+method)
		return m
	}
	mine := sipmsg.Param(inv.Header("From"), "tag")
	f.send(in("OPTIONS", "20", "a", mine))
	f.next("OK")
	f.send(in("INFO", "19", "b", mine))
	f.next("Server Internal Error")
	f.send(in("BYE", "21", "c", "other"))
	f.next("Call/Transaction Does Not Exist")
	for range 2 {
		f.send(in("BYE", "22", "d", mine))
		f.next("OK")
	}
	<-c.Done()
	if c.Last().Kind != HungUp {
		t.Error(c.Last())
	}
}

// RFC 3261 §9.1: no CANCEL before a provisional answer.
func TestRFC3261Section9CancelWaitsForAProvisionalAnswer(t *testing.T) {
	f, _, c := dialled(t)
	inv := f.next("INVITE")
	c.HangUp()
	_ = f.conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, _, err := f.conn.ReadFromUDPAddrPort(make([]byte, 1)); err == nil {
		t.Fatalf("%d bytes came before any answer", n)
	}
	f.answer(inv, 180, "one")
	cancel := f.next("CANCEL")
	if cancel.Header("Via") != inv.Header("Via") || cancel.Header("To") != inv.Header("To") || cancel.URI != inv.URI {
		t.Errorf("the CANCEL does not match its INVITE: %+v", cancel)
	}
	f.answer(cancel, 200, "one")
	f.answer(inv, 487, "one")
	if ack := f.next("ACK"); ack.Header("Via") != inv.Header("Via") {
		t.Errorf("%+v", ack)
	}
	<-c.Done()
	if e := c.Last(); e.Kind != Released || e.Code != 487 {
		t.Error(e)
	}
}
