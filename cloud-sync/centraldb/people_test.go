package centraldb

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"autocom/cloud-sync/central"
)

// peopleContract is what both databases promise of people.
func peopleContract(t *testing.T, db *DB) {
	ctx := t.Context()
	now := time.UnixMilli(1_800_000_000_000).UTC()
	people := db.People()
	for _, id := range []central.TenantID{"ta", "tb"} {
		if err := db.Fleet().AddTenant(ctx, central.Tenant{ID: id, Name: "Tenant " + string(id), Created: now}); err != nil {
			t.Fatal(err)
		}
	}
	code, other := central.HashOf("one"), central.HashOf("two")
	want := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	want("a code for nobody", people.PutCode(ctx, "tx", code, now), central.ErrNotFound)
	want("a code", people.PutCode(ctx, "ta", central.HashOf("zero"), now.Add(time.Hour)), nil)
	want("the next", people.PutCode(ctx, "ta", code, now.Add(time.Hour)), nil)
	if there, err := people.Anybody(ctx); there || err != nil {
		t.Errorf("somebody is there: %v", err)
	}
	_, err := people.CodePerson(ctx, central.HashOf("zero"), now)
	want("the code before", err, central.ErrNotFound)
	_, err = people.CodePerson(ctx, code, now.Add(time.Hour))
	want("a code that is over", err, central.ErrNotFound)
	ana := central.Person{ID: "u1", Email: "ana@example.org", Name: "Ana", Password: "x", Created: now}
	_, err = people.Begin(ctx, other, now, ana)
	want("a wrong code", err, central.ErrNotFound)
	got, err := people.Begin(ctx, code, now, ana)
	if err != nil || got.Tenant != "ta" || got.TenantName != "Tenant ta" || got.Role != central.Owner {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = people.Begin(ctx, code, now, central.Person{ID: "u2", Email: "eve@example.org"})
	want("the code again", err, central.ErrNotFound)
	want("a code of B", people.PutCode(ctx, "tb", other, now.Add(time.Hour)), nil)
	_, err = people.Begin(ctx, other, now, central.Person{ID: "u3", Email: "ana@example.org"})
	want("an e-mail that is taken", err, central.ErrRefused)
	if _, err := people.CodePerson(ctx, other, now); err != nil {
		t.Errorf("a refused e-mail used the code up: %v", err)
	}
	if p, err := people.Person(ctx, "ana@example.org"); err != nil || p != got {
		t.Errorf("%+v, %v, want %+v", p, err, got)
	}
	if name, err := people.Name(ctx, "ta", "u1"); name != "Ana" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
	_, err = people.Name(ctx, "tb", "u1")
	want("a name in another tenant", err, central.ErrNotFound)

	session := central.SignIn{Hash: central.HashOf("first"), Person: "u1", Opened: now, Used: now, Address: "192.0.2.1"}
	want("open", people.OpenSession(ctx, session), nil)
	want("touch", people.TouchSession(ctx, session.Hash, now.Add(time.Minute)), nil)
	want("touch back", people.TouchSession(ctx, session.Hash, now), nil)
	session.Used = now.Add(time.Minute)
	if s, who, err := people.Session(ctx, session.Hash); err != nil || s != session || who != got {
		t.Errorf("%+v, %+v, %v", s, who, err)
	}
	for i := range mostSessions {
		want("open another", people.OpenSession(ctx, central.SignIn{Hash: central.HashOf(string(rune('a' + i))), Person: "u1", Opened: now.Add(time.Duration(i+1) * time.Second), Used: now}), nil)
	}
	_, _, err = people.Session(ctx, session.Hash)
	want("the oldest of too many", err, central.ErrNotFound)
	newest := central.HashOf(string(rune('a' + mostSessions - 1)))
	want("close", people.CloseSession(ctx, newest), nil)
	_, _, err = people.Session(ctx, newest)
	want("a closed one", err, central.ErrNotFound)
	want("sweep", people.Sweep(ctx, now.Add(2*time.Hour), now.Add(time.Hour), now), nil)
	_, _, err = people.Session(ctx, central.HashOf("b"))
	want("one that was idle", err, central.ErrNotFound)

	for _, what := range []string{"sign_in", "publish", "claim"} {
		want(what, people.Record(ctx, central.Deed{Tenant: "ta", At: now, Who: "ana@example.org", What: what, Site: "s1"}), nil)
		want(what, people.Record(ctx, central.Deed{Tenant: "tb", At: now, Who: "ben@example.org", What: what}), nil)
	}
	deeds, err := people.Deeds(ctx, "ta", 0, 2)
	if err != nil || len(deeds) != 2 || deeds[0].N != 3 || deeds[0].What != "claim" || deeds[1].Who != "ana@example.org" {
		t.Errorf("%+v, %v", deeds, err)
	}
	n, last, err := people.CheckDeeds(ctx, "ta")
	if err != nil || n != 3 || last != deeds[0].Hash {
		t.Errorf("%d, %v", n, err)
	}
	for _, forged := range []string{`UPDATE deeds SET who = 'eve@example.org' WHERE tenant = 'ta' AND n = 2`, `DELETE FROM deeds WHERE tenant = 'ta' AND n = 2`} {
		if err := db.change(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, forged); return err }); err != nil {
			t.Fatal(err)
		}
		if n, _, err := people.CheckDeeds(ctx, "ta"); err == nil || n != 1 {
			t.Errorf("%s: the chain holds (%d, %v)", forged, n, err)
		}
	}
	if _, _, err := people.CheckDeeds(ctx, "tb"); err != nil {
		t.Error(err)
	}
}

func TestPeopleInSQLite(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	peopleContract(t, db)
}
