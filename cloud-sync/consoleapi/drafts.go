package consoleapi

import (
	"context"
	"errors"
	"net/http"
	"unicode/utf8"

	"autocom/appliance/site"
	"autocom/cloud-sync/central"
)

// revisions is the answer of GET /api/sites/{site}/revisions.
type revisions struct {
	Revisions []RevisionView `json:"revisions"`
}

func (a *api) draftRoutes(r router) {
	handle(r, route{"GET", "/api/sites/{site}/draft", "The document somebody works on", reads, 0}, func(ctx context.Context, who caller, in *SitePath) (DraftView, error) {
		return a.draft(ctx, who, in.id())
	})
	handle(r, route{"PUT", "/api/sites/{site}/draft", "Save it as text", writes, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Body DraftText
	},
	) (DraftView, error) {
		return a.saveText(ctx, who, in.id(), in.Body)
	})
	handle(r, route{"PATCH", "/api/sites/{site}/draft", "Save some of its fields", writes, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Body DraftEdits
	},
	) (DraftView, error) {
		return a.saveEdits(ctx, who, in.id(), in.Body)
	})
	handle(r, route{"DELETE", "/api/sites/{site}/draft", "Drop it", writes, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Tag string `query:"tag" maxLength:"100"`
	},
	) (DraftView, error) {
		if err := a.Documents.DropDraft(ctx, who.Tenant, in.id(), in.Tag); err != nil {
			return DraftView{}, err
		}
		return a.draft(ctx, who, in.id())
	})
	handle(r, route{"POST", "/api/sites/{site}/adopt", "Make the box's own document the draft", writes, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Body AdoptRequest
	},
	) (DraftView, error) {
		return a.adopt(ctx, who, in.id(), in.Body)
	})
	handle(r, route{"POST", "/api/sites/{site}/publish", "Publish it", writes, http.StatusCreated}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Body PublishRequest
	},
	) (RevisionView, error) {
		return a.publish(ctx, who, in.id(), in.Body)
	})
	handle(r, route{"GET", "/api/sites/{site}/revisions", "What was published, newest first", reads, 0}, a.revisions)
	handle(r, route{"GET", "/api/sites/{site}/revisions/{n}", "One of them, with its text and what it changed", reads, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		N uint64 `path:"n" minimum:"1" maximum:"9007199254740991"`
	},
	) (RevisionView, error) {
		return a.revision(ctx, who, in.id(), in.N)
	})
}

func (a *api) draft(ctx context.Context, who caller, id central.SiteID) (DraftView, error) {
	d, err := a.Documents.Draft(ctx, who.Tenant, id)
	if err != nil {
		return DraftView{}, err
	}
	return a.draftView(ctx, who, d)
}

// draftView is a draft as it is shown: nothing of it is a password.
func (a *api) draftView(ctx context.Context, who caller, d central.Draft) (DraftView, error) {
	v := DraftView{Base: d.Base, Tag: d.Tag, Problems: []ProblemView{}, Changes: []ChangeView{}, At: unix(d.At)}
	if d.Tag != "" && d.By == who.ID {
		v.By = who.Name
	} else if names, ok := a.People.(central.People); ok && d.By != "" {
		if name, err := names.Name(ctx, who.Tenant, d.By); err == nil {
			v.By = name
		} else if !errors.Is(err, central.ErrNotFound) {
			return DraftView{}, err
		}
	}
	shown, why := maskText(d.Text)
	if why != nil {
		v.Problems = append(v.Problems, why.problem())
		return v, nil
	}
	v.Text = shown
	doc, problems := Check(d.Text)
	v.Problems = append(v.Problems, views(problems, d.Text)...)
	if written, why := readSheet(d.Text); why != nil || written.root == nil {
		return v, nil
	}
	v.Document = treeOf(doc)
	base, err := a.base(ctx, who, d)
	if err != nil {
		return DraftView{}, err
	}
	was, _ := Check(base)
	v.Changes = differences(was, doc)
	return v, nil
}

// unwritten is the document a box lives by when nothing is written: every default.
const unwritten = "version: 1\n"

// base is the text a draft began from; before the first publication, nothing but the defaults.
func (a *api) base(ctx context.Context, who caller, d central.Draft) (string, error) {
	if d.Base == 0 {
		return unwritten, nil
	}
	r, err := a.Archive.Revision(ctx, who.Tenant, d.Site, d.Base)
	return r.Text, err
}

// saveText saves a draft that came as text, with what Masked stands for put back.
func (a *api) saveText(ctx context.Context, who caller, id central.SiteID, in DraftText) (DraftView, error) {
	return a.save(ctx, who, id, in.Tag, func(string) (string, error) { return in.Text, nil })
}

