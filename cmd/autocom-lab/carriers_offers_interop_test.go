//go:build interop

package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
)

// RFC 3261 §13.2.1, RFC 3264 §5: an INVITE and a re-INVITE without a description: the box offers in its 200 and takes the answer of the ACK.
func TestInteropRFC3261S13_2_1DelayedOffer(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 5, nil)
	p := o.peer()
	d := o.desk("205")
	k := p.begin(ddi, "0612345678")
	k.send("INVITE", nil)
	l := d.answers()
	r := k.said("INVITE", 200)
	if s, err := sdp.Parse(r.Body); err != nil || s.Direction != sdp.SendRecv {
		t.Fatalf("the 200 offers %q: %v", r.Body, err)
	}
	k.hear(r.Body)
	k.send("ACK", k.sdp(sdp.SendRecv))
	d.hears(l, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))

	k.send("INVITE", nil) // of a carrier that asks anew what the box can do
	r = k.said("INVITE", 200)
	k.hear(r.Body)
	k.send("ACK", k.sdp(sdp.SendRecv))
	d.hears(l, 1230)
	k.hears("the phone after the re-INVITE", isTone(branch.Tone("205")))
	k.bye()

	// Out: the carrier asks for an offer by a re-INVITE in a call of ours.
	out := d.dials("00145678901")
	k = p.took(p.asked("INVITE"))
	k.pickUp()
	d.wants(out, ua.Answered)
	k.send("INVITE", nil)
	k.hear(k.said("INVITE", 200).Body)
	k.send("ACK", k.sdp(sdp.SendRecv))
	d.hears(out, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))

	// RFC 3264: an ACK without the answer that is owed ends the call instead of leaving it mute.
	k.send("INVITE", nil)
	k.said("INVITE", 200)
	k.send("ACK", nil)
	k.left()
	o.rest()
}

// holds is each way to put a call on hold: what the carrier offers, and what the box owes.
var holds = []struct {
	name   string
	offer  func(k *talk) []byte
	answer sdp.Direction
}{
	{"sendonly", func(k *talk) []byte { return k.sdp(sdp.SendOnly) }, sdp.RecvOnly},
	{"recvonly", func(k *talk) []byte { return k.sdp(sdp.RecvOnly) }, sdp.SendOnly},
	{"inactive", func(k *talk) []byte { return k.sdp(sdp.Inactive) }, sdp.Inactive},
	{"address 0.0.0.0", func(k *talk) []byte { return nowhere(k, sdp.SendRecv) }, sdp.RecvOnly},
	{"address 0.0.0.0, sendonly", func(k *talk) []byte { return nowhere(k, sdp.SendOnly) }, sdp.RecvOnly},
	{"address 0.0.0.0, inactive", func(k *talk) []byte { return nowhere(k, sdp.Inactive) }, sdp.Inactive},
}

// nowhere is hold as of RFC 2543.
func nowhere(k *talk, d sdp.Direction) []byte {
	return []byte(strings.Replace(string(k.sdp(d)), "c=IN IP4 "+k.flow.Addr().Addr().String(), "c=IN IP4 0.0.0.0", 1))
}

