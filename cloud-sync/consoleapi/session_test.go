package consoleapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

func TestTheFirstAdministrator(t *testing.T) {
	w := newWorld(t)
	tenant, err := w.cloud.AddTenant(t.Context(), "Dupont")
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{world: w, address: "192.0.2.7:1"}
	if !read[setupNeeded](b, 200, "GET", "/api/setup", nil).Needed {
		t.Error("no administrator is needed")
	}
	spelled := NewCode()
	code, err := ParseCode(spelled)
	if err != nil {
		t.Fatal(err)
	}
	put := func(expires time.Time) {
		if err := w.db.People().PutCode(t.Context(), tenant.ID, central.HashOf(code), expires); err != nil {
			t.Fatal(err)
		}
	}
	in := SetupRequest{Code: strings.ToLower(strings.ReplaceAll(spelled, "-", " ")), Email: " Lea@Dupont.Example ", Name: "Léa", Password: thePassword}
	put(time.Now().Add(-time.Second))
	b.want(403, "POST", "/api/setup", in) // it is over
	put(time.Now().Add(time.Hour))
	for _, bad := range []SetupRequest{
		{Code: in.Code, Email: "lea", Name: "Léa", Password: thePassword},
		{Code: in.Code, Email: in.Email, Name: " ", Password: thePassword},
		{Code: in.Code, Email: in.Email, Name: "Léa", Password: "short"},
		{Code: in.Code, Email: in.Email, Name: "Léa", Password: strings.Repeat("a", 40)},
	} {
		f := read[wire.Failure](b, 422, "POST", "/api/setup", bad)
		if len(f.Problems) != 1 || f.Problems[0].Path == "" || f.Problems[0].Remedy == "" {
			t.Errorf("%+v", f)
		}
	}
	s := read[Session](b, 200, "POST", "/api/setup", in)
	if s.User != "lea@dupont.example" || s.Role != "owner" || s.Tenant != string(tenant.ID) || s.TenantName != "Dupont" {
		t.Errorf("%+v", s)
	}
	if read[setupNeeded](b, 200, "GET", "/api/setup", nil).Needed {
		t.Error("an administrator is needed still")
	}
	b.want(200, "GET", "/api/session", nil)
	other := &browser{world: w, address: "192.0.2.8:1"}
	other.want(403, "POST", "/api/setup", in) // once
	for range 4 {
		other.want(403, "POST", "/api/setup", SetupRequest{Code: "nonsense"})
	}
	resp, _ := other.ask("POST", "/api/setup", SetupRequest{Code: NewCode()})
	if wait, err := strconv.Atoi(resp.Header.Get("Retry-After")); resp.StatusCode != 429 || err != nil || wait < 1 {
		t.Errorf("guessing goes on: %d, %v", resp.StatusCode, resp.Header)
	}
}

func TestTheCookie(t *testing.T) {
	w := newWorld(t)
	_, b := w.tenant("Dupont")
	c := b.cookie
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || len(c.Value) != 43 {
		t.Fatalf("%+v", c)
	}
	if _, _, err := w.db.People().Session(t.Context(), central.HashOf(c.Value)); err != nil {
		t.Error(err)
	}
	a := &api{}
	if c := a.cookie("x", 1); !c.Secure {
		t.Error("behind TLS the cookie is not for TLS alone")
	}
	value := *c
	b.want(204, "DELETE", "/api/session", nil)
	if b.cookie != nil {
		t.Error("the cookie stays")
	}
	b.cookie = &value
	b.want(401, "GET", "/api/session", nil)
}

func TestASessionEnds(t *testing.T) {
	w := newWorld(t)
	_, b := w.tenant("Dupont")
	people := w.db.People()
	put := func(opened, used time.Duration) *browser {
		value := "session-" + opened.String() + used.String()
		_, who, err := people.Session(t.Context(), central.HashOf(b.cookie.Value))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if err := people.OpenSession(t.Context(), central.SignIn{Hash: central.HashOf(value), Person: who.ID, Opened: now.Add(-opened), Used: now.Add(-used)}); err != nil {
			t.Fatal(err)
		}
		return &browser{world: w, address: "192.0.2.7:1", cookie: &http.Cookie{Name: sessionCookie, Value: value}}
	}
	put(time.Hour, 13*time.Hour).want(401, "GET", "/api/session", nil)
	put(8*24*time.Hour, time.Minute).want(401, "GET", "/api/session", nil)
	good := put(6*24*time.Hour, 11*time.Hour)
	good.want(200, "GET", "/api/session", nil)
	if s, _, err := people.Session(t.Context(), central.HashOf(good.cookie.Value)); err != nil || time.Since(s.Used) > time.Minute {
		t.Errorf("its use was not noted: %+v, %v", s, err)
	}
}

