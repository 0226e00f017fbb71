package httpapi

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/httpapi/identity"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSignInWithACodeThatOutlivedARestart(t *testing.T) {
	dir := t.TempDir()
	code := newCode(t, openCode(t, dir))
	_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: openCode(t, dir)})
	if got := v.get("/"); strings.Contains(got.text, "Toulouse") || strings.Contains(got.text, "4.2.1") || strings.Contains(got.text, "AC2-") {
		t.Error("a stranger learns what stands here")
	}
	if got := v.post("/sign-in", url.Values{"code": {strings.ToLower(code)}}); got.code != http.StatusSeeOther || got.header.Get("Location") != "/" {
		t.Fatalf("sign-in: %d to %q", got.code, got.header.Get("Location"))
	}
	if got := v.get("/"); !strings.Contains(got.text, "Toulouse") {
		t.Error("signed in, the page does not show the box")
	}
	other := newVisitor(t, v.base)
	if got := other.post("/sign-in", url.Values{"code": {code}}); got.code != http.StatusUnauthorized || !strings.Contains(got.text, "déjà servi") {
		t.Errorf("the same code again: %d", got.code)
	}
}

func TestWhyACodeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		err         error
		code        int
		says        string
		stays       bool
	}{
		{"wrong", "AAAA-AAAA", nil, http.StatusUnauthorized, "Ce n’est pas le code", true},
		{"empty", "  ", nil, http.StatusUnprocessableEntity, "Aucun code", false},
		{"expired", "BBBB-BBBB", identity.ErrCodeExpired, http.StatusUnauthorized, "périmé", false},
		{"used", "BBBB-BBBB", identity.ErrCodeUsed, http.StatusUnauthorized, "déjà servi", false},
		{"too often", "BBBB-BBBB", &identity.TooOftenError{Wait: 95 * time.Second}, http.StatusTooManyRequests, "Trop d’essais", true},
		{"disk", "BBBB-BBBB", errDisk, http.StatusServiceUnavailable, "n’a pas pu vérifier", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{err: c.err}})
			got := v.post("/sign-in", url.Values{"code": {c.typed}})
			if got.code != c.code || !strings.Contains(got.text, c.says) {
				t.Errorf("%d, want %d and %q in\n%s", got.code, c.code, c.says, got.text)
			}
			if stays := strings.Contains(got.text, `value="`+c.typed+`"`); stays != c.stays {
				t.Errorf("what was typed stays: %v, want %v", stays, c.stays)
			}
			if strings.Contains(got.text, "no space left") {
				t.Error("a stranger learns about the disk")
			}
			if got.header.Get("Set-Cookie") != "" {
				t.Error("a cookie is set")
			}
			if c.code == http.StatusTooManyRequests && got.header.Get("Retry-After") != "95" {
				t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
			}
		})
	}
}

func TestTooManyCodesFromOneAddress(t *testing.T) {
	const freeTries = 5
	a := openCode(t, t.TempDir())
	code := newCode(t, a)
	_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: a})
	for range freeTries {
		if got := v.post("/sign-in", url.Values{"code": {"0000-0000"}}); got.code != http.StatusUnauthorized {
			t.Fatalf("a free try: %d", got.code)
		}
	}
	if got := v.post("/sign-in", url.Values{"code": {code}}); got.code != http.StatusTooManyRequests {
		t.Errorf("the right code after %d wrong ones at once: %d, want 429", freeTries, got.code)
	}
}

