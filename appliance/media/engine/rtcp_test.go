package engine

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"autocom/appliance/exchange/plan"
)

// report decodes the last RTCP sent to a leg with a library that is not ours.
func (b *bed) report(id plan.LegID) []rtcp.Packet {
	b.t.Helper()
	all := b.rtcp[id]
	if len(all) == 0 {
		b.t.Fatalf("no RTCP to %s", id)
	}
	pkts, err := rtcp.Unmarshal(all[len(all)-1])
	must(b.t, err)
	return pkts
}

func TestSenderAndReceiverReports_RFC3550_6_4(t *testing.T) {
	b, p, q := bridged(t, plan.PCMA, plan.PCMA)
	for i := range 260 {
		if i%10 == 9 {
			p.packet(0) // lost on the way
		} else {
			p.say(1)
		}
		b.pass(20 * time.Millisecond)
	}
	rr, ok := b.report("a")[0].(*rtcp.ReceiverReport)
	if !ok || len(rr.Reports) != 1 {
		t.Fatalf("a leg that was sent nothing gets %v", b.report("a"))
	}
	r := rr.Reports[0]
	if r.SSRC != p.ssrc || r.FractionLost < 24 || r.FractionLost > 27 || r.TotalLost < 20 || r.TotalLost > 26 || r.Jitter != 0 {
		t.Errorf("reception report %+v", r)
	}
	sr, ok := b.report("b")[0].(*rtcp.SenderReport)
	sent := b.out["b"]
	if !ok || sr.SSRC != sent[0].SSRC || sr.PacketCount == 0 || sr.OctetCount != 160*sr.PacketCount || len(sr.Reports) != 0 {
		t.Fatalf("sender report %+v", b.report("b")[0])
	}
	if d := int32(sr.RTPTime - sent[len(sent)-1].Timestamp); d < -16000 || d > 16000 {
		t.Errorf("its RTP time is %d samples from the stream's", d)
	}
	if sdes, ok := b.report("b")[1].(*rtcp.SourceDescription); !ok || len(sdes.Chunks) != 1 || len(sdes.Chunks[0].Items[0].Text) != 8 {
		t.Errorf("no CNAME: %v", b.report("b"))
	}

	// q reports on what it heard and claims to have answered at once.
	mid := uint32(sr.NTPTime >> 16)
	b.now += 240 * time.Millisecond
	raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: q.ssrc, Reports: []rtcp.ReceptionReport{{
		SSRC: sr.SSRC, TotalLost: 7, Jitter: 33, LastSenderReport: mid, Delay: 0,
	}}}})
	must(t, err)
	b.e.Control(b.slots["b"], q.at, raw, b.now)
	s, err := b.e.Statistics("b")
	must(t, err)
	want := b.now - time.Duration(sr.NTPTime>>16)*time.Second/65536
	if s.PeerLost != 7 || s.PeerJitter != 33 || s.RoundTrip < want-time.Millisecond || s.RoundTrip > want+time.Millisecond {
		t.Errorf("the peer says %+v, round trip %v, want %v", s, s.RoundTrip, want)
	}
}

func TestSendersReportIsEchoed_RFC3550_6_4_1(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: p.ssrc, NTPTime: 0x1111_2222_3333_4444}})
	must(t, err)
	b.e.Control(b.slots["a"], p.at, raw, b.now)
	heard := b.now
	b.pass(6 * time.Second)
	r := b.report("a")[0].(*rtcp.ReceiverReport).Reports[0]
	if r.LastSenderReport != 0x2222_3333 {
		t.Errorf("last report %x", r.LastSenderReport)
	}
	if d := time.Duration(r.Delay) * time.Second / 65536; d <= 0 || d > b.now-heard {
		t.Errorf("delay %v", d)
	}
}

func TestGoodbyeEndsAStream_RFC3550_6_6(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	p.say(1)
	must(t, b.e.CloseLeg("b", b.now))
	pkts := b.report("b")
	bye, ok := pkts[len(pkts)-1].(*rtcp.Goodbye)
	if !ok || bye.Sources[0] != b.out["b"][0].SSRC {
		t.Errorf("the last word is %v", pkts)
	}
}

func TestControlOnTheSamePort_RFC5761_4(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	p.update(func(m *plan.Media) { m.RTCPMux = true })
	p.say(1)
	raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: p.ssrc, NTPTime: 0x1111_2222_3333_4444}})
	must(t, err)
	p.send(raw)
	b.pass(6 * time.Second)
	if r := b.report("a")[0].(*rtcp.ReceiverReport).Reports[0]; r.LastSenderReport == 0 {
		t.Error("RTCP on the RTP port was not read")
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Malformed != 0 || s.Received != 1 {
		t.Errorf("RTCP was counted as RTP: %+v", s)
	}
}

func TestJitterIsThatOfTheStandard_RFC3550_A_8(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	want := 0.0
	for i := range 200 {
		wait := 10 * time.Millisecond
		if i%2 == 0 {
			wait = 30 * time.Millisecond
		}
		p.say(1)
		b.pass(wait)
		if i > 0 {
			want += (80 - want) / 16 // each packet is 10 ms early or late
		}
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if d := float64(s.Jitter) - want; d > 1.5 || d < -1.5 {
		t.Errorf("jitter %d samples, want %.1f", s.Jitter, want)
	}
}

func TestStatisticsAddUpOverSources(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	for range 3 {
		for i := range 10 {
			if i == 5 {
				p.packet(0)
				continue
			}
			p.say(1)
		}
		p.ssrc++
		p.seq += 12345
	}
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Received != 27 || s.Lost != 3 || s.Sources != 3 {
		t.Errorf("%+v", s)
	}
}

func TestControlFromStrangersIsDropped(t *testing.T) {
	b, p, _ := bridged(t, plan.PCMA, plan.PCMA)
	for range 3 {
		p.say(1)
	}
	raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: p.ssrc, NTPTime: 1 << 40}})
	must(t, err)
	b.e.Control(b.slots["a"], netip.MustParseAddrPort("198.51.100.1:4001"), raw, b.now)
	s, err := b.e.Statistics("a")
	must(t, err)
	if s.Strangers != 1 || b.e.byID["a"].ctl.lastSR != 0 {
		t.Errorf("%+v", s)
	}
}
