package centraldb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// The promises of central.Store, for both engines: TestFleetOnSQLite runs them always, TestFleetOnPostgreSQL with the build tag interop.

var noon = time.UnixMilli(1_795_435_200_000).UTC()

// fixture is a store with two customers, each with a site.
type fixture struct {
	Fleet
	*testing.T
	ctx    context.Context //nolint:containedctx // of the one test that the store is for
	tenant [2]central.TenantID
	site   [2]central.SiteID
}

func newFixture(t *testing.T, db *DB) *fixture {
	t.Helper()
	f := &fixture{Fleet: db.Fleet(), T: t, ctx: t.Context()}
	for i, name := range []string{"Transports Martin", "Clinique Durand"} {
		f.tenant[i] = central.TenantID(fmt.Sprintf("t%d", i))
		f.site[i] = central.SiteID(fmt.Sprintf("s%d", i))
		f.must(f.AddTenant(f.ctx, central.Tenant{ID: f.tenant[i], Name: name, Created: noon.Add(time.Duration(i) * time.Second)}))
		f.must(f.AddSite(f.ctx, central.Site{ID: f.site[i], Tenant: f.tenant[i], Name: "Lyon", Created: noon}))
	}
	return f
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) is(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("the error is %v, want %v", err, want)
	}
}

// enrol puts a box in a site.
func (f *fixture) enrol(i int, id central.DeviceID, stream string) central.Device {
	f.Helper()
	keys := wire.ClaimKeys{ID: "claim of " + string(id), Key: []byte{1, 2, 0, 255}}
	f.must(f.PutClaim(f.ctx, central.Waiting{Tenant: f.tenant[i], Site: f.site[i], Keys: keys, Expires: noon.Add(time.Hour)}))
	d := central.Device{ID: id, Tenant: f.tenant[i], Site: f.site[i], Serial: "A-1", Program: "1.0", Enrolled: noon, Seen: noon, Expires: noon.Add(90 * 24 * time.Hour)}
	f.must(f.Enrol(f.ctx, keys.ID, d, stream))
	return d
}

// facts are entries n…m of a stream; each odd one is of call c<n>.
func facts(stream string, epoch uint32, from, to uint64) []central.Sorted {
	var rows []central.Sorted
	for n := from; n <= to; n++ {
		e := fact.Entry{Address: fact.Address{Stream: stream, Epoch: epoch, N: n}, At: fact.Moment{UTC: noon.UnixMilli() + int64(n)*1000, Boot: int64(n)}}
		call := ""
		if n%2 == 1 {
			call = fmt.Sprintf("c%d", n)
			e.Fact = fact.CallOpened{Call: call}
		} else {
			e.Fact = fact.BoxStarted{Program: "1.0"}
		}
		raw, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		rows = append(rows, central.Sorted{Row: wire.Row{Address: e.Address, At: e.At, Kind: e.Fact.Kind(), Raw: raw}, Call: call})
	}
	return rows
}

func at(stream string, epoch uint32, n uint64) fact.Address {
	if epoch == 0 && n == 0 {
		return fact.Address{}
	}
	return fact.Address{Stream: stream, Epoch: epoch, N: n}
}

// numbers is the n of each fact a question finds.
func (f *fixture) numbers(i int, q central.Question) []uint64 {
	f.Helper()
	if q.Limit == 0 {
		q.Limit = 10_000
	}
	rows, err := f.Facts(f.ctx, f.tenant[i], f.site[i], q)
	f.must(err)
	var ns []uint64
	for _, raw := range rows {
		var e struct{ Address fact.Address }
		f.must(json.Unmarshal(raw, &e))
		ns = append(ns, e.Address.N)
	}
	return ns
}

