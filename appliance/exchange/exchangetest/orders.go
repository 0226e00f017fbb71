package exchangetest

import (
	"fmt"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// orders is how many commands order draws from.
const orders = 31

// order lets a person ask for any of the commands there are, about somebody it may be asked of, or about nobody.
func (w *World) order() {
	d := w.Dice
	if d.N(orders) == 0 {
		w.Step(exchange.AgentToolbar{Agent: w.somebody(), Up: d.Percent(60)})
		return
	}
	w.requests++
	in := w.drawn(exchange.RequestID(w.requests), d.N(orders-1))
	w.Step(in)
	if n := w.replies[exchange.RequestID(w.requests)]; n != 1 {
		w.bad("%T has %d answers", in, n)
	}
}

// somebody is an agent, mostly one who is on the telephone.
func (w *World) somebody() string {
	for _, a := range w.S.Agents() {
		if a.Activity != "idle" && w.Dice.Percent(50) {
			return a.ID
		}
	}
	return fmt.Sprintf("a%d", w.Dice.In(1, 6))
}

// someCall is a call that is going on, or none.
func (w *World) someCall() plan.CallID {
	if all := w.S.Calls(); len(all) > 0 && !w.Dice.Percent(5) {
		return all[w.Dice.N(len(all))].ID
	}
	return "1-999999"
}

func (w *World) drawn(r exchange.RequestID, which int) exchange.Input {
	d := w.Dice
	who, call := w.somebody(), w.someCall()
	boss := Of(d, "v1", "v1", "v2", "v9")
	agent, by := "agent:"+who, Of(d, "supervisor:"+boss, "supervisor:"+boss, "console", "agent:"+who)
	queue := Of(d, "q1", "q2", "q3", "q9")
	switch which {
	case 0:
		return exchange.AgentForce{Request: r, By: by, Agent: who, Pause: Of(d, "", "lunch", "coaching"), Note: Of(d, "", "come")}
	case 1:
		return exchange.AgentLock{Request: r, By: by, Agent: who, On: d.Percent(50), Note: Of(d, "", "until noon")}
	case 2:
		return exchange.AgentMessage{Request: r, By: by, Agent: who, Text: Of(d, "", "bonjour")}
	case 3:
		return exchange.ExtensionSet{
			Request: r, By: by, Extension: w.extension(), DND: d.Percent(15), Forward: Of(d, "", "", w.extension(), w.typed()), Subject: "s3",
			When: Of(d, exchange.ForwardAlways, exchange.ForwardBusy, exchange.ForwardNoAnswer, exchange.ForwardUnreachable, ""),
		}
	case 4:
		return exchange.CallHold{Request: r, By: agent, Agent: who, On: d.Percent(60)}
	case 5, 6:
		return exchange.CallTransfer{
			Request: r, By: agent, Agent: who, Target: Of(d, w.typed(), w.extension(), w.somebody(), "s1", "nowhere"), Callee: "s3",
			Kind: Of(
				d, exchange.ToOutside, exchange.ToOutsideAttended, exchange.ToExtension, exchange.ToAgent, exchange.ToAgentAttended,
				exchange.ToSection, exchange.ToContact, exchange.ToContactAttended, "sideways",
			),
		}
	case 7, 8:
		return exchange.CallTransferDo{Request: r, By: agent, Agent: who, Deed: Of(d, exchange.TransferComplete, exchange.TransferTakeBack, exchange.TransferConfer, "")}
	case 9:
		return exchange.CallDigits{Request: r, By: agent, Agent: who, Digits: Of(d, "1", "12#", "", "x")}
	case 10:
		return exchange.CallPark{Request: r, By: agent, Agent: who, Slot: Of(d, "", "", "701", "999")}
	case 11:
		in := exchange.CallPickUp{Request: r, By: agent, Agent: who, Call: call}
		if d.Percent(50) {
			in.Agent, in.Extension = "", w.extension()
		}
		if d.Percent(60) {
			in.Call, in.Ringing, in.Slot = "", Of(d, w.extension(), ""), Of(d, "", "701")
		}
		return in
	case 12:
		return exchange.CallRecordPause{Request: r, By: agent, Call: call, Paused: d.Percent(60)}
	case 13:
		return exchange.CallRecordKeep{Request: r, By: agent, Call: call, Keep: d.Percent(50)}
	case 14:
		return exchange.Supervise{
			Request: r, By: by, Supervisor: boss, Extension: Of(d, "", w.extension()), Agent: who,
			Mode: Of(d, exchange.SuperviseListen, exchange.SuperviseWhisper, exchange.SuperviseBarge, exchange.SuperviseStop),
		}
	case 15:
		return exchange.CallTakeOver{Request: r, By: by, Supervisor: boss, Extension: Of(d, "", w.extension()), Agent: who}
	case 16:
		in := exchange.CallPull{Request: r, By: by, Call: call, Agent: who}
		if d.Percent(40) {
			in.Agent, in.Extension = "", w.extension()
		}
		return in
	case 17:
		return exchange.CallMove{Request: r, By: by, Call: call, Queue: Of(d, "", queue), First: d.Percent(50)}
	case 18:
		return exchange.CallbackAsk{
			Request: r, By: by, Queue: queue, Number: w.typed(), Subject: "s3", Source: Of(d, "web", "command"), AfterMS: Of(d, int64(0), 5_000),
		}
	case 19, 20, 21, 22, 23, 24, 25, 26, 27, 28:
		return w.canvassing(r, which)
	default:
		if d.Percent(50) {
			return exchange.NightLock{Request: r, By: by, On: d.Percent(30)}
		}
		return exchange.CallbackCancel{Request: r, By: by, Callback: Of(d, "k1", "k1-000001", "k9")}
	}
}
