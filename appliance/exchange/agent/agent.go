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

	// Unavailable is the box's own word: the agent is there, and has said nothing, or cannot be seen to be there (FEATURES §2.2).
	Unavailable Declared = "unavailable"
)

// Reason is the code of why an agent who declares that is offered no call.
func (d Declared) Reason() string {
	switch d {
	case Available:
		return ""
	case Unavailable:
		return "agent.unavailable"
	default:
		return "agent.pause"
	}
}

// Lock is a supervisor's hold on what an agent declares.
type Lock string

// The locks.
const (
	Unlocked Lock = ""
	Locked   Lock = "locked" // the guide's padlock: the status stays until a supervisor says otherwise
)

// CoolDown leaves an agent in peace for one queue, until a time since boot in ms.
type CoolDown struct {
	Queue string `json:"queue"`
	Until int64  `json:"until"`
	Why   string `json:"why"`
	Timer uint64 `json:"timer"`
}

// Skill is what an agent can do, and how well: 1 to 10.
type Skill struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}

// QueuePause keeps an agent from the calls of one queue until they declare themselves available again (auto-pause).
type QueuePause struct {
	Queue string `json:"queue"`
	Pause string `json:"pause,omitempty"` // reason id
}

// Seen is what others see an agent do.
type Seen struct {
	Session  Session  `json:"session"`
	Declared Declared `json:"declared"`
	Pause    string   `json:"pause,omitempty"`
	Activity Activity `json:"activity"`
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
	LockBy    string   `json:"lock_by,omitempty"` // who locked it, as in a command's By
	LockNote  string   `json:"lock_note,omitempty"`

	Toolbar  Toolbar `json:"toolbar,omitempty"`
	Bar      string  `json:"bar,omitempty"`       // which toolbar it is
	Grace    uint64  `json:"grace,omitempty"`     // the timer of a lost one
	OffUntil int64   `json:"off_until,omitempty"` // ms since boot: their phone is taken for busy elsewhere until then
	Off      uint64  `json:"off,omitempty"`       // its timer

	Next      Next        `json:"next"`
	Before    Status      `json:"before,omitzero"`     // what they declared last before they became unavailable
	Since     int64       `json:"since"`               // ms since boot: when they last became available
	Seen      Seen        `json:"seen,omitzero"`       // as it was last told
	SeenFrom  int64       `json:"seen_from,omitempty"` // ms since boot: when that began
	Call      plan.CallID `json:"call,omitempty"`
	Leg       plan.LegID  `json:"leg,omitempty"`
	Lease     int64       `json:"lease,omitempty"`   // ms since boot: a reservation without an answer ends here
	WrapUp    uint64      `json:"wrap_up,omitempty"` // the timer of a wrap-up
	WrapUntil int64       `json:"wrap_until,omitempty"`
	Rest      int64       `json:"rest,omitempty"` // ms of a wrap-up that a colleague's call broke off: it goes on afterwards
	CoolDowns []CoolDown  `json:"cooldowns,omitempty"`

	Outside  string       `json:"outside,omitempty"` // E.164: where they answer when they sit at no extension
	Skills   []Skill      `json:"skills,omitempty"`
	PausedIn []QueuePause `json:"paused_in,omitempty"`
	Misses   int          `json:"misses,omitempty"` // offers not answered in a row
}

// Last is the status of before they logged out or became unavailable; available when there was none.
func (a *Agent) Last() Status {
	last := Status{a.Declared, a.Pause}
	if a.Declared == Unavailable {
		last = a.Before
	}
	if last.Declared == "" {
		last.Declared = Available
	}
	return last
}