// RFC 3264 §8.4: hold in every direction by the carrier, and back; the answer says the other half of each direction, and sound follows it.
func TestInteropRFC3264S8_4HoldInEveryDirection(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 6, nil)
	p := o.peer()
	d := o.desk("205")
	k := p.dial(ddi)
	l := d.answers()
	k.up()
	d.hears(l, 1230)
	for _, h := range holds {
		k.send("INVITE", h.offer(k))
		r := k.said("INVITE", 200)
		s, err := sdp.Parse(r.Body)
		if err != nil || h.answer != "" && s.Direction != h.answer {
			t.Errorf("%s is answered %s: %v", h.name, s.Direction, err)
		}
		k.ack(200, nil)
		k.flow.Sending(h.answer == sdp.RecvOnly) // as a carrier with music does
		heard := false
		for range 10 {
			if e, err := l.Listen(o.ctx, 300*time.Millisecond); err != nil {
				t.Fatal(err)
			} else if heard = isMusic(e); heard {
				break
			}
		}
		if !heard {
			t.Errorf("%s: the phone hears no music", h.name)
		}
		if h.answer != sdp.SendOnly {
			k.silence(300 * time.Millisecond)
		}
		k.send("INVITE", k.sdp(sdp.SendRecv))
		r = k.said("INVITE", 200)
		if s := k.hear(r.Body); s.Direction != sdp.SendRecv {
			t.Errorf("back from %s: %s", h.name, s.Direction)
		}
		k.ack(200, nil)
		d.hears(l, 1230)
		k.hears("the phone after "+h.name, isTone(branch.Tone("205")))
	}

	// RFC 3264 §6, RFC 3261 §14.2: port 0 leaves no sound to talk by: 488, and the call goes on as it was.
	k.send("INVITE", []byte(strings.Replace(string(k.sdp(sdp.SendRecv)), "m=audio "+portOf(k), "m=audio 0", 1)))
	k.said("INVITE", 488)
	k.hop("ACK")
	d.hears(l, 1230)
	k.hears("the phone after the 488", isTone(branch.Tone("205")))

	// The phone holds, in every way: the carrier's end hears music and is asked nothing it need not know; and back.
	where, version := l.Flow.Addr(), uint64(100)
	for _, h := range []struct {
		name string
		d    sdp.Direction
		to   netip.Addr
	}{
		{"sendonly", sdp.SendOnly, where.Addr()},
		{"inactive", sdp.Inactive, where.Addr()},
		{"recvonly", sdp.RecvOnly, where.Addr()},
		{"address 0.0.0.0", sdp.SendRecv, netip.IPv4Unspecified()},
	} {
		version++
		offer := sdp.Session{Addr: netip.AddrPortFrom(h.to, where.Port()), Codecs: []uint8{8}, Event: 101, Direction: h.d, Version: version}
		if err := l.Call.Reinvite(offer.Bytes()); err != nil {
			t.Fatal(err)
		}
		d.wants(l, ua.Agreed)
		k.hears("music while the phone holds by "+h.name, isMusic)
		version++
		offer.Addr, offer.Direction, offer.Version = where, sdp.SendRecv, version
		if err := l.Call.Reinvite(offer.Bytes()); err != nil {
			t.Fatal(err)
		}
		d.wants(l, ua.Agreed)
		d.hears(l, 1230)
		l.Flow.Sending(true)
		k.hears("the phone after "+h.name, isTone(branch.Tone("205")))
	}
	k.bye()
	o.rest()
}

func portOf(k *talk) string {
	_, port, _ := strings.Cut(k.flow.Addr().String(), ":")
	return port
}

// RFC 3261 §14.2, RFC 5407 §3.1.4: a second re-INVITE before the first is over is turned away, and the call goes on as the first one says.
func TestInteropRFC3261S14_2SecondChangeTooEarly(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 7, nil)
	p := o.peer()
	d := o.desk("205")
	k := p.dial(ddi)
	d.answers()
	k.up()
	k.send("INVITE", k.sdp(sdp.SendOnly))
	k.send("INVITE", k.sdp(sdp.SendRecv)) // before the first is answered
	for range 2 {
		r := p.want("an answer", func(m *message) bool {
			return m.Header("Call-ID") == k.id && m.Code >= 200 && strings.HasSuffix(m.Header("CSeq"), "INVITE")
		})
		n, _ := r.CSeq()
		if n == 2 && r.Code != 200 || n == 3 && r.Code != 491 && r.Code != 500 {
			t.Errorf("change %d is answered %s", n-1, r)
		}
		keep := k.cseq
		k.cseq = int(n)
		if r.Code == 200 {
			k.ack(200, nil)
		} else {
			k.invite.Set("CSeq", r.Header("CSeq"))
			k.hop("ACK")
		}
		k.cseq = keep
	}
	k.bye()
	o.rest()
}

