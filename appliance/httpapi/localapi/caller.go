package localapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"autocom/appliance/httpapi/identity"

	"github.com/danielgtaylor/huma/v2"
)

const accessKey = "access"

// access is who may call an operation.
type access struct {
	anybody       bool
	administrator bool
	scope         identity.Scope // a program's key needs it; "": no program may
}

// caller is who asks: a person, a guest of the serial console, or a program.
type caller struct {
	token  string // of the session
	person Person // without an ID for guests and programs
	guest  string // who asked for the code they came in with
	key    identity.Key
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

func (c caller) isKey() bool { return c.key.ID != "" }

// all is whether nothing of the call centre is hidden from them.
func (c caller) all() bool { return c.person.Administrator || c.isKey() }

// name is how the audit knows them, in the role in which they act.
func (c caller) name(as string) string {
	switch {
	case c.isKey():
		return "key:" + c.key.ID
	case c.guest != "":
		return "guest:" + c.guest
	default:
		return as + ":" + string(c.person.ID)
	}
}

// role is the highest of a person's roles.
func (c caller) role() string {
	switch {
	case c.person.Administrator:
		return roleAdministrator
	case c.person.Supervisor:
		return roleSupervisor
	default:
		return roleAgent
	}
}

// The roles, as "as" names them.
const (
	roleAgent         = "agent"
	roleSupervisor    = "supervisor"
	roleAdministrator = "administrator"
)

// authenticate finds out who asks, before anything of the request is read. What a person may do is what the document in force says now.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	need, _ := ctx.Operation().Metadata[accessKey].(access)
	if need.anybody {
		next(ctx)
		return
	}
	who, err := a.identify(ctx)
	if err == nil {
		err = may(who, need)
	}
	if err != nil {
		t := troubleOf(err)
		if t.code == "right.missing" {
			a.deed(ctx.Context(), RightMissing, who.name(who.role()), ctx.Operation().OperationID)
		}
		p := a.problem(ctx.Context(), t)
		for k, v := range p.GetHeaders() {
			ctx.SetHeader(k, v[0])
		}
		ctx.SetHeader("Content-Type", p.ContentType(""))
		ctx.SetStatus(p.Status)
		_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // who left misses nothing
		return
	}
	next(huma.WithValue(ctx, callerKey{}, who))
}

func may(who caller, need access) error {
	switch {
	case who.isKey() && (need.scope == "" || !slices.Contains(who.key.Scopes, need.scope)),
		!who.isKey() && need.administrator && !who.person.Administrator:
		return troubled(http.StatusForbidden, "right.missing")
	}
	return nil
}

func (a *api) identify(ctx huma.Context) (caller, error) {
	if bearer, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer "); ok {
		key, err := a.Book.Key(bearer)
		if err != nil {
			return caller{}, err
		}
		return caller{key: key}, nil
	}
	token := ""
	for text := range strings.SplitSeq(ctx.Header("Cookie"), ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(text), "="); ok && name == a.cookieName() {
			token = value
		}
	}
	s, ok := a.Sessions.Find(token)
	if !ok {
		return caller{}, troubled(http.StatusUnauthorized, "session.none")
	}
	if s.Guest != "" {
		return caller{token: token, guest: s.Guest, person: Person{Administrator: true}}, nil
	}
	p, ok := a.person(s.Person)
	if !ok { // the document names them no longer
		return caller{}, troubled(http.StatusUnauthorized, "session.none")
	}
	return caller{token: token, person: p}, nil
}

// person finds somebody whom the document in force names.
func (a *api) person(id identity.ID) (Person, bool) {
	people := a.Box.People()
	i := slices.IndexFunc(people, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return Person{}, false
	}
	return people[i], true
}
