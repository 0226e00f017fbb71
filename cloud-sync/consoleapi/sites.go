package consoleapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
)

// SitePath is the input of an operation on one site.
type SitePath struct {
	Site string `path:"site" maxLength:"64"`
}

func (s SitePath) id() central.SiteID { return central.SiteID(s.Site) }

// sites is the answer of GET /api/sites.
type sites struct {
	Sites []SiteRow `json:"sites"`
	Now   int64     `json:"now"`
}

// siteName is the body of POST /api/sites.
type siteName struct {
	Name string `json:"name" maxLength:"200"`
}

// rewindRequest is the body of a rewind: the facts after this address are sent again.
type rewindRequest struct {
	Stream string `json:"stream" maxLength:"200"`
	Epoch  uint32 `json:"epoch"`
	N      uint64 `json:"n"`
}

func (a *api) siteRoutes(r router) {
	handle(r, route{"GET", "/api/sites", "The sites, the one that most needs a look first", reads, 0}, a.sites)
	handle(r, route{"POST", "/api/sites", "Make a site", writes, http.StatusCreated}, a.addSite)
	handle(r, route{"GET", "/api/sites/{site}", "A site now", reads, 0}, a.site)
	handle(r, route{"POST", "/api/sites/{site}/claim", "Make a claim code for its box", writes, 0}, a.claim)
	order(r, route{"DELETE", "/api/sites/{site}/claim", "Withdraw the claim code", writes, 0}, func(ctx context.Context, who caller, in *SitePath) error {
		return a.audited(ctx, who, "claim.withdraw", in.id(), "", func() error { return a.Boxes.WithdrawClaim(ctx, who.Tenant, in.id()) })
	})
	order(r, route{"POST", "/api/sites/{site}/revoke", "Shut its box out", writes, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Body struct{}
	},
	) error {
		return a.audited(ctx, who, "revoke", in.id(), "", func() error { return a.Boxes.Revoke(ctx, who.Tenant, in.id()) })
	})
	order(r, route{"POST", "/api/sites/{site}/rewind", "Make its box send facts again", writes, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Body rewindRequest
	},
	) error {
		to := fact.Address{Stream: in.Body.Stream, Epoch: in.Body.Epoch, N: in.Body.N}
		return a.audited(ctx, who, "rewind", in.id(), to.String(), func() error { return a.Boxes.Rewind(ctx, who.Tenant, in.id(), to) })
	})
}

func (a *api) sites(ctx context.Context, who caller, _ *none) (sites, error) {
	all, err := a.Fleet.Sites(ctx, who.Tenant)
	if err != nil {
		return sites{}, err
	}
	now := time.Now()
	out := sites{Sites: make([]SiteRow, 0, len(all)), Now: now.UnixMilli()}
	for _, s := range all {
		row, _, err := a.row(ctx, who, s, now)
		if err != nil {
			return sites{}, err
		}
		out.Sites = append(out.Sites, row)
	}
	slices.SortStableFunc(out.Sites, func(x, y SiteRow) int {
		return cmp.Or(gravity(x.Health.Level)-gravity(y.Health.Level), cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.ID, y.ID))
	})
	return out, nil
}

func (a *api) addSite(ctx context.Context, who caller, in *struct{ Body siteName }) (SiteRow, error) {
	name := strings.TrimSpace(in.Body.Name)
	if err := a.record(ctx, who, "site.add", "", name); err != nil {
		return SiteRow{}, err
	}
	s, err := a.Fleet.AddSite(ctx, who.Tenant, name)
	if err != nil {
		return SiteRow{}, err
	}
	row, _, err := a.row(ctx, who, s, time.Now())
	return row, err
}

// row is a site in one line, and what its box says.
func (a *api) row(ctx context.Context, who caller, s central.Site, now time.Time) (SiteRow, central.Live, error) {
	live, err := a.Fleet.Live(ctx, who.Tenant, s.ID)
	if err != nil {
		return SiteRow{}, live, err
	}
	draft, err := a.Documents.Draft(ctx, who.Tenant, s.ID)
	if err != nil {
		return SiteRow{}, live, err
	}
	row := SiteRow{
		ID: string(s.ID), Name: s.Name, Health: healthOf(s, live, now), Newest: s.Newest, InForce: s.InForce, State: string(s.State), Draft: draft.Tag != "",
	}
	if s.Claim != nil && s.Claim.After(now) {
		row.Claim = s.Claim.UnixMilli()
	}
	if s.Device == nil {
		return row, live, nil
	}
	row.Serial, row.Program, row.Seen = s.Device.Serial, s.Device.Program, unix(s.Device.Seen)
	st := live.Status
	if live.At.IsZero() {
		return row, live, nil
	}
	if st.Oldest > 0 {
		row.Behind = max(0, st.Now-st.Oldest) + max(0, now.Sub(live.At).Milliseconds())
	}
	row.Slot, row.Trunks, row.Phones, row.Calls = st.Machine.Slot, len(st.Trunks), len(st.Phones), st.Calls
	for _, t := range st.Trunks {
		if t.Up {
			row.TrunksUp++
		}
	}
	for _, p := range st.Phones {
		if p.Up {
			row.PhonesUp++
		}
	}
	return row, live, nil
}

func (a *api) site(ctx context.Context, who caller, in *SitePath) (SiteView, error) {
	now := time.Now()
	s, err := a.Fleet.Site(ctx, who.Tenant, in.id())
	if err != nil {
		return SiteView{}, err
	}
	row, live, err := a.row(ctx, who, s, now)
	if err != nil {
		return SiteView{}, err
	}
	v := SiteView{
		Row: row, Connected: live.Connected, Clock: live.Status.Clock, Trunks: []TrunkView{}, Phones: []PhoneView{}, Agents: []AgentView{},
		Alarms: append([]string{}, live.Status.Alarms...),
	}
	if s.Device != nil {
		v.Expires = unix(s.Device.Expires)
	}
	for _, t := range live.Status.Trunks {
		v.Trunks = append(v.Trunks, TrunkView(t))
	}
	for _, p := range live.Status.Phones {
		v.Phones = append(v.Phones, PhoneView(p))
	}
	for _, g := range live.Status.Agents {
		v.Agents = append(v.Agents, AgentView(g))
	}
	m := live.Status.Machine
	v.Machine = MachineView{Board: m.Board, UptimeMS: m.UptimeMS, Celsius: float64(m.CelsiusMC) / 1000, DiskUsed: m.DiskUsed, Load: m.Load}
	if v.Queues, err = a.queueViews(ctx, who, s, live, time.Time{}); err != nil {
		return SiteView{}, err
	}
	if v.Local, err = a.local(ctx, who, s); err != nil {
		return SiteView{}, err
	}
	v.Story, err = a.story(ctx, who, s)
	return v, err
}

func (a *api) claim(ctx context.Context, who caller, in *SitePath) (ClaimView, error) {
	var v ClaimView
	err := a.audited(ctx, who, "claim", in.id(), "", func() error {
		claim, expires, err := a.Boxes.NewClaim(ctx, who.Tenant, in.id())
		v = ClaimView{Code: claim.Spelled(), Expires: unix(expires), Server: a.Server}
		return err
	})
	if err != nil {
		return ClaimView{}, err
	}
	return v, nil
}

// unix is a time as views have it; 0 is never.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
