package httpapi

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"autocom/appliance/httpapi/identity"
)

const typedMax = 300 // characters of a field

// home is the box for who is signed in, and the way in for everybody else.
func (s *site) home(w http.ResponseWriter, r *http.Request) {
	token, who, ok := s.who(r)
	if !ok {
		var why *remark
		if token != "" {
			s.dropSession(w)
			l := s.language(r)
			why = &remark{Gravity: Information, Sentence: l.say("session.over"), Remedy: l.say("session.over.remedy")}
		}
		s.askCode(w, r, http.StatusOK, why, "")
		return
	}
	if who.told != nil && who.told.err == nil {
		s.sessions.tell(token, nil) // good news is told once; a form keeps its trouble
	}
	var v seen
	v.status, v.err = s.read(r.Context())
	if v.noLink = s.o.Link == nil; !v.noLink {
		ctx, cancel := context.WithTimeout(r.Context(), statusTime)
		defer cancel()
		v.link, v.linkErr = s.o.Link.State(ctx)
	}
	p := s.language(r).show(v, who)
	s.write(w, r, http.StatusOK, page{Title: p.Site, State: p, Switch: true})
}

// health is for a machine that watches from outside: one word, and nothing that tells a stranger what stands here.
func (s *site) health(w http.ResponseWriter, r *http.Request) {
	status, err := s.read(r.Context())
	_, whole := conclude(english, status, LinkState{}, err)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if whole == levelTrouble || whole == levelUnset {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "degraded")
		return
	}
	fmt.Fprintln(w, "ok")
}

// form reads a form: of the one kind that a page without scripts sends, bounded, of valid text.
func (s *site) form(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
			s.fail(w, r, http.StatusUnsupportedMediaType)
			return
		}
		if err := r.ParseForm(); err != nil {
			if _, large := errors.AsType[*http.MaxBytesError](err); large {
				s.fail(w, r, http.StatusRequestEntityTooLarge)
				return
			}
			s.fail(w, r, http.StatusBadRequest)
			return
		}
		next(w, r)
	}
}

// typed is what a person wrote in a field; what is longer than any answer, or no text, is cut.
func typed(r *http.Request, field string) string {
	text := strings.TrimSpace(strings.ToValidUTF8(r.PostForm.Get(field), "\ufffd"))
	if utf8.RuneCountInString(text) > typedMax {
		text = string([]rune(text)[:typedMax])
	}
	return text
}

// who is signed in; token is what the browser shows even when that is over.
func (s *site) who(r *http.Request) (token string, who session, ok bool) {
	c, err := r.Cookie(s.sessionCookie())
	if err != nil {
		return "", session{}, false
	}
	who, ok = s.sessions.find(c.Value, time.Now())
	return c.Value, who, ok
}

// signedIn serves who is signed in and leads everybody else to the page where they can.
func (s *site) signedIn(next func(w http.ResponseWriter, r *http.Request, token string, who session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, who, ok := s.who(r)
		if !ok {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		next(w, r, token, who)
	}
}

func (s *site) askCode(w http.ResponseWriter, r *http.Request, code int, why *remark, typed string) {
	s.write(w, r, code, page{Title: s.language(r).say("signin.title"), SignIn: &signInPage{Remark: why, Typed: typed}, Switch: true})
}

// signIn takes a code. What is wrong with it is said at once, on the answer itself: there is no session yet that could remember it.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	l := s.language(r)
	from := identity.AddressOf(r.RemoteAddr)
	code := typed(r, "code")
	if code == "" {
		s.askCode(w, r, http.StatusUnprocessableEntity, l.ofCode("signin.empty", "signin.empty.remedy"), "")
		return
	}
	by, err := s.o.Codes.Redeem(code, from)
	if err != nil {
		s.deed(Deed{Kind: DeedSignInRefused, From: from, Why: err.Error()})
		s.refuse(w, r, l, err, code)
		return
	}
	if old, _, ok := s.who(r); ok {
		s.sessions.end(old)
	}
	http.SetCookie(w, s.cookie(s.sessionCookie(), s.sessions.open(by, time.Now())))
	s.deed(Deed{Kind: DeedSignIn, From: from, By: by})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) refuse(w http.ResponseWriter, r *http.Request, l language, err error, code string) {
	if often, ok := errors.AsType[*identity.TooOftenError](err); ok {
		wait := max(time.Second, often.Wait.Round(time.Second))
		w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds())))
		why := l.ofCode("signin.often", "")
		why.Remedy = l.say("signin.often.remedy", l.lasted(wait))
		s.askCode(w, r, http.StatusTooManyRequests, why, code)
		return
	}
	switch {
	case errors.Is(err, identity.ErrCodeWrong):
		s.askCode(w, r, http.StatusUnauthorized, l.ofCode("signin.wrong", "signin.wrong.remedy"), code)
	case errors.Is(err, identity.ErrCodeUsed):
		s.askCode(w, r, http.StatusUnauthorized, l.ofCode("signin.used", "signin.used.remedy"), "")
	case errors.Is(err, identity.ErrCodeExpired):
		s.askCode(w, r, http.StatusUnauthorized, l.ofCode("signin.expired", "signin.again"), "")
	default:
		s.askCode(w, r, http.StatusServiceUnavailable, l.ofCode("signin.failed", "signin.failed.remedy"), code)
	}
}

