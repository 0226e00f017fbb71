package localapi

import (
	"context"
	"net/http"

	"autocom/appliance/httpapi/identity"

	"github.com/danielgtaylor/huma/v2"
)

// Me is who is signed in.
type Me struct {
	Person
	Guest bool `json:"guest,omitempty" doc:"came in with a code of the serial console, and has no name here"`
}

type signInInput struct {
	Body struct {
		ID       identity.ID `json:"id" maxLength:"100" doc:"as the site document names the person"`
		Password string      `json:"password" maxLength:"2000"`
	}
}

type acceptInput struct {
	Body struct {
		ID       identity.ID `json:"id" maxLength:"100"`
		Code     string      `json:"code" maxLength:"100" doc:"of the invitation"`
		Password string      `json:"password" maxLength:"2000" doc:"that the person chooses; at least 12 characters"`
	}
}

type codeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"100" doc:"from the serial console, or autocom admin code"`
	}
}

type passwordInput struct {
	Body struct {
		Old string `json:"old" maxLength:"2000"`
		New string `json:"new" maxLength:"2000" doc:"at least 12 characters"`
	}
}

// signedIn is the answer that carries a new session's cookie.
type signedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Me
}

func (a *api) sessionRoutes(r router) {
	a.entrance(r)
	handle(r, route{method: "GET", path: "session", summary: "Who is signed in"}, func(_ context.Context, who caller, _ *none) (Me, error) {
		return Me{Person: who.person, Guest: who.guest != ""}, nil
	})
	huma.Register(r.api, leave(r), func(ctx context.Context, _ *none) (*struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}, error,
	) {
		who := callerOf(ctx)
		if err := a.Sessions.End(who.token); err != nil {
			return nil, a.problem(ctx, err)
		}
		a.deed(ctx, SignedOut, who.name(who.role()), "")
		over := a.cookie("")
		over.MaxAge = -1
		return &struct {
			SetCookie http.Cookie `header:"Set-Cookie"`
		}{over}, nil
	})
	order(r, route{method: "PUT", path: "password", summary: "Change one's own password; every other session of the person ends"}, a.changePassword)
}

func leave(r router) huma.Operation {
	op := r.operation(route{method: "DELETE", path: "session", summary: "Sign out"})
	op.DefaultStatus = http.StatusNoContent
	return op
}

// entrance is the three ways in.
func (a *api) entrance(r router) {
	open := access{anybody: true}
	huma.Register(r.api, r.operation(route{method: "POST", path: "session", summary: "Sign in with a password", access: open}), func(ctx context.Context, in *signInInput) (*signedIn, error) {
		return a.enter(ctx, in.Body.ID, func(identity.ID) error { return a.Book.Check(in.Body.ID, in.Body.Password, from(ctx)) })
	})
	huma.Register(r.api, r.operation(route{method: "POST", path: "session/invitation", summary: "Choose a password with an invitation, and sign in", access: open}), func(ctx context.Context, in *acceptInput) (*signedIn, error) {
		return a.enter(ctx, in.Body.ID, func(id identity.ID) error {
			if err := a.Book.Accept(id, in.Body.Code, in.Body.Password, from(ctx)); err != nil {
				return err
			}
			a.deed(ctx, PasswordChosen, string(id), "")
			return a.Sessions.EndOf(id, "")
		})
	})
	huma.Register(r.api, r.operation(route{method: "POST", path: "session/code", summary: "Sign in with a code of the serial console", access: open}), func(ctx context.Context, in *codeInput) (*signedIn, error) {
		by, err := a.Codes.Redeem(in.Body.Code, from(ctx))
		if err != nil {
			a.deed(ctx, SignInRefused, "guest", "")
			return nil, a.problem(ctx, err)
		}
		return a.begin(ctx, identity.Session{Guest: by}, Me{Person: Person{Administrator: true}, Guest: true})
	})
}

// enter lets a person in who can prove who they are, if the document still names them. Who is not named is refused after the same work as a wrong
// password, and in the same words.
func (a *api) enter(ctx context.Context, id identity.ID, proof func(identity.ID) error) (*signedIn, error) {
	p, named := a.person(id)
	err := proof(id)
	if err == nil && !named {
		err = identity.ErrWrong
	}
	if err != nil {
		a.deed(ctx, SignInRefused, string(id), "")
		return nil, a.problem(ctx, err)
	}
	return a.begin(ctx, identity.Session{Person: id}, Me{Person: p})
}

func (a *api) begin(ctx context.Context, s identity.Session, me Me) (*signedIn, error) {
	token, err := a.Sessions.Begin(s)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	who := caller{person: me.Person, guest: s.Guest}
	a.deed(ctx, SignedIn, who.name(who.role()), "")
	return &signedIn{SetCookie: a.cookie(token), Body: me}, nil
}

func (a *api) changePassword(ctx context.Context, who caller, in *passwordInput) error {
	if who.person.ID == "" {
		return troubled(http.StatusForbidden, "right.missing") // guests have none
	}
	if err := a.Book.Change(who.person.ID, in.Body.Old, in.Body.New, from(ctx)); err != nil {
		return err
	}
	a.deed(ctx, PasswordChanged, who.name(who.role()), "")
	return a.Sessions.EndOf(who.person.ID, who.token)
}

// cookie carries a session. Other sites' pages cannot have it sent: the pages that are embedded elsewhere have a token of their own.
func (a *api) cookie(token string) http.Cookie {
	return http.Cookie{Name: a.cookieName(), Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: a.Secure}
}

func (a *api) cookieName() string {
	if a.Secure {
		return "__Host-autocom"
	}
	return "autocom"
}
