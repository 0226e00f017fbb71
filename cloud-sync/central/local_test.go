package central_test

import (
	"errors"
	"testing"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// TestALocalDocumentIsAdoptedOrGivenUp follows a document from the box to a draft, and to its end when a status says that the box has the published one.
func TestALocalDocumentIsAdoptedOrGivenUp(t *testing.T) {
	c, store := newCloud(t)
	s, box := branch(t, c, store, "martin", "A-1")
	ctx := t.Context()
	if _, err := c.Adopt(ctx, s.Tenant, s.ID, "", "", "u"); !errors.Is(err, central.ErrRefused) {
		t.Errorf("adopt nothing: %v", err)
	}
	found := func(name, text string) {
		t.Helper()
		if _, err := c.TakeLocal(ctx, box, wire.LocalDocument{Name: name, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	own, changed := central.Starter("brought along"), central.Starter("changed on the spot")
	found("one", own)
	d, err := c.Draft(ctx, s.Tenant, s.ID)
	if err != nil || d.Text != own || d.Tag != "" || d.Base != 0 {
		t.Fatalf("the first draft is %+v, %v", d, err)
	}
	if _, err := c.Publish(ctx, s.Tenant, s.ID, "", "u", "as it is"); err != nil {
		t.Fatal(err)
	}
	status := func(st wire.Status, there bool) {
		t.Helper()
		if _, err := c.Heard(ctx, box, st); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Local(ctx, s.Tenant, s.ID); (err == nil) != there {
			t.Errorf("after %+v the local document is there: %v", st, err)
		}
	}
	status(wire.Status{Document: "one"}, true)
	status(wire.Status{Document: "pub", Trial: 1}, true)
	status(wire.Status{Document: "pub", Revision: 1, Trial: 2}, true)
	status(wire.Status{Document: "one", Revision: 1, Local: true}, true)
	status(wire.Status{Document: "pub", Revision: 1}, false)

	found("two", changed)
	if d, err = c.Draft(ctx, s.Tenant, s.ID); err != nil || d.Text != own || d.Base != 1 || d.Tag != "" {
		t.Errorf("a change on the spot is no draft by itself: %+v, %v", d, err)
	}
	if d, err = c.SaveDraft(ctx, s.Tenant, s.ID, "", "version: 1\n", "u"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Adopt(ctx, s.Tenant, s.ID, "two", "", "u"); !errors.Is(err, central.ErrStale) {
		t.Errorf("adopted over somebody's draft: %v", err)
	}
	if _, err := c.Adopt(ctx, s.Tenant, s.ID, "one", d.Tag, "u"); !errors.Is(err, central.ErrStale) {
		t.Errorf("adopted another document than was seen: %v", err)
	}
	adopted, err := c.Adopt(ctx, s.Tenant, s.ID, "two", d.Tag, "u")
	if err != nil || adopted.Text != changed || adopted.Base != 1 || adopted.Tag == "" || adopted.Tag == d.Tag {
		t.Errorf("adopted: %+v, %v", adopted, err)
	}
	if now, err := c.Draft(ctx, s.Tenant, s.ID); err != nil || now != adopted {
		t.Errorf("the draft is %+v, %v", now, err)
	}
}
