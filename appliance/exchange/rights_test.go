package exchange

import "testing"

// supervised is the usual branch with supervisors: sam manages the sales and may do everything, lea manages the rescue queue and only listens.
func supervised(b *Branch) {
	b.Supervisors = []Supervisor{
		{ID: "sam", Name: "Sam", Extension: "203", Queues: []string{"sales"}, Rights: []Right{MayListen, MayWhisper, MayBarge, MayForce, MayMove}},
		{ID: "lea", Name: "Léa", Extension: "202", Queues: []string{"rescue"}, Rights: []Right{MayListen}},
	}
}

// TestRightAndQueueAreBothNeeded (FEATURES §6: « right + team hierarchy both needed »).
func TestRightAndQueueAreBothNeeded(t *testing.T) {
	b := newBench(t, supervised)
	cases := []struct {
		by         string
		right      Right
		who, queue string
		want       string // the only reason; empty: they may
	}{
		{"console", MayMove, "ana", "sales", ""},
		{"cloud", MayForce, "ana", "", ""},
		{"agent:ana", MayForce, "ana", "", "rights.no_supervisor"},
		{"supervisor:max", MayForce, "ana", "", "supervisor.unknown"},
		{"supervisor:sam", MayForce, "ana", "", ""},
		{"supervisor:sam", MayMove, "", "sales", ""},
		{"supervisor:sam", MayMove, "", "rescue", "rights.other_queue"},
		{"supervisor:sam", MayForce, "zoe", "", "agent.unknown"},
		{"supervisor:lea", MayListen, "ana", "", "rights.other_agent"},
		{"supervisor:lea", MayListen, "bob", "rescue", ""},
		{"supervisor:lea", MayListen, "bob", "sales", "rights.other_queue"},
		{"supervisor:lea", MayForce, "bob", "", "rights.missing"},
	}
	for _, c := range cases {
		why := b.s.mayAct(c.by, c.right, c.who, c.queue)
		if c.want == "" && why != nil || c.want != "" && (len(why) != 1 || why[0].Code != c.want) {
			t.Errorf("%s, %s on %q in %q: %v, want %q", c.by, c.right, c.who, c.queue, why, c.want)
		}
	}
}

// TestNobodyActsForAnotherAgent: what an agent asks for is for themselves.
func TestNobodyActsForAnotherAgent(t *testing.T) {
	for _, in := range []command{
		CallHold{Request: 1, By: "agent:bob", Agent: "ana", On: true},
		CallTransfer{Request: 1, By: "agent:bob", Agent: "ana", Kind: ToExtension, Target: "203"},
		CallDigits{Request: 1, By: "agent:bob", Agent: "ana", Digits: "1"},
		CallPark{Request: 1, By: "agent:bob", Agent: "ana"},
		CallHangUp{Request: 1, By: "agent:bob", Call: "3-000001"},
		CallPlace{Request: 1, By: "agent:bob", Agent: "ana", Number: "203"},
		CallPlace{Request: 1, By: "agent:bob", Extension: "203", Number: "201"},
		CallPickUp{Request: 1, By: "agent:bob", Agent: "ana", Ringing: "203"},
		AgentLogIn{Request: 1, By: "agent:bob", Agent: "ana", Extension: "203"},
		CallHold{Request: 1, By: "supervisor:sam", Agent: "ana", On: true},
		CallHangUp{Request: 1, By: "supervisor:sam", Call: "3-000001"},
	} {
		b, _ := talking(t, func(x *Branch) {
			x.Parking = Parking{First: "701", Slots: 2}
			x.Supervisors = []Supervisor{{ID: "sam", Queues: []string{"rescue"}, Rights: []Right{MayListen, MayMove, MayForce}}}
		})
		b.step(in)
		r := effect[Reply](b)
		if len(r.Refused) == 0 {
			t.Errorf("%T%+v was done", in, in)
			continue
		}
		switch code := r.Refused[0].Code; code {
		case "rights.other_agent", "call.not_theirs", "extension.not_theirs", "rights.other_queue", "rights.no_supervisor":
		default:
			t.Errorf("%T%+v was refused as %s", in, in, code)
		}
	}
}

// TestAgentsDoNotStopListening: nobody but the supervisor ends it.
func TestAgentsDoNotStopListening(t *testing.T) {
	b, _ := talking(t, func(x *Branch) {
		x.Supervisors = []Supervisor{{ID: "sam", Extension: "203", Queues: []string{"sales"}, Rights: []Right{MayListen}}}
	})
	b.step(Supervise{Request: 1, By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen})
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.step(Supervise{Request: 2, By: "agent:ana", Supervisor: "sam", Agent: "ana", Mode: SuperviseStop})
	if r := effect[Reply](b); len(r.Refused) == 0 {
		t.Fatal("an agent ended the listening")
	}
}

// TestRecordingWhatIsNobodys: a supervisor's right to listen is over their own agents, also where a call is of no queue.
func TestRecordingWhatIsNobodys(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Supervisors = []Supervisor{{ID: "sam", Queues: []string{"rescue"}, Rights: []Right{MayListen}}, {ID: "lea", Queues: []string{"sales"}, Rights: []Right{MayListen}}}
	})
	b.fromExtension("e1", "201", "00612345678") // ana, of sales alone
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	id := b.s.Calls()[0].ID
	b.step(CallRecord{Request: 1, By: "supervisor:sam", Call: id, On: true})
	if r := effect[Reply](b); len(r.Refused) == 0 {
		t.Error("sam, who does not manage ana, records her call")
	}
	b.step(CallRecord{Request: 2, By: "supervisor:lea", Call: id, On: true}) // who does
	if r := effect[Reply](b); len(r.Refused) != 0 {
		t.Errorf("%+v", r)
	}
}