// certificate is one that this test made for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestCookiesAndHeaders(t *testing.T) {
	cert, pool := certificate(t)
	for _, secure := range []bool{false, true} {
		o := Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{}}
		name := "autocom_box"
		if secure {
			o.TLS, name = &tls.Config{Certificates: []tls.Certificate{cert}}, "__Host-autocom_box"
		}
		_, v := open(t, o)
		v.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool}
		got := v.post("/sign-in", url.Values{"code": {goodCode}})
		cookie, err := http.ParseSetCookie(got.header.Get("Set-Cookie"))
		if err != nil {
			t.Fatal(err)
		}
		if cookie.Name != name || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Secure != secure || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("with TLS %v the session's cookie is %s", secure, cookie)
		}
		if len(cookie.Value) < 22 { // 128 bits
			t.Errorf("the session's name has %d characters", len(cookie.Value))
		}
		page := v.get("/?lang=en")
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Content-Language": "en",
		} {
			if page.header.Get(header) != want {
				t.Errorf("%s is %q, want %q", header, page.header.Get(header), want)
			}
		}
		for _, want := range []string{"default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, want) || strings.Contains(csp, "unsafe") {
				t.Errorf("the policy is %q, want %q in it", csp, want)
			}
		}
		if language, err := http.ParseSetCookie(page.header.Get("Set-Cookie")); err != nil || !language.HttpOnly || language.Secure != secure {
			t.Errorf("the language's cookie is %q, %v", page.header.Get("Set-Cookie"), err)
		}
		if again := v.get("/"); again.header.Get("Content-Language") != "en" {
			t.Error("the language picked is forgotten")
		}
	}
}

func TestAcceptLanguageRFC9110Section12_5_4(t *testing.T) {
	for header, want := range map[string]language{
		"": french, "en": english, "en-GB,en;q=0.9,fr;q=0.8": english, "fr-CA, en;q=0.9": french, "de, en;q=0.3, fr;q=0.2": english,
		"de": french, "en;q=0": french, "en;q=2, fr;q=0.1": french, "EN-us": english, "*": french, ";;;,,,": french, "fr;q=0.5, en; q=0.7": english,
	} {
		if got := preferred(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestAnotherSiteCannotPost(t *testing.T) {
	link := &fakeLink{}
	_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{}, Link: link})
	v.signIn()
	for _, path := range []string{"/enrol", "/sign-in", "/sign-out", "/leave"} {
		for header, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.base+path, strings.NewReader(enrolForm().Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(header, value)
			if got := v.do(req); got.code != http.StatusForbidden || !strings.Contains(got.text, "autre site") {
				t.Errorf("%s with %s %s: %d", path, header, value, got.code)
			}
		}
	}
	if link.server != "" {
		t.Error("another site made the box join a console")
	}
	if got := v.get("/"); !strings.Contains(got.text, "Toulouse") {
		t.Error("another site signed the administrator out")
	}
}

func TestStrangersReachNothing(t *testing.T) {
	link := &fakeLink{state: linked()}
	_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{}, Link: link})
	for _, path := range []string{"/enrol", "/leave", "/sign-out"} {
		if got := v.post(path, url.Values{"server": {"https://evil.example"}, "claim": {"X"}, "serial": {"AC2-7F3K-0192"}}); got.code != http.StatusSeeOther {
			t.Errorf("%s: %d, want to be led to the sign-in", path, got.code)
		}
	}
	if link.server != "" || link.left != 0 {
		t.Error("a stranger changed the link")
	}
	for path, want := range map[string]int{"/nothing": http.StatusNotFound, "/..%2f..%2fetc/passwd": http.StatusNotFound, "/enrol": http.StatusMethodNotAllowed, "/page.html": http.StatusNotFound} {
		if got := v.get(path); got.code != want {
			t.Errorf("GET %s: %d, want %d", path, got.code, want)
		}
	}
}

func TestHealthTellsNoMoreThanAWord(t *testing.T) {
	missing := healthy()
	missing.Phones[0].Up = false
	oneLine := healthy() // the doctor takes it harder than the page, which sees the other line
	oneLine.Trunks[0].Up = false
	oneLine.Notices = []Notice{{Gravity: Danger, Code: "trunk.down"}}
	for _, c := range []struct {
		status Status
		err    error
		code   int
		text   string
	}{
		{healthy(), nil, http.StatusOK, "ok\n"},
		{missing, nil, http.StatusOK, "ok\n"},
		{oneLine, nil, http.StatusOK, "ok\n"},
		{troubled(), nil, http.StatusServiceUnavailable, "degraded\n"},
		{unset(), nil, http.StatusServiceUnavailable, "degraded\n"},
		{Status{}, errDisk, http.StatusServiceUnavailable, "degraded\n"},
	} {
		_, v := open(t, Options{Box: &fakeBox{status: c.status, err: c.err}, Codes: fakeCodes{}})
		if got := v.get("/health"); got.code != c.code || got.text != c.text {
			t.Errorf("%d %q, want %d %q", got.code, got.text, c.code, c.text)
		}
	}
}

func TestManyReadersAskTheBoxOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := &fakeBox{status: healthy()}
		s, err := newSite(Options{Box: box, Codes: fakeCodes{}})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for range 50 {
				if _, err := s.read(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(statusFresh)
		}
		if box.asked != 3 {
			t.Errorf("150 readers in 3 s asked the box %d times, want 3", box.asked)
		}
	})
}

func TestJoiningSaysWhyNotAndKeepsWhatWasTyped(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		says string
	}{
		{"known code", &Refused{Code: "claim.unknown", Sentence: "no such claim"}, "La console ne connaît pas ce code"},
		{"own words", &Refused{Code: "moon.full", Sentence: "the moon is full", Remedy: "wait for the new one"}, "wait for the new one"},
		{"late", context.DeadlineExceeded, "n’a pas répondu à temps"},
		{"other", errors.New("a <b>strange</b> thing"), "a &lt;b&gt;strange&lt;/b&gt; thing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var deeds []Deed
			_, v := open(t, Options{
				Box: &fakeBox{status: unset()}, Codes: fakeCodes{}, Link: &fakeLink{err: c.err},
				Deed: func(d Deed) { deeds = append(deeds, d) },
			})
			v.signIn()
			if got := v.post("/enrol", enrolForm()); got.code != http.StatusSeeOther {
				t.Fatalf("%d, want to be led back to the page", got.code)
			}
			for range 2 { // also when the page is read again
				got := v.get("/")
				for _, want := range []string{c.says, `value="https://console.example.org"`, `value="7f3k-0192-abc&lt;d"`} {
					if !strings.Contains(got.text, want) {
						t.Errorf("the page lacks %q", want)
					}
				}
			}
			if len(deeds) != 2 || deeds[0].Kind != DeedSignIn || deeds[1].Kind != DeedEnrolRefused || deeds[1].By != "root" || strings.Contains(deeds[1].Why, "7f3k") {
				t.Errorf("the box's records say %+v", deeds)
			}
		})
	}
}

func TestJoinAndLeave(t *testing.T) {
	link := &fakeLink{}
	_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{}, Link: link})
	v.signIn()
	v.post("/enrol", url.Values{"server": {" "}, "claim": {"X"}})
	if got := v.get("/"); link.server != "" || !strings.Contains(got.text, "Il manque") {
		t.Error("an empty field was taken")
	}
	v.post("/enrol", url.Values{"server": {" https://console.example.org "}, "claim": {" 7F3K-0192-ABCD "}})
	if link.server != "https://console.example.org" || link.claim != "7F3K-0192-ABCD" {
		t.Errorf("the link was asked for %q with %q", link.server, link.claim)
	}
	got := v.get("/")
	if !strings.Contains(got.text, "Le boîtier est rattaché") || strings.Contains(got.text, "7F3K-0192-ABCD") || strings.Contains(got.text, `action="/enrol"`) {
		t.Error("after joining the page does not say so, or still asks")
	}
	if again := v.get("/"); strings.Contains(again.text, "Le boîtier est rattaché") {
		t.Error("good news is told twice")
	}
	v.post("/leave", url.Values{"serial": {"AC2-0000-0000"}})
	if got := v.get("/"); link.left != 0 || !strings.Contains(got.text, "ne correspond pas") {
		t.Error("another serial number was taken for a confirmation")
	}
	v.post("/leave", url.Values{"serial": {"ac2-7f3k-0192"}})
	if got := v.get("/"); link.left != 1 || !strings.Contains(got.text, "plus rattaché") {
		t.Error("the box did not leave")
	}
}