// RFC 3325 §9, RFC 3323 §4.2, RFC 5806: who calls, on the wire, both ways.
func TestInteropRFC3325IdentityOnTheWire(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 8, func(b *branch.Branch) {
		b.TrunkLines = []string{"identity: pai", "settings: {assert: pai, privacy: id, diverted: diversion}", `allowed: ["+33472000205"]`}
	})
	p := o.peer()
	d := o.desk("205")

	// Out: the number of the line is shown and asserted.
	out := d.dials("00145678901")
	m := p.asked("INVITE")
	if n := sipmsg.User(sipmsg.URI(m.Header("From"))); n != "+33472000000" {
		t.Errorf("From %q", m.Header("From"))
	}
	if n := sipmsg.User(sipmsg.URI(m.Header("P-Asserted-Identity"))); n != "+33472000000" {
		t.Errorf("P-Asserted-Identity %q", m.Header("P-Asserted-Identity"))
	}
	if m.Header("Privacy") != "" && m.Header("Privacy") != "none" {
		t.Errorf("Privacy %q", m.Header("Privacy"))
	}
	if u := sipmsg.User(m.URI); u != "+33145678901" {
		t.Errorf("asks for %s", m.URI)
	}
	for _, h := range []string{"205", "127.0.0.13", "Poste"} { // nothing of the inside
		if strings.Contains(string(m.Append(nil)), h) {
			t.Errorf("the carrier is shown %q:\n%s", h, m.Append(nil))
		}
	}
	p.answer(m, 486, nil)
	p.asked("ACK")
	d.wants(out, ua.Refused)

	// In: the number comes from P-Asserted-Identity, whatever From says, and a hidden one is not shown to the phone.
	k := p.begin(ddi, "0699999999")
	k.send("INVITE", k.sdp(sdp.SendRecv), "P-Asserted-Identity: <sip:+33612345678@carrier.invalid>", "Diversion: <sip:+33478000000@carrier.invalid>;reason=unconditional")
	l := d.answers()
	if c := l.Call.Caller(); c != "+33612345678" && c != "0612345678" {
		t.Errorf("the phone is shown %q", c)
	}
	k.up()
	k.bye()
	<-l.Call.Done()
	k = p.begin(ddi, "anonymous")
	k.send("INVITE", k.sdp(sdp.SendRecv), "P-Asserted-Identity: <sip:+33612345678@carrier.invalid>", "Privacy: id")
	l = d.answers()
	if text := string(l.Call.Invite().Append(nil)); strings.Contains(text, "612345678") {
		t.Errorf("the phone is shown a number that was withheld:\n%s", text)
	}
	k.up()
	k.bye()
	<-l.Call.Done()

	// Out again by a transfer: the caller's number is not ours to show; ours is, and Diversion says through whom it came (RFC 5806).
	in := p.dial(ddi, "P-Asserted-Identity: <sip:+33612345678@carrier.invalid>")
	l = d.answers()
	in.up()
	d.wants(l, ua.Answered) // the box has acknowledged
	if err := l.Call.Refer("00145678901", nil); err != nil {
		t.Fatal(err)
	}
	m = p.asked("INVITE")
	if n := sipmsg.User(sipmsg.URI(m.Header("P-Asserted-Identity"))); n != "+33472000000" && n != ddi {
		t.Errorf("a transferred call asserts %q", m.Header("P-Asserted-Identity"))
	}
	if d := m.Header("Diversion"); !strings.Contains(d, "+33472000") {
		t.Errorf("a transferred call says it came through %q", d)
	}
	if strings.Contains(string(m.Append(nil)), "612345678") {
		t.Errorf("the caller's number, which is not ours, is shown:\n%s", m.Append(nil))
	}
	k = p.took(m)
	k.pickUp()
	k.hears("the caller, by a transfer", isTone(1230))
	in.bye()
	k.left()
	o.rest()
}
