package leg

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"autocom/appliance/exchange"
)

// restored writes a driver's state down and reads it back.
func (d *driver) restored(t *testing.T) {
	t.Helper()
	data, err := json.Marshal(d.s)
	if err != nil {
		t.Fatal(err)
	}
	if d.s, err = Decode(data); err != nil {
		t.Fatal(err)
	}
}

// wants holds what the exchange is told by an input.
func (d *driver) wants(t *testing.T, in Input, want ...exchange.Input) {
	t.Helper()
	if got := told(d.do(in)); fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) && len(got)+len(want) > 0 {
		t.Fatalf("%T: the exchange heard %#v, want %#v", in, got, want)
	}
}

// byeOut is the Via of our BYE.
func (d *driver) byeOut(t *testing.T) string {
	t.Helper()
	for _, p := range d.s.Pending {
		if p.Msg.Method == "BYE" {
			return p.Msg.Via
		}
	}
	t.Fatal("no BYE is out")
	return ""
}

// TestTheEndIsToldWhenTheByeIsAnswered hangs up each kind of confirmed dialog: the exchange hears nothing before the peer is done, and then
// the cause, once, also from a state that was written down in between.
func TestTheEndIsToldWhenTheByeIsAnswered(t *testing.T) {
	for _, p := range []Phase{Up, Modifying, Reanswering} {
		for _, cause := range []exchange.EndCause{exchange.EndedByBox, exchange.EndedMediaLost} {
			for _, final := range []func(via string) Input{
				func(via string) Input { return ResponseReceived{via, Response{Status: 200, Method: "BYE"}} },
				func(via string) Input { return ResponseReceived{via, Response{Status: 481, Method: "BYE"}} },
				func(via string) Input { return TransactionFailed{via, true} },
				func(via string) Input { return TransactionFailed{via, false} },
				func(string) Input { return TimerFired{Timer{TimerFarewell, 0}} },
				func(string) Input { return ByeReceived{9, inDialog("BYE", 90, nil)} }, // both hang up
			} {
				d := reach(t, p)
				effects := d.do(HangUp{Cause: cause})
				if got := told(effects); len(got) != 0 {
					t.Fatalf("%s: told at once %v", p, got)
				}
				if len(find[ClosePort](effects)) != 1 {
					t.Fatalf("%s: the port is kept: %v", p, effects)
				}
				if a := find[StartTimer](effects); len(a) != 1 || a[0] != (StartTimer{Timer{TimerFarewell, 0}, 2 * time.Second}) {
					t.Fatalf("%s: %v", p, a)
				}
				via := d.byeOut(t)
				d.wants(t, ResponseReceived{via, Response{Status: 100, Method: "BYE"}})
				d.wants(t, HangUp{})
				d.restored(t)
				d.now = d.now.Add(700 * time.Millisecond)
				want := exchange.LegEnded{Leg: d.s.Leg, Cause: cause}
				if cause != exchange.EndedByBox {
					want.AgoMS = 700 // nobody spoke since
				}
				d.wants(t, final(via), want)
				d.restored(t)
				d.wants(t, TimerFired{Timer{TimerFarewell, 0}})
				d.wants(t, TransactionFailed{via, true})
			}
		}
	}
}

// TestTheEndIsToldWhenTheChallengedByeIsAnswered wants a 401 to the BYE not to count as the end.
func TestTheEndIsToldWhenTheChallengedByeIsAnswered(t *testing.T) {
	d := reach(t, Up)
	d.do(HangUp{})
	d.wants(t, ResponseReceived{d.byeOut(t), Response{Status: 401, Method: "BYE", Extra: []Header{{"WWW-Authenticate", "Digest"}}}})
	d.wants(t, ResponseReceived{d.byeOut(t), Response{Status: 200, Method: "BYE"}}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByBox})
}

