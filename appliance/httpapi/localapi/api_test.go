package localapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/httpapi/identity"
)

// fakeBox is a branch of two queues: ana and ben serve rouge, cid serves vert; sam watches rouge and takes calls of it, claire administers.
type fakeBox struct {
	mu     sync.Mutex
	people []Person
	state  State
	orders []Order
	err    error
}

func (b *fakeBox) People() []Person {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.people)
}

func (b *fakeBox) State(context.Context) (State, error) { return b.state, b.err }

func (b *fakeBox) Order(_ context.Context, o Order) (Done, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.orders = append(b.orders, o)
	return Done{Call: "1-000001"}, b.err
}

func (b *fakeBox) Because(language string, r fact.Reason) string {
	return language + " words of " + r.Code
}

func (b *fakeBox) last(t testing.TB) Order {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.orders) == 0 {
		t.Fatal("nothing was ordered")
	}
	return b.orders[len(b.orders)-1]
}

func newBox() *fakeBox {
	agent := func(id, queue, activity string) exchange.AgentView {
		return exchange.AgentView{ID: id, Name: strings.ToUpper(id), Queues: []string{queue}, Session: "logged_in", Declared: "available", Activity: activity}
	}
	return &fakeBox{
		people: []Person{
			{ID: "ana", Name: "ANA", Agent: true, Queues: []string{"rouge"}},
			{ID: "ben", Name: "BEN", Agent: true, Queues: []string{"rouge"}},
			{ID: "cid", Name: "CID", Agent: true, Queues: []string{"vert"}},
			{ID: "sam", Name: "SAM", Agent: true, Supervisor: true, Queues: []string{"vert"}, Watches: []string{"rouge"}},
			{ID: "claire", Name: "CLAIRE", Administrator: true},
		},
		state: State{
			Agents: []exchange.AgentView{agent("ana", "rouge", "talking"), agent("ben", "rouge", "idle"), agent("cid", "vert", "idle"), agent("sam", "vert", "idle")},
			Queues: []exchange.QueueView{{ID: "rouge"}, {ID: "vert"}},
			Calls: []exchange.CallView{
				{ID: "1-000001", Queue: "rouge", Agent: "ana"},
				{ID: "1-000002", Queue: "vert", Agent: "cid"},
				{ID: "1-000003", Agent: "ben"},
				{ID: "1-000004", Queue: "rouge"},
				{ID: "1-000005", Agent: "cid"},
				{ID: "1-000006"},
			},
		},
	}
}

type fakeCodes struct{}

func (fakeCodes) Redeem(typed string, _ netip.Addr) (string, error) {
	if typed == "AAAA-AAAA" {
		return "uid:0", nil
	}
	return "", identity.ErrCodeWrong
}

// world is the interface being served.
type world struct {
	t     *testing.T
	box   *fakeBox
	book  *identity.Book
	at    string
	api   *API
	mu    sync.Mutex
	deeds []Deed
}

func open(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	book, err := identity.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := identity.OpenSessions(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, box: newBox(), book: book}
	language := func(r *http.Request) string { return r.Header.Get("Accept-Language") }
	w.api, err = New(Parts{Box: w.box, Codes: fakeCodes{}, Book: book, Sessions: sessions, Language: language, Deed: func(d Deed) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.deeds = append(w.deeds, d)
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(w.api)
	t.Cleanup(s.Close)
	w.at = s.URL
	return w
}

func (w *world) did(kind DeedKind, by, of string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.deeds, func(d Deed) bool { return d.Kind == kind && d.By == by && d.Of == of && d.From.IsLoopback() })
}

// visitor is a browser, or a program.
type visitor struct {
	w      *world
	cookie *http.Cookie
	header http.Header
}

type answer struct {
	code   int
	header http.Header
	text   string
	cookie *http.Cookie
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.text), v); err != nil {
		t.Fatalf("%v: %d %s", err, a.code, a.text)
	}
}

func (w *world) visitor() *visitor { return &visitor{w: w, header: http.Header{}} }

// ask sends a request. A body is text as it is, or a value that becomes JSON.
func (v *visitor) ask(method, path string, body any) answer {
	t := v.w.t
	t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, v.w.at+Path+path, r)
	if err != nil {
		t.Fatal(err)
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(req.Header, v.header)
	if v.cookie != nil {
		req.AddCookie(v.cookie)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	a := answer{code: res.StatusCode, header: res.Header, text: string(text)}
	for _, c := range res.Cookies() {
		a.cookie = c
	}
	return a
}

const phrase = "quatre chevaux verts"

// as is somebody who has signed in.
func (w *world) as(id identity.ID) *visitor {
	w.t.Helper()
	code, _, err := w.book.Invite(id, "test")
	if err != nil {
		w.t.Fatal(err)
	}
	v := w.visitor()
	a := v.ask("POST", "session/invitation", map[string]any{"id": id, "code": code, "password": phrase})
	if a.code != http.StatusOK || a.cookie == nil {
		w.t.Fatalf("%s: %d %s", id, a.code, a.text)
	}
	v.cookie = a.cookie
	return v
}

// program is a key with scopes.
func (w *world) program(scopes ...identity.Scope) *visitor {
	w.t.Helper()
	_, token, err := w.book.NewKey("test", scopes, "test", noEnd)
	if err != nil {
		w.t.Fatal(err)
	}
	v := w.visitor()
	v.header.Set("Authorization", "Bearer "+token)
	return v
}

func (v *visitor) wants(method, path string, body any, code int, problem string) {
	v.w.t.Helper()
	a := v.ask(method, path, body)
	var p Problem
	if problem != "" {
		a.into(v.w.t, &p)
	}
	if a.code != code || p.Code != problem {
		v.w.t.Errorf("%s %s: %d %s, want %d %s", method, path, a.code, a.text, code, problem)
	}
	if problem == "" {
		return
	}
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" || p.Status != code || p.Title == "" {
		v.w.t.Errorf("%s %s: %s %+v: no problem as RFC 9457 has it", method, path, kind, p)
	}
}
