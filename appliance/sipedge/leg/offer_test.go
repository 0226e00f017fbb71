package leg

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/sdp"
)

// offers is each way in which a peer can offer once there is a session, with a driver that is there.
func offers() map[string]func(body []byte) (*driver, Response) {
	final := func(effects []Effect) Response {
		var last Response
		for _, r := range find[SendResponse](effects) {
			if r.Tx == 9 {
				last = r.Msg
			}
		}
		return last
	}
	up := func() *driver {
		d := newDriver()
		d.do(invite())
		d.do(Answer{})
		d.do(AckReceived{inDialog("ACK", 10, nil)})
		return d
	}
	early := func() *driver {
		d := relied(requires)
		d.do(Progress{Early: true})
		return d
	}
	return map[string]func([]byte) (*driver, Response){
		"re-INVITE": func(b []byte) (*driver, Response) {
			d := up()
			return d, final(d.do(ReinviteReceived{9, inDialog("INVITE", 20, b)}))
		},
		"UPDATE": func(b []byte) (*driver, Response) {
			d := up()
			return d, final(d.do(updating(20, b)))
		},
		"early UPDATE": func(b []byte) (*driver, Response) {
			d := early()
			d.prack(nil)
			return d, final(d.do(updating(20, b)))
		},
		"PRACK": func(b []byte) (*driver, Response) {
			d := early()
			return d, final(d.prack(b))
		},
	}
}

// RFC 3264 §6.1: the answer's direction for each of the offer's, by each way to offer.
func TestRFC3264S6_1DirectionsByEveryWay(t *testing.T) {
	for way, offer := range offers() {
		for theirs, ours := range map[string]plan.Direction{"sendrecv": plan.SendRecv, "sendonly": plan.RecvOnly, "recvonly": plan.SendOnly, "inactive": plan.Inactive} {
			d, res := offer(describe(theirs, "8"))
			answer, err := sdp.Parse(res.Body)
			if err != nil || res.Status != 200 {
				t.Fatalf("%s %s: %d %v", way, theirs, res.Status, err)
			}
			if answer.Lines[0].Direction != ours || d.s.Session.Media.Direction != ours {
				t.Errorf("%s: offer %s, answer %s, media %s", way, theirs, answer.Lines[0].Direction, d.s.Session.Media.Direction)
			}
		}
	}
}

// RFC 3261 §14.2, RFC 3311 §5.2: an offer that cannot be taken changes nothing, whichever way it came.
func TestRFC3261S14_2RefusedOffersChangeNothing(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want int
	}{
		"no codec in common": {describe("sendonly", "18"), 488},
		"port 0":             {[]byte(strings.Replace(string(describe("sendonly", "8")), "40000", "0", 1)), 488},
		"no audio":           {[]byte(strings.Replace(string(describe("sendonly", "8")), "m=audio", "m=video", 1)), 488},
		"unreadable":         {[]byte("v=0\r\nnonsense\r\n"), 400},
	} {
		for way, offer := range offers() {
			before, _ := offer(nil)
			if way == "re-INVITE" { // without a body that is our offer
				before = reach(t, Up)
			}
			d, res := offer(c.body)
			if res.Status != c.want {
				t.Errorf("%s by %s: %d, want %d", name, way, res.Status, c.want)
			}
			want, _ := json.Marshal(before.s.Session)
			if got, _ := json.Marshal(d.s.Session); string(got) != string(want) {
				t.Errorf("%s by %s:\n%s\nwas\n%s", name, way, got, want)
			}
			if strings.Contains(way, "INVITE") && d.s.Phase != Up {
				t.Errorf("%s by %s: %s", name, way, d.s.Phase)
			}
		}
	}
}

// lines is a description with these m-lines.
func lines(list ...string) []byte {
	s := "v=0\r\no=- 5 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\n"
	for _, l := range list {
		s += "m=" + l + "\r\n"
	}
	return []byte(s)
}

// shape is the kinds and ports of a description: "audio 20000, video 0".
func shape(t *testing.T, body []byte) string {
	t.Helper()
	d, err := sdp.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, l := range d.Lines {
		list = append(list, fmt.Sprint(l.Kind, " ", l.Port))
	}
	return strings.Join(list, ", ")
}

// RFC 3264 §6, §8: the answer has a line for each of the offer, in its place, whatever order and number a later offer has; an offer of ours
// keeps the places.
func TestRFC3264S8SeveralLinesInAnyOrder(t *testing.T) {
	for _, c := range []struct {
		offer []string
		want  string
		port  int
	}{
		{[]string{"video 50000 RTP/AVP 31", "audio 40000 RTP/AVP 8"}, "video 0, audio 20000", 40000},
		{[]string{"audio 40000 RTP/AVP 8", "video 50000 RTP/AVP 31"}, "audio 20000, video 0", 40000},
		{[]string{"audio 0 RTP/AVP 8", "audio 40002 RTP/AVP 8"}, "audio 0, audio 20000", 40002},
		{[]string{"audio 40000 RTP/AVP 18", "audio 40004 RTP/AVP 0", "audio 40006 RTP/AVP 8"}, "audio 0, audio 20000, audio 0", 40004},
		{[]string{"image 4000 udptl t38", "audio 40000 RTP/AVP 8"}, "image 0, audio 20000", 40000},
	} {
		for way, offer := range offers() {
			d, res := offer(lines(c.offer...))
			if res.Status != 200 {
				t.Fatalf("%s %v: %d", way, c.offer, res.Status)
			}
			if got := shape(t, res.Body); got != c.want || d.s.Session.Media.Remote.Port != c.port {
				t.Errorf("%s %v: %s, sound to %d", way, c.offer, got, d.s.Session.Media.Remote.Port)
			}
			if way != "UPDATE" {
				continue
			}
			// An offer of ours afterwards.
			d.port.Port += 2
			got := find[SendRequest](d.do(Reoffer{}))
			if want := strings.Replace(c.want, "20000", "20002", 1); shape(t, got[0].Msg.Body) != want {
				t.Errorf("our offer after %v: %s", c.offer, shape(t, got[0].Msg.Body))
			}
		}
	}
}

// RFC 3264 §6: an answer that refuses our audio, or has other lines, ends the call instead of leaving it mute.
func TestRFC3264S6AnswersThatDoNotFit(t *testing.T) {
	for name, body := range map[string][]byte{
		"port 0":     lines("audio 0 RTP/AVP 8"),
		"two lines":  lines("audio 40000 RTP/AVP 8", "video 0 RTP/AVP 31"),
		"no codec":   lines("audio 40000 RTP/AVP 18"),
		"none":       nil,
		"unreadable": []byte("v=0\r\n"),
	} {
		d := newDriver()
		d.do(place(1))
		got := d.reply(0, 200, func(m *Response) { m.Body, m.BodyType = body, sdpType })
		if len(find[SendAck](got)) != 1 || d.s.Phase != Ending || len(told(got)) != 1 {
			t.Errorf("%s: %s %v", name, d.s.Phase, told(got))
		}
	}
}
