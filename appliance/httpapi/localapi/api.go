package localapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"reflect"
	"time"

	"autocom/appliance/httpapi/identity"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Path is where the interface is on the box's server.
const Path = "/api/v1/"

// Bounds of a request.
const (
	bodyMost  = 64 << 10
	listMost  = 9 << 20 // of a command: a list of contacts comes in one
	longest   = 15 * time.Second
	documents = Path + "openapi.json"
)

// Parts is what the interface is made of.
type Parts struct {
	Box      Box
	Codes    Codes
	Book     *identity.Book
	Sessions *identity.Sessions
	Language func(*http.Request) string // "fr" or "en"
	Secure   bool                       // over TLS: cookies are the browser's for this host alone
	Deed     func(Deed)                 // called on the goroutine of a request, must not block; nil: nobody is told
	Log      *slog.Logger               // default: none
}

// API answers programs and the box's own pages.
type API struct {
	handler  http.Handler
	Document []byte // OpenAPI 3.1
}

// api is the parts and what the handlers share.
type api struct {
	Parts
	log *slog.Logger
}

// New makes the handler of everything below [Path].
func New(p Parts) (*API, error) {
	a := &api{Parts: p, log: p.Log}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	h := humago.New(mux, a.config())
	h.UseMiddleware(a.authenticate)
	r := router{api: h, owner: a, problem: h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")}
	a.sessionRoutes(r)
	a.stateRoutes(r)
	a.commandRoutes(r)
	a.peopleRoutes(r)
	a.keyRoutes(r)
	document, err := json.MarshalIndent(h.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	document = append(document, '\n')
	mux.HandleFunc("GET "+documents, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, r, troubled(http.StatusNotFound, "not_found"))
	})
	return &API{handler: a.door(mux), Document: document}, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// config is huma without what it would add by itself: pages of documentation, links to schemas.
func (a *api) config() huma.Config {
	c := huma.DefaultConfig("Autocom box", "1")
	c.Info.Description = "What the box's pages see and do. Every answer above 399 is a Problem (RFC 9457). A browser shows its session's cookie; a program shows its key as a bearer token."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Transformers = []huma.Transformer{plainProblem}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-autocom"},
		"key":     {Type: "http", Scheme: "bearer"},
	}
	return c
}

// door stands before everything: who may write from where, in which language, within which bounds.
func (a *api) door(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		ctx, cancel := context.WithTimeout(r.Context(), longest)
		defer cancel()
		ctx = context.WithValue(ctx, languageKey{}, a.Language(r))
		ctx = context.WithValue(ctx, addressKey{}, identity.AddressOf(r.RemoteAddr))
		r = r.WithContext(ctx)
		if err := origin.Check(r); err != nil {
			a.answer(w, r, troubled(http.StatusForbidden, "origin"))
			return
		}
		if r.ContentLength != 0 {
			// A form of another site's page can send anything but JSON without asking first.
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
				a.answer(w, r, troubled(http.StatusUnsupportedMediaType, "media_type"))
				return
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, listMost)
		next.ServeHTTP(w, r)
	})
}

type addressKey struct{}

// from is where a request comes from.
func from(ctx context.Context) netip.Addr {
	at, _ := ctx.Value(addressKey{}).(netip.Addr)
	return at
}

func (a *api) deed(ctx context.Context, kind DeedKind, by, of string) {
	if a.Deed != nil {
		a.Deed(Deed{Kind: kind, By: by, Of: of, From: from(ctx)})
	}
}
