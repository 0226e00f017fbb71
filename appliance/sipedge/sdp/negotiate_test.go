package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange/plan"
)

var (
	box     = Local{Addr: netip.MustParseAddr("192.0.2.1"), Port: 20000, ID: 7}
	g711    = []plan.Codec{plan.PCMA, plan.PCMU}
	compare = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
)

// offering is an offer that nothing stands against.
func offering(t *testing.T, local Local, codecs []plan.Codec, dir plan.Direction) Session {
	t.Helper()
	s, err := Offer(local, codecs, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, lines ...string) Session {
	t.Helper()
	s, err := Parse([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func phone(t *testing.T, address string, more ...string) Session {
	t.Helper()
	return read(t, append([]string{
		"v=0", "o=phone 1 2 IN IP4 198.51.100.7", "s=call", "c=IN IP4 " + address, "t=0 0",
		"m=audio 4000 RTP/AVP 0 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15",
	}, more...)...)
}

// Every hold form against everything we may want.
func TestAnswerDirections_RFC3264_6_1(t *testing.T) {
	const sr, so, ro, in = plan.SendRecv, plan.SendOnly, plan.RecvOnly, plan.Inactive
	for _, c := range []struct {
		address, attr string
		want          [4]plan.Direction // answered when we want sendrecv, sendonly, recvonly, inactive
	}{
		{"198.51.100.7", "", [4]plan.Direction{sr, so, ro, in}},
		{"198.51.100.7", "a=sendrecv", [4]plan.Direction{sr, so, ro, in}},
		{"198.51.100.7", "a=sendonly", [4]plan.Direction{ro, in, ro, in}},
		{"198.51.100.7", "a=recvonly", [4]plan.Direction{so, so, in, in}},
		{"198.51.100.7", "a=inactive", [4]plan.Direction{in, in, in, in}},
		{"0.0.0.0", "", [4]plan.Direction{ro, in, ro, in}},
		{"0.0.0.0", "a=sendrecv", [4]plan.Direction{ro, in, ro, in}},
		{"0.0.0.0", "a=sendonly", [4]plan.Direction{ro, in, ro, in}},
		{"0.0.0.0", "a=recvonly", [4]plan.Direction{in, in, in, in}},
		{"0.0.0.0", "a=inactive", [4]plan.Direction{in, in, in, in}},
	} {
		for i, ours := range []plan.Direction{sr, so, ro, in} {
			t.Run(fmt.Sprintf("%s %s we %s", c.address, c.attr, ours), func(t *testing.T) {
				var more []string
				if c.attr != "" {
					more = []string{c.attr}
				}
				answer, media, err := Answer(phone(t, c.address, more...), box, g711, ours)
				if err != nil {
					t.Fatal(err)
				}
				if media.Direction != c.want[i] || answer.Lines[0].Direction != c.want[i] {
					t.Errorf("media %v, answer %v, want %v", media.Direction, answer.Lines[0].Direction, c.want[i])
				}
				if media.Remote.Known() == (c.address == "0.0.0.0") {
					t.Errorf("remote %v", media.Remote)
				}
			})
		}
	}
}

func TestAcceptDirections_RFC3264_6_1(t *testing.T) {
	all := []plan.Direction{plan.SendRecv, plan.SendOnly, plan.RecvOnly, plan.Inactive}
	for _, ours := range all {
		for _, theirs := range all {
			offer := offering(t, box, g711, ours)
			m, err := Accept(offer, phone(t, "198.51.100.7", "a="+theirs.String()))
			if err != nil {
				t.Fatal(err)
			}
			if m.Direction.Sends() != (ours.Sends() && theirs.Receives()) || m.Direction.Receives() != (ours.Receives() && theirs.Sends()) {
				t.Errorf("we %v, they %v: %v", ours, theirs, m.Direction)
			}
		}
	}
	m, err := Accept(offering(t, box, g711, plan.SendRecv), phone(t, "0.0.0.0"))
	if err != nil || m.Direction != plan.RecvOnly || m.Remote.Known() {
		t.Errorf("answer at 0.0.0.0: %+v, %v", m, err)
	}
}

func TestAnswerMirrorsEventsAndKeepsOurPreference(t *testing.T) {
	answer, media, err := Answer(phone(t, "198.51.100.7", "a=ptime:30", "a=rtcp:4009", "a=X-odd:1"), box, g711, plan.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	want := plan.Media{
		Remote: plan.Endpoint{Host: "198.51.100.7", Port: 4000}, RTCP: plan.Endpoint{Host: "198.51.100.7", Port: 4009},
		Codec: plan.PCMA, Ptime: 30, EventPT: 96,
	}
	if d := cmp.Diff(want, media); d != "" {
		t.Error(d)
	}
	text := "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 96\r\n" +
		"a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\na=ptime:30\r\na=sendrecv\r\n"
	if d := cmp.Diff(text, answer.String()); d != "" {
		t.Error(d)
	}
}

func TestAnswerSeveralLines_RFC3264_6(t *testing.T) {
	offer := read(t, "v=0", "o=- 1 1 IN IP6 2001:db8::7", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
		"m=video 5000 RTP/AVP 97", "c=IN IP6 2001:db8::7",
		"m=audio 0 RTP/AVP 8", "c=IN IP6 2001:db8::7",
		"m=audio 6000 RTP/SAVP 8", "c=IN IP6 2001:db8::7",
		"m=audio 6002 RTP/AVP 18 0", "c=IN IP6 2001:db8::8", "a=rtcp-mux",
		"m=audio 6004 RTP/AVP 8", "c=IN IP6 2001:db8::7")
	local := Local{Addr: netip.MustParseAddr("2001:db8::1"), Port: 20002, RTCPMux: true}
	answer, media, err := Answer(offer, local, g711, plan.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	var ports []int
	for i, l := range answer.Lines {
		ports = append(ports, l.Port)
		if l.Kind != offer.Lines[i].Kind || l.Proto != offer.Lines[i].Proto {
			t.Errorf("line %d is %s %s", i, l.Kind, l.Proto)
		}
	}
	if fmt.Sprint(ports) != "[0 0 0 20002 0]" {
		t.Errorf("ports %v", ports)
	}
	want := plan.Media{Remote: plan.Endpoint{Host: "2001:db8::8", Port: 6002}, Codec: plan.PCMU, Ptime: 20, RTCPMux: true}
	if d := cmp.Diff(want, media); d != "" {
		t.Error(d)
	}
	if !strings.Contains(answer.String(), "c=IN IP6 2001:db8::1\r\n") || strings.Contains(answer.String(), "group") {
		t.Errorf("answer:\n%s", answer)
	}
}

func TestNotAcceptableIs488_RFC3261_21_4_26(t *testing.T) {
	head := []string{"v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0"}
	for name, c := range map[string]struct {
		code  int
		lines []string
	}{
		"no common codec":         {305, []string{"m=audio 4000 RTP/AVP 18"}},
		"payload type 8 is other": {305, []string{"m=audio 4000 RTP/AVP 8", "a=rtpmap:8 G722/8000"}},
		"only video":              {304, []string{"m=video 4000 RTP/AVP 96"}},
		"encrypted":               {302, []string{"m=audio 4000 RTP/SAVP 8"}},
		"refused audio":           {304, []string{"m=audio 0 RTP/AVP 8"}},
		"no line":                 {304, nil},
		"multicast":               {330, []string{"m=audio 4000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Answer(read(t, append(head, c.lines...)...), box, g711, plan.SendRecv)
			var no *NotAcceptable
			if !errors.As(err, &no) || no.Status() != 488 || no.Code != c.code {
				t.Fatalf("%#v", err)
			}
		})
	}
	if _, err := Accept(offering(t, box, []plan.Codec{plan.PCMA}, plan.SendRecv), phone(t, "198.51.100.7")); err != nil {
		t.Errorf("an answer with more than was offered: %v", err)
	}
	if _, err := Accept(offering(t, box, g711, plan.SendRecv), read(t, head...)); err == nil {
		t.Error("an answer without lines was accepted")
	}
	if _, err := Accept(offering(t, box, g711, plan.SendRecv), read(t, append(head, "m=audio 0 RTP/AVP 8")...)); err == nil {
		t.Error("a refused line was accepted")
	}
}

func TestPacketTime(t *testing.T) {
	for _, c := range []struct{ want, limit, got int }{
		{0, 0, 20}, {10, 0, 10}, {20, 0, 20}, {30, 0, 30}, {40, 0, 20}, {60, 0, 20}, {30, 20, 20}, {20, 10, 10}, {0, 5, 20}, {30, 25, 20},
	} {
		if got := packetTime(c.want, c.limit); got != c.got {
			t.Errorf("ptime %d, maxptime %d: %d, want %d", c.want, c.limit, got, c.got)
		}
	}
}

// Our own offer, answered by ourselves, agrees with itself on both sides.
func TestOfferAnsweredByOurselves(t *testing.T) {
	peer := Local{Addr: netip.MustParseAddr("2001:db8::9"), Port: 30000, RTCPMux: true}
	us := box
	us.RTCPMux, us.Ptime = true, 10
	offer := offering(t, us, g711, plan.SendOnly)
	answer, theirs, err := Answer(offer, peer, []plan.Codec{plan.PCMU}, plan.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := Accept(offer, answer)
	if err != nil {
		t.Fatal(err)
	}
	if ours.Direction != plan.SendOnly || theirs.Direction != plan.RecvOnly || ours.Codec != plan.PCMU || theirs.Codec != plan.PCMU ||
		ours.EventPT != DefaultEventPT || theirs.EventPT != DefaultEventPT || !ours.RTCPMux || !theirs.RTCPMux || ours.Ptime != 10 || theirs.Ptime != 10 {
		t.Errorf("ours %+v\ntheirs %+v", ours, theirs)
	}
}

func TestVersionRisesOnlyWithTheContent_RFC3264_8(t *testing.T) {
	first := offering(t, box, g711, plan.SendRecv)
	same := offering(t, box, g711, plan.SendRecv).After(first)
	held := offering(t, box, g711, plan.SendOnly).After(same)
	back := offering(t, box, g711, plan.SendRecv).After(held)
	if first.Origin.Version != 1 || same.Origin.Version != 1 || held.Origin.Version != 2 || back.Origin.Version != 3 {
		t.Errorf("%d %d %d %d", first.Origin.Version, same.Origin.Version, held.Origin.Version, back.Origin.Version)
	}
	if back.Origin.ID != first.Origin.ID {
		t.Error("the session id changed")
	}
}
