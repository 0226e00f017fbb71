package appliance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/httpapi"
	"autocom/appliance/httpapi/identity"
	"autocom/appliance/httpapi/localapi"
	"autocom/appliance/site"
)

// openAPI makes the interface for programs and pages, which the page serves.
func (c *core) openAPI() (api *localapi.API, err error) {
	if c.book, err = identity.Open(filepath.Join(c.layout.State, "admin")); err != nil {
		return nil, err
	}
	if c.sessions, err = identity.OpenSessions(filepath.Join(c.layout.Run, "sessions")); err != nil {
		return nil, err
	}
	return localapi.New(localapi.Parts{
		Box: apiBox{&box{c}}, Codes: c.codes, Book: c.book, Sessions: c.sessions, Language: httpapi.Language, Secure: true, Deed: c.apiDeed, Log: c.log,
	})
}

// apiDeed keeps in the log what was done over the interface.
func (c *core) apiDeed(d localapi.Deed) {
	c.log.Info("the box's interface", "deed", string(d.Kind), "by", d.By, "of", d.Of, "from", d.From.String())
}

// named are the people of a document, each once: who answers and supervises is one person.
func named(doc *site.Document) []localapi.Person {
	var out []localapi.Person
	one := func(id, name string) *localapi.Person {
		if i := slices.IndexFunc(out, func(p localapi.Person) bool { return p.ID == identity.ID(id) }); i >= 0 {
			return &out[i]
		}
		out = append(out, localapi.Person{ID: identity.ID(id), Name: name})
		return &out[len(out)-1]
	}
	for _, a := range doc.Agents {
		p := one(a.ID, a.Name)
		p.Agent, p.Queues = true, slices.Clone(a.Queues)
	}
	for _, v := range doc.Supervisors {
		p := one(v.ID, v.Name)
		// A supervisor sees the queues they watch; those they only serve, they see as agents do.
		p.Supervisor, p.Rights, p.Watches = true, slices.Clone(v.Rights), slices.Clone(v.Queues)
	}
	for _, v := range doc.Administrators {
		one(v.ID, v.Name).Administrator = true
	}
	return out
}

// apiBox is the box as the interface sees it.
type apiBox struct{ b *box }

func (a apiBox) People() []localapi.Person { return named(a.b.keeper.Current()) }

func (a apiBox) State(ctx context.Context) (s localapi.State, err error) {
	err = a.b.loop.ask(ctx, func(x *exchange.State, now fact.Moment) {
		s = localapi.State{At: time.UnixMilli(now.UTC), Agents: x.Agents(), Queues: x.Queues(), Calls: x.Calls()}
	})
	return s, err
}

func (a apiBox) Order(ctx context.Context, o localapi.Order) (localapi.Done, error) {
	d, err := a.b.Order(ctx, console.Order{Name: o.Name, By: o.By, Fields: o.Fields})
	if refused, is := errors.AsType[*console.Refused](err); is {
		return localapi.Done{}, &localapi.RefusedError{Reasons: refused.Reasons}
	}
	if errors.Is(err, console.ErrCommand) {
		return localapi.Done{}, &localapi.MalformedError{Err: err}
	}
	if err != nil {
		return localapi.Done{}, err
	}
	out := localapi.Done{Call: d.Call, Slot: d.Slot}
	if d.Card != nil {
		if out.Card, err = json.Marshal(d.Card); err != nil {
			return out, fmt.Errorf("the answer to %s: %w", o.Name, err)
		}
	}
	if d.List != nil {
		if out.List, err = json.Marshal(d.List); err != nil {
			return out, fmt.Errorf("the answer to %s: %w", o.Name, err)
		}
	}
	return out, nil
}

func (a apiBox) Because(language string, r fact.Reason) string {
	if language == "en" {
		return console.BecauseIn(console.English, r)
	}
	return console.BecauseIn(console.French, r)
}

// People lists who may sign in at the page.
func (b *box) People(context.Context) ([]console.Person, error) {
	if b.page == nil {
		return nil, errNoPage
	}
	out := []console.Person{}
	for _, p := range named(b.keeper.Current()) {
		s := b.book.State(p.ID)
		person := console.Person{ID: string(p.ID), Name: p.Name, Roles: []string{}, Password: s.Password, Invited: s.Invited}
		for _, r := range []struct {
			is   bool
			name string
		}{{p.Agent, "agent"}, {p.Supervisor, "supervisor"}, {p.Administrator, "administrator"}} {
			if r.is {
				person.Roles = append(person.Roles, r.name)
			}
		}
		out = append(out, person)
	}
	return out, nil
}

// Invite makes a code with which a person chooses a password.
func (b *box) Invite(_ context.Context, id, by string) (console.Invitation, error) {
	if b.page == nil {
		return console.Invitation{}, errNoPage
	}
	doc := b.keeper.Current()
	if !slices.ContainsFunc(named(doc), func(p localapi.Person) bool { return p.ID == identity.ID(id) }) {
		return console.Invitation{}, fmt.Errorf("the site document names nobody %q among its agents, supervisors and administrators: %w", id, console.ErrNotFound)
	}
	code, until, err := b.book.Invite(identity.ID(id), by)
	if err != nil {
		return console.Invitation{}, err
	}
	b.apiDeed(localapi.Deed{Kind: localapi.PersonInvited, By: by, Of: id})
	return console.Invitation{ID: id, Code: code, Until: until, Page: b.pageURL(doc)}, nil
}

// Forget takes a person's password and invitation away. Somebody whom the document names no longer can be forgotten too.
func (b *box) Forget(_ context.Context, id, by string) error {
	if b.page == nil {
		return errNoPage
	}
	if err := b.book.Forget(identity.ID(id)); err != nil {
		return err
	}
	b.apiDeed(localapi.Deed{Kind: localapi.PersonForgotten, By: by, Of: id})
	return b.sessions.EndOf(identity.ID(id), "")
}