// fleetContract runs every promise against a database of its own.
func fleetContract(t *testing.T, open func(t *testing.T) *DB) {
	for _, c := range []struct {
		name  string
		proof func(*fixture)
	}{
		{"sites are their tenant's", sitesAreTheirTenants},
		{"a claim is used once", claimIsUsedOnce},
		{"a box takes the place of another", boxTakesPlace},
		{"drafts have one writer at a time", draftsHaveOneWriter},
		{"the newest local document is kept", localsAreKept},
		{"revisions count on", revisionsCountOn},
		{"reports move forward", reportsMoveForward},
		{"facts are kept once", factsAreKeptOnce},
		{"facts are found", factsAreFound},
		{"facts that cannot be read do not wait", brokenFacts},
		{"streams are rewound", streamsAreRewound},
		{"boxes that send at once", boxesAtOnce},
		{"another tenant finds nothing", anotherTenant},
	} {
		t.Run(c.name, func(t *testing.T) { c.proof(newFixture(t, open(t))) })
	}
}

func sitesAreTheirTenants(f *fixture) {
	tenants, err := f.Tenants(f.ctx)
	f.must(err)
	if len(tenants) != 2 || tenants[0].Name != "Transports Martin" || !tenants[0].Created.Equal(noon) {
		f.Errorf("tenants are %+v", tenants)
	}
	_, err = f.Tenant(f.ctx, "nobody")
	f.is(err, central.ErrNotFound)
	f.must(f.AddSite(f.ctx, central.Site{ID: "s2", Tenant: f.tenant[0], Name: "Aix", Created: noon}))
	sites, err := f.Sites(f.ctx, f.tenant[0], noon)
	f.must(err)
	want := []central.Site{{ID: "s2", Tenant: f.tenant[0], Name: "Aix", Created: noon}, {ID: "s0", Tenant: f.tenant[0], Name: "Lyon", Created: noon}}
	if diff := cmp.Diff(want, sites); diff != "" {
		f.Error(diff)
	}
}

func claimIsUsedOnce(f *fixture) {
	keys := wire.ClaimKeys{ID: "one", Key: []byte{0, 1, 254, 255}}
	w := central.Waiting{Tenant: f.tenant[0], Site: f.site[0], Keys: keys, Expires: noon.Add(time.Hour)}
	f.must(f.PutClaim(f.ctx, w))
	got, err := f.Claim(f.ctx, "one")
	f.must(err)
	if diff := cmp.Diff(w, got); diff != "" {
		f.Error(diff)
	}
	s, err := f.Site(f.ctx, f.tenant[0], f.site[0], noon)
	f.must(err)
	if s.Claim == nil || !s.Claim.Equal(w.Expires) {
		f.Errorf("the site's claim waits until %v, want %v", s.Claim, w.Expires)
	}
	if s, err = f.Site(f.ctx, f.tenant[0], f.site[0], w.Expires); err != nil || s.Claim != nil {
		f.Errorf("the claim waits after its end: %v, %v", s.Claim, err)
	}

	d := central.Device{ID: "d", Tenant: f.tenant[0], Site: f.site[0], Enrolled: w.Expires, Seen: noon, Expires: noon}
	f.is(f.Enrol(f.ctx, "one", d, "j"), central.ErrNotFound) // too late
	d.Enrolled = noon
	other := d
	other.Tenant, other.Site = f.tenant[1], f.site[1]
	f.is(f.Enrol(f.ctx, "one", other, "j"), central.ErrNotFound) // the claim of another tenant
	if _, err := f.Device(f.ctx, "d"); !errors.Is(err, central.ErrNotFound) {
		f.Errorf("a refused box was kept: %v", err)
	}

	w.Keys.ID = "two" // takes the place of the first
	f.must(f.PutClaim(f.ctx, w))
	f.is(f.Enrol(f.ctx, "one", d, "j"), central.ErrNotFound)
	f.must(f.Enrol(f.ctx, "two", d, "j"))
	d.ID = "e"
	f.is(f.Enrol(f.ctx, "two", d, "j"), central.ErrNotFound)

	w.Keys.ID = "three"
	f.must(f.PutClaim(f.ctx, w))
	f.must(f.DropClaim(f.ctx, f.tenant[0], f.site[0]))
	f.must(f.DropClaim(f.ctx, f.tenant[0], f.site[0])) // nothing to do
	f.is(f.Enrol(f.ctx, "three", d, "j"), central.ErrNotFound)
	_, err = f.Claim(f.ctx, "thr\x00ee\xff")
	f.is(err, central.ErrNotFound)
}

