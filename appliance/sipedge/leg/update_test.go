package leg

import (
	"testing"

	"autocom/appliance/exchange/plan"
)

func updating(seq uint32, body []byte) UpdateReceived {
	return UpdateReceived{9, inDialog("UPDATE", seq, body)}
}

// RFC 3311 §5.2: before the first offer has its answer there is no second one; once it was given reliably, there is.
func TestRFC3311S5_2BeforeTheAnswer(t *testing.T) {
	d := relied(requires)
	if r := responses(d.do(updating(20, describe("sendonly", "8")))); r[0] != 500 {
		t.Errorf("%v", r)
	}
	d.do(Progress{Early: true})
	if r := responses(d.do(updating(21, describe("sendonly", "8")))); r[0] != 500 {
		t.Errorf("before the PRACK: %v", r)
	}
	d.prack(nil)
	got := find[SendResponse](d.do(updating(23, describe("sendonly", "8"))))
	if got[0].Msg.Status != 200 || len(got[0].Msg.Body) == 0 || d.s.Session.Media.Direction != plan.RecvOnly {
		t.Errorf("%v", got)
	}
	before := d.s.Session.Media
	if r := responses(d.do(updating(24, describe("sendrecv", "18")))); r[0] != 488 || d.s.Session.Media != before {
		t.Errorf("%v %+v", r, d.s.Session.Media)
	}
}

// RFC 3311 §5.2: while an offer of ours is out, 491.
func TestRFC3311S5_2Glare(t *testing.T) {
	late := relied(func(in *InviteReceived) { requires(in); in.Msg.Body = nil })
	late.do(Progress{})
	answered := newDriver()
	in := invite()
	in.Msg.Body = nil
	answered.do(in)
	answered.do(Answer{})
	for name, d := range map[string]*driver{"in a 183": late, "in a 200": answered, "in a re-INVITE": reach(t, Modifying)} {
		if r := responses(d.do(updating(90, describe("sendonly", "8")))); len(r) != 1 || r[0] != 491 {
			t.Errorf("our offer %s: %v", name, r)
		}
		if r := responses(d.do(updating(91, nil))); len(r) != 1 || r[0] != 200 {
			t.Errorf("a refresh while our offer is %s: %v", name, r)
		}
	}
	// Theirs was answered in our 2xx: another offer may come before the ACK.
	for _, p := range []Phase{Answering, Reanswering} {
		d := reach(t, p)
		if r := responses(d.do(updating(90, describe("sendonly", "8")))); len(r) != 1 || r[0] != 200 {
			t.Errorf("%s: %v", p, r)
		}
	}
}

// RFC 3311 §5.2: in an early dialog of an INVITE of ours.
func TestRFC3311S5_2EarlyDialogOfOurs(t *testing.T) {
	d := newDriver()
	d.do(place(1))
	early := func(seq uint32, tag string, body []byte) int {
		u := updating(seq, body)
		u.Msg.CallID, u.Msg.From.Tag = "b0", tag
		return responses(d.do(u))[0]
	}
	if got := early(1, "p0", nil); got != 481 {
		t.Errorf("no such early dialog: %d", got)
	}
	d.reply(0, 183, withSound)
	if got := early(1, "p0", describe("sendonly", "8")); got != 491 {
		t.Errorf("an unreliable answer is none: %d", got)
	}
	d.reply(0, 183, withSound, func(m *Response) { m.Extra = []Header{{"Require", "100rel"}, {"RSeq", "1"}} })
	if got := early(2, "p0", describe("sendonly", "0")); got != 200 || d.s.Session.Media.Codec != plan.PCMU {
		t.Errorf("%d %+v", got, d.s.Session.Media)
	}
	if got := early(1, "p0", nil); got != 500 {
		t.Errorf("out of order: %d", got)
	}
	if got := early(3, "p0", nil); got != 200 {
		t.Errorf("a refresh: %d", got)
	}
	d.reply(0, 200)
	if d.s.Phase != Up || d.s.Session.Media.Codec != plan.PCMU || d.s.Dialog.RemoteSeq != 3 {
		t.Errorf("%s %+v", d.s.Phase, d.s.Session.Media)
	}
}

// RFC 3311 §5.1: a port that moves before the answer is told with UPDATE.
func TestRFC3311S5_1OurPortMovesBeforeTheAnswer(t *testing.T) {
	for _, status := range []int{200, 491} {
		d := relied(func(in *InviteReceived) { in.Msg.Extra = []Header{{"Require", "100rel"}, {"Allow", "UPDATE"}} })
		d.do(Progress{Early: true})
		d.prack(nil)
		d.port.Port += 2
		r := find[SendRequest](d.do(Reoffer{}))
		if len(r) != 1 || r[0].Msg.Method != "UPDATE" || len(r[0].Msg.Body) == 0 {
			t.Fatalf("%v", r)
		}
		if got := responses(d.do(updating(90, describe("sendonly", "8")))); got[0] != 491 {
			t.Errorf("%v", got)
		}
		d.answerPending("UPDATE", status, withSound)
		if d.s.Session.Stale != (status == 491) {
			t.Errorf("%d: stale %v", status, d.s.Session.Stale)
		}
	}
}
