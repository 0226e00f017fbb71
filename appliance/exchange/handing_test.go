package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// consulting brings ana's caller on hold and ana's own call on leg i2 to whomever she dials; it gives ana's first leg and the one that rings.
func consulting(t *testing.T, dials string, change ...func(*Branch)) (b *bench, ana, rung plan.LegID) {
	t.Helper()
	b, ana = talking(t, change...)
	b.step(LegHeld{Leg: ana, Held: true})
	b.fromExtension("i2", "201", dials)
	for _, e := range b.effects {
		if r, ok := e.(Ring); ok {
			rung = r.Leg
		}
	}
	return b, ana, rung
}

// TestSemiAttended: RFC 5589 §7.6; the target rings on for as long as it would have, and what becomes of it comes back to whoever left.
func TestSemiAttended(t *testing.T) {
	b, ana, target := consulting(t, "203")
	b.step(LegRinging{Leg: target})
	b.wait(12_000)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "203", Replaces: "i2"}, ReferAccepted, "")
	if h := b.hearing(); h["i1"] != "music:sales" {
		t.Errorf("hears %v", h)
	}
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallForwarded || e.RingMS != 12_000 {
		t.Errorf("%+v", e)
	}
	b.wait(7_900)
	none[HangUp](b)
	b.wait(200) // 20 s in all
	if r := effect[Ring](b); r.To.Extension != "201" || r.Label != recallLabel {
		t.Errorf("rings %+v", r)
	}
	if h := effect[HangUp](b); h.Leg != target {
		t.Errorf("%+v", h)
	}
	b.sound()
}

// TestSemiAttendedOutside goes on to the next line when the first one fails after whoever handed over has left.
func TestSemiAttendedOutside(t *testing.T) {
	b, ana, target := consulting(t, "00687654321")
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "x", Replaces: "i2"}, ReferAccepted, "")
	b.step(LegRefused{Leg: target, Reason: RefusedCongestion, SIP: 503})
	if r := effect[Ring](b); r.To.Trunk != "backup" || r.To.Number != "+33687654321" {
		t.Errorf("rings %+v", r)
	}
	b.sound()
}

// TestAttendedOutsideObeysThePolicy: R17, by whichever way two parties outside would be joined.
func TestAttendedOutsideObeysThePolicy(t *testing.T) {
	for _, answered := range []bool{false, true} {
		b, ana, target := consulting(t, "00687654321", func(x *Branch) { x.Transfer.Outside = TransferOneOutside })
		if answered {
			b.step(LegAnswered{Leg: target})
			b.step(LegAnswered{Leg: "i2"})
		}
		b.refer(LegReferred{Leg: ana, Refer: 1, To: "x", Replaces: "i2"}, ReferRefused, RefusedForbidden)
	}
}

// TestAttendedIntoAQueue: whoever hands over waits in a queue; the caller does so in their place.
func TestAttendedIntoAQueue(t *testing.T) {
	b, ana, _ := consulting(t, "00140506071", func(x *Branch) { x.Agents[1].LoggedIn = false })
	b.step(LegAnswered{Leg: "i2"})
	b.wait(3_000)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "x", Replaces: "i2"}, ReferAccepted, "")
	if f := lastTold[fact.TransferCompleted](b); f.Queue != "sales" {
		t.Errorf("%+v", f)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Call != "3-000002" || e.Outcome != fact.CallForwarded {
		t.Errorf("%+v", e)
	}
	if q := b.s.Queues()[0]; q.Waiting != 1 {
		t.Errorf("%+v", q)
	}
	b.sound()
}

// TestLeftAloneForTooLong: FEATURES §4.3; the limit of the branch, and a word on it.
func TestLeftAloneForTooLong(t *testing.T) {
	b, ana, target := consulting(t, "00687654321", func(x *Branch) { x.Transfer.MaxAloneMS = 60_000 })
	b.step(LegAnswered{Leg: target})
	b.step(LegAnswered{Leg: "i2"})
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "x", Replaces: "i2"}, ReferAccepted, "")
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	b.wait(59_900)
	none[HangUp](b)
	b.wait(200)
	if f := lastTold[fact.CallLimited](b); f.LimitMS != 60_000 || f.Call != "3-000001" {
		t.Errorf("%+v", f)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	b.step(LegEnded{Leg: target, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.Cause != "alone" || e.HungUpBy != "box" {
		t.Errorf("%+v", e)
	}
}

// TestRecallOfAPhoneThatIsGone goes straight back to the queue, at the old place.
func TestRecallOfAPhoneThatIsGone(t *testing.T) {
	b, ana := talking(t)
	b.step(AgentLogOut{Agent: "bob"})
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "203"}, ReferAccepted, "")
	target := effect[Ring](b).Leg
	b.step(LegEnded{Leg: ana, Cause: EndedByPeer})
	b.queued("i2")
	b.step(PhoneReachable{Extension: "201"})
	b.step(LegRefused{Leg: target, Reason: RefusedDeclined, SIP: 603})
	none[Ring](b)
	if f := lastTold[fact.VisitEntered](b); f.Call != "3-000001" || f.Queue != "sales" || f.Position != 1 {
		t.Errorf("%+v", f)
	}
	b.sound()
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if f := lastTold[fact.VisitEnded](b); f.Outcome != fact.VisitAbandoned { // the visit was; the call was answered before
		t.Errorf("%+v", f)
	}
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.Stage != fact.StageNone {
		t.Errorf("%+v", e)
	}
}

// TestTransferOverARestart: what rang does not outlive the old process; whoever is left goes on.
func TestTransferOverARestart(t *testing.T) {
	for _, c := range []struct {
		name  string
		alive []plan.LegID
		phase string
		rings string
	}{
		{name: "the target's phone is lost", alive: []plan.LegID{"i1", "o3-000001"}, phase: "talking"},
		{name: "so is whoever hands over", alive: []plan.LegID{"i1"}, phase: "transferring", rings: "201"},
		{name: "the caller is", alive: []plan.LegID{"o3-000001"}, phase: "closing"},
		{name: "everybody is"},
	} {
		b, ana := talking(t)
		if ana != "o3-000001" {
			t.Fatal(ana)
		}
		b.refer(LegReferred{Leg: ana, Refer: 1, To: "203"}, ReferAccepted, "")
		b.step(LegRinging{Leg: effect[Ring](b).Leg})
		data, err := b.s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if b.s, err = Restore(data); err != nil {
			t.Fatal(err)
		}
		b.effects, b.last = b.s.Resume(b.moment(), c.alive)
		b.sound()
		all := b.s.Calls()
		if c.phase == "" {
			if len(all) != 0 {
				t.Errorf("%s: %+v", c.name, all)
			}
			continue
		}
		if len(all) != 1 || all[0].Phase != c.phase {
			t.Errorf("%s: %+v", c.name, all)
		}
		for _, e := range b.effects {
			if r, ok := e.(Ring); ok && r.To.Extension != c.rings {
				t.Errorf("%s: rings %+v", c.name, r)
			}
		}
	}
}
