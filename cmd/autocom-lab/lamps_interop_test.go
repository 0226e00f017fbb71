//go:build interop

package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
)

// dialogInfo is what a lamp's document says (RFC 4235 §4).
type dialogInfo struct {
	Version int    `xml:"version,attr"`
	State   string `xml:"state,attr"`
	Entity  string `xml:"entity,attr"`
	Dialogs []struct {
		CallID    string `xml:"call-id,attr"`
		LocalTag  string `xml:"local-tag,attr"`
		RemoteTag string `xml:"remote-tag,attr"`
		Direction string `xml:"direction,attr"`
		State     string `xml:"state"`
	} `xml:"dialog"`
}

// A lamp is a key that watches an extension; it checks what RFC 4235 asks of every document.
type lamp struct {
	o *office
	*ua.Watch
	version int // of the last document
}

func (h *apparatus) lamp(extension string) *lamp {
	h.o.t.Helper()
	w, err := h.Subscribe(h.o.ctx, h.acc, extension, "dialog", 600)
	if err != nil {
		h.o.t.Fatal(err)
	}
	return &lamp{h.o, w, -1}
}

// shows waits until the lamp shows a state of a call, "" for none at all.
func (l *lamp) shows(state string) dialogInfo {
	l.o.t.Helper()
	var seen []string
	for {
		select {
		case n := <-l.Notices():
			var d dialogInfo
			if err := xml.Unmarshal(n.Body, &d); err != nil || n.Type != "application/dialog-info+xml" || !strings.HasPrefix(n.State, "active") {
				l.o.t.Fatalf("%v: %s %s\n%s", err, n.State, n.Type, n.Body)
			}
			if d.State != "full" || d.Version <= l.version {
				l.o.t.Errorf("%s state, version %d after %d", d.State, d.Version, l.version)
			}
			l.version = d.Version
			now := ""
			for _, c := range d.Dialogs {
				if c.State != "terminated" {
					now = c.State
				}
			}
			seen = append(seen, now)
			if now == state {
				return d
			}
		case <-l.o.ctx.Done():
			l.o.t.Fatalf("the lamp never showed %q, but %q", state, seen)
		}
	}
}

