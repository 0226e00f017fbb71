package consoleapi

import (
	"encoding/json"
	"strings"
	"testing"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"

	"github.com/google/go-cmp/cmp"
)

// TestTheFirstPublicationCountsWhatWasWritten: defaults are no changes, before and after the first publication.
func TestTheFirstPublicationCountsWhatWasWritten(t *testing.T) {
	w := newWorld(t)
	_, b := w.tenant("Dupont")
	at := "/api/sites/" + read[SiteRow](b, 201, "POST", "/api/sites", siteName{Name: "Lyon"}).ID
	d := read[DraftView](b, 200, "PUT", at+"/draft", DraftText{Text: "version: 1\nsite: {name: Lyon}\nnumbers: {outside: \"0\"}\nextensions:\n  - {number: \"201\", secret: hunter2-hunter2}\n"})
	paths := func(changes []ChangeView) (all []string) {
		for _, c := range changes {
			if strings.Contains(c.Was+c.Is, "hunter2") {
				t.Errorf("a password shows: %+v", c)
			}
			all = append(all, c.Path)
		}
		return all
	}
	want := []string{"site.name", "numbers.outside", "extensions[201]"}
	if diff := cmp.Diff(want, paths(d.Changes)); diff != "" {
		t.Errorf("the draft: %s", diff)
	}
	read[RevisionView](b, 201, "POST", at+"/publish", PublishRequest{Tag: d.Tag})
	if diff := cmp.Diff(want, paths(read[RevisionView](b, 200, "GET", at+"/revisions/1", nil).Changes)); diff != "" {
		t.Errorf("revision 1: %s", diff)
	}
}

// TestABoxesOwnDocument: the first draft begins from what the box brought; later a change on the spot is told, and adopted. Its passwords show nowhere.
func TestABoxesOwnDocument(t *testing.T) {
	w := newWorld(t)
	tenant, b := w.tenant("Dupont")
	id := central.SiteID(read[SiteRow](b, 201, "POST", "/api/sites", siteName{Name: "Lyon"}).ID)
	at := "/api/sites/" + string(id)
	box := w.box(tenant, id)
	ask := func(status int, method, path string, in, out any) {
		t.Helper()
		text := b.want(status, method, path, in)
		for _, s := range []string{"change-me", "hunter2"} {
			if strings.Contains(string(text), s) {
				t.Errorf("%s %s: %s shows in %s", method, path, s, text)
			}
		}
		if out != nil {
			if err := json.Unmarshal(text, out); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := func(name, text string) {
		t.Helper()
		if _, err := w.cloud.TakeLocal(t.Context(), box, wire.LocalDocument{Name: name, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	stored := func() string {
		t.Helper()
		d, err := w.cloud.Draft(t.Context(), tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		return d.Text
	}
	var d DraftView
	var s SiteView
	var f wire.Failure
	ask(422, "POST", at+"/adopt", AdoptRequest{}, &f)
	own := example(t)
	found("one", own)
	ask(200, "GET", at+"/draft", nil, &d)
	if d.Base != 0 || d.Tag != "" || !strings.Contains(d.Text, Masked) || len(d.Problems) > 0 || stored() != own {
		t.Errorf("the first draft: %+v", d)
	}
	ask(200, "GET", at, nil, &s)
	if s.Local != nil || s.Row.Draft {
		t.Errorf("before the first publication nothing was changed on the spot: %+v", s.Local)
	}
	ask(201, "POST", at+"/publish", PublishRequest{Tag: d.Tag, Reason: "as the box has it"}, nil)
	ask(200, "GET", at, nil, &s)
	if s.Local != nil {
		t.Errorf("what was published is what the box has: %+v", s.Local)
	}

	spot := strings.Replace(strings.Replace(own, "max_wait: 3m", "max_wait: 9m", 1), "change-me-Wq7r2Lx9", "hunter2-hunter2", 1)
	found("two", spot)
	ask(200, "GET", at, nil, &s)
	want := []ChangeView{{"extensions[201].secret", Masked, Masked}, {"queues[accueil].max_wait", "3m0s", "9m0s"}}
	if s.Local == nil || s.Local.Name != "two" || s.Local.At == 0 || !cmp.Equal(s.Local.Changes, want) {
		t.Fatalf("%+v", s.Local)
	}
	ask(409, "POST", at+"/adopt", AdoptRequest{Name: "one"}, &f)
	ask(409, "POST", at+"/adopt", AdoptRequest{Name: "two", Tag: "old"}, &f)
	ask(200, "POST", at+"/adopt", AdoptRequest{Name: "two"}, &d)
	if d.Base != 1 || d.Tag == "" || !cmp.Equal(d.Changes, want) || stored() != spot {
		t.Errorf("adopted: %+v", d)
	}
	ask(201, "POST", at+"/publish", PublishRequest{Tag: d.Tag}, nil)

	if strings.Contains(w.log.String(), "hunter2") || strings.Contains(w.log.String(), "change-me") {
		t.Errorf("the log: %s", w.log.String())
	}
	deeds, err := w.db.People().Deeds(t.Context(), tenant, 0, 2)
	if err != nil || len(deeds) != 2 || deeds[1].What != "adopt" || deeds[1].Detail != "two" || deeds[1].Site != id {
		t.Errorf("%v: %+v", err, deeds)
	}
}
