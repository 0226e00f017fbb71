package deviceapi_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// TestEnrolment plays what may happen to a claim code, over real connections.
func TestEnrolment(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	durand, nice := c.tenant(t, "Clinique Durand")

	keys := c.typed(t, martin, lyon)
	first := newBox(t, c.at)
	wrong := wire.ClaimKeys{ID: keys.ID, Key: []byte("another code's")}
	if f := first.enrol(wrong); f.Code != wire.CodeClaimProof {
		t.Errorf("a wrong proof: %+v", f)
	}
	if f := first.enrol(wire.ClaimKeys{ID: "unknown", Key: keys.Key}); f.Code != wire.CodeClaimUnknown {
		t.Errorf("an unknown claim: %+v", f)
	}
	if f := first.enrol(keys); f.Code != "" { // the wrong proof burnt nothing
		t.Fatalf("the right claim: %+v", f)
	}
	if first.answer.Tenant != string(martin) || first.answer.Site != string(lyon) || first.answer.TenantName != "Transports Martin" || len(first.answer.Keys) < 2 {
		t.Errorf("the box is %+v", first.answer)
	}
	unknown := newBox(t, c.at).enrol(wire.ClaimKeys{ID: "unknown", Key: keys.Key})
	if f := newBox(t, c.at).enrol(keys); f.Code != wire.CodeClaimUnknown || f.Sentence != unknown.Sentence {
		t.Errorf("a claim used twice: %+v, want what is said of an unknown one", f)
	}
	withdrawn := c.claim(t, martin, lyon)
	if err := c.WithdrawClaim(t.Context(), martin, lyon); err != nil {
		t.Fatal(err)
	}
	if f := newBox(t, c.at).enrol(withdrawn); f.Code != wire.CodeClaimUnknown {
		t.Errorf("a withdrawn claim: %+v", f)
	}
	replaced := c.claim(t, martin, lyon)
	fresh := c.claim(t, martin, lyon)
	if f := newBox(t, c.at).enrol(replaced); f.Code != wire.CodeClaimUnknown {
		t.Errorf("the claim before the newest: %+v", f)
	}
	if status, _, _ := first.desired(""); status != http.StatusNoContent {
		t.Errorf("the first box is told %d before it is replaced", status)
	}

	// A fresh claim puts another box in its place.
	second := newBox(t, c.at)
	if f := second.enrol(fresh); f.Code != "" {
		t.Fatalf("a fresh claim: %+v", f)
	}
	if status, f, _ := first.ask(http.MethodGet, wire.PathDesired, nil, nil, nil); status != http.StatusForbidden || f.Code != wire.CodeRevoked {
		t.Errorf("the box before: %d %+v", status, f)
	}
	if status, f := first.post(wire.PathRenew, wire.RenewRequest{CSR: first.csr()}, nil); status != http.StatusForbidden || f.Code != wire.CodeRevoked {
		t.Errorf("the box before renews: %d %+v", status, f)
	}
	// The same box with a claim of another tenant is that tenant's from then on, as another device, and the first tenant's site has lost nothing.
	moved := second.answer.Device
	if f := second.enrol(c.claim(t, durand, nice)); f.Code != "" || second.answer.Tenant != string(durand) || second.answer.Device == moved {
		t.Errorf("with a claim of another tenant: %+v, %+v", f, second.answer)
	}
	if s, err := c.Site(t.Context(), martin, lyon); err != nil || s.Device == nil || string(s.Device.ID) != moved || s.Device.Tenant != martin {
		t.Errorf("the first tenant's site: %+v, %v", s, err)
	}
	if err := c.Revoke(t.Context(), durand, nice); err != nil {
		t.Fatal(err)
	}
	if _, f, _ := second.ask(http.MethodGet, wire.PathStream, nil, nil, nil); f.Code != wire.CodeRevoked {
		t.Errorf("after it was revoked: %+v", f)
	}
}

