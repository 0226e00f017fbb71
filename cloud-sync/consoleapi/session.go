package consoleapi

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"

	"github.com/danielgtaylor/huma/v2"
)

const (
	sessionCookie = "autocom_session"
	sessionTouch  = time.Minute // a session's last use is noted no more often
)

// How long a session lasts: unused, and at all.
const (
	SessionIdle = 12 * time.Hour
	SessionAge  = 7 * 24 * time.Hour
)

// caller is who asks. Its tenant is the only one that is ever asked for.
type caller struct {
	central.Person
	session central.Hash
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// identify finds who a cookie belongs to; touch notes that its session was used.
func (a *api) identify(ctx context.Context, cookie string, touch bool) (caller, error) {
	none := refuse(http.StatusUnauthorized, codeNoSession, "nobody is signed in", "sign in")
	if cookie == "" || len(cookie) > 100 {
		return caller{}, none
	}
	hash := central.HashOf(cookie)
	s, who, err := a.Sessions.Session(ctx, hash)
	if errors.Is(err, central.ErrNotFound) {
		return caller{}, none
	}
	if err != nil {
		return caller{}, err
	}
	now := time.Now()
	if now.Sub(s.Used) > SessionIdle || now.Sub(s.Opened) > SessionAge {
		if err := a.Sessions.CloseSession(ctx, hash); err != nil {
			return caller{}, err
		}
		return caller{}, none
	}
	if touch && now.Sub(s.Used) > sessionTouch {
		if err := a.Sessions.TouchSession(ctx, hash, now); err != nil {
			return caller{}, err
		}
	}
	return caller{Person: who, session: hash}, nil
}

// authenticate is huma's middleware: it finds who asks, and whether they may.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	need, _ := ctx.Operation().Metadata[accessKey].(access)
	if need == open {
		next(ctx)
		return
	}
	value := ""
	if c, err := huma.ReadCookie(ctx, sessionCookie); err == nil {
		value = c.Value
	}
	who, err := a.identify(ctx.Context(), value, true)
	if err == nil && need == writes && !who.Role.May() {
		err = refuse(http.StatusForbidden, codeRole, "an auditor reads, and changes nothing", "ask an administrator")
	}
	if err != nil {
		a.reject(ctx, err)
		return
	}
	next(huma.WithValue(ctx, callerKey{}, who))
}

func (a *api) reject(ctx huma.Context, err error) {
	f := a.refusal(ctx.Context(), err)
	for k, vs := range f.GetHeaders() {
		ctx.SetHeader(k, vs[0])
	}
	ctx.SetHeader("Content-Type", "application/json")
	ctx.SetStatus(f.status)
	_ = huma.DefaultJSONFormat.Marshal(ctx.BodyWriter(), f.Failure)
}

// signedIn is an answer that opens a session.
type signedIn struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   Session
}

func (a *api) cookie(value string, age int) http.Cookie {
	return http.Cookie{Name: sessionCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: !a.Plain, SameSite: http.SameSiteLaxMode}
}

func (a *api) sessionRoutes(r router) {
	handle(r, route{"GET", "/api/setup", "Whether an administrator is still to be made", open, 0}, a.setupNeeded)
	huma.Register(r.api, r.operation(route{"POST", "/api/setup", "Choose a password with a one-time code, and sign in", open, 0}),
		func(ctx context.Context, in *struct{ Body SetupRequest }) (*signedIn, error) {
			return a.signing(ctx, func() (central.Person, error) { return a.setUp(ctx, in.Body) })
		})
	huma.Register(r.api, r.operation(route{"POST", "/api/session", "Sign in", open, 0}),
		func(ctx context.Context, in *struct{ Body SignInRequest }) (*signedIn, error) {
			return a.signing(ctx, func() (central.Person, error) { return a.signIn(ctx, in.Body) })
		})
	handle(r, route{"GET", "/api/session", "Who is signed in", reads, 0}, func(_ context.Context, who caller, _ *none) (Session, error) {
		return sessionView(who.Person), nil
	})
	huma.Register(r.api, r.operation(route{"DELETE", "/api/session", "Sign out", reads, http.StatusNoContent}),
		func(ctx context.Context, _ *none) (*struct {
			Cookie http.Cookie `header:"Set-Cookie"`
		}, error,
		) {
			who := callerOf(ctx)
			err := a.record(ctx, who, "sign_out", "", "")
			if err == nil {
				err = a.Sessions.CloseSession(ctx, who.session)
			}
			if err != nil {
				return nil, a.refusal(ctx, err)
			}
			a.live.end(who.session)
			return &struct {
				Cookie http.Cookie `header:"Set-Cookie"`
			}{a.cookie("", -1)}, nil
		})
}