func boxTakesPlace(f *fixture) {
	first := f.enrol(0, "first", "journal")
	r, err := f.Publish(f.ctx, f.tenant[0], "", central.Revision{Site: f.site[0], Text: "x", Published: noon, State: wire.Published, StateAt: noon})
	f.must(err)
	_, err = f.Reported(f.ctx, first, wire.Report{Revision: r.Number, State: wire.Kept}, noon)
	f.must(err)
	_, _, err = f.Ingest(f.ctx, first, central.Parcel{Stream: "journal", Rows: facts("journal", 1, 1, 4), At: noon})
	f.must(err)
	_, _, err = f.Ingest(f.ctx, first, central.Parcel{Stream: "older", Rows: facts("older", 1, 1, 2), At: noon})
	f.must(err)

	second := f.enrol(0, "second", "journal") // the same disk in another box
	was, err := f.Device(f.ctx, "first")
	f.must(err)
	s, err := f.Site(f.ctx, f.tenant[0], f.site[0], noon)
	f.must(err)
	if !was.Revoked || s.Device == nil || s.Device.ID != "second" || s.Device.Revoked || s.InForce != 0 || s.State != wire.Published || s.Newest != 1 {
		f.Errorf("the first box is %+v, the site %+v with %+v", was, s, s.Device)
	}
	mark, err := f.Mark(f.ctx, second, "journal")
	f.must(err)
	if mark != at("journal", 1, 4) {
		f.Errorf("its journal goes on after %s", mark)
	}
	if ns := f.numbers(0, central.Question{}); len(ns) != 6 {
		f.Errorf("of the history is left %v", ns)
	}
	// The first one speaks for nobody.
	_, _, err = f.Ingest(f.ctx, first, central.Parcel{Stream: "journal", After: mark, Rows: facts("journal", 1, 5, 6), At: noon})
	f.is(err, central.ErrRevoked)
	_, err = f.Reported(f.ctx, first, wire.Report{Revision: 1, State: wire.Reverted}, noon)
	f.is(err, central.ErrRevoked)
	f.is(f.InForce(f.ctx, first, 1), central.ErrRevoked)

	second.Program, second.Seen, second.Expires = "2.0", noon.Add(time.Minute), noon.Add(200*24*time.Hour)
	f.must(f.Heard(f.ctx, second))
	got, err := f.Device(f.ctx, "second")
	f.must(err)
	if diff := cmp.Diff(second, got); diff != "" {
		f.Error(diff)
	}
	f.must(f.InForce(f.ctx, second, 1)) // it has it already
	if s, err = f.Site(f.ctx, f.tenant[0], f.site[0], noon); err != nil || s.InForce != 1 || s.State != wire.Kept {
		f.Errorf("the site is %+v, %v", s, err)
	}
	id, err := f.Revoke(f.ctx, f.tenant[0], f.site[0])
	f.must(err)
	if got, err := f.Device(f.ctx, id); err != nil || id != "second" || !got.Revoked {
		f.Errorf("revoked %s: %+v, %v", id, got, err)
	}
	_, err = f.Revoke(f.ctx, f.tenant[1], f.site[1])
	f.is(err, central.ErrRefused) // no box there
}

