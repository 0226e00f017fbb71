package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
)

// auditLeftovers names what is still noted of something in a call that is over, and what is going on and is not noted.
func (s *State) auditLeftovers(c *call.Call, say func(string, ...any)) {
	rings := slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.Rings() && l.ID != c.Monitor.Leg })
	if rings != (c.RingFrom != 0) {
		say("call %s rings %v, counted since %d", c.ID, rings, c.RingFrom)
	}
	if c.HeldFrom != 0 && len(c.Bridged) == 0 {
		say("call %s is on hold since %d and nobody talks in it", c.ID, c.HeldFrom)
	}
	for i := range c.Legs {
		if l := &c.Legs[i]; l.Holds && !c.Talks(l.ID) && !c.Transfer.Out() {
			say("call %s: leg %s holds somebody and is in no conversation", c.ID, l.ID)
		}
	}
	if (c.Token != 0) != (len(c.Saying) > 0) {
		say("call %s hears %v by token %d", c.ID, c.Saying, c.Token)
	}
	if c.Was.Kind != "" && !c.Transfer.Out() && c.Verdict.Outcome == "" {
		say("call %s is %s and remembers where it was before a transfer", c.ID, c.Phase)
	}
	if c.Recording.ID != "" && !slices.Contains(s.tapes, tape{ID: c.Recording.ID, Call: c.ID}) {
		say("call %s records %s, whose end nobody waits for", c.ID, c.Recording.ID)
	}
	if c.Revision != s.site.Revision && !slices.ContainsFunc(s.sites, func(x *site) bool { return x.Revision == c.Revision }) {
		say("call %s lives by the branch %s, which was forgotten", c.ID, c.Revision)
	}
}

// auditLine names what an agent's line is said to be and is not.
func (s *State) auditLine(a *agent.Agent, say func(string, ...any)) {
	if want := s.lineOf(a.Extension, a.Off != 0); a.Extension != "" && a.Session == agent.LoggedIn && a.Line != want && a.Line != agent.Unregistered { // as a call to it found
		say("agent %s has a line that is %s and is told to be %s", a.ID, want, a.Line)
	}
	if leased := a.Activity == agent.Reserved || a.Activity == agent.Ringing; leased != (a.Lease != 0) {
		say("agent %s is %s with a lease until %d", a.ID, a.Activity, a.Lease)
	}
}
