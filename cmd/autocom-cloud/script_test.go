package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"strings"
	"testing"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/consoleapi"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts run the program in this process, as whoever keeps the server would type it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"autocom-cloud": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": code}})
}

// code runs a program and wants that exit code: code 2 autocom-cloud nonsense.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%v: exit code %s, want %s", args[1:], got, args[0])
	}
}

// TestServe plays the first day: an administrator comes in by the one-time code, makes a site, and publishes its document.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	c, err := open(ctx, &options{dir: t.TempDir()}, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.db.Close(); err != nil {
			t.Error(err)
		}
	})
	customer, err := c.AddTenant(ctx, "Dupont")
	if err != nil {
		t.Fatal(err)
	}
	spelled := consoleapi.NewCode()
	kept, err := consoleapi.ParseCode(spelled)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.people.PutCode(ctx, customer.ID, central.HashOf(kept), customer.Created.Add(consoleapi.CodeLife)); err != nil {
		t.Fatal(err)
	}
	out, said := io.Pipe()
	var logged bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		err := c.serve(ctx, serving{console: "127.0.0.1:0", devices: "127.0.0.1:0"}, said, slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{ReplaceAttr: hush})))
		said.CloseWithError(io.EOF)
		ended <- err
	}()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err, <-ended)
	}
	second, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	console, devices := strings.Fields(first)[1], strings.Fields(second)[1]
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	ask := func(want int, method, path string, body any, into any) {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(ctx, method, console+path, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != want {
			t.Fatalf("%s %s: %d %s (%v), want %d", method, path, resp.StatusCode, got, err, want)
		}
		if into != nil {
			if err := json.Unmarshal(got, into); err != nil {
				t.Fatalf("%s %s: %v in %s", method, path, err, got)
			}
		}
	}
	ask(401, "GET", "/api/sites", nil, nil)
	ask(200, "POST", "/api/setup", consoleapi.SetupRequest{Code: strings.ToLower(spelled), Email: "lea@dupont.example", Name: "Léa", Password: "quatre mots pour entrer"}, nil)
	var row consoleapi.SiteRow
	ask(201, "POST", "/api/sites", map[string]string{"name": "Lyon"}, &row)
	at := "/api/sites/" + row.ID
	var claim consoleapi.ClaimView
	ask(200, "POST", at+"/claim", map[string]string{}, &claim)
	if claim.Server != devices || len(claim.Code) != 14 {
		t.Errorf("%+v, devices at %s", claim, devices)
	}
	var draft consoleapi.DraftView
	ask(200, "GET", at+"/draft", nil, &draft)
	ask(200, "PATCH", at+"/draft", consoleapi.DraftEdits{Tag: draft.Tag, Edits: []consoleapi.Edit{
		{Op: "add", Path: "extensions", Value: map[string]any{"number": "201", "name": "Léa", "secret": "a-secret-of-lea-1"}},
	}}, &draft)
	var revision consoleapi.RevisionView
	if len(draft.Problems) > 0 && draft.Problems[0].Path == "" {
		t.Fatalf("%+v", draft.Problems)
	}
	text := "version: 1\nsite: {name: Lyon}\n"
	ask(200, "PUT", at+"/draft", consoleapi.DraftText{Tag: draft.Tag, Text: text}, &draft)
	if len(draft.Problems) > 0 {
		t.Logf("an almost empty document has problems: %+v", draft.Problems)
		ask(422, "POST", at+"/publish", consoleapi.PublishRequest{Tag: draft.Tag}, nil)
	} else {
		ask(201, "POST", at+"/publish", consoleapi.PublishRequest{Tag: draft.Tag, Reason: "ouverture"}, &revision)
		if revision.Number != 1 || revision.State != "published" || revision.By != "Léa" {
			t.Errorf("%+v", revision)
		}
	}
	ask(200, "GET", at+"/calls", nil, nil)
	ask(204, "DELETE", "/api/session", nil, nil)
	ask(401, "GET", "/api/sites", nil, nil)
	client.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, secret := range []string{spelled, kept, claim.Code, "quatre mots"} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, logged.String())
		}
	}
	if !strings.Contains(logged.String(), "msg=stopped") {
		t.Error(logged.String())
	}
}

func TestASecondProgramCannotListenThere(t *testing.T) {
	c, err := open(t.Context(), &options{dir: t.TempDir(), keys: filepath.Join(t.TempDir(), "keys")}, true)
	if err != nil {
		t.Fatal(err)
	}
	defer c.db.Close()
	if err := c.serve(t.Context(), serving{console: "192.0.2.1:1", devices: "127.0.0.1:0"}, io.Discard, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--console") {
		t.Error(err)
	}
}

func TestTheLogHidesSecrets(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: hush}))
	log.Info("x", "password", "p1", "Set-Cookie", "p2", "claim", "p3", slog.Group("g", "client_secret", "p4"), "site", "s1") //nolint:sloglint // secrets are hidden under the names that headers have, too
	if s := b.String(); strings.Contains(s, "p1") || strings.Contains(s, "p2") || strings.Contains(s, "p3") || strings.Contains(s, "p4") || !strings.Contains(s, "s1") {
		t.Error(s)
	}
}