func (l language) ofCode(sentence, remedy string) *remark {
	why := &remark{Gravity: Danger, Sentence: l.say(sentence)}
	if remedy != "" {
		why.Remedy = l.say(remedy)
	}
	return why
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request, token string, who session) {
	s.sessions.end(token)
	s.dropSession(w)
	s.deed(Deed{Kind: DeedSignOut, From: identity.AddressOf(r.RemoteAddr), By: who.by})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) dropSession(w http.ResponseWriter) {
	over := s.cookie(s.sessionCookie(), "")
	over.MaxAge = -1
	http.SetCookie(w, over)
}

// enrol joins the box to a central console. The outcome waits in the session, so that reading the page again does not join twice.
func (s *site) enrol(w http.ResponseWriter, r *http.Request, token string, who session) {
	t := &told{deed: DeedEnrol, server: typed(r, "server"), claim: typed(r, "claim")}
	s.change(w, r, t, func(ctx context.Context) error {
		if t.server == "" || t.claim == "" {
			return errEmpty
		}
		return s.o.Link.Enrol(ctx, t.server, t.claim)
	})
	if t.err == nil {
		t.server, t.claim = "", ""
	}
	s.finish(w, r, token, who, t, DeedEnrolRefused)
}

// leave forgets the central console, once the person has typed the serial number.
func (s *site) leave(w http.ResponseWriter, r *http.Request, token string, who session) {
	t := &told{deed: DeedLeave}
	s.change(w, r, t, func(ctx context.Context) error {
		status, err := s.read(ctx)
		if err != nil {
			return err
		}
		if status.Serial == "" || !strings.EqualFold(typed(r, "serial"), status.Serial) {
			return errMismatch
		}
		return s.o.Link.Leave(ctx)
	})
	s.finish(w, r, token, who, t, DeedLeaveRefused)
}

// change does one thing to the link, one at a time, and keeps what came of it.
func (s *site) change(w http.ResponseWriter, r *http.Request, t *told, do func(context.Context) error) {
	if s.o.Link == nil {
		t.err = &Refused{Sentence: s.language(r).say("link.absent")}
		return
	}
	select {
	case s.linking <- struct{}{}:
		defer func() { <-s.linking }()
	default:
		t.err = errBusy
		return
	}
	// The answer may take longer than that of other pages. Without the right to set it, the usual limit holds and the outcome is on the next page.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(enrolTime + writeTime))
	// Who closes the browser meanwhile does not undo half of it; who closes the page's server does.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), enrolTime)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	defer watch.Wait()
	defer cancel()
	t.err = do(ctx)
}

func (s *site) finish(w http.ResponseWriter, r *http.Request, token string, who session, t *told, refused DeedKind) {
	d := Deed{Kind: t.deed, From: identity.AddressOf(r.RemoteAddr), By: who.by}
	if t.err != nil {
		d.Kind, d.Why = refused, t.err.Error()
	}
	s.deed(d)
	s.sessions.tell(token, t)
	s.forget()
	http.Redirect(w, r, "/#console", http.StatusSeeOther)
}

func (s *site) deed(d Deed) {
	if s.o.Deed != nil {
		s.o.Deed(d)
	}
}
