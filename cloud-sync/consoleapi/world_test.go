package consoleapi

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/centraldb"
	"autocom/cloud-sync/keyring"
	"autocom/cloud-sync/wire"
)

// world is a console over a real cloud with a SQLite file.
type world struct {
	*testing.T
	db      *centraldb.DB
	cloud   *central.Cloud
	console *Console
	log     bytes.Buffer
}

// testRounds keeps password derivations short.
const testRounds = 1000

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t}
	var err error
	if w.db, err = centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := keyring.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	people := w.db.People()
	w.cloud = central.New(central.Parts{Store: w.db.Fleet(), Signer: ring, Issuer: ring, People: people})
	pages := fstest.MapFS{
		"index.html":               {Data: []byte("<!doctype html><div id=root></div>")},
		"assets/index-0a1b2c3d.js": {Data: []byte("export {}")},
	}
	w.console, err = New(Parts{
		Fleet: w.cloud, Boxes: w.cloud, Documents: w.cloud, Archive: w.cloud, History: w.cloud, People: people, Sessions: people, Audit: people,
		Pages: pages, Server: "https://cloud.example.org:8443", Plain: true, Rounds: testRounds, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.console.Close)
	return w
}

// tenant makes a customer with an owner, who is signed in.
func (w *world) tenant(name string) (central.TenantID, *browser) {
	w.Helper()
	t, err := w.cloud.AddTenant(w.Context(), name)
	if err != nil {
		w.Fatal(err)
	}
	return t.ID, w.person(t.ID, "owner@"+strings.ToLower(name)+".example", central.Owner)
}

// person keeps somebody and signs them in.
func (w *world) person(t central.TenantID, email string, role central.Role) *browser {
	w.Helper()
	kept, err := hashPassword(thePassword, testRounds)
	if err != nil {
		w.Fatal(err)
	}
	p := central.Person{ID: central.UserID("u-" + email), Tenant: t, Email: email, Name: "Name of " + email, Role: role, Password: kept, Created: time.Now()}
	if err := w.db.People().AddPerson(w.Context(), p); err != nil {
		w.Fatal(err)
	}
	b := &browser{world: w, address: "192.0.2.7:4000"}
	b.want(200, "POST", "/api/session", SignInRequest{Email: email, Password: thePassword})
	return b
}

const thePassword = "quatre mots pour entrer"

// browser asks as one person.
type browser struct {
	*world
	cookie  *http.Cookie
	address string
	header  http.Header
}

// ask sends a request and gives what came back.
func (b *browser) ask(method, path string, body any) (*http.Response, []byte) {
	b.Helper()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			b.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r := httptest.NewRequestWithContext(b.Context(), method, path, in)
	r.RemoteAddr = b.address
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(r.Header, b.header)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	rec := httptest.NewRecorder()
	b.console.ServeHTTP(rec, r)
	resp := rec.Result()
	for _, c := range resp.Cookies() {
		if c.Name == sessionCookie {
			if b.cookie = c; c.MaxAge < 0 {
				b.cookie = nil
			}
		}
	}
	return resp, rec.Body.Bytes()
}

// want asks, and the answer has that status.
func (b *browser) want(status int, method, path string, body any) []byte {
	b.Helper()
	resp, text := b.ask(method, path, body)
	if resp.StatusCode != status {
		b.Fatalf("%s %s: %d %s, want %d\n%s", method, path, resp.StatusCode, text, status, b.log.String())
	}
	return text
}

// read asks and reads the answer.
func read[T any](b *browser, status int, method, path string, body any) T {
	b.Helper()
	var v T
	text := b.want(status, method, path, body)
	if err := json.Unmarshal(text, &v); err != nil {
		b.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
	return v
}

// box puts a box in a site, and its facts in the cloud.
func (w *world) box(t central.TenantID, s central.SiteID, facts ...fact.Fact) central.Device {
	w.Helper()
	claim, expires, err := w.cloud.NewClaim(w.Context(), t, s)
	if err != nil {
		w.Fatal(err)
	}
	keys, err := claim.Keys()
	if err != nil {
		w.Fatal(err)
	}
	d := central.Device{ID: central.DeviceID("d-" + s), Tenant: t, Site: s, Serial: "SN1", Program: "1.0", Enrolled: time.Now(), Seen: time.Now(), Expires: expires.Add(90 * 24 * time.Hour)}
	if err := w.db.Fleet().Enrol(w.Context(), keys.ID, d, "stream-"+string(s)); err != nil {
		w.Fatal(err)
	}
	w.facts(d, time.Now().Add(-time.Minute), facts...)
	return d
}

// facts sends facts of a box, a second apart.
func (w *world) facts(d central.Device, from time.Time, facts ...fact.Fact) {
	w.Helper()
	batch := wire.Batch{Stream: "stream-" + string(d.Site)}
	for i, f := range facts {
		at := fact.Moment{UTC: from.UnixMilli() + int64(i)*1000, Boot: int64(i) * 1000}
		text, err := json.Marshal(fact.Entry{Address: fact.Address{Stream: batch.Stream, Epoch: 1, N: uint64(i + 1)}, At: at, Fact: f})
		if err != nil {
			w.Fatal(err)
		}
		batch.Facts = append(batch.Facts, text)
	}
	if _, err := w.cloud.Ingest(w.Context(), d, batch); err != nil {
		w.Fatal(err)
	}
}

// aCall is a call that was answered in a queue.
func aCall(id string) []fact.Fact {
	return []fact.Fact{
		fact.CallOpened{Call: id, Flow: "inbound", Caller: "s1", Dialled: "+33472000000"},
		fact.VisitEntered{Call: id, Visit: 1, Queue: "accueil", Position: 1},
		fact.VisitEnded{Call: id, Visit: 1, Queue: "accueil", Outcome: fact.VisitAnswered, WaitMS: 3000, Agent: "ana"},
		fact.BridgeParted{Call: id, TalkMS: 9000},
		fact.CallEnded{Call: id, Outcome: fact.CallAnswered, HungUpBy: "caller", TotalMS: 12_000, WaitMS: 3000, TalkMS: 9000},
	}
}
