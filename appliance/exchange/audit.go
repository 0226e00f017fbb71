package exchange

import (
	"fmt"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/transfer"
)

// Audit names every promise of the exchange that does not hold between two steps; it is empty in a sound one. Tests call it after each
// step, and a box may after a fault.
func (s *State) Audit() []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }

	legs := map[plan.LegID]bool{}
	lines, trunks := map[string]int{}, map[string]int{}
	timers := 0
	for _, c := range s.order {
		if s.calls[c.ID] != c {
			say("call %s is in the list but not found by name", c.ID)
		}
		for _, l := range c.Legs {
			legs[l.ID] = true
			if s.legs[l.ID] != c {
				say("leg %s of call %s leads elsewhere", l.ID, c.ID)
			}
			if l.Trunk != "" {
				trunks[l.Trunk]++
			} else {
				lines[l.Extension]++
			}
		}
		for _, t := range c.Timers {
			timers++
			if s.timers[TimerID(t.ID)].Call != c.ID {
				say("timer %d of call %s does not run", t.ID, c.ID)
			}
		}
		if waits := slices.Contains(s.waiting, c); waits != (c.Phase == call.Queued) || waits != (c.Visit.N != 0) {
			say("call %s is %s, in a visit %v, among the waiting %v", c.ID, c.Phase, c.Visit.N != 0, waits)
		}
		for _, o := range c.Out {
			if c.Phase != call.Queued || c.Leg(o.Leg) == nil || o.State == queue.OfferOver {
				say("call %s has an offer out in phase %s", c.ID, c.Phase)
			}
		}
		if (c.Phase == call.Closing || c.Phase == call.Dismissing) != (c.Verdict.Outcome != "") {
			say("call %s is %s with outcome %q", c.ID, c.Phase, c.Verdict.Outcome)
		}
		if c.Phase == call.Closing && len(c.Legs) == 0 {
			say("call %s is over and still there", c.ID)
		}
		for i := range c.Legs {
			if l := &c.Legs[i]; l.Masked && (!c.Talks(l.ID) || !pending(c, call.MaskOver)) {
				say("call %s keeps leg %s from being heard, without a conversation or for ever", c.ID, l.ID)
			}
		}
		auditTimers(c, say)
		s.auditLeftovers(c, say)
		if want := bridgedIn(c); len(c.Bridged) != want {
			say("call %s is %s with %d legs bridged, its transfer %s", c.ID, c.Phase, len(c.Bridged), c.Transfer.State)
		}
		if (c.Phase == call.Transferring) != c.Transfer.Out() {
			say("call %s is %s with a transfer that is %s", c.ID, c.Phase, c.Transfer.State)
		}
		if t := c.Transfer; t.Out() && (c.CallerLeg() == nil || (c.Leg(t.Rung) == nil) != (t.State == transfer.Keeping) || t.State.Alone() != (c.Leg(t.Referrer) == nil)) {
			say("call %s: a transfer that is %s lacks somebody: party %s, rung %s, by %s", c.ID, t.State, c.Party, t.Rung, t.Referrer)
		}
		if c.Phase == call.Lifting && c.Leg(c.Asked) == nil {
			say("call %s waits for a phone that is not rung", c.ID)
		}
		if m := c.Monitor; m != (call.Monitor{}) {
			if l := c.Leg(m.Leg); l == nil || !c.Talks(m.Whom) || c.Talks(m.Leg) || l.Talks() != (m.Since != 0) || pending(c, call.MonitorRing) != (m.Since == 0) {
				say("call %s is %s and %s takes part in it on leg %s", c.ID, c.Phase, m.By, m.Leg)
			}
		}
		for _, id := range c.Bridged {
			if l := c.Leg(id); l == nil || !l.Talks() {
				say("call %s: leg %s is bridged and does not talk", c.ID, id)
			}
		}
		if c.Recording.ID != "" && c.Leg(c.Recording.Leg) == nil {
			say("call %s records leg %s, which is gone", c.ID, c.Recording.Leg)
		}
		if !call.SameHearing(c.Hearing(), c.Plan.Legs) {
			say("call %s: the plan that was said is not what it should hear", c.ID)
		}
	}
	if len(s.calls) != len(s.order) || len(s.legs) != len(legs) {
		say("%d calls by name, %d in the list; %d legs by name, %d in calls", len(s.calls), len(s.order), len(s.legs), len(legs))
	}
	for x, n := range lines {
		if s.lines[x] != n {
			say("extension %s carries %d legs, counted %d", x, n, s.lines[x])
		}
	}
	for x, n := range trunks {
		if s.trunks[x] != n {
			say("trunk %s carries %d legs, counted %d", x, n, s.trunks[x])
		}
	}
	if len(s.lines) != len(lines) || len(s.trunks) != len(trunks) {
		say("lines counted that carry nothing")
	}
	if !slices.IsSortedFunc(s.waiting, byWaiting) {
		say("the waiting callers are not in order")
	}
	s.auditParking(say)
	bad = append(bad, s.auditAgents(&timers)...)
	if s.check != 0 {
		timers++
	}
	if s.canvass != 0 {
		timers++
	}
	s.auditCampaigns(say)
	for _, k := range s.callbacks {
		for _, id := range []TimerID{k.Due, k.Until} {
			if id != 0 {
				timers++
			}
		}
		if (k.Due == 0) != (s.calls[k.Call] != nil) {
			say("callback %s is due by timer %d with call %q", k.ID, k.Due, k.Call)
		}
	}
	if timers != len(s.timers) {
		say("%d timers run, %d belong to something", len(s.timers), timers)
	}
	slices.Sort(bad)
	return bad
}

