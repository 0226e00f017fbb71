package main_test

import (
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/consoleapi"
	"autocom/cloud-sync/relay"
	"autocom/cloud-sync/uplink"
	"autocom/cloud-sync/wire"
)

// The link proofs join the box's side as it is to the console's as it is, over TLS on a line that breaks.

// month is 20,000 facts of a branch that was offline for thirty days.
func month() []fact.Entry {
	const facts = 20_000
	begin := time.Now().Add(-30 * 24 * time.Hour).UnixMilli()
	all := make([]fact.Entry, 0, facts)
	for i := range facts / 2 {
		call := fmt.Sprintf("c%d", i)
		at := fact.Moment{UTC: begin + int64(i)*30*24*3600*1000/(facts/2), Boot: int64(i) * 1000}
		all = append(all, fact.Entry{At: at, Fact: fact.CallOpened{Call: call, Flow: "inbound", Dialled: "+33472000000"}},
			fact.Entry{At: at.Add(9000), Fact: fact.CallEnded{Call: call, Outcome: fact.CallAnswered, TotalMS: 9000}})
	}
	return all
}

// whole fails unless the console's SQLite file has the box's journal, each fact once, in order, in the box's own words.
func whole(c *linkCloud, b *linkBox) {
	c.Helper()
	db, err := sql.Open("sqlite", "file:"+c.file+"?mode=ro")
	c.must(err)
	defer db.Close()
	rows, err := db.QueryContext(c.Context(), `SELECT stream, epoch, n, body FROM facts ORDER BY stream, epoch, n`)
	c.must(err)
	defer rows.Close()
	b.mu.Lock()
	entries := b.entries
	b.mu.Unlock()
	i := 0
	for ; rows.Next(); i++ {
		var stream string
		var epoch, n int64
		var body []byte
		c.must(rows.Scan(&stream, &epoch, &n, &body))
		if i >= len(entries) {
			c.Fatalf("the console has more than the box's %d facts: %s/%d/%d", len(entries), stream, epoch, n)
		}
		want, err := json.Marshal(entries[i])
		c.must(err)
		if stream != b.stream() || epoch != 1 || n != int64(i+1) || string(body) != string(want) {
			c.Fatalf("fact %d at the console is %s/%d/%d %s, at the box %s", i+1, stream, epoch, n, body, want)
		}
	}
	c.must(rows.Err())
	if i != len(entries) {
		c.Fatalf("the console has %d facts, the box %d", i, len(entries))
	}
	var aside int
	c.must(db.QueryRowContext(c.Context(), `SELECT count(*) FROM quarantine`).Scan(&aside))
	if aside != 0 {
		c.Errorf("%d facts were set aside", aside)
	}
}

// caughtUp waits until nothing waits at the box.
func caughtUp(c *linkCloud, b *linkBox, l *uplink.Link) {
	c.Helper()
	c.until("the box has caught up", func() bool {
		cursor, err := b.Cursor(c.Context())
		return err == nil && l.State().Up && l.State().Waiting == 0 && cursor.N == b.Last().N
	})
}

// TestLinkCatchesUpAMonth: thirty days offline, then a line that is cut, doubles and loses answers; then the console is killed in the middle of a batch
// and put back from yesterday's copy. Every fact is there once and in order.
func TestLinkCatchesUpAMonth(t *testing.T) {
	t.Parallel()
	c := newLinkCloud(t)
	b := newLinkBox(c, "AC-1", central.Starter("Lyon"))
	l, _ := b.run()
	b.enrol(l)
	caughtUp(c, b, l)
	c.line.Cut()
	c.until("the link is down", func() bool { return !l.State().Up })
	for _, e := range month() {
		b.add(e.At, e.Fact)
	}
	dice := rand.New(rand.NewPCG(4, 2026))
	var tricks [7]int
	b.play(func(r *http.Request) relay.Trick {
		c.line.Restore()
		if r.URL.Path != wire.PathFacts {
			return relay.Pass
		}
		n := dice.IntN(20) // facts are sent by one goroutine
		if n < len(tricks) {
			tricks[n]++
		}
		switch n {
		case 0:
			return relay.LoseAnswer
		case 1:
			return relay.LoseAsk
		case 2:
			return relay.Twice
		case 3:
			return relay.Late
		case 4:
			c.line.CutAfter(int64(dice.IntN(8000)))
		case 5:
			c.line.CutBackAfter(int64(dice.IntN(400)))
		case 6:
			c.line.Cut()
		}
		return relay.Pass
	})
	caughtUp(c, b, l)
	b.play(nil)
	c.line.Restore()
	caughtUp(c, b, l)
	whole(c, b)
	for trick, n := range tricks {
		if n == 0 {
			t.Errorf("trick %d was never played: %v", trick, tricks)
		}
	}

	// Yesterday's copy, a day of facts, and the end in the middle of a batch.
	yesterday := filepath.Join(t.TempDir(), "yesterday.db")
	c.stop()
	c.copyDatabase(c.file, yesterday)
	c.start()
	caughtUp(c, b, l)
	c.doom.Store(4)
	for i := range 3000 {
		b.add(fact.Moment{UTC: time.Now().UnixMilli()}, fact.LegRinging{Call: fmt.Sprint("today", i), Leg: "l1"})
	}
	<-c.killed
	before, err := b.Cursor(t.Context())
	c.must(err)
	c.stop()
	c.copyDatabase(yesterday, c.file)
	c.start()
	var rewound atomic.Bool
	c.until("the box went back to where the console was yesterday", func() bool {
		now, err := b.Cursor(t.Context())
		if err == nil && now.Before(before) {
			rewound.Store(true)
		}
		return rewound.Load() || now.N == b.Last().N
	})
	caughtUp(c, b, l)
	whole(c, b)
	var v consoleapi.SiteView
	c.until("the console shows that nothing waits", func() bool {
		c.ask(200, "GET", c.path(""), nil, &v)
		return v.Row.Behind == 0 && v.Connected
	})
}

