package agent

// Status is what an agent declares (the guide's « statut »): available, a pause with its reason, or unavailable for a reason of the box's own.
type Status struct {
	Declared Declared `json:"declared,omitempty"` // empty: nothing
	Pause    string   `json:"pause,omitempty"`    // a pause reason's id, or one of the Why… when Declared is Unavailable
}

// The reasons of Unavailable: the box's, not the branch's.
const (
	WhyLogIn       = "log_in"       // logged in a moment ago, no status chosen yet (FEATURES §2.3)
	WhyToolbarLost = "toolbar_lost" // the toolbar went away and did not come back within the grace
)

// Author is who decided a status that waits for the end of a call. Who has the greater one goes before the other (FEATURES §2.3).
type Author uint8

// The authors. A lock stands between the agent and the supervisor: it lets only the supervisor's word pass.
const (
	ByAgent     Author = iota // the guide's PPA
	ByAutoPause               // missed too often
	BySupervisor
)

// rank orders authors: forced, chosen (PPA), auto-pause.
func (b Author) rank() int { return [...]int{ByAgent: 2, ByAutoPause: 1, BySupervisor: 3}[b] }

// Next is what an agent will be after the call in progress (PPA, « pause post appel »).
type Next struct {
	Declared Declared `json:"declared,omitempty"` // empty: nothing chosen
	Pause    string   `json:"pause,omitempty"`
	By       Author   `json:"by,omitempty"`
}

// Chosen reports whether anything waits for the end of the call.
func (n Next) Chosen() bool { return n.Declared != "" }

// Forced reports whether a supervisor decided it.
func (n Next) Forced() bool { return n.Chosen() && n.By == BySupervisor }

// Yields reports whether a later word of an author takes its place: that of the same author or of a greater one.
func (n Next) Yields(to Author) bool { return !n.Chosen() || to.rank() >= n.By.rank() }

// Standing is where a wish about an agent's status finds them: of the five dimensions, what decides.
type Standing uint8

// The standings.
const (
	Away       Standing = iota + 1 // logged out
	Free                           // no call
	WritingUp                      // wrap-up
	Busy                           // tied to a call
	AwayLocked                     // the same under a supervisor's lock, under which nobody writes up: a lock goes before the wrap-up
	FreeLocked
	BusyLocked
)

// Standings lists them in order.
func Standings() []Standing {
	return []Standing{Away, Free, WritingUp, Busy, AwayLocked, FreeLocked, BusyLocked}
}

func (s Standing) String() string {
	return named(int(s), "away", "free", "writing up", "busy", "away, locked", "free, locked", "busy, locked")
}

// Standing is where the agent stands.
func (a *Agent) Standing() Standing {
	s := Free
	switch {
	case a.Session != LoggedIn:
		s = Away
	case a.Activity == WrapUp:
		s = WritingUp
	case a.Activity.Busy():
		s = Busy
	}
	if a.Lock == Unlocked {
		return s
	}
	switch s {
	case Away:
		return AwayLocked
	case Busy:
		return BusyLocked
	default:
		return FreeLocked
	}
}

// Wish is one thing somebody wants of an agent's status; the set is closed.
type Wish uint8

// The wishes.
const (
	AgentChooses     Wish = iota + 1 // in the toolbar, available or a pause
	SupervisorForces                 // available or a pause
	MissedTooOften                   // auto-pause
	ToolbarMissed                    // the grace of a lost toolbar is over
)

// Wishes lists them in order.
func Wishes() []Wish { return []Wish{AgentChooses, SupervisorForces, MissedTooOften, ToolbarMissed} }

func (w Wish) String() string {
	return named(int(w), "the agent chooses", "a supervisor forces", "missed too often", "toolbar gone")
}

// Deed is what becomes of a wish.
type Deed uint8

// The deeds.
const (
	AtOnce     Deed = iota + 1 // the status changes now; a wrap-up ends
	Afterwards                 // when the telephone is over; nothing of the call changes
	Refused                    // whoever asked is told why
)

// Deeds lists them in order.
func Deeds() []Deed { return []Deed{AtOnce, Afterwards, Refused} }

func (d Deed) String() string { return named(int(d), "at once", "afterwards", "refused") }

// Answer is what becomes of one wish.
type Answer struct {
	Deed   Deed
	Why    string // the reason code of a refusal
	Ignore string // why nothing happens; empty when something does
}

// Weigh says what becomes of a wish about the status of an agent who stands so (FEATURES §2.3 and §6).
func Weigh(s Standing, w Wish) Answer {
	if s < Away || s > BusyLocked || w < AgentChooses || w > ToolbarMissed {
		return Answer{Ignore: "no such standing or wish"}
	}
	return answers[s][w]
}

const (
	out      = "agent.logged_out"
	held     = "agent.locked"
	frozen   = "a locked status is the supervisor's; the phone can be called as before"
	notThere = "who is logged out is offered nothing already"
)

//nolint:gochecknoglobals // the table itself; never assigned again
var answers = [BusyLocked + 1][ToolbarMissed + 1]Answer{
	Away:       {AgentChooses: {Deed: Refused, Why: out}, SupervisorForces: {Deed: Refused, Why: out}, MissedTooOften: {Ignore: notThere}, ToolbarMissed: {Ignore: notThere}},
	Free:       {AgentChooses: {Deed: AtOnce}, SupervisorForces: {Deed: AtOnce}, MissedTooOften: {Deed: AtOnce}, ToolbarMissed: {Deed: AtOnce}},
	WritingUp:  {AgentChooses: {Deed: AtOnce}, SupervisorForces: {Deed: AtOnce}, MissedTooOften: {Deed: Afterwards}, ToolbarMissed: {Deed: Afterwards}},
	Busy:       {AgentChooses: {Deed: Afterwards}, SupervisorForces: {Deed: Afterwards}, MissedTooOften: {Deed: Afterwards}, ToolbarMissed: {Deed: Afterwards}},
	AwayLocked: {AgentChooses: {Deed: Refused, Why: out}, SupervisorForces: {Deed: Refused, Why: out}, MissedTooOften: {Ignore: notThere}, ToolbarMissed: {Ignore: notThere}},
	FreeLocked: {AgentChooses: {Deed: Refused, Why: held}, SupervisorForces: {Deed: AtOnce}, MissedTooOften: {Ignore: frozen}, ToolbarMissed: {Ignore: frozen}},
	BusyLocked: {AgentChooses: {Deed: Refused, Why: held}, SupervisorForces: {Deed: Afterwards}, MissedTooOften: {Ignore: frozen}, ToolbarMissed: {Ignore: frozen}},
}

// named is the n-th of the names of a closed set that counts from 1.
func named(n int, names ...string) string {
	if n < 1 || n > len(names) {
		return "unknown"
	}
	return names[n-1]
}
