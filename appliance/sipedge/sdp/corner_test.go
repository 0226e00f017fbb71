package sdp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange/plan"
)

// Gateways that number every codec themselves mean G.711 all the same.
func TestDynamicPayloadTypes_RFC3551_6(t *testing.T) {
	head := []string{"v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0"}
	for name, c := range map[string]struct {
		lines []string
		codec plan.Codec
		pt    uint8 // 0: static
		event uint8
		fails bool
	}{
		"PCMA":          {[]string{"m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMA/8000"}, plan.PCMA, 97, 0, false},
		"PCMU":          {[]string{"m=audio 4000 RTP/AVP 127 101", "a=rtpmap:127 pcmu/8000/1", "a=rtpmap:101 telephone-event/8000"}, plan.PCMU, 127, 101, false},
		"101 is PCMA":   {[]string{"m=audio 4000 RTP/AVP 101 96", "a=rtpmap:101 PCMA/8000", "a=rtpmap:96 telephone-event/8000"}, plan.PCMA, 101, 96, false},
		"both":          {[]string{"m=audio 4000 RTP/AVP 97 8", "a=rtpmap:97 PCMA/8000"}, plan.PCMA, 97, 0, false},
		"static first":  {[]string{"m=audio 4000 RTP/AVP 8 97", "a=rtpmap:97 PCMA/8000"}, plan.PCMA, 0, 0, false},
		"8 is other":    {[]string{"m=audio 4000 RTP/AVP 8 97", "a=rtpmap:8 G722/8000", "a=rtpmap:97 PCMA/8000"}, plan.PCMA, 97, 0, false},
		"swapped":       {[]string{"m=audio 4000 RTP/AVP 8", "a=rtpmap:8 PCMU/8000"}, 0, 0, 0, true},
		"wideband":      {[]string{"m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMA/16000"}, 0, 0, 0, true},
		"stereo":        {[]string{"m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMA/8000/2"}, 0, 0, 0, true},
		"not dynamic":   {[]string{"m=audio 4000 RTP/AVP 18", "a=rtpmap:18 PCMA/8000"}, 0, 0, 0, true},
		"without a map": {[]string{"m=audio 4000 RTP/AVP 97"}, 0, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			answer, m, err := Answer(read(t, append(head, c.lines...)...), box, g711, plan.SendRecv)
			if c.fails != (err != nil) {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			if m.Codec != c.codec || m.DynamicPT != c.pt || m.EventPT != c.event {
				t.Errorf("agreed %+v", m)
			}
			pt := int(c.pt)
			if pt == 0 {
				pt = int(c.codec)
			}
			if want := fmt.Sprintf("a=rtpmap:%d %s/8000", pt, c.codec); answer.Lines[0].Formats[0] != fmt.Sprint(pt) || !strings.Contains(answer.String(), want) {
				t.Errorf("no %q in\n%s", want, answer)
			}
			// A number keeps its meaning when we offer later (RFC 3264 §8.3.2).
			again, err := Reoffer(answer, box, g711, plan.SendRecv)
			if err != nil {
				t.Fatal(err)
			}
			got, known, ok := again.Lines[0].best([]plan.Codec{c.codec})
			event, _ := again.Lines[0].event()
			if !ok || got != c.codec || int(known) != pt || (c.event != 0 && event != c.event) || int(event) == pt {
				t.Errorf("offered again as\n%s", again)
			}
		})
	}
}

// RFC 4585 §4.2.1: with no kind of feedback agreed on, what differs from RTP/AVP is nothing that we do.
func TestFeedbackProfilesAreAnsweredAsOffered_RFC4585(t *testing.T) {
	offer := read(t, "v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0",
		"m=audio 4000 RTP/AVPF 8", "a=rtcp-fb:* nack", "a=rtcp-fb:8 trr-int 100")
	answer, m, err := Answer(offer, box, g711, plan.SendRecv)
	if err != nil || m.Codec != plan.PCMA || answer.Lines[0].Proto != "RTP/AVPF" || strings.Contains(answer.String(), "rtcp-fb") {
		t.Errorf("%v\n%s", err, answer)
	}
	again, err := Reoffer(answer, box, g711, plan.SendRecv)
	if err != nil || again.Lines[0].Proto != "RTP/AVPF" {
		t.Errorf("%v\n%s", err, again)
	}
	for _, proto := range []string{"UDP/TLS/RTP/SAVPF", "RTP/AVPX", "udptl", "TCP/RTP/AVP"} {
		offer.Lines[0].Proto = proto
		if _, _, err := Answer(offer, secured(SRTPAllowed), g711, plan.SendRecv); err == nil {
			t.Errorf("%s was taken", proto)
		}
	}
}

