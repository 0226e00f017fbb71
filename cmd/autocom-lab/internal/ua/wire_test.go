package ua

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

func TestRFC3261Section18_3MessagesOfAStreamAreAsLongAsTheySay(t *testing.T) {
	here, there := net.Pipe()
	defer func() { _ = here.Close() }()
	const one, two = "INFO sip:x SIP/2.0\r\nContent-Length: 3\r\n\r\nab\n", "SIP/2.0 200 OK\r\nl : 0\r\n\r\n"
	go func() {
		for _, c := range []byte("\r\n\r\n" + one + "\r\n" + two + one[:30]) { // in the smallest pieces there are
			if _, err := there.Write([]byte{c}); err != nil {
				return
			}
		}
		_ = there.Close()
	}()
	s := &stream{conn: here, in: bufio.NewReader(here), box: netip.MustParseAddrPort("127.0.0.1:5060")}
	buf := make([]byte, sipmsg.MaxBytes)
	for _, want := range []string{one, two} {
		n, from, err := s.read(buf)
		if err != nil || string(buf[:n]) != want || from != s.box {
			t.Fatalf("%q from %s: %v", buf[:n], from, err)
		}
	}
	if _, _, err := s.read(buf); err == nil {
		t.Error("half a message was read")
	}
}

// FuzzStream reads anything; nothing is ever longer than there is room for.
func FuzzStream(f *testing.F) {
	f.Add("INFO sip:x SIP/2.0\r\nContent-Length: 3\r\n\r\nabc")
	f.Add("\r\n\r\nSIP/2.0 200 OK\r\nl: 99999999\r\n\r\n")
	f.Fuzz(func(_ *testing.T, text string) {
		s := &stream{in: bufio.NewReader(strings.NewReader(text))}
		buf := make([]byte, 512)
		for {
			n, _, err := s.read(buf)
			if err != nil {
				return
			}
			_, _ = sipmsg.Parse(buf[:n])
		}
	})
}

func TestRFC3420StatusOfAFragment(t *testing.T) {
	for body, want := range map[string]int{"SIP/2.0 486 Busy Here\r\n": 486, "SIP/2.0 100": 100, "": 0, "SIP/2.0 xyz": 0, "INVITE sip:x SIP/2.0": 0, "SIP/2.0 1": 0} {
		if got := fragment([]byte(body)); got != want {
			t.Errorf("%q: %d", body, got)
		}
	}
}

// A lamp over TCP: what is asked is answered, and what is told is delivered, also before the answer.
func TestRFC6665Section4_1_2_4NoticesMayComeFirst(t *testing.T) {
	box, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close() }()
	go func() {
		conn, err := box.Accept()
		if err != nil {
			return
		}
		s := &stream{conn: conn, in: bufio.NewReader(conn)}
		buf := make([]byte, sipmsg.MaxBytes)
		n, _, err := s.read(buf)
		if err != nil {
			return
		}
		m, err := sipmsg.Parse(buf[:n])
		if err != nil {
			return
		}
		told := &sipmsg.Message{Method: "NOTIFY", URI: sipmsg.URI(m.Header("Contact")), Body: []byte("<dialog-info/>")}
		told.Add("Via", "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKn").Add("From", m.Header("To")+";tag=box").Add("To", m.Header("From"))
		told.Add("Call-ID", m.Header("Call-ID")).Add("CSeq", "1 NOTIFY").Add("Subscription-State", "active;expires=60").Add("Content-Type", "application/dialog-info+xml")
		answer := &sipmsg.Message{Code: 200, Reason: "OK"}
		answer.Add("Via", m.Header("Via")).Add("From", m.Header("From")).Add("To", m.Header("To")+";tag=box").Add("Call-ID", m.Header("Call-ID"))
		answer.Add("CSeq", m.Header("CSeq")).Add("Expires", "60").Add("Contact", "<sip:box@127.0.0.1>")
		_, _ = conn.Write(answer.Append(told.Append(nil)))
		_, _ = io.Copy(io.Discard, conn)
	}()
	a, err := Listen(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Box: box.Addr().(*net.TCPAddr).AddrPort(), Over: TCP})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	w, err := a.Subscribe(t.Context(), Account{User: "201"}, "202", "dialog", 60)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case n := <-w.Notices():
		if string(n.Body) != "<dialog-info/>" || n.State != "active;expires=60" || n.Type != "application/dialog-info+xml" {
			t.Errorf("%+v", n)
		}
	case <-time.After(5 * time.Second):
		t.Error("nothing was told")
	}
}
