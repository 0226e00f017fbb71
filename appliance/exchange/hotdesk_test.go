package exchange

import (
	"bytes"
	"encoding/json"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func withCodes(x *Branch) {
	x.Desk.LogIn, x.Desk.LogOut = "*11", "*12"
	x.Agents[0].Code, x.Agents[1].Code = "4711", "4712"
}

// dialsDesk lets a phone dial, and gives the sound it hears. The call is over afterwards.
func (b *bench) dialsDesk(leg, ext, dialled string) plan.Sound {
	b.t.Helper()
	b.fromExtension(leg, ext, dialled)
	effect[Answer](b)
	none[Ring](b)
	b.step(LegAnswered{Leg: plan.LegID(leg)})
	p := effect[Play](b)
	b.step(PromptDone{Leg: p.Leg, Token: p.Token, Finished: true})
	if h := effect[HangUp](b); h.Leg != plan.LegID(leg) {
		b.t.Fatalf("%+v", h)
	}
	b.step(LegEnded{Leg: plan.LegID(leg), Cause: EndedByBox})
	for _, f := range b.facts { // the code is told to nobody
		text, err := json.Marshal(f)
		if err != nil || bytes.Contains(text, []byte("471")) {
			b.t.Fatalf("%s %v", text, err)
		}
	}
	return p.Sound
}

// TestHotDesking: log in and out at any phone; the last log-in wins.
func TestHotDesking(t *testing.T) {
	b := newBench(t, withCodes)
	if s := b.dialsDesk("i1", "203", "*114711"); s != sayLoggedIn {
		t.Fatal(s)
	}
	if f := lastTold[fact.AgentChanged](b); f.Agent != "ana" || f.Extension != "203" || !hasCode(f.Reasons, "agent.moved") {
		t.Errorf("%+v", f)
	}
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallSelfServed {
		t.Errorf("%+v", e)
	}
	if o := lastTold[fact.CallOpened](b); o.Dialled != "*11" || o.Flow != "internal" || o.Callee != "" {
		t.Errorf("%+v", o)
	}
	b.queued("i2")
	if r := effect[Ring](b); r.To.Extension != "203" { // who moves keeps their turn
		t.Errorf("%+v", r)
	}
	b = newBench(t, withCodes)
	b.dialsDesk("i1", "201", "*12")
	if f := lastTold[fact.AgentChanged](b); f.Agent != "ana" || f.Session != "logged_out" {
		t.Errorf("%+v", f)
	}
	if s := b.dialsDesk("i2", "201", "*12"); s != sayInvalid {
		t.Error(s)
	}
	if f := lastTold[fact.CommandRefused](b); f.Command != "agent.log_out" || !hasCode(f.Reasons, "agent.nobody_here") {
		t.Errorf("%+v", f)
	}
	b.dialsDesk("i3", "201", "*11 4711")
	if got := b.declared("ana"); got != "available /idle" {
		t.Error(got)
	}
}

// TestWhoStandsAtThePhoneTakesIt: a colleague without a call is logged out, one who talks is not.
func TestWhoStandsAtThePhoneTakesIt(t *testing.T) {
	b := newBench(t, withCodes)
	b.dialsDesk("i1", "202", "*114711")
	var bob fact.AgentChanged
	for _, f := range told[fact.AgentChanged](b) {
		if f.Agent == "bob" {
			bob = f
		}
	}
	if a := b.s.agentAt("202"); a == nil || a.ID != "ana" || bob.Session != "logged_out" || bob.Reasons[0] != (fact.Reason{Code: "agent.displaced", Detail: "ana"}) {
		t.Errorf("%+v %+v", a, bob)
	}
	b = newBench(t, withCodes)
	b.talks()
	if s := b.dialsDesk("i2", "201", "*114712"); s != sayInvalid || !hasCode(lastTold[fact.CommandRefused](b).Reasons, "extension.taken") {
		t.Error(s)
	}
}

// TestWrongCodesCostTime: R17. After two slips each wrong code costs twice as long as the one before, and the right one is not looked at meanwhile;
// other phones are not concerned, and a right code ends it.
func TestWrongCodesCostTime(t *testing.T) {
	b := newBench(t, withCodes)
	wrong := func(leg, code string) {
		t.Helper()
		if s := b.dialsDesk(leg, "203", "*119999"); s != sayInvalid {
			t.Fatal(s)
		}
		if f := lastTold[fact.CommandRefused](b); f.By != "extension:203" || !hasCode(f.Reasons, code) {
			t.Errorf("%+v", f)
		}
	}
	wrong("i1", "code.wrong")
	wrong("i2", "code.wrong")
	wrong("i3", "code.wrong")
	if s := b.dialsDesk("i4", "203", "*114711"); s != sayInvalid {
		t.Error("the right code was taken during the delay")
	}
	b.wait(9_999)
	wrong("i5", "code.too_many_tries")
	b.wait(1)
	wrong("i6", "code.wrong")
	b.wait(19_999)
	wrong("i7", "code.too_many_tries")
	if s := b.dialsDesk("i8", "202", "*114711"); s != sayLoggedIn {
		t.Error("another phone was delayed")
	}
	b.wait(1)
	if s := b.dialsDesk("i9", "203", "*114711"); s != sayLoggedIn || len(b.s.tried) != 0 {
		t.Error(s, b.s.tried)
	}
	for range 40 {
		b.s.wrongCode("203")
	}
	if d := b.s.delayed("203"); d != longDelay {
		t.Errorf("%d ms", d)
	}
	b.wait(forgetTries + 1)
	b.step(PhoneReachable{Extension: "203", Reachable: true}) // time passes in steps
	if n := b.s.wrongCode("203"); n != 1 {
		t.Errorf("%d", n)
	}
}

// TestHelpIsNobodysCode: emergency numbers, extensions and numbers outside go where they go, whatever the desk is called.
func TestHelpIsNobodysCode(t *testing.T) {
	b := newBench(t, withCodes, func(x *Branch) { x.Desk.LogIn, x.Desk.LogOut = "1", "20" })
	for _, c := range []struct{ dialled, to string }{{"112", "emergency"}, {"0112", "emergency"}, {"202", "extension"}, {"14711", "refused"}} {
		b.fromExtension("i"+c.dialled, "203", c.dialled)
		if f := lastTold[fact.CallRouted](b); f.To != c.to {
			t.Errorf("%s: %+v", c.dialled, f)
		}
	}
	b = newBench(t)
	b.fromExtension("i1", "203", "*114711") // nobody logs in from phones here
	if f := lastTold[fact.CallRouted](b); f.To != "refused" {
		t.Errorf("%+v", f)
	}
	b.fromTrunk("i2", "*114711")
	if f := lastTold[fact.CallRouted](b); f.To != "refused" {
		t.Errorf("%+v", f)
	}
}

// TestHangingUpDuringTheToneChangesNothing: what was dialled is done.
func TestHangingUpDuringTheToneChangesNothing(t *testing.T) {
	b := newBench(t, withCodes)
	b.fromExtension("i1", "203", "*114711")
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallSelfServed || b.s.agentAt("203").ID != "ana" {
		t.Errorf("%+v", e)
	}
}

// TestTriesComeThroughARestart: a restart gives nobody more tries.
func TestTriesComeThroughARestart(t *testing.T) {
	b := newBench(t, withCodes)
	b.s.begin()
	for range 3 {
		b.s.wrongCode("203")
	}
	text, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Restore(text)
	if err != nil {
		t.Fatal(err)
	}
	if s.delayed("203") != firstDelay {
		t.Errorf("%d", s.delayed("203"))
	}
}