// RFC 3261 §15: BYE waits for the ACK, the exchange does not wait longer than for any other.
func TestRFC3261S15TheEndIsToldBeforeALateAck(t *testing.T) {
	d := reach(t, Answering)
	d.wants(t, HangUp{})
	d.restored(t)
	d.wants(t, TimerFired{Timer{TimerFarewell, 0}}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByBox})
	d.wants(t, AckReceived{inDialog("ACK", 10, nil)})
	d.wants(t, ResponseReceived{d.byeOut(t), Response{Status: 200, Method: "BYE"}})

	d = reach(t, Parting)
	d.wants(t, AckReceived{inDialog("ACK", 10, nil)})
	d.wants(t, ResponseReceived{d.byeOut(t), Response{Status: 200, Method: "BYE"}}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByBox})

	d = reach(t, Parting)
	d.wants(t, ByeReceived{9, inDialog("BYE", 90, nil)}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByBox})
}

// TestTheEndIsToldWhenTheCancelledInviteIsAnswered withdraws legs that ring one or two phones.
func TestTheEndIsToldWhenTheCancelledInviteIsAnswered(t *testing.T) {
	ended := exchange.LegEnded{Leg: "o3-000001", Cause: exchange.EndedByBox}
	ring := func(n int) (*driver, []string) {
		d := newDriver()
		d.do(place(n))
		var vias []string
		for _, b := range d.s.Branches {
			vias = append(vias, b.Invite.Via)
			d.do(ResponseReceived{b.Invite.Via, Response{Status: 180, Method: "INVITE", ToTag: "p"}})
		}
		d.wants(t, HangUp{})
		d.restored(t)
		return d, vias
	}

	d, vias := ring(1)
	d.wants(t, ResponseReceived{vias[0], Response{Status: 487, Method: "INVITE", ToTag: "p"}}, ended)

	d, vias = ring(2) // the line is free when the last of its phones is
	d.wants(t, ResponseReceived{vias[1], Response{Status: 487, Method: "INVITE", ToTag: "p"}})
	d.wants(t, TransactionFailed{vias[0], true}, ended)

	d, _ = ring(1) // a phone that is cut off
	d.wants(t, TimerFired{Timer{TimerFarewell, 0}}, ended)
	d.wants(t, TimerFired{Timer{TimerCancel, 0}})

	d, vias = ring(1) // it was lifted in the same instant: the 2xx is acknowledged and its BYE awaited, through a challenge
	d.wants(t, ResponseReceived{vias[0], Response{Status: 200, Method: "INVITE", CSeq: 1, CallID: "b0", ToTag: "p", Contact: "sip:p@192.0.2.20"}})
	d.wants(t, ResponseReceived{d.byeOut(t), Response{Status: 401, Method: "BYE", Extra: []Header{{"WWW-Authenticate", "Digest"}}}})
	d.wants(t, ResponseReceived{d.byeOut(t), Response{Status: 200, Method: "BYE", ToTag: "p"}}, ended)
	if d.s.Phase != Over {
		t.Errorf("the leg is %s for ever", d.s.Phase)
	}
}

// TestThePeersEndIsToldAtOnce: nothing is in the way of the next call then.
func TestThePeersEndIsToldAtOnce(t *testing.T) {
	for _, p := range []Phase{Answering, Up, Modifying, Reanswering} {
		d := reach(t, p)
		d.wants(t, ByeReceived{9, inDialog("BYE", 90, nil)}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByPeer})
	}
	for _, p := range []Phase{Offered, Alerting} {
		d := reach(t, p)
		d.wants(t, CancelReceived{}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByPeer})
		d = reach(t, p)
		d.wants(t, Refuse{exchange.RefusedBusy}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByBox})
	}
	d := reach(t, Placing)
	d.wants(t, HangUp{}, exchange.LegEnded{Leg: d.s.Leg, Cause: exchange.EndedByBox})
}

// TestSilenceEndsNoLegThatWasNotAnswered lets early sound stop: a far end that rings, or a caller who waits for the answer, is not hung up for it.
func TestSilenceEndsNoLegThatWasNotAnswered(t *testing.T) {
	for _, p := range []Phase{Offered, Alerting, Calling} {
		d := reach(t, p)
		if effects := d.do(HangUp{Cause: exchange.EndedMediaLost}); len(effects) != 0 || d.s.Phase != p {
			t.Fatalf("%s: became %s and did %v", p, d.s.Phase, effects)
		}
		if effects := d.do(HangUp{}); len(effects) == 0 {
			t.Fatalf("%s: a hang-up does nothing any more", p)
		}
	}
}
