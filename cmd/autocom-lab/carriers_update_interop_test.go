//go:build interop

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
)

// RFC 3262 §4, §5, RFC 3311 §5: a carrier's reliable 183 with sound is acknowledged and heard by the phone; an UPDATE moves that sound before the
// answer, and holds and takes back the call after it.
func TestInteropRFC3262S4ReliableEarlyMediaAndRFC3311S5Update(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 9, nil)
	p := o.peer()
	d := o.desk("205")
	out := d.dials("00145678901")
	m := p.asked("INVITE")
	if !strings.Contains(strings.Join(m.All("Supported"), ","), "100rel") || !strings.Contains(m.Header("Allow"), "UPDATE") || !strings.Contains(m.Header("Allow"), "PRACK") {
		t.Errorf("Supported %q, Allow %q", m.All("Supported"), m.Header("Allow"))
	}
	k := p.took(m)
	k.hear(m.Body)
	p.answer(m, 183, k.sdp(sdp.SendRecv), "Require: 100rel", "RSeq: 4711", "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK")
	prack := k.asked("PRACK")
	if n, _ := m.CSeq(); prack.Header("RAck") != fmt.Sprintf("4711 %d INVITE", n) {
		t.Errorf("RAck %q", prack.Header("RAck"))
	}
	p.answer(prack, 200, nil)
	d.hears(out, 1230)
	if out.Call.State() != ua.Proceeding {
		t.Error("early sound answered the phone's call")
	}

	// The carrier moves its early sound, as when an announcement hands over to ringing: UPDATE with an offer (RFC 3311 §5.2).
	moved := p.talk()
	k.flow, moved.flow = moved.flow, k.flow
	moved.flow.Sending(false)
	k.cseq = 100
	k.send("UPDATE", k.sdp(sdp.SendRecv))
	k.hear(k.said("UPDATE", 200).Body)
	<-time.After(200 * time.Millisecond)
	d.hears(out, 1230)

	// A second reliable response, without sound, and the answer.
	p.answer(m, 180, nil, "Require: 100rel", "RSeq: 4712")
	p.answer(k.asked("PRACK"), 200, nil)
	p.answer(m, 200, nil)
	k.asked("ACK")
	d.wants(out, ua.Answered)
	d.hears(out, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))

	// Hold by UPDATE in the call, and back.
	k.send("UPDATE", k.sdp(sdp.SendOnly))
	if s, err := sdp.Parse(k.said("UPDATE", 200).Body); err != nil || s.Direction != sdp.RecvOnly {
		t.Errorf("hold by UPDATE is answered %s: %v", s.Direction, err)
	}
	for {
		if s, err := out.Listen(o.ctx, 300*time.Millisecond); err != nil {
			t.Fatal("the phone hears no music: ", err)
		} else if isMusic(s) {
			break
		}
	}
	k.send("UPDATE", k.sdp(sdp.SendRecv))
	k.hear(k.said("UPDATE", 200).Body)
	d.hears(out, 1230)
	k.hears("the phone after the hold", isTone(branch.Tone("205")))

	// RFC 3311 §5.2: an UPDATE that cannot be taken changes nothing.
	k.send("UPDATE", []byte(strings.Replace(string(k.sdp(sdp.SendRecv)), "RTP/AVP 8", "RTP/AVP 18", 1)))
	k.said("UPDATE", 488)
	d.hears(out, 1230)
	k.bye()
	o.rest()
}

// RFC 3262 §3: a carrier that requires reliable responses of us gets them, one after the other, and unasked repeats until its PRACK.
func TestInteropRFC3262S3CarrierRequiresReliableResponses(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 10, nil)
	p := o.peer()
	d := o.desk("205")
	k := p.begin(ddi, "0612345678")
	k.send("INVITE", k.sdp(sdp.SendRecv), "Require: 100rel", "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE")
	l := d.rings()
	if err := l.Ring(false); err != nil {
		t.Fatal(err)
	}
	r := p.want("a reliable response", func(m *message) bool { return m.Header("RSeq") != "" && m.Header("Call-ID") == k.id })
	if r.Code != 180 && r.Code != 183 || !strings.Contains(strings.Join(r.All("Require"), ","), "100rel") {
		t.Errorf("%s requires %q", r, r.All("Require"))
	}
	k.hers, k.target = r.Header("To"), uriOf(r)
	k.send("PRACK", nil, "RAck: 999999 1 INVITE")
	k.said("PRACK", 481) // RFC 3262 §3: of no response of ours
	k.send("PRACK", nil, "RAck: "+r.Header("RSeq")+" 1 INVITE")
	k.said("PRACK", 200)
	if err := l.Answer(); err != nil {
		t.Fatal(err)
	}
	prackSeq := k.cseq
	k.cseq = 1
	r = k.said("INVITE", 200)
	body := r.Body
	k.ack(200, nil)
	k.cseq = prackSeq
	if len(body) > 0 {
		k.hear(body)
	}
	d.hears(l, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))
	k.bye()

	// Nobody acknowledges: RFC 3262 §3 has us give the call up.
	k = p.begin(ddi, "0612345678")
	k.send("INVITE", k.sdp(sdp.SendRecv), "Require: 100rel")
	l = d.rings()
	_ = l.Ring(false)
	p.want("a reliable response", func(m *message) bool { return m.Header("RSeq") != "" && m.Header("Call-ID") == k.id })
	k.hop("CANCEL")
	k.hers = k.said("INVITE", 487).Header("To")
	k.ack(487, nil)
	o.rest()
}

