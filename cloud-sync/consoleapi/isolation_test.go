package consoleapi

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"

	"github.com/google/go-cmp/cmp"
)

// A route of the interface and what the tests of it need to know. Every operation of the OpenAPI document has one: a new route without an entry
// fails here.
type entry struct {
	access access
	body   any    // of a well-formed request
	query  string // of one that names an object
	own    bool   // it names no object: as another tenant it is about that tenant's own things
}

func entries() map[string]entry {
	return map[string]entry{
		"GET /api/setup":                      {access: open},
		"POST /api/setup":                     {access: open, body: SetupRequest{}},
		"POST /api/session":                   {access: open, body: SignInRequest{}},
		"GET /api/session":                    {own: true},
		"DELETE /api/session":                 {own: true},
		"GET /api/sites":                      {own: true},
		"POST /api/sites":                     {access: writes, own: true, body: siteName{Name: "Another"}},
		"GET /api/sites/{site}":               {},
		"POST /api/sites/{site}/claim":        {access: writes, body: struct{}{}},
		"DELETE /api/sites/{site}/claim":      {access: writes},
		"POST /api/sites/{site}/revoke":       {access: writes, body: struct{}{}},
		"POST /api/sites/{site}/rewind":       {access: writes, body: rewindRequest{Stream: "STREAM", Epoch: 1, N: 1}},
		"GET /api/sites/{site}/calls":         {},
		"GET /api/sites/{site}/calls/{call}":  {},
		"GET /api/sites/{site}/queues":        {},
		"GET /api/sites/{site}/draft":         {},
		"PUT /api/sites/{site}/draft":         {access: writes, body: DraftText{Tag: "TAG", Text: "version: 1\n"}},
		"PATCH /api/sites/{site}/draft":       {access: writes, body: DraftEdits{Tag: "TAG", Edits: []Edit{{Op: "set", Path: "site.name", Value: "stolen"}}}},
		"DELETE /api/sites/{site}/draft":      {access: writes, query: "?tag=TAG"},
		"POST /api/sites/{site}/adopt":        {access: writes, body: AdoptRequest{Tag: "TAG"}},
		"POST /api/sites/{site}/publish":      {access: writes, body: PublishRequest{Tag: "TAG", Reason: "stolen"}},
		"GET /api/sites/{site}/revisions":     {},
		"GET /api/sites/{site}/revisions/{n}": {},
		"GET /api/live":                       {query: "?site=SITE"},
		"GET /api/people":                     {own: true},
		"POST /api/people":                    {access: writes, own: true, body: Invitation{Email: "somebody@elsewhere.example", Name: "Somebody", Role: "admin"}},
		"POST /api/people/{person}/code":      {access: writes, body: struct{}{}},
		"DELETE /api/people/{person}":         {access: writes},
		"GET /api/journal":                    {own: true},
	}
}

// operations is every operation of the document, "GET /api/sites".
func operations(t *testing.T, document []byte) []string {
	t.Helper()
	var d struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	var ops []string
	for path, methods := range d.Paths {
		for method := range methods {
			if m := strings.ToUpper(method); slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"}, m) {
				ops = append(ops, m+" "+path)
			}
		}
	}
	slices.Sort(ops)
	if len(ops) < 20 {
		t.Fatalf("only %d operations: %v", len(ops), ops)
	}
	return ops
}

// branch is a tenant with one of everything.
type branch struct {
	tenant central.TenantID
	owner  *browser
	site   string
	tag    string
	stream string
	person string
}

func (w *world) branch(name string) branch {
	w.Helper()
	b := branch{}
	b.tenant, b.owner = w.tenant(name)
	b.site = read[SiteRow](b.owner, 201, "POST", "/api/sites", siteName{Name: "Site of " + name}).ID
	at := "/api/sites/" + b.site
	b.stream = "stream-" + b.site
	box := w.box(b.tenant, central.SiteID(b.site), append(aCall("call-"+name), fact.BoxStarted{Program: "1.0"}, fact.TrunkReachable{Trunk: "operateur"})...)
	text := strings.ReplaceAll(example(w), "Agence de Lyon", "Agence de "+name)
	draft := read[DraftView](b.owner, 200, "PUT", at+"/draft", DraftText{Text: text})
	read[RevisionView](b.owner, 201, "POST", at+"/publish", PublishRequest{Tag: draft.Tag, Reason: "first"})
	draft = read[DraftView](b.owner, 200, "PATCH", at+"/draft", DraftEdits{Edits: []Edit{{Op: "set", Path: "queues[0].max_wait", Value: "5m"}}})
	b.tag = draft.Tag
	if _, err := w.cloud.TakeLocal(w.Context(), box, wire.LocalDocument{Name: "local-" + b.site, Text: strings.ReplaceAll(text, "Agence de "+name, "Here of "+name)}); err != nil {
		w.Fatal(err)
	}
	read[ClaimView](b.owner, 200, "POST", at+"/claim", struct{}{})
	w.person(b.tenant, "second@"+strings.ToLower(name)+".example", central.Admin)
	b.person = "u-second@" + strings.ToLower(name) + ".example"
	return b
}

// fill puts a branch's names in a route.
func (b branch) fill(s, call string) string {
	return strings.NewReplacer("{site}", b.site, "SITE", b.site, "{call}", call, "{n}", "1", "TAG", b.tag, "STREAM", b.stream, "{person}", b.person).Replace(s)
}