// TestLinkDocuments: what the box brings along, a captive portal, documents that nobody can vouch for, one with mistakes and an older one: each told in
// words at the console.
func TestLinkDocuments(t *testing.T) {
	t.Parallel()
	c := newLinkCloud(t)
	own := central.Starter("Lyon") + "\nextensions:\n  - {number: \"207\", secret: hunter2-hunter2}\n"
	b := newLinkBox(c, "AC-1", own)
	l, _ := b.run()
	b.enrol(l)

	// Nobody types a branch twice.
	var d consoleapi.DraftView
	c.until("the draft begins from the box's own document", func() bool {
		c.ask(200, "GET", c.path("/draft"), nil, &d)
		return strings.Contains(d.Text, "207")
	})
	if d.Base != 0 || d.Tag != "" || strings.Contains(d.Text, "hunter2") || len(d.Problems) > 0 {
		t.Errorf("the first draft is %+v", d)
	}
	// A portal answers 200 to everything from the moment the box would have a document confirmed.
	var portal atomic.Bool
	portal.Store(true)
	b.play(func(r *http.Request) relay.Trick {
		if portal.Load() && (r.URL.Path == wire.PathConfirm || b.inForce() != own) {
			return relay.Portal
		}
		return relay.Pass
	})
	one := c.publish("behind a portal")
	c.until("the document was tried", func() bool { return b.inForce() != own })
	c.until("it was taken back", func() bool { return b.inForce() == own })
	portal.Store(false)
	c.came(one, wire.Reverted, "the cloud did not confirm it")
	b.play(nil)

	// Signed by another key, under its own name and under the tenant's.
	_, foreign, err := ed25519.GenerateKey(nil)
	c.must(err)
	sign := func(m []byte) ([]byte, error) { return ed25519.Sign(foreign, m), nil }
	keys, err := c.ring.Keys(c.tenant)
	c.must(err)
	tampered := func(name string, by func(wire.Desired) (wire.Envelope, error)) uint64 {
		before := c.tamper.Load()
		only := func(d wire.Desired) (wire.Envelope, error) {
			switch {
			case strings.Contains(d.Document, name):
				return by(d)
			case before != nil: // what was published before is looked at all the time
				return (*before)(d)
			}
			return c.ring.Seal(c.tenant, d)
		}
		c.tamper.Store(&only)
		return c.publish(name)
	}
	c.came(tampered("another key", func(d wire.Desired) (wire.Envelope, error) { return wire.Seal(d, "another", sign) }), wire.Refused, "signed by a key this box was not told to trust")
	c.came(tampered("a false signature", func(d wire.Desired) (wire.Envelope, error) { return wire.Seal(d, keys[0].ID, sign) }), wire.Refused, "signature is wrong")
	c.came(tampered("another box", func(d wire.Desired) (wire.Envelope, error) {
		d.Device = "another"
		return c.ring.Seal(c.tenant, d)
	}), wire.Refused, "for another box")
	if b.inForce() != own {
		t.Errorf("in force is %q", b.inForce())
	}

	// With mistakes that only the box sees.
	b.refusing([]wire.Problem{{Path: "sounds[0].file", Sentence: "this sound is not on the box", Remedy: "send it first"}})
	bad := c.publish("mistakes")
	if r := c.came(bad, wire.Refused, ""); len(r.Problems) != 1 || r.Problems[0].Path != "sounds[0].file" || r.Problems[0].Sentence == "" {
		t.Errorf("the mistakes are told as %+v", r.Problems)
	}
	b.refusing(nil)

	// A good one stays; an older one never comes back.
	good := c.publish("good")
	c.came(good, wire.Kept, "")
	tampered("older", func(d wire.Desired) (wire.Envelope, error) {
		d.Revision = one
		return c.ring.Seal(c.tenant, d)
	})
	c.came(one, wire.Refused, "is older than revision")
	newest := c.publish("after all")
	c.came(newest, wire.Kept, "")
	if !strings.Contains(b.inForce(), "after all") || !strings.Contains(b.inForce(), "hunter2-hunter2") {
		t.Errorf("in force is %s", b.inForce())
	}
}