func draftsHaveOneWriter(f *fixture) {
	_, err := f.Draft(f.ctx, f.tenant[0], f.site[0])
	f.is(err, central.ErrNotFound)
	d := central.Draft{Site: f.site[0], Base: 3, Text: "é: 1\n", Tag: "a", By: "u", At: noon}
	f.is(f.SaveDraft(f.ctx, f.tenant[0], d, "old"), central.ErrStale)
	f.must(f.SaveDraft(f.ctx, f.tenant[0], d, ""))
	f.is(f.SaveDraft(f.ctx, f.tenant[0], d, ""), central.ErrStale)
	d.Tag = "b"
	f.must(f.SaveDraft(f.ctx, f.tenant[0], d, "a"))
	got, err := f.Draft(f.ctx, f.tenant[0], f.site[0])
	f.must(err)
	if diff := cmp.Diff(d, got); diff != "" {
		f.Error(diff)
	}
	f.is(f.DropDraft(f.ctx, f.tenant[0], f.site[0], "a"), central.ErrStale)
	f.must(f.DropDraft(f.ctx, f.tenant[0], f.site[0], "b"))
	f.must(f.DropDraft(f.ctx, f.tenant[0], f.site[0], ""))
}

func revisionsCountOn(f *fixture) {
	d := f.enrol(0, "d", "j")
	r := central.Revision{Site: f.site[0], Text: "one", Published: noon, By: "u", ByName: "Ana", Reason: "because", State: wire.Published, StateAt: noon}
	first, err := f.Publish(f.ctx, f.tenant[0], "", r)
	f.must(err)
	if first.Number != 1 {
		f.Errorf("the first revision is number %d", first.Number)
	}
	f.must(f.SaveDraft(f.ctx, f.tenant[0], central.Draft{Site: f.site[0], Text: "two", Tag: "a", At: noon}, ""))
	_, err = f.Publish(f.ctx, f.tenant[0], "b", r)
	f.is(err, central.ErrStale)
	r.Text = "two"
	_, err = f.Publish(f.ctx, f.tenant[0], "a", r)
	f.must(err)
	_, err = f.Publish(f.ctx, f.tenant[0], "a", r) // the draft is gone
	f.is(err, central.ErrStale)

	// A box that had more than this cloud remembers: the cloud was restored from yesterday.
	_, err = f.Reported(f.ctx, d, wire.Report{Revision: 7, State: wire.Kept}, noon)
	f.must(err)
	third, err := f.Publish(f.ctx, f.tenant[0], "", r)
	f.must(err)
	f.must(f.InForce(f.ctx, d, 20))
	fourth, err := f.Publish(f.ctx, f.tenant[0], "", r)
	f.must(err)
	if third.Number != 8 || fourth.Number != 21 {
		f.Errorf("revisions are number %d and %d, want 8 and 21", third.Number, fourth.Number)
	}
	list, err := f.Revisions(f.ctx, f.tenant[0], f.site[0], 3)
	f.must(err)
	var numbers []uint64
	for _, r := range list {
		numbers = append(numbers, r.Number)
		if r.Text != "" {
			f.Error("the list has a text")
		}
	}
	if diff := cmp.Diff([]uint64{21, 8, 2}, numbers); diff != "" {
		f.Error(diff)
	}
	got, err := f.Revision(f.ctx, f.tenant[0], f.site[0], 1)
	f.must(err)
	if diff := cmp.Diff(first, got); diff != "" {
		f.Error(diff)
	}
	for _, n := range []uint64{0, 3, 1 << 63, 1<<64 - 1} {
		_, err = f.Revision(f.ctx, f.tenant[0], f.site[0], n)
		f.is(err, central.ErrNotFound)
	}
}

