package leg

import (
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Input is one of the things that can happen to a leg. The set is closed.
//
//sumtype:decl
type Input interface{ kind() Kind }

// Kind names an input: the row of the table.
type Kind uint8

// The inputs.
const (
	KindInvite Kind = iota
	KindReinvite
	KindAck
	KindCancel
	KindBye
	KindUpdate
	KindInfo
	KindOptions
	KindPrack
	KindOther
	KindRefer
	KindResponse
	KindFailed
	KindAuthorized
	KindPortOpened
	KindPortFailed
	KindTimer
	KindPlace
	KindProgress
	KindAnswer
	KindRefuse
	KindHangUp
	KindReferTold
	KindReoffer
	KindHold
	KindRefresh
	KindResume
	kinds
)

func (k Kind) String() string {
	if k >= kinds {
		return "unknown input"
	}
	return [kinds]string{
		"InviteReceived", "ReinviteReceived", "AckReceived", "CancelReceived", "ByeReceived", "UpdateReceived", "InfoReceived",
		"OptionsReceived", "PrackReceived", "OtherReceived", "ReferReceived", "ResponseReceived", "TransactionFailed", "Authorized", "PortOpened",
		"PortFailed", "TimerFired", "Place", "Progress", "Answer", "Refuse", "HangUp", "ReferTold", "Reoffer", "Hold", "Refresh", "Resume",
	}[k]
}

// InviteReceived begins a leg that comes in. Offer is what the exchange will be told once a media port is open.
type InviteReceived struct {
	Tx       Tx
	Msg      Request
	LocalTag string
	Contact  string // our Contact URI
	Flow     Flow
	Routed   bool   // in-dialog requests follow the route set (carriers) and not the flow (phones behind NAT)
	Seed     string // unguessable and unique: names our transactions
	AnyPeer  bool   // its sound may come from elsewhere than it says
	Policy   Policy
	Offer    exchange.LegOffered
}

// ReinviteReceived is an INVITE inside the dialog (RFC 3261 §14.2).
type ReinviteReceived struct {
	Tx  Tx
	Msg Request
}

// AckReceived is the ACK of a 2xx.
type AckReceived struct{ Msg Request }

// CancelReceived withdraws the INVITE that began the leg; the CANCEL itself is answered.
type CancelReceived struct{ Msg Request }

// ByeReceived ends the dialog.
type ByeReceived struct {
	Tx  Tx
	Msg Request
}

// UpdateReceived changes the session, or refreshes it, outside of an INVITE (RFC 3311).
type UpdateReceived struct {
	Tx  Tx
	Msg Request
}

// InfoReceived carries a digit, as old phones and carriers send it.
type InfoReceived struct {
	Tx  Tx
	Msg Request
}

// OptionsReceived asks whether the dialog lives.
type OptionsReceived struct {
	Tx  Tx
	Msg Request
}

// PrackReceived acknowledges a reliable provisional response (RFC 3262).
type PrackReceived struct {
	Tx  Tx
	Msg Request
}

// OtherReceived is any other request inside the dialog.
type OtherReceived struct {
	Tx  Tx
	Msg Request
}

// ResponseReceived is an answer to a request of ours. Via is the branch it came with.
type ResponseReceived struct {
	Via string
	Msg Response
}

// TransactionFailed says a request of ours got no final response.
type TransactionFailed struct {
	Via     string
	Timeout bool // nobody answered; else the network refused to carry it
}

// Authorized answers Authenticate. An empty Header says that there are no credentials.
type Authorized struct {
	Via    string
	Header Header
}

// PortOpened answers OpenPort.
type PortOpened struct{ Local plan.Endpoint }

// PortFailed says that OpenPort or UpdatePort did not succeed.
type PortFailed struct{}

// TimerFired says that the time of StartTimer has come.
type TimerFired struct{ Timer Timer }

// Place begins a leg that goes out, to one or several contacts, turn after turn: the first that answers wins.
type Place struct {
	Leg      plan.LegID
	To       exchange.OriginKind
	Contacts []Contact
	From     Address
	Extra    []Header
	Contact  string // our Contact URI
	Seed     string
	Policy   Policy
	Hops     int // Max-Forwards of the INVITEs; 0: the usual 70
}

// Contact is one device to ring.
type Contact struct {
	URI      string
	To       string // URI of the To header
	CallID   string
	LocalTag string
	Flow     Flow
	Routed   bool
	AnyPeer  bool
	Turn     int      // contacts of the lowest turn ring first, and together
	Extra    []Header // of its INVITE alone
}

// Progress sends 180, or 183 with sound.
type Progress struct{ Early bool }

// Answer sends 200.
type Answer struct{}

// Refuse sends a final response that is no 2xx.
type Refuse struct{ Reason exchange.Refusal }

// HangUp ends the leg in any state.
type HangUp struct {
	Elsewhere bool              // RFC 3326: another phone answered
	Cause     exchange.EndCause // EndedByBox when empty
}

// Reoffer opens the media port again and, if it moved, tells the peer with a re-INVITE: the media process was restarted.
type Reoffer struct{}

// Resume arms the timers of a state that was read back after a planned restart.
type Resume struct{}

func (InviteReceived) kind() Kind    { return KindInvite }
func (ReinviteReceived) kind() Kind  { return KindReinvite }
func (AckReceived) kind() Kind       { return KindAck }
func (CancelReceived) kind() Kind    { return KindCancel }
func (ByeReceived) kind() Kind       { return KindBye }
func (UpdateReceived) kind() Kind    { return KindUpdate }
func (InfoReceived) kind() Kind      { return KindInfo }
func (OptionsReceived) kind() Kind   { return KindOptions }
func (PrackReceived) kind() Kind     { return KindPrack }
func (OtherReceived) kind() Kind     { return KindOther }
func (ResponseReceived) kind() Kind  { return KindResponse }
func (TransactionFailed) kind() Kind { return KindFailed }
func (Authorized) kind() Kind        { return KindAuthorized }
func (PortOpened) kind() Kind        { return KindPortOpened }
func (PortFailed) kind() Kind        { return KindPortFailed }
func (TimerFired) kind() Kind        { return KindTimer }
func (Place) kind() Kind             { return KindPlace }
func (Progress) kind() Kind          { return KindProgress }
func (Answer) kind() Kind            { return KindAnswer }
func (Refuse) kind() Kind            { return KindRefuse }
func (HangUp) kind() Kind            { return KindHangUp }
func (Reoffer) kind() Kind           { return KindReoffer }
func (Resume) kind() Kind            { return KindResume }
