package exchangetest

import (
	"fmt"
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Move lets one random thing happen.
func (w *World) Move() {
	d := w.Dice
	switch p := d.N(100); {
	case p < 6:
		w.carrierCalls()
	case p < 9:
		w.phoneCalls()
	case p < 12:
		w.somebodyRefers()
	case p < 17:
		w.handsOver()
	case p < 66:
		w.somebodyMoves()
	case p < 78:
		w.Pass(d.In(0, 6_000))
	case p < 80:
		w.Pass(d.In(0, 40_000))
	case p < 87:
		w.soundEnds()
	case p < 89:
		w.command()
	case p < 93:
		w.control()
	case p < 95:
		x := w.extension()
		up := d.Percent(88)
		w.Step(exchange.PhoneReachable{Extension: x, Reachable: up, Contacts: map[bool]int{true: 1}[up]})
	case p < 97:
		w.Step(exchange.TrunkReachable{Trunk: Of(d, "carrier", "backup", "alps"), Reachable: d.Percent(85)})
	case p < 99:
		w.nonsense()
	default:
		switch d.N(4) {
		case 0:
			w.Step(exchange.MailboxesFull{Boxes: []string{"extension:201", "queue:q1", "queue:q2"}[:w.Now%4]})
			w.Step(exchange.StorageChanged{Storage: Of(d, exchange.StoragePlenty, exchange.StorageNoSamples, exchange.StorageNoRecordings)})
		case 1:
			w.Step(exchange.MediaRestarted{})
		default:
			w.NewBranch()
		}
	}
}

func (w *World) extension() string {
	if w.Dice.Percent(3) || len(w.Branch.Extensions) == 0 {
		return "299" // nobody's
	}
	return w.Branch.Extensions[w.Dice.N(len(w.Branch.Extensions))].Number
}

func (w *World) newLeg() plan.LegID {
	w.nextLeg++
	id := plan.LegID(fmt.Sprintf("i1-%06d", w.nextLeg))
	w.legs = append(w.legs, &wire{id: id, in: true, vanish: w.Dice.Percent(w.LosePercent)})
	return id
}

func (w *World) carrierCalls() {
	d := w.Dice
	dialled := Of(d, "+33140506070", "0140506070", "33140506070", "0033140506070", "140506070")
	if n := len(w.Branch.Services); n > 0 {
		dialled = w.Branch.Services[d.N(n)].Number
	}
	if d.Percent(10) {
		dialled = Of(d, "0140506079", "112", "", "x@y")
	}
	w.Step(exchange.LegOffered{
		Leg: w.newLeg(), Origin: exchange.Origin{Kind: exchange.FromTrunk, Name: Of(d, "carrier", "carrier", "carrier", "carrier", "backup", "nobody")},
		Caller:  exchange.Caller{Subject: fact.Subject(Of(d, "", "s1", "s2")), Number: "+33612345678", Withheld: d.Percent(10)},
		Dialled: dialled, Hops: Of(d, 0, 0, 0, 0, 0, 69, 69, 69, 69, 69, 69, 69, 69, 5, 1),
	})
}

func (w *World) phoneCalls() {
	d := w.Dice
	in := exchange.LegOffered{
		Origin: exchange.Origin{Kind: exchange.FromExtension, Name: w.extension()},
		Caller: exchange.Caller{Number: "spoofed"}, Dialled: w.typed(), Callee: "s3", Hops: Of(d, 0, 0, 0, 0, 70, 70, 70, 70, 70, 70, 20, 1),
	}
	if d.Percent(25) { // a pick-up, a call taken over, or nonsense
		in.Replaces = w.anyLeg()
	}
	in.Leg = w.newLeg()
	w.wire(in.Leg).extension = in.Origin.Name
	w.Step(in)
}

// typed is a number as people type it.
func (w *World) typed() string {
	return Of(
		w.Dice, w.extension(), w.extension(), "00612345678", "0612345678", "+41 22 345 67 89", "0 0041 22 345 67 89", "112", "015", "18",
		"0140506070", "0140506071", "999", "701", "*21#", "00", "", "*114711007711", "*114711007712", "*119999", "*12",
	)
}

// anyLeg is a leg of this world, or of none.
func (w *World) anyLeg() plan.LegID {
	if len(w.legs) == 0 || w.Dice.Percent(5) {
		return "o9-999999"
	}
	return w.legs[w.Dice.N(len(w.legs))].id
}

// somebodyRefers lets one of the phones that talk hand its party over.
func (w *World) somebodyRefers() {
	var talking []*wire
	for _, l := range w.legs {
		if l.state == up && l.extension != "" && !l.vanish {
			talking = append(talking, l)
		}
	}
	if len(talking) > 0 {
		w.refers(talking[w.Dice.N(len(talking))])
	}
}

// consultation is another leg of the same phone, or any; where there is none, the phone calls somebody first.
func (w *World) consultation(l *wire) plan.LegID {
	for _, o := range w.legs {
		if o != l && o.extension == l.extension && l.extension != "" && w.Dice.Percent(80) {
			return o.id
		}
	}
	if l.extension == "" || w.Dice.Percent(20) {
		return w.anyLeg()
	}
	in := exchange.LegOffered{Leg: w.newLeg(), Origin: exchange.Origin{Kind: exchange.FromExtension, Name: l.extension}, Dialled: w.typed()}
	w.wire(in.Leg).extension = l.extension
	w.Step(in)
	for range 8 {
		w.somebodyMoves()
	}
	return in.Leg
}

func (w *World) newReferral(leg plan.LegID) uint64 {
	id := uint64(len(w.referrals) + 1)
	w.referrals[id] = &referral{leg: leg}
	return id
}

// refers lets the far end of a leg hand its party over, to a number or to the party of another leg: often one of its own.
func (w *World) refers(l *wire) {
	d := w.Dice
	in := exchange.LegReferred{Leg: l.id, To: w.typed()}
	if d.Percent(60) {
		in.Replaces = w.consultation(l)
	}
	if w.wire(l.id) != l || l.state != up {
		return // it is over meanwhile
	}
	in.Refer = w.newReferral(l.id)
	w.Step(in)
	if w.referrals[in.Refer].told == "" && l.state != ending {
		w.bad("leg %s asked for a transfer and got no answer", l.id)
	}
	if d.Percent(40) && w.wire(l.id) == l && l.state == up { // as most phones do
		w.end(l, exchange.EndedByPeer)
	}
	if d.Percent(10) && w.referrals[in.Refer].told != exchange.ReferFailed {
		w.Step(in) // repeated while it is under way; the edge knows those that are over by their CSeq
	}
}

// somebodyMoves lets the far end of one leg do something that SIP allows it to do.
func (w *World) somebodyMoves() {
	if len(w.legs) == 0 {
		return
	}
	d := w.Dice
	l := w.legs[d.N(len(w.legs))]
	if l.vanish {
		return
	}
	switch l.state {
	case arriving: // CANCEL
		if d.Percent(15) {
			w.end(l, exchange.EndedByPeer)
		}
	case accepting:
		if d.Percent(90) {
			l.state = up
			w.Step(exchange.LegAnswered{Leg: l.id})
		} else {
			w.end(l, Of(d, exchange.EndedNoAck, exchange.EndedByPeer))
		}
	case calling, ringing:
		w.phoneMoves(l)
	case up:
		switch p := d.N(100); {
		case p < 25:
			l.held = !l.held
			w.Step(exchange.LegHeld{Leg: l.id, Held: l.held})
		case p < 35:
			w.Step(exchange.DigitPressed{Leg: l.id, Digit: Of(d, "1", "2", "3", "4", "5", "6", "9"), Via: "rfc4733"})
		case p < 50:
			w.refers(l)
		case p < 70:
			w.end(l, Of(d, exchange.EndedByPeer, exchange.EndedByPeer, exchange.EndedByPeer, exchange.EndedMediaLost, exchange.EndedSessionGone))
		}
	case crossing: // the 200 that crossed our CANCEL
		l.state = up
		w.Step(exchange.LegAnswered{Leg: l.id})
		if l.state == up {
			w.bad("leg %s answered after our hang-up and stays up", l.id)
		}
	case ending:
		w.end(l, l.cause)
	}
}

func (w *World) phoneMoves(l *wire) {
	d := w.Dice
	switch p := d.N(100); {
	case p < 45 && l.state == calling:
		l.state = ringing
		w.Step(exchange.LegRinging{Leg: l.id, EarlyMedia: d.Percent(20)})
	case p < 65:
		l.state = up
		w.Step(exchange.LegAnswered{Leg: l.id})
	case p < 68:
		w.end(l, exchange.EndedTransport)
	default:
		w.unplug(l)
		w.Step(exchange.LegRefused{Leg: l.id, Reason: Of(
			d, exchange.RefusedBusy, exchange.RefusedDeclined, exchange.RefusedUnreachable, exchange.RefusedMedia,
			exchange.RefusedFailed, exchange.RefusedNoNumber, exchange.RefusedCongestion, exchange.RefusedForbidden,
		), SIP: 486})
	}
}

func (w *World) end(l *wire, cause exchange.EndCause) {
	w.unplug(l)
	w.Step(exchange.LegEnded{Leg: l.id, Cause: cause})
}

// soundEnds lets a prompt or a recording come to its end.
func (w *World) soundEnds() {
	if len(w.plays) > 0 {
		p := w.plays[0]
		w.plays = w.plays[1:]
		w.Step(exchange.PromptDone{Leg: p.leg, Token: p.token, Finished: true})
		return
	}
	if len(w.tapes) > 0 {
		i := w.Dice.N(len(w.tapes))
		id := w.tapes[i]
		w.tapes = slices.Delete(w.tapes, i, i+1)
		w.Step(exchange.RecordingStopped{Recording: id, SoundMS: 1_000})
	}
}

// command lets a person ask for something, sensible or not.
func (w *World) command() {
	d := w.Dice
	if d.Percent(40) {
		w.order()
		return
	}
	w.requests++
	r := exchange.RequestID(w.requests)
	who := fmt.Sprintf("a%d", d.In(1, 6))
	call := plan.CallID("1-999999")
	if all := w.S.Calls(); len(all) > 0 {
		call = all[d.N(len(all))].ID
	}
	if d.Percent(25) {
		w.agentCommand(r, who)
		w.answered(r)
		return
	}
	switch p := d.N(100); {
	case p < 20:
		w.logsIn(r, who)
	case p < 26:
		w.Step(exchange.AgentLogOut{Request: r, By: "console", Agent: who})
	case p < 55:
		w.Step(exchange.AgentDeclare{Request: r, By: "agent:" + who, Agent: who, Pause: Of(d, "", "", "", "lunch")})
	case p < 70:
		in := exchange.CallPlace{Request: r, By: "agent:" + who, Agent: who, Number: w.typed(), AutoAnswer: d.Percent(50), Callee: "s3"}
		if d.Percent(30) {
			in.Agent, in.Extension = "", w.extension()
		}
		if d.Percent(30) {
			in.Queue = Of(d, "q1", "q2", "q9")
		}
		w.Step(in)
	case p < 75:
		w.callbacks(r)
	case p < 85:
		w.Step(exchange.CallHangUp{Request: r, By: "console", Call: call})
	default:
		w.Step(exchange.CallRecord{Request: r, By: "console", Call: call, On: d.Percent(60)})
	}
	w.answered(r)
}

// answered holds that a command was answered once.
func (w *World) answered(r exchange.RequestID) {
	if w.replies[r] != 1 {
		w.bad("request %d has %d answers", r, w.replies[r])
	}
}

// callbacks lets somebody ask to be called back, or take that back.
func (w *World) callbacks(r exchange.RequestID) {
	d := w.Dice
	if all := w.S.Callbacks(); len(all) > 0 && d.Percent(30) {
		w.Step(exchange.CallbackCancel{Request: r, By: "console", Callback: all[d.N(len(all))].ID})
		return
	}
	w.Step(exchange.CallbackAsk{
		Request: r, By: "web", Queue: fmt.Sprintf("q%d", d.In(1, 4)), Number: Of(d, "0612345678", "0899123456", "+4930123456", "112", "nonsense"),
		Subject: Of(d, fact.Subject("s1"), "s2", "s7"), Source: Of(d, "web", "command"), AfterMS: Of(d, int64(0), 5_000),
	})
}

// nonsense sends what a sound rim never would, or late.
func (w *World) nonsense() {
	d := w.Dice
	leg := plan.LegID("o1-424242")
	if len(w.legs) > 0 && d.Percent(50) {
		leg = w.legs[d.N(len(w.legs))].id
	}
	switch d.N(8) {
	case 0:
		if len(w.stale) > 0 {
			w.Step(exchange.TimerFired{Timer: w.stale[d.N(len(w.stale))]})
		}
	case 1:
		w.Step(exchange.TimerFired{Timer: 1 << 60})
	case 2:
		w.Step(exchange.LegRinging{Leg: leg})
	case 6:
		w.Step(exchange.LegReferred{Leg: leg, Refer: w.newReferral(leg), To: w.typed(), Replaces: leg})
	case 7:
		in := exchange.LegOffered{Origin: exchange.Origin{Kind: exchange.FromTrunk, Name: "carrier"}, Replaces: w.anyLeg()}
		in.Leg = w.newLeg()
		w.Step(in)
	case 3:
		w.Step(exchange.PromptDone{Leg: leg, Token: 99, Finished: true})
	case 4:
		w.Step(exchange.LegEnded{Leg: "o1-434343", Cause: exchange.EndedByPeer})
	default:
		w.Step(exchange.RecordingStopped{Recording: "r9-000009"})
	}
}

// EndDay hangs up everywhere and waits until nothing is going on any more.
func (w *World) EndDay() {
	for _, k := range w.S.Campaigns() {
		w.requests++
		w.Step(exchange.CampaignDo{Request: exchange.RequestID(w.requests), By: "console", Campaign: k.ID, Deed: exchange.CampaignStop})
	}
	for range 400 {
		for _, l := range slices.Clone(w.legs) {
			switch {
			case w.wire(l.id) != l:
			case l.vanish && (l.state == calling || l.state == ringing): // the exchange gives up by itself
			case l.vanish && l.state == ending: // never heard of again: the exchange must come to terms with it alone
				w.unplug(l)
			default:
				w.end(l, exchange.EndedByPeer)
			}
		}
		for len(w.plays)+len(w.tapes) > 0 {
			w.soundEnds()
		}
		for _, k := range w.S.Campaigns() { // calls that were under way
			if k.Open > 0 {
				w.requests++
				w.Step(exchange.CampaignDo{Request: exchange.RequestID(w.requests), By: "console", Campaign: k.ID, Deed: exchange.CampaignStop})
			}
		}
		if w.S.Idle() {
			break
		}
		w.Pass(5_000)
	}
	if !w.S.Idle() {
		w.bad("the day is over and something goes on: %d calls %+v, next wake %v", len(w.S.Calls()), w.S.Calls(), len(w.timers))
	}
	w.Facts.Close()
	for _, p := range w.Facts.Problems {
		w.bad("%s", p)
	}
}

// Restart goes on with another exchange that was read from what the old one wrote. Dialogs that were not answered do not live on, nor do a
// few others.
func (w *World) Restart(s *exchange.State, d *Dice) {
	var alive []plan.LegID
	for _, l := range slices.Clone(w.legs) {
		if l.state != arriving && l.state != calling && l.state != ringing && !d.Percent(10) {
			alive = append(alive, l.id)
		} else {
			w.unplug(l)
		}
	}
	w.S = s
	w.timers, w.stale, w.plays = nil, nil, nil
	w.seen = map[exchange.TimerID]bool{}
	for id := range w.versions {
		w.versions[id] = 0
	}
	w.resumed = true
	effects, facts := s.Resume(w.Moment(), alive)
	w.Absorb(effects, facts)
	w.resumed = false
}