func sessionView(p central.Person) Session {
	return Session{User: p.Email, Name: p.Name, Role: string(p.Role), Tenant: string(p.Tenant), TenantName: p.TenantName, Now: time.Now().UnixMilli()}
}

// signing opens a session for whom identify finds.
func (a *api) signing(ctx context.Context, identify func() (central.Person, error)) (*signedIn, error) {
	p, err := identify()
	if err != nil {
		return nil, a.refusal(ctx, err)
	}
	raw := make([]byte, 32)
	rand.Read(raw)
	value := base64.RawURLEncoding.EncodeToString(raw)
	now := time.Now().UTC().Truncate(time.Millisecond)
	err = a.Sessions.OpenSession(ctx, central.SignIn{Hash: central.HashOf(value), Person: p.ID, Opened: now, Used: now, Address: addressOf(ctx)})
	if err != nil {
		return nil, a.refusal(ctx, err)
	}
	return &signedIn{Cookie: a.cookie(value, int(SessionAge/time.Second)), Body: sessionView(p)}, nil
}

// setupNeeded is the answer of GET /api/setup.
type setupNeeded struct {
	Needed bool `json:"needed"`
}

func (a *api) setupNeeded(ctx context.Context, _ caller, _ *none) (setupNeeded, error) {
	some, err := a.People.Anybody(ctx)
	return setupNeeded{!some}, err
}

// setUp makes an owner with a tenant's one-time code, or lets in somebody who was given one of their own.
func (a *api) setUp(ctx context.Context, in SetupRequest) (central.Person, error) {
	done, wait := a.tries.code(addressOf(ctx), time.Now())
	if wait > 0 {
		return central.Person{}, tooOften(wait)
	}
	wrong := refuse(http.StatusForbidden, codeSetup, "this code is not known: it was used, or is over", "ask an administrator for another, or whoever keeps the server: autocom-cloud admin code TENANT")
	code, err := ParseCode(in.Code)
	if err != nil {
		return central.Person{}, wrong
	}
	hash, now := central.HashOf(code), time.Now()
	known, err := a.People.CodePerson(ctx, hash, now)
	if errors.Is(err, central.ErrNotFound) {
		return central.Person{}, noted(wrong, a.Audit.Record(ctx, a.deed(ctx, caller{}, "setup.refused", "", "")))
	}
	if err != nil {
		return central.Person{}, err
	}
	email, ok := address(in.Email)
	name, named := personName(in.Name)
	named = named || known.ID != "" && strings.TrimSpace(in.Name) == "" // who invited them wrote one
	var problems []wire.Problem
	if !ok {
		problems = append(problems, badEmail())
	} else if known.ID != "" && known.Email != email {
		problems = append(problems, wire.Problem{Path: "email", Sentence: "this code is for another e-mail address", Remedy: "write the one that was invited"})
	}
	if !named {
		problems = append(problems, badName())
	}
	if why := passwordProblem(in.Password, email); why != "" {
		problems = append(problems, wire.Problem{Path: "password", Sentence: why, Remedy: "a sentence of four or five words is easy to keep"})
	}
	if len(problems) > 0 {
		done()
		f := refuse(http.StatusUnprocessableEntity, codeRefused, "this cannot be an administrator yet", "")
		f.Problems = problems
		return central.Person{}, f
	}
	release, err := a.tries.turn(ctx)
	if err != nil {
		return central.Person{}, err
	}
	kept, err := hashPassword(in.Password, a.Rounds)
	release()
	if err != nil {
		return central.Person{}, err
	}
	p, err := a.People.Begin(ctx, hash, now, central.Person{ID: newUser(), Email: email, Name: name, Password: kept, Created: now.UTC().Truncate(time.Millisecond)})
	if errors.Is(err, central.ErrNotFound) {
		return central.Person{}, wrong
	}
	if err != nil {
		return central.Person{}, err
	}
	done()
	return p, a.record(ctx, caller{Person: p}, "setup", "", string(p.Role))
}