// bridgedIn is how many legs of a call talk with each other in what it does.
func bridgedIn(c *call.Call) int {
	switch {
	case c.Phase == call.Talking, c.Transfer.State == transfer.Consulting:
		return 2
	case c.Transfer.State == transfer.Conferring:
		return 3
	default:
		return 0
	}
}

func (s *State) auditAgents(timers *int) []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	seats := map[string]string{}
	for _, a := range s.agents {
		switch a.Activity {
		case agent.Idle, agent.WrapUp:
			if a.Call != "" || a.Leg != "" {
				say("agent %s is %s and tied to call %s", a.ID, a.Activity, a.Call)
			}
		default:
			c := s.calls[a.Call]
			if c == nil || c.Leg(a.Leg) == nil {
				say("agent %s is %s without a live leg", a.ID, a.Activity)
			}
			if s.check == 0 {
				say("agent %s is %s and nobody looks after it", a.ID, a.Activity)
			}
		}
		if a.WrapUp != 0 {
			*timers++
		}
		if (a.WrapUp != 0) != (a.Activity == agent.WrapUp) {
			say("agent %s is %s with wrap-up timer %d", a.ID, a.Activity, a.WrapUp)
		}
		*timers += len(a.CoolDowns)
		for _, id := range []uint64{a.Grace, a.Off} {
			if id != 0 {
				*timers++
			}
		}
		bad = append(bad, a.Audit()...)
		s.auditLine(a, say)
		if a.Session == agent.LoggedIn && a.Extension != "" {
			if o := seats[a.Extension]; o != "" {
				say("agents %s and %s sit at extension %s", o, a.ID, a.Extension)
			}
			seats[a.Extension] = a.ID
		}
	}
	for _, c := range s.waiting {
		if q := s.queueOf(c); leavesWhenEmpty(c) && !s.pulled(c) && s.deserted(q, q.LeaveEmpty) {
			say("call %s waits in %s, where nobody is", c.ID, q.ID)
		}
		if bad := s.servable(c); bad != "" {
			say("call %s waits in %s while agent %s is free", c.ID, c.Visit.Queue, bad)
		}
	}
	return bad
}

// servable names an agent to whom a waiting caller could be presented and is not; empty: nobody. In a queue that rings everybody that holds of
// everybody up to ten. What ends by the clock (a cool-down, a skill asked for) ends with its timer, which fires in this same millisecond.
func (s *State) servable(c *call.Call) string {
	if !s.wantsOffer(c, c.Offering()) {
		return ""
	}
	q := s.queueOf(c)
	needs, _, _ := askedLevels(q, c, s.clock, nil)
	for _, t := range c.Timers {
		if (t.For == call.NeedsRelax || t.For == call.RequiredOver) && s.timers[TimerID(t.ID)].At <= s.clock {
			return ""
		}
	}
	if a := s.required(c); a != nil {
		if s.judge(a, agent.Ask{Queue: q.ID, Named: true}) == 0 && a.CoolDown(q.ID) == nil {
			return a.ID
		}
		return ""
	}
	for _, a := range s.agents {
		if s.judge(a, agent.Ask{Queue: q.ID, Needs: needs}) == 0 && a.CoolDown(q.ID) == nil {
			return a.ID
		}
	}
	return ""
}

// Idle reports whether nothing at all is going on: no call, leg, timer, reservation or recording.
func (s *State) Idle() bool {
	return len(s.order) == 0 && len(s.legs) == 0 && len(s.timers) == 0 && len(s.tapes) == 0 && len(s.waiting) == 0 && len(s.callbacks) == 0 && s.canvass == 0 &&
		!slices.ContainsFunc(s.agents, func(a *agent.Agent) bool { return a.Activity != agent.Idle || a.Lease != 0 })
}
