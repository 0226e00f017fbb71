package sim

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/site"
)

// What agents do within their calls in the toolbar, and supervisors within the calls of others.

// control is something that an agent or a phone asks of the box within a call. done says that it was one.
func (w *World) control(who, what string) (done bool) {
	agent := ""
	by := "console"
	if slices.ContainsFunc(w.set.Site.Agents, func(a site.Agent) bool { return a.ID == who }) {
		agent, by = who, "agent:"+who
	}
	p := w.phone(who)
	if p == nil {
		return false
	}
	verb, rest, _ := strings.Cut(what, " ")
	record := func(in exchange.CallRecord) bool {
		in.By, in.Call = by, w.callOf(agent)
		w.box.tell(in)
		return true
	}
	switch {
	case what == "holds in the toolbar", what == "resumes in the toolbar":
		w.box.tell(exchange.CallHold{By: by, Agent: agent, On: verb == "holds"})
	case verb == "sends" && agent != "":
		w.box.tell(exchange.CallDigits{By: by, Agent: agent, Digits: rest})
	case what == "parks", strings.HasPrefix(what, "parks at "):
		w.box.tell(exchange.CallPark{By: by, Agent: agent, Slot: strings.TrimPrefix(strings.TrimPrefix(what, "parks"), " at ")})
	case verb == "fetches":
		in := exchange.CallPickUp{By: by, Agent: agent}
		if agent == "" {
			in.Extension = p.user
		}
		if slot, parked := strings.CutPrefix(rest, "from "); parked {
			in.Slot = slot
		} else {
			in.Ringing = w.phone(rest).user
		}
		w.box.tell(in)
	case what == "starts recording", what == "stops recording":
		return record(exchange.CallRecord{On: verb == "starts"})
	case what == "pauses the recording", what == "lets the recording go on":
		w.box.tell(exchange.CallRecordPause{By: by, Call: w.callOf(agent), Paused: verb == "pauses"})
	case what == "hides the keys", what == "shows the keys":
		w.box.tell(exchange.CallMask{By: by, Call: w.callOf(agent), On: verb == "hides"})
	case what == "keeps the recording", what == "discards the recording":
		w.box.tell(exchange.CallRecordKeep{By: by, Call: w.callOf(agent), Keep: verb == "keeps"})
	case what == "wants no calls", what == "wants calls":
		w.box.tell(exchange.ExtensionSet{By: by, Extension: p.user, DND: what == "wants no calls"})
	case verb == "forwards":
		when, to, _ := strings.Cut(rest, " to ")
		rules := map[string]exchange.ForwardWhen{
			"always": exchange.ForwardAlways, "when busy": exchange.ForwardBusy, "unanswered": exchange.ForwardNoAnswer, "when away": exchange.ForwardUnreachable,
		}
		w.box.tell(exchange.ExtensionSet{By: by, Extension: p.user, Forward: strings.ReplaceAll(to, " ", ""), When: rules[when]})
	default:
		return false
	}
	return true
}

