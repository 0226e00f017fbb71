// Package agent is an agent's day: logged in or not, available or in a pause, busy on the telephone or not, and whether a call may be offered.
package agent

import (
	"slices"
	"strconv"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Session is whether an agent is at work.
type Session string

// The sessions.
const (
	LoggedOut Session = "logged_out"
	LoggedIn  Session = "logged_in"
	Leaving   Session = "leaving" // no longer in the site document; goes when the call is over
)

// Declared is what an agent says of themselves.
type Declared string

// The declarations.
const (
	Available Declared = "available"
	Pause     Declared = "pause"
)

// Line is what is known of the agent's phone.
type Line string

// The lines.
const (
	Registered   Line = "registered"
	Unregistered Line = "unregistered"
)

// Lock is a supervisor's hold on what an agent declares.
type Lock string

// Unlocked is no lock.
const Unlocked Lock = ""

// Next is what an agent chose to be after the call in progress (PPA, « pause post appel »).
type Next struct {
	Declared Declared `json:"declared,omitempty"` // empty: nothing chosen
	Pause    string   `json:"pause,omitempty"`
}

// CoolDown leaves an agent in peace for one queue, until a time since boot in ms.
type CoolDown struct {
	Queue string `json:"queue"`
	Until int64  `json:"until"`
	Why   string `json:"why"`
	Timer uint64 `json:"timer"`
}

// Agent is a person who answers: five dimensions that are true at once, and what ties them to a call.
type Agent struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Queues []string `json:"queues"`

	Session   Session  `json:"session"`
	Extension string   `json:"extension,omitempty"` // where they sit
	Declared  Declared `json:"declared"`
	Pause     string   `json:"pause,omitempty"` // reason id
	Activity  Activity `json:"activity"`
	Line      Line     `json:"line"`
	Lock      Lock     `json:"lock,omitempty"`

	Next      Next        `json:"next"`
	Since     int64       `json:"since"` // ms since boot: when they last became available
	Call      plan.CallID `json:"call,omitempty"`
	Leg       plan.LegID  `json:"leg,omitempty"`
	Lease     int64       `json:"lease,omitempty"`   // ms since boot: a reservation without an answer ends here
	WrapUp    uint64      `json:"wrap_up,omitempty"` // the timer of a wrap-up
	WrapUntil int64       `json:"wrap_until,omitempty"`
	CoolDowns []CoolDown  `json:"cooldowns,omitempty"`
}

// Clone copies everything that can change in place.
func (a *Agent) Clone() Agent {
	b := *a
	b.CoolDowns = slices.Clone(a.CoolDowns)
	return b
}

// Serves reports whether the agent is a member of a queue.
func (a *Agent) Serves(queue string) bool { return slices.Contains(a.Queues, queue) }

// CoolDown finds what keeps one queue from offering, or nil.
func (a *Agent) CoolDown(queue string) *CoolDown {
	for i := range a.CoolDowns {
		if a.CoolDowns[i].Queue == queue {
			return &a.CoolDowns[i]
		}
	}
	return nil
}

// Fit says whether an agent may be offered a call of a queue now, and every reason why not. It is the only place that decides this.
// inUse is the number of calls on the agent's phone, whoever placed them.
func (a *Agent) Fit(queue string, now int64, inUse int) (bool, []fact.Reason) {
	var no []fact.Reason
	if a.Session != LoggedIn {
		no = append(no, fact.Reason{Code: "agent." + string(LoggedOut)})
	}
	if a.Declared != Available {
		no = append(no, fact.Reason{Code: "agent.pause", Detail: a.Pause})
	}
	if a.Activity != Idle {
		no = append(no, fact.Reason{Code: a.Activity.Reason(), Detail: string(a.Call)})
	}
	if a.Line != Registered {
		no = append(no, fact.Reason{Code: "line.unregistered", Detail: a.Extension})
	}
	if a.Activity == Idle && inUse > 0 {
		no = append(no, fact.Reason{Code: "line.in_use", Detail: a.Extension})
	}
	if c := a.CoolDown(queue); c != nil && now < c.Until {
		no = append(no, fact.Reason{Code: "agent.cooldown", Detail: c.Why})
	}
	if !a.Serves(queue) {
		no = append(no, fact.Reason{Code: "agent.not_in_queue", Detail: queue})
	}
	if len(no) > 0 {
		return false, no
	}
	return true, []fact.Reason{{Code: "agent.available", Detail: "for " + strconv.FormatInt(max(0, now-a.Since)/1000, 10) + " s"}}
}
