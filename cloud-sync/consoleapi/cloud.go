package consoleapi

import (
	"context"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// What the console asks of the cloud. Methods are called on the goroutine of each request and may block until its context ends.
// An object of another tenant is central.ErrNotFound.

// Fleet is the sites of a tenant and their boxes.
type Fleet interface {
	Sites(ctx context.Context, t central.TenantID) ([]central.Site, error)
	Site(ctx context.Context, t central.TenantID, id central.SiteID) (central.Site, error)
	AddSite(ctx context.Context, t central.TenantID, name string) (central.Site, error)
	Live(ctx context.Context, t central.TenantID, id central.SiteID) (central.Live, error)
}

// Boxes lets boxes in and out.
type Boxes interface {
	// NewClaim makes a code for one box; the one before, if it waits, is over.
	NewClaim(ctx context.Context, t central.TenantID, id central.SiteID) (wire.Claim, time.Time, error)
	WithdrawClaim(ctx context.Context, t central.TenantID, id central.SiteID) error
	// Revoke shuts the site's box out until it enrols again.
	Revoke(ctx context.Context, t central.TenantID, id central.SiteID) error
	// Rewind makes the box send its facts again from after an address; what the cloud has after it is dropped with the same stroke.
	Rewind(ctx context.Context, t central.TenantID, id central.SiteID, to fact.Address) error
}

// Documents is drafts and revisions.
type Documents interface {
	// Draft is the site's draft; without one, the newest revision as a draft nobody changed (Tag is then "").
	Draft(ctx context.Context, t central.TenantID, id central.SiteID) (central.Draft, error)
	// SaveDraft keeps a text, whatever its problems. tag is the Tag it was read with; ErrStale says somebody else saved since.
	SaveDraft(ctx context.Context, t central.TenantID, id central.SiteID, tag, text string, by central.UserID) (central.Draft, error)
	DropDraft(ctx context.Context, t central.TenantID, id central.SiteID, tag string) error
	// Adopt makes the local document the draft. name is the document's that was seen, tag the draft's: ErrStale says that there is another by now,
	// ErrRefused that there is none to adopt.
	Adopt(ctx context.Context, t central.TenantID, id central.SiteID, name, tag string, by central.UserID) (central.Draft, error)
	// Publish makes the draft the site's newest revision and nudges its box. A *site.ProblemsError says why not, ErrStale that the draft changed.
	Publish(ctx context.Context, t central.TenantID, id central.SiteID, tag string, by central.UserID, reason string) (central.Revision, error)
}

// Archive is what was published.
type Archive interface {
	// Revisions is the newest hundred, newest first, without their texts.
	Revisions(ctx context.Context, t central.TenantID, id central.SiteID) ([]central.Revision, error)
	Revision(ctx context.Context, t central.TenantID, id central.SiteID, number uint64) (central.Revision, error)
	// Local is the newest document a box of the site lived by that was not published.
	Local(ctx context.Context, t central.TenantID, id central.SiteID) (central.Local, error)
}

// History is what happened at a site.
type History interface {
	Facts(ctx context.Context, t central.TenantID, id central.SiteID, q central.Question) ([]fact.Entry, error)
	// Watch tells changes of a tenant's sites until the context ends; a reader that is too slow misses some, never the last.
	// While it is open, boxes of the named site send their status every two seconds.
	Watch(ctx context.Context, t central.TenantID, id central.SiteID) <-chan central.Change
}

// Check is what the cloud looks at before it publishes.
func Check(text string) (site.Document, []site.Problem) { return site.Parse([]byte(text)) }