func reportsMoveForward(f *fixture) {
	d := f.enrol(0, "d", "j")
	for range 2 {
		_, err := f.Publish(f.ctx, f.tenant[0], "", central.Revision{Site: f.site[0], Text: "x", Published: noon, State: wire.Published, StateAt: noon})
		f.must(err)
	}
	problems := []site.Problem{{Path: "queues[0]", Sentence: "nul \x00 inside", Remedy: "none"}}
	for _, c := range []struct {
		report  wire.Report
		changed bool
		state   wire.State
		force   uint64
	}{
		{wire.Report{Revision: 2, State: wire.Applied}, true, wire.Applied, 0},
		{wire.Report{Revision: 2, State: wire.Applied}, false, wire.Applied, 0}, // twice
		{wire.Report{Revision: 2, State: wire.Fetched}, false, wire.Applied, 0}, // late
		{wire.Report{Revision: 1, State: wire.Fetched}, true, wire.Applied, 0},  // of another one
		{wire.Report{Revision: 9, State: wire.Kept}, false, wire.Applied, 0},    // not known
		{wire.Report{Revision: 2, State: wire.Kept}, true, wire.Kept, 2},        //
		{wire.Report{Revision: 2, State: wire.Reverted, Returned: 1, Why: "the link", Problems: problems}, true, wire.Reverted, 1},
	} {
		moved, err := f.Reported(f.ctx, d, c.report, noon.Add(time.Minute))
		f.must(err)
		s, err := f.Site(f.ctx, f.tenant[0], f.site[0], noon)
		f.must(err)
		if moved != c.changed || s.State != c.state || s.InForce != c.force {
			f.Errorf("after %+v: changed %v, state %s, in force %d; want %+v", c.report, moved, s.State, s.InForce, c)
		}
	}
	r, err := f.Revision(f.ctx, f.tenant[0], f.site[0], 2)
	f.must(err)
	if diff := cmp.Diff(problems, r.Problems); diff != "" || r.Why != "the link" || r.Returned != 1 || !r.StateAt.Equal(noon.Add(time.Minute)) {
		f.Errorf("the revision is %+v %s", r, diff)
	}
}

func factsAreKeptOnce(f *fixture) {
	d := f.enrol(0, "d", "j")
	send := func(after fact.Address, rows []central.Sorted, kept int, mark fact.Address) {
		f.Helper()
		got, n, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", After: after, Rows: rows, At: noon})
		f.must(err)
		if n != kept || got != mark {
			f.Errorf("%d facts after %s: %d kept up to %s, want %d up to %s", len(rows), after, n, got, kept, mark)
		}
		if has, err := f.Mark(f.ctx, d, "j"); err != nil || has != mark {
			f.Errorf("the mark is %s (%v), want %s", has, err, mark)
		}
	}
	send(fact.Address{}, nil, 0, fact.Address{})
	send(at("j", 1, 5), facts("j", 1, 6, 8), 0, fact.Address{}) // a gap: nothing is here yet
	send(fact.Address{}, facts("j", 1, 1, 250), 250, at("j", 1, 250))
	send(fact.Address{}, facts("j", 1, 1, 250), 0, at("j", 1, 250))        // the same again
	send(at("j", 1, 200), facts("j", 1, 201, 260), 10, at("j", 1, 260))    // overlaps
	send(at("j", 1, 261), facts("j", 1, 262, 270), 0, at("j", 1, 260))     // a gap
	send(at("j", 1, 260), nil, 0, at("j", 1, 260))                         // nothing new
	send(at("j", 1, 255), facts("j", 2, 1, 3), 3, at("j", 2, 3))           // the box was restored and raised its epoch
	send(at("j", 1, 260), facts("j", 1, 261, 262), 0, at("j", 2, 3))       // before it knew
	send(at("j", 1<<32-1, 1), facts("j", 1<<32-1, 2, 3), 0, at("j", 2, 3)) // far beyond
	send(at("j", 2, 3), facts("j", 1<<32-1, 1, 1), 1, at("j", 1<<32-1, 1)) // the highest epoch there is
	if ns := f.numbers(0, central.Question{}); len(ns) != 264 {
		f.Errorf("%d facts are kept, want 264", len(ns))
	}
	if _, n, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "k", Rows: facts("k", 1, 1, 1), At: noon}); err != nil || n != 1 {
		f.Errorf("another stream of the same box: %d, %v", n, err)
	}
	other := f.enrol(1, "e", "j")
	if mark, err := f.Mark(f.ctx, other, "j"); err != nil || mark != (fact.Address{}) {
		f.Errorf("a stream of the same name at another site begins at %s, %v", mark, err)
	}
}

