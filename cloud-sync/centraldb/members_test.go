package centraldb

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"autocom/cloud-sync/central"
)

// membersContract is what both databases promise of the people of a tenant.
func membersContract(t *testing.T, db *DB) {
	ctx := t.Context()
	now := time.UnixMilli(1_800_000_000_000).UTC()
	people := db.People()
	want := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	for _, id := range []central.TenantID{"ta", "tb"} {
		want("a tenant", db.Fleet().AddTenant(ctx, central.Tenant{ID: id, Name: "Tenant " + string(id), Created: now}), nil)
	}
	ana := central.Person{ID: "ana", Tenant: "ta", TenantName: "Tenant ta", Email: "ana@example.org", Name: "Ana", Role: central.Owner, Password: "x", Created: now}
	want("ana", people.AddPerson(ctx, ana), nil)
	first, second, third := central.HashOf("1"), central.HashOf("2"), central.HashOf("3")
	ben := central.Person{ID: "ben", Tenant: "ta", TenantName: "Tenant ta", Email: "ben@example.org", Name: "Ben", Role: central.Admin, Password: "is not kept", Created: now}
	want("ben", people.Invite(ctx, ben, first, now.Add(time.Hour)), nil)
	want("ben again", people.Invite(ctx, central.Person{ID: "ben2", Tenant: "tb", Email: ben.Email, Role: central.Admin}, second, now), central.ErrTaken)
	ben.Password = ""
	members, err := people.Members(ctx, "ta", now)
	if err != nil || len(members) != 2 || members[0] != (central.Member{Person: ana}) || members[1] != (central.Member{Person: ben, Code: now.Add(time.Hour)}) {
		t.Errorf("%+v, %v", members, err)
	}
	if members, err := people.Members(ctx, "ta", now.Add(time.Hour)); err != nil || !members[1].Code.IsZero() {
		t.Errorf("a code that is over waits: %+v, %v", members, err)
	}
	if members, err := people.Members(ctx, "tb", now); err != nil || len(members) > 0 {
		t.Errorf("in another tenant: %+v, %v", members, err)
	}
	for _, id := range []central.UserID{"nobody", "ana\x00"} {
		_, err = people.Member(ctx, "ta", id)
		want("nobody", err, central.ErrNotFound)
		_, err = people.Remove(ctx, "ta", id, now)
		want("remove nobody", err, central.ErrNotFound)
	}
	for _, tenant := range []central.TenantID{"tb", ""} {
		_, err = people.Member(ctx, tenant, "ana")
		want("in another tenant", err, central.ErrNotFound)
		_, err = people.Remove(ctx, tenant, "ana", now)
		want("remove from another tenant", err, central.ErrNotFound)
		_, err = people.Reset(ctx, tenant, "ana", second, now)
		want("a code from another tenant", err, central.ErrNotFound)
	}

	// Who has no password yet opens no session, and is no administrator whom the others could leave to it.
	want("a session of who never came", people.OpenSession(ctx, central.SignIn{Hash: central.HashOf("s"), Person: "ben", Opened: now, Used: now}), central.ErrNotFound)
	_, err = people.Remove(ctx, "ta", "ana", now)
	want("remove the last", err, central.ErrLast)
	_, err = people.Reset(ctx, "ta", "ana", second, now)
	want("a code for the last", err, central.ErrLast)

	if who, err := people.CodePerson(ctx, first, now); err != nil || who != ben {
		t.Errorf("%+v, %v", who, err)
	}
	_, err = people.CodePerson(ctx, first, now.Add(time.Hour))
	want("a code that is over", err, central.ErrNotFound)
	_, err = people.Begin(ctx, first, now.Add(time.Hour), central.Person{Email: ben.Email, Password: "y"})
	want("begin with it", err, central.ErrNotFound)
	_, err = people.Begin(ctx, first, now, central.Person{Email: "eve@example.org", Password: "y"})
	want("begin as another", err, central.ErrRefused)
	ben.Password = "y"
	if who, err := people.Begin(ctx, first, now, central.Person{ID: "other", Email: ben.Email, Password: "y"}); err != nil || who != ben {
		t.Errorf("%+v, %v", who, err)
	}
	_, err = people.Begin(ctx, first, now, central.Person{Email: ben.Email, Password: "z"})
	want("begin again", err, central.ErrNotFound)

	// A new code takes the password's place.
	open := central.SignIn{Hash: central.HashOf("s"), Person: "ben", Opened: now, Used: now}
	want("a session", people.OpenSession(ctx, open), nil)
	ended, err := people.Reset(ctx, "ta", "ben", second, now.Add(time.Hour))
	if err != nil || len(ended) != 1 || ended[0] != open.Hash {
		t.Errorf("%v, %v", ended, err)
	}
	_, _, err = people.Session(ctx, open.Hash)
	want("its session", err, central.ErrNotFound)
	ended, err = people.Reset(ctx, "ta", "ben", third, now.Add(time.Hour))
	want("a further code", err, nil)
	if len(ended) > 0 {
		t.Error(ended)
	}
	_, err = people.CodePerson(ctx, second, now)
	want("the code before", err, central.ErrNotFound)
	ben.Name = "Benoît"
	if who, err := people.Begin(ctx, third, now, central.Person{Email: ben.Email, Name: ben.Name, Password: "y"}); err != nil || who != ben {
		t.Errorf("%+v, %v", who, err)
	}

	want("a session", people.OpenSession(ctx, open), nil)
	ended, err = people.Remove(ctx, "ta", "ben", now)
	if err != nil || len(ended) != 1 {
		t.Errorf("%v, %v", ended, err)
	}
	_, err = people.Person(ctx, ben.Email)
	want("somebody who left", err, central.ErrNotFound)
	_, err = people.Remove(ctx, "ta", "ben", now)
	want("again", err, central.ErrNotFound)
	if name, err := people.Name(ctx, "ta", "ben"); name != ben.Name || err != nil {
		t.Errorf("what they published names %q, %v", name, err)
	}
	if members, err := people.Members(ctx, "ta", now); err != nil || len(members) != 1 {
		t.Errorf("%+v, %v", members, err)
	}
	want("the e-mail is free", people.Invite(ctx, central.Person{ID: "ben3", Tenant: "tb", Email: ben.Email, Name: "Ben", Role: central.Admin, Created: now}, first, now.Add(time.Hour)), nil)
	_, err = people.Remove(ctx, "tb", "ben3", now)
	want("the only one, who never came", err, central.ErrLast)
	want("sweep", people.Sweep(ctx, now.Add(time.Hour), now, now), nil)
	_, err = people.CodePerson(ctx, first, now)
	want("what was swept", err, central.ErrNotFound)
}

func TestMembersInSQLite(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	membersContract(t, db)
}
