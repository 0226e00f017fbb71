package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

// outward is a branch where ana serves two queues, one with a number of its own, and has a number of her own.
func outward(x *Branch) {
	x.Agents[0].Queues = []string{"sales", "rescue"}
	x.Queues[0].Presented, x.Queues[0].RecordOut = "+33140506075", true
	x.Queues[1].Presented = "+33155555555" // no carrier lets us show it
	x.Trunks[0].Allowed = append(x.Trunks[0].Allowed, "+33140506075", "+33140506076")
	x.Agents[0].Custom = "+33140506076"
}

// places lets ana place a call outside, lift, and be connected; it gives what the trunk was asked.
func (b *bench) places(in CallPlace) (mine, out Ring) {
	b.t.Helper()
	in.Request, in.By, in.Agent, in.Number = 1, "agent:ana", "ana", "0612345678"
	if b.s.site.Outside != "" {
		in.Number = b.s.site.Outside + in.Number
	}
	b.step(in)
	mine = effect[Ring](b)
	b.step(LegAnswered{Leg: mine.Leg})
	return mine, effect[Ring](b)
}

// TestNumberShown: FEATURES §1 « Place a call » and « Default displayed number when no group chosen ».
func TestNumberShown(t *testing.T) {
	for _, c := range []struct {
		name    string
		queue   string
		profile Presented
		change  func(*Branch)
		want    Caller
	}{
		{"the queue's", "sales", PresentAnonymous, nil, Caller{Number: "+33140506075"}},
		{"a queue's that no carrier allows", "rescue", PresentExtension, nil, Caller{Number: "+33140506072"}},
		{"the extension's", "", PresentExtension, nil, Caller{Number: "+33140506072"}},
		{"the branch's", "", PresentTrunk, nil, Caller{Number: "+33140506070"}},
		{"direct", "", PresentDirect, nil, Caller{Number: "+33140506072"}},
		{"direct, by the number that leads there", "", PresentDirect, func(x *Branch) { x.Extensions[0].Presented = "" }, Caller{Number: "+33140506072"}},
		{"direct, there is none", "", PresentDirect, func(x *Branch) { x.Extensions[0].Presented, x.Services = "", nil }, Caller{Number: "+33140506070"}},
		{"custom", "", PresentCustom, nil, Caller{Number: "+33140506076"}},
		{"custom, not allowed", "", PresentCustom, func(x *Branch) { x.Agents[0].Custom = "+33199999999" }, Caller{Number: "+33140506072"}},
		{"anonymous", "", PresentAnonymous, nil, Caller{Number: "+33140506072", Withheld: true}},
	} {
		b := newBench(t, outward, func(x *Branch) {
			x.Agents[0].Presented = c.profile
			if c.change != nil {
				c.change(x)
			}
		})
		_, out := b.places(CallPlace{Queue: c.queue})
		if out.Caller != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, out.Caller, c.want)
		}
	}
	b := newBench(t, outward, func(x *Branch) { x.Agents[0].Presented = PresentAnonymous })
	b.fromExtension("i1", "201", "00612345678") // dialled at the phone itself: the same person
	if out := effect[Ring](b); !out.Caller.Withheld {
		t.Errorf("%+v", out)
	}
	b = newBench(t, outward, func(x *Branch) { x.Agents[0].Presented = PresentAnonymous })
	b.fromExtension("i1", "201", "112")
	if out := effect[Ring](b); out.Caller != (Caller{Number: "+33140506079"}) { // help must be able to call back
		t.Errorf("%+v", out)
	}
}

// TestPlacedFromAQueue: its music on hold, its recording, its wrap-up; told with the call.
func TestPlacedFromAQueue(t *testing.T) {
	b := newBench(t, outward)
	mine, out := b.places(CallPlace{Queue: "sales"})
	if f := lastTold[fact.CallPlaced](b); f.Queue != "sales" {
		t.Errorf("%+v", f)
	}
	b.step(LegAnswered{Leg: out.Leg})
	if f := lastTold[fact.RecordingStarted](b); !hasCode(f.Reasons, "queue.record_out") {
		t.Errorf("%+v", f)
	}
	b.step(LegHeld{Leg: mine.Leg, Held: true})
	if h := b.s.order[0].Plan.Legs; h[1].Sound != "music:sales" {
		t.Errorf("%+v", h)
	}
	b.step(LegEnded{Leg: out.Leg, Cause: EndedByPeer})
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Error(got)
	}
	b.wait(5_000)
	if got := b.activity("ana"); got != "available/idle" {
		t.Error(got)
	}
}

