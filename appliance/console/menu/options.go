package menu

import (
	"context"
	"net/netip"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
)

// Options is what the menu works with. Door must be there; any other part may be nil, and its entries then say that it is not there.
//
// The methods of all interfaces are called on goroutines of the menu's own, a few at once, never on the one that reads keys. They may block
// until their context ends, and must return soon after it did. Their errors are shown to the installer as they are.
type Options struct {
	Door    Door
	Box     Box
	Network Network
	Machine Machine
	Journal Journal
	Link    Link
	Admin   Admin

	Product  string         // "AUTOCOM AC2"; empty: "AUTOCOM"
	Serial   string         // the box's number, on its label
	Version  string         // of this program, shown before the box itself told one
	Settings string         // of the line, for the footer: "115200 8N1"
	Language Language       // the one a session begins with
	ASCII    bool           // sessions begin without accents
	Zone     *time.Location // in which times are shown; nil: time.Local
}

// Door lets in whoever knows the box's code. *Code is one.
type Door interface {
	// Check tells whether this is the code, and otherwise how long no other is taken. It may take a second.
	Check(code string) (ok bool, wait time.Duration)
	// First is the code to be shown because nobody used it yet; empty once somebody did. It does not block.
	First() string
}

// Box is the running core. *console.Client is one. An error that is console.ErrNoBox says that the core is not running.
type Box interface {
	Status(ctx context.Context) (console.Status, error)
	Doctor(ctx context.Context) ([]console.Finding, error)
	Facts(ctx context.Context, after fact.Address, follow bool, yield func(fact.Entry) bool) error
	Calls
}

// Calls is what the menu has the core do.
type Calls interface {
	// TestTrunk gives each step of a proof on the goroutine it was called on.
	TestTrunk(ctx context.Context, t console.TrunkTest, yield func(console.TestStep) bool) error
	// Command is called with console.VerbRestart alone.
	Command(ctx context.Context, c console.Command) error
}

// Network is the part of the steward that sets the box's address. A change is tried first, and the steward itself goes back when its time is
// over: nothing the menu does or leaves undone can keep a change that nobody confirmed.
type Network interface {
	Network(ctx context.Context) (NetworkState, error)
	// Try puts settings on trial.
	Try(ctx context.Context, s NetworkSettings) error
	// Keep makes what is on trial stay.
	Keep(ctx context.Context) error
	// Revert goes back at once.
	Revert(ctx context.Context) error
}

// NetworkSettings is what can be set.
type NetworkSettings struct {
	DHCP    bool
	Address netip.Prefix // the box's own, with the length of its network; with DHCP what was given
	Gateway netip.Addr
	DNS     []netip.Addr
	NTP     []string // names or addresses
	VLAN    int      // all traffic of the port carries this tag, 1 to 4094; 0: none does
}

// NetworkState is how the network is.
type NetworkState struct {
	Interface string // "eth0"
	Settings  NetworkSettings
	Cable     bool // the link is up
	Mbit      int  // its speed in Mbit/s; 0: unknown
	Trial     *Trial
}

// Trial is a change on trial. Settings of the NetworkState are those being tried.
type Trial struct {
	Before NetworkSettings
	Left   time.Duration // until the steward goes back by itself
	Whole  time.Duration // of how much
	Checks []Check       // what the steward saw of the new settings so far
}

// Check is one thing that is looked at while a change is on trial.
type Check struct {
	What   CheckOf
	Result Result
	MS     int64 // how long it took
}

// CheckOf is what a check looks at.
type CheckOf string

// What the steward may check. The menu itself adds lines, phones and the central console.
const (
	CheckCable   CheckOf = "cable"
	CheckGateway CheckOf = "gateway"
	CheckDNS     CheckOf = "dns"
	CheckTime    CheckOf = "time"
)

// Result is how a check ended.
type Result int

// The results.
const (
	Waiting Result = iota
	Passed
	Failed
)

// Machine is the part of the steward that knows and stops the box itself.
type Machine interface {
	Machine(ctx context.Context) (MachineState, error)
	// RestartUnit starts one of the Unit constants again; calls are cut.
	RestartUnit(ctx context.Context, unit Unit) error
	Reboot(ctx context.Context) error
	PowerOff(ctx context.Context) error
}

// Unit is one of the box's programs.
type Unit string

// The units the menu starts again or reads the logs of.
const (
	UnitCore  Unit = "core"
	UnitMedia Unit = "media"
)

// MachineState is which firmware runs.
type MachineState struct {
	Version string
	Slot    string // "A"; empty: the box was not started from an image
	Trial   bool   // the firmware was not confirmed yet
	Started time.Time
}

// Journal is the part of the steward that reads the logs.
type Journal interface {
	// Logs gives the last lines, oldest first, and with follow those that come, until yield says no. An empty unit means all of the box's.
	Logs(ctx context.Context, unit Unit, last int, follow bool, yield func(LogLine) bool) error
}

// LogLine is one line of the logs.
type LogLine struct {
	At    time.Time
	Unit  Unit
	Words string
}

// Link is the way to the central console.
type Link interface {
	Link(ctx context.Context) (LinkState, error)
	// Enrol attaches the box. Why it was refused is a *LinkError.
	Enrol(ctx context.Context, server, claim string) error
	// Leave detaches it.
	Leave(ctx context.Context) error
}

// LinkState is how the link is.
type LinkState struct {
	Enrolled  bool
	Server    string
	Site      string // its name at the central console
	Connected bool
	Since     time.Time // of the last exchange with the central console
	Backlog   uint64    // facts that wait to be sent
	Revision  uint64    // of the settings in force; 0: none came from there
	Expires   time.Time // of the box's certificate
	Code      string    // why it is not connected: a code of appliance/wording
	Detail    string    // what shows it, in no language
	Trouble   string    // the same in the box's own words, for a code the menu does not know
	Revoked   bool      // the link does not come back by itself: the box must be attached again
}

// LinkError is a refused enrolment or detachment.
type LinkError struct {
	Code   string // of appliance/wording
	Detail string // what shows it, in no language; may be empty
}

func (e *LinkError) Error() string { return "refused: " + e.Code + " " + e.Detail }

// Admin gives codes with which an administrator signs in at the box's own pages once.
type Admin interface {
	New(ctx context.Context) (code string, until time.Time, err error)
}
