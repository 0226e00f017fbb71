package socket

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// told is an ear that passes on what it hears, and lets in all but what begins with "x".
type told struct{ heard chan string }

func (t told) Datagram(_ netip.AddrPort, data []byte) []byte {
	if data[0] == 'x' {
		return nil
	}
	return data
}
func (t told) Message(m sip.Message) { t.heard <- m.CallID().Value() }
func (t told) Unparsable()           { t.heard <- "unparsable" }

// once fails its first read.
type once struct {
	net.PacketConn
	failed bool
}

func (o *once) ReadFrom(b []byte) (int, net.Addr, error) {
	if !o.failed {
		o.failed = true
		return 0, nil, errors.New("planted")
	}
	return o.PacketConn.ReadFrom(b)
}

func TestSocketIsOpenedAgainAndKeepsTheOrder(t *testing.T) {
	open := UDP(netip.MustParseAddrPort("127.0.0.1:0"))
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	local := first.LocalAddr().(*net.UDPAddr).AddrPort()
	opened := make(chan struct{}, 1)
	again := func() (net.PacketConn, error) {
		c, err := UDP(local)()
		opened <- struct{}{}
		return c, err
	}
	ear := told{make(chan string, 10)}
	s, err := New(&once{PacketConn: first}, again, ear, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Run() }()
	<-opened
	peer, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(s.Local()))
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	for _, text := range []string{
		"OPTIONS sip:a SIP/2.0\r\nCall-ID: one\r\n\r\n", "x", "nonsense\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nCall-ID: two\r\n\r\n",
	} {
		if _, err := peer.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"one", "unparsable", "two"} {
		if got := <-ear.heard; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if n := s.Peers(); n != 1 {
		t.Errorf("%d peers", n)
	}
	if err := s.Send([]byte("back"), peer.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		t.Error(err)
	}
	var b [10]byte
	if err := peer.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := peer.Read(b[:]); err != nil || string(b[:n]) != "back" {
		t.Errorf("%q, %v", b[:n], err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-done
}
