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