func factsAreFound(f *fixture) {
	d := f.enrol(0, "d", "j")
	_, _, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", Rows: facts("j", 1, 1, 9), At: noon})
	f.must(err)
	opened := fact.CallOpened{}.Kind()
	for _, c := range []struct {
		q    central.Question
		want []uint64
	}{
		{central.Question{}, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{central.Question{Newest: true, Limit: 3}, []uint64{9, 8, 7}},
		{central.Question{Since: noon.Add(4 * time.Second), Until: noon.Add(7 * time.Second)}, []uint64{4, 5, 6}},
		{central.Question{Kinds: []fact.Kind{opened}}, []uint64{1, 3, 5, 7, 9}},
		{central.Question{Kinds: []fact.Kind{opened, "box.started"}, Limit: 2}, []uint64{1, 2}},
		{central.Question{Call: "c5"}, []uint64{5}},
		{central.Question{Call: "c5", Kinds: []fact.Kind{"box.started"}}, nil},
		{central.Question{Call: "' OR 1=1 --"}, nil},
	} {
		if diff := cmp.Diff(c.want, f.numbers(0, c.q)); diff != "" {
			f.Errorf("%+v: %s", c.q, diff)
		}
	}
}

func brokenFacts(f *fixture) {
	d := f.enrol(0, "d", "j")
	rows := facts("j", 1, 1, 4)
	rows[1].Broken = "it is not what it says"
	rows[1].Raw = []byte("{\xff\x00}")
	rows[2].Kind = "teapot.boiled"
	rows[3].Raw = append([]byte(`{"address":{"n":4},"x":"`), 0xff, '"', '}') // JSON to Go, no UTF-8 to PostgreSQL
	mark, kept, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", Rows: rows, At: noon})
	f.must(err)
	if mark != at("j", 1, 4) || kept != 4 {
		f.Errorf("%d kept up to %s", kept, mark)
	}
	if diff := cmp.Diff([]uint64{1, 3, 4}, f.numbers(0, central.Question{})); diff != "" {
		f.Error(diff)
	}
	unknown, broken, err := f.Unread(f.ctx, f.tenant[0], f.site[0], fact.Kinds())
	f.must(err)
	if unknown != 1 || broken != 1 {
		f.Errorf("%d of unknown kinds and %d set aside, want one of each", unknown, broken)
	}
	f.must(f.Rewind(f.ctx, f.tenant[0], f.site[0], at("j", 1, 1)))
	if _, kept, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", After: at("j", 1, 1), Rows: facts("j", 1, 2, 4), At: noon}); err != nil || kept != 3 {
		f.Errorf("what was set aside stands in the way: %d, %v", kept, err)
	}
}

func streamsAreRewound(f *fixture) {
	d := f.enrol(0, "d", "j")
	rewind := func(to fact.Address) error { return f.Rewind(f.ctx, f.tenant[0], f.site[0], to) }
	f.is(rewind(fact.Address{Stream: "j"}), central.ErrRefused) // nothing there
	_, _, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", Rows: append(facts("j", 1, 1, 5), facts("j", 2, 1, 5)...), At: noon})
	f.must(err)
	f.is(rewind(at("j", 2, 6)), central.ErrRefused) // not received
	f.is(rewind(at("j", 3, 0)), central.ErrRefused)
	f.must(rewind(at("j", 2, 2)))
	f.must(rewind(at("j", 2, 2)))
	if diff := cmp.Diff([]uint64{1, 1, 2, 2, 3, 4, 5}, f.numbers(0, central.Question{})); diff != "" {
		f.Error(diff)
	}
	f.must(rewind(at("j", 1, 3)))
	if diff := cmp.Diff([]uint64{1, 2, 3}, f.numbers(0, central.Question{})); diff != "" {
		f.Error(diff)
	}
	f.must(rewind(fact.Address{Stream: "j"}))
	mark, err := f.Mark(f.ctx, d, "j")
	f.must(err)
	if ns := f.numbers(0, central.Question{}); len(ns) != 0 || mark != (fact.Address{}) {
		f.Errorf("after the beginning: %v, mark %s", ns, mark)
	}
	if mark, kept, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", Rows: facts("j", 1, 1, 5), At: noon}); err != nil || kept != 5 || mark != at("j", 1, 5) {
		f.Errorf("sent again: %d up to %s, %v", kept, mark, err)
	}
}

