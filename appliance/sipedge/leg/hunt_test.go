package leg

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange"
)

// inTurns places a leg to contacts of which each has a turn of its own.
func inTurns(n int, p Policy) *driver {
	d := newDriver()
	in := place(n)
	in.To, in.Policy = exchange.FromTrunk, p
	for i := range in.Contacts {
		in.Contacts[i].Turn = 10 * i
	}
	d.do(in)
	return d
}

func (d *driver) reply(branch, status int, more ...func(*Response)) []Effect {
	b := d.s.Branches[branch]
	m := Response{Status: status, Method: "INVITE", CallID: b.Dialog.CallID, CSeq: b.Invite.CSeq, ToTag: fmt.Sprint("p", branch), Contact: b.Dialog.Target}
	for _, f := range more {
		f(&m)
	}
	return d.do(ResponseReceived{b.Invite.Via, m})
}

func withSound(m *Response) { m.Body, m.BodyType = describe("sendrecv", "8"), sdpType }

func invites(effects []Effect) (list []string) {
	for _, r := range find[SendRequest](effects) {
		if r.Msg.Method == "INVITE" {
			list = append(list, r.Msg.URI)
		}
	}
	return list
}

// RFC 3263 §4.3: the next target is tried after a failure of the one before, at once.
func TestRFC3263S4_3FailureGoesToTheNextTarget(t *testing.T) {
	for name, fails := range map[string]func(d *driver) []Effect{
		"503":       func(d *driver) []Effect { return d.reply(0, 503) },
		"500":       func(d *driver) []Effect { return d.reply(0, 500) },
		"408":       func(d *driver) []Effect { return d.reply(0, 408) },
		"transport": func(d *driver) []Effect { return d.do(TransactionFailed{d.s.Branches[0].Invite.Via, false}) },
		"timer B":   func(d *driver) []Effect { return d.do(TransactionFailed{d.s.Branches[0].Invite.Via, true}) },
		"rang before": func(d *driver) []Effect {
			d.reply(0, 183, withSound)
			return d.reply(0, 503)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := inTurns(2, Policy{})
			got := fails(d)
			if n := invites(got); len(n) != 1 || n[0] != "sip:201@192.0.2.21:5062" || len(told(got)) != 0 {
				t.Fatalf("%v", got)
			}
			got = d.reply(1, 183, withSound)
			if in := told(got); len(in) != 1 || in[0] != (exchange.LegRinging{Leg: d.s.Leg, EarlyMedia: true}) {
				t.Errorf("the next contact's sound is not heard: %v", in)
			}
			d.reply(1, 200, withSound)
			if d.s.Phase != Up || d.s.Session.Media.Signalled != "192.0.2.21" {
				t.Errorf("%s %+v", d.s.Phase, d.s.Session.Media)
			}
		})
	}
}

// What the number or a person answers is the same by every way: it ends the hunt.
func TestRFC3263S4_3AnswersEndTheHunt(t *testing.T) {
	for status, why := range map[int]exchange.Refusal{
		486: exchange.RefusedBusy, 603: exchange.RefusedDeclined, 404: exchange.RefusedNoNumber, 403: exchange.RefusedForbidden, 488: exchange.RefusedMedia,
	} {
		d := inTurns(2, Policy{})
		got := d.reply(0, status)
		if in := told(got); len(invites(got)) != 0 || len(in) != 1 || in[0] != (exchange.LegRefused{Leg: d.s.Leg, Reason: why, SIP: status}) {
			t.Errorf("%d: %v", status, got)
		}
		if d.s.Phase != Over {
			t.Errorf("%d: %s", status, d.s.Phase)
		}
	}
}

