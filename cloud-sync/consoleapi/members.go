package consoleapi

import (
	"context"
	"net/http"
	"time"

	"autocom/cloud-sync/central"
)

// PersonPath is the input of an operation on one person.
type PersonPath struct {
	Person string `path:"person" maxLength:"64"`
}

func (p PersonPath) id() central.UserID { return central.UserID(p.Person) }

// persons is the answer of GET /api/people.
type persons struct {
	People []PersonView `json:"people"`
}

// deeds is the answer of GET /api/journal.
type deeds struct {
	Deeds []DeedView `json:"deeds"`
	More  bool       `json:"more"`
}

func (a *api) memberRoutes(r router) {
	handle(r, route{"GET", "/api/people", "Who may sign in, by e-mail", reads, 0}, a.members)
	handle(r, route{"POST", "/api/people", "Invite somebody: the code is shown once", writes, http.StatusCreated}, func(ctx context.Context, who caller, in *struct{ Body Invitation }) (PersonCode, error) {
		return a.invite(ctx, who, in.Body)
	})
	handle(r, route{"POST", "/api/people/{person}/code", "Put a code in the place of their password, and end their sessions", writes, 0}, func(ctx context.Context, who caller, in *struct {
		PersonPath
		Body struct{}
	},
	) (PersonCode, error) {
		return a.resetPerson(ctx, who, in.id())
	})
	order(r, route{"DELETE", "/api/people/{person}", "Take somebody out, and end their sessions", writes, 0}, func(ctx context.Context, who caller, in *PersonPath) error {
		return a.removePerson(ctx, who, in.id())
	})
	handle(r, route{"GET", "/api/journal", "Who did what, newest first", reads, 0}, func(ctx context.Context, who caller, in *struct {
		Before uint64 `query:"before" doc:"a deed's number: those before it; 0: from the newest"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	},
	) (deeds, error) {
		return a.journal(ctx, who, in.Before, in.Limit)
	})
}

func (a *api) members(ctx context.Context, who caller, _ *none) (persons, error) {
	all, err := a.People.Members(ctx, who.Tenant, time.Now())
	out := persons{People: make([]PersonView, 0, len(all))}
	for _, m := range all {
		out.People = append(out.People, personView(m, who))
	}
	return out, err
}

func personView(m central.Member, who caller) PersonView {
	v := PersonView{ID: string(m.ID), Email: m.Email, Name: m.Name, Role: string(m.Role), Created: unix(m.Created), State: "active", You: m.ID == who.ID}
	switch {
	case m.Password != "":
	case m.Code.IsZero():
		v.State = "over"
	default:
		v.State, v.Code = "waiting", unix(m.Code)
	}
	return v
}

func (a *api) invite(ctx context.Context, who caller, in Invitation) (PersonCode, error) {
	email, ok := address(in.Email)
	name, named := personName(in.Name)
	f := refuse(http.StatusUnprocessableEntity, codeRefused, "nobody can be invited like this", "")
	if !ok {
		f.Problems = append(f.Problems, badEmail())
	}
	if !named {
		f.Problems = append(f.Problems, badName())
	}
	if len(f.Problems) > 0 {
		return PersonCode{}, f
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	m := central.Member{Person: central.Person{ID: newUser(), Tenant: who.Tenant, Email: email, Name: name, Role: central.Role(in.Role), Created: now}, Code: now.Add(CodeLife)}
	spelled, kept, err := oneTime()
	if err != nil {
		return PersonCode{}, err
	}
	err = a.told(ctx, who, "person.invite", email, func() error { return a.People.Invite(ctx, m.Person, kept, m.Code) })
	if err != nil {
		return PersonCode{}, err
	}
	return PersonCode{Person: personView(m, who), Code: spelled, Expires: unix(m.Code)}, nil
}

func (a *api) resetPerson(ctx context.Context, who caller, id central.UserID) (PersonCode, error) {
	p, err := a.People.Member(ctx, who.Tenant, id)
	if err != nil {
		return PersonCode{}, err
	}
	if p.ID == who.ID {
		return PersonCode{}, refuse(http.StatusUnprocessableEntity, codeSelf, "your own code would shut you out before you have read it", "ask another administrator")
	}
	spelled, kept, err := oneTime()
	if err != nil {
		return PersonCode{}, err
	}
	m := central.Member{Person: p, Code: time.Now().UTC().Truncate(time.Millisecond).Add(CodeLife)}
	m.Password = ""
	err = a.told(ctx, who, "person.code", p.Email, func() error {
		ended, err := a.People.Reset(ctx, who.Tenant, id, kept, m.Code)
		a.shut(ended)
		return err
	})
	if err != nil {
		return PersonCode{}, err
	}
	return PersonCode{Person: personView(m, who), Code: spelled, Expires: unix(m.Code)}, nil
}

func (a *api) removePerson(ctx context.Context, who caller, id central.UserID) error {
	p, err := a.People.Member(ctx, who.Tenant, id)
	if err != nil {
		return err
	}
	return a.told(ctx, who, "person.remove", p.Email, func() error {
		ended, err := a.People.Remove(ctx, who.Tenant, id, time.Now())
		a.shut(ended)
		return err
	})
}

// shut ends the streams of sessions that were ended.
func (a *api) shut(ended []central.Hash) {
	for _, session := range ended {
		a.live.end(session)
	}
}

func (a *api) journal(ctx context.Context, who caller, before uint64, limit int) (deeds, error) {
	all, err := a.Audit.Deeds(ctx, who.Tenant, min(before, 1<<62), limit+1)
	out := deeds{Deeds: make([]DeedView, 0, len(all)), More: len(all) > limit}
	for _, d := range all[:min(len(all), limit)] {
		out.Deeds = append(out.Deeds, DeedView{N: d.N, At: unix(d.At), Who: d.Who, What: d.What, Site: string(d.Site), Detail: d.Detail, Address: d.Address})
	}
	return out, err
}
