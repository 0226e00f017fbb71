package localapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"autocom/appliance/httpapi/identity"
)

var noEnd time.Time

func TestAPersonSignsInAndOut(t *testing.T) {
	w := open(t)
	w.as("ana") // has chosen a password
	v := w.visitor()
	v.wants("GET", "session", nil, http.StatusUnauthorized, "session.none")
	a := v.ask("POST", "session", map[string]string{"id": "ana", "password": phrase})
	if a.code != http.StatusOK || a.cookie == nil {
		t.Fatalf("%d %s", a.code, a.text)
	}
	if c := a.cookie; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
		t.Errorf("the cookie is %+v", c)
	}
	v.cookie = a.cookie
	var me Me
	v.ask("GET", "session", nil).into(t, &me)
	if me.ID != "ana" || !me.Agent || me.Administrator || me.Guest {
		t.Errorf("%+v", me)
	}
	out := v.ask("DELETE", "session", nil)
	if out.code != http.StatusNoContent || out.cookie == nil || out.cookie.MaxAge >= 0 {
		t.Errorf("signed out: %d, cookie %+v", out.code, out.cookie)
	}
	v.wants("GET", "session", nil, http.StatusUnauthorized, "session.none") // the old token is worth nothing
	if !w.did(SignedIn, "agent:ana", "") || !w.did(SignedOut, "agent:ana", "") || !w.did(PasswordChosen, "ana", "") {
		t.Errorf("%+v", w.deeds)
	}
}

func TestOverTLSTheCookieIsHeldToThisHost(t *testing.T) {
	a := &api{Parts: Parts{Secure: true}}
	if c := a.cookie("x"); c.Name != "__Host-autocom" || !c.Secure || c.Path != "/" || c.Domain != "" {
		t.Errorf("%+v", c)
	}
}

// Whatever a browser showed before, it gets a token of its own (session fixation).
func TestSigningInTakesNoTokenFromTheBrowser(t *testing.T) {
	w := open(t)
	w.as("ana")
	v := w.visitor()
	v.cookie = &http.Cookie{Name: "autocom", Value: "chosen-by-somebody-else"}
	a := v.ask("POST", "session", map[string]string{"id": "ana", "password": phrase})
	if a.cookie == nil || a.cookie.Value == v.cookie.Value || len(a.cookie.Value) < 20 {
		t.Fatalf("%d %+v", a.code, a.cookie)
	}
	v.wants("GET", "session", nil, http.StatusUnauthorized, "session.none")
}

func TestWrongPasswordsAndUnknownPeopleAreToldTheSame(t *testing.T) {
	w := open(t)
	w.as("ana")
	if _, _, err := w.book.Invite("gone", "test"); err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for _, id := range []string{"ana", "eve", "gone", ""} {
		a := w.visitor().ask("POST", "session", map[string]string{"id": id, "password": "not the password"})
		if a.code != http.StatusUnauthorized {
			t.Errorf("%q: %d", id, a.code)
		}
		texts[a.text] = true
	}
	if len(texts) != 1 {
		t.Errorf("who is there can be told from the answers: %v", texts)
	}
	if !w.did(SignInRefused, "eve", "") {
		t.Errorf("%+v", w.deeds)
	}
}

func TestWhoGuessesIsToldToWait(t *testing.T) {
	w := open(t)
	w.as("ana")
	var a answer
	for range 7 {
		a = w.visitor().ask("POST", "session", map[string]string{"id": "ana", "password": "not the password"})
	}
	if a.code != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", a.code, a.header)
	}
	a = w.visitor().ask("POST", "session", map[string]string{"id": "ana", "password": phrase})
	if a.code != http.StatusTooManyRequests {
		t.Errorf("the right password does not get around the wait: %d", a.code)
	}
}

func TestWhoTheDocumentNamesNoLongerIsOut(t *testing.T) {
	w := open(t)
	v := w.as("ana")
	w.box.mu.Lock()
	w.box.people = w.box.people[1:]
	w.box.mu.Unlock()
	v.wants("GET", "session", nil, http.StatusUnauthorized, "session.none")
	v.wants("GET", "agents", nil, http.StatusUnauthorized, "session.none")
	w.visitor().wants("POST", "session", map[string]string{"id": "ana", "password": phrase}, http.StatusUnauthorized, "sign_in.wrong")
}

func TestACodeOfTheSerialConsoleLetsAnAdministratorIn(t *testing.T) {
	w := open(t)
	v := w.visitor()
	v.wants("POST", "session/code", map[string]string{"code": "0000-0000"}, http.StatusUnauthorized, "code.invalid")
	a := v.ask("POST", "session/code", map[string]string{"code": "AAAA-AAAA"})
	if a.code != http.StatusOK {
		t.Fatalf("%d %s", a.code, a.text)
	}
	v.cookie = a.cookie
	var me Me
	v.ask("GET", "session", nil).into(t, &me)
	if !me.Guest || !me.Administrator || me.ID != "" {
		t.Errorf("%+v", me)
	}
	if a := v.ask("POST", "people/claire/invitation", nil); a.code != http.StatusOK {
		t.Errorf("the first administrator is not invited: %d %s", a.code, a.text)
	}
	v.wants("PUT", "password", map[string]string{"old": "", "new": phrase}, http.StatusForbidden, "right.missing")
	if !w.did(SignedIn, "guest:uid:0", "") || !w.did(PersonInvited, "guest:uid:0", "claire") {
		t.Errorf("%+v", w.deeds)
	}
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	w := open(t)
	v := w.as("ana")
	elsewhere := w.visitor()
	elsewhere.cookie = elsewhere.ask("POST", "session", map[string]string{"id": "ana", "password": phrase}).cookie
	v.wants("PUT", "password", map[string]string{"old": "x", "new": "cinq chevaux bleus"}, http.StatusUnauthorized, "sign_in.wrong")
	v.wants("PUT", "password", map[string]string{"old": phrase, "new": "court"}, http.StatusUnprocessableEntity, "password.short")
	v.wants("PUT", "password", map[string]string{"old": phrase, "new": "cinq chevaux bleus"}, http.StatusNoContent, "")
	v.wants("GET", "session", nil, http.StatusOK, "")
	elsewhere.wants("GET", "session", nil, http.StatusUnauthorized, "session.none")
	if !w.did(PasswordChanged, "agent:ana", "") {
		t.Errorf("%+v", w.deeds)
	}
}

