package leg

import (
	"encoding/json"
	"testing"
	"time"

	"autocom/appliance/exchange"
)

// expires is the Session-Expires of what is sent last, and Require.
func expires(extra []Header) (string, bool) {
	v, _ := header(extra, "Session-Expires")
	return v, lists(extra, "Require", "timer")
}

func timers(effects []Effect) map[TimerKind]time.Duration {
	m := map[TimerKind]time.Duration{}
	for _, s := range find[StartTimer](effects) {
		m[s.Timer.Kind] = s.After
	}
	return m
}

// RFC 4028 §9: what a 2xx of ours says for each way to ask.
func TestRFC4028S9WhatWeAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		extra   []Header
		policy  Policy
		want    string
		require bool
		refresh time.Duration // of ours
		expiry  time.Duration
	}{
		{name: "asks nothing, knows nothing"},
		{name: "knows timers", extra: []Header{{"Supported", "timer"}}, want: "1800;refresher=uas", refresh: 900 * time.Second},
		{name: "knows timers, we want none", extra: []Header{{"Supported", "timer"}}, policy: Policy{SessionExpires: -1}},
		{name: "refreshes itself", extra: []Header{{"Supported", "timer"}, {"Session-Expires", "600;refresher=uac"}}, want: "600;refresher=uac", require: true, expiry: 568 * time.Second},
		{name: "wants us to", extra: []Header{{"Supported", "timer"}, {"Session-Expires", "90 ; refresher=UAS"}}, want: "90;refresher=uas", refresh: 45 * time.Second},
		{name: "longer than we like", extra: []Header{{"Supported", "timer"}, {"Session-Expires", "7200"}}, want: "1800;refresher=uas", refresh: 900 * time.Second},
		{name: "longer, and at least", extra: []Header{{"Supported", "timer"}, {"Session-Expires", "7200"}, {"Min-SE", "3600"}}, want: "3600;refresher=uas", refresh: 1800 * time.Second},
		{name: "a proxy asks, the caller knows nothing", extra: []Header{{"Session-Expires", "60;refresher=uac"}}, want: "90;refresher=uas", refresh: 45 * time.Second},
		{name: "we want none, it does", extra: []Header{{"Supported", "timer"}, {"Session-Expires", "600"}}, policy: Policy{SessionExpires: -1}, want: "600;refresher=uas", refresh: 300 * time.Second},
		{name: "nonsense", extra: []Header{{"Session-Expires", "soon"}}},
	} {
		d := newDriver()
		in := invite()
		in.Msg.Extra, in.Policy = c.extra, c.policy
		d.do(in)
		got := d.do(Answer{})
		said, require := expires(find[SendResponse](got)[0].Msg.Extra)
		tm := timers(got)
		if said != c.want || require != c.require || tm[TimerSession] != c.refresh || tm[TimerExpiry] != c.expiry {
			t.Errorf("%s: %q %v %v", c.name, said, require, tm)
		}
	}
}

// RFC 4028 §6: too short an interval is refused before anybody hears of the call, and inside the dialog without a change.
func TestRFC4028S6TooShort(t *testing.T) {
	brief := []Header{{"Supported", "timer"}, {"Session-Expires", "89"}}
	d := newDriver()
	in := invite()
	in.Msg.Extra = brief
	got := d.do(in)
	if r := find[SendResponse](got); len(r) != 1 || r[0].Msg.Status != 422 || r[0].Msg.Extra[0] != (Header{"Min-SE", "90"}) || len(told(got)) != 0 || d.s.Phase != Over {
		t.Errorf("%v", got)
	}
	d = reach(t, Up)
	before, _ := json.Marshal(d.s.Session)
	m := inDialog("UPDATE", 90, describe("sendonly", "8"))
	m.Extra = brief
	if r := responses(d.do(UpdateReceived{9, m})); len(r) != 1 || r[0] != 422 {
		t.Errorf("%v", r)
	}
	m.CSeq++
	if r := responses(d.do(ReinviteReceived{9, m})); len(r) != 1 || r[0] != 422 {
		t.Errorf("%v", r)
	}
	if after, _ := json.Marshal(d.s.Session); string(before) != string(after) || d.s.Phase != Up {
		t.Errorf("%s\n%s", before, after)
	}
}