// TestEnrolmentThroughSomebodyInBetweenFails puts a proxy with a certificate of its own between box and cloud, as an antivirus or a thief would.
func TestEnrolmentThroughSomebodyInBetweenFails(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	keys := c.claim(t, martin, lyon)
	target := &url.URL{Scheme: "https", Host: c.at}
	through := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // it is the bad one
	t.Cleanup(through.CloseIdleConnections)
	between := httptest.NewTLSServer(&httputil.ReverseProxy{
		Transport: through,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
	})
	defer between.Close()
	b := newBox(t, strings.TrimPrefix(between.URL, "https://"))
	if f := b.enrol(keys); f.Code != wire.CodeClaimProof {
		t.Errorf("through somebody in between: %+v", f)
	}
	direct := newBox(t, c.at)
	if f := direct.enrol(keys); f.Code != "" {
		t.Errorf("the claim was burnt: %+v", f)
	}
}

// TestClaimsAreTriedSeldom holds the limit of tries (R17).
func TestClaimsAreTriedSeldom(t *testing.T) {
	c := newCloud(t)
	b := newBox(t, c.at)
	var last wire.Failure
	for range 11 {
		last = b.enrol(wire.ClaimKeys{ID: "guess", Key: []byte("guess")})
	}
	if last.Code != wire.CodeTooOften {
		t.Errorf("the eleventh try in a row: %+v", last)
	}
}

// certificate is one as the cloud would have issued it at another time.
func (b *box) certificate(c *cloud, at time.Time) []byte {
	b.t.Helper()
	der, _, err := c.ring.Issue(central.DeviceID(b.answer.Device), b.key.Public(), at)
	if err != nil {
		b.t.Fatal(err)
	}
	return der
}

func TestRenewal(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	b := enrolled(t, c, martin, lyon)

	// Four months in a stockroom.
	b.connect(b.certificate(c, time.Now().AddDate(0, -4, 0)))
	if status, f, _ := b.ask(http.MethodGet, wire.PathDesired, nil, nil, nil); status != http.StatusForbidden || f.Code != wire.CodeExpired {
		t.Errorf("with an expired certificate: %d %+v", status, f)
	}
	old := b.key
	var a wire.RenewAnswer
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b.key = key // the request is for a new key, the connection proves the old one
	csr := b.csr()
	if status, f := b.post(wire.PathRenew, wire.RenewRequest{CSR: csr}, &a); status != http.StatusOK {
		t.Fatalf("renew: %d %+v", status, f)
	}
	b.connect(a.Certificate)
	if status, _, _ := b.desired(""); status != http.StatusNoContent || len(a.Keys) < 2 || len(a.Roots) == 0 {
		t.Errorf("with the new certificate: %d, %+v", status, a)
	}
	if s, err := c.Site(t.Context(), martin, lyon); err != nil || time.Until(s.Device.Expires) < 89*24*time.Hour {
		t.Errorf("the certificate ends %v (%v)", s.Device.Expires, err)
	}
	if status, f := b.post(wire.PathRenew, wire.RenewRequest{CSR: []byte("none")}, nil); status != http.StatusUnprocessableEntity || f.Code != wire.CodeBadRequest {
		t.Errorf("without a request for a certificate: %d %+v", status, f)
	}

	// A certificate that is not good yet: the cloud's own clock went back, or somebody plays.
	b.connect(b.certificate(c, time.Now().AddDate(1, 0, 0)))
	if status, f, _ := b.ask(http.MethodGet, wire.PathDesired, nil, nil, nil); status != http.StatusForbidden || f.Code != wire.CodeExpired {
		t.Errorf("with a certificate of the future: %d %+v", status, f)
	}

	b.key = old
	b.connect(b.certificate(c, time.Now().AddDate(0, -4, 0)))
	if err := c.Revoke(t.Context(), martin, lyon); err != nil {
		t.Fatal(err)
	}
	if status, f := b.post(wire.PathRenew, wire.RenewRequest{CSR: b.csr()}, nil); status != http.StatusForbidden || f.Code != wire.CodeRevoked {
		t.Errorf("a revoked box renews: %d %+v", status, f)
	}
}

