package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
)

// TestOutlookIsWhatJudgeSays: what is kept from one look to the next, and judged once for all queues, says of every caller and agent what asking
// each of them anew says, in a busy centre whose agents miss calls, write up, are paused from one queue, and whose document changes.
func TestOutlookIsWhatJudgeSays(t *testing.T) {
	k := newCentre(t, centreWaiting, 0)
	for i := range 3_000 {
		switch i {
		case 500:
			k.s.Step(k.moment(), AgentDeclare{Agent: "a1007", Pause: "lunch"})
		case 1_000: // the queues stay, the agents move up, and one of them leaves
			b := centreBranch()
			b.Revision, b.Agents = "rev2", b.Agents[1:]
			k.effects, k.last = k.s.Step(k.moment(), SiteChanged{Branch: b})
		case 1_500: // paused from one queue by a miss, as a queue with auto-pause would
			a := k.s.agent("a1012")
			a.PausedIn = append(a.PausedIn, agent.QueuePause{Queue: a.Queues[0]})
		}
		k.next()
		if i%40 != 0 {
			continue
		}
		if bad := k.s.Audit(); len(bad) > 0 {
			t.Fatalf("step %d: %v", i, bad)
		}
		asWaiting(t, k.s)
	}
}

// asWaiting compares each waiting caller's outlook with every agent asked anew.
func asWaiting(t *testing.T, s *State) {
	t.Helper()
	s.outlooks = s.outlooks[:0]
	s.derive()
	if len(s.derived.spots) != len(s.waiting) {
		t.Fatalf("%d stand, %d wait", len(s.derived.spots), len(s.waiting))
	}
	for i, p := range s.derived.spots {
		if p.c != s.waiting[i] || p.r.q != s.queueOf(p.c) {
			t.Fatalf("%s stands in %s", s.waiting[i].ID, p.r.q.ID)
		}
		o := s.outlookFor(p.c, p.r)
		var told []fact.Candidate
		fit := 0
		for at, a := range s.agents {
			if !a.Serves(p.r.q.ID) {
				continue
			}
			no := s.judge(a, o.ask)
			told = append(told, fact.Candidate{Agent: a.ID, Fit: no == 0, Reasons: a.Why(nil, no, o.ask, s.clock)})
			if no != 0 {
				continue
			}
			if fit == len(o.fit) || o.fit[fit].Agent != at || o.fit[fit].Rank != s.siteOf(p.c).rank(p.r.q, a.ID, at) || o.fit[fit].Since != a.Since {
				t.Fatalf("%s is fit for %s, seen are %+v", a.ID, p.r.q.ID, o.fit)
			}
			level := 0
			for _, n := range o.ask.Needs {
				level += a.Level(n.Name)
			}
			if o.fit[fit].Level != level {
				t.Fatalf("%s has %d of what %s asks for, seen is %+v", a.ID, level, p.r.q.ID, o.fit[fit])
			}
			fit++
		}
		if got := s.candidates(o); fit != len(o.fit) || !slices.EqualFunc(got, told, func(a, b fact.Candidate) bool {
			return a.Agent == b.Agent && a.Fit == b.Fit && slices.Equal(a.Reasons, b.Reasons)
		}) {
			t.Fatalf("%s: told %+v\nwant %+v", p.r.q.ID, got, told)
		}
	}
}

// TestLampFindsItsCallOfMany: an extension with legs in two calls, the older placed first, shows both in the order of the calls.
func TestLampFindsItsCallOfMany(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "203", "201")
	r := effect[Ring](b)
	b.step(LegAnswered{Leg: r.Leg})
	b.step(LegAnswered{Leg: "i1"})
	b.fromExtension("i2", "202", "203")
	l, _ := b.s.lamp("203", nil)
	if len(l.Dialogs) != 2 || l.Dialogs[0].Leg != "i1" || l.Dialogs[1].Leg == "i1" || l.Dialogs[1].Outgoing {
		t.Fatalf("shows %+v", l.Dialogs)
	}
	if l, _ := b.s.lamp("201", nil); len(l.Dialogs) != 1 || l.Dialogs[0].With != "203" {
		t.Fatalf("shows %+v", l.Dialogs)
	}
}
