package run_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/run"
	"autocom/appliance/mediactl"
	"autocom/appliance/recording/sealed"
)

// handset is a phone that speaks SRTP.
type handset struct {
	*phone
	keys       plan.SRTP
	seal, open *srtp.Context
}

func keysOf(ours, theirs byte) plan.SRTP {
	key := func(fill byte) plan.Key {
		return plan.Key(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 30)))
	}
	return plan.SRTP{Suite: "AES_CM_128_HMAC_SHA1_80", Ours: key(ours), Theirs: key(theirs)}
}

func context128(t testing.TB, key plan.Key) *srtp.Context {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(string(key))
	must(t, err)
	c, err := srtp.CreateContext(raw[:16], raw[16:], srtp.ProtectionProfileAes128CmHmacSha1_80)
	must(t, err)
	return c
}

func (h *handset) rekey(keys plan.SRTP) {
	h.keys, h.seal, h.open = keys, context128(h.t, keys.Theirs), context128(h.t, keys.Ours)
}

func newHandset(p *phone, keys plan.SRTP) *handset {
	h := &handset{phone: p}
	h.rekey(keys)
	return h
}

func (h *handset) media() plan.Media {
	m := h.phone.media(plan.PCMA)
	m.SRTP = h.keys
	return m
}

func (h *handset) packet(pt uint8, payload []byte) []byte {
	h.t.Helper()
	pkt := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, SequenceNumber: h.seq, Timestamp: h.ts, SSRC: h.ssrc}, Payload: payload}
	h.seq, h.ts = h.seq+1, h.ts+160
	raw, err := pkt.Marshal()
	must(h.t, err)
	sealed, err := h.seal.EncryptRTP(nil, raw, nil)
	must(h.t, err)
	return sealed
}

func (h *handset) send(raw []byte) {
	h.t.Helper()
	_, err := h.conn.WriteToUDPAddrPort(raw, h.box)
	must(h.t, err)
}

func (h *handset) say(b byte) { h.send(h.packet(8, bytes.Repeat([]byte{b}, 160))) }

// hear reads the next packet that the handset can open.
func (h *handset) hear() rtp.Packet {
	h.t.Helper()
	b := make([]byte, 1500)
	must(h.t, h.conn.SetReadDeadline(time.Now().Add(patience)))
	n, err := h.conn.Read(b)
	if err != nil {
		h.t.Fatalf("the handset hears nothing: %v", err)
	}
	plain, err := h.open.DecryptRTP(nil, b[:n], nil)
	if err != nil {
		h.t.Fatalf("the handset cannot open %x: %v", b[:min(n, 40)], err)
	}
	var pkt rtp.Packet
	must(h.t, pkt.Unmarshal(plain))
	return pkt
}

// protectedBridge is a handset on leg a and another phone on leg b.
func protectedBridge(t *testing.T, c *core, both bool) (*handset, *phone, *handset) {
	t.Helper()
	x, y := bridge(t, c, "1-1")
	h := newHandset(x, keysOf(1, 2))
	must(t, c.Update("a1-1", h.media()))
	var other *handset
	if both {
		other = newHandset(y, keysOf(3, 4))
		must(t, c.Update("b1-1", other.media()))
	}
	_, err := c.Stats("a1-1")
	must(t, err)
	return h, y, other
}

func TestAProtectedPhoneTalksToAClearOne_RFC3711(t *testing.T) {
	c := dial(t, start(t, nil))
	h, y, _ := protectedBridge(t, c, false)
	for i := range byte(20) {
		h.say(i)
		if got := y.hear(); got.Payload[0] != i || len(got.Payload) != 160 {
			t.Fatalf("the clear phone hears %d", got.Payload[0])
		}
		y.say(100 + i)
		if got := h.hear(); got.Payload[0] != 100+i {
			t.Fatalf("the protected phone hears %d", got.Payload[0])
		}
	}
}

func TestTwoProtectedPhonesTalk_RFC3711(t *testing.T) {
	c := dial(t, start(t, func(cfg *run.Config) { cfg.Shards = 2 })) // the legs meet in one thread, with their keys
	x, _, y := protectedBridge(t, c, true)
	for i := range byte(20) {
		x.say(i)
		if got := y.hear(); got.Payload[0] != i {
			t.Fatalf("hears %d", got.Payload[0])
		}
		y.say(100 + i)
		if got := x.hear(); got.Payload[0] != 100+i {
			t.Fatalf("hears %d", got.Payload[0])
		}
	}
}

func TestForgedSoundIsNeitherHeardNorLife_RFC3711_3_3(t *testing.T) {
	c := dial(t, start(t, nil))
	h, y, _ := protectedBridge(t, c, false)
	h.phone.say(66) // in the clear, from the right address
	false1 := newHandset(h.phone, keysOf(1, 9))
	for range 4 {
		false1.say(66) // under another key: three in a row would lock
	}
	stranger, err := net.Dial("udp4", h.box.String())
	must(t, err)
	defer stranger.Close()
	_, err = stranger.Write(false1.packet(8, []byte{66}))
	must(t, err)
	h.ssrc = 4711
	sealed := h.packet(8, []byte{1})
	for range 3 {
		h.send(sealed)
	}
	if got := y.hear(); got.Payload[0] != 1 {
		t.Fatalf("heard %d", got.Payload[0])
	}
	h.say(2)
	if got := y.hear(); got.Payload[0] != 2 {
		t.Fatalf("heard %d", got.Payload[0])
	}
	s, err := c.Stats("a1-1")
	must(t, err)
	if s.Received != 2 || s.Forged < 5 || s.Replayed != 2 || s.Sources != 1 {
		t.Errorf("%+v", s)
	}
}

