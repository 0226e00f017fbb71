package consoleapi

import (
	"context"
	"errors"

	"autocom/cloud-sync/central"
)

// local is what the box of a site lives by instead of what was published, or nil. Before the first publication it is what the draft begins from.
func (a *api) local(ctx context.Context, who caller, s central.Site) (*LocalView, error) {
	if s.Local == "" || s.Newest == 0 || s.Device == nil {
		return nil, nil
	}
	l, err := a.Archive.Local(ctx, who.Tenant, s.ID)
	if errors.Is(err, central.ErrNotFound) { // given up meanwhile
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	newest, err := a.Archive.Revision(ctx, who.Tenant, s.ID, s.Newest)
	if err != nil {
		return nil, err
	}
	if l.Device != s.Device.ID || l.Text == newest.Text { // the box before; or the very same, on its way to be confirmed
		return nil, nil
	}
	was, _ := Check(newest.Text)
	is, _ := Check(l.Text)
	return &LocalView{Name: l.Name, At: unix(l.At), Changes: differences(was, is)}, nil
}

// adopt makes the local document the draft.
func (a *api) adopt(ctx context.Context, who caller, id central.SiteID, in AdoptRequest) (DraftView, error) {
	var d central.Draft
	err := a.audited(ctx, who, "adopt", id, in.Name, func() (err error) {
		d, err = a.Documents.Adopt(ctx, who.Tenant, id, in.Name, in.Tag, who.ID)
		return err
	})
	if err != nil {
		return DraftView{}, err
	}
	return a.draftView(ctx, who, d)
}