// A fax machine's image line is refused in its place; the call goes on as sound (RFC 3264 §6, ITU-T T.38 annex D).
func TestImageLinesAreRefusedInPlace_T38_D(t *testing.T) {
	offer := read(t, "v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0",
		"m=image 5000 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400", "m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/AVP 0", "m=text 0 TCP/x *")
	answer, m, err := Answer(offer, box, g711, plan.SendRecv)
	if err != nil || m.Remote.Port != 4000 {
		t.Fatalf("%+v, %v", m, err)
	}
	var got []string
	for _, l := range answer.Lines {
		got = append(got, fmt.Sprintf("%s %d %s %s", l.Kind, l.Port, l.Proto, strings.Join(l.Formats, " ")))
	}
	want := []string{"image 0 udptl t38", "audio 20000 RTP/AVP 8", "audio 0 RTP/AVP 0", "text 0 TCP/x *"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if strings.Contains(answer.String(), "T38") {
		t.Errorf("its attributes came back:\n%s", answer)
	}
	// What we offer later keeps all places (RFC 3264 §8).
	again, err := Reoffer(answer, box, g711, plan.SendOnly)
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, l := range again.Lines {
		got = append(got, fmt.Sprintf("%s %d %s", l.Kind, l.Port, l.Proto))
	}
	if d := cmp.Diff([]string{"image 0 udptl", "audio 20000 RTP/AVP", "audio 0 RTP/AVP", "text 0 TCP/x"}, got); d != "" {
		t.Error(d)
	}
	if again.Lines[1].Direction != plan.SendOnly || len(again.Lines[1].Formats) != 3 {
		t.Errorf("%+v", again.Lines[1])
	}
	// T.38 alone: 488, and the far end stays with sound.
	offer.Lines = offer.Lines[:1]
	if _, _, err := Answer(offer, box, g711, plan.SendRecv); err == nil {
		t.Error("an image line alone was taken")
	}
}

// Whoever changes the order of codecs in a later offer is answered with the one in use, when it is still there.
func TestAnotherOrderOfCodecs_RFC3264_8(t *testing.T) {
	inUse := []plan.Codec{plan.PCMU, plan.PCMA} // the one in use first
	for formats, want := range map[string]plan.Codec{"8 0": plan.PCMU, "0 8": plan.PCMU, "18 8 0": plan.PCMU, "8": plan.PCMA} {
		_, m, err := Answer(audio(t, "RTP/AVP "+formats), box, inUse, plan.SendRecv)
		// audio adds 8 itself: without 0 there is only that.
		if err != nil || m.Codec != want {
			t.Errorf("%s: %v, %v", formats, m.Codec, err)
		}
	}
}

// IPv6, with the address of the line before that of the session, and hold in its own words: :: is nobody as 0.0.0.0 is.
func TestIPv6Lines_RFC4566_5_7(t *testing.T) {
	offer := read(t, "v=0", "o=- 1 1 IN IP6 2001:db8::1", "s=-", "c=IN IP6 2001:db8::1", "t=0 0", "m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::2",
		"a=rtcp:4100 IN IP6 2001:db8::3")
	_, m, err := Answer(offer, box, g711, plan.SendRecv)
	if err != nil || m.Remote != (plan.Endpoint{Host: "2001:db8::2", Port: 4000}) || m.RTCP != (plan.Endpoint{Host: "2001:db8::3", Port: 4100}) {
		t.Errorf("%+v, %v", m, err)
	}
	offer = read(t, "v=0", "o=- 1 1 IN IP6 ::", "s=-", "c=IN IP6 ::", "t=0 0", "m=audio 4000 RTP/AVP 8")
	_, m, err = Answer(offer, box, g711, plan.SendRecv)
	if err != nil || m.Direction != plan.RecvOnly || m.Remote.Known() {
		t.Errorf("held: %+v, %v", m, err)
	}
}

// Modems get G.711 and nothing beside it.
func TestRawLinesAreBare_RFC3108_5_6_3_4(t *testing.T) {
	raw := box
	raw.Raw = true
	offer := offering(t, raw, g711, plan.SendRecv)
	if d := cmp.Diff([]string{"8", "0"}, offer.Lines[0].Formats); d != "" || !strings.Contains(offer.String(), "a=silenceSupp:off - - - -\r\n") {
		t.Errorf("%s\n%s", d, offer)
	}
	answer, m, err := Answer(audio(t, "RTP/AVP"), raw, g711, plan.SendRecv)
	if err != nil || m.EventPT != 0 || strings.Contains(answer.String(), "telephone-event") || !strings.Contains(answer.String(), "silenceSupp:off") {
		t.Errorf("%+v, %v\n%s", m, err, answer)
	}
}
