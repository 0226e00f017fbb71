package exchangetest

import (
	"fmt"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// takeControls books what agents and supervisors do within a conversation. It reports false for any other fact.
func (l *Ledger) takeControls(f fact.Fact) bool {
	switch f := f.(type) {
	case fact.SupervisionStarted:
		a := l.open(f.Call, f)
		if a.listened != "" || !a.bridge || !a.legs[f.Leg] {
			l.say("call %s: %s takes part, with %q there already, or in nothing: %+v", f.Call, f.By, a.listened, f)
		}
		a.listened = f.By
	case fact.SupervisionChanged:
		if a := l.open(f.Call, f); a.listened != f.By || f.By == "" {
			l.say("call %s: %s changes how they take part, and %q does", f.Call, f.By, a.listened)
		}
	case fact.SupervisionEnded:
		a := l.open(f.Call, f)
		if a.listened != f.By || f.By == "" || f.Cause == "" {
			l.say("call %s: %s no longer takes part, and %q did: %+v", f.Call, f.By, a.listened, f)
		}
		a.listened = ""
		l.Transfers["supervised"]++
		l.positive(f, f.LastedMS)
	case fact.RecordingPaused:
		a := l.open(f.Call, f)
		if a.tapes == 0 || f.Why == "" || f.Paused == a.silent[f.Recording] {
			l.say("call %s: recording %s is paused or goes on for nothing: %+v", f.Call, f.Recording, f)
		}
		if a.silent == nil {
			a.silent = map[string]bool{}
		}
		a.silent[f.Recording] = f.Paused
		l.Transfers["tape paused: "+f.Why]++
	case fact.CallParked:
		a := l.open(f.Call, f)
		if a.parked != "" || a.bridge || !a.legs[f.Leg] || f.Slot == "" || f.By == "" {
			l.say("call %s: parked at %q already, or nobody is, or they talk: %+v", f.Call, a.parked, f)
		}
		a.parked = f.Slot
		l.Transfers["parked"]++
	case fact.CallUnparked:
		a := l.open(f.Call, f)
		if a.parked != f.Slot || f.Slot == "" || f.By == "" {
			l.say("call %s: taken from %q where it does not wait: %+v", f.Call, a.parked, f)
		}
		a.parked = ""
		if f.By == "box" {
			l.Transfers["parked too long"]++
		} else {
			l.Transfers["unparked"]++
		}
	case fact.RecordingKept:
		if a := l.open(f.Call, f); a.tapes == 0 || f.By == "" {
			l.say("call %s: recording %s is kept or not, by nobody or there is none: %+v", f.Call, f.Recording, f)
		}
	case fact.DigitsSent:
		l.leg(f.Call, f.Leg, f)
		if a := l.open(f.Call, f); !a.bridge || f.Count < 1 {
			l.say("call %s: keys for nobody: %+v", f.Call, f)
		}
	default:
		return false
	}
	return true
}

// carryTape holds what is said of recordings to their state.
func (w *World) carryTape(id plan.RecordingID, paused bool) {
	if was, there := w.paused[id]; !there || was == paused {
		w.bad("recording %s is paused %v, and was (%v, %v)", id, paused, was, there)
	}
	w.paused[id] = paused
}

// control lets agents and supervisors ask for a few things within conversations, and those lift whose phones ring for it.
func (w *World) control() {
	d := w.Dice
	for range d.In(1, 4) {
		w.controlOnce()
		if l := len(w.legs) - 1; l >= 0 && !w.legs[l].vanish && w.legs[l].state == calling && d.Percent(60) {
			w.legs[l].state = up
			w.Step(exchange.LegAnswered{Leg: w.legs[l].id})
		}
	}
	if d.Percent(25) {
		in := exchange.LegOffered{Leg: w.newLeg(), Origin: exchange.Origin{Kind: exchange.FromExtension, Name: w.extension()}, Dialled: Of(d, "701", "702")}
		w.wire(in.Leg).extension = in.Origin.Name
		w.Step(in)
	}
}

// controlOnce is one of them, sensible or not.
func (w *World) controlOnce() {
	d := w.Dice
	w.requests++
	r := exchange.RequestID(w.requests)
	who := fmt.Sprintf("a%d", d.In(1, 6))
	for _, a := range w.S.Agents() {
		if (a.Activity == "talking" || a.Activity == "holding") && d.Percent(70) {
			who = a.ID
		}
	}
	agent, boss := "agent:"+who, Of(d, "v1", "v1", "v2", "v9")
	by := Of(d, "supervisor:"+boss, "supervisor:"+boss, "supervisor:"+boss, "console", agent, "supervisor:v2")
	call := plan.CallID("1-999999")
	if all := w.S.Calls(); len(all) > 0 {
		call = all[d.N(len(all))].ID
	}
	switch p := d.N(100); {
	case p < 25:
		w.Step(exchange.CallHold{Request: r, By: agent, Agent: who, On: d.Percent(60)})
	case p < 35:
		if d.Percent(40) {
			w.Step(exchange.CallMask{Request: r, By: Of(d, by, "console"), Call: call, On: d.Percent(70)})
			return
		}
		w.Step(exchange.CallRecordPause{Request: r, By: Of(d, by, "console"), Call: call, Paused: d.Percent(60)})
	case p < 40:
		w.Step(exchange.CallRecordKeep{Request: r, By: Of(d, by, "console"), Call: call, Keep: d.Percent(50)})
	case p < 44:
		w.Step(exchange.CallDigits{Request: r, By: agent, Agent: who, Digits: Of(d, "1", "12#", "", "99x")})
	case p < 49:
		w.Step(exchange.ExtensionSet{
			Request: r, By: Of(d, "console", "console", by), Extension: w.extension(), DND: d.Percent(15), Forward: Of(d, "", w.typed()), Subject: "s3",
			When: Of(d, exchange.ForwardAlways, exchange.ForwardBusy, exchange.ForwardNoAnswer, exchange.ForwardUnreachable, "never"),
		})
	case p < 55:
		w.Step(exchange.CallPark{Request: r, By: agent, Agent: who, Slot: Of(d, "", "", "701", "702", "709")})
	case p < 62:
		in := exchange.CallPickUp{Request: r, By: by}
		if d.Percent(50) {
			in.Agent = fmt.Sprintf("a%d", d.In(1, 6))
		} else {
			in.Extension = w.extension()
		}
		switch d.N(3) {
		case 0:
			in.Call = call
		case 1:
			in.Ringing = w.extension()
		default:
			in.Slot = Of(d, "701", "702")
		}
		w.Step(in)
	case p < 67:
		in := exchange.CallPull{Request: r, By: by, Call: call, Extension: w.extension()}
		if d.Percent(40) {
			in.Agent, in.Extension = fmt.Sprintf("a%d", d.In(1, 6)), ""
		}
		w.Step(in)
	case p < 72:
		w.Step(exchange.CallMove{Request: r, By: by, Call: call, Queue: Of(d, "", "q1", "q2", "q3"), First: d.Percent(50)})
	case p < 93:
		w.Step(exchange.Supervise{
			Request: r, By: by, Supervisor: boss, Extension: Of(d, "", "", w.extension()), Agent: who,
			Mode: Of(d, exchange.SuperviseListen, exchange.SuperviseListen, exchange.SuperviseWhisper, exchange.SuperviseBarge, exchange.SuperviseStop, "shout"),
		})
	default:
		w.Step(exchange.CallTakeOver{Request: r, By: by, Supervisor: boss, Extension: Of(d, "", w.extension()), Agent: who})
	}
	if w.replies[r] != 1 {
		w.bad("request %d has %d answers", r, w.replies[r])
	}
}
