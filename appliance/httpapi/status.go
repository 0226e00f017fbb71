package httpapi

import (
	"context"
	"net/netip"
	"time"
)

// Box tells how the box is. It is asked on the goroutine of a request, once at a time and at most once a second however many look; it may block
// until the context ends.
type Box interface {
	Status(ctx context.Context) (Status, error)
}

// Link is the way to the central console. Its methods are called on the goroutine of a request and may block until the context ends; one Enrol or
// Leave runs at a time. An error that is a *Refused is told in its words; any other as it is.
type Link interface {
	State(ctx context.Context) (LinkState, error)
	// Enrol makes the box one of a central console's. Both are as a person typed them.
	Enrol(ctx context.Context, server, claim string) error
	// Leave forgets the central console; the document in force stays.
	Leave(ctx context.Context) error
}

// Codes lets in who knows the one-time code: *identity.AdminCode does. It is called on the goroutine of a request and may take some hundredths of a second.
type Codes interface {
	Redeem(typed string, from netip.Addr) (by string, err error)
}

// Refused is an error for a person. When the code is one of those that the page knows, the page says it in the reader's language; else the
// sentence and the remedy are shown as they are.
type Refused struct {
	Code     string // "claim.unknown"; see appliance/wording
	Sentence string
	Remedy   string
	Detail   string // what shows it, in no language
}

func (r *Refused) Error() string {
	if r.Remedy == "" {
		return r.Sentence
	}
	return r.Sentence + ": " + r.Remedy
}

// Status is what the page shows of the box. It holds no secret and no outside number.
type Status struct {
	Site    string // its name; empty before the first document
	Serial  string
	Version string
	Now     time.Time // in the site's zone; every time on the page is told in it
	Started time.Time
	SIP     string // the address phones use
	Clock   Clock

	Document Document
	Media    bool   // the media process answers
	Journal  string // why facts are not kept, in words; empty: they are

	Trunks  []Trunk
	Phones  []Phone
	Queues  []Queue
	Calls   int // up now
	Notices []Notice
}

// Clock says whom the box believes about the time.
type Clock int

// The sources of the time.
const (
	ClockUnknown Clock = iota // the box does not say
	ClockUnset                // nobody told it the time since it started
	ClockSet                  // by a time server or by the central console
)

// Origin says where the document in force comes from.
type Origin int

// The origins of a document.
const (
	NoDocument Origin = iota // nothing is configured yet
	FromFile                 // somebody put it on the box
	FromConsole
	LastGood // the document itself could not be used: the last good one is in force
)

// Document is which site document is in force, and what became of the last one that is not.
type Document struct {
	Origin   Origin
	Name     string // its content's
	Revision uint64 // of the central console; 0: none
	Trial    bool   // it is in force on trial: the console's confirmation is waited for
	Failed   *FailedDocument
}

// FailedDocument is a document that did not take effect, or went back.
type FailedDocument struct {
	Revision uint64 // 0: it came from nowhere that counts
	Reverted bool   // it was in force on trial, and the one before is back
	At       time.Time
	Reason   string // in the words of whoever refused it, English
	Mistakes int    // how many it has, where they are not at hand
	Problems []Problem
}

// Problem is one mistake of a document.
type Problem struct{ Path, Sentence, Remedy string }

// Trunk is a carrier's line now.
type Trunk struct {
	Name            string
	Up              bool
	Reason          string // why it cannot be used, in words
	InUse, Channels int
}

// Phone is an extension and whether a phone answers there.
type Phone struct {
	Number, Name string
	Up           bool
}

// Queue is a queue now.
type Queue struct {
	Name    string
	Waiting int
	Longest time.Duration // the first caller has waited
	Talking int
	Free    int // agents who may be offered a call now
	Agents  int // logged in
}

// Gravity is how much a notice matters.
type Gravity int

// The gravities, heaviest last.
const (
	Information Gravity = iota
	Attention
	Danger
)

// Notice is one more thing that somebody should know: a warning of the core, a finding of the doctor.
type Notice struct {
	Code     string // as in Refused
	Gravity  Gravity
	About    string // "trunk operateur", "phone 201"
	Sentence string
	Remedy   string
}

// LinkState is how the link to the central console is.
type LinkState struct {
	Enrolled bool
	Server   string
	Tenant   string // the customer, in words
	Site     string // as the console calls it
	Up       bool
	Since    time.Time // it is up, or not
	Code     string    // why it is not up: see appliance/wording
	Detail   string    // what shows it, in no language
	Trouble  string    // why it is not up, in the box's own words
	Revoked  bool      // the console knows this box no more: it must enrol again
	Waiting  uint64    // facts that are not in the console yet; about
	Oldest   time.Time // of the oldest of them
	Expires  time.Time // the box's certificate
}

// Deed is one thing that was done at the page, for the box's records.
type Deed struct {
	Kind DeedKind
	From netip.Addr
	By   string // who had asked for the code of the session; empty for a stranger
	Why  string // of a refusal; never what was typed
}

// DeedKind is what was done.
type DeedKind string

// The deeds.
const (
	DeedSignIn        DeedKind = "sign_in"
	DeedSignInRefused DeedKind = "sign_in.refused"
	DeedSignOut       DeedKind = "sign_out"
	DeedEnrol         DeedKind = "enrol"
	DeedEnrolRefused  DeedKind = "enrol.refused"
	DeedLeave         DeedKind = "leave"
	DeedLeaveRefused  DeedKind = "leave.refused"
)
