package central

import (
	"errors"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/cloud-sync/wire"
)

// The names of things: random, opaque, never reused.
type (
	// TenantID names a customer.
	TenantID string
	// SiteID names a branch of a customer's.
	SiteID string
	// DeviceID names a box.
	DeviceID string
	// UserID names a person who signs in.
	UserID string
)

// Errors every caller tells apart.
var (
	ErrNotFound = errors.New("not found")                      // or it belongs to another tenant
	ErrStale    = errors.New("somebody else changed it since") // the tag given is not the newest
	ErrRefused  = errors.New("refused")                        // wrapped with a sentence
	ErrTooOften = errors.New("too many tries")
)

// Tenant is a customer.
type Tenant struct {
	ID      TenantID
	Name    string
	Created time.Time
}

// Site is one branch.
type Site struct {
	ID      SiteID
	Tenant  TenantID
	Name    string
	Created time.Time
	Device  *Device    // nil: no box is enrolled
	Claim   *time.Time // until when a claim code waits to be typed; nil: none
	Newest  uint64     // newest published revision; 0: none
	InForce uint64     // confirmed by the box; 0: none
	State   wire.State // of the newest
	Local   string     // content name of the document its box lives by that nobody published; "": none is known
}

// Device is a box that enrolled.
type Device struct {
	ID       DeviceID
	Tenant   TenantID
	Site     SiteID
	Serial   string
	Program  string
	Enrolled time.Time
	Seen     time.Time // last word of it
	Expires  time.Time // its certificate
	Revoked  bool
}

// Revision is a document as it was published, and what became of it.
type Revision struct {
	Site      SiteID
	Number    uint64
	Text      string // YAML
	Published time.Time
	By        UserID
	ByName    string
	Reason    string // why, in the publisher's words
	State     wire.State
	StateAt   time.Time
	Problems  []site.Problem // refused
	Why       string         // refused or reverted
	Returned  uint64         // reverted: what is in force
}

// Draft is a document somebody works on. Each site has at most one.
type Draft struct {
	Site SiteID
	Base uint64 // the revision it began from; 0: from nothing
	Text string
	Tag  string // changes with every change
	By   UserID
	At   time.Time
}

// Local is a document that a box lived by though nobody published it: from before it was enrolled, or changed on the spot.
type Local struct {
	Site   SiteID
	Device DeviceID // whose it was
	Name   string   // of its content
	Text   string   // YAML; holds passwords
	At     time.Time
}

// Live is the last status of a box.
type Live struct {
	Status    wire.Status
	At        time.Time // by the cloud's clock; zero: never heard
	Connected bool      // its stream is open, or it polled within its interval
}

// Question asks for facts of one site, oldest first unless Newest.
type Question struct {
	Since, Until time.Time   // by the facts' own wall clock; zero: any
	Kinds        []fact.Kind // none: any
	Call         string      // of one call
	Newest       bool        // newest first
	Limit        int         // at most 10,000
}

// Change tells who watches a tenant that something of a site is different.
type Change struct {
	Site SiteID
	What string // "status", "facts", "revision", "device"
}
