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

// mostDocumentName bounds the content name of a document, in characters.
const mostDocumentName = 64

// TakeLocal takes in the document a box lives by that nobody published here. It may come twice.
func (c *Cloud) TakeLocal(ctx context.Context, d Device, in wire.LocalDocument) (wire.Received, error) {
	switch {
	case in.Name == "" || len(in.Name) > mostDocumentName || clean(in.Name, mostDocumentName) != in.Name:
		return wire.Received{}, fmt.Errorf("%w: the document has no name of its content", ErrRefused)
	case strings.TrimSpace(in.Text) == "" || len(in.Text) > site.MaxBytes:
		return wire.Received{}, fmt.Errorf("%w: the document has %d bytes, 1 to %d are taken", ErrRefused, len(in.Text), site.MaxBytes)
	case !utf8.ValidString(in.Text) || strings.ContainsRune(in.Text, 0):
		return wire.Received{}, fmt.Errorf("%w: the document is no UTF-8 text", ErrRefused)
	}
	at := now()
	if err := c.Store.KeepLocal(ctx, d, Local{Site: d.Site, Device: d.ID, Name: in.Name, Text: in.Text, At: at}); err != nil {
		return wire.Received{}, err
	}
	c.live.tell(d.Tenant, Change{Site: d.Site, What: "revision"})
	return wire.Received{Time: at.UnixMilli()}, nil
}

// Local is the newest document that a box of the site lived by and nobody published. ErrNotFound: none is known, or the box gave it up for a
// published one.
func (c *Cloud) Local(ctx context.Context, t TenantID, id SiteID) (Local, error) {
	return c.Store.Local(ctx, t, id)
}

// Adopt makes the local document the site's draft, in place of the one whose tag is given. name is the document's that somebody looked at; ErrStale
// says that the box has another one by now, or that somebody else saved a draft.
func (c *Cloud) Adopt(ctx context.Context, t TenantID, id SiteID, name, tag string, by UserID) (Draft, error) {
	s, err := c.Store.Site(ctx, t, id, now())
	if err != nil {
		return Draft{}, err
	}
	l, err := c.Store.Local(ctx, t, id)
	if errors.Is(err, ErrNotFound) {
		return Draft{}, fmt.Errorf("%w: the box has no document of its own", ErrRefused)
	}
	if err != nil {
		return Draft{}, err
	}
	if name != "" && name != l.Name {
		return Draft{}, ErrStale
	}
	d := Draft{Site: id, Base: s.Newest, Text: l.Text, Tag: newID("g"), By: by, At: now()}
	if err := c.Store.SaveDraft(ctx, t, d, tag); err != nil {
		return Draft{}, err
	}
	c.live.tell(t, Change{Site: id, What: "revision"})
	return d, nil
}

// givenUp reports whether a status says that the box no longer lives by the local document of its site: the published one is confirmed, and neither
// on trial nor changed on the spot.
func givenUp(s Site, status wire.Status) bool {
	return s.Local != "" && status.Revision > 0 && status.Trial == 0 && !status.Local && status.Document != s.Local
}