// signIn compares a password. It takes as long, and says the same, for a name that is not known.
func (a *api) signIn(ctx context.Context, in SignInRequest) (central.Person, error) {
	wrong := refuse(http.StatusUnauthorized, codeSignIn, "e-mail and password do not go together", "try again; after a few tries each takes longer")
	email := strings.ToLower(strings.TrimSpace(in.Email))
	if len(email) > 254 || len(in.Password) > passwordMost {
		return central.Person{}, wrong
	}
	done, wait := a.tries.password(email, addressOf(ctx), time.Now())
	if wait > 0 {
		return central.Person{}, tooOften(wait)
	}
	p, err := a.People.Person(ctx, email)
	if err != nil && !errors.Is(err, central.ErrNotFound) {
		return central.Person{}, err
	}
	kept := p.Password
	if kept == "" { // nobody, or somebody who has a code to come in with
		kept = nobody(a.Rounds)
	}
	release, err := a.tries.turn(ctx)
	if err != nil {
		return central.Person{}, err
	}
	matches, err := passwordMatches(kept, in.Password)
	release()
	if err != nil {
		return central.Person{}, err
	}
	if !matches {
		d := a.deed(ctx, caller{Person: p}, "sign_in.refused", "", "")
		d.Who = email
		return central.Person{}, noted(wrong, a.Audit.Record(ctx, d))
	}
	done()
	return p, a.record(ctx, caller{Person: p}, "sign_in", "", "")
}

func badEmail() wire.Problem {
	return wire.Problem{Path: "email", Sentence: "this is no e-mail address", Remedy: "write it as name@example.org"}
}

func badName() wire.Problem {
	return wire.Problem{Path: "name", Sentence: "a name has 1 to 100 characters", Remedy: "write it on one line"}
}

func newUser() central.UserID {
	id := make([]byte, 10)
	rand.Read(id)
	return central.UserID("u" + hex.EncodeToString(id))
}

// personName is what a person is called, without spaces around.
func personName(typed string) (string, bool) {
	name := strings.TrimSpace(typed)
	return name, name != "" && utf8.RuneCountInString(name) <= 100 && !strings.ContainsFunc(name, unicode.IsControl)
}

// address is an e-mail address in lower case.
func address(typed string) (string, bool) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	at, err := mail.ParseAddress(typed)
	if err != nil || at.Address != typed || len(typed) > 254 {
		return "", false
	}
	return typed, true
}

func (a *api) deed(ctx context.Context, who caller, what string, site central.SiteID, detail string) central.Deed {
	return central.Deed{Tenant: who.Tenant, At: time.Now().UTC().Truncate(time.Millisecond), Who: who.Email, What: what, Site: site, Detail: detail, Address: addressOf(ctx)}
}

// record notes what somebody is about to do. When it cannot be noted, it is not done.
func (a *api) record(ctx context.Context, who caller, what string, site central.SiteID, detail string) error {
	return a.Audit.Record(ctx, a.deed(ctx, who, what, site, detail))
}

// audited does something that is noted before, and noted again when it was refused.
func (a *api) audited(ctx context.Context, who caller, what string, site central.SiteID, detail string, do func() error) error {
	if _, err := a.Fleet.Site(ctx, who.Tenant, site); err != nil {
		return err // of another tenant, or none: nothing is done, and nothing of it is told in this tenant's chain
	}
	return a.noting(ctx, who, what, site, detail, do)
}

// told is audited of what is of no site.
func (a *api) told(ctx context.Context, who caller, what, detail string, do func() error) error {
	return a.noting(ctx, who, what, "", detail, do)
}

func (a *api) noting(ctx context.Context, who caller, what string, site central.SiteID, detail string, do func() error) error {
	if err := a.record(ctx, who, what, site, detail); err != nil {
		return err
	}
	err := do()
	if err != nil {
		return noted(err, a.record(ctx, who, what+".refused", site, answer(err).Code))
	}
	return nil
}

// noted is the error of what failed, unless noting that failed too: then somebody has to look.
func noted(err, noting error) error {
	if noting != nil {
		return fmt.Errorf("%w, and %s could not be noted", noting, err.Error())
	}
	return err
}