// RFC 4028 §7.3: an interval that is too short for them is asked for again, longer.
func TestRFC4028S7_3LongerInterval(t *testing.T) {
	d := newDriver()
	in := place(1)
	in.Policy.SessionExpires = 300 * time.Second
	d.do(in)
	if v, _ := expires(d.s.Branches[0].Invite.Extra); v != "300" {
		t.Fatal(v)
	}
	got := d.reply(0, 422, func(m *Response) { m.Extra = []Header{{"Min-SE", "900"}} })
	again := find[SendRequest](got)[0].Msg
	if v, _ := expires(again.Extra); v != "900" || again.CSeq != 2 || again.CallID != "b0" {
		t.Fatalf("%+v", again)
	}
	if v, _ := header(again.Extra, "Min-SE"); v != "900" {
		t.Error(v)
	}
	// Not for ever, and not for nothing.
	got = d.reply(0, 422, func(m *Response) { m.Extra = []Header{{"Min-SE", "900"}} })
	if len(invites(got)) != 0 || len(told(got)) != 1 {
		t.Errorf("%v", got)
	}
}

// upWith brings an outgoing leg up; the 2xx carries these headers.
func upWith(t *testing.T, extra ...Header) (*driver, []Effect) {
	t.Helper()
	d := newDriver()
	d.do(place(1))
	got := d.reply(0, 200, withSound, func(m *Response) { m.Extra = extra })
	if d.s.Phase != Up {
		t.Fatal(d.s.Phase)
	}
	return d, got
}

func (d *driver) answerPending(method string, status int, more ...func(*Response)) []Effect {
	for _, p := range d.s.Pending {
		if p.Msg.Method == method {
			m := Response{Status: status, Method: method, CallID: p.Msg.CallID, CSeq: p.Msg.CSeq, ToTag: p.Msg.To.Tag}
			for _, f := range more {
				f(&m)
			}
			return d.do(ResponseReceived{p.Msg.Via, m})
		}
	}
	panic("no " + method + " is out")
}

// RFC 4028 §7.2, §10: as the refresher we send UPDATE where it is taken, and a re-INVITE that changes nothing elsewhere.
func TestRFC4028S10WeRefresh(t *testing.T) {
	se := Header{"Session-Expires", "600;refresher=uac"}
	d, got := upWith(t, se, Header{"Allow", "INVITE, UPDATE"})
	if tm := timers(got); tm[TimerSession] != 300*time.Second || tm[TimerExpiry] != 0 {
		t.Fatalf("%v", tm)
	}
	d.now = d.now.Add(300 * time.Second)
	got = d.do(TimerFired{Timer{TimerSession, 0}})
	r := find[SendRequest](got)
	if tm := timers(got); tm[TimerExpiry] != 268*time.Second {
		t.Errorf("%v", tm)
	}
	if len(r) != 1 || r[0].Msg.Method != "UPDATE" || len(r[0].Msg.Body) != 0 || r[0].Msg.Contact == "" || d.s.Phase != Up {
		t.Fatalf("%v", got)
	}
	if v, _ := expires(r[0].Msg.Extra); v != "600;refresher=uac" {
		t.Error(v)
	}
	got = d.answerPending("UPDATE", 200, func(m *Response) { m.Extra = []Header{se} })
	if tm := timers(got); tm[TimerSession] != 300*time.Second {
		t.Errorf("%v", tm)
	}
	// 422: again, longer.
	d.do(TimerFired{Timer{TimerSession, 0}})
	got = d.answerPending("UPDATE", 422, func(m *Response) { m.Extra = []Header{{"Min-SE", "1200"}} })
	if v, _ := expires(find[SendRequest](got)[0].Msg.Extra); v != "1200;refresher=uac" {
		t.Error(v)
	}
	// Its Allow lied.
	got = d.answerPending("UPDATE", 405)
	r = find[SendRequest](got)
	if len(r) != 1 || r[0].Msg.Method != "INVITE" || string(r[0].Msg.Body) != string(d.s.Session.Ours) || d.s.Phase != Modifying {
		t.Fatalf("%v", got)
	}
	// A refresh that is refused costs no call: the session goes on to its end.
	ours := string(d.s.Session.Ours)
	if got = d.answerPending("INVITE", 500); d.s.Phase != Up || len(told(got)) != 0 || string(d.s.Session.Ours) != ours {
		t.Fatalf("%s %v", d.s.Phase, got)
	}
	d.do(TimerFired{Timer{TimerExpiry, 0}})
	d.wants(t, TransactionFailed{d.byeOut(t), true}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedExpired})
	// A peer that does not know the dialog any more.
	d, _ = upWith(t, se)
	d.do(TimerFired{Timer{TimerSession, 0}})
	d.answerPending("INVITE", 481)
	d.wants(t, TransactionFailed{d.byeOut(t), true}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedSessionGone})
	// An UPDATE that nobody answers.
	d, _ = upWith(t, se, Header{"Allow", "UPDATE"})
	d.do(TimerFired{Timer{TimerSession, 0}})
	d.do(TransactionFailed{d.s.Pending[0].Msg.Via, true})
	d.wants(t, TransactionFailed{d.byeOut(t), true}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedSessionGone})
}

