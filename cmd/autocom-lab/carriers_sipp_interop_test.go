//go:build interop

package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/ua"
)

// sipp begins a scenario at the carrier's address.
func (o *office) sipp(tcp bool, steps ...string) *peers.Child {
	o.t.Helper()
	text := `<?xml version="1.0" encoding="ISO-8859-1" ?><!DOCTYPE scenario SYSTEM "sipp.dtd"><scenario name="carrier">` + strings.Join(steps, "\n") + `</scenario>`
	s, err := peers.Play(o.t.TempDir(), peers.Scenario{Text: text, Listen: o.Carrier, Box: o.SIP, TCP: tcp, To: ddi})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		s.Stop()
		if o.t.Failed() {
			o.t.Log("SIPp said:\n" + s.Said())
		}
	})
	return s
}

// listens waits until the carrier's address is taken.
func (o *office) listens(network string) {
	o.t.Helper()
	for {
		var err error
		if network == "tcp" {
			var l net.Listener
			if l, err = net.Listen(network, o.Carrier.String()); err == nil {
				_ = l.Close()
			}
		} else {
			var c net.PacketConn
			if c, err = net.ListenPacket(network, o.Carrier.String()); err == nil {
				_ = c.Close()
			}
		}
		if err != nil {
			return
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatal("SIPp never listens")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// content wants a scenario to have gone as it is written.
func (o *office) content(s *peers.Child) {
	o.t.Helper()
	if err := s.Wait(o.ctx); err != nil {
		o.t.Fatalf("SIPp is not content: %v\n%s", err, s.Said())
	}
}

// The steps of SIPp's scenarios. In a request, %[1]s is the method and the tag of To belongs to what came before.
const (
	theirSDP = `v=0
o=sipp 1 1 IN IP[media_ip_type] [media_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio 40000 RTP/AVP 8
a=rtpmap:8 PCMA/8000
`
	invites = `<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:0612345678@[local_ip]>;tag=[pid]S[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:carrier@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
%sContent-Type: application/sdp
Content-Length: [len]

` + theirSDP + `]]></send>`
	acks = `<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:0612345678@[local_ip]>;tag=[pid]S[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>`
	byes = `<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:0612345678@[local_ip]>;tag=[pid]S[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 9 BYE
Max-Forwards: 70
Content-Length: 0
]]></send><recv response="200"/>`
	// cancels the INVITE that was sent so many messages ago.
	cancels = `<send retrans="500"><![CDATA[
CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-%d]
From: <sip:0612345678@[local_ip]>;tag=[pid]S[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0
]]></send>`
	// says answers the message before with a code and more headers.
	says = `<send%[3]s><![CDATA[
SIP/2.0 %[1]d As the scenario says
[last_Via:]
[last_From:]
[last_To:];tag=[pid]SIPp[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:carrier@[local_ip]:[local_port];transport=[transport]>
%[2]s]]></send>`
	bare     = "Content-Length: 0\n"
	withBody = "Content-Type: application/sdp\nContent-Length: [len]\n\n" + theirSDP
	// ends answers a request in the dialog, whose To has its tag.
	ends = `<recv request="BYE"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>`
)

func provisional(code int) string { return fmt.Sprintf(says, code, bare, "") }

// RFC 3261 §18, by SIPp: calls in and out by TCP over one connection.
func TestInteropRFC3261S18TCPWithSIPp(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 12, func(b *branch.Branch) {
		b.TrunkLines = []string{"transport: tcp", "profile: twilio"} // which asks no OPTIONS that SIPp would take for a call
	})
	d := o.desk("205")
	s := o.sipp(true, fmt.Sprintf(invites, ""), `<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200" rrs="true"/>`,
		acks, `<pause milliseconds="300"/>`, byes)
	l := d.answers()
	o.content(s)
	<-l.Call.Done()

	s = o.sipp(true, `<recv request="INVITE"/>`, provisional(180), fmt.Sprintf(says, 200, withBody, ` retrans="500"`), `<recv request="ACK"/>`, ends)
	o.listens("tcp")
	out := d.dials("00145678901")
	d.wants(out, ua.Answered)
	out.Call.HangUp()
	o.content(s)
	o.rest()
}

// RFC 3261 §9, by SIPp: CANCEL sent when the 200 is already there, and a 200 sent when the CANCEL is already there.
func TestInteropRFC3261S9CancelRacesWithSIPp(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 13, func(b *branch.Branch) { b.TrunkLines = []string{"profile: twilio"} })
	d := o.desk("205")
	s := o.sipp(false, fmt.Sprintf(invites, ""), `<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200" rrs="true"/>`,
		fmt.Sprintf(cancels, 4), `<recv response="200"/>`, acks, byes)
	l := d.answers()
	o.content(s)
	<-l.Call.Done()

	s = o.sipp(false, strings.Replace(fmt.Sprintf(invites, ""), ` retrans="500"`, "", 1), fmt.Sprintf(cancels, 1),
		`<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200" optional="true"/><recv response="487"/>`,
		strings.ReplaceAll(strings.ReplaceAll(acks, "[branch]", "[branch-6]"), "[next_url]", "sip:[service]@[remote_ip]:[remote_port]"), `<pause milliseconds="200"/>`)
	o.content(s)

	answer := strings.NewReplacer("[last_Via:]", "Via: [$via]", "[last_CSeq:]", "CSeq: [$cseq]").Replace(fmt.Sprintf(says, 200, withBody, ` retrans="500"`))
	s = o.sipp(false, `<recv request="INVITE"><action><ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/><ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/></action></recv>`,
		provisional(180), `<recv request="CANCEL"/>`, provisional(200), answer, `<recv request="ACK"/>`, ends)
	o.listens("udp")
	out := d.dials("00145678901")
	d.wants(out, ua.Progress)
	for e := (ua.Event{}); e.Code != 180; {
		e = d.wants(out, ua.Progress)
	}
	out.Call.HangUp()
	o.content(s)
	o.rest()
}

// RFC 3261 §19.1.1, RFC 4566 §5.7: a trunk and a phone by IPv6, with sound both ways, and SIPp by IPv6.
func TestInteropIPv6TrunkAndPhone(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 14, func(b *branch.Branch) {
		b.SIP, b.Carrier = free(t, "::1"), free(t, "::1")
		b.RTPFirst, b.RTPLast = 17000, 17199
	})
	d := o.desk("205")
	s := o.sipp(false, fmt.Sprintf(invites, ""), `<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200" rrs="true"/>`,
		acks, `<pause milliseconds="200"/>`, byes)
	l := d.answers()
	o.content(s)
	<-l.Call.Done()

	p := o.peer()
	k := p.dial(ddi)
	l = d.answers()
	if r := k.up(); !strings.Contains(string(r.Body), "IN IP6 ::1") {
		t.Errorf("the box describes itself by %q", r.Body)
	}
	d.hears(l, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))
	k.bye()
	o.until("the ends", func(fs facts) bool { return len(fs.of("call.ended")) == 2 })

	// Out. This machine has one address of IPv6: a box that took calls of the carrier from there would take the phone for it.
	at := free(t, "::1")
	o = lineOffice(t, 14, func(b *branch.Branch) {
		b.SIP, b.Carrier, b.Address, b.Inside = free(t, "::1"), netip.MustParseAddrPort("[2001:db8::1]:5060"), at.String(), `"::1/128"`
		b.RTPFirst, b.RTPLast = 17200, 17399
	})
	p = o.peerAt(at)
	d = o.desk("205")
	out := d.dials("00145678901")
	k = p.took(p.asked("INVITE"))
	if !strings.Contains(k.target, "@[::1]:") {
		t.Errorf("the box calls itself %s", k.target)
	}
	k.pickUp()
	d.wants(out, ua.Answered)
	d.hears(out, 1230)
	k.hears("the phone", isTone(branch.Tone("205")))
	out.Call.HangUp()
	k.left()
}

