package leg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	via "autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/sdp"
)

const (
	secret  = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	peerKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
)

func protected(key string) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 5 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 8\r\n"+
		"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:%s\r\n", key)
}

func over(t via.Transport, in InviteReceived) InviteReceived {
	in.Flow.Transport = t
	in.Policy.Sound = Sound{SRTP: sdp.SRTPAllowed, Secret: secret}
	return in
}

// statuses is the responses among effects.
func statuses(effects []Effect) (all []int, warning string) {
	for _, e := range effects {
		if r, ok := e.(SendResponse); ok {
			all = append(all, r.Msg.Status)
			for _, h := range r.Msg.Extra {
				if h.Name == "Warning" {
					warning = h.Value
				}
			}
		}
	}
	return all, warning
}

func updates(effects []Effect) (all []plan.Media) {
	for _, e := range effects {
		if u, ok := e.(UpdatePort); ok {
			all = append(all, u.Media)
		}
	}
	return all
}

func TestProtectedSoundOverTLSAlone_RFC4568_7(t *testing.T) {
	for transport, refused := range map[via.Transport]bool{via.UDP: true, via.TCP: true, via.WS: true, via.TLS: false, via.WSS: false} {
		d := newDriver()
		in := over(transport, invite())
		in.Msg.Body = protected(peerKey)
		all, warning := statuses(d.do(in))
		if refused {
			if !slices.Contains(all, 488) || !strings.HasPrefix(warning, "302 autocom \"SRTP keys are only taken over TLS") {
				t.Errorf("%s: %v %s", transport, all, warning)
			}
			continue
		}
		d.do(Answer{})
		m := updates(d.sent)
		if len(m) != 1 || m[0].SRTP.Theirs != peerKey || m[0].SRTP.Ours == "" || !bytes.Contains(d.s.Session.Ours, []byte("inline:"+string(m[0].SRTP.Ours))) {
			t.Fatalf("%s: %+v", transport, m)
		}
	}
}

func TestWhereSRTPIsRequiredNothingElseIsTaken(t *testing.T) {
	for name, body := range map[string][]byte{"in the clear": describe("sendrecv", "8 0"), "without an offer": nil} {
		in := over(via.UDP, invite())
		in.Policy.Sound.SRTP = sdp.SRTPRequired
		in.Msg.Body = body
		if all, warning := statuses(newDriver().do(in)); !slices.Contains(all, 488) || !strings.HasPrefix(warning, "302 ") {
			t.Errorf("%s: %v %s", name, all, warning)
		}
	}
	for transport, rings := range map[via.Transport]bool{via.UDP: false, via.TLS: true} {
		d := newDriver()
		in := place(2)
		in.Policy.Sound = Sound{SRTP: sdp.SRTPRequired, Secret: secret}
		for i := range in.Contacts {
			in.Contacts[i].Flow.Transport = transport
		}
		d.do(in)
		sent, told := 0, false
		for _, e := range d.sent {
			switch e := e.(type) {
			case SendRequest:
				sent++
				if !bytes.Contains(e.Msg.Body, []byte("RTP/SAVP")) || !bytes.Contains(e.Msg.Body, []byte("a=crypto:")) {
					t.Errorf("%s: offered\n%s", transport, e.Msg.Body)
				}
			case Tell:
				_, refused := e.Input.(exchange.LegRefused)
				told = told || refused
			}
		}
		if (sent > 0) != rings || told == rings {
			t.Errorf("%s: %d INVITEs, refused %v", transport, sent, told)
		}
	}
}

// One phone in the clear among those that ring together: nobody gets a key.
func TestKeysGoToAllOrNobody_RFC4568_7(t *testing.T) {
	d := newDriver()
	in := place(2)
	in.Policy.Sound = Sound{SRTP: sdp.SRTPAllowed, Secret: secret}
	for len(in.Contacts) < 2 {
		c := in.Contacts[0]
		c.CallID += "-b"
		in.Contacts = append(in.Contacts, c)
	}
	in.Contacts[0].Flow.Transport = via.TLS
	in.Contacts[1].Flow.Transport = via.UDP
	d.do(in)
	if bytes.Contains(d.s.Session.Ours, []byte("crypto")) {
		t.Errorf("offered\n%s", d.s.Session.Ours)
	}
}

func TestKeysChangeWithEachOffer_RFC4568_7_1_4(t *testing.T) {
	d := newDriver()
	in := over(via.TLS, invite())
	in.Msg.Body = protected(peerKey)
	d.do(in)
	d.do(Answer{})
	first := d.s.Session.Media.SRTP
	d.do(AckReceived{inDialog("ACK", 10, nil)})
	if d.s.Phase != Up {
		t.Fatalf("%v", d.s.Phase)
	}
	for i, c := range []struct {
		key     string
		changes bool
	}{{peerKey, false}, {strings.Replace(peerKey, "MDEy", "NDEy", 1), true}, {peerKey, true}} {
		again := inDialog("INVITE", uint32(11+i), protected(c.key))
		was := d.s.Session.Media.SRTP
		d.do(ReinviteReceived{Tx: Tx(2 + i), Msg: again})
		now := d.s.Session.Media.SRTP
		if (was.Ours != now.Ours) != c.changes || now.Theirs != plan.Key(c.key) {
			t.Errorf("offer %d: %q after %q", i, string(now.Ours), string(was.Ours))
		}
		if i == 2 && now.Ours == first.Ours {
			t.Error("an old key came back")
		}
		d.do(AckReceived{inDialog("ACK", uint32(11+i), nil)})
	}
	// What is handed over has the keys, and printing it does not.
	b, err := json.Marshal(d.s)
	if err != nil || !bytes.Contains(b, []byte(d.s.Session.Media.SRTP.Ours)) {
		t.Errorf("the state of a call lost its keys: %v", err)
	}
	if text := fmt.Sprintf("%+v %#v", d.s.Session.Media, d.s.Policy); strings.Contains(text, string(d.s.Session.Media.SRTP.Ours)) || strings.Contains(text, string(d.s.Policy.Sound.Secret)) {
		t.Error("a key is shown")
	}
}

// The same state and input make the same keys, and the next state cannot make them again.
func TestKeysFollowFromTheStateAlone(t *testing.T) {
	keys := map[string]bool{}
	var last []byte
	for range 2 {
		s := &step{State: &State{Policy: Policy{Sound: Sound{Secret: secret}}}}
		one, two := s.newKey(30), s.newKey(30)
		if bytes.Equal(one, two) || s.Policy.Sound.Secret == secret {
			t.Fatal("a key was made twice")
		}
		if last != nil && !bytes.Equal(last, two) {
			t.Fatal("another key from the same state")
		}
		last = two
		keys[string(one)] = true
	}
	if len(keys) != 1 {
		t.Error("another key from the same state")
	}
}

func TestRawLinesSaySoToTheMediaPort(t *testing.T) {
	d := newDriver()
	in := invite()
	in.Policy.Sound.Raw = true
	in.Msg.Body = append(describe("sendrecv", "8 0 101"), "a=rtpmap:101 telephone-event/8000\r\n"...)
	d.do(in)
	d.do(Answer{})
	if m := updates(d.sent); len(m) != 1 || !m[0].Raw || m[0].EventPT != 0 || bytes.Contains(d.s.Session.Ours, []byte("telephone-event")) {
		t.Errorf("%+v\n%s", m, d.s.Session.Ours)
	}
}