func TestGuessingPasswords(t *testing.T) {
	w := newWorld(t)
	tenant, _ := w.tenant("Dupont")
	guess := func(address, email, password string) int {
		b := &browser{world: w, address: address}
		resp, text := b.ask("POST", "/api/session", SignInRequest{Email: email, Password: password})
		if resp.StatusCode == 429 && resp.Header.Get("Retry-After") == "" {
			t.Error("no word of how long to wait")
		}
		if strings.Contains(string(text), email) && resp.StatusCode != 200 {
			t.Errorf("%s", text)
		}
		return resp.StatusCode
	}
	const known = "owner@dupont.example"
	for i := range 5 {
		if got := guess("192.0.2."+strconv.Itoa(20+i)+":1", known, "wrong wrong wrong"); got != 401 {
			t.Fatalf("guess %d: %d", i, got)
		}
	}
	if got := guess("192.0.2.30:1", known, thePassword); got != 429 {
		t.Errorf("after five guesses from five addresses the right one is %d at once, want 429", got)
	}
	for i := range 20 {
		if got := guess("[2001:db8::"+strconv.Itoa(i+1)+"]:1", "unknown"+strconv.Itoa(i)+"@x.example", "wrong wrong wrong"); got != 401 {
			t.Fatalf("guess %d: %d", i, got)
		}
	}
	if got := guess("[2001:db8::ffff]:1", "owner@x.example", "wrong wrong wrong"); got != 429 {
		t.Errorf("after twenty guesses from one network: %d", got)
	}
	deeds, err := w.db.People().Deeds(t.Context(), tenant, 0, 100)
	refused := 0
	for _, d := range deeds {
		if d.What == "sign_in.refused" && d.Who == known && d.Address != "" {
			refused++
		}
	}
	if err != nil || refused != 5 {
		t.Errorf("%d refused sign-ins are noted, want 5 (%v)", refused, err)
	}
	if deeds, err = w.db.People().Deeds(t.Context(), "", 0, 100); err != nil || len(deeds) != 20 {
		t.Errorf("%d under unknown names, want 20 (%v)", len(deeds), err)
	}
	for _, chain := range []central.TenantID{tenant, ""} {
		if _, _, err := w.db.People().CheckDeeds(t.Context(), chain); err != nil {
			t.Error(err)
		}
	}
}

func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatience(3, 8*time.Second)
		for range 3 {
			if w := p.begin("a", time.Now()); w != 0 {
				t.Fatal(w)
			}
		}
		for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second} {
			if w := p.begin("a", time.Now()); w != want {
				t.Fatalf("wait %s, want %s", w, want)
			}
			time.Sleep(want)
			if w := p.begin("a", time.Now()); w != 0 {
				t.Fatal(w)
			}
		}
		if w := p.begin("b", time.Now()); w != 0 {
			t.Error("another name waits too")
		}
		time.Sleep(patienceForget + time.Second)
		if w := p.begin("a", time.Now()); w != 0 {
			t.Error("it is not forgotten")
		}
		for i := range 3 * patienceNames {
			p.begin(strconv.Itoa(i), time.Now())
			if i%patienceNames == 0 {
				time.Sleep(patienceForget + time.Second)
			}
		}
		if len(p.tries) > patienceNames {
			t.Errorf("%d names are remembered", len(p.tries))
		}
		p = newPatience(1, time.Minute)
		p.begin("a", time.Now())
		p.forgive("a", false)
		if w := p.begin("a", time.Now()); w != 0 {
			t.Error("it is not forgiven")
		}
	})
}

