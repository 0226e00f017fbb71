//go:build interop

package main

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/dsp/g711"
)

var keyLine = regexp.MustCompile(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:([A-Za-z0-9+/=]{40})`)

// RFC 4568 §7.1.4: a re-INVITE with another key changes the keys of a call, one with the same key keeps them; sound goes on either way.
func TestInteropKeysChangeInACall_RFC4568_7_1_4(t *testing.T) {
	t.Parallel()
	secure := free(t, "127.0.0.1")
	o := cabinet(t, 2, func(b *branch.Branch) {
		b.Network = []string{"sip_tls: " + secure.String()}
		b.Phones[0].More = "srtp: required"
	})
	authority, err := os.ReadFile(filepath.Join(o.dir, "tls", "authority.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	phone := o.apparatus(desk(0), ua.Config{Over: ua.TLS, Box: secure, TLS: &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}})
	other := o.apparatus(desk(1), ua.Config{})
	flow, err := rtpflow.Open(netip.MustParseAddr("127.0.0.13"))
	if err != nil {
		t.Fatal(err)
	}
	defer flow.Close()
	flow.Play(line.Tone(callerHz))
	version := 0
	offer := func(key string) []byte {
		version++
		return fmt.Appendf(nil, "v=0\r\no=- 7 %d IN IP4 %[2]s\r\ns=-\r\nc=IN IP4 %[2]s\r\nt=0 0\r\nm=audio %[3]d RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%[4]s\r\n",
			version, flow.Addr().Addr(), flow.Addr().Port(), key)
	}
	fresh := func() string {
		key := make([]byte, rtpflow.KeyBytes)
		_, _ = rand.Read(key) // never fails
		return base64.StdEncoding.EncodeToString(key)
	}
	agreed := func(ours string, answer []byte) (theirs string) {
		t.Helper()
		m := keyLine.FindSubmatch(answer)
		s, err := sdp.Parse(answer)
		if m == nil || err != nil {
			t.Fatalf("%v: the answer has no key:\n%s", err, answer)
		}
		mine, _ := base64.StdEncoding.DecodeString(ours) // we wrote it
		box, err := base64.StdEncoding.DecodeString(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		if err := flow.Protect(mine, box); err != nil {
			t.Fatal(err)
		}
		flow.Start(s.Addr, g711.ALaw, 0)
		return string(m[1])
	}
	ours := fresh()
	c, err := phone.Place(ua.Invite{To: desk(1), Account: &phone.acc, Body: offer(ours)})
	if err != nil {
		t.Fatal(err)
	}
	called := other.lifts()
	e, err := c.Wait(o.ctx, ua.Answered)
	if err != nil {
		t.Fatal(err)
	}
	theirs := agreed(ours, e.Body)
	hears := func(when string) {
		t.Helper()
		o.hear("the far end "+when, called, callerHz)
		_, begin := flow.Heard(0)
		for {
			s, n := flow.Heard(200 * time.Millisecond)
			if n >= begin+1600 && rtpflow.Analyse(s).Near(branch.Tone(desk(1))) {
				return
			}
			select {
			case <-o.ctx.Done():
				t.Fatalf("%s the phone hears %+v: %+v", when, rtpflow.Analyse(s), flow.Stats())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	hears("at first")
	for _, again := range []bool{false, true, false} {
		if !again {
			ours = fresh()
		}
		if err := c.Reinvite(offer(ours)); err != nil {
			t.Fatal(err)
		}
		e, err := c.Wait(o.ctx, ua.Agreed)
		if err != nil {
			t.Fatal(err)
		}
		was := theirs
		m := keyLine.FindSubmatch(e.Body)
		if m == nil {
			t.Fatalf("no key:\n%s", e.Body)
		}
		if again != (string(m[1]) == was) {
			t.Errorf("offered the same key: %v; the box's key: %s, then %s", again, was, m[1])
		}
		if theirs = string(m[1]); !again {
			agreed(ours, e.Body)
		}
		hears(fmt.Sprintf("after a re-INVITE (same key: %v)", again))
	}
	c.HangUp()
	o.over("the far end", called)
	o.ended(1)
}
