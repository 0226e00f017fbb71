package trunk

import (
	"net/netip"
	"time"

	"autocom/appliance/sipedge/leg"
)

// Input is one of the things that can happen to a registration. The set is closed.
//
//sumtype:decl
type Input interface{ kind() Kind }

// Kind names an input: the row of the table.
type Kind uint8

// The inputs.
const (
	KindStart Kind = iota
	KindStop
	KindTargets
	KindResponded
	KindFailed
	KindAuthorized
	KindAnswerTimer
	KindAgainTimer
	KindLapseTimer
	KindReturnTimer
	KindFlowLost
	KindResume
	kinds
)

func (k Kind) String() string {
	if k >= kinds {
		return "unknown input"
	}
	return [kinds]string{
		"Start", "Stop", "TargetsChanged", "Responded", "Failed", "Authorized", "TimerFired answer", "TimerFired again", "TimerFired lapse",
		"TimerFired return", "FlowLost", "Resume",
	}[k]
}

// Start asks for an account to be registered. Seed is unguessable and unique.
type Start struct {
	Account Account
	Seed    string
}

// Stop asks for the carrier to forget us.
type Stop struct{}

// TargetsChanged says where the registrars are, in order, and what we call ourselves towards each: DNS has news, or our address has.
type TargetsChanged struct{ Targets []Target }

// Responded is the answer to the REGISTER named by Via.
type Responded struct {
	Via          string
	Status       int
	Contacts     []Granted
	Expires      int // seconds of the Expires header; -1: none
	MinExpires   int // seconds, of a 423
	RetryAfter   int // seconds
	Challenge    []string
	ServiceRoute []string
	Associated   []string
	Seen         netip.AddrPort // received and rport of our Via (RFC 3581); zero when it does not say
}

// Granted is one contact of a 2xx.
type Granted struct {
	URI     string
	Expires int // seconds; -1: none
}

// Failed says that the REGISTER named by Via could not be sent, or that nobody answered.
type Failed struct {
	Via     string
	Timeout bool
}

// Authorized answers Authenticate. An empty Header says that there are no credentials.
type Authorized struct {
	Via    string
	Header leg.Header
}

// TimerFired says that the time of StartTimer has come.
type TimerFired struct{ Timer Timer }

// FlowLost says that the connection to a server broke: whoever knows us by it cannot reach us any more (RFC 5626 §4.4.1).
type FlowLost struct{ Server Target }

// Resume arms the timers of a registration that was read back after a restart.
type Resume struct{}

func (Start) kind() Kind          { return KindStart }
func (Stop) kind() Kind           { return KindStop }
func (TargetsChanged) kind() Kind { return KindTargets }
func (Responded) kind() Kind      { return KindResponded }
func (Failed) kind() Kind         { return KindFailed }
func (Authorized) kind() Kind     { return KindAuthorized }
func (FlowLost) kind() Kind       { return KindFlowLost }
func (Resume) kind() Kind         { return KindResume }

func (t TimerFired) kind() Kind {
	switch t.Timer {
	case TimerAnswer:
		return KindAnswerTimer
	case TimerAgain:
		return KindAgainTimer
	case TimerLapse:
		return KindLapseTimer
	case TimerReturn:
		return KindReturnTimer
	case Timers:
	}
	return kinds
}

// Effect is one of the things a registration asks of its owner. The set is closed. Effects are carried out in order.
//
//sumtype:decl
type Effect interface{ effect() }

// SendRegister sends a REGISTER in a transaction of its own, named by Msg.Via. Answers: Responded, Failed.
type SendRegister struct {
	To  Target
	Msg leg.Request
}

// Authenticate asks for the credentials to answer a challenge. Authorized follows.
type Authenticate struct {
	Via       string
	URI       string
	Proxy     bool
	Challenge []string
}

// Abandon forgets a transaction of ours.
type Abandon struct{ Via string }

// StartTimer asks for TimerFired. A timer that runs is started anew.
type StartTimer struct {
	Timer Timer
	After time.Duration
}

// StopTimer takes it back.
type StopTimer struct{ Timer Timer }

// Tell says whether the carrier knows us, and what is wrong if something is.
type Tell struct {
	Up      bool   `json:"up"`
	Problem string `json:"problem,omitempty"`
}

func (SendRegister) effect() {}
func (Authenticate) effect() {}
func (Abandon) effect()      {}
func (StartTimer) effect()   {}
func (StopTimer) effect()    {}
func (Tell) effect()         {}

// Timer names what a registration waits for.
type Timer uint8

// The timers of a registration.
const (
	TimerAnswer Timer = iota // a registrar is silent: the next one is asked
	TimerAgain               // time to refresh, or to try again
	TimerLapse               // what the carrier granted ran out
	TimerReturn              // the first registrar is tried again
	Timers                   // how many there are
)

func (t Timer) String() string {
	if t >= Timers {
		return "unknown timer"
	}
	return [Timers]string{"answer", "again", "lapse", "return"}[t]
}
