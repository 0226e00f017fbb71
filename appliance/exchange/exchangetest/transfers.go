package exchangetest

import (
	"fmt"
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// joined books who begin to talk with each other: two, or three in a conference, each once and each there.
func (l *Ledger) joined(f fact.BridgeJoined) {
	a := l.open(f.Call, f)
	if a.bridge || len(f.Legs) < 2 || len(f.Legs) > 3 {
		l.say("call %s: bridge %v joined twice, or not of two or three", f.Call, f.Legs)
	}
	for i, leg := range f.Legs {
		if !a.legs[leg] || slices.Contains(f.Legs[:i], leg) {
			l.say("call %s: bridge %v of somebody who is not there, or twice", f.Call, f.Legs)
		}
	}
	if len(f.Legs) == 3 {
		l.Transfers["conference"]++
	}
	a.bridge = true
}

// handsOver lets an agent hand a party over in the toolbar, or go on with that, sensible or not.
func (w *World) handsOver() {
	d := w.Dice
	who, busy := fmt.Sprintf("a%d", d.In(1, 6)), false
	for _, a := range w.S.Agents() {
		if slices.Contains([]string{"talking", "holding", "consulting", "transferring", "conferencing"}, a.Activity) && d.Percent(60) {
			who, busy = a.ID, a.Activity == "consulting" || a.Activity == "transferring" || a.Activity == "conferencing"
		}
	}
	w.requests++
	r, by := exchange.RequestID(w.requests), "agent:"+who
	switch p := d.N(100); {
	case busy && p < 12 || p < 3: // the toolbar's hang-up, in a call of their own or of others
		if all := w.S.Calls(); len(all) > 0 {
			in := exchange.CallHangUp{Request: r, By: by, Call: all[d.N(len(all))].ID}
			for _, a := range w.S.Agents() {
				if a.ID == who && a.Call != "" {
					in.Call = a.Call
				}
			}
			w.Step(in)
		}
	case busy && p < 80 || p < 10:
		w.Step(exchange.CallTransferDo{
			Request: r, By: by, Agent: who,
			Deed: Of(d, exchange.TransferComplete, exchange.TransferConfer, exchange.TransferConfer, exchange.TransferTakeBack, "dance"),
		})
	default:
		in := exchange.CallTransfer{
			Request: r, By: by, Agent: who, Callee: "s4", Kind: Of(
				d, exchange.ToOutside, exchange.ToOutsideAttended, exchange.ToExtension, exchange.ToExtension, exchange.ToAgent, exchange.ToAgentAttended,
				exchange.ToAgentAttended, exchange.ToSection, exchange.ToContact, exchange.ToContactAttended, "thrown",
			),
		}
		switch in.Kind {
		case exchange.ToAgent, exchange.ToAgentAttended:
			in.Target = fmt.Sprintf("a%d", d.In(1, 6))
		case exchange.ToSection:
			in.Target = Of(d, "s1", "s2", "s3", "s9")
		case exchange.ToExtension:
			in.Target = Of(d, w.extension(), w.extension(), w.typed())
		default:
			in.Target = Of(d, "0687654321", "00687654321", "+41 22 345 67 89", w.typed())
		}
		w.Step(in)
		defer w.goesOn(who, len(w.legs))
	}
	if n := w.replies[r]; n > 1 || n == 0 && w.answerable(r) {
		w.bad("request %d has %d answers", r, n)
	}
}

// goesOn lets the target of a transfer that was just asked for lift, and the agent do something about it: by chance alone it is rare.
func (w *World) goesOn(who string, legs int) {
	d := w.Dice
	if legs == 0 || d.Percent(50) {
		return
	}
	if l := w.legs[legs-1]; l.state == calling && !l.vanish {
		l.state = up
		w.Step(exchange.LegAnswered{Leg: l.id})
		w.Step(exchange.CallTransferDo{By: "agent:" + who, Agent: who, Deed: Of(d, exchange.TransferComplete, exchange.TransferConfer, exchange.TransferConfer)})
	}
}

// answerable reports whether a request was made at all: of the last step.
func (w *World) answerable(r exchange.RequestID) bool {
	switch in := w.Log[len(w.Log)-1].Input.(type) {
	case exchange.CallHangUp:
		return in.Request == r
	case exchange.CallTransfer:
		return in.Request == r
	case exchange.CallTransferDo:
		return in.Request == r
	default:
		return false
	}
}
