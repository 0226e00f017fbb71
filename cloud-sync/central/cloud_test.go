package central_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/centraldb"
	"autocom/cloud-sync/keyring"
	"autocom/cloud-sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type names struct{}

func (names) Name(_ context.Context, _ central.TenantID, id central.UserID) (string, error) {
	return "Mme " + string(id), nil
}

// newCloud is a cloud on a database of its own, and its store.
func newCloud(t *testing.T) (*central.Cloud, centraldb.Fleet) {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := keyring.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return central.New(central.Parts{Store: db.Fleet(), Signer: ring, Issuer: ring, People: names{}}), db.Fleet()
}

// branch is a customer with a site; with a serial number, also a box in it.
func branch(t *testing.T, c *central.Cloud, store centraldb.Fleet, name, serial string) (central.Site, central.Device) {
	t.Helper()
	tenant, err := c.AddTenant(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.AddSite(t.Context(), tenant.ID, "Lyon")
	if err != nil || serial == "" {
		return s, central.Device{}
	}
	now := time.Now()
	keys := wire.ClaimKeys{ID: name, Key: []byte("k")}
	if err := store.PutClaim(t.Context(), central.Waiting{Tenant: tenant.ID, Site: s.ID, Keys: keys, Expires: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	d := central.Device{ID: central.DeviceID("d-" + name), Tenant: tenant.ID, Site: s.ID, Serial: serial, Enrolled: now, Seen: now, Expires: now}
	if err := store.Enrol(t.Context(), name, d, "j"); err != nil {
		t.Fatal(err)
	}
	if d, err = c.Device(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	return s, d
}

// TestAnotherTenantFindsNothing calls every method of Cloud that names a tenant and a site, with a site of another tenant: it is as if there were
// none. A method that is added is called by itself.
func TestAnotherTenantFindsNothing(t *testing.T) {
	c, store := newCloud(t)
	mine, box := branch(t, c, store, "martin", "A-1")
	theirs, _ := branch(t, c, store, "durand", "")
	if _, err := c.SaveDraft(t.Context(), mine.Tenant, mine.ID, "", central.Starter("Lyon"), "u"); err != nil {
		t.Fatal(err)
	}
	state := func() []any {
		s, err := c.Site(t.Context(), mine.Tenant, mine.ID)
		if err != nil {
			t.Fatal(err)
		}
		s.Device.Seen = time.Time{}
		d, err := c.Draft(t.Context(), mine.Tenant, mine.ID)
		if err != nil {
			t.Fatal(err)
		}
		return []any{s, d}
	}
	before := state()
	cloud := reflect.ValueOf(c)
	asked := 0
	for i := range cloud.NumMethod() {
		method, name := cloud.Method(i), cloud.Type().Method(i).Name
		var in []reflect.Value
		tenant, object := false, false
		for kind := range method.Type().Ins() {
			v := reflect.New(kind).Elem()
			switch kind {
			case reflect.TypeFor[context.Context]():
				v = reflect.ValueOf(t.Context())
			case reflect.TypeFor[central.TenantID]():
				v, tenant = reflect.ValueOf(theirs.Tenant), true
			case reflect.TypeFor[central.SiteID]():
				v, object = reflect.ValueOf(mine.ID), true
			case reflect.TypeFor[fact.Address]():
				v = reflect.ValueOf(fact.Address{Stream: "j"})
			case reflect.TypeFor[uint64]():
				v = reflect.ValueOf(uint64(1))
			}
			in = append(in, v)
		}
		if !object {
			continue // it asks of a tenant, or of a box, alone: see below
		}
		if !tenant {
			t.Errorf("%s names a site and no tenant", name)
			continue
		}
		asked++
		out := method.Call(in)
		if changes, ok := reflect.TypeAssert[<-chan central.Change](out[0]); ok {
			if _, open := <-changes; open {
				t.Errorf("%s tells changes of another tenant's site", name)
			}
			continue
		}
		if err, _ := reflect.TypeAssert[error](out[len(out)-1]); !errors.Is(err, central.ErrNotFound) {
			t.Errorf("%s of another tenant's site: %v, want %v", name, err, central.ErrNotFound)
		}
	}
	if asked < 15 {
		t.Errorf("only %d methods were asked", asked)
	}
	if after := state(); !reflect.DeepEqual(before, after) {
		t.Errorf("what another tenant asked changed\n%+v into\n%+v", before, after)
	}

	// Those that name a tenant alone, and those of a box.
	if sites, err := c.Sites(t.Context(), theirs.Tenant); err != nil || len(sites) != 1 || sites[0].ID != theirs.ID {
		t.Errorf("their sites are %+v, %v", sites, err)
	}
	for _, nobody := range []central.TenantID{"", "t-nobody"} {
		_, tenant := c.Tenant(t.Context(), nobody)
		_, sites := c.Sites(t.Context(), nobody)
		_, added := c.AddSite(t.Context(), nobody, "x")
		for _, err := range []error{tenant, sites, added} {
			if !errors.Is(err, central.ErrNotFound) {
				t.Errorf("of the tenant %q: %v", nobody, err)
			}
		}
		if _, open := <-c.Watch(t.Context(), nobody, ""); open {
			t.Errorf("the tenant %q is told changes", nobody)
		}
	}
	box.Tenant = theirs.Tenant
	if _, err := c.Desired(t.Context(), box); !errors.Is(err, central.ErrNotFound) {
		t.Errorf("a box of a site of another tenant: %v", err)
	}
	if _, err := c.Ingest(t.Context(), box, wire.Batch{Stream: "j"}); !errors.Is(err, central.ErrRevoked) {
		t.Errorf("a box of a site of another tenant sends: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	changes := c.Watch(ctx, theirs.Tenant, "")
	if _, err := c.SaveDraft(t.Context(), mine.Tenant, mine.ID, before[1].(central.Draft).Tag, "x", "u"); err != nil {
		t.Fatal(err)
	}
	cancel()
	for change := range changes {
		t.Errorf("another tenant is told %+v", change)
	}
}

func TestNamesAndTextsAreBounded(t *testing.T) {
	c, store := newCloud(t)
	s, _ := branch(t, c, store, "martin", "")
	for _, name := range []string{"", "  ", strings.Repeat("é", 101), "a\nb", "a\x00", "\xff"} {
		if _, err := c.AddSite(t.Context(), s.Tenant, name); !errors.Is(err, central.ErrRefused) {
			t.Errorf("a site %q: %v", name, err)
		}
		if _, err := c.AddTenant(t.Context(), name); !errors.Is(err, central.ErrRefused) {
			t.Errorf("a tenant %q: %v", name, err)
		}
	}
	for _, text := range []string{"\xff", "a: \x00", strings.Repeat("#", site.MaxBytes+1)} {
		if _, err := c.SaveDraft(t.Context(), s.Tenant, s.ID, "", text, "u"); !errors.Is(err, central.ErrRefused) {
			t.Errorf("a text %.10q: %v", text, err)
		}
	}
}

// TestRevisionsTellWhoAndWhy follows a document from its draft into the archive.
func TestRevisionsTellWhoAndWhy(t *testing.T) {
	c, store := newCloud(t)
	s, _ := branch(t, c, store, "martin", "")
	d, err := c.SaveDraft(t.Context(), s.Tenant, s.ID, "", central.Starter("Lyon"), "ana")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Publish(t.Context(), s.Tenant, s.ID, d.Tag, "ana", "new carrier\x00\n")
	if err != nil || r.Number != 1 || r.ByName != "Mme ana" || r.Reason != "new carrier  " {
		t.Errorf("%+v, %v", r, err)
	}
	next, err := c.Draft(t.Context(), s.Tenant, s.ID)
	if err != nil || next.Tag != "" || next.Base != 1 || next.Text != r.Text {
		t.Errorf("after it was published the draft is %+v, %v", next, err)
	}
	list, err := c.Revisions(t.Context(), s.Tenant, s.ID)
	if err != nil || len(list) != 1 || list[0].Text != "" {
		t.Errorf("%+v, %v", list, err)
	}
	if got, err := c.Revision(t.Context(), s.Tenant, s.ID, 1); err != nil || got.Text != r.Text || got.By != "ana" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestWhoIsConnected holds the rule: a stream is open, or a word came within 90 s.
func TestWhoIsConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, store := newCloud(t)
		s, d := branch(t, c, store, "martin", "A-1")
		connected := func(want bool, when string) {
			t.Helper()
			live, err := c.Live(t.Context(), s.Tenant, s.ID)
			if err != nil || live.Connected != want {
				t.Errorf("%s: connected %v, %v", when, live.Connected, err)
			}
		}
		if _, err := c.Heard(t.Context(), d, wire.Status{Program: "2.0"}); err != nil {
			t.Fatal(err)
		}
		connected(true, "after a status")
		time.Sleep(89 * time.Second)
		connected(true, "a minute and a half later")
		time.Sleep(2 * time.Second)
		connected(false, "later still")

		ctx, cancel := context.WithCancel(t.Context())
		first, err := c.Nudges(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		connected(true, "with a stream")
		second, err := c.Nudges(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		<-first // the nudge that came at once
		if _, open := <-first; open {
			t.Error("the first stream is open beside the second")
		}
		cancel()
		synctest.Wait()
		connected(true, "when only the first stream ended")
		if err := c.Revoke(t.Context(), s.Tenant, s.ID); err != nil {
			t.Fatal(err)
		}
		<-second
		if _, open := <-second; open {
			t.Error("the stream of a revoked box is open")
		}
		connected(false, "when it was shut out")
		if _, err := c.Nudges(t.Context(), d); !errors.Is(err, central.ErrRevoked) {
			t.Errorf("a revoked box opens a stream: %v", err)
		}
		if _, err := c.Device(t.Context(), d.ID); !errors.Is(err, central.ErrRevoked) {
			t.Errorf("a revoked box speaks: %v", err)
		}
		if s, err := c.Site(t.Context(), s.Tenant, s.ID); err != nil || s.Device.Program != "2.0" || !s.Device.Revoked {
			t.Errorf("the site has %+v, %v", s.Device, err)
		}
	})
}

// TestNudgesBecomeOne holds what waits for a box that does not read: the newest of each.
func TestNudgesBecomeOne(t *testing.T) {
	c, store := newCloud(t)
	s, d := branch(t, c, store, "martin", "A-1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	nudges, err := c.Nudges(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	<-nudges
	b := wire.Batch{Stream: "j", Facts: nil}
	e, err := fact.Entry{Address: fact.Address{Stream: "j", Epoch: 1, N: 1}, Fact: fact.BoxStarted{}}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	b.Facts = append(b.Facts, e)
	if _, err := c.Ingest(ctx, d, b); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.Publish(ctx, s.Tenant, s.ID, "", "", ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Rewind(ctx, s.Tenant, s.ID, fact.Address{Stream: "j"}); err != nil {
		t.Fatal(err)
	}
	_ = c.Watch(ctx, s.Tenant, s.ID)
	if n := <-nudges; n != (wire.Nudge{Desired: 3, Watched: true, Facts: true}) {
		t.Errorf("the nudge is %+v", n)
	}
}

// TestSlowWatcherMissesNeverTheLast does not read while much happens.
func TestSlowWatcherMissesNeverTheLast(t *testing.T) {
	c, store := newCloud(t)
	s, d := branch(t, c, store, "martin", "A-1")
	ctx, cancel := context.WithCancel(t.Context())
	changes := c.Watch(ctx, s.Tenant, "")
	for range 200 {
		if _, err := c.Heard(ctx, d, wire.Status{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.SaveDraft(ctx, s.Tenant, s.ID, "", "x", "u"); err != nil {
		t.Fatal(err)
	}
	cancel()
	var all []central.Change
	for change := range changes {
		all = append(all, change)
	}
	if len(all) > 100 || !slices.Equal(all[len(all)-1:], []central.Change{{Site: s.ID, What: "revision"}}) {
		t.Errorf("%d changes, the last %+v", len(all), all[len(all)-1])
	}
}

// TestStatusWithoutAWatcherIsNotWatched keeps a watcher of the whole list from making every box send each two seconds.
func TestStatusWithoutAWatcherIsNotWatched(t *testing.T) {
	c, store := newCloud(t)
	s, d := branch(t, c, store, "martin", "A-1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_ = c.Watch(ctx, s.Tenant, "")
	if a, err := c.Heard(ctx, d, wire.Status{}); err != nil || a.Watched {
		t.Errorf("%+v, %v", a, err)
	}
	_ = c.Watch(ctx, s.Tenant, s.ID)
	if a, err := c.Heard(ctx, d, wire.Status{}); err != nil || !a.Watched {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := c.Heard(ctx, d, wire.Status{Revision: 1 << 41}); !errors.Is(err, central.ErrRefused) {
		t.Errorf("a revision nobody reaches: %v", err)
	}
}
