package relay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Trick is what happens to one request.
type Trick int

// The tricks.
const (
	Pass       Trick = iota
	LoseAnswer       // the server handled it, the answer is lost
	LoseAsk          // it never arrives
	Twice            // it arrives twice; the second answer counts
	Late             // its copy arrives after the next request: an old one overtakes a newer one
	Portal           // something else answers 200 with a page
	Elsewhere        // something else answers with a redirect
)

// lateWait bounds the answer to a copy that arrives late.
const lateWait = 5 * time.Second

// ErrLost is what a client sees of a request or an answer that was lost.
var ErrLost = errors.New("relay: lost on the way")

// Requests is a http.RoundTripper that plays tricks on what passes.
type Requests struct {
	Under http.RoundTripper
	Next  func(*http.Request) Trick // called for each request; nil: Pass

	mu   sync.Mutex
	held *http.Request // a copy that arrives after the next
}

// RoundTrip implements http.RoundTripper.
func (q *Requests) RoundTrip(r *http.Request) (*http.Response, error) {
	trick := Pass
	if q.Next != nil {
		trick = q.Next(r)
	}
	switch trick {
	case LoseAsk:
		return nil, ErrLost
	case Portal:
		return page(r, http.StatusOK), nil
	case Elsewhere:
		w := page(r, http.StatusFound)
		w.Header.Set("Location", "https://portal.example/sign-in")
		return w, nil
	case Pass, LoseAnswer, Twice, Late:
	}
	first, second, err := copies(r)
	if err != nil {
		return nil, err
	}
	w, err := q.Under.RoundTrip(first)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	held := q.held
	q.held = nil
	if trick == Late {
		q.held = second
	}
	q.mu.Unlock()
	if held != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), lateWait) // who sent it waits no more
		drop(q.Under.RoundTrip(held.WithContext(ctx)))
		cancel()
	}
	switch trick {
	case LoseAnswer:
		drop(w, nil)
		return nil, ErrLost
	case Twice:
		drop(w, nil)
		return q.Under.RoundTrip(second)
	case Pass, LoseAsk, Late, Portal, Elsewhere:
	}
	return w, nil
}

// copies makes two of a request.
func copies(r *http.Request) (first, second *http.Request, err error) {
	var raw []byte
	if r.Body != nil {
		if raw, err = io.ReadAll(r.Body); err != nil {
			return nil, nil, err
		}
		if err := r.Body.Close(); err != nil {
			return nil, nil, err
		}
	}
	of := func() *http.Request {
		c := r.Clone(r.Context())
		if r.Body != nil && r.Body != http.NoBody {
			c.Body = io.NopCloser(bytes.NewReader(raw))
		}
		return c
	}
	return of(), of(), nil
}

// drop reads an answer to its end and forgets it.
func drop(w *http.Response, err error) {
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, w.Body) // lost anyway
	_ = w.Body.Close()
}

// page is what a sign-in page of an Internet provider answers.
func page(r *http.Request, status int) *http.Response {
	const text = "<!doctype html><title>Welcome</title><h1>Please sign in</h1>"
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)),
	}
}