func uriOf(m *message) string { return sipmsg.URI(m.Header("Contact")) }

// RFC 4028 §7 to §10: session timers with the box and with the carrier as who refreshes, intervals that are too short, refreshes by UPDATE and by
// re-INVITE, and the end of a call of which nobody says any more that it is there. The shortest interval is 90 s: this takes a minute.
func TestInteropRFC4028SessionTimersOnBothSides(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 11, func(b *branch.Branch) { b.TrunkLines = []string{"settings: {session_expires: 90s}"} })
	p := o.peer()
	d := o.desk("205")
	const knows = "Supported: timer"
	called := func(headers ...string) (*talk, *message) {
		k := p.dial(ddi, headers...)
		d.answers()
		return k, k.up()
	}
	session := func(m *message) string { return strings.ReplaceAll(m.Header("Session-Expires"), " ", "") }

	// §8.1: too short.
	k := p.dial(ddi, knows, "Session-Expires: 60", "Min-SE: 60")
	if r := k.said("INVITE", 422); r.Header("Min-SE") != "90" {
		t.Errorf("Min-SE %q", r.Header("Min-SE"))
	}
	k.ack(422, nil)

	began := time.Now()
	silentCarrier, r := called(knows, "Session-Expires: 90;refresher=uac", "Allow: INVITE, ACK, BYE, UPDATE")
	if got := session(r); got != "90;refresher=uac" || !strings.Contains(r.Header("Require"), "timer") {
		t.Errorf("the carrier refreshes: Session-Expires %q, Require %q", got, r.Header("Require"))
	}
	goodCarrier, _ := called(knows, "Session-Expires: 90;refresher=uac", "Allow: INVITE, ACK, BYE, UPDATE")
	byUpdate, r := called(knows, "Session-Expires: 90;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE")
	if got := session(r); got != "90;refresher=uas" {
		t.Errorf("the box refreshes: Session-Expires %q", got)
	}
	byInvite, _ := called(knows, "Session-Expires: 90;refresher=uas", "Allow: INVITE, ACK, BYE")

	// §7.4, outgoing: what we ask for is too short for the carrier: we ask again for what it says.
	out := d.dials("00145678901")
	m := p.asked("INVITE")
	if got := session(m); got != "90" || !strings.Contains(strings.Join(m.All("Supported"), ","), "timer") {
		t.Errorf("asks for %q, Supported %q", got, m.All("Supported"))
	}
	p.answer(m, 422, nil, "Min-SE: 120")
	m = p.asked("INVITE")
	if got := session(m); got != "120" || m.Header("Min-SE") != "120" {
		t.Errorf("after the 422 asks for %q, Min-SE %q", got, m.Header("Min-SE"))
	}
	k = p.took(m)
	k.pickUp("Session-Expires: 120;refresher=uas", "Require: timer")
	d.wants(out, ua.Answered)
	k.bye()

	// Outgoing, the box refreshes, and nobody answers.
	out = d.dials("00145678901")
	deaf := p.took(p.asked("INVITE"))
	deaf.pickUp("Session-Expires: 90;refresher=uac", "Require: timer", "Allow: INVITE, ACK, BYE, UPDATE")
	d.wants(out, ua.Answered)

	<-time.After(time.Until(began.Add(30 * time.Second)))
	goodCarrier.send("UPDATE", nil, knows, "Session-Expires: 90;refresher=uac")
	if got := session(goodCarrier.said("UPDATE", 200)); got != "90;refresher=uac" {
		t.Errorf("a refresh is answered %q", got)
	}
	u := byUpdate.asked("UPDATE")
	if d := u.when.Sub(began); d < 40*time.Second || d > 50*time.Second || len(u.Body) > 0 || session(u) != "90;refresher=uac" {
		t.Errorf("refreshed after %s by UPDATE with %q and %d bytes", d, session(u), len(u.Body))
	}
	p.answer(u, 200, nil, "Session-Expires: 90;refresher=uac", "Require: timer")
	u = byInvite.asked("INVITE")
	if session(u) != "90;refresher=uac" || len(u.Body) == 0 {
		t.Errorf("refreshed by re-INVITE with %q", session(u))
	}
	p.answer(u, 200, byInvite.sdp(sdp.SendRecv), "Session-Expires: 90;refresher=uac", "Require: timer")
	byInvite.asked("ACK")
	deaf.asked("UPDATE")

	bye := silentCarrier.left()
	if d := bye.when.Sub(began); d < 55*time.Second || d > 65*time.Second || !strings.Contains(bye.Header("Reason"), "408") {
		t.Errorf("a call that the carrier never refreshes is ended after %s: Reason %q", d, bye.Header("Reason"))
	}
	deaf.left()
	goodCarrier.hears("the phone still", isTone(branch.Tone("205")))
	for _, k := range []*talk{goodCarrier, byUpdate, byInvite} {
		k.bye()
	}
	fs := o.rest()
	for _, e := range fs.of("call.ended") {
		t.Logf("%s", e.Body)
	}
}
