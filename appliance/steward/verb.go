package steward

import (
	"errors"
	"time"
)

// Verb is what the steward does.
type Verb string

// The verbs; there are no others.
const (
	VerbNetwork  Verb = "network"
	VerbTry      Verb = "network.try"
	VerbKeep     Verb = "network.keep"
	VerbRevert   Verb = "network.revert"
	VerbReboot   Verb = "reboot"
	VerbPowerOff Verb = "poweroff"
	VerbRestart  Verb = "restart"
	VerbTime     Verb = "time.set"
	VerbLogs     Verb = "logs"
	VerbLamps    Verb = "leds.test"
	VerbFirmware Verb = "firmware"
)

// Verbs lists them all.
func Verbs() []Verb {
	return []Verb{VerbNetwork, VerbTry, VerbKeep, VerbRevert, VerbReboot, VerbPowerOff, VerbRestart, VerbTime, VerbLogs, VerbLamps, VerbFirmware}
}

// reads says whether a verb only looks.
func (v Verb) reads() bool { return v == VerbNetwork || v == VerbLogs || v == VerbFirmware }

// mustPass says whether a verb is carried out even when it cannot be audited: a box whose disk is full must still restart.
func (v Verb) mustPass() bool { return v.reads() || v == VerbReboot || v == VerbPowerOff }

// Unit is one of the box's programs.
type Unit string

// The units. The steward itself gives logs and cannot be started again by itself.
const (
	Core    Unit = "core"
	Media   Unit = "media"
	Console Unit = "console"
	Steward Unit = "steward"
)

// Units lists them all.
func Units() []Unit { return []Unit{Core, Media, Console, Steward} }

// service is the unit as systemd knows it.
func (u Unit) service() string { return "autocom-" + string(u) + ".service" }

// What the steward refuses; a Client's errors can be told apart by errors.Is.
var (
	// ErrNotOurs is the answer on a developer's machine.
	ErrNotOurs = errors.New("this machine is not an Autocom box run by systemd, so its network, clock, power and logs are not the steward's to touch: use the machine's own tools")
	ErrBusy    = errors.New("another network change is on trial: keep it or revert it first")
	ErrNothing = errors.New("no network change is on trial: the time to keep it may be over, and the network as before")
	ErrToken   = errors.New("this is not the network change that is on trial: look at it again")
	ErrBack    = errors.New("the network is being put back as it was: wait a moment")
	ErrUnit    = errors.New("there is no such program to start again: choose core, media or console")
	ErrLogUnit = errors.New("there are no logs of such a program: choose core, media, console or steward")
	ErrClock   = errors.New("the clock was not set")
	ErrNoLamps = errors.New("this box has no lamps to test")
	ErrOften   = errors.New("too many requests in a short time: wait a minute")
	ErrWho     = errors.New("this user may not ask the steward: use root, or the box's own users")
	ErrAudit   = errors.New("this cannot be written to the audit file, so it was not done: is the disk full?")
)

// codes names the refusals on the wire, with their HTTP status.
func codes() []refusal {
	return []refusal{
		{ErrNotOurs, "not_ours", 501},
		{ErrBusy, "busy", 409},
		{ErrNothing, "nothing", 409},
		{ErrToken, "token", 409},
		{ErrBack, "back", 409},
		{ErrUnit, "unit", 422},
		{ErrLogUnit, "log_unit", 422},
		{ErrClock, "clock", 422},
		{ErrNoLamps, "no_lamps", 404},
		{ErrOften, "often", 429},
		{ErrWho, "who", 403},
		{ErrAudit, "audit", 507},
	}
}

// Codes names everything the steward refuses.
func Codes() []string {
	var all []string
	for _, c := range codes() {
		all = append(all, c.code)
	}
	return all
}

// Code names the refusal in an error, as a Client returns it; empty: there is none.
func Code(err error) string {
	for _, c := range codes() {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return ""
}

type refusal struct {
	err    error
	code   string
	status int
}

// Firmware is which of an image's two firmwares runs. Only the steward can read both what the boot loader was told and what it wrote down.
type Firmware struct {
	Slot  string `json:"slot,omitempty"`  // "A" or "B"; empty: the box was not started from an image
	Trial bool   `json:"trial,omitempty"` // it was not confirmed yet
}

// Network is how the box's network is set, and how it is.
type Network struct {
	Ours     bool     `json:"ours"`          // false: Why says whose it is, and nothing can be set
	Why      string   `json:"why,omitempty"` // a sentence
	Settings Settings `json:"settings"`      // the ones that stay; while there is a trial, the ones before it
	Trial    *Trial   `json:"trial,omitempty"`

	Interface string   `json:"interface,omitempty"` // the one that is set
	MAC       string   `json:"mac,omitempty"`
	Cable     bool     `json:"cable"`
	Mbit      int      `json:"mbit,omitempty"`      // 0: unknown
	Addresses []string `json:"addresses,omitempty"` // in force, "192.168.1.10/24"
	Gateways  []string `json:"gateways,omitempty"`
	DNS       []string `json:"dns,omitempty"`
	Unread    string   `json:"unread,omitempty"` // what could not be read, as a sentence
}

// Trial is a change that goes back by itself.
type Trial struct {
	Settings Settings  `json:"settings"`
	Token    string    `json:"token,omitempty"` // told only to whoever began it; needed to keep it
	Until    time.Time `json:"until"`           // by the box's clock
	LeftMS   int64     `json:"left_ms"`
	WholeMS  int64     `json:"whole_ms"`
	Checks   []Check   `json:"checks,omitempty"` // of the network as it is now; in the answer to the network verb alone
}

// LogQuery asks for log lines.
type LogQuery struct {
	Units []Unit `json:"units,omitempty"` // empty: all of the box's
	Lines int    `json:"lines,omitempty"` // at most MaxLines; 0: 50
	After string `json:"after,omitempty"` // a LogLine's Cursor: only what came later
}

// LogLine is one line of the logs.
type LogLine struct {
	At     time.Time `json:"at"`
	Unit   Unit      `json:"unit"`
	Level  int       `json:"level"` // syslog's: 3 error, 4 warning, 6 information
	Words  string    `json:"words"`
	Cursor string    `json:"cursor"`
}