// RFC 3263 §4.3: silence fails over within the call attempt; who wakes up later is cancelled, and a late answer is ended.
func TestRFC3263S4_3SilenceGoesToTheNextTarget(t *testing.T) {
	for _, wakes := range []int{180, 200, 503} {
		d := newDriver()
		in := place(2)
		in.Contacts[1].Turn = 1
		got := d.do(in)
		if st := find[StartTimer](got); !containsTimer(st, StartTimer{Timer{TimerPatience, 0}, 2 * time.Second}) {
			t.Fatalf("patience is not 2 s: %v", st)
		}
		if n := invites(d.do(TimerFired{Timer{TimerPatience, 0}})); len(n) != 1 {
			t.Fatalf("%v", n)
		}
		got = d.reply(0, wakes, withSound)
		if len(told(got)) != 0 {
			t.Fatalf("%d: told %v", wakes, told(got))
		}
		switch wakes {
		case 180:
			if c := find[SendCancel](got); len(c) != 1 || c[0].Via != d.s.Branches[0].Invite.Via {
				t.Errorf("not cancelled: %v", got)
			}
			d.reply(0, 487)
		case 200:
			if r := find[SendRequest](got); len(find[SendAck](got)) != 1 || len(r) != 1 || r[0].Msg.Method != "BYE" {
				t.Errorf("not ended: %v", got)
			}
		}
		d.wantsAny(t, d.reply(1, 200, withSound), exchange.LegAnswered{Leg: d.s.Leg})
	}
}

func containsTimer(list []StartTimer, want StartTimer) bool {
	return slices.Contains(list, want)
}

func (d *driver) wantsAny(t *testing.T, got []Effect, want exchange.Input) {
	t.Helper()
	for _, in := range told(got) {
		if fmt.Sprintf("%#v", in) == fmt.Sprintf("%#v", want) {
			return
		}
	}
	t.Errorf("%#v was not told, only %#v", want, told(got))
}

// A contact that said anything is waited for.
func TestPatienceIsOnlyForSilence(t *testing.T) {
	d := inTurns(2, Policy{})
	d.reply(0, 100)
	if got := d.do(TimerFired{Timer{TimerPatience, 0}}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := d.reply(0, 503); len(invites(got)) != 1 {
		t.Errorf("the hunt does not go on: %v", got)
	}
}

// TestSilenceEverywhereIsGivenUp refuses a leg after the policy's time, so that another trunk can be tried.
func TestSilenceEverywhereIsGivenUp(t *testing.T) {
	d := inTurns(2, Policy{Patience: time.Second, GiveUp: 1500 * time.Millisecond})
	got := d.do(TimerFired{Timer{TimerPatience, 0}})
	if !containsTimer(find[StartTimer](got), StartTimer{Timer{TimerPatience, 0}, 1500 * time.Millisecond}) {
		t.Fatalf("%v", got)
	}
	d.wants(t, TimerFired{Timer{TimerPatience, 0}}, exchange.LegRefused{Leg: d.s.Leg, Reason: exchange.RefusedUnreachable, SIP: 408})
	if d.s.Phase != Withdrawing {
		t.Fatal(d.s.Phase)
	}
	got = d.reply(1, 200, withSound)
	if len(find[SendAck](got)) != 1 || len(find[SendRequest](got)) != 1 {
		t.Errorf("a late answer is not ended: %v", got)
	}
	d = inTurns(2, Policy{})
	if got := d.do(TimerFired{Timer{TimerPatience, 0}}); containsPatience(got) {
		t.Errorf("gives up before timer B: %v", got)
	}
}

func containsPatience(effects []Effect) bool {
	for _, s := range find[StartTimer](effects) {
		if s.Timer.Kind == TimerPatience {
			return true
		}
	}
	return false
}

// The farewell of a crashed core cancels who was tried, and nobody else.
func TestFarewellLeavesThoseAloneWhoseTurnHasNotCome(t *testing.T) {
	d := inTurns(3, Policy{})
	d.reply(0, 503)
	out := Farewell(d.now, d.s)
	if len(out) != 1 || out[0].Msg.URI != "sip:201@192.0.2.21:5062" {
		t.Errorf("%v", out)
	}
}

// A phone that no connection can be made to is not there: its caller is not told that the lines are busy.
func TestRFC3261Section8_1_3_1APhoneOutOfReachIsUnreachable(t *testing.T) {
	for to, want := range map[exchange.OriginKind]exchange.LegRefused{
		exchange.FromExtension: {Reason: exchange.RefusedUnreachable, SIP: 480},
		exchange.FromTrunk:     {Reason: exchange.RefusedCongestion, SIP: 503},
	} {
		d := newDriver()
		in := place(1)
		in.To = to
		d.do(in)
		want.Leg = d.s.Leg
		d.wants(t, TransactionFailed{d.s.Branches[0].Invite.Via, false}, want)
	}
}