// A key pressed on a protected phone, and its sound on the disk: both are read from the opened packets.
func TestKeysAndRecordingsOfAProtectedPhone_RFC4733(t *testing.T) {
	c := dial(t, start(t, nil))
	h, y, _ := protectedBridge(t, c, false)
	name := filepath.Join(t.TempDir(), "call")
	f, err := os.Create(name)
	must(t, err)
	key := bytes.Repeat([]byte{5}, sealed.KeySize)
	must(t, c.StartRecording("r1", "a1-1", false, f, key))
	must(t, f.Close())
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for range 15 {
		h.say(0x34)
		y.hear()
		<-pace.C
	}
	for i := range byte(3) {
		h.send(h.packet(101, []byte{5, 0x8A, 0, 160 + i}))
	}
	if e := c.wait(t, mediactl.Digit); e.Leg != "a1-1" || e.Digit != "5" {
		t.Errorf("pressed %+v", e)
	}
	must(t, c.StopRecording("r1"))
	if e := c.wait(t, mediactl.RecordEnded); e.Error != nil || e.Millis < 100 {
		t.Errorf("%+v", e)
	}
	raw, err := os.ReadFile(name)
	must(t, err)
	r, err := sealed.NewReader(bytes.NewReader(raw), "r1", sealed.Key(key))
	must(t, err)
	sound, err := io.ReadAll(r)
	must(t, err)
	if bytes.Count(sound, []byte{0x34}) < 400 {
		t.Errorf("the recording does not have what was said: %d bytes", len(sound))
	}
}

func TestRekeyUnderACall_RFC4568_7_1_4(t *testing.T) {
	c := dial(t, start(t, nil))
	h, y, _ := protectedBridge(t, c, false)
	next := byte(0)
	talk := func(n int) {
		t.Helper()
		for range n {
			next++
			h.say(next)
			if got := y.hear(); got.Payload[0] != next {
				t.Fatalf("heard %d, want %d", got.Payload[0], next)
			}
		}
	}
	talk(10)
	for round := range byte(3) {
		fresh := h.media()
		fresh.SRTP = keysOf(10+2*round, 11+2*round)
		must(t, c.Update("a1-1", fresh))
		_, err := c.Stats("a1-1")
		must(t, err)
		talk(5) // under the old key: the answer is still on its way
		h.rekey(fresh.SRTP)
		talk(5)
		y.say(200 + round)
		if got := h.hear(); got.Payload[0] != 200+round {
			t.Fatalf("the phone hears %d", got.Payload[0])
		}
		must(t, c.Update("a1-1", h.media())) // a session refresh changes nothing
		talk(5)
	}
	s, err := c.Stats("a1-1")
	must(t, err)
	if s.Forged != 0 || s.Replayed != 0 || s.Lost != 0 || s.Sources != 1 {
		t.Errorf("%+v", s)
	}
}

// The media process was started again: the core gives the keys of the call once more, and the phone goes on.
func TestKeysAreGivenAgainAfterARestart(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	h, y, _ := protectedBridge(t, c, false)
	h.seal.SetROC(h.ssrc, 3) // an hour ago
	h.say(1)
	y.hear()
	p.stop()
	again := start(t, func(cfg *run.Config) { cfg.PortMin, cfg.PortMax = p.cfg.PortMin, p.cfg.PortMax })
	c = dial(t, again)
	for _, leg := range []plan.LegID{"a1-1", "b1-1"} {
		at, err := c.Open(leg)
		must(t, err)
		if want := h.box.Port(); leg == "a1-1" && at.Port != int(want) {
			t.Fatalf("another port: %v", at)
		}
	}
	must(t, c.Update("a1-1", h.media()))
	must(t, c.Update("b1-1", y.media(plan.PCMA)))
	must(t, c.SetPlan(plan.Plan{Call: "1-1", Version: 1, Legs: []plan.Hearing{
		{Leg: "a1-1", From: []plan.LegID{"b1-1"}}, {Leg: "b1-1", From: []plan.LegID{"a1-1"}},
	}}))
	_, err := c.Stats("a1-1")
	must(t, err)
	for i := range byte(5) {
		h.say(10 + i)
		if got := y.hear(); got.Payload[0] != 10+i {
			t.Fatalf("heard %d", got.Payload[0])
		}
		y.say(20 + i)
		if got := h.hear(); got.Payload[0] != 20+i {
			t.Fatalf("the phone hears %d", got.Payload[0])
		}
	}
}

// Keys that do not fit change nothing, and neither the refusal nor a log shows them.
func TestABadKeyIsRefusedAndTheOldOneHolds(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	h, y, _ := protectedBridge(t, c, false)
	m := h.media()
	m.SRTP.Ours = m.SRTP.Ours[:8]
	must(t, c.Update("a1-1", m))
	limit := time.After(patience)
	for refused := false; !refused; {
		select {
		case e := <-c.events:
			if refused = e.Kind == mediactl.Refused; refused && (e.Error.Code != mediactl.CodeBadMedia || strings.Contains(e.Error.Text, string(m.SRTP.Ours))) {
				t.Errorf("refused with %v", e.Error)
			}
		case <-limit:
			t.Fatal("not refused")
		}
	}
	h.say(7)
	if got := y.hear(); got.Payload[0] != 7 {
		t.Fatalf("heard %d", got.Payload[0])
	}
	if strings.Contains(p.logs.String(), string(h.keys.Ours[:8])) {
		t.Error("a key is in the log")
	}
}
