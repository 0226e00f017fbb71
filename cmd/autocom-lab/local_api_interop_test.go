//go:build interop

package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
)

// browser is somebody at the box's interface, over HTTPS as a branch has it.
type browser struct {
	t      *testing.T
	at     string
	client *http.Client
	cookie *http.Cookie
}

func browse(t *testing.T, at netip.AddrPort) *browser {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: 20 * time.Second} //nolint:gosec // the box's certificate is its own
	t.Cleanup(c.CloseIdleConnections)
	return &browser{t: t, at: "https://" + at.String() + "/api/v1/", client: c}
}

// ask gives the status of the answer, and reads what it holds.
func (b *browser) ask(method, path string, body, into any) int {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.at+path, sent)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			b.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, got)
		}
	}
	for _, c := range res.Cookies() {
		b.cookie = c
	}
	return res.StatusCode
}

// gives wants a command to be taken.
func (b *browser) gives(command string, fields map[string]any) {
	b.t.Helper()
	var answer struct {
		Title   string
		Reasons []struct{ Code string }
	}
	if code := b.ask("POST", "commands", map[string]any{"command": command, "fields": fields}, &answer); code != http.StatusOK {
		b.t.Errorf("%s: %d %+v", command, code, answer)
	}
}

// joins lets somebody choose a password with the code that the installer made.
func (c *centre) joins(at netip.AddrPort, id string) *browser {
	c.t.Helper()
	var invitation struct{ Code, Page string }
	if err := json.Unmarshal([]byte(c.order("people", "invite", id, "--json")), &invitation); err != nil {
		c.t.Fatal(err)
	}
	if invitation.Page != "https://"+at.String() {
		c.t.Errorf("the invitation leads to %q", invitation.Page)
	}
	b := browse(c.t, at)
	if code := b.ask("POST", "session/invitation", map[string]string{"id": id, "code": invitation.Code, "password": "quatre chevaux " + id}, nil); code != http.StatusOK {
		c.t.Fatalf("%s cannot sign in: %d", id, code)
	}
	return b
}

// A day at the interface: two agents are invited, sign in, and one of them holds and ends a real call; the other can do neither, nor see it. A core
// that is started again signs nobody out.
func TestInteropAgentsOverTheLocalInterface(t *testing.T) {
	t.Parallel()
	at := free(t, "127.0.0.1")
	c := callCentre(t, 2, 2, func(b *branch.Branch) { b.Network = append(b.Network, fmt.Sprintf("web: %q", at.String())) })
	phone := c.apparatusAt(0)
	c.reachable(desk(0))
	ana, ben := c.joins(at, agent(0)), c.joins(at, agent(1))
	ana.gives("agent.declare", map[string]any{"agent": agent(0)})
	ben.gives("agent.log_out", map[string]any{"agent": agent(1)})

	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	l := phone.lifts()
	c.talk("the caller", caller, visitorHz, "ana", l.Flow, voice(0))
	var calls []struct{ ID, Agent, Queue string }
	if ana.ask("GET", "calls", nil, &calls); len(calls) != 1 || calls[0].Agent != agent(0) || calls[0].Queue != "rouge" {
		t.Errorf("ana sees %+v", calls)
	}
	if ben.ask("GET", "calls", nil, &calls); len(calls) != 0 {
		t.Errorf("ben sees %+v", calls)
	}
	var refused struct {
		Reasons []struct{ Code, Sentence string }
	}
	if code := ben.ask("POST", "commands", map[string]any{"command": "call.hold", "fields": map[string]any{"agent": agent(0), "on": true}}, &refused); code != http.StatusUnprocessableEntity ||
		len(refused.Reasons) != 1 || refused.Reasons[0].Code != "rights.other_agent" || refused.Reasons[0].Sentence == "" {
		t.Errorf("ben holds ana's call: %d %+v", code, refused)
	}
	c.goesOn("the caller whom ben did not put on hold", caller, voice(0), 600*time.Millisecond)
	ana.gives("call.hold", map[string]any{"agent": agent(0), "on": true})
	c.alone("the caller on hold", caller, redHz)
	ana.gives("call.hold", map[string]any{"agent": agent(0), "on": false})
	c.talk("the caller", caller, visitorHz, "ana", l.Flow, voice(0))

	c.order("restart")
	c.until("the next core", func(fs facts) bool { return len(fs.of("box.started")) > 1 })
	if _, err := c.box.Ready(c.ctx); err != nil {
		t.Fatal(err)
	}
	var me struct{ ID string }
	if code := ana.ask("GET", "session", nil, &me); code != http.StatusOK || me.ID != agent(0) {
		t.Errorf("after the restart: %d %+v", code, me)
	}
	c.talk("the caller, after the restart", caller, visitorHz, "ana", l.Flow, voice(0))
	if ana.ask("GET", "calls", nil, &calls); len(calls) != 1 {
		t.Fatalf("after the restart, ana sees %+v", calls)
	}
	ana.gives("call.hang_up", map[string]any{"call": calls[0].ID})
	c.over("ana", l)
	c.leaves(caller)
	c.order("people", "forget", agent(0))
	if code := ana.ask("GET", "session", nil, nil); code != http.StatusUnauthorized {
		t.Errorf("forgotten, and still signed in: %d", code)
	}
}
