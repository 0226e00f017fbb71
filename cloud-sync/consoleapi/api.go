package consoleapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Parts is what the console is made of.
type Parts struct {
	Fleet     Fleet
	Boxes     Boxes
	Documents Documents
	Archive   Archive
	History   History
	People    People
	Sessions  Sessions
	Audit     Audit

	Pages  fs.FS  // the console page; nil: none
	Policy string // its Content-Security-Policy; "": nothing but its own origin
	Server string // what installers type besides a claim code: https://host:port of the device listener
	Plain  bool   // the console is served without TLS (a loopback, or behind a proxy that speaks TLS to nobody): cookies go without Secure
	Log    *slog.Logger

	// Rounds of the password derivation; 0: passwordRounds. Tests take fewer.
	Rounds int
}

// Bounds of a request.
const (
	mostBody   = 2 << 20          // bytes: a document's text as JSON
	longest    = 30 * time.Second // a request may take, streams apart
	mostHeader = 64 << 10
)

// Console answers the page and programs. It is an http.Handler whose Close ends the streams.
type Console struct {
	handler  http.Handler
	live     *streams
	Document []byte // OpenAPI 3.1
}

// api is the parts and what the handlers share.
type api struct {
	Parts
	tries *doorkeeper
	live  *streams
	log   *slog.Logger
}

// New makes the console's handler.
func New(p Parts) (*Console, error) {
	if p.Rounds == 0 {
		p.Rounds = passwordRounds
	}
	a := &api{Parts: p, tries: newDoorkeeper(), live: newStreams(), log: p.Log}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	document, err := a.routes(mux)
	if err != nil {
		return nil, err
	}
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, central.ErrNotFound)
	})
	if p.Pages != nil {
		pages, err := newPages(p.Pages)
		if err != nil {
			return nil, err
		}
		mux.Handle("/", pages)
	}
	return &Console{handler: a.door(mux), live: a.live, Document: document}, nil
}

// ServeHTTP answers one request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// Close ends every open stream, so that a server can stop.
func (c *Console) Close() { c.live.close() }

// fail answers with a refusal, outside huma.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := a.refusal(r.Context(), err)
	maps.Copy(w.Header(), f.GetHeaders())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(f.Failure)
}

// refusal is what an error is answered with; what the asker cannot help is logged.
func (a *api) refusal(ctx context.Context, err error) *refusal {
	f := answer(err)
	if f.status >= 500 && f.cause != nil {
		a.log.ErrorContext(ctx, "a request failed", "error", f.cause)
	}
	return f
}

// humaConfig is huma without what it would add by itself: pages of documentation, links to schemas.
func humaConfig() huma.Config {
	c := huma.DefaultConfig("Autocom console", "1")
	c.Info.Description = "What the console page sees and does. Every answer above 399 is a Failure. The session cookie names the tenant: no other can be asked for."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Transformers = []huma.Transformer{plainFailure}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"session": {Type: "apiKey", In: "cookie", Name: sessionCookie}}
	return c
}

// plainFailure gives huma's own complaints (a body that does not fit its schema) the shape of every other refusal. The values it would repeat may be
// passwords: they are left out.
func plainFailure(_ huma.Context, _ string, v any) (any, error) {
	switch v := v.(type) {
	case *refusal:
		return v.Failure, nil
	case *huma.ErrorModel:
		f := wire.Failure{Code: wire.CodeBadRequest, Sentence: "this request cannot be read", Remedy: "see /api/openapi.json"}
		if v.Status == http.StatusRequestEntityTooLarge {
			f.Code, f.Sentence = codeTooLarge, "that is more than this takes"
		}
		for _, e := range v.Errors {
			f.Problems = append(f.Problems, wire.Problem{Path: e.Location, Sentence: e.Message, Remedy: "see /api/openapi.json"})
		}
		return f, nil
	}
	return v, nil
}

// routes registers every operation and gives the OpenAPI document.
func (a *api) routes(mux *http.ServeMux) ([]byte, error) {
	h := humago.New(mux, humaConfig())
	h.UseMiddleware(a.authenticate)
	failure := h.OpenAPI().Components.Schemas.Schema(typeOf[wire.Failure](), true, "Failure")
	r := router{api: h, owner: a, failure: failure}
	a.sessionRoutes(r)
	a.siteRoutes(r)
	a.draftRoutes(r)
	a.historyRoutes(r)
	a.memberRoutes(r)
	a.liveRoute(r, mux)
	document, err := json.MarshalIndent(h.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(document, '\n'), nil
}
