//go:build interop

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/ua"
)

// served is a queue with the extensions in it that say so, behind the service number.
func served(b *branch.Branch) {
	b.Queues = []branch.Queue{{ID: "accueil", Name: "Accueil", Ring: 10 * time.Second, Retry: time.Second, CoolDown: time.Second}}
	b.Services = append(b.Services, branch.Service{Number: serviceNumber, Name: "Accueil", Queue: "accueil"})
}

// inside is the service number as phones of the branch dial it.
const inside = "00472000000"

// RFC 4568 and RFC 3711 over TLS: baresip registers with the box's own authority at hand, is called, calls an extension and calls the queue. Both
// hear each other, and whoever listens on the wire hears nothing of its side.
func TestInteropTLSAndSRTPWithBaresip_RFC4568_7(t *testing.T) {
	t.Parallel()
	secure := free(t, "127.0.0.1")
	o := cabinet(t, 5, func(b *branch.Branch) {
		b.Network = []string{"sip_tls: " + secure.String()}
		for i := range 3 {
			b.Phones[i].More = "srtp: required"
		}
		b.Phones[4].Queues = "[accueil]"
		served(b)
	})
	spy := listenIn(t)
	phone, agent := o.apparatus(desk(3), ua.Config{}), o.apparatus(desk(4), ua.Config{})
	inClear := map[uint16]bool{} // ports of those who speak in the clear
	// Each baresip has one call: its bridge device loops no second one.
	for i, c := range []struct {
		dials string
		who   *apparatus
	}{{"", phone}, {desk(3), phone}, {inside, agent}} {
		control := free(t, "127.0.0.1")
		soft := o.softphone(peers.Softphone{
			Extension: desk(i), Box: secure, Transport: "tls", CA: filepath.Join(o.dir, "tls", "authority.crt"), Encryption: "srtp-mand", Control: control,
		})
		var l *line.Line
		if c.dials == "" {
			l = c.who.dial(desk(i))
			o.answered(l)
		} else {
			remote, err := peers.Reach(control)
			if err != nil {
				t.Fatal(err)
			}
			defer remote.Close()
			if _, err := remote.Do("dial", fmt.Sprintf("sip:%s@%s;transport=tls", c.dials, secure)); err != nil {
				t.Fatal(err)
			}
			l = c.who.answers(c.who.offered()) // not rung: the sound of ringing takes baresip's bridge device
		}
		inClear[l.Flow.Addr().Port()] = true
		o.hear("the phone, of its own tone that baresip gives back", l, branch.Tone(c.who.acc.User))
		<-time.After(100 * time.Millisecond) // of sound, for the wire-tap
		l.Call.HangUp()
		o.over("the phone", l)
		if !strings.Contains(soft.Said(), "SRTP is Enabled") {
			t.Errorf("baresip says nothing of SRTP:\n%s", soft.Said())
		}
	}
	o.ended(3)
	heard, hidden := 0, 0
	for _, s := range spy.streams(o.RTPFirst, o.RTPLast) {
		if s.packets < 5 {
			continue
		}
		switch {
		case inClear[s.peer]:
			heard++
			if s.packets >= 15 && !s.tone() {
				t.Errorf("the wire-tap is deaf: no tone in %d packets in the clear", s.packets)
			}
		case s.size <= 160 || s.tone():
			t.Errorf("%d packets of %d bytes of baresip's can be listened to", s.packets, s.size)
		default:
			hidden++
		}
	}
	if heard < 4 || hidden < 4 { // of six each; on a busy machine the wire-tap misses some
		t.Errorf("%d streams overheard in the clear, %d protected", heard, hidden)
	}
}

// RFC 4568 §7: keys are not taken over signalling that anybody can read.
func TestInteropSRTPOverUDPIsRefused_RFC4568_7(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	phone, other := o.apparatus(desk(0), ua.Config{}), o.apparatus(desk(1), ua.Config{})
	c, err := phone.Place(ua.Invite{To: desk(1), Account: &phone.acc, Body: []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.13\r\ns=-\r\nc=IN IP4 127.0.0.13\r\nt=0 0\r\n" +
		"m=audio 40000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := c.Wait(o.ctx, ua.Refused); err != nil || e.Code != 488 {
		t.Errorf("%v %v, want 488", e, err)
	}
	select {
	case <-other.Incoming():
		t.Error("the phone rang")
	default:
	}
	l := phone.dial(desk(1)) // and nothing is left of it
	called := other.lifts()
	o.both(l, branch.Tone(desk(0)), called, branch.Tone(desk(1)))
	l.Call.HangUp()
	o.over("called", called)
	o.until("the end", func(fs facts) bool { return len(fs.of("call.ended")) == len(fs.of("call.opened")) })
}
