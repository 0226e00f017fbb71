package localapi

import (
	"bytes"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/httpapi/identity"
)

// TestWhoSeesWhat: each row is somebody, and exactly what they see of agents, queues and calls.
func TestWhoSeesWhat(t *testing.T) {
	w := open(t)
	for _, c := range []struct {
		who                   string
		v                     *visitor
		agents, queues, calls string
	}{
		{"an agent", w.as("ana"), "ana", "rouge", "1-000001"},
		{"an agent whose call is of no queue", w.as("ben"), "ben", "rouge", "1-000003"},
		{"a supervisor of one queue who serves another", w.as("sam"), "ana ben sam", "rouge vert", "1-000001 1-000003 1-000004"},
		{"an administrator", w.as("claire"), "ana ben cid sam", "rouge vert", "1-000001 1-000002 1-000003 1-000004 1-000005 1-000006"},
		{"a program", w.program(identity.ReadState), "ana ben cid sam", "rouge vert", "1-000001 1-000002 1-000003 1-000004 1-000005 1-000006"},
	} {
		for path, want := range map[string]string{"agents": c.agents, "queues": c.queues, "calls": c.calls} {
			var list []struct {
				ID string `json:"id"`
			}
			c.v.ask("GET", path, nil).into(t, &list)
			var got []string
			for _, x := range list {
				got = append(got, x.ID)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s sees %s %v, want %s", c.who, path, got, want)
			}
		}
	}
}

// An agent asks for somebody else by name (IDOR): the answer is that of somebody who is not there.
func TestSomebodyElseIsNotFound(t *testing.T) {
	w := open(t)
	ana, sam := w.as("ana"), w.as("sam")
	ana.wants("GET", "agents/ana", nil, http.StatusOK, "")
	ana.wants("GET", "agents/ben", nil, http.StatusNotFound, "not_found")
	sam.wants("GET", "agents/ben", nil, http.StatusOK, "")
	sam.wants("GET", "agents/cid", nil, http.StatusNotFound, "not_found")
	if a, b := ana.ask("GET", "agents/ben", nil), ana.ask("GET", "agents/nobody", nil); a.text != b.text {
		t.Errorf("who is there can be told: %s, %s", a.text, b.text)
	}
}

func TestEveryColleagueIsKnownAsFarAsAHandOverNeeds(t *testing.T) {
	w := open(t)
	a := w.as("ana").ask("GET", "colleagues", nil)
	var list []Colleague
	a.into(t, &list)
	if len(list) != 4 || list[0].Free || !list[1].Free || list[2].ID != "cid" || strings.Contains(a.text, "queues") {
		t.Errorf("%s", a.text)
	}
}

func TestWhatOnlyAnAdministratorDoes(t *testing.T) {
	w := open(t)
	for who, v := range map[string]*visitor{"ana": w.as("ana"), "sam": w.as("sam"), "a program": w.program(identity.Scopes()...)} {
		for _, path := range []string{"GET people", "POST people/ana/invitation", "DELETE people/ben/password", "GET keys", "POST keys", "DELETE keys/k1"} {
			method, path, _ := strings.Cut(path, " ")
			t.Log(who, method, path)
			var body any
			if path == "keys" && method == "POST" {
				body = map[string]any{"name": "x", "scopes": []string{"state:read"}}
			}
			v.wants(method, path, body, http.StatusForbidden, "right.missing")
		}
	}
	if !w.did(RightMissing, "supervisor:sam", "get-api-v1-people") {
		t.Errorf("%+v", w.deeds)
	}
	w.as("claire").wants("POST", "people/nobody/invitation", nil, http.StatusNotFound, "person.unknown")
}