// TestLinkChangesOnTheSpot: told at the console, adopted and published from there; then the box is enrolled anew while a revision waits, and another box
// takes its place.
func TestLinkChangesOnTheSpot(t *testing.T) {
	t.Parallel()
	c := newLinkCloud(t)
	b := newLinkBox(c, "AC-1", central.Starter("Lyon"))
	l, stop := b.run()
	b.enrol(l)
	c.came(c.publish("after all"), wire.Kept, "")

	// Changed on the spot: told, adopted, and published from there.
	b.put(strings.Replace(b.inForce(), "after all", "on the spot", 1))
	var v consoleapi.SiteView
	c.until("the change on the spot is told", func() bool {
		c.ask(200, "GET", c.path(""), nil, &v)
		return v.Local != nil
	})
	if len(v.Local.Changes) != 1 || v.Local.Changes[0] != (consoleapi.ChangeView{Path: "site.name", Was: "after all", Is: "on the spot"}) {
		t.Errorf("it is told as %+v", v.Local)
	}
	var d consoleapi.DraftView
	c.ask(200, "POST", c.path("/adopt"), consoleapi.AdoptRequest{Name: v.Local.Name}, &d)
	var r consoleapi.RevisionView
	c.ask(201, "POST", c.path("/publish"), consoleapi.PublishRequest{Tag: d.Tag}, &r)
	c.came(r.Number, wire.Kept, "")
	v = consoleapi.SiteView{}
	if c.ask(200, "GET", c.path(""), nil, &v); v.Local != nil {
		t.Errorf("it is told still: %+v", v.Local)
	}

	// A revision that this box would not have waits: enrolled anew, it tries again.
	b.refusing([]wire.Problem{{Path: "sounds[0].file", Sentence: "this sound is not on the box", Remedy: "send it first"}})
	waits := c.publish("waits")
	c.came(waits, wire.Refused, "")
	b.refusing(nil)
	b.enrol(l)
	c.came(waits, wire.Kept, "")
	stop()

	// Another box in its place, with nothing but what it left the factory with.
	last := c.publish("for the next box")
	next := newLinkBox(c, "AC-2", "version: 1\n")
	nextLink, _ := next.run()
	next.enrol(nextLink)
	c.came(last, wire.Kept, "")
	if next.inForce() == "version: 1\n" || !strings.Contains(next.inForce(), "for the next box") {
		t.Errorf("the next box lives by %q", next.inForce())
	}
}

// publish publishes the draft with another name of the site.
func (c *linkCloud) publish(name string) uint64 {
	c.Helper()
	var d consoleapi.DraftView
	var r consoleapi.RevisionView
	c.ask(200, "GET", c.path("/draft"), nil, &d)
	c.ask(200, "PATCH", c.path("/draft"), consoleapi.DraftEdits{Tag: d.Tag, Edits: []consoleapi.Edit{{Op: "set", Path: "site.name", Value: name}}}, &d)
	c.ask(201, "POST", c.path("/publish"), consoleapi.PublishRequest{Tag: d.Tag, Reason: name}, &r)
	return r.Number
}

// came waits until the console shows a revision in a state, and why.
func (c *linkCloud) came(number uint64, state wire.State, words string) (r consoleapi.RevisionView) {
	c.Helper()
	c.until(fmt.Sprintf("revision %d is %s (%s)", number, state, words), func() bool {
		r = consoleapi.RevisionView{}
		c.ask(200, "GET", c.path(fmt.Sprintf("/revisions/%d", number)), nil, &r)
		return r.State == string(state) && strings.Contains(r.Why, words)
	})
	return r
}