func TestOneJoinsAtATimeAndCloseEndsIt(t *testing.T) {
	link := &fakeLink{block: true, busy: make(chan struct{}, 1)}
	s, v := open(t, Options{Box: &fakeBox{status: unset()}, Codes: fakeCodes{}, Link: link})
	v.signIn()
	first := make(chan shown, 1)
	go func() { first <- v.post("/enrol", enrolForm()) }()
	<-link.busy
	if got := v.post("/enrol", enrolForm()); got.code != http.StatusSeeOther {
		t.Fatalf("the second: %d", got.code)
	}
	if got := v.get("/"); !strings.Contains(got.text, "déjà en cours") {
		t.Error("the second joiner is not told that the first is at it")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := <-first; got.code != http.StatusSeeOther {
		t.Errorf("the first, cut short: %d", got.code)
	}
}

func TestSignOutAndIdleness(t *testing.T) {
	_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{}})
	v.signIn()
	res := v.get("/")
	if !strings.Contains(res.text, "Toulouse") {
		t.Fatal("not signed in")
	}
	u, err := url.Parse(v.base)
	if err != nil {
		t.Fatal(err)
	}
	kept := v.client.Jar.Cookies(u)
	v.post("/sign-out", url.Values{})
	v.client.Jar.SetCookies(u, kept) // the old cookie, stolen
	if got := v.get("/"); strings.Contains(got.text, "Toulouse") || !strings.Contains(got.text, "La session est terminée") {
		t.Error("a session that was signed out is still good, or nothing is said")
	}
	synctest.Test(t, func(t *testing.T) {
		var s sessions
		idle, used := s.open("a", time.Now()), s.open("b", time.Now())
		for range int(sessionLife/(20*time.Minute)) - 1 {
			time.Sleep(20 * time.Minute)
			if _, ok := s.find(used, time.Now()); !ok {
				t.Fatal("a session in use ended")
			}
		}
		if _, ok := s.find(idle, time.Now()); ok {
			t.Error("an idle session goes on")
		}
		time.Sleep(20 * time.Minute)
		if _, ok := s.find(used, time.Now()); ok {
			t.Error("a session goes on for longer than its life")
		}
		first := s.open("first", time.Now())
		time.Sleep(time.Second)
		for range 10 * sessionsMax {
			s.open("more", time.Now())
		}
		if _, ok := s.find(first, time.Now()); ok || len(s.all) > sessionsMax {
			t.Errorf("%d sessions, want %d", len(s.all), sessionsMax)
		}
	})
}

func TestOversizedAndForeignBodies(t *testing.T) {
	_, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{}})
	post := func(kind string, body io.Reader) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.base+"/sign-in", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		return v.do(req).code
	}
	form := "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, kind string
		body       io.Reader
		want       int
	}{
		{"large", form, strings.NewReader("code=" + strings.Repeat("A", bodyBytes)), http.StatusRequestEntityTooLarge},
		{"large without a length", form, io.MultiReader(strings.NewReader("code="), bytes.NewReader(make([]byte, 2*bodyBytes))), http.StatusRequestEntityTooLarge},
		{"json", "application/json", strings.NewReader(`{"code":"7F3K-0192"}`), http.StatusUnsupportedMediaType},
		{"multipart", "multipart/form-data; boundary=x", strings.NewReader("--x--"), http.StatusUnsupportedMediaType},
		{"no kind", "", strings.NewReader("code=7F3K-0192"), http.StatusUnsupportedMediaType},
		{"not a form", form, strings.NewReader("code=%zz"), http.StatusBadRequest},
		{"in the address only", form, strings.NewReader(""), http.StatusUnprocessableEntity},
	} {
		if got := post(c.kind, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.base+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Long", strings.Repeat("A", 2*headerBytes))
	if got := v.do(req); got.code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of %d bytes: %d", 2*headerBytes, got.code)
	}
}

