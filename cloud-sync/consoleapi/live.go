package consoleapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"autocom/cloud-sync/central"

	"github.com/danielgtaylor/huma/v2"
)

const (
	livePath      = "/api/live"
	liveComment   = 20 * time.Second // and then it is looked whether the session is still open
	liveWrite     = 10 * time.Second // a reader who takes longer is gone
	mostStreams   = 2000
	mostOfSession = 12 // tabs
)

// streams is who watches.
type streams struct {
	mu     sync.Mutex
	open   map[central.Hash]map[int]context.CancelFunc
	count  int
	next   int
	closed bool
}

func newStreams() *streams { return &streams{open: map[central.Hash]map[int]context.CancelFunc{}} }

// enter counts a stream in; leave must be called once. ok is false when there are too many.
func (s *streams) enter(session central.Hash, cancel context.CancelFunc) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.count >= mostStreams || len(s.open[session]) >= mostOfSession {
		return nil, false
	}
	if s.open[session] == nil {
		s.open[session] = map[int]context.CancelFunc{}
	}
	id := s.next
	s.next++
	s.count++
	s.open[session][id] = cancel
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count--
		if delete(s.open[session], id); len(s.open[session]) == 0 {
			delete(s.open, session)
		}
	}, true
}

// end ends the streams of a session that was signed out.
func (s *streams) end(session central.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.open[session] {
		cancel()
	}
}

// close ends them all, and lets no more in.
func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, of := range s.open {
		for _, cancel := range of {
			cancel()
		}
	}
}

// liveRoute serves the stream of changes. huma describes no event streams, so its operation is written by hand.
func (a *api) liveRoute(r router, mux *http.ServeMux) {
	op := r.operation(route{"GET", livePath, "Changes of the tenant's sites, as they happen (server-sent events)", reads, 0})
	most := 64
	op.Parameters = []*huma.Param{{Name: "site", In: "query", Description: "the site that is looked at closely", Schema: &huma.Schema{Type: "string", MaxLength: &most}}}
	event := r.api.OpenAPI().Components.Schemas.Schema(typeOf[LiveEvent](), true, "LiveEvent")
	op.Responses["200"] = &huma.Response{
		Description: "Events named change, each with one of these as its data, and a comment every 20 seconds",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: event}},
	}
	r.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET "+livePath, a.serveLive)
}

func (a *api) serveLive(w http.ResponseWriter, r *http.Request) {
	value := ""
	if c, err := r.Cookie(sessionCookie); err == nil {
		value = c.Value
	}
	who, err := a.identify(r.Context(), value, true)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id := central.SiteID(r.URL.Query().Get("site"))
	if id != "" {
		if _, err := a.Fleet.Site(r.Context(), who.Tenant, id); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	leave, ok := a.live.enter(who.session, cancel)
	if !ok {
		a.fail(w, r, tooOften(10*time.Second))
		return
	}
	defer leave()
	changes := a.History.Watch(ctx, who.Tenant, id)
	out := http.NewResponseController(w)
	send := func(text string) bool {
		if err := out.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil {
			return false
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if !send(": welcome\n\n") {
		return
	}
	tick := time.NewTicker(liveComment)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case c, open := <-changes:
			if !open {
				return
			}
			data, err := json.Marshal(LiveEvent{Site: string(c.Site), What: c.What})
			if err != nil || !send(fmt.Sprintf("event: change\ndata: %s\n\n", data)) {
				return
			}
		case <-tick.C:
			if _, err := a.identify(ctx, value, false); err != nil || !send(": still here\n\n") {
				return
			}
		}
	}
}