// Clone copies everything that can change in place.
func (a *Agent) Clone() Agent {
	b := *a
	b.CoolDowns = slices.Clone(a.CoolDowns)
	b.PausedIn = slices.Clone(a.PausedIn)
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

// Ask is what a call asks of an agent: to serve a queue, and skills at the levels asked for now.
type Ask struct {
	Queue string
	Needs []Skill
	Named bool // the caller asked for this very agent: neither the queue nor the skills matter
}

// Unfit is every reason why an agent may not be offered a call, as bits. Zero is fit.
type Unfit uint16

// The reasons, in the order they are told.
const (
	IsLoggedOut Unfit = 1 << iota
	IsPaused          // or unavailable
	IsBusy
	IsUnregistered // or not to be disturbed, or busy elsewhere
	IsInUse
	IsCooling
	IsAbsent // no member of the queue
	IsPausedHere
	IsUnskilled
	IsCutOff // answers outside, and no line leads there now
)

// Judge says why an agent may not be offered a call now. With its two halves it is the only place that decides this; it allocates nothing, because
// it is asked of every agent at every choice. inUse is the number of calls on the agent's phone, whoever placed them.
func (a *Agent) Judge(ask Ask, now int64, inUse int) Unfit {
	return a.Held(inUse) | a.HeldFrom(ask, now)
}

// Held is the half of Judge that is the same for every queue.
func (a *Agent) Held(inUse int) (no Unfit) {
	if a.Session != LoggedIn {
		no |= IsLoggedOut
	}
	if a.Declared != Available {
		no |= IsPaused
	}
	if a.Activity != Idle {
		no |= IsBusy
	}
	if a.Line != Registered {
		no |= IsUnregistered
	}
	if a.Activity == Idle && inUse > 0 {
		no |= IsInUse
	}
	return no
}

// HeldFrom is the half of Judge that concerns one queue.
func (a *Agent) HeldFrom(ask Ask, now int64) (no Unfit) {
	if c := a.CoolDown(ask.Queue); c != nil && now < c.Until {
		no |= IsCooling
	}
	if ask.Named {
		return no
	}
	if !a.Serves(ask.Queue) {
		no |= IsAbsent
	}
	if a.PausedHere(ask.Queue) != nil {
		no |= IsPausedHere
	}
	for _, n := range ask.Needs {
		if a.Level(n.Name) < n.Level {
			no |= IsUnskilled
		}
	}
	return no
}

// Why tells the reasons of Judge in words, or for how long the agent has been available. They are appended to told, so that those of many
// agents share one piece of memory.
func (a *Agent) Why(told []fact.Reason, no Unfit, ask Ask, now int64) []fact.Reason {
	for rest := no; rest != 0; rest &= rest - 1 {
		code, detail := "", ""
		switch rest & -rest {
		case IsLoggedOut:
			code = "agent." + string(LoggedOut)
		case IsPaused:
			code, detail = a.Declared.Reason(), a.Pause
		case IsBusy:
			code, detail = a.Activity.Reason(), string(a.Call)
		case IsUnregistered:
			code, detail = a.Line.Reason(), a.Extension
		case IsInUse:
			code, detail = "line.in_use", a.Extension
		case IsCooling:
			code, detail = "agent.cooldown", a.CoolDown(ask.Queue).Why
		case IsAbsent:
			code, detail = "agent.not_in_queue", ask.Queue
		case IsPausedHere:
			code, detail = "agent.paused_in_queue", a.PausedHere(ask.Queue).Pause
		case IsUnskilled:
			told = a.lacks(told, ask)
			continue
		case IsCutOff:
			code = "line.none_outside"
		default:
			continue
		}
		told = append(told, fact.Reason{Code: code, Detail: detail})
	}
	if no == 0 {
		told = append(told, fact.Reason{Code: "agent.available", Detail: "for " + strconv.FormatInt(max(0, now-a.Since)/1000, 10) + " s"})
	}
	return told
}

// lacks tells the skills an agent has not enough of.
func (a *Agent) lacks(told []fact.Reason, ask Ask) []fact.Reason {
	for _, n := range ask.Needs {
		if l := a.Level(n.Name); l < n.Level {
			told = append(told, fact.Reason{Code: "agent.skill", Detail: n.Name + " " + strconv.Itoa(l) + " of " + strconv.Itoa(n.Level)})
		}
	}
	return told
}

// Away reports whether the agent answers at a number outside: they have one, and sit at no extension.
func (a *Agent) Away() bool { return a.Outside != "" && a.Extension == "" }

// Fit is Judge for a queue whatever its skills, in words.
func (a *Agent) Fit(queue string, now int64, inUse int) (bool, []fact.Reason) {
	ask := Ask{Queue: queue}
	no := a.Judge(ask, now, inUse)
	return no == 0, a.Why(nil, no, ask, now)
}

// Level is how well the agent has a skill, 0: not at all.
func (a *Agent) Level(skill string) int {
	for i := range a.Skills {
		if a.Skills[i].Name == skill {
			return a.Skills[i].Level
		}
	}
	return 0
}

// PausedHere is the agent's pause from one queue alone, or nil.
func (a *Agent) PausedHere(queue string) *QueuePause {
	for i := range a.PausedIn {
		if a.PausedIn[i].Queue == queue {
			return &a.PausedIn[i]
		}
	}
	return nil
}
