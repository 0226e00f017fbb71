package agent

// Toolbar is what is known of the agent's toolbar (« bandeau »).
type Toolbar uint8

// The toolbars. The zero value is an agent who never had one: at a phone alone, or logged in by the console.
const (
	NoToolbar   Toolbar = iota
	ToolbarUp           // connected
	ToolbarLost         // went away; the grace runs
	ToolbarDue          // the grace is over and a call goes on: unavailable when it ends
	ToolbarGone         // the grace is over
)

// Toolbars lists them in order.
func Toolbars() []Toolbar {
	return []Toolbar{NoToolbar, ToolbarUp, ToolbarLost, ToolbarDue, ToolbarGone}
}

func (t Toolbar) String() string {
	return named(int(t)+1, "none", "up", "lost", "due", "gone")
}

// ToolbarEvent is one thing that happens to an agent's toolbar; the set is closed.
type ToolbarEvent uint8

// The events.
const (
	BarCame      ToolbarEvent = iota + 1 // connected
	BarReplaced                          // another one connected: the last one wins (FEATURES §2.4, race 4)
	BarWent                              // the connection was lost
	BarGraceIdle                         // the grace is over, the agent has no call
	BarGraceBusy                         // the grace is over, the agent has one, or writes it up
	BarPhoneOver                         // what the agent did on the telephone is over
	BarSession                           // the agent logged in, or out
)

// ToolbarEvents lists them in order.
func ToolbarEvents() []ToolbarEvent {
	return []ToolbarEvent{BarCame, BarReplaced, BarWent, BarGraceIdle, BarGraceBusy, BarPhoneOver, BarSession}
}

func (e ToolbarEvent) String() string {
	return named(int(e), "came", "another came", "went", "grace over, idle", "grace over, busy", "telephone over", "logged in or out")
}

// ToolbarDeed is what follows.
type ToolbarDeed uint8

// The deeds.
const (
	BarNothing    ToolbarDeed = iota + 1
	BarTellOther              // the one before is told that it was replaced
	BarStartGrace             //
	BarStopGrace              //
	BarWithdraw               // the agent becomes unavailable
)

func (d ToolbarDeed) String() string {
	return named(int(d), "", "tell the other", "start the grace", "stop the grace", "unavailable")
}

// ToolbarMove is what a toolbar does with an event.
type ToolbarMove struct {
	Next   Toolbar
	Do     ToolbarDeed
	Ignore string // why nothing happens; empty when something does
}

// StepToolbar is the whole life of a toolbar: what follows for every state and event.
func StepToolbar(t Toolbar, e ToolbarEvent) ToolbarMove {
	if t > ToolbarGone || e < BarCame || e > BarSession {
		return ToolbarMove{Next: t, Ignore: "no such toolbar or event"}
	}
	m := toolbars[t][e]
	if m.Ignore != "" {
		m.Next = t
	}
	return m
}

const (
	noBar   = "there is none"
	goneBar = "it is away already"
	noGrace = "no grace runs"
	notDue  = "nothing waits for the end of the call"
)

//nolint:gochecknoglobals // the table itself; never assigned again
var toolbars = [ToolbarGone + 1][BarSession + 1]ToolbarMove{
	NoToolbar: {
		BarCame: {Next: ToolbarUp, Do: BarNothing}, BarReplaced: {Ignore: noBar}, BarWent: {Ignore: noBar}, BarGraceIdle: {Ignore: noGrace},
		BarGraceBusy: {Ignore: noGrace}, BarPhoneOver: {Ignore: notDue}, BarSession: {Ignore: noBar},
	},
	ToolbarUp: {
		BarCame: {Ignore: "it is connected already"}, BarReplaced: {Next: ToolbarUp, Do: BarTellOther}, BarWent: {Next: ToolbarLost, Do: BarStartGrace},
		BarGraceIdle: {Ignore: noGrace}, BarGraceBusy: {Ignore: noGrace}, BarPhoneOver: {Ignore: notDue},
		BarSession: {Ignore: "the page is open, logged in or not"},
	},
	ToolbarLost: {
		BarCame: {Next: ToolbarUp, Do: BarStopGrace}, BarReplaced: {Next: ToolbarUp, Do: BarStopGrace}, BarWent: {Ignore: goneBar},
		BarGraceIdle: {Next: ToolbarGone, Do: BarWithdraw}, BarGraceBusy: {Next: ToolbarDue, Do: BarNothing}, BarPhoneOver: {Ignore: "the grace runs"},
		BarSession: {Next: NoToolbar, Do: BarStopGrace},
	},
	ToolbarDue: {
		BarCame: {Next: ToolbarUp, Do: BarNothing}, BarReplaced: {Next: ToolbarUp, Do: BarNothing}, BarWent: {Ignore: goneBar},
		BarGraceIdle: {Ignore: noGrace}, BarGraceBusy: {Ignore: noGrace}, BarPhoneOver: {Next: ToolbarGone, Do: BarNothing},
		BarSession: {Next: NoToolbar, Do: BarNothing},
	},
	ToolbarGone: {
		BarCame: {Next: ToolbarUp, Do: BarNothing}, BarReplaced: {Next: ToolbarUp, Do: BarNothing}, BarWent: {Ignore: goneBar},
		BarGraceIdle: {Ignore: noGrace}, BarGraceBusy: {Ignore: noGrace}, BarPhoneOver: {Ignore: notDue},
		BarSession: {Next: NoToolbar, Do: BarNothing},
	},
}