// boxesAtOnce has one box send the same facts over several connections, cut in different places, while another site's box sends as well and a
// person publishes: every fact is there once.
func boxesAtOnce(f *fixture) {
	devices := []central.Device{f.enrol(0, "d", "j"), f.enrol(1, "e", "j")}
	const last = 120
	var wg sync.WaitGroup
	failed := make(chan error, 16)
	for i, d := range devices {
		for each := uint64(7); each <= 13; each += 3 {
			wg.Go(func() {
				mark := fact.Address{}
				for mark != at("j", 1, last) {
					from := mark.N + 1
					got, _, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", After: mark, Rows: facts("j", 1, from, min(last, from+each)), At: noon})
					if err != nil {
						failed <- err
						return
					}
					mark = got
				}
			})
		}
		wg.Go(func() {
			for range 5 {
				if _, err := f.Publish(f.ctx, f.tenant[i], "", central.Revision{Site: f.site[i], Text: "x", Published: noon, State: wire.Published}); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		f.Error(err)
	}
	for i := range devices {
		ns := f.numbers(i, central.Question{})
		if len(ns) != last || ns[0] != 1 || ns[last-1] != last {
			f.Errorf("site %d has %d facts: %v", i, len(ns), ns)
		}
		if s, err := f.Site(f.ctx, f.tenant[i], f.site[i], noon); err != nil || s.Newest != 5 {
			f.Errorf("site %d: newest revision %d, %v", i, s.Newest, err)
		}
	}
}

func anotherTenant(f *fixture) {
	d := f.enrol(0, "d", "j")
	_, _, err := f.Ingest(f.ctx, d, central.Parcel{Stream: "j", Rows: facts("j", 1, 1, 3), At: noon})
	f.must(err)
	f.must(f.SaveDraft(f.ctx, f.tenant[0], central.Draft{Site: f.site[0], Tag: "a"}, ""))
	other, id := f.tenant[1], f.site[0]
	_, err = f.Site(f.ctx, other, id, noon)
	f.is(err, central.ErrNotFound)
	f.is(f.PutClaim(f.ctx, central.Waiting{Tenant: other, Site: id}), central.ErrNotFound)
	f.is(f.DropClaim(f.ctx, other, id), central.ErrNotFound)
	_, err = f.Revoke(f.ctx, other, id)
	f.is(err, central.ErrNotFound)
	_, err = f.Draft(f.ctx, other, id)
	f.is(err, central.ErrNotFound)
	f.is(f.SaveDraft(f.ctx, other, central.Draft{Site: id}, "a"), central.ErrNotFound)
	f.is(f.DropDraft(f.ctx, other, id, "a"), central.ErrNotFound)
	_, err = f.Local(f.ctx, other, id)
	f.is(err, central.ErrNotFound)
	_, err = f.Publish(f.ctx, other, "a", central.Revision{Site: id})
	f.is(err, central.ErrNotFound)
	f.is(f.Rewind(f.ctx, other, id, fact.Address{Stream: "j"}), central.ErrNotFound)
	if rows, err := f.Facts(f.ctx, other, id, central.Question{Limit: 10}); err != nil || len(rows) != 0 {
		f.Errorf("facts of another tenant: %d, %v", len(rows), err)
	}
	if list, err := f.Revisions(f.ctx, other, id, 10); err != nil || len(list) != 0 {
		f.Errorf("revisions of another tenant: %d, %v", len(list), err)
	}
	if sites, err := f.Sites(f.ctx, other, noon); err != nil || len(sites) != 1 || sites[0].ID != f.site[1] {
		f.Errorf("sites of another tenant: %+v, %v", sites, err)
	}
}

func TestFleetOnSQLite(t *testing.T) {
	fleetContract(t, func(t *testing.T) *DB {
		db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "cloud.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	})
}
