package central

import (
	"context"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

// Store is where everything is kept (centraldb). Its methods are called on the goroutine of each request, any number at once, and block until they
// are done or the context ends. Each is one transaction: it happened whole, or an error says that nothing did. ErrNotFound, ErrStale and ErrRefused
// are told apart; every other error is trouble with the database.
type Store interface {
	Tenants
	Sites
	Claims
	Devices
	Drafts
	Locals
	Revisions
	Progress
	Facts
	Reader
}

// Tenants keeps customers.
type Tenants interface {
	AddTenant(ctx context.Context, t Tenant) error
	Tenant(ctx context.Context, id TenantID) (Tenant, error)
	Tenants(ctx context.Context) ([]Tenant, error)
}

// Sites keeps branches.
type Sites interface {
	AddSite(ctx context.Context, s Site) error
	// Sites is by name. A claim that ended before now is not told.
	Sites(ctx context.Context, t TenantID, now time.Time) ([]Site, error)
	Site(ctx context.Context, t TenantID, id SiteID, now time.Time) (Site, error)
}

// Waiting is a claim that nobody used yet.
type Waiting struct {
	Tenant  TenantID
	Site    SiteID
	Keys    wire.ClaimKeys
	Expires time.Time
}

// Claims keeps claims: one for a site, the newest.
type Claims interface {
	PutClaim(ctx context.Context, w Waiting) error
	DropClaim(ctx context.Context, t TenantID, id SiteID) error
	// Claim is by ClaimKeys.ID, whatever its age.
	Claim(ctx context.Context, id string) (Waiting, error)
}

// Devices keeps boxes.
type Devices interface {
	// Enrol uses a claim up and puts a box in its site, in place of the one there, which is revoked. The stream of its journal goes on at its
	// mark if an earlier box of the site had it: the facts are the same. ErrNotFound: the claim was used or withdrawn meanwhile, or ended.
	Enrol(ctx context.Context, claim string, d Device, stream string) error
	Device(ctx context.Context, id DeviceID) (Device, error)
	// Heard notes when a box was heard, which program it runs, and until when its certificate is good.
	Heard(ctx context.Context, d Device) error
	Revoke(ctx context.Context, t TenantID, id SiteID) (DeviceID, error)
}

// Drafts keeps what somebody works on.
type Drafts interface {
	Draft(ctx context.Context, t TenantID, id SiteID) (Draft, error)
	// SaveDraft puts d in place of the one whose tag is was; "": of none.
	SaveDraft(ctx context.Context, t TenantID, d Draft, was string) error
	DropDraft(ctx context.Context, t TenantID, id SiteID, tag string) error
}

// Locals keeps, for each site, the newest document its box lived by that nobody published.
type Locals interface {
	// KeepLocal is of the box that speaks for the site: ErrRevoked, if it does no more.
	KeepLocal(ctx context.Context, d Device, l Local) error
	Local(ctx context.Context, t TenantID, id SiteID) (Local, error)
	// DropLocal forgets it if it has that name still.
	DropLocal(ctx context.Context, d Device, name string) error
}

// Revisions keeps what was published.
type Revisions interface {
	// Publish numbers a revision, one above every number the site published or its box spoke of, and drops the draft, if it has this tag still.
	Publish(ctx context.Context, t TenantID, tag string, r Revision) (Revision, error)
	// Revisions is newest first, without texts.
	Revisions(ctx context.Context, t TenantID, id SiteID, limit int) ([]Revision, error)
	Revision(ctx context.Context, t TenantID, id SiteID, number uint64) (Revision, error)
}

// Progress keeps how far revisions came.
type Progress interface {
	// Reported notes what a box says of a revision. One that goes back, or that the cloud does not know, changes no state.
	Reported(ctx context.Context, d Device, r wire.Report, now time.Time) (changed bool, err error)
	// InForce notes what a box has, when that is something new.
	InForce(ctx context.Context, d Device, confirmed uint64) error
}

// Parcel is facts on their way into the store.
type Parcel struct {
	Stream string
	After  fact.Address
	Rows   []Sorted // in order
	At     time.Time
}

// Sorted is a fact that was looked at.
type Sorted struct {
	wire.Row
	Call   string // of which it is; "": of none
	Broken string // why it cannot be read; "": it can
}

// Facts takes facts in.
type Facts interface {
	// Ingest keeps what is after the high-water mark and moves the mark. A parcel that begins beyond the mark is not kept. The mark comes back,
	// and how many facts are new.
	Ingest(ctx context.Context, d Device, p Parcel) (mark fact.Address, kept int, err error)
	Mark(ctx context.Context, d Device, stream string) (fact.Address, error)
	// Rewind moves the mark of a stream back and drops what is after it.
	Rewind(ctx context.Context, t TenantID, id SiteID, to fact.Address) error
}

// Reader reads facts.
type Reader interface {
	// Facts gives each fact as it came.
	Facts(ctx context.Context, t TenantID, id SiteID, q Question) ([][]byte, error)
	// Unread counts the facts of kinds other than known, and those that were set aside.
	Unread(ctx context.Context, t TenantID, id SiteID, known []fact.Kind) (unknown, broken int64, err error)
}