// TestWhichQueueACallIsPlacedFrom: one queue is no choice; none but one's own can be chosen.
func TestWhichQueueACallIsPlacedFrom(t *testing.T) {
	b := newBench(t, outward, func(x *Branch) { x.Agents[0].Queues = []string{"sales"} })
	if _, out := b.places(CallPlace{}); out.Caller.Number != "+33140506075" {
		t.Errorf("%+v", out)
	}
	for _, c := range []struct {
		in   CallPlace
		code string
	}{
		{CallPlace{Agent: "ana", Number: "203", Queue: "none"}, "queue.unknown"},
		{CallPlace{Agent: "bob", Number: "00612345678", Queue: "sales"}, ""},
		{CallPlace{Agent: "ana", Number: "00612345678", Queue: "rescue"}, "agent.not_in_queue"},
		{CallPlace{Extension: "203", Number: "202", Queue: "sales"}, "agent.not_in_queue"},
		{CallPlace{Agent: "ana", Number: "112", Queue: "rescue"}, ""}, // nobody who wants help is asked for a queue
	} {
		b := newBench(t, outward, func(x *Branch) { x.Agents[0].Queues = []string{"sales"} })
		c.in.Request = 1
		b.wants(c.in.Number, c.in, c.code)
	}
}

// TestLockedInAPauseMayCall: FEATURES §14 g: outbound calls when the rights allow, and calls for help always.
func TestLockedInAPauseMayCall(t *testing.T) {
	for _, noOutside := range []bool{false, true} {
		b := newBench(t, withSam, func(x *Branch) { x.Agents[0].NoOutside = noOutside })
		b.wants("force", AgentForce{1, "supervisor:sam", "ana", "lunch", ""}, "")
		b.wants("lock", AgentLock{1, "supervisor:sam", "ana", true, ""}, "")
		code := ""
		if noOutside {
			code = "agent.no_outside_right"
		}
		b.wants("outside", CallPlace{Request: 1, Agent: "ana", Number: "00612345678"}, code)
		b.wants("help", CallPlace{Request: 1, Agent: "ana", Number: "15"}, "")
	}
}

// TestNumberOnTransfer: FEATURES §7.1 « number shown on transfer (blank → the original caller's number) », and §9.3: only where the carrier allows it.
func TestNumberOnTransfer(t *testing.T) {
	caller := Caller{Subject: "s1", Number: "+33612345678"}
	for _, c := range []struct {
		name     string
		shows    string
		kind     TransferKind
		want     Caller
		diverted string
	}{
		{"the queue's", "+33140506072", ToOutside, Caller{Number: "+33140506072"}, ""},
		{"the queue's, before a word", "+33140506072", ToOutsideAttended, Caller{Number: "+33140506072"}, ""},
		{"blank: the caller's", "", ToOutside, caller, "+33140506072"},
		{"one that no carrier allows: the caller's", "+33155555555", ToOutside, caller, "+33140506072"},
	} {
		b, _ := talking(t, func(x *Branch) { x.Queues[0].OnTransfer = c.shows })
		b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: c.kind, Target: "0198765432"})
		if r := effect[Ring](b); r.Caller != c.want || r.Diverted.Number != c.diverted {
			t.Errorf("%s: shows %+v, through %q", c.name, r.Caller, r.Diverted.Number)
		}
	}
	// It is of callers who are handed over: a call ana places from the queue shows what the queue shows then.
	b := newBench(t, outward, func(x *Branch) { x.Queues[0].OnTransfer = "+33140506072" })
	if _, out := b.places(CallPlace{Queue: "sales"}); out.Caller.Number != "+33140506075" {
		t.Errorf("%+v", out.Caller)
	}
}
