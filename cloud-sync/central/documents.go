package central

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"autocom/appliance/site"
	"autocom/cloud-sync/wire"
)

const (
	mostRevisions = 100 // listed
	mostReason    = 500 // characters
)

// Draft is the site's draft; without one, the newest revision as a draft nobody changed (Tag is then ""). Before the first it is the document the box
// brought with it, and without that a text to begin from.
func (c *Cloud) Draft(ctx context.Context, t TenantID, id SiteID) (Draft, error) {
	s, err := c.Store.Site(ctx, t, id, now())
	if err != nil {
		return Draft{}, err
	}
	d, err := c.Store.Draft(ctx, t, id)
	if !errors.Is(err, ErrNotFound) {
		return d, err
	}
	if s.Newest == 0 && s.Local != "" {
		l, err := c.Store.Local(ctx, t, id)
		if !errors.Is(err, ErrNotFound) {
			return Draft{Site: id, Text: l.Text, At: l.At}, err
		}
	}
	if s.Newest == 0 {
		return Draft{Site: id, Text: Starter(s.Name), At: s.Created}, nil
	}
	r, err := c.Store.Revision(ctx, t, id, s.Newest)
	if err != nil {
		return Draft{}, err
	}
	return Draft{Site: id, Base: r.Number, Text: r.Text, By: r.By, At: r.Published}, nil
}

// SaveDraft keeps a text, whatever its problems. tag is the Tag it was read with; ErrStale says somebody else saved since.
func (c *Cloud) SaveDraft(ctx context.Context, t TenantID, id SiteID, tag, text string, by UserID) (Draft, error) {
	switch {
	case len(text) > site.MaxBytes:
		return Draft{}, fmt.Errorf("%w: the document has %d bytes, %d are the most", ErrRefused, len(text), site.MaxBytes)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return Draft{}, fmt.Errorf("%w: the document is no UTF-8 text", ErrRefused)
	}
	before, err := c.Draft(ctx, t, id)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Site: id, Base: before.Base, Text: text, Tag: newID("g"), By: by, At: now()}
	if err := c.Store.SaveDraft(ctx, t, d, tag); err != nil {
		return Draft{}, err
	}
	c.live.tell(t, Change{Site: id, What: "revision"})
	return d, nil
}

// DropDraft takes the draft away. Without one there is nothing to do.
func (c *Cloud) DropDraft(ctx context.Context, t TenantID, id SiteID, tag string) error {
	if _, err := c.Store.Site(ctx, t, id, now()); err != nil {
		return err
	}
	if err := c.Store.DropDraft(ctx, t, id, tag); err != nil {
		return err
	}
	c.live.tell(t, Change{Site: id, What: "revision"})
	return nil
}

// Publish makes the draft the site's newest revision and nudges its box. A *site.ProblemsError says why not, ErrStale that the draft changed.
func (c *Cloud) Publish(ctx context.Context, t TenantID, id SiteID, tag string, by UserID, reason string) (Revision, error) {
	s, err := c.Store.Site(ctx, t, id, now())
	if err != nil {
		return Revision{}, err
	}
	d, err := c.Draft(ctx, t, id)
	if err != nil {
		return Revision{}, err
	}
	if d.Tag != tag {
		return Revision{}, ErrStale
	}
	if _, problems := site.Parse([]byte(d.Text)); len(problems) > 0 {
		return Revision{}, &site.ProblemsError{File: s.Name, Problems: problems}
	}
	at := now()
	r := Revision{Site: id, Text: d.Text, Published: at, By: by, Reason: clean(reason, mostReason), State: wire.Published, StateAt: at}
	if c.People != nil && by != "" {
		if r.ByName, err = c.People.Name(ctx, t, by); err != nil {
			return Revision{}, fmt.Errorf("who publishes: %w", err)
		}
	}
	if r, err = c.Store.Publish(ctx, t, tag, r); err != nil {
		return Revision{}, err
	}
	if s.Device != nil {
		c.live.nudge(s.Device.ID, wire.Nudge{Desired: r.Number})
	}
	c.live.tell(t, Change{Site: id, What: "revision"})
	return r, nil
}

// Revisions is the newest hundred, newest first, without their texts.
func (c *Cloud) Revisions(ctx context.Context, t TenantID, id SiteID) ([]Revision, error) {
	if _, err := c.Store.Site(ctx, t, id, now()); err != nil {
		return nil, err
	}
	return c.Store.Revisions(ctx, t, id, mostRevisions)
}

// Revision is one revision, with its text.
func (c *Cloud) Revision(ctx context.Context, t TenantID, id SiteID, number uint64) (Revision, error) {
	return c.Store.Revision(ctx, t, id, number)
}