func TestNeighbourhood(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:55": "192.0.2.1", "[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64", "[::ffff:192.0.2.1]:9": "192.0.2.1", "[fe80::1%eth0]:1": "fe80::/64", "x": "x",
	} {
		if got := neighbourhood(remote); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestPasswords(t *testing.T) {
	a, err := hashPassword(thePassword, testRounds)
	if err != nil {
		t.Fatal(err)
	}
	b, err := hashPassword(thePassword, testRounds)
	if err != nil || a == b || strings.Contains(a, thePassword) {
		t.Errorf("%s and %s (%v)", a, b, err)
	}
	for kept, want := range map[string]bool{a: true, b: true, nobody(testRounds): false} {
		if ok, err := passwordMatches(kept, thePassword); ok != want || err != nil {
			t.Errorf("%s: %v, %v", kept, ok, err)
		}
		if ok, err := passwordMatches(kept, thePassword+"x"); ok || err != nil {
			t.Errorf("%s: %v, %v", kept, ok, err)
		}
	}
	for _, bad := range []string{"", "x$1$y$z", "pbkdf2-sha256$0$AAAA$AAAA", "pbkdf2-sha256$999999999$AAAA$AAAA", "pbkdf2-sha256$x$AAAA$AAAA", "pbkdf2-sha256$10$*$AAAA"} {
		if ok, err := passwordMatches(bad, "x"); ok || !errors.Is(err, errHash) {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
	if passwordRounds < 600_000 {
		t.Error("too few rounds")
	}
}

func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		spelled := NewCode()
		code, err := ParseCode(spelled)
		if err != nil || seen[code] || len(spelled) != 23 {
			t.Fatal(spelled, err)
		}
		seen[code] = true
	}
	if code, err := ParseCode(" oil10-00000-00000-0000z "); err != nil || code != "0111000000000000000Z" {
		t.Error(code, err)
	}
	for _, bad := range []string{"", "x", "UUUUU-UUUUU-UUUUU-UUUUU", strings.Repeat("0", 21), strings.Repeat("0", 10_000)} {
		if _, err := ParseCode(bad); err == nil {
			t.Error(bad)
		}
	}
}

// TestTheDoor holds what stands before every route.
func TestTheDoor(t *testing.T) {
	w := newWorld(t)
	_, b := w.tenant("Dupont")
	resp, _ := b.ask("GET", "/api/sites", nil)
	for k, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
	} {
		if got := resp.Header.Get(k); got != want {
			t.Errorf("%s: %q", k, got)
		}
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Error(csp)
	}
	with := func(k, v string) *browser {
		c := *b
		c.header = http.Header{k: {v}}
		return &c
	}
	evil := with("Sec-Fetch-Site", "cross-site")
	if f := read[wire.Failure](evil, 403, "POST", "/api/sites", siteName{Name: "x"}); f.Code != codeOrigin {
		t.Errorf("%+v", f)
	}
	old := with("Sec-Fetch-Site", "")
	old.header.Set("Origin", "https://evil.example")
	if f := read[wire.Failure](old, 403, "DELETE", "/api/session", nil); f.Code != codeOrigin {
		t.Errorf("%+v", f)
	}
	if f := read[wire.Failure](with("Content-Type", "text/plain"), 415, "POST", "/api/sites", siteName{Name: "x"}); f.Code != codeMediaType {
		t.Errorf("%+v", f)
	}
	if f := read[wire.Failure](b, 413, "POST", "/api/sites", siteName{Name: strings.Repeat("x", mostBody)}); f.Code != codeTooLarge {
		t.Errorf("%+v", f)
	}
	for _, body := range []any{json.RawMessage(`{"name":1}`), json.RawMessage(`{}`), json.RawMessage(`[]`), json.RawMessage(`"x"`), json.RawMessage(`{"name":"x","other":1}`), json.RawMessage(`{"password":{"a":"hunter22"}}`)} {
		f := read[wire.Failure](b, 422, "POST", "/api/sites", body)
		if f.Code != wire.CodeBadRequest || len(f.Problems) == 0 || strings.Contains(f.Sentence+f.Problems[0].Sentence, "hunter22") {
			t.Errorf("%s: %+v", body, f)
		}
	}
	for path, want := range map[string]int{"/api/nothing": 404, "/api/": 404, "/api/sites/x/revisions/0": 422, "/api/sites/x/revisions/zz": 422, "/api/sites/" + strings.Repeat("x", 100): 422, "/api/sites/x": 404} {
		f := read[wire.Failure](b, want, "GET", path, nil)
		if f.Code == "" || f.Sentence == "" {
			t.Errorf("%s: %+v", path, f)
		}
	}
	rows := read[sites](b, 200, "GET", "/api/sites", nil)
	if len(rows.Sites) != 0 {
		t.Errorf("%+v", rows)
	}
}