// RFC 3261 §18, RFC 5923 §4: calls in both directions, and what follows in them, share the connection that stands; when it broke, the next
// request opens another. RFC 3261 §18.1.1: what is too large for a datagram goes by TCP where the carrier's trunk says so.
func TestInteropRFC3261S18ConnectionsAreReused(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 15, func(b *branch.Branch) { b.TrunkLines = []string{"transport: tcp"} })
	p := o.peer()
	d := o.desk("205")
	out := d.dials("00145678901")
	k := p.took(p.asked("INVITE"))
	if k.by == nil {
		t.Fatal("called by UDP")
	}
	first := k.by
	k.pickUp()
	d.wants(out, ua.Answered)
	d.hears(out, 1230)

	// A call in over the same connection, while the first is up.
	in := p.begin(ddi, "0612345678")
	in.by = first
	in.send("INVITE", in.sdp("sendrecv"))
	l := d.answers()
	in.up()
	d.hears(l, 1230)
	out.Call.HangUp()
	if m := k.left(); m.by != first {
		t.Errorf("the BYE came by another connection: from %s, not %s: %s", m.from, first.RemoteAddr(), m.Append(nil))
	}
	l.Call.HangUp()
	if m := in.left(); m.by != first {
		t.Errorf("the BYE of the call in came by another connection: from %s, not %s", m.from, first.RemoteAddr())
	}
	second := d.dials("00145678902")
	k = p.took(p.asked("INVITE"))
	if k.by != first {
		t.Error("the next call came by another connection")
	}
	k.pickUp()
	d.wants(second, ua.Answered)

	// The connection breaks during the call: the call goes on, and its end finds another way.
	_ = first.Close()
	<-time.After(200 * time.Millisecond)
	d.hears(second, 1230)
	second.Call.HangUp()
	if m := k.left(); m.by == first {
		t.Error("a BYE by a broken connection")
	}
	o.rest()
}

// RFC 3261 §18.1.1: what may not fit a datagram goes by TCP where the trunk says so, and what comes in fragments is taken.
func TestInteropRFC3261S18_1_1LargeRequests(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("branch0office0", 40)
	o := lineOffice(t, 16, func(b *branch.Branch) {
		b.TrunkLines = []string{"transport: udp", "settings: {large: tcp, from: account}", "username: " + long, "password: secret"}
	})
	p := o.peer()
	d := o.desk("205")
	out := d.dials("00145678901")
	m := p.asked("INVITE")
	size := len(m.Append(nil))
	t.Logf("an INVITE of %d bytes came by TCP: %v", size, m.by != nil)
	if (m.by != nil) != (size > 1300) {
		t.Errorf("%d bytes by TCP: %v", size, m.by != nil)
	}
	if size <= 1300 {
		t.Errorf("the INVITE has %d bytes: nothing is proven", size)
	}
	k := p.took(m)
	k.pickUp()
	d.wants(out, ua.Answered)
	d.hears(out, 1230)
	out.Call.HangUp()
	k.left()

	k = p.dial(ddi, "X-Route-Of-The-Call: "+strings.Repeat("0123456789", 300))
	l := d.answers()
	k.up()
	d.hears(l, 1230)
	k.bye()
	o.rest()
}
