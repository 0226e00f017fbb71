package exchange

import (
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/routing"
)

// Hot-desking: an agent logs in on any phone by dialling what the branch chose for it and their code ("*11" and "4711"), and out by another. The box
// answers, says how it went, and hangs up. What is dialled so begins with * or #: it is nobody's number and never one for help, which is looked for
// first. A code is in no fact and no view, and a wrong one costs time (R17).

// sayLoggedIn is heard by who logged in or out.
const sayLoggedIn = plan.ToneRecord

// Wrong codes from one phone: the first two may be slips, then each costs twice as much time as the one before.
const (
	freeTries   = 2
	firstDelay  = 10_000  // ms
	longDelay   = 600_000 // at most
	forgetTries = 3_600_000
	maxTried    = 256 // phones that are remembered; the one that began longest ago is forgotten
)

// tries are the wrong codes of one phone.
type tries struct {
	Extension string `json:"extension"`
	Failed    int    `json:"failed"`
	Last      int64  `json:"last"`  // ms since boot
	Until     int64  `json:"until"` // no code is looked at before
}

// deskDialled reads what a phone dials to log somebody in or out. prefix is what may be told of it.
func deskDialled(x *site, dialled string) (prefix, code string, in, ok bool) {
	s, err := number.Clean(dialled)
	if err != nil {
		return "", "", false, false
	}
	for _, p := range []string{x.Desk.LogIn, x.Desk.LogOut} {
		if p == "" || strings.IndexAny(p, "*#") != 0 {
			continue // unchecked, it might be somebody's number
		}
		rest, found := strings.CutPrefix(s, p)
		if in = p == x.Desk.LogIn; found && (in || rest == "") {
			return p, rest, in, true
		}
	}
	return "", "", false, false
}

// atDesk serves a phone that logs somebody in or out. It reports false when something else was dialled.
func (s *State) atDesk(in LegOffered, d routing.Decision) bool {
	if in.Origin.Kind != FromExtension || d.To != routing.ToRefused {
		return false
	}
	prefix, code, comes, ok := deskDialled(s.site, in.Dialled)
	if !ok {
		return false
	}
	in.Dialled, in.Callee = prefix, ""
	c := s.open(in, routing.Decision{To: routing.ToDesk, Number: prefix})
	s.tell(fact.CallRouted{Call: string(c.ID), To: string(routing.ToDesk), Target: prefix, Reasons: []fact.Reason{{Code: "number.desk", Detail: prefix}}})
	where := in.Origin.Name
	var why []fact.Reason
	what := "agent.log_out"
	if comes {
		what, why = "agent.log_in", s.deskIn(where, code)
	} else {
		why = s.deskOut(where)
	}
	c.Target.Welcome = sayLoggedIn
	if why != nil {
		c.Target.Welcome = sayInvalid
		s.tell(fact.CommandRefused{Command: what, By: "extension:" + where, Call: string(c.ID), Reasons: why})
	}
	c.Phase = call.Accepting
	s.answer(c)
	s.replan(c)
	return true
}

// atDeskAnswered tells who dialled how it went.
func (s *State) atDeskAnswered(c *call.Call) {
	v := call.Verdict{Outcome: fact.CallSelfServed, HungUpBy: "box", Reasons: []fact.Reason{{Code: "desk.done"}}}
	if c.Target.Welcome == sayInvalid {
		v = call.Verdict{Outcome: fact.CallFailed, Cause: string(RefusedForbidden), HungUpBy: "box", Reasons: []fact.Reason{{Code: "desk.refused"}}}
	}
	s.dismiss(c, v, c.Target.Welcome)
}

// deskIn logs the owner of a code in at a phone, or says why not. Who stands at a phone takes it: a colleague who forgot to log out there, and has
// no call, is logged out.
func (s *State) deskIn(where, code string) []fact.Reason {
	if wait := s.delayed(where); wait > 0 {
		return []fact.Reason{{Code: "code.too_many_tries", Detail: strconv.FormatInt((wait+999)/1000, 10) + " s"}}
	}
	i := slices.IndexFunc(s.site.Agents, func(d Agent) bool { return d.Code != "" && d.Code == code })
	if i < 0 {
		return []fact.Reason{{Code: "code.wrong", Detail: strconv.Itoa(s.wrongCode(where)) + " from " + where}}
	}
	s.tried = slices.DeleteFunc(slices.Clone(s.tried), func(t tries) bool { return t.Extension == where })
	a, why := s.atWork(s.site.Agents[i].ID)
	o := s.agentAt(where)
	switch {
	case why != nil:
		return why
	case o == a:
		return nil // they sit here
	case o != nil && o.Activity.Busy():
		return []fact.Reason{{Code: "extension.taken", Detail: where + " by " + o.ID}}
	case o != nil:
		s.leavesDesk(o, fact.Reason{Code: "agent.displaced", Detail: a.ID})
	}
	s.sit(a, where, agent.Status{Declared: agent.Available}, "extension:"+where) // a phone has no toolbar in which to pick a status
	return nil
}

// deskOut logs out who sits at a phone, or says why not.
func (s *State) deskOut(where string) []fact.Reason {
	a := s.agentAt(where)
	if a == nil {
		return []fact.Reason{{Code: "agent.nobody_here", Detail: where}}
	}
	s.leavesDesk(a, fact.Reason{Code: "agent.logged_out", Detail: "extension:" + where})
	return nil
}

// delayed is how long no code of a phone is looked at, in ms.
func (s *State) delayed(where string) int64 {
	for _, t := range s.tried {
		if t.Extension == where {
			return max(0, t.Until-s.clock)
		}
	}
	return 0
}

// wrongCode counts a wrong code of a phone, and gives how many there were.
func (s *State) wrongCode(where string) int {
	t := tries{Extension: where}
	list := slices.DeleteFunc(slices.Clone(s.tried), func(o tries) bool {
		if o.Extension == where && s.clock-o.Last <= forgetTries {
			t = o
		}
		return o.Extension == where || s.clock-o.Last > forgetTries
	})
	t.Failed++
	t.Last, t.Until = s.clock, s.clock
	if over := t.Failed - freeTries; over > 0 {
		t.Until += min(longDelay, int64(firstDelay)<<min(over-1, 10))
	}
	if len(list) >= maxTried {
		list = list[1:]
	}
	s.tried = append(list, t)
	return t.Failed
}
