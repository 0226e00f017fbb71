package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"strconv"
	"time"

	"autocom/appliance/exchange/fact"
)

// Limits of the socket.
const (
	MaxRequests = 32       // at once
	maxBody     = 64 << 10 // bytes of a question
	maxCommand  = 9 << 20  // bytes of a command: a campaign's list of 4 MiB, of which JSON may write each byte with two
)

type peerKey struct{}

// peer is who is at the other end of a connection.
type peer struct{ uid uint32 }

// Server answers commands on a Unix socket until it is shut down.
type Server struct {
	http *http.Server
	done chan error
}

// Serve listens at path and answers with box. allow names further user ids that may connect, besides root and the box's own.
// A socket left behind by a process that is gone is replaced; one that is alive is an error.
func Serve(path string, box Box, log *slog.Logger, allow ...uint32) (*Server, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("%s: another core answers there: stop it first", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("command socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("command socket: %w", err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, fmt.Errorf("command socket: %w", err)
	}
	allowed := map[uint32]bool{0: true, uint32(os.Getuid()): true}
	for _, uid := range allow {
		allowed[uid] = true
	}
	h := handler{box: box, allowed: allowed, slots: make(chan struct{}, MaxRequests), log: log}
	s := &Server{
		http: &http.Server{
			Handler:           h.routes(),
			ReadHeaderTimeout: 5 * time.Second,
			IdleTimeout:       time.Minute,
			MaxHeaderBytes:    16 << 10,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
			ConnContext: func(ctx context.Context, c net.Conn) context.Context {
				uid, err := peerUser(c)
				if err != nil {
					return ctx
				}
				return context.WithValue(ctx, peerKey{}, peer{uid})
			},
		},
		done: make(chan error, 1),
	}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// lastAnswers is how long an answer under way, such as that to the command that stops us, may take to get out.
const lastAnswers = 100 * time.Millisecond

// Close stops answering, cuts streams that follow facts, and waits.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	_ = s.http.Shutdown(ctx) // what is not over by then is cut
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

type handler struct {
	box     Box
	allowed map[uint32]bool
	slots   chan struct{}
	log     *slog.Logger
}

func (h handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) { answer(w)(h.box.Status(r.Context())) })
	mux.HandleFunc("GET /v1/facts", h.facts)
	mux.HandleFunc("POST /v1/command", h.command)
	mux.HandleFunc("POST /v1/reload", func(w http.ResponseWriter, r *http.Request) { answer(w)(h.box.Reload(r.Context())) })
	mux.HandleFunc("GET /v1/calls/{call}/trace", func(w http.ResponseWriter, r *http.Request) {
		answer(w)(h.box.Trace(r.Context(), r.PathValue("call")))
	})
	mux.HandleFunc("GET /v1/statistics", h.statistics)
	mux.HandleFunc("GET /v1/callbacks", h.callbacks)
	h.door(mux)
	h.link(mux)
	h.people(mux)
	h.records(mux)
	return h.guard(mux)
}

// guard lets in only whom the kernel says may come in, and a bounded number of them.
func (h handler) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, known := r.Context().Value(peerKey{}).(peer)
		if !known || !h.allowed[p.uid] {
			h.log.Warn("command socket: refused a user", "uid", p.uid)
			fail(w, http.StatusForbidden, errors.New("this user may not command the box: use root, or the box's own user"))
			return
		}
		select {
		case h.slots <- struct{}{}:
			defer func() { <-h.slots }()
		default:
			fail(w, http.StatusServiceUnavailable, errors.New("too many commands at once: try again"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (h handler) command(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCommand))
	if err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("command: %w", err))
		return
	}
	by := asker(r)
	if o, isOrder, err := readOrder(text, by); isOrder || err != nil {
		if err != nil {
			fail(w, http.StatusBadRequest, err)
			return
		}
		answer(w)(h.box.Order(r.Context(), o))
		return
	}
	var c Command
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("command: %w", err))
		return
	}
	c.By = by
	answer(w)(struct{}{}, h.box.Command(r.Context(), c))
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return "user:" + u.Username
	}
	return "uid:" + id
}

// facts streams one JSON entry a line.
func (h handler) facts(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	after := fact.Address{Stream: q.Get("stream")}
	epoch, err := strconv.ParseUint(q.Get("epoch"), 10, 32)
	n, err2 := strconv.ParseUint(q.Get("n"), 10, 64)
	if err := errors.Join(err, err2); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("after which fact: %w", err))
		return
	}
	after.Epoch, after.N = uint32(epoch), n
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	flush := http.NewResponseController(w)
	follow := q.Get("follow") == "true"
	started := false
	err = h.box.Facts(r.Context(), after, follow, func(e fact.Entry) bool {
		started = true
		if out.Encode(e) != nil {
			return false
		}
		return !follow || flush.Flush() == nil
	})
	switch {
	case err == nil || r.Context().Err() != nil:
	case !started:
		fail(w, http.StatusInternalServerError, err)
	default: // a line of its own shape ends a stream that broke
		_ = out.Encode(wireError{Error: err.Error()})
	}
}

// wireError is an error as the socket says it.
type wireError struct {
	Error   string        `json:"error"`
	Code    string        `json:"code,omitempty"` // of a LinkError, with Remedy
	Remedy  string        `json:"remedy,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Reasons []fact.Reason `json:"reasons,omitempty"`
}

func answer(w http.ResponseWriter) func(any, error) {
	return func(v any, err error) {
		var refused *Refused
		var link *LinkError
		switch {
		case errors.As(err, &link):
			reply(w, http.StatusConflict, wireError{Error: link.Sentence, Code: link.Code, Remedy: link.Remedy, Detail: link.Detail})
		case errors.As(err, &refused):
			reply(w, http.StatusConflict, wireError{Error: err.Error(), Reasons: refused.Reasons})
		case errors.Is(err, ErrNotFound):
			fail(w, http.StatusNotFound, err)
		case errors.Is(err, ErrDocument):
			fail(w, http.StatusUnprocessableEntity, err)
		case errors.Is(err, ErrCommand):
			fail(w, http.StatusBadRequest, err)
		case err != nil:
			fail(w, http.StatusInternalServerError, err)
		default:
			reply(w, http.StatusOK, v)
		}
	}
}

var (
	// ErrNotFound is in the error of a Box for a call, a recording, a trunk or a ban it does not have.
	ErrNotFound = errors.New("not found")
	// ErrDocument is in the error of a Box for a site document that has problems; the error names them all.
	ErrDocument = errors.New("the site document was not taken, the one in force stays")
	// ErrCommand is in the error of a Box for an order that is none: an unknown name, an unknown field.
	ErrCommand = errors.New("not a command")
)

func fail(w http.ResponseWriter, status int, err error) {
	reply(w, status, wireError{Error: err.Error()})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody is left to tell
}