// Somebody who opens connections and says nothing keeps neither the page from others nor the connections.
func TestSlowStrangersAreBounded(t *testing.T) {
	s, v := open(t, Options{Box: &fakeBox{status: healthy()}, Codes: fakeCodes{}})
	var held []net.Conn
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	from := func(ip string) net.Conn {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}, Timeout: 5 * time.Second}
		c, err := d.DialContext(t.Context(), "tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
		return c
	}
	for range connectionsOne {
		if _, err := from("127.0.0.2").Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
			t.Fatal(err)
		}
	}
	over := from("127.0.0.2")
	over.SetReadDeadline(time.Now().Add(4 * time.Second)) // before headerTime
	if _, err := over.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("one connection too many is not closed at once: %v", err)
	}
	if got := v.get("/"); got.code != http.StatusOK {
		t.Errorf("somebody else is kept out: %d", got.code)
	}
	first := held[0]
	first.SetReadDeadline(time.Now().Add(3 * headerTime))
	start := time.Now()
	if _, err := io.Copy(io.Discard, first); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("a header that never ends was still read after %s: %v", time.Since(start), err)
	}
}

func TestAdmissionGivesPlacesBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := newAdmission(l)
	defer a.Close()
	for range 3 * connectionsOne {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		in, err := a.Accept()
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
		in.Close() // twice, as servers do
		c.Close()
	}
	if a.all != 0 || len(a.open) != 0 {
		t.Errorf("%d places of %d addresses are still taken", a.all, len(a.open))
	}
}

func TestPlainHTTPIsForLoopbackOnly(t *testing.T) {
	o := Options{Box: &fakeBox{}, Codes: fakeCodes{}}
	l := elsewhere{}
	if _, err := Serve(l, o); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("plain HTTP at %s: %v", l.Addr(), err)
	}
	o.TLS = &tls.Config{}
	if _, err := Serve(l, o); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("TLS without a certificate: %v", err)
	}
	if _, err := Serve(l, Options{}); err == nil {
		t.Error("a page without a box is served")
	}
}

// elsewhere is a listener that others can reach; nobody accepts there.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 443} }

func TestFingerprint(t *testing.T) {
	got := Fingerprint([]byte("abc"))
	if !strings.HasPrefix(got, "BA:78:16:BF:") || len(got) != 32*3-1 {
		t.Errorf("the fingerprint is %q", got)
	}
}

func FuzzForms(f *testing.F) {
	f.Add("/enrol", "server=https%3A%2F%2Fc.example&claim=X", "application/x-www-form-urlencoded", "fr")
	f.Add("/sign-in", "code=%00%ff%fe", "application/x-www-form-urlencoded; charset=utf-8", "en;q=,,")
	f.Add("/leave", "serial=\"><script>alert(1)</script>", "application/x-www-form-urlencoded", "xx")
	f.Add("/sign-out", strings.Repeat("a=b&", 4000), "multipart/form-data", "")
	f.Add("/?lang=%ff", ";", "application/x-www-form-urlencoded", "*")
	f.Fuzz(func(t *testing.T, path, body, kind, accept string) {
		box := &fakeBox{status: healthy()}
		s, err := newSite(Options{Box: box, Codes: fakeCodes{}, Link: &fakeLink{err: &Refused{Sentence: body, Remedy: kind}}})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
			return
		}
		token := s.sessions.open("somebody", time.Now())
		ask := func(method string, u *url.URL, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
			r.URL = u
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Accept-Language", accept)
			r.AddCookie(&http.Cookie{Name: "autocom_box", Value: token})
			w := httptest.NewRecorder()
			s.handler().ServeHTTP(w, r)
			return w
		}
		first := ask(http.MethodPost, u, body)
		for _, w := range []*httptest.ResponseRecorder{first, ask(http.MethodGet, &url.URL{Path: "/"}, "")} {
			if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			if text := w.Body.String(); strings.Contains(text, "<script") || strings.Contains(text, "ZgotmplZ") {
				t.Fatalf("%s: what was typed got into the page as it is:\n%s", path, text)
			}
		}
	})
}