// oversee is what a supervisor does within the calls of others: "sam listens to ana", "sam takes over ana", "sam moves caller to bleu". done says
// that it was one.
func (w *World) oversee(who, what string) (done bool) {
	by := "supervisor:" + who
	what, at, _ := strings.Cut(what, " at ")
	if p := w.phone(at); p != nil {
		at = p.user
	}
	watch := func(ana string, m exchange.SuperviseMode) bool {
		w.box.tell(exchange.Supervise{By: by, Supervisor: who, Extension: at, Agent: ana, Mode: m})
		return true
	}
	verb, rest, _ := strings.Cut(what, " ")
	last := rest[strings.LastIndex(rest, " ")+1:]
	switch {
	case strings.HasPrefix(what, "listens to "):
		return watch(last, exchange.SuperviseListen)
	case strings.HasPrefix(what, "whispers to "):
		return watch(last, exchange.SuperviseWhisper)
	case strings.HasPrefix(what, "joins "):
		return watch(last, exchange.SuperviseBarge)
	case strings.HasPrefix(what, "leaves "):
		return watch(last, exchange.SuperviseStop)
	case strings.HasPrefix(what, "takes over "):
		w.box.tell(exchange.CallTakeOver{By: by, Supervisor: who, Extension: at, Agent: last})
	case verb == "pulls":
		caller, ana, _ := strings.Cut(rest, " for ")
		w.box.tell(exchange.CallPull{By: by, Call: w.callOf(caller), Agent: ana, Extension: at})
	case verb == "moves":
		caller, queue, _ := strings.Cut(rest, " to ")
		queue, first := strings.CutSuffix(queue, " first")
		w.box.tell(exchange.CallMove{By: by, Call: w.callOf(caller), Queue: queue, First: first})
	case verb == "puts" && strings.HasSuffix(rest, " first"):
		w.box.tell(exchange.CallMove{By: by, Call: w.callOf(strings.TrimSuffix(rest, " first")), First: true})
	default:
		return false
	}
	return true
}

// callOf is the call somebody is in, as the exchange names it.
func (w *World) callOf(who string) (id plan.CallID) {
	leg := plan.LegID("")
	if d := w.dialog(who); d != nil {
		d.p.mu.Lock()
		leg = plan.LegID(d.leg)
		d.p.mu.Unlock()
	}
	w.box.ask(func(s *exchange.State) {
		for _, c := range s.Calls() {
			if slices.ContainsFunc(c.Legs, func(l exchange.LegView) bool { return l.ID == leg }) {
				id = c.ID
			}
		}
	})
	return id
}

// controlled is what the facts half of a story says of these.
func controlled(f fact.Fact) (call, line string) {
	switch f := f.(type) {
	case fact.SupervisionStarted:
		told := "in silence"
		if f.Announced {
			told = "announced"
		}
		return f.Call, fmt.Sprintf("listened  %s to %s: %s, %s", f.By, f.Agent, f.Mode, told)
	case fact.SupervisionChanged:
		return f.Call, fmt.Sprintf("listened  %s to %s: %s", f.By, f.Agent, f.Mode)
	case fact.SupervisionEnded:
		return f.Call, fmt.Sprintf("listened  %s to %s for %s: %s", f.By, f.Agent, seconds(f.LastedMS), f.Cause)
	case fact.CommandTaken:
		return f.Call, strings.TrimSpace(fmt.Sprintf("done      %s by %s: %s", f.Command, f.By, strings.TrimSpace(f.Agent+" "+f.Detail)))
	case fact.CallParked:
		return f.Call, fmt.Sprintf("parked    at %s by %s", f.Slot, f.By)
	case fact.CallUnparked:
		return f.Call, fmt.Sprintf("unparked  from %s by %s", f.Slot, f.By)
	case fact.DigitsSent:
		return f.Call, fmt.Sprintf("keys      %d sent by %s", f.Count, f.By)
	case fact.RecordingStarted:
		if f.Box != "" { // a message, which has a line of its own
			return "", ""
		}
		return f.Call, "recorded  because " + f.Reasons[0].Code
	case fact.RecordingPaused:
		if f.Paused {
			return f.Call, "recorded  paused: " + f.Why
		}
		return f.Call, "recorded  on after: " + f.Why
	case fact.RecordingKept:
		if f.Keep {
			return f.Call, "recorded  to keep, by " + f.By
		}
		return f.Call, "recorded  to discard, by " + f.By
	case fact.RecordingEnded:
		return f.Call, "recorded  " + seconds(f.SoundMS)
	default:
		return "", ""
	}
}

// received reports whether these keys, and no others, were sent to somebody.
func (w *World) received(who, keys string) (bool, string, error) {
	d := w.dialog(who)
	if d == nil {
		return false, who + " has no call", nil
	}
	got := d.mic.keys()
	return got == keys, fmt.Sprintf("%s received keys %q", who, got), nil
}
