package leg

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange"
)

// relied begins an incoming leg whose caller says these of 100rel.
func relied(change func(*InviteReceived)) *driver {
	d := newDriver()
	in := invite()
	change(&in)
	d.do(in)
	return d
}

func requires(in *InviteReceived) { in.Msg.Extra = []Header{{"Require", "100rel"}} }

// responses lists the status codes of what is sent.
func responses(effects []Effect) (list []int) {
	for _, r := range find[SendResponse](effects) {
		list = append(list, r.Msg.Status)
	}
	return list
}

// prack acknowledges the reliable response that is out.
func (d *driver) prack(body []byte) []Effect {
	m := inDialog("PRACK", d.s.Dialog.RemoteSeq+1, body)
	m.Extra = []Header{{"RAck", fmt.Sprintf("%d %d INVITE", d.s.RSeq, d.s.InviteSeq)}}
	return d.do(PrackReceived{9, m})
}

func TestRFC3262S3WhoGetsReliableResponses(t *testing.T) {
	for _, c := range []struct {
		header string
		policy Reliability
		want   bool
	}{
		{"", ReliableWhenAsked, false},
		{"", ReliableWhenAble, false},
		{"Supported", ReliableWhenAsked, false},
		{"Supported", ReliableWhenAble, true},
		{"Supported", ReliableAlways, true},
		{"Require", ReliableWhenAsked, true},
	} {
		d := relied(func(in *InviteReceived) {
			in.Policy.Reliable = c.policy
			if c.header != "" {
				in.Msg.Extra = []Header{{c.header, "timer, 100rel"}}
			}
		})
		got := find[SendResponse](d.do(Progress{}))
		if _, has := header(got[0].Msg.Extra, "RSeq"); has != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	d := newDriver()
	in := invite()
	in.Policy.Reliable = ReliableAlways
	got := d.do(in)
	if r := responses(got); len(r) != 1 || r[0] != 421 || len(told(got)) != 0 || len(find[TurnedAway](got)) != 1 {
		t.Errorf("a caller that cannot: %v", got)
	}
}

// RFC 3262 §3: one unacknowledged response at a time; what waited is sent then.
func TestRFC3262S3OneAtATime(t *testing.T) {
	d := relied(requires)
	d.do(Progress{})
	first := d.s.RSeq
	if got := d.do(Progress{Early: true}); len(responses(got)) != 0 {
		t.Fatalf("%v", got)
	}
	if got := responses(d.prack(nil)); len(got) != 2 || got[0] != 200 || got[1] != 183 || d.s.RSeq != first+1 {
		t.Fatalf("%v, RSeq %d after %d", got, d.s.RSeq, first)
	}
	// Without a description in what is unacknowledged a 2xx need not wait, and the PRACK is still taken.
	d = relied(requires)
	d.do(Progress{})
	if got := responses(d.do(Answer{})); len(got) != 1 || got[0] != 200 || d.s.Phase != Answering {
		t.Fatalf("%v %s", got, d.s.Phase)
	}
	if got := d.do(TimerFired{Timer{TimerReliable, 0}}); len(find[SendResponse](got)) != 0 {
		t.Errorf("repeated after the 2xx: %v", got)
	}
	if got := responses(d.prack(nil)); len(got) != 1 || got[0] != 200 {
		t.Errorf("%v", got)
	}
	if got := responses(d.prack(nil)); len(got) != 1 || got[0] != 481 {
		t.Errorf("a second PRACK: %v", got)
	}
}

// RFC 3262 §5, RFC 3264: an offer in the PRACK is answered in its 200; one that cannot be taken changes nothing.
func TestRFC3262S5OfferInThePrack(t *testing.T) {
	d := relied(requires)
	d.do(Progress{Early: true})
	before := d.s.Session
	got := d.prack(describe("sendrecv", "18"))
	if r := responses(got); len(r) != 1 || r[0] != 488 || d.s.Session.Media != before.Media || string(d.s.Session.Ours) != string(before.Ours) {
		t.Errorf("%v %+v", r, d.s.Session)
	}
	d = relied(requires)
	d.do(Progress{Early: true})
	got = d.prack(describe("sendonly", "8"))
	if r := find[SendResponse](got); len(r) != 1 || r[0].Msg.Status != 200 || len(r[0].Msg.Body) == 0 || d.s.Session.Media.Direction.Sends() {
		t.Errorf("%v", got)
	}
	// Before their first offer has an answer there cannot be a second.
	d = relied(requires)
	d.do(Progress{})
	if r := responses(d.prack(describe("sendonly", "8"))); len(r) != 1 || r[0] != 500 {
		t.Errorf("%v", r)
	}
}

// RFC 3262 §5: the answer to an offer of ours in a reliable response comes in its PRACK, and nowhere else.
func TestRFC3262S5PrackWithoutTheAnswer(t *testing.T) {
	d := relied(func(in *InviteReceived) { requires(in); in.Msg.Body = nil })
	d.do(Progress{})
	got := d.prack(nil)
	if r := responses(got); len(r) != 2 || r[0] != 488 || r[1] != 488 || d.s.Phase != Over {
		t.Errorf("%v %s", r, d.s.Phase)
	}
	d.wantsAny(t, got, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByBox})
}

// RFC 6337 §3.1.1: a 2xx after a reliable answer brings no other description.
func TestRFC6337S3_1_1TheReliableAnswerStands(t *testing.T) {
	d := newDriver()
	d.do(place(1))
	rel := func(m *Response) { withSound(m); m.Extra = []Header{{"Require", "100rel"}, {"RSeq", "1"}} }
	d.reply(0, 183, rel)
	media := d.s.Session.Media
	d.reply(0, 200, func(m *Response) { m.Body, m.BodyType = describe("sendonly", "0"), sdpType })
	if d.s.Phase != Up || d.s.Session.Media != media {
		t.Errorf("%s %+v", d.s.Phase, d.s.Session.Media)
	}
	// Another fork that answered reliably and then without a description.
	d = newDriver()
	d.do(place(1))
	d.reply(0, 183, rel, func(m *Response) { m.ToTag = "a" })
	d.reply(0, 183, rel, func(m *Response) { m.ToTag, m.Body = "b", describe("sendrecv", "0") })
	d.reply(0, 200, func(m *Response) { m.ToTag = "a" })
	if d.s.Phase != Up || d.s.Session.Media.Codec != 8 {
		t.Errorf("%s %+v", d.s.Phase, d.s.Session.Media)
	}
}

// A peer that sends reliable responses without end does not make the box remember them all.
func TestPracksAreBounded(t *testing.T) {
	d := newDriver()
	d.do(place(1))
	for i := range 100 {
		d.reply(0, 180, func(m *Response) { m.Extra = []Header{{"Require", "100rel"}, {"RSeq", fmt.Sprint(i + 1)}} })
	}
	if n := len(d.s.Pending); n != maxFromPeer {
		t.Errorf("%d", n)
	}
}
