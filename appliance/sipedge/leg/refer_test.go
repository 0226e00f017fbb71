package leg

import (
	"strings"
	"testing"

	"autocom/appliance/exchange"
)

func referring(seq uint32, extra ...Header) ReferReceived {
	m := inDialog("REFER", seq, nil)
	m.Extra = extra
	return ReferReceived{Tx: 9, Msg: m, To: "202"}
}

// notified lists what NOTIFYs say.
func notified(effects []Effect) (list []string) {
	for _, r := range find[SendRequest](effects) {
		if r.Msg.Method == "NOTIFY" {
			event, _ := header(r.Msg.Extra, "Event")
			state, _ := header(r.Msg.Extra, "Subscription-State")
			list = append(list, event+" "+strings.TrimSpace(string(r.Msg.Body))+" "+state)
		}
	}
	return list
}

func says(a []string, b ...string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

// RFC 3515 §2.4: accepted, rung, done; each is told by NOTIFY.
func TestRFC3515S2_4ReferIsFollowedByNotify(t *testing.T) {
	d := reach(t, Up)
	got := d.do(referring(20))
	if len(responses(got)) != 0 {
		t.Fatalf("answered before the exchange said anything: %v", got)
	}
	d.wantsAny(t, got, exchange.LegReferred{Leg: d.s.Leg, Refer: 1, To: "202"})
	got = d.do(ReferTold{1, exchange.ReferAccepted, ""})
	if r := responses(got); len(r) != 1 || r[0] != 202 || !says(notified(got), "refer SIP/2.0 100 Trying active;expires=180") {
		t.Errorf("%v %q", r, notified(got))
	}
	n := find[SendRequest](got)[0].Msg
	if n.BodyType != "message/sipfrag;version=2.0" || n.Contact == "" {
		t.Errorf("%+v", n)
	}
	if got := notified(d.do(ReferTold{1, exchange.ReferRinging, ""})); !says(got, "refer SIP/2.0 180 Ringing active;expires=180") {
		t.Errorf("%q", got)
	}
	if got := notified(d.do(ReferTold{1, exchange.ReferDone, ""})); !says(got, "refer SIP/2.0 200 OK terminated;reason=noresource") {
		t.Errorf("%q", got)
	}
	if got := d.do(ReferTold{1, exchange.ReferFailed, exchange.RefusedBusy}); len(got) != 0 {
		t.Errorf("after the end: %v", got)
	}
	// §2.4.6: the second in a dialog is told apart; a failure says why.
	d.do(referring(21))
	d.do(ReferTold{2, exchange.ReferAccepted, ""})
	if got := notified(d.do(ReferTold{2, exchange.ReferFailed, exchange.RefusedBusy})); !says(got, "refer;id=21 SIP/2.0 486 Busy Here terminated;reason=noresource") {
		t.Errorf("%q", got)
	}
}

// RFC 3515 §2.4.2: a refusal is the final response; 481 would end the referrer's own call (RFC 5057 §5.1).
func TestRFC3515S2_4_2Refused(t *testing.T) {
	for why, status := range map[exchange.Refusal]int{exchange.RefusedForbidden: 403, exchange.RefusedGone: 404, exchange.RefusedLoop: 483, exchange.RefusedFailed: 500} {
		d := reach(t, Up)
		d.do(referring(20))
		got := d.do(ReferTold{1, exchange.ReferRefused, why})
		if r := responses(got); len(r) != 1 || r[0] != status || len(notified(got)) != 0 || len(d.s.Refers) != 0 {
			t.Errorf("%s: %v", why, got)
		}
	}
	d := reach(t, Up)
	in := referring(20)
	in.Status = 400
	if got := d.do(in); len(told(got)) != 0 || responses(got)[0] != 400 {
		t.Errorf("%v", got)
	}
}

// RFC 3891 §3, RFC 5589 §7.3: what Refer-To names is not there: the referrer hears 481 as from the target.
func TestRFC5589S7_3TheOtherCallIsGone(t *testing.T) {
	d := reach(t, Up)
	in := referring(20)
	in.Gone = true
	got := d.do(in)
	if r := responses(got); len(told(got)) != 0 || len(r) != 1 || r[0] != 202 {
		t.Errorf("%v", got)
	}
	if n := notified(got); !says(n, "refer SIP/2.0 100 Trying active;expires=180", "refer SIP/2.0 481 Call/Transaction Does Not Exist terminated;reason=noresource") {
		t.Errorf("%q", n)
	}
}

// RFC 4488 §4: no NOTIFY for who wants none.
func TestRFC4488S4WithoutSubscription(t *testing.T) {
	d := reach(t, Up)
	d.do(referring(20, Header{"Refer-Sub", "false"}))
	got := d.do(ReferTold{1, exchange.ReferAccepted, ""})
	got = append(got, d.do(ReferTold{1, exchange.ReferDone, ""})...)
	r := find[SendResponse](got)
	if v, _ := header(r[0].Msg.Extra, "Refer-Sub"); len(r) != 1 || r[0].Msg.Status != 202 || v != "false" || len(notified(got)) != 0 {
		t.Errorf("%v", got)
	}
}

// RFC 6665 §4.2.2: a NOTIFY that is refused or lost ends the subscription, and nothing else.
func TestRFC6665S4_2_2LostNotify(t *testing.T) {
	for _, lost := range []bool{false, true} {
		d := reach(t, Up)
		d.do(referring(20))
		d.do(ReferTold{1, exchange.ReferAccepted, ""})
		via := d.s.Pending[0].Msg.Via
		in := Input(ResponseReceived{via, Response{Status: 481, Method: "NOTIFY"}})
		if lost {
			in = TransactionFailed{via, true}
		}
		if got := d.do(in); len(got) != 0 || len(d.s.Refers) != 0 || d.s.Phase != Up {
			t.Errorf("%v %s", got, d.s.Phase)
		}
		if got := d.do(ReferTold{1, exchange.ReferDone, ""}); len(got) != 0 {
			t.Errorf("%v", got)
		}
	}
}

// RFC 3261 §15.1.2: the end of the dialog answers what was not answered.
func TestRFC3261S15_1_2ReferAtTheEnd(t *testing.T) {
	for _, end := range []Input{HangUp{}, ByeReceived{10, inDialog("BYE", 21, nil)}} {
		d := reach(t, Up)
		d.do(referring(20))
		if got := d.do(end); answersTo(got, 9) != 1 {
			t.Errorf("%T: %v", end, got)
		}
		if got := d.do(ReferTold{1, exchange.ReferAccepted, ""}); len(got) != 0 {
			t.Errorf("%v", got)
		}
	}
}

func TestRefersAreBounded(t *testing.T) {
	d := reach(t, Up)
	n := 0
	for i := range 20 {
		n += len(told(d.do(referring(20 + uint32(i)))))
	}
	if n != maxRefers {
		t.Errorf("%d", n)
	}
}

// A leg shows where it stands to those who look for it by a Replaces header.
func TestRFC3891S3Standing(t *testing.T) {
	d := newDriver()
	d.do(place(2))
	d.reply(0, 180, func(m *Response) { m.ToTag = "a" })
	d.reply(1, 180, func(m *Response) { m.ToTag = "b" })
	if s := d.s.standing(); !s.Has("a") || !s.Has("b") || s.Confirmed || !s.Placed || s.Over {
		t.Errorf("%+v", s)
	}
	d.reply(1, 200, withSound, func(m *Response) { m.ToTag = "b" })
	if s := d.s.standing(); s.Has("a") || !s.Has("b") || !s.Confirmed {
		t.Errorf("%+v", s)
	}
	d.do(HangUp{})
	if s := d.s.standing(); !s.Over || !s.Has("b") {
		t.Errorf("%+v", s)
	}
	if s := reach(t, Alerting).s.standing(); s.Placed || s.Confirmed || !s.Has("them") {
		t.Errorf("%+v", s)
	}
}