// TestOtherCertificatesAreNobody shows certificates that no cloud of ours issued to a box.
func TestOtherCertificatesAreNobody(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	b := enrolled(t, c, martin, lyon)
	other := newCloud(t)
	own := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	own.Subject.CommonName = b.answer.Device
	self, err := x509.CreateCertificate(rand.Reader, own, own, b.key.Public(), b.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, certificate := range map[string][]byte{"none": nil, "another cloud's": b.certificate(other, time.Now()), "its own": self} {
		b.connect(certificate)
		for _, path := range []string{wire.PathDesired, wire.PathStream} {
			if status, f, _ := b.ask(http.MethodGet, path, nil, nil, nil); status != http.StatusUnauthorized || f.Code != wire.CodeNoDevice {
				t.Errorf("%s: %s: %d %+v", name, path, status, f)
			}
		}
		for _, path := range []string{wire.PathRenew, wire.PathConfirm, wire.PathReport, wire.PathFacts, wire.PathStatus} {
			if status, f := b.post(path, struct{}{}, nil); status != http.StatusUnauthorized || f.Code != wire.CodeNoDevice {
				t.Errorf("%s: %s: %d %+v", name, path, status, f)
			}
		}
	}
	b.answer.Device = "d-nobody" // issued by this cloud, and the store was put back to before that
	b.connect(b.certificate(c, time.Now()))
	if status, f, _ := b.ask(http.MethodGet, wire.PathDesired, nil, nil, nil); status != http.StatusForbidden || f.Code != wire.CodeNoDevice {
		t.Errorf("a box the store forgot: %d %+v", status, f)
	}
}

func TestDocument(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	b := enrolled(t, c, martin, lyon)
	ctx := t.Context()
	if status, _, _ := b.desired(""); status != http.StatusNoContent {
		t.Errorf("before anything is published: %d", status)
	}
	if status, f := b.post(wire.PathConfirm, wire.Confirm{Revision: 1, Nonce: make([]byte, 16)}, nil); status != http.StatusNotFound || f.Code != wire.CodeBadRequest {
		t.Errorf("confirm what was not published: %d %+v", status, f)
	}

	draft, err := c.Draft(ctx, martin, lyon)
	if err != nil || draft.Tag != "" || draft.Base != 0 {
		t.Fatalf("the first draft is %+v, %v", draft, err)
	}
	bad, err := c.SaveDraft(ctx, martin, lyon, "", "version: 1\nsite: {nmae: Lyon}\n", "u")
	if err != nil {
		t.Fatal(err)
	}
	var problems *site.ProblemsError
	if _, err := c.Publish(ctx, martin, lyon, bad.Tag, "u", ""); !errors.As(err, &problems) || len(problems.Problems) == 0 {
		t.Errorf("published with mistakes: %v", err)
	}
	if status, _, _ := b.desired(""); status != http.StatusNoContent {
		t.Errorf("after a document with mistakes: %d", status)
	}
	good, err := c.SaveDraft(ctx, martin, lyon, bad.Tag, draft.Text, "u")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Publish(ctx, martin, lyon, bad.Tag, "u", ""); !errors.Is(err, central.ErrStale) {
		t.Errorf("published with an old tag: %v", err)
	}
	r, err := c.Publish(ctx, martin, lyon, good.Tag, "u", "first")
	if err != nil || r.Number != 1 {
		t.Fatalf("publish: %+v, %v", r, err)
	}
	status, d, tag := b.desired("")
	if status != http.StatusOK || d.Revision != 1 || d.Document != draft.Text || d.Tenant != string(martin) || d.Site != string(lyon) {
		t.Errorf("%d %+v", status, d)
	}
	for _, match := range []string{tag, `"x", W/` + tag, "*"} {
		if status, _, _ := b.desired(match); status != http.StatusNotModified {
			t.Errorf("with If-None-Match %s: %d", match, status)
		}
	}
	var confirmed wire.Confirmed
	nonce := bytes.Repeat([]byte{7}, 16)
	if status, f := b.post(wire.PathConfirm, wire.Confirm{Revision: 1, Nonce: nonce}, &confirmed); status != http.StatusOK || confirmed.Revision != 1 || !bytes.Equal(confirmed.Nonce, nonce) {
		t.Errorf("confirm: %d %+v %+v", status, f, confirmed)
	}
	for _, state := range []wire.State{wire.Fetched, wire.Applied, wire.Kept, wire.Kept} {
		if status, f := b.post(wire.PathReport, wire.Report{Revision: 1, State: state}, nil); status != http.StatusOK {
			t.Errorf("report %s: %d %+v", state, status, f)
		}
	}
	if s, err := c.Site(ctx, martin, lyon); err != nil || s.State != wire.Kept || s.InForce != 1 {
		t.Errorf("the site is %+v, %v", s, err)
	}
	for _, state := range []wire.State{"", "exploded", wire.Published} {
		if status, _ := b.post(wire.PathReport, wire.Report{Revision: 1, State: state}, nil); status != http.StatusUnprocessableEntity {
			t.Errorf("report %q: %d", state, status)
		}
	}

	// The same revision in another envelope for the box that takes its place; the old box's cannot be used there.
	again := enrolled(t, c, martin, lyon)
	status, d, other := again.desired(tag)
	if status != http.StatusOK || d.Revision != 1 || d.Device != again.answer.Device || other == tag {
		t.Errorf("the next box: %d %+v", status, d)
	}
	if s, err := c.Site(ctx, martin, lyon); err != nil || s.State != wire.Published || s.InForce != 0 {
		t.Errorf("the site of the next box is %+v, %v", s, err)
	}
}

// TestLocalDocument: a box brings its document with it, and nobody but its own cloud hears what is in it.
func TestLocalDocument(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	durand, _ := c.tenant(t, "Clinique Durand")
	b := enrolled(t, c, martin, lyon)
	ctx := t.Context()
	const secret = "Sesame-4711-and-more"
	text := central.Starter("Lyon") + "\nextensions:\n  - number: \"201\"\n    name: Accueil\n    secret: " + secret + "\n"
	for range 2 { // it may come twice
		var received wire.Received
		if status, f := b.post(wire.PathDocument, wire.LocalDocument{Name: "0123456789ab", Text: text}, &received); status != http.StatusOK || received.Time == 0 {
			t.Fatalf("%d %+v %+v", status, f, received)
		}
	}
	d, err := c.Draft(ctx, martin, lyon)
	if err != nil || d.Text != text || d.Tag != "" || d.Base != 0 || d.At.IsZero() {
		t.Errorf("the first draft is %+v, %v", d, err)
	}
	for name, bad := range map[string]wire.LocalDocument{
		"nameless":   {Text: text},
		"long name":  {Name: strings.Repeat("a", 65), Text: text},
		"odd name":   {Name: "a\nb", Text: text},
		"empty":      {Name: "a", Text: " \n"},
		"large":      {Name: "a", Text: secret + strings.Repeat(" ", site.MaxBytes)},
		"a NUL byte": {Name: "a", Text: secret + "\x00"},
	} {
		if status, f := b.post(wire.PathDocument, bad, nil); status != http.StatusUnprocessableEntity || f.Code != wire.CodeBadRequest || strings.Contains(f.Sentence+f.Remedy, secret) {
			t.Errorf("%s: %d %+v", name, status, f)
		}
	}
	if status, f, _ := b.ask(http.MethodPost, wire.PathDocument, nil, []byte(`{"name":7,"text":"`+secret+`"}`), nil); status != http.StatusBadRequest || strings.Contains(f.Sentence, secret) {
		t.Errorf("what cannot be read: %d %+v", status, f)
	}
	if l, err := c.Local(ctx, martin, lyon); err != nil || l.Text != text || l.Name != "0123456789ab" || string(l.Device) != b.answer.Device {
		t.Errorf("kept is %s %s, %v", l.Name, l.Device, err)
	}
	if _, err := c.Local(ctx, durand, lyon); !errors.Is(err, central.ErrNotFound) {
		t.Errorf("another tenant: %v", err)
	}

	// The box that takes its place finds the draft, and the one before is not heard any more.
	enrolled(t, c, martin, lyon)
	if status, f := b.post(wire.PathDocument, wire.LocalDocument{Name: "b", Text: "version: 1\n"}, nil); status != http.StatusForbidden || f.Code != wire.CodeRevoked {
		t.Errorf("the box before: %d %+v", status, f)
	}
	if d, err = c.Draft(ctx, martin, lyon); err != nil || d.Text != text {
		t.Errorf("the draft is gone: %+v, %v", d, err)
	}
	if strings.Contains(c.log.String(), secret) {
		t.Errorf("the log: %s", c.log)
	}
}

// TestTheNextBoxGetsWhatWaits: the box is enrolled anew, or another takes its place, while a revision waits: it is fetched, confirmed and kept there.
func TestTheNextBoxGetsWhatWaits(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	ctx := t.Context()
	first := enrolled(t, c, martin, lyon)
	publish := func(text string) {
		t.Helper()
		d, err := c.Draft(ctx, martin, lyon)
		if err == nil {
			d, err = c.SaveDraft(ctx, martin, lyon, d.Tag, text, "u")
		}
		if err == nil {
			_, err = c.Publish(ctx, martin, lyon, d.Tag, "u", "")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	live := func(b *box, etag string, revision uint64, text string) string {
		t.Helper()
		status, d, tag := b.desired(etag)
		if status != http.StatusOK || d.Revision != revision || d.Document != text {
			t.Fatalf("desired: %d, revision %d, want %d", status, d.Revision, revision)
		}
		var confirmed wire.Confirmed
		if status, f := b.post(wire.PathConfirm, wire.Confirm{Revision: d.Revision, Nonce: make([]byte, 16)}, &confirmed); status != http.StatusOK || confirmed.Revision != revision {
			t.Fatalf("confirm: %d %+v", status, f)
		}
		for _, state := range []wire.State{wire.Fetched, wire.Applied, wire.Kept} {
			if status, f := b.post(wire.PathReport, wire.Report{Revision: revision, State: state}, nil); status != http.StatusOK {
				t.Fatalf("report %s: %d %+v", state, status, f)
			}
		}
		if s, err := c.Site(ctx, martin, lyon); err != nil || s.InForce != revision || s.State != wire.Kept {
			t.Fatalf("the site is %+v, %v", s, err)
		}
		return tag
	}
	one, two := central.Starter("Lyon"), central.Starter("Lyon 2")
	publish(one)
	live(first, "", 1, one)
	publish(two)
	again := enrolled(t, c, martin, lyon) // the same, or another: the cloud makes no difference
	tag := live(again, "", 2, two)
	last := enrolled(t, c, martin, lyon)
	if s, err := c.Site(ctx, martin, lyon); err != nil || s.InForce != 0 || s.State != wire.Published {
		t.Errorf("before the last box spoke the site is %+v, %v", s, err)
	}
	live(last, tag, 2, two)
}

func TestFacts(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	b := enrolled(t, c, martin, lyon)
	at := func(n uint64) fact.Address { return fact.Address{Stream: "journal-1", Epoch: 1, N: n} }
	send := func(q wire.Batch, want fact.Address, count int) {
		t.Helper()
		status, a := b.send(q)
		facts, err := c.Facts(t.Context(), martin, lyon, central.Question{})
		if status != http.StatusOK || a.Acked != want || err != nil || len(facts) != count {
			t.Errorf("%d facts after %s: %d, mark %s, %d kept (%v); want mark %s and %d", len(q.Facts), q.After, status, a.Acked, len(facts), err, want, count)
		}
	}
	send(batch("journal-1", 1, 3, 5), fact.Address{}, 0) // a gap
	send(batch("journal-1", 1, 1, 5), at(5), 5)
	send(batch("journal-1", 1, 1, 5), at(5), 5) // twice
	send(batch("journal-1", 1, 4, 8), at(8), 8) // overlaps
	send(batch("journal-1", 1, 10, 12), at(8), 8)
	send(wire.Batch{Stream: "journal-1", After: at(8)}, at(8), 8)
	if err := c.Rewind(t.Context(), martin, lyon, at(3)); err != nil {
		t.Fatal(err)
	}
	send(batch("journal-1", 1, 9, 12), at(3), 3)
	send(batch("journal-1", 1, 4, 12), at(12), 12)

	// What cannot be read does not stop what follows; what a later box says is kept.
	odd := batch("journal-1", 1, 13, 15)
	odd.Facts[0] = json.RawMessage(`{"address":{"stream":"journal-1","epoch":1,"n":13},"at":{"utc":1,"boot":1},"kind":"call.opened","v":1,"body":[1]}`)
	odd.Facts[1] = json.RawMessage(`{"address":{"stream":"journal-1","epoch":1,"n":14},"at":{"utc":1,"boot":1},"kind":"teapot.boiled","v":1,"body":{"call":"c\u0000"}}`)
	send(odd, at(15), 13)
	later := batch("journal-1", 1, 16, 16)
	later.Facts[0] = json.RawMessage(`{"address":{"stream":"journal-1","epoch":1,"n":16},"at":{"utc":1,"boot":1},"kind":"teapot.boiled","v":9,"body":7}`)
	send(later, at(16), 13)
	if unknown, broken, err := c.Unread(t.Context(), martin, lyon); err != nil || unknown != 1 || broken != 2 {
		t.Errorf("%d unknown, %d broken, %v; want 1 and 2", unknown, broken, err)
	}
	story, err := c.Facts(t.Context(), martin, lyon, central.Question{Call: "c5"})
	if err != nil || len(story) != 1 || story[0].Address != at(5) {
		t.Errorf("the call c5: %+v, %v", story, err)
	}

	for name, q := range map[string]wire.Batch{
		"out of order":   {Stream: "journal-1", Facts: []json.RawMessage{odd.Facts[1], odd.Facts[0]}},
		"another stream": {Stream: "journal-2", Facts: odd.Facts},
		"no stream":      {},
		"odd name":       {Stream: "jour\x00nal"},
		"number too big": {Stream: "j", Facts: []json.RawMessage{json.RawMessage(`{"address":{"stream":"j","epoch":1,"n":9223372036854775808},"kind":"x"}`)}},
	} {
		if status, _ := b.send(q); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestStatusAndStream(t *testing.T) {
	c := newCloud(t)
	martin, lyon := c.tenant(t, "Transports Martin")
	b := enrolled(t, c, martin, lyon)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	watching, stop := context.WithCancel(ctx)
	changes := c.Watch(watching, martin, lyon)
	wait := func(what string) {
		t.Helper()
		for change := range changes {
			if change == (central.Change{Site: lyon, What: what}) {
				return
			}
		}
		t.Fatalf("no change %q was told", what)
	}

	var a wire.StatusAnswer
	if status, f := b.post(wire.PathStatus, wire.Status{Program: "1.0.1", Stream: "journal-1", Calls: 3}, &a); status != http.StatusOK || !a.Watched || a.Desired != 0 {
		t.Errorf("status: %d %+v %+v", status, f, a)
	}
	wait("status")
	if live, err := c.Live(ctx, martin, lyon); err != nil || live.Status.Calls != 3 || !live.Connected {
		t.Errorf("live: %+v, %v", live, err)
	}

	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+b.at+wire.PathStream, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("stream: %d %v", answer.StatusCode, answer.Header)
	}
	wait("device")
	lines := bufio.NewScanner(answer.Body)
	next := func() (n wire.Nudge) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &n); err != nil {
					t.Error(err)
				}
				return n
			}
		}
		t.Fatal("the stream ended")
		return n
	}
	if n := next(); !n.Watched || n.Desired != 0 {
		t.Errorf("the first nudge is %+v", n)
	}
	if _, err := c.Publish(ctx, martin, lyon, "", "u", ""); err != nil {
		t.Fatal(err)
	}
	if n := next(); n.Desired != 1 {
		t.Errorf("after a document was published: %+v", n)
	}
	if _, a := b.send(batch("journal-1", 1, 1, 2)); a.Acked.N != 2 {
		t.Errorf("facts: %+v", a)
	}
	wait("facts")
	if err := c.Rewind(ctx, martin, lyon, fact.Address{Stream: "journal-1", Epoch: 1, N: 1}); err != nil {
		t.Fatal(err)
	}
	if n := next(); !n.Facts {
		t.Errorf("after a rewind: %+v", n)
	}
	stop()
	for range changes { // until it is closed
	}
	if status, _ := b.post(wire.PathStatus, wire.Status{Stream: "journal-1", Revision: 1}, &a); status != http.StatusOK || a.Watched || a.Desired != 1 || a.Acked.N != 1 {
		t.Errorf("status: %d %+v", status, a)
	}
	if err := c.Revoke(ctx, martin, lyon); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // until it is hung up
	}
	if live, err := c.Live(ctx, martin, lyon); err != nil || live.Connected || ctx.Err() != nil {
		t.Errorf("after it was shut out: %+v, %v", live, err)
	}
}
