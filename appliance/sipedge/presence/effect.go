package presence

import (
	"time"

	"autocom/appliance/sipedge/leg"
)

// Effect is one of the things a subscription asks of its owner. The set is closed.
//
//sumtype:decl
type Effect interface{ effect() }

// SendResponse answers a SUBSCRIBE. Seconds goes into Expires when the status is 200.
type SendResponse struct {
	Tx      Tx
	Status  int
	Seconds int
}

// SendNotify sends a NOTIFY. Its owner writes the body, from what is newest at that moment: a state that nobody was told of meanwhile is never
// told. With Bare it goes without one.
type SendNotify struct {
	Msg  leg.Request
	Flow leg.Flow
	Bare bool
}

// Timer names a timer of a subscription.
type Timer uint8

// The timers.
const (
	TimerSend   Timer = iota // gives TimerFired
	TimerExpiry              // gives Expired
	Timers
)

// StartTimer starts a timer, or starts it anew.
type StartTimer struct {
	Timer Timer
	After time.Duration
}

// StopTimer stops one.
type StopTimer struct{ Timer Timer }

// Forget ends the subscription: nothing more is asked of its owner.
type Forget struct{}

func (SendResponse) effect() {}
func (SendNotify) effect()   {}
func (StartTimer) effect()   {}
func (StopTimer) effect()    {}
func (Forget) effect()       {}