// saveEdits saves fields of a draft.
func (a *api) saveEdits(ctx context.Context, who caller, id central.SiteID, in DraftEdits) (DraftView, error) {
	return a.save(ctx, who, id, in.Tag, func(text string) (string, error) { return applyEdits(ctx, text, in.Edits) })
}

func (a *api) save(ctx context.Context, who caller, id central.SiteID, tag string, next func(text string) (string, error)) (DraftView, error) {
	d, err := a.Documents.Draft(ctx, who.Tenant, id)
	if err != nil {
		return DraftView{}, err
	}
	if d.Tag != tag {
		return DraftView{}, central.ErrStale
	}
	text, err := next(d.Text)
	if err != nil {
		return DraftView{}, err
	}
	base, err := a.base(ctx, who, d)
	if err != nil {
		return DraftView{}, err
	}
	restored, problems := restoreText(text, d.Text, base)
	if len(problems) > 0 {
		f := refuse(http.StatusUnprocessableEntity, codeText, "this text is not saved", "mend what is named, then save again")
		f.Problems = failures(problems)
		return DraftView{}, f
	}
	if d, err = a.Documents.SaveDraft(ctx, who.Tenant, id, tag, restored, who.ID); err != nil {
		return DraftView{}, err
	}
	return a.draftView(ctx, who, d)
}

func (a *api) publish(ctx context.Context, who caller, id central.SiteID, in PublishRequest) (RevisionView, error) {
	if utf8.RuneCountInString(in.Reason) > 500 {
		return RevisionView{}, refuse(http.StatusUnprocessableEntity, codeRefused, "a reason has 500 characters at most", "say it shorter")
	}
	var r central.Revision
	err := a.audited(ctx, who, "publish", id, in.Reason, func() (err error) {
		r, err = a.Documents.Publish(ctx, who.Tenant, id, in.Tag, who.ID, in.Reason)
		return err
	})
	if problems, is := errors.AsType[*site.ProblemsError](err); is {
		d, failed := a.Documents.Draft(ctx, who.Tenant, id)
		if failed != nil {
			return RevisionView{}, failed
		}
		f := answer(err)
		f.Problems = failures(views(problems.Problems, d.Text))
		return RevisionView{}, f
	}
	if err != nil {
		return RevisionView{}, err
	}
	return a.revisionView(ctx, who, r, true)
}

func (a *api) revisions(ctx context.Context, who caller, in *SitePath) (revisions, error) {
	all, err := a.Archive.Revisions(ctx, who.Tenant, in.id())
	if err != nil {
		return revisions{}, err
	}
	out := revisions{Revisions: make([]RevisionView, 0, len(all))}
	for _, r := range all {
		r.Text = ""
		v, err := a.revisionView(ctx, who, r, false)
		if err != nil {
			return revisions{}, err
		}
		out.Revisions = append(out.Revisions, v)
	}
	return out, nil
}

func (a *api) revision(ctx context.Context, who caller, id central.SiteID, n uint64) (RevisionView, error) {
	r, err := a.Archive.Revision(ctx, who.Tenant, id, n)
	if err != nil {
		return RevisionView{}, err
	}
	return a.revisionView(ctx, who, r, true)
}

// revisionView is a revision as it is shown; whole is with its text and what it changed.
func (a *api) revisionView(ctx context.Context, who caller, r central.Revision, whole bool) (RevisionView, error) {
	v := RevisionView{
		Number: r.Number, Published: unix(r.Published), By: r.ByName, Reason: r.Reason, State: string(r.State), StateAt: unix(r.StateAt),
		Why: r.Why, Returned: r.Returned,
	}
	if !whole || r.Text == "" {
		for _, p := range r.Problems { // the box says nothing of a password but its place
			v.Problems = append(v.Problems, ProblemView(p))
		}
		return v, nil
	}
	v.Problems = views(r.Problems, r.Text)
	shown, why := maskText(r.Text)
	if why != nil {
		v.Problems = append(v.Problems, why.problem())
		return v, nil
	}
	v.Text = shown
	var was site.Document
	if r.Number > 1 {
		before, err := a.Archive.Revision(ctx, who.Tenant, r.Site, r.Number-1)
		if err != nil && !errors.Is(err, central.ErrNotFound) { // numbers may be left out, after the cloud was restored
			return RevisionView{}, err
		}
		was, _ = Check(before.Text)
	} else {
		was, _ = Check(unwritten)
	}
	is, _ := Check(r.Text)
	v.Changes = differences(was, is)
	return v, nil
}
