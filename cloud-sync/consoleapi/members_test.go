package consoleapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"

	"github.com/google/go-cmp/cmp"
)

// TestSomebodyIsInvited: the code is shown once and used once, by whom it is for.
func TestSomebodyIsInvited(t *testing.T) {
	w := newWorld(t)
	tenant, owner := w.tenant("Dupont")
	invited := read[PersonCode](owner, 201, "POST", "/api/people", Invitation{Email: " Ben@Dupont.Example", Name: " Ben ", Role: "admin"})
	p := invited.Person
	if p.Email != "ben@dupont.example" || p.Name != "Ben" || p.Role != "admin" || p.State != "waiting" || p.Code != invited.Expires || p.You {
		t.Errorf("%+v", invited)
	}
	if life := time.Until(time.UnixMilli(invited.Expires)); life < 23*time.Hour || life > 24*time.Hour {
		t.Errorf("the code is good for %s", life)
	}
	list := owner.want(200, "GET", "/api/people", nil)
	if strings.Contains(string(list), invited.Code) || strings.Contains(string(list), "pbkdf2") {
		t.Errorf("%s", list)
	}
	for _, bad := range []struct {
		in   any
		code string
	}{
		{Invitation{Email: "ben@dupont.example", Name: "Ben", Role: "admin"}, codeTaken},
		{Invitation{Email: "ben", Name: "Ben", Role: "admin"}, codeRefused},
		{Invitation{Email: "c@dupont.example", Name: "a\x00b", Role: "admin"}, codeRefused},
		{Invitation{Email: "c@dupont.example", Name: "Chloé", Role: "owner"}, wire.CodeBadRequest},
		{json.RawMessage(`{"email":"c@dupont.example"}`), wire.CodeBadRequest},
	} {
		if f := read[wire.Failure](owner, 422, "POST", "/api/people", bad.in); f.Code != bad.code {
			t.Errorf("%+v: %+v", bad.in, f)
		}
	}

	ben := &browser{world: w, address: "192.0.2.8:1"}
	for _, password := range []string{"", thePassword, "nobody"} {
		ben.want(401, "POST", "/api/session", SignInRequest{Email: "ben@dupont.example", Password: password})
	}
	f := read[wire.Failure](ben, 422, "POST", "/api/setup", SetupRequest{Code: invited.Code, Email: "eve@dupont.example", Name: "Eve", Password: thePassword})
	if len(f.Problems) != 1 || f.Problems[0].Path != "email" || strings.Contains(f.Problems[0].Sentence, "ben") {
		t.Errorf("%+v", f)
	}
	s := read[Session](ben, 200, "POST", "/api/setup", SetupRequest{Code: strings.ToLower(invited.Code), Email: "BEN@dupont.example", Password: thePassword})
	if s.Name != "Ben" || s.Role != "admin" || s.Tenant != string(tenant) || s.TenantName != "Dupont" {
		t.Errorf("%+v", s)
	}
	ben.want(403, "POST", "/api/setup", SetupRequest{Code: invited.Code, Email: "ben@dupont.example", Password: thePassword})
	all := read[persons](ben, 200, "GET", "/api/people", nil).People
	states := map[string]string{}
	for _, p := range all {
		states[p.Email] = p.State
		if p.You != (p.Email == "ben@dupont.example") {
			t.Errorf("%+v", p)
		}
	}
	if diff := cmp.Diff(map[string]string{"ben@dupont.example": "active", "owner@dupont.example": "active"}, states); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(w.log.String(), invited.Code) {
		t.Error("the log holds the code")
	}
}

// TestALostPassword: a new code takes the password's place and ends what is open; the person comes in with it.
func TestALostPassword(t *testing.T) {
	w := newWorld(t)
	tenant, owner := w.tenant("Dupont")
	ben := w.person(tenant, "ben@dupont.example", central.Admin)
	at := "/api/people/u-ben@dupont.example"
	ben.want(200, "GET", "/api/session", nil)
	code := read[PersonCode](owner, 200, "POST", at+"/code", struct{}{})
	ben.want(401, "GET", "/api/session", nil)
	ben.want(401, "POST", "/api/session", SignInRequest{Email: "ben@dupont.example", Password: thePassword})
	again := read[PersonCode](owner, 200, "POST", at+"/code", struct{}{})
	in := SetupRequest{Code: code.Code, Email: "ben@dupont.example", Password: "cinq autres mots pour entrer"}
	ben.want(403, "POST", "/api/setup", in)
	in.Code = again.Code
	ben.want(200, "POST", "/api/setup", in)
	ben.want(204, "DELETE", "/api/session", nil)
	ben.want(200, "POST", "/api/session", SignInRequest{Email: in.Email, Password: in.Password})
	if f := read[wire.Failure](ben, 422, "POST", at+"/code", struct{}{}); f.Code != codeSelf {
		t.Errorf("%+v", f)
	}

	// Who was taken out is out at once, and an administrator stays.
	owner.want(204, "DELETE", at, nil)
	ben.want(401, "GET", "/api/session", nil)
	ben.want(401, "POST", "/api/session", SignInRequest{Email: in.Email, Password: in.Password})
	owner.want(404, "DELETE", at, nil)
	w.person(tenant, "auditor@dupont.example", central.Auditor)
	read[PersonCode](owner, 201, "POST", "/api/people", Invitation{Email: "later@dupont.example", Name: "Later", Role: "admin"})
	if f := read[wire.Failure](owner, 422, "DELETE", "/api/people/u-owner@dupont.example", nil); f.Code != codeLast {
		t.Errorf("%+v", f)
	}
	owner.want(200, "GET", "/api/session", nil)
}

