package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/appliance/httpapi/identity"
)

// fakeBox shows what a test set.
type fakeBox struct {
	mu     sync.Mutex
	status Status
	err    error
	asked  int
}

func (b *fakeBox) Status(context.Context) (Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	return b.status, b.err
}

// fakeLink remembers what it was asked and answers what a test set.
type fakeLink struct {
	mu     sync.Mutex
	state  LinkState
	err    error // of Enrol and Leave
	server string
	claim  string
	left   int
	block  bool          // Enrol waits for its context
	busy   chan struct{} // told when it does
}

func (k *fakeLink) State(context.Context) (LinkState, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state, nil
}

func (k *fakeLink) Enrol(ctx context.Context, server, claim string) error {
	k.mu.Lock()
	block := k.block
	k.server, k.claim = server, claim
	k.mu.Unlock()
	if block {
		k.busy <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.state.Enrolled = true
	}
	return k.err
}

func (k *fakeLink) Leave(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	k.left++
	k.state = LinkState{}
	return nil
}

// fakeCodes takes one code.
type fakeCodes struct{ err error }

const goodCode = "7F3K-0192"

func (c fakeCodes) Redeem(typed string, _ netip.Addr) (string, error) {
	if c.err != nil {
		return "", c.err
	}
	if typed != goodCode {
		return "", identity.ErrCodeWrong
	}
	return "root", nil
}

// visitor is a browser without scripts: it keeps cookies and shows each answer before it follows it.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
}

type shown struct {
	code   int
	text   string
	header http.Header
}

func (v *visitor) do(req *http.Request) shown {
	v.t.Helper()
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return shown{res.StatusCode, string(text), res.Header}
}

func (v *visitor) get(path string) shown {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.base+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(req)
}

func (v *visitor) post(path string, form url.Values) shown {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", v.base)
	return v.do(req)
}

func (v *visitor) signIn() {
	v.t.Helper()
	if got := v.post("/sign-in", url.Values{"code": {goodCode}}); got.code != http.StatusSeeOther {
		v.t.Fatalf("sign-in: %d\n%s", got.code, got.text)
	}
}

// open serves a page on loopback for one test.
func open(t *testing.T, o Options) (*Server, *visitor) {
	t.Helper()
	s, err := Listen("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + s.Addr().String()
	if o.TLS != nil {
		base = "https://" + s.Addr().String()
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, newVisitor(t, base)
}

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: (&net.Dialer{}).DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, base: base, client: &http.Client{
		Jar: jar, Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

var errDisk = errors.New("no space left on device")

// now is the moment of every golden page.
func now() time.Time {
	return time.Date(2026, time.November, 24, 10, 42, 4, 0, time.FixedZone("CET", 3600))
}

// healthy is a branch where all is well.
func healthy() Status {
	return Status{
		Site: "Toulouse, agence Saint-Cyprien", Serial: "AC2-7F3K-0192", Version: "4.2.1", Now: now(), Started: now().Add(-41 * 24 * time.Hour), SIP: "10.31.4.2:5060",
		Clock: ClockSet, Document: Document{Origin: FromConsole, Name: "9c41e7d2", Revision: 126}, Media: true,
		Trunks: []Trunk{{Name: "principale", Up: true, InUse: 6, Channels: 16}, {Name: "secours", Up: true, Channels: 8}},
		Phones: []Phone{{"201", "Accueil", true}, {"202", "Ana <Martin>", true}, {"214", "Accueil atelier", true}},
		Queues: []Queue{{Name: "Rouge, commandes", Talking: 3, Free: 2, Agents: 5}, {Name: "Bleue, après-vente", Talking: 1, Free: 2, Agents: 4}},
		Calls:  4,
	}
}

// troubled is the same branch on a bad day.
func troubled() Status {
	s := healthy()
	s.Trunks[0] = Trunk{Name: "principale", Reason: "the carrier does not answer (408)", Channels: 16}
	s.Trunks[1] = Trunk{Name: "secours", Reason: "the carrier refuses the password (403)", Channels: 8}
	s.Phones[2].Up = false
	s.Queues[0] = Queue{Name: "Rouge, commandes", Waiting: 2, Longest: 52 * time.Second}
	s.Calls, s.Clock, s.Journal = 2, ClockUnset, "no space left on device"
	s.Document.Failed = &FailedDocument{
		Revision: 127, At: now().Add(-90 * time.Minute), Reason: "the document has 2 mistakes",
		Problems: []Problem{
			{"queues[1].overflow", "no queue is called \"verte\"", "name a queue of the document"},
			{"trunks[0].password", "the password is empty", "write the one the carrier gave"},
		},
	}
	s.Notices = []Notice{
		{Gravity: Information, About: "phone 202", Sentence: "the phone speaks an old cipher", Remedy: "update its firmware"},
		{Gravity: Attention, About: "trunk principale", Code: "alg.via", Sentence: "A router rewrites the SIP messages of the box on their way.", Remedy: "Switch off \"SIP ALG\"."},
		{Gravity: Danger, About: "trunk principale", Code: "trunk.down", Sentence: "told by the page already"},
	}
	return s
}

// unset is a box out of its carton.
func unset() Status {
	return Status{Serial: "AC2-7F3K-0192", Version: "4.2.1", Now: now(), Started: now().Add(-4 * time.Minute), Clock: ClockSet}
}

func linked() LinkState {
	return LinkState{
		Enrolled: true, Up: true, Since: now().Add(-20 * time.Hour), Server: "https://console.example.org", Tenant: "Maison Verdier", Site: "Toulouse",
		Expires: now().Add(60 * 24 * time.Hour),
	}
}

func cut() LinkState {
	k := linked()
	k.Up, k.Since, k.Code, k.Detail = false, now().Add(-105*time.Minute), "server.unreachable", "console.example.org"
	k.Waiting, k.Oldest = 1234, now().Add(-105*time.Minute)
	return k
}

// cutBy is a link that is down for a reason the page has words for.
func cutBy(code, detail string) LinkState {
	k := cut()
	k.Code, k.Detail, k.Trouble = code, detail, "in the box's own words"
	return k
}

// mistaken is a box whose console published a document with mistakes.
func mistaken() Status {
	s := healthy()
	s.Document.Failed = &FailedDocument{Revision: 127, At: now().Add(-time.Hour), Mistakes: 2}
	return s
}

// openCode opens the codes of a directory.
func openCode(t testing.TB, dir string) *identity.AdminCode {
	t.Helper()
	a, err := identity.OpenAdminCode(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newCode(t testing.TB, a *identity.AdminCode) string {
	t.Helper()
	code, _, err := a.New("uid:0")
	if err != nil {
		t.Fatal(err)
	}
	return code
}