// request is a route's request about a branch.
func (b branch) request(t *testing.T, op string, e entry, call string) (method, path string, body any) {
	t.Helper()
	method, path, _ = strings.Cut(op, " ")
	if e.body != nil {
		text, err := json.Marshal(e.body)
		if err != nil {
			t.Fatal(err)
		}
		body = json.RawMessage(b.fill(string(text), call))
	}
	return method, b.fill(path+e.query, call), body
}

// all is everything a tenant can see, and what was written down about it.
func (b branch) all(w *world) map[string]string {
	w.Helper()
	at := "/api/sites/" + b.site
	out := map[string]string{}
	for _, path := range []string{at, at + "/draft", at + "/revisions", at + "/revisions/1", at + "/calls", at + "/queues", "/api/people"} {
		out[path] = string(b.owner.want(200, "GET", path, nil))
	}
	out["sites"] = string(b.owner.want(200, "GET", "/api/sites", nil))
	out["sites"] = out["sites"][:strings.LastIndex(out["sites"], `"now"`)]
	deeds, err := w.db.People().Deeds(w.Context(), b.tenant, 0, 1000)
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range deeds {
		out["deeds"] += d.What + " "
	}
	return out
}

func TestEveryRouteHasAnEntry(t *testing.T) {
	w := newWorld(t)
	known := entries()
	ops := operations(t, w.console.Document)
	for _, op := range ops {
		if _, has := known[op]; !has {
			t.Errorf("%s is a new route: say in entries() who may call it, and with what", op)
		}
	}
	for op := range known {
		if !slices.Contains(ops, op) {
			t.Errorf("%s is no route any more", op)
		}
	}
}

// TestTenantsAreApart calls every route as tenant B with what belongs to tenant A: it is as if it did not exist, and nothing of A changes.
func TestTenantsAreApart(t *testing.T) {
	w := newWorld(t)
	a, b := w.branch("A"), w.branch("B")
	before, beforeB := a.all(w), b.all(w)
	for _, op := range operations(t, w.console.Document) {
		e := entries()[op]
		if e.access == open || op == "DELETE /api/session" {
			continue
		}
		method, path, body := a.request(t, op, e, "call-A")
		resp, text := b.owner.ask(method, path, body)
		if strings.Contains(string(text), a.site) || strings.Contains(string(text), "of A") || strings.Contains(string(text), "call-A") || strings.Contains(string(text), "a.example") {
			t.Errorf("%s as B tells of A: %s", op, text)
		}
		if !e.own && resp.StatusCode != 404 {
			t.Errorf("%s as B with A's objects: %d %s, want 404", op, resp.StatusCode, text)
		}
		if strings.Contains(op, "{call}") { // A's call in B's own site
			method, path, body = b.request(t, op, e, "call-A")
			if resp, text := b.owner.ask(method, path, body); resp.StatusCode != 404 {
				t.Errorf("%s %s as B: %d %s", method, path, resp.StatusCode, text)
			}
		}
	}
	if diff := cmp.Diff(before, a.all(w)); diff != "" {
		t.Errorf("A changed:\n%s", diff)
	}
	after := b.all(w)
	beforeB["sites"], after["sites"] = "", "" // one was added, by "POST /api/sites"
	beforeB["deeds"], after["deeds"] = "", ""
	beforeB["/api/people"], after["/api/people"] = "", "" // one was invited, by "POST /api/people"
	if diff := cmp.Diff(beforeB, after); diff != "" {
		t.Errorf("B changed:\n%s", diff)
	}
}

// TestNobodyAndAuditors: without a session every route but those that open one is 401; an auditor may read everything and write nothing.
func TestNobodyAndAuditors(t *testing.T) {
	w := newWorld(t)
	a := w.branch("A")
	auditor := w.person(a.tenant, "auditor@a.example", central.Auditor)
	before := a.all(w)
	for _, op := range operations(t, w.console.Document) {
		e := entries()[op]
		method, path, body := a.request(t, op, e, "call-A")
		if e.access == open {
			continue
		}
		for _, cookie := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("y", 5000)} {
			nobody := &browser{world: w, address: "192.0.2.9:1"}
			if cookie != "" {
				nobody.header = map[string][]string{"Cookie": {sessionCookie + "=" + cookie}}
			}
			if resp, text := nobody.ask(method, path, body); resp.StatusCode != 401 || !strings.Contains(string(text), codeNoSession) {
				t.Errorf("%s with cookie %.10q: %d %s, want 401", op, cookie, resp.StatusCode, text)
			}
		}
		if op == "GET /api/live" || op == "DELETE /api/session" {
			continue
		}
		resp, text := auditor.ask(method, path, body)
		switch e.access {
		case writes:
			if resp.StatusCode != 403 || !strings.Contains(string(text), `"role"`) {
				t.Errorf("%s as auditor: %d %s, want 403", op, resp.StatusCode, text)
			}
		default:
			if resp.StatusCode != 200 {
				t.Errorf("%s as auditor: %d %s", op, resp.StatusCode, text)
			}
		}
	}
	after := a.all(w)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	auditor.want(204, "DELETE", "/api/session", nil)
}