// TestAStreamEndsWithItsPerson: what is watched live ends when its person is taken out.
func TestAStreamEndsWithItsPerson(t *testing.T) {
	w := newWorld(t)
	tenant, owner := w.tenant("Dupont")
	ben := w.person(tenant, "ben@dupont.example", central.Admin)
	ended := make(chan struct{})
	a := w.console.live
	leave, ok := a.enter(central.HashOf(ben.cookie.Value), func() { close(ended) })
	if !ok {
		t.Fatal("no stream")
	}
	defer leave()
	owner.want(204, "DELETE", "/api/people/u-ben@dupont.example", nil)
	select {
	case <-ended:
	default:
		t.Error("the stream goes on")
	}
}

// TestTheJournal: what people did is read back, newest first, page by page, and holds no secret.
func TestTheJournal(t *testing.T) {
	w := newWorld(t)
	tenant, owner := w.tenant("Dupont")
	site := read[SiteRow](owner, 201, "POST", "/api/sites", siteName{Name: "Lyon"}).ID
	read[ClaimView](owner, 200, "POST", "/api/sites/"+site+"/claim", struct{}{})
	owner.want(422, "POST", "/api/sites/"+site+"/revoke", struct{}{})
	code := read[PersonCode](owner, 201, "POST", "/api/people", Invitation{Email: "ben@dupont.example", Name: "Ben", Role: "auditor"})
	owner.want(422, "POST", "/api/people", Invitation{Email: "ben@dupont.example", Name: "Ben", Role: "auditor"})
	owner.want(200, "POST", "/api/people/"+code.Person.ID+"/code", struct{}{})
	owner.want(204, "DELETE", "/api/people/"+code.Person.ID, nil)
	owner.want(404, "DELETE", "/api/people/"+code.Person.ID, nil)
	var got []DeedView
	for before, pages := uint64(0), 0; ; pages++ {
		if pages > 10 {
			t.Fatal("it has no end")
		}
		page := read[deeds](owner, 200, "GET", "/api/journal?limit=3&before="+jsonNumber(before), nil)
		got = append(got, page.Deeds...)
		if !page.More {
			break
		}
		before = got[len(got)-1].N
	}
	var said []string
	for i, d := range got {
		if d.N != uint64(len(got)-i) || d.At == 0 || d.Who != "owner@dupont.example" || d.Address != "192.0.2.7" {
			t.Errorf("%+v", d)
		}
		said = append(said, d.What+" "+strings.ReplaceAll(d.Site, site, "SITE")+" "+d.Detail)
	}
	slices.Reverse(said)
	want := []string{
		"sign_in  ", "site.add  Lyon", "claim SITE ", "revoke SITE ", "revoke.refused SITE refused", "person.invite  ben@dupont.example", "person.invite  ben@dupont.example",
		"person.invite.refused  person.email", "person.code  ben@dupont.example", "person.remove  ben@dupont.example",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	text := owner.want(200, "GET", "/api/journal", nil)
	if strings.Contains(string(text), code.Code) {
		t.Error("the journal holds a code")
	}
	if n, _, err := w.db.People().CheckDeeds(t.Context(), tenant); err != nil || n != uint64(len(want)) {
		t.Error(n, err)
	}
	for _, bad := range []string{"?limit=0", "?limit=201", "?before=-1", "?before=x"} {
		if resp, _ := owner.ask(http.MethodGet, "/api/journal"+bad, nil); resp.StatusCode != 422 {
			t.Errorf("%s: %d", bad, resp.StatusCode)
		}
	}
	if end := read[deeds](owner, 200, "GET", "/api/journal?before=1", nil); len(end.Deeds) > 0 || end.More {
		t.Errorf("%+v", end)
	}
	owner.want(200, "GET", "/api/journal?before=18446744073709551615", nil)
}

func jsonNumber(n uint64) string {
	text, _ := json.Marshal(n)
	return string(text)
}

func TestWhichPasswordsAreRefused(t *testing.T) {
	for password, refused := range map[string]bool{
		"quatre chevaux": false, "onze signes": true, "aaaaaaaaaaaaaa": true, strings.Repeat("é", 14): true, "éééééééééééééa": false, "Claire@Example.org": true, strings.Repeat("ab", 600): true,
	} {
		if why := passwordProblem(password, "claire@example.org"); (why != "") != refused {
			t.Errorf("%.30q: %q, want a problem: %v", password, why, refused)
		}
	}
}
