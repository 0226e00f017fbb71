package run_test

import (
	"net"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/run"
)

// Reports are protected both ways, and a false one says nothing (RFC 3711 §3.4).
func TestReportsAreProtected_RFC3711_3_4(t *testing.T) {
	c := dial(t, start(t, func(cfg *run.Config) { cfg.Engine.Report = 10 * time.Millisecond }))
	h, y, _ := protectedBridge(t, c, false)
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer conn.Close()
	m := h.media()
	m.RTCP = plan.Endpoint{Host: "127.0.0.1", Port: conn.LocalAddr().(*net.UDPAddr).Port}
	must(t, c.Update("a1-1", m))
	y.say(1)
	ours := h.hear().SSRC

	b := make([]byte, 1500)
	must(t, conn.SetReadDeadline(time.Now().Add(patience)))
	n, from, err := conn.ReadFromUDPAddrPort(b)
	must(t, err)
	plain, err := h.open.DecryptRTCP(nil, b[:n], nil)
	must(t, err)
	packets, err := rtcp.Unmarshal(plain)
	must(t, err)
	if sr, ok := packets[0].(*rtcp.SenderReport); !ok || sr.SSRC != ours {
		t.Errorf("reported %v", packets)
	}

	report := rtcp.ReceiverReport{SSRC: h.ssrc, Reports: []rtcp.ReceptionReport{{SSRC: ours, TotalLost: 77}}}
	raw, err := report.Marshal()
	must(t, err)
	send := func(b []byte) {
		t.Helper()
		_, err := conn.WriteToUDPAddrPort(b, from)
		must(t, err)
	}
	send(raw) // in the clear
	report.Reports[0].TotalLost = 5
	raw, err = report.Marshal()
	must(t, err)
	sealed, err := h.seal.EncryptRTCP(nil, raw, nil)
	must(t, err)
	send(sealed)
	send(sealed)
	limit := time.Now().Add(patience)
	for {
		s, err := c.Stats("a1-1")
		must(t, err)
		if s.PeerLost == 77 {
			t.Fatal("a report in the clear was believed")
		}
		if s.PeerLost == 5 && s.Forged == 1 && s.Replayed == 1 {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("%+v", s)
		}
	}
}

// A call may lose its protection and get it again, by signalling alone.
func TestProtectionComesAndGoesWithTheAgreement_RFC4568(t *testing.T) {
	c := dial(t, start(t, nil))
	h, y, _ := protectedBridge(t, c, false)
	h.say(1)
	y.hear()
	must(t, c.Update("a1-1", h.phone.media(plan.PCMA)))
	_, err := c.Stats("a1-1")
	must(t, err)
	h.phone.say(2)
	if got := y.hear(); got.Payload[0] != 2 {
		t.Fatalf("heard %d", got.Payload[0])
	}
	y.say(3)
	if got := h.phone.hear(); got.Payload[0] != 3 {
		t.Fatalf("the phone hears %d", got.Payload[0])
	}
	h.rekey(keysOf(7, 8))
	must(t, c.Update("a1-1", h.media()))
	_, err = c.Stats("a1-1")
	must(t, err)
	h.say(4)
	if got := y.hear(); got.Payload[0] != 4 {
		t.Fatalf("heard %d", got.Payload[0])
	}
	y.say(5)
	if got := h.hear(); got.Payload[0] != 5 {
		t.Fatalf("the phone hears %d", got.Payload[0])
	}
}
