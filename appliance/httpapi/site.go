package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"autocom/appliance/httpapi/localapi"
)

//go:embed page.html style.css icon.svg
var files embed.FS

const (
	statusFresh = time.Second // a state is shown again for so long rather than read anew
	statusTime  = 5 * time.Second
)

// site answers the requests.
type site struct {
	o        Options
	pages    map[language]*template.Template
	style    []byte
	styleAt  string // its address, with its hash
	icon     []byte
	sessions sessions
	linking  chan struct{} // holds one: who changes the link
	status   chan reading  // holds one: the last reading
	closing  chan struct{} // closed when the page ends
}

// reading is a state and when it was read.
type reading struct {
	status Status
	err    error
	at     time.Time
}

func newSite(o Options) (*site, error) {
	s := &site{o: o, pages: map[language]*template.Template{}, linking: make(chan struct{}, 1), status: make(chan reading, 1), closing: make(chan struct{})}
	s.status <- reading{}
	for _, l := range []language{french, english} {
		t, err := template.New("page.html").Funcs(template.FuncMap{"t": l.say, "n": l.count}).ParseFS(files, "page.html")
		if err != nil {
			return nil, fmt.Errorf("the box's page: %w", err)
		}
		s.pages[l] = t
	}
	var err error
	if s.style, err = files.ReadFile("style.css"); err != nil {
		return nil, fmt.Errorf("the box's page: %w", err)
	}
	if s.icon, err = files.ReadFile("icon.svg"); err != nil {
		return nil, fmt.Errorf("the box's page: %w", err)
	}
	sum := sha256.Sum256(s.style)
	s.styleAt = "/style-" + hex.EncodeToString(sum[:6]) + ".css"
	return s, nil
}

// handler is all routes behind what holds for each of them.
func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /health", s.health)
	mux.HandleFunc("GET "+s.styleAt, asset("text/css; charset=utf-8", s.style))
	mux.HandleFunc("GET /icon.svg", asset("image/svg+xml", s.icon))
	mux.HandleFunc("POST /sign-in", s.form(s.signIn))
	mux.HandleFunc("POST /sign-out", s.form(s.signedIn(s.signOut)))
	mux.HandleFunc("POST /enrol", s.form(s.signedIn(s.enrol)))
	mux.HandleFunc("POST /leave", s.form(s.signedIn(s.leave)))
	for path, allowed := range map[string]string{
		"/{$}": "GET, HEAD", "/health": "GET, HEAD", "/sign-in": "POST", "/sign-out": "POST", "/enrol": "POST", "/leave": "POST",
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allowed)
			s.fail(w, r, http.StatusMethodNotAllowed)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, http.StatusNotFound) })

	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, http.StatusForbidden) }))
	pages := guarded(sameOrigin.Handler(mux))
	if s.o.API == nil {
		return pages
	}
	all := http.NewServeMux()
	all.Handle(localapi.Path, s.o.API)
	all.Handle("/", pages)
	return all
}

// guarded sets what every answer carries.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // with less, a form's Origin is "null" and its own page refuses it
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
		next.ServeHTTP(w, r)
	})
}

func asset(kind string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "max-age=86400")
		_, _ = w.Write(content) // a reader who left misses nothing
	}
}

// read is the state of the box, at most a second old. Whoever comes while it is being read waits for that reading.
func (s *site) read(asked context.Context) (Status, error) {
	ctx, cancel := context.WithTimeout(asked, statusTime)
	defer cancel()
	var last reading
	select {
	case last = <-s.status:
	case <-ctx.Done():
		return Status{}, ctx.Err()
	}
	keep := reading{} // also when the box fails in the middle
	defer func() { s.status <- keep }()
	if !last.at.IsZero() && time.Since(last.at) < statusFresh {
		keep = last
		return last.status, last.err
	}
	var now reading
	now.status, now.err = s.o.Box.Status(ctx)
	now.at = time.Now()
	if now.status.Now.IsZero() {
		now.status.Now = now.at
	}
	if asked.Err() == nil { // a reader who left says nothing about the box
		keep = now
	}
	return now.status, now.err
}

// forget makes the next page read the state anew.
func (s *site) forget() {
	<-s.status
	s.status <- reading{}
}

// write sends a page.
func (s *site) write(w http.ResponseWriter, r *http.Request, code int, p page) {
	p.Lang, p.Style = s.language(r), s.styleAt
	var text bytes.Buffer
	if err := s.pages[p.Lang].Execute(&text, p); err != nil {
		http.Error(w, p.Lang.say("error.500"), http.StatusInternalServerError)
		return
	}
	if l, ok := chosen(r.URL.Query().Get("lang")); ok { // a pick is remembered
		remembered := s.cookie(languageCookie, string(l))
		remembered.MaxAge = 365 * 24 * 3600
		http.SetCookie(w, remembered)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(p.Lang))
	w.WriteHeader(code)
	_, _ = w.Write(text.Bytes()) // a reader who left misses nothing
}

// fail says in words why a request was not served.
func (s *site) fail(w http.ResponseWriter, r *http.Request, code int) {
	l := s.language(r)
	text := l.say(fmt.Sprintf("error.%d", code))
	s.write(w, r, code, page{Title: text, Message: &remark{Gravity: Attention, Sentence: text}})
}

// language is what the reader picks now, then what they picked before, then what their browser asks for.
func (s *site) language(r *http.Request) language { return languageOf(r) }

// Language is the one somebody chose on the page, else the one their browser prefers: "fr" or "en".
func Language(r *http.Request) string { return string(languageOf(r)) }

func languageOf(r *http.Request) language {
	if l, ok := chosen(r.URL.Query().Get("lang")); ok {
		return l
	}
	if c, err := r.Cookie(languageCookie); err == nil {
		if l, ok := chosen(c.Value); ok {
			return l
		}
	}
	return preferred(r.Header.Get("Accept-Language"))
}

// cookie is one of ours: of this host and of no other site's requests.
func (s *site) cookie(name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.o.TLS != nil}
}

// sessionCookie is its name: with TLS the browser itself holds it to this host.
func (s *site) sessionCookie() string {
	if s.o.TLS != nil {
		return "__Host-autocom_box"
	}
	return "autocom_box"
}
