//go:build interop

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
)

// signing is a trunk that signs on.
func signing(lines ...string) func(*branch.Branch) {
	return func(b *branch.Branch) {
		b.TrunkLines = append([]string{`register: "yes"`, `username: "lyon"`, `password: "correct horse battery"`}, lines...)
	}
}

const challenge = `Digest realm="carrier", nonce="%s", qop="auth", algorithm=MD5`

// registers challenges a REGISTER and accepts it with what it asks for, or for so many seconds.
func (p *peer) registers(granted int) *message {
	p.o.t.Helper()
	for {
		m := p.asked("REGISTER")
		if m.Header("Authorization") == "" {
			p.answer(m, 401, nil, "WWW-Authenticate: "+fmt.Sprintf(challenge, "n"+m.Header("CSeq")[:1]))
			continue
		}
		if !strings.Contains(m.Header("Authorization"), `username="lyon"`) {
			p.o.t.Fatalf("credentials %q", m.Header("Authorization"))
		}
		p.answer(m, 200, nil, fmt.Sprintf("Contact: <%s>;expires=%d", sipmsg.URI(m.Header("Contact")), granted))
		return m
	}
}

// line waits until the box takes its line for usable, or not.
func (o *office) line(up bool) facts {
	o.t.Helper()
	return o.until(fmt.Sprintf("the line up: %v", up), func(fs facts) bool {
		told := fs.of("trunk.reachable")
		return len(told) > 0 && told[len(told)-1].Field("reachable") == fmt.Sprint(up)
	})
}

// RFC 3261 §10, §22: a trunk signs on with a password, refreshes, takes calls and places them; its registrar dies and comes back.
func TestInteropRFC3261S10TrunkSignsOn(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 1, signing())
	p := o.peer()
	first := p.registers(12)
	if to := sipmsg.User(sipmsg.URI(first.Header("To"))); to != "lyon" {
		t.Errorf("registers %q", first.Header("To"))
	}
	o.line(true)
	began := time.Now()
	again := p.registers(12)
	if d := time.Since(began); d > 12*time.Second || again.Header("Call-ID") != first.Header("Call-ID") {
		t.Errorf("refreshed after %s, Call-ID %s then %s", d, first.Header("Call-ID"), again.Header("Call-ID"))
	}

	p.grants(12)
	d := o.desk("205")
	in := p.dial(ddi)
	l := d.answers()
	in.up()
	d.hears(l, 1230)
	in.hears("the phone", isTone(branch.Tone("205")))
	in.bye()

	out := d.dials("00145678901")
	m := p.asked("INVITE")
	p.answer(m, 407, nil, "Proxy-Authenticate: "+fmt.Sprintf(challenge, "call"))
	p.asked("ACK")
	m = p.asked("INVITE")
	if a := m.Header("Proxy-Authorization"); !strings.Contains(a, `username="lyon"`) || !strings.Contains(a, `nonce="call"`) || !strings.Contains(a, `uri="`+m.URI+`"`) {
		t.Errorf("credentials of the call: %q", a)
	}
	k := p.took(m)
	p.answer(m, 180, nil)
	k.pickUp()
	d.wants(out, ua.Answered)
	d.hears(out, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))
	k.bye()

	p.silent(true)
	dead := time.Now()
	fs := o.line(false)
	told := fs.of("trunk.reachable")
	t.Logf("down %s after the registrar died: %s", time.Since(dead).Round(time.Second), told[len(told)-1].Field("reason"))
	p.silent(false)
	o.line(true)
	o.rest()

	// A box that is switched off signs off (RFC 3261 §10.2.2).
	p.grants(0)
	go o.box.Close()
	m = p.wantWithin(10*time.Second, "REGISTER that takes the contact back", func(m *message) bool {
		return m.Method == "REGISTER" && (m.Header("Expires") == "0" || strings.Contains(m.Header("Contact"), "expires=0"))
	})
	p.answer(m, 200, nil)
	<-o.box.Ended()
}

// findings is what the doctor says.
func (o *office) findings() (all []struct{ Code, Gravity, About, Sentence, Remedy, Evidence string }) {
	o.t.Helper()
	a := o.box.Do(o.ctx, "doctor", "--json")
	if err := json.Unmarshal([]byte(a.Out), &all); err != nil {
		o.t.Fatalf("%v: %+v", err, a)
	}
	return all
}

// RFC 3261 §22.2: a registrar that refuses the password is a finding of the doctor, and the box does not try it again and again.
func TestInteropRFC3261S22_2WrongPasswordIsAFinding(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 2, signing())
	p := o.peer()
	p.answer(p.asked("REGISTER"), 401, nil, "WWW-Authenticate: "+fmt.Sprintf(challenge, "one"))
	p.answer(p.asked("REGISTER"), 401, nil, "WWW-Authenticate: "+fmt.Sprintf(challenge, "two"))
	o.line(false)
	found := false
	for _, f := range o.findings() {
		if f.About == "trunk lab" && f.Gravity == "trouble" {
			found = strings.Contains(f.Evidence, "password") && strings.Contains(f.Remedy, "password")
			t.Logf("%s: %s %s (%s)", f.Code, f.Sentence, f.Remedy, f.Evidence)
		}
	}
	if !found {
		t.Errorf("the doctor says %+v", o.findings())
	}
	p.none(5*time.Second, "the password is tried again", func(m *message) bool { return m.Method == "REGISTER" })
}

// RFC 6140 §5.2, §7.1: one registration for every number of the line; calls name the number in the Request-URI.
func TestInteropRFC6140S5_2BulkRegistration(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 3, signing("profile: generic-gin", "transport: udp"))
	p := o.peer()
	m := p.registers(600)
	contact := m.Header("Contact")
	if !strings.Contains(contact, ";bnc") || strings.Contains(sipmsg.URI(contact), "@") {
		t.Errorf("Contact %q", contact)
	}
	if !strings.Contains(m.Header("Require"), "gin") || !strings.Contains(m.Header("Proxy-Require"), "gin") || !strings.Contains(strings.Join(m.All("Supported"), ","), "path") {
		t.Errorf("Require %q, Proxy-Require %q, Supported %q", m.Header("Require"), m.Header("Proxy-Require"), m.Header("Supported"))
	}
	o.line(true)
	d := o.desk("205")
	k := p.begin(ddi, "+33612345678")
	host := strings.TrimPrefix(sipmsg.Host(sipmsg.URI(contact)), "@")
	k.target = fmt.Sprintf("sip:%s@%s", ddi, host) // RFC 6140 §7.1.1: the number before the contact's host, without bnc
	k.hers = "<sip:pool@carrier.invalid>"          // whatever To says
	k.send("INVITE", k.sdp("sendrecv"), "P-Asserted-Identity: <sip:+33612345678@carrier.invalid;user=phone>")
	l := d.answers()
	k.up()
	d.hears(l, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))
	k.bye()
	o.rest()
}