// remembered waits until the box has written its subscriptions down.
func (o *office) remembered(n int) {
	o.t.Helper()
	for {
		files, _ := filepath.Glob(filepath.Join(o.dir, "*", "*.watchers")) // the pattern is well formed
		for _, f := range files {
			var book struct {
				List []struct{} `json:"list"`
			}
			if b, err := os.ReadFile(f); err == nil && json.Unmarshal(b, &book) == nil && len(book.List) >= n {
				return
			}
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("the box never wrote %d subscriptions down", n)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// RFC 4235: a lamp follows an extension through a call, and goes on after a core that was killed and one that was restarted, without being asked
// for anew; RFC 3842: the mailbox too.
func TestInteropLampsOutliveTheCore_RFC4235_4(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	carrier, ana, ben := o.outside(), o.apparatus(desk(0), ua.Config{}), o.apparatus(desk(1), ua.Config{})
	key := ana.lamp(desk(1))
	key.shows("")
	mail, err := ana.Subscribe(o.ctx, ana.acc, desk(0), "message-summary", 600)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case n := <-mail.Notices():
		if !strings.HasPrefix(string(n.Body), "Messages-Waiting: no\r\n") || n.Type != "application/simple-message-summary" {
			t.Errorf("the mailbox: %s %s\n%s", n.State, n.Type, n.Body)
		}
	case <-o.ctx.Done():
		t.Fatal("nothing of the mailbox")
	}
	for _, event := range []string{"dialog", "message-summary"} { // RFC 3842 §4.1: not somebody else's; and nobody is told who exists
		if _, err := ana.Subscribe(o.ctx, ana.acc, "399", event, 600); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("%s of nobody: %v", event, err)
		}
	}
	through := func(when string) {
		t.Helper()
		caller := o.calls(carrier, direct(1))
		rings := ben.rings()
		key.shows("early")
		ben.answers(rings)
		key.shows("confirmed")
		o.both(caller, callerHz, rings, branch.Tone(desk(1)))
		caller.Call.HangUp()
		o.over("the phone "+when, rings)
		key.shows("")
	}
	through("at first")
	o.remembered(2)
	for _, how := range []string{"killed", "restarted"} {
		starts := len(o.until("facts", func(facts) bool { return true }).of("box.started"))
		if how == "killed" {
			if _, err := o.box.Kill("core"); err != nil {
				t.Fatal(err)
			}
		} else if a := o.box.Do(o.ctx, "restart"); a.Code != 0 {
			t.Fatalf("%+v", a)
		}
		o.until("the next core", func(fs facts) bool { return len(fs.of("box.started")) > starts })
		key.shows("") // the whole state, without being asked
		o.reachable(desk(1))
		through("of a core that was " + how)
	}
	if err := key.Refresh(o.ctx, 600); err != nil {
		t.Error("refresh: ", err)
	}
	key.shows("")
	if err := key.Refresh(o.ctx, 0); err != nil {
		t.Error("end: ", err)
	}
	for {
		select {
		case n := <-key.Notices():
			if strings.HasPrefix(n.State, "terminated") {
				return
			}
		case <-o.ctx.Done():
			t.Fatal("the end of the subscription is not told")
		}
	}
}

// RFC 3891 with the ids of RFC 4235 §4.1.2: a key that blinks takes the call.
func TestInteropDirectedPickUp_RFC3891_4(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	carrier, ana, ben := o.outside(), o.apparatus(desk(0), ua.Config{}), o.apparatus(desk(1), ua.Config{})
	key := ana.lamp(desk(1))
	key.shows("")
	caller := o.calls(carrier, direct(1))
	rings := ben.rings()
	d := key.shows("early").Dialogs[0]
	if d.CallID == "" || d.LocalTag == "" || d.RemoteTag == "" || d.Direction != "recipient" {
		t.Fatalf("the lamp does not say which call rings: %+v", d)
	}
	l, err := line.Place(ana.Agent, ua.Invite{To: desk(1), Account: &ana.acc, Headers: []sipmsg.Header{
		{Name: "Replaces", Value: fmt.Sprintf("%s;to-tag=%s;from-tag=%s;early-only", d.CallID, d.LocalTag, d.RemoteTag)}, {Name: "Require", Value: "replaces"},
	}}, line.Options{Sound: line.Tone(branch.Tone(desk(0)))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	o.answered(l)
	if e, err := rings.Wait(o.ctx, ua.Cancelled); err != nil {
		t.Errorf("the phone that rang: %v %v", e, err)
	}
	o.both(caller, callerHz, l, branch.Tone(desk(0)))
	key.shows("")
	caller.Call.HangUp()
	o.over("who picked up", l)
	fs := o.until("the end", func(fs facts) bool { return len(fs.of("call.ended")) >= 1 })
	want(t, fs.one(t, "leg.replaced"), "early", "true")
	o.idle()
	o.forgotten(carrier, ana.Agent, ben.Agent)
}

// RFC 3856 from a phone that is none of ours: baresip watches a colleague.
func TestInteropBaresipWatchesABuddy_RFC3856_6(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, served)
	ben := o.apparatus(desk(1), ua.Config{})
	control := free(t, "127.0.0.1")
	o.softphone(peers.Softphone{Extension: desk(0), Control: control, Buddies: []string{desk(1)}})
	remote, err := peers.Reach(control)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	shows := func(what string) {
		t.Helper()
		for said := ""; !strings.Contains(said, what); {
			var err error
			if said, err = remote.Do("contacts", ""); err != nil || o.ctx.Err() != nil {
				t.Fatalf("baresip never shows %q: %v: %q", what, err, said)
			}
			<-time.After(50 * time.Millisecond)
		}
	}
	shows("Online")
	l := ben.dial(inside)
	shows("Busy")
	l.Call.HangUp()
	shows("Online")
}