// RFC 4028 §10: a peer that refreshes is given until a third, or 32 s, before the end.
func TestRFC4028S10ThePeerRefreshes(t *testing.T) {
	d, got := upWith(t, Header{"Session-Expires", "90;refresher=uas"})
	if tm := timers(got); tm[TimerSession] != 0 || tm[TimerExpiry] != 60*time.Second {
		t.Fatalf("%v", tm)
	}
	m := inDialog("UPDATE", 1, nil)
	m.CallID, m.From.Tag = "b0", "p0"
	m.Extra = []Header{{"Supported", "timer"}, {"Session-Expires", "90"}}
	got = d.do(UpdateReceived{9, m})
	// Nobody said who refreshes: the roles stay as they are, seen from the other side.
	if v, require := expires(find[SendResponse](got)[0].Msg.Extra); v != "90;refresher=uac" || !require || timers(got)[TimerExpiry] != 60*time.Second {
		t.Errorf("%s %v %v", v, require, timers(got))
	}
	got = d.do(TimerFired{Timer{TimerExpiry, 0}})
	if r := find[SendRequest](got); len(r) != 1 || r[0].Msg.Method != "BYE" {
		t.Fatalf("%v", got)
	}
	d.wants(t, TransactionFailed{d.byeOut(t), true}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedExpired})
	// Without Session-Expires in the 2xx there is no end.
	if _, got := upWith(t); len(timers(got)) != 0 {
		t.Errorf("%v", timers(got))
	}
}

// RFC 4028 §10: a planned restart does not give the session a new life.
func TestRFC4028S10SurvivesARestart(t *testing.T) {
	for who, want := range map[string]map[TimerKind]time.Duration{
		"uac": {TimerSession: 200 * time.Second},
		"uas": {TimerExpiry: 468 * time.Second},
	} {
		d, _ := upWith(t, Header{"Session-Expires", "600;refresher=" + who})
		d.restored(t)
		d.now = d.now.Add(100 * time.Second)
		got := timers(d.do(Resume{}))
		for k, after := range want {
			if got[k] != after {
				t.Errorf("%s: %s after %s, want %s", who, k, got[k], after)
			}
		}
	}
}

// A re-INVITE of ours refreshes too (RFC 4028 §7.4).
func TestRFC4028S7_4ReinviteSaysTheInterval(t *testing.T) {
	d, _ := upWith(t, Header{"Session-Expires", "600;refresher=uac"})
	d.port.Port += 2
	r := find[SendRequest](d.do(Reoffer{}))
	if v, _ := expires(r[0].Msg.Extra); v != "600;refresher=uac" {
		t.Errorf("%+v", r)
	}
}

func FuzzSessionExpires(f *testing.F) {
	f.Add("1800;refresher=uac")
	f.Add("99999999999;;refresher")
	f.Fuzz(func(t *testing.T, v string) {
		d, who, ok := sessionExpires([]Header{{"Session-Expires", v}})
		if ok != (d > 0) || d > longestSE || who != "" && who != "uac" && who != "uas" {
			t.Errorf("%q: %s %q", v, d, who)
		}
	})
}
