package presence

import (
	"time"

	"autocom/appliance/sipedge/leg"
)

// Input is one of the things that can happen to a subscription. The set is closed.
//
//sumtype:decl
type Input interface{ kind() Kind }

// Kind names an input: the row of the table.
type Kind uint8

// The inputs.
const (
	KindSubscribed Kind = iota
	KindRefreshed
	KindUnsubscribed
	KindStateChanged
	KindNotifyAnswered
	KindNotifyFailed
	KindExpired
	KindFlowClosed
	KindRestarted
	KindStopped
	KindTimer
	kinds
)

func (k Kind) String() string {
	if k >= kinds {
		return "unknown input"
	}
	return [kinds]string{
		"Subscribed", "Refreshed", "Unsubscribed", "StateChanged", "NotifyAnswered", "NotifyFailed", "Expired", "FlowClosed",
		"Restarted", "Stopped", "TimerFired",
	}[k]
}

// Tx names a SUBSCRIBE that is owed an answer; its owner numbers them.
type Tx = leg.Tx

// Subscribed begins a subscription: a SUBSCRIBE that was found good. The state holds what it said.
type Subscribed struct {
	Tx      Tx
	Seconds int // granted
}

// Refreshed prolongs it (RFC 6665 §4.2.1.4). The phone may have moved.
type Refreshed struct {
	Tx      Tx
	CSeq    uint32
	Seconds int      // granted
	Target  string   // its Contact; empty: as before
	Flow    leg.Flow // where it came from: NOTIFYs go there from now on
	Agent   string
}

// Unsubscribed ends it, or, as the first input, fetches the state once (RFC 6665 §4.4.3).
type Unsubscribed struct {
	Tx   Tx
	CSeq uint32 // of a SUBSCRIBE in the dialog
	Flow leg.Flow
}

// StateChanged says that what the phone watches is not what it was.
type StateChanged struct{}

// NotifyAnswered is the final response to the NOTIFY with that branch.
type NotifyAnswered struct {
	Via        string
	Status     int
	RetryAfter time.Duration // 0: not said
}

// NotifyFailed says that it will get none.
type NotifyFailed struct {
	Via     string
	Timeout bool // else the network refused it
}

// Expired says that the time that was granted is over.
type Expired struct{}

// FlowClosed says that the connection the subscription came by is gone.
type FlowClosed struct{}

// Restarted is the first input of a subscription that was read back: the box was away for a moment.
type Restarted struct {
	After time.Duration // when its phone is told, so that not all are in the same moment
	Skip  uint32        // how many numbers may have been used since it was written down
}

// Stopped ends it from our side.
type Stopped struct{ Reason Reason }

// TimerFired is what StartTimer asked for.
type TimerFired struct{}

func (Subscribed) kind() Kind     { return KindSubscribed }
func (Refreshed) kind() Kind      { return KindRefreshed }
func (Unsubscribed) kind() Kind   { return KindUnsubscribed }
func (StateChanged) kind() Kind   { return KindStateChanged }
func (NotifyAnswered) kind() Kind { return KindNotifyAnswered }
func (NotifyFailed) kind() Kind   { return KindNotifyFailed }
func (Expired) kind() Kind        { return KindExpired }
func (FlowClosed) kind() Kind     { return KindFlowClosed }
func (Restarted) kind() Kind      { return KindRestarted }
func (Stopped) kind() Kind        { return KindStopped }
func (TimerFired) kind() Kind     { return KindTimer }
