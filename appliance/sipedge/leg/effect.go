package leg

import (
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Effect is one of the things a leg asks of its owner. The set is closed. Effects are carried out in order.
//
//sumtype:decl
type Effect interface{ effect() }

// SendRequest sends a request in a transaction of its own, named by Msg.Via. Answers: ResponseReceived, TransactionFailed.
type SendRequest struct {
	Msg  Request
	Flow Flow
}

// SendAck sends the ACK of a 2xx, once, without a transaction.
type SendAck struct {
	Msg  Request
	Flow Flow
}

// SendCancel cancels the INVITE named by Via (RFC 3261 §9.1).
type SendCancel struct {
	Via   string
	Extra []Header
}

// Abandon forgets a transaction of ours: nothing more is expected of it.
type Abandon struct{ Via string }

// SendResponse answers a request of the peer.
type SendResponse struct {
	Tx  Tx
	Msg Response
}

// Authenticate asks for the credentials to answer a challenge (RFC 3261 §22). Authorized follows.
type Authenticate struct {
	Via       string // the request that was challenged
	Method    string
	URI       string
	Proxy     bool
	Challenge []string // the values of WWW-Authenticate or Proxy-Authenticate
}

// StartTimer asks for TimerFired. A timer that runs is started anew.
type StartTimer struct {
	Timer Timer
	After time.Duration
}

// StopTimer takes it back.
type StopTimer struct{ Timer Timer }

// OpenPort asks for a media port. PortOpened or PortFailed follows before anything else.
type OpenPort struct{}

// UpdatePort says what was agreed. PortFailed follows when it could not be done.
type UpdatePort struct{ Media plan.Media }

// TurnedAway says that a call was refused before the exchange heard of it.
type TurnedAway struct {
	Status int
	Code   string // why: stable, for statistics
}

// ClosePort gives the port back.
type ClosePort struct{}

// Tell tells the exchange.
type Tell struct{ Input exchange.Input }

// Forget says that nothing more can come of this leg.
type Forget struct{}

func (SendRequest) effect()  {}
func (SendAck) effect()      {}
func (SendCancel) effect()   {}
func (Abandon) effect()      {}
func (SendResponse) effect() {}
func (Authenticate) effect() {}
func (StartTimer) effect()   {}
func (StopTimer) effect()    {}
func (OpenPort) effect()     {}
func (UpdatePort) effect()   {}
func (ClosePort) effect()    {}
func (TurnedAway) effect()   {}
func (Tell) effect()         {}
func (Forget) effect()       {}

// TimerKind names what a leg waits for.
type TimerKind uint8

// The timers of a leg.
const (
	TimerRepeat   TimerKind = iota // the 2xx is sent again: T1, doubling to T2 (RFC 3261 §13.3.1.4)
	TimerAck                       // 64*T1 without ACK
	TimerC                         // no provisional response for three minutes (RFC 3261 §16.6 step 11); one for each branch
	TimerCancel                    // 64*T1 without a final response to a cancelled INVITE (RFC 3261 §9.1); one for each branch
	TimerGlare                     // our re-INVITE met theirs (RFC 3261 §14.1)
	TimerRefresh                   // a provisional response each minute (RFC 3261 §13.3.1.1)
	TimerPort                      // the media process did not take a change: again
	TimerLinger                    // 2xx that come late are still acknowledged
	TimerPatience                  // no contact of this turn said anything
	TimerReliable                  // a reliable provisional response is sent again (RFC 3262 §3)
	TimerPrack                     // 64*T1 without PRACK
	TimerSession                   // our refresh of the session is due (RFC 4028 §10)
	TimerExpiry                    // nobody refreshed the session
	TimerFarewell                  // the peer has not answered our BYE or CANCEL: the exchange is told all the same
)

func (k TimerKind) String() string {
	switch k {
	case TimerRepeat:
		return "repeat"
	case TimerAck:
		return "ack"
	case TimerC:
		return "c"
	case TimerCancel:
		return "cancel"
	case TimerGlare:
		return "glare"
	case TimerRefresh:
		return "refresh"
	case TimerPort:
		return "port"
	case TimerPatience:
		return "patience"
	case TimerReliable:
		return "reliable"
	case TimerPrack:
		return "prack"
	case TimerSession:
		return "session"
	case TimerExpiry:
		return "expiry"
	case TimerLinger:
		return "linger"
	case TimerFarewell:
		return "farewell"
	default:
		return "unknown timer"
	}
}

// Timer is one timer of a leg. Branch tells those of several contacts apart.
type Timer struct {
	Kind   TimerKind
	Branch int
}

// The times of RFC 3261 (table 4), and our own.
const (
	T1           = 500 * time.Millisecond
	T2           = 4 * time.Second
	ackWait      = 64 * T1
	timerCWait   = 3*time.Minute + time.Second
	refreshEvery = time.Minute
	portRetry    = time.Second
	portTries    = 30
	lingerWait   = 64 * T1
)

// FarewellWait is how long the end of a leg that the box ends is kept from the exchange while the peer has not answered BYE or CANCEL.
const FarewellWait = 2 * time.Second