func TestForgottenPeopleAreSignedOut(t *testing.T) {
	w := open(t)
	v, claire := w.as("ana"), w.as("claire")
	claire.wants("DELETE", "people/ana/password", nil, http.StatusNoContent, "")
	v.wants("GET", "session", nil, http.StatusUnauthorized, "session.none")
	w.visitor().wants("POST", "session", map[string]string{"id": "ana", "password": phrase}, http.StatusUnauthorized, "sign_in.wrong")
}

func TestAnotherSitesPageCannotActForWhoIsSignedIn(t *testing.T) {
	w := open(t)
	v := w.as("ana")
	v.header.Set("Sec-Fetch-Site", "cross-site")
	v.wants("POST", "commands", map[string]any{"command": "call.hold"}, http.StatusForbidden, "origin")
	v.header.Set("Sec-Fetch-Site", "same-site") // another port of the same name is another site's too
	v.wants("POST", "commands", map[string]any{"command": "call.hold"}, http.StatusForbidden, "origin")
	v.header.Del("Sec-Fetch-Site")
	v.header.Set("Origin", "https://evil.example")
	v.wants("DELETE", "session", nil, http.StatusForbidden, "origin")
	v.header.Del("Origin")
	v.header.Set("Content-Type", "text/plain") // what a form can send without asking first
	v.wants("POST", "commands", `{"command":"call.hold"}`, http.StatusUnsupportedMediaType, "media_type")
	if len(w.box.orders) != 0 {
		t.Errorf("%+v was done", w.box.orders)
	}
}

func TestWhatIsTooMuchOrUnreadableIsSaidWithoutRepeatingIt(t *testing.T) {
	w := open(t)
	v := w.visitor()
	a := v.ask("POST", "session", `{"id":"ana","password":["`+phrase+`"]}`)
	if a.code != http.StatusUnprocessableEntity || strings.Contains(a.text, phrase) || !strings.Contains(a.text, "body.password") {
		t.Errorf("%d %s", a.code, a.text)
	}
	v.wants("POST", "session", `{"id":"ana","password":"`+strings.Repeat("x", bodyMost)+`"}`, http.StatusRequestEntityTooLarge, "large")
	v.wants("POST", "session", `{`, http.StatusBadRequest, "malformed")
	v.wants("GET", "nothing/here", nil, http.StatusNotFound, "not_found")
}

func TestProblemsSpeakTheLanguageOfWhoAsks(t *testing.T) {
	w := open(t)
	v := w.visitor()
	for language, want := range map[string]string{"fr": "Vous n’êtes pas connecté", "en": "You are not signed in"} {
		v.header.Set("Accept-Language", language)
		if a := v.ask("GET", "session", nil); !strings.Contains(a.text, want) {
			t.Errorf("%s: %s", language, a.text)
		}
	}
}

func TestKeysAreMadeUsedAndWithdrawn(t *testing.T) {
	w := open(t)
	claire := w.as("claire")
	claire.wants("POST", "keys", map[string]any{"name": "CRM", "scopes": []string{"root"}}, http.StatusUnprocessableEntity, "key.refused")
	var made NewKey
	claire.ask("POST", "keys", map[string]any{"name": "CRM", "scopes": []identity.Scope{identity.ReadState}}).into(t, &made)
	v := w.visitor()
	v.header.Set("Authorization", "Bearer "+made.Token)
	v.wants("GET", "agents", nil, http.StatusOK, "")
	v.wants("POST", "commands", map[string]any{"command": "call.hold"}, http.StatusForbidden, "right.missing")
	v.wants("GET", "people", nil, http.StatusForbidden, "right.missing")
	v.wants("GET", "session", nil, http.StatusForbidden, "right.missing")
	if list := claire.ask("GET", "keys", nil); strings.Contains(list.text, made.Token) || !strings.Contains(list.text, `"CRM"`) {
		t.Errorf("the list: %s", list.text)
	}
	claire.wants("DELETE", "keys/"+made.ID, nil, http.StatusNoContent, "")
	claire.wants("DELETE", "keys/"+made.ID, nil, http.StatusNotFound, "key.unknown")
	v.wants("GET", "agents", nil, http.StatusUnauthorized, "key.invalid")
	if !w.did(KeyMade, "administrator:claire", made.ID) || !w.did(KeyWithdrawn, "administrator:claire", made.ID) {
		t.Errorf("%+v", w.deeds)
	}
}