// The name under which a command is given is the session's, whatever the request says.
func TestCommandsAreGivenUnderOnesOwnName(t *testing.T) {
	w := open(t)
	ana, sam, claire := w.as("ana"), w.as("sam"), w.as("claire")
	hold := func(as string) map[string]any {
		m := map[string]any{"command": "call.hold", "fields": map[string]any{"agent": "ben", "on": true}}
		if as != "" {
			m["as"] = as
		}
		return m
	}
	for _, c := range []struct {
		v        *visitor
		as       string
		by, fail string
	}{
		{ana, "", "agent:ana", ""},
		{ana, "agent", "agent:ana", ""},
		{ana, "supervisor", "", "right.missing"},
		{ana, "administrator", "", "right.missing"},
		{sam, "", "", "role.unclear"},
		{sam, "agent", "agent:sam", ""},
		{sam, "supervisor", "supervisor:sam", ""},
		{sam, "administrator", "", "right.missing"},
		{claire, "", "administrator:claire", ""},
		{claire, "agent", "", "right.missing"},
		{w.program(identity.GiveCommands), "", "key:k1", ""},
		{w.program(identity.GiveCommands), "supervisor", "", "right.missing"},
	} {
		before := len(w.box.orders)
		if c.fail != "" {
			code := http.StatusForbidden
			if c.fail == "role.unclear" {
				code = http.StatusUnprocessableEntity
			}
			c.v.wants("POST", "commands", hold(c.as), code, c.fail)
			if len(w.box.orders) != before {
				t.Errorf("%s: %+v was done all the same", c.fail, w.box.last(t))
			}
			continue
		}
		c.v.wants("POST", "commands", hold(c.as), http.StatusOK, "")
		if o := w.box.last(t); o.By != c.by || o.Name != "call.hold" || !bytes.Contains(o.Fields, []byte(`"ben"`)) {
			t.Errorf("%+v, want by %s", o, c.by)
		}
	}
}

func TestWhyTheExchangeDidNotDoIt(t *testing.T) {
	w := open(t)
	v := w.as("ana")
	v.header.Set("Accept-Language", "en")
	w.box.err = &RefusedError{Reasons: []fact.Reason{{Code: "agent.locked", Detail: "sam"}}}
	var p Problem
	v.ask("POST", "commands", map[string]any{"command": "agent.declare"}).into(t, &p)
	if p.Code != "refused" || p.Status != 422 || len(p.Reasons) != 1 || p.Reasons[0] != (ReasonGiven{"agent.locked", "sam", "en words of agent.locked"}) {
		t.Errorf("%+v", p)
	}
	w.box.err = &MalformedError{errors.New("command agent.declare: x is not a field")}
	v.wants("POST", "commands", map[string]any{"command": "agent.declare"}, http.StatusBadRequest, "malformed")
	w.box.err = errors.New("the disk is on fire")
	if a := v.ask("POST", "commands", map[string]any{"command": "agent.declare"}); a.code != 500 || strings.Contains(a.text, "fire") {
		t.Errorf("%d %s", a.code, a.text)
	}
}

// TestEveryProblemHasWords reads which codes the room gives, and wants both languages for each.
func TestEveryProblemHasWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			var e ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "troubled" {
					e = n.Args[1]
				}
			case *ast.KeyValueExpr:
				if name, ok := n.Key.(*ast.Ident); ok && name.Name == "code" {
					e = n.Value
				}
			}
			if lit, ok := e.(*ast.BasicLit); ok {
				code, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, code)
			}
			return true
		})
	}
	slices.Sort(codes)
	if codes = slices.Compact(codes); len(codes) < 15 {
		t.Fatalf("only %v were found", codes)
	}
	for _, code := range append(codes, "malformed", "large") {
		if w := words(code); w.fr.sentence == "" || w.en.sentence == "" || (w.fr.remedy == "") != (w.en.remedy == "") {
			t.Errorf("%s: %+v", code, w)
		}
	}
}

var update = flag.Bool("update", false, "write openapi.json anew")

// TestTheDescriptionIsTheCode holds the committed description to what is served.
func TestTheDescriptionIsTheCode(t *testing.T) {
	w := open(t)
	served := w.visitor().ask("GET", "openapi.json", nil)
	if *update {
		if err := os.WriteFile("openapi.json", []byte(served.text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != served.text {
		t.Error("openapi.json is not what is served: go test ./appliance/httpapi/localapi -run Description -update")
	}
}
