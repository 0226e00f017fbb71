package centraldb

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

func localsAreKept(f *fixture) {
	d := f.enrol(0, "d", "j")
	_, err := f.Local(f.ctx, f.tenant[0], f.site[0])
	f.is(err, central.ErrNotFound)
	one := central.Local{Site: f.site[0], Device: "d", Name: "one", Text: "version: 1\nsite: {name: \"é\"}\n", At: noon}
	two := one
	two.Name, two.Text, two.At = "two", "version: 1\n", noon.Add(time.Minute)
	for _, l := range []central.Local{one, two, two} {
		f.must(f.KeepLocal(f.ctx, d, l))
		got, err := f.Local(f.ctx, f.tenant[0], f.site[0])
		f.must(err)
		if diff := cmp.Diff(l, got); diff != "" {
			f.Error(diff)
		}
		if s, err := f.Site(f.ctx, f.tenant[0], f.site[0], noon); err != nil || s.Local != l.Name {
			f.Errorf("the site says %q, %v", s.Local, err)
		}
	}
	f.must(f.DropLocal(f.ctx, d, "one")) // not that one any more
	if _, err := f.Local(f.ctx, f.tenant[0], f.site[0]); err != nil {
		f.Errorf("the newest was dropped by the name of the one before: %v", err)
	}
	f.must(f.DropLocal(f.ctx, d, "two"))
	_, err = f.Local(f.ctx, f.tenant[0], f.site[0])
	f.is(err, central.ErrNotFound)

	// It ends where a published one is kept, and not before.
	f.must(f.KeepLocal(f.ctx, d, two))
	_, err = f.Publish(f.ctx, f.tenant[0], "", central.Revision{Site: f.site[0], Text: "x", Published: noon, State: wire.Published, StateAt: noon})
	f.must(err)
	for _, state := range []wire.State{wire.Fetched, wire.Applied} {
		_, err = f.Reported(f.ctx, d, wire.Report{Revision: 1, State: state}, noon)
		f.must(err)
		if _, err := f.Local(f.ctx, f.tenant[0], f.site[0]); err != nil {
			f.Errorf("after %s: %v", state, err)
		}
	}
	_, err = f.Reported(f.ctx, d, wire.Report{Revision: 1, State: wire.Kept}, noon)
	f.must(err)
	_, err = f.Local(f.ctx, f.tenant[0], f.site[0])
	f.is(err, central.ErrNotFound)

	// The box before speaks for nobody.
	f.enrol(0, "e", "j")
	f.is(f.KeepLocal(f.ctx, d, one), central.ErrRevoked)
	f.is(f.DropLocal(f.ctx, d, "one"), central.ErrRevoked)
}
