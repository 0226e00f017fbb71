package run

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/engine"
)

func suites() []string {
	return []string{
		"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32",
		"AEAD_AES_128_GCM", "AEAD_AES_256_GCM",
	}
}

// keysOf makes the keys of a leg; the same number, the same keys.
func keysOf(t testing.TB, suite string, ours, theirs byte) plan.SRTP {
	t.Helper()
	_, key, salt, ok := profile(suite)
	if !ok {
		t.Fatal(suite)
	}
	filled := func(fill byte) plan.Key {
		return plan.Key(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, key+salt)))
	}
	return plan.SRTP{Suite: suite, Ours: filled(ours), Theirs: filled(theirs)}
}

// far is the peer's end of a protected leg, by the library alone.
type far struct {
	t          testing.TB
	seal, open *srtp.Context
	seq        uint16
	ssrc       uint32
}

func newFar(t testing.TB, keys plan.SRTP) *far {
	t.Helper()
	f := &far{t: t, ssrc: 77, seq: 100}
	var err error
	if f.open, err = newContext(keys.Suite, keys.Ours, ""); err != nil {
		t.Fatal(err)
	}
	if f.seal, err = newContext(keys.Suite, keys.Theirs, keys.MKI); err != nil {
		t.Fatal(err)
	}
	return f
}

func plainPacket(seq uint16, ssrc uint32, fill byte) []byte {
	p := rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: seq, Timestamp: 160 * uint32(seq), SSRC: ssrc},
		Payload: bytes.Repeat([]byte{fill}, 160),
	}
	raw, err := p.Marshal()
	if err != nil {
		panic(err)
	}
	return raw
}

// say makes the peer's next packet, protected.
func (f *far) say() (sealed, plain []byte) {
	f.t.Helper()
	plain = plainPacket(f.seq, f.ssrc, byte(f.seq))
	f.seq++
	sealed, err := f.seal.EncryptRTP(nil, plain, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return sealed, plain
}

// hears checks that the peer understands a packet of ours.
func (f *far) hears(sealed, plain []byte) {
	f.t.Helper()
	got, err := f.open.DecryptRTP(nil, sealed, nil)
	if err != nil || !bytes.Equal(got, plain) {
		f.t.Fatalf("the peer hears %x: %v", got, err)
	}
}

func guarding(t testing.TB, keys plan.SRTP) *guard {
	t.Helper()
	g, err := newGuard(keys, false)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func admits(t testing.TB, g *guard, w *scratch, sealed, plain []byte) {
	t.Helper()
	got, v := g.admit(w, sealed)
	if v != authentic || !bytes.Equal(got, plain) {
		t.Fatalf("verdict %d on %x", v, got)
	}
}

func TestEverySuiteBothWays_RFC3711_RFC6188_RFC7714(t *testing.T) {
	for _, suite := range suites() {
		for _, mki := range []string{"", "01", "0000002a"} {
			t.Run(suite+" "+mki, func(t *testing.T) {
				keys := keysOf(t, suite, 1, 2)
				keys.MKI = mki
				g, f, w := guarding(t, keys), newFar(t, keys), new(scratch)
				for i := range uint16(300) {
					admit, plain := f.say()
					admits(t, g, w, admit, plain)
					ours := plainPacket(1000+i, 5, byte(i))
					sealed := g.protect(w, ours, 0)
					if bytes.Contains(sealed, ours[12:30]) {
						t.Fatal("sent in the clear")
					}
					f.hears(sealed, ours)
				}
				report := rtcp.ReceiverReport{SSRC: 77, Reports: []rtcp.ReceptionReport{{SSRC: 5}}}
				plain, err := report.Marshal()
				if err != nil {
					t.Fatal(err)
				}
				sealed, err := f.seal.EncryptRTCP(nil, plain, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, v := g.admitControl(w, sealed); v != authentic || !bytes.Equal(got, plain) {
					t.Fatalf("SRTCP: verdict %d", v)
				}
				if _, v := g.admitControl(w, sealed); v != replayed {
					t.Fatalf("SRTCP again: verdict %d", v)
				}
				got, err := f.open.DecryptRTCP(nil, g.protectControl(w, plain), nil)
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("our SRTCP: %v", err)
				}
			})
		}
	}
}

// The vectors of RFC 3711 appendix B are the library's to prove; that a packet is authenticated whole is ours to rely on.
func TestAChangedBitIsForged_RFC3711_3_3(t *testing.T) {
	for _, suite := range suites() {
		keys := keysOf(t, suite, 1, 2)
		g, f, w := guarding(t, keys), newFar(t, keys), new(scratch)
		admit, plain := f.say()
		admits(t, g, w, admit, plain)
		sealed, plain := f.say()
		for i := range 8 * len(sealed) {
			bad := bytes.Clone(sealed)
			bad[i/8] ^= 1 << (i % 8)
			if _, v := g.admit(w, bad); v == authentic {
				t.Fatalf("%s: bit %d may be changed", suite, i)
			}
		}
		for n := range sealed {
			if _, v := g.admit(w, sealed[:n]); v == authentic {
				t.Fatalf("%s: %d bytes of it suffice", suite, n)
			}
		}
		admits(t, g, w, sealed, plain) // none of it hurt
		if _, v := g.admit(w, plain); v != replayed && v != forged {
			t.Fatalf("%s: a packet in the clear was let in", suite)
		}
	}
}

func TestReplayIsRefused_RFC3711_3_3_2(t *testing.T) {
	keys := keysOf(t, "AES_CM_128_HMAC_SHA1_80", 1, 2)
	g, f, w := guarding(t, keys), newFar(t, keys), new(scratch)
	var all, plains [][]byte
	for range 400 {
		sealed, plain := f.say()
		all, plains = append(all, sealed), append(plains, plain)
	}
	// Out of order within the window is no replay.
	for i := 0; i < len(all); i += 10 {
		for _, j := range []int{3, 1, 2, 0, 9, 8, 7, 4, 5, 6} {
			admits(t, g, w, all[i+j], plains[i+j])
		}
	}
	for i := range all {
		if _, v := g.admit(w, all[i]); v != replayed {
			t.Fatalf("packet %d again: verdict %d", i, v)
		}
	}
}

func TestRolloverAndAnotherSource_RFC3711_3_3_1(t *testing.T) {
	keys := keysOf(t, "AEAD_AES_128_GCM", 1, 2)
	g, f, w := guarding(t, keys), newFar(t, keys), new(scratch)
	for range 3 { // three times round
		for range 1 << 16 / 64 {
			admit, plain := f.say()
			admits(t, g, w, admit, plain)
			f.seq += 63 // lost
		}
	}
	if n, _ := g.open.srtp.ROC(77); n < 2 {
		t.Fatalf("rollover %d", n)
	}
	f.ssrc = 78 // counts from none
	f.seq = 65535
	for range 3 {
		admit, plain := f.say()
		admits(t, g, w, admit, plain)
	}
	f.ssrc = 77 // and the old one may come back
	f.seq = 200
	admit, plain := f.say()
	admits(t, g, w, admit, plain)
	for ssrc := range uint32(200) {
		f.ssrc = 1000 + ssrc
		sealed, _ := f.say()
		g.admit(w, sealed)
	}
	if g.open.sources > sourceLimit {
		t.Errorf("%d sources under one key", g.open.sources)
	}
}

// A media process that was started again under a call of hours has the keys, but nobody tells it how often the numbers went round.
func TestALateStartFindsTheRollover_RFC3711_3_3_1(t *testing.T) {
	for _, suite := range []string{"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"} {
		keys := keysOf(t, suite, 1, 2)
		f, w := newFar(t, keys), new(scratch)
		f.seal.SetROC(f.ssrc, 9)
		g := guarding(t, keys)
		for range 3 {
			admit, plain := f.say()
			admits(t, g, w, admit, plain)
		}
		// Nonsense does not make it search for ever.
		g = guarding(t, keys)
		other := newFar(t, keysOf(t, suite, 1, 3))
		for range 100 {
			sealed, _ := other.say()
			if _, v := g.admit(w, sealed); v != forged {
				t.Fatalf("verdict %d", v)
			}
		}
		if g.open.budget != 0 {
			t.Errorf("%d tries left", g.open.budget)
		}
	}
}

func TestRekeyWithoutAGap_RFC4568_7_1_4(t *testing.T) {
	for _, suite := range suites() {
		old, next := keysOf(t, suite, 1, 2), keysOf(t, suite, 3, 4)
		was, w := guarding(t, old), new(scratch)
		before, after := newFar(t, old), newFar(t, next)
		for range 5 {
			admit, plain := before.say()
			admits(t, was, w, admit, plain)
		}
		g := guarding(t, next)
		if !g.follow(was, time.Second) {
			t.Fatal("a new key is none")
		}
		// The answer is on its way: the peer still sends and hears under the old key.
		for i := range uint16(5) {
			admit, plain := before.say()
			admits(t, g, w, admit, plain)
			ours := plainPacket(1000+i, 5, 1)
			before.hears(g.protect(w, ours, time.Second+100*time.Millisecond), ours)
		}
		// It is there.
		after.seq, after.ssrc = before.seq, before.ssrc
		admit, plain := after.say()
		admits(t, g, w, admit, plain)
		ours := plainPacket(2000, 5, 1)
		after.hears(g.protect(w, ours, time.Second+110*time.Millisecond), ours)
		if late, _ := before.say(); late != nil {
			if _, v := g.admit(w, late); v == authentic {
				t.Error("the old key holds for ever")
			}
		}
	}
}

func TestASilentPeerGetsTheNewKeyInTime(t *testing.T) {
	old, next := keysOf(t, "AEAD_AES_128_GCM", 1, 2), keysOf(t, "AEAD_AES_128_GCM", 3, 4)
	was, g, w := guarding(t, old), guarding(t, next), new(scratch)
	g.follow(was, time.Second)
	ours := plainPacket(1, 5, 1)
	newFar(t, old).hears(g.protect(w, ours, time.Second+switchWait-1), ours)
	newFar(t, next).hears(g.protect(w, ours, time.Second+switchWait), ours)
}

func TestTheSameKeyKeepsItsCounters_RFC3711_9_1(t *testing.T) {
	keys := keysOf(t, "AES_CM_128_HMAC_SHA1_80", 1, 2)
	was, f, w := guarding(t, keys), newFar(t, keys), new(scratch)
	sealed, plain := f.say()
	admits(t, was, w, sealed, plain)
	g := guarding(t, keys)
	if g.follow(was, 0) {
		t.Error("a session refresh changed our key")
	}
	if _, v := g.admit(w, sealed); v != replayed {
		t.Errorf("after a session refresh a replay is %d", v)
	}
	// Only theirs is new: ours goes on.
	theirs := keysOf(t, "AES_CM_128_HMAC_SHA1_80", 1, 9)
	h := guarding(t, theirs)
	if h.follow(g, 0) || h.seal != g.seal {
		t.Error("our key did not go on")
	}
	// Only ours is new: there is nothing to wait for.
	k := guarding(t, keysOf(t, "AES_CM_128_HMAC_SHA1_80", 8, 9))
	if !k.follow(h, 0) || k.next != nil || k.seal == h.seal || k.open != h.open {
		t.Error("our new key is not in force")
	}
}

// A peer that went on counting through the change of keys is found too.
func TestRekeyAfterARollover(t *testing.T) {
	old, next := keysOf(t, "AES_CM_128_HMAC_SHA1_80", 1, 2), keysOf(t, "AES_CM_128_HMAC_SHA1_80", 3, 4)
	for _, kept := range []uint32{0, 20} {
		was, w := guarding(t, old), new(scratch)
		before, after := newFar(t, old), newFar(t, next)
		before.seal.SetROC(before.ssrc, 20)
		was.open.srtp.SetROC(before.ssrc, 20)
		admit, plain := before.say()
		admits(t, was, w, admit, plain)
		g := guarding(t, next)
		g.follow(was, 0)
		after.seal.SetROC(after.ssrc, kept)
		admit, plain = after.say()
		admits(t, g, w, admit, plain)
		if g.next != nil {
			t.Error("we do not send under the new key yet")
		}
	}
}

func TestKeysThatDoNotFitAreRefusedWithoutShowingThem(t *testing.T) {
	good := keysOf(t, "AES_CM_128_HMAC_SHA1_80", 0x41, 0x42)
	for name, change := range map[string]func(*plan.SRTP){
		"suite":   func(k *plan.SRTP) { k.Suite = "F8_128_HMAC_SHA1_80" },
		"length":  func(k *plan.SRTP) { k.Suite = "AEAD_AES_256_GCM" },
		"none":    func(k *plan.SRTP) { k.Theirs = "" },
		"ours":    func(k *plan.SRTP) { k.Ours = "" },
		"base64":  func(k *plan.SRTP) { k.Ours = "!" + k.Ours[1:] },
		"mki":     func(k *plan.SRTP) { k.MKI = "xyz" },
		"no name": func(k *plan.SRTP) { k.Suite = "" },
	} {
		k := good
		change(&k)
		g, err := newGuard(k, false)
		if !errors.Is(err, engine.ErrBadMedia) || g != nil {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), string(k.Theirs)) && k.Theirs != "" || strings.Contains(err.Error(), "QUFB") {
			t.Errorf("%s shows a key: %v", name, err)
		}
	}
	if g, err := newGuard(plan.SRTP{}, true); g != nil || err != nil {
		t.Errorf("no keys: %v %v", g, err)
	}
}

func TestProtectionAllocatesNothing(t *testing.T) {
	for _, suite := range suites() {
		keys := keysOf(t, suite, 1, 2)
		g, f, w := guarding(t, keys), newFar(t, keys), new(scratch)
		var sealed [][]byte
		for range 1200 {
			s, _ := f.say()
			sealed = append(sealed, s)
		}
		ours := plainPacket(1, 5, 1)
		i := uint16(0)
		if n := testing.AllocsPerRun(1000, func() {
			if _, v := g.admit(w, sealed[i]); v != authentic {
				t.Fatalf("verdict %d", v)
			}
			i++
			ours[2], ours[3] = byte(i>>8), byte(i)
			if g.protect(w, ours, 0) == nil {
				t.Fatal("not sent")
			}
		}); n > poolDrops {
			t.Errorf("%s: %v allocations a packet", suite, n)
		}
	}
}

// FuzzGuard gives whatever a network may to a guard, before and after it has heard its peer.
func FuzzGuard(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 77, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, uint8(0))
	f.Add([]byte{0x81, 201, 0, 1, 0, 0, 0, 77, 0x80, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, uint8(4))
	f.Add(slices.Repeat([]byte{0xFF}, 1500), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, kind uint8) {
		all := suites()
		keys := keysOf(t, all[int(kind)%len(all)], 1, 2)
		if kind >= 128 {
			keys.MKI = "0102"
		}
		g, peer, w := guarding(t, keys), newFar(t, keys), new(scratch)
		for range 2 {
			if _, v := g.admit(w, b); v == authentic {
				t.Fatal("guessed")
			}
			if _, v := g.admitControl(w, b); v == authentic {
				t.Fatal("guessed")
			}
			admit, plain := peer.say()
			admits(t, g, w, admit, plain)
		}
		if len(b) <= engine.MaxPacket && g.protect(w, b, 0) != nil && len(b) < 12 {
			t.Fatal("what is no packet was sent")
		}
		g.protectControl(w, b[:min(len(b), engine.MaxPacket)])
	})
}

// BenchmarkGuard prints ns for one packet that comes in and one that goes out.
func BenchmarkGuard(b *testing.B) {
	for _, suite := range suites() {
		keys := keysOf(b, suite, 1, 2)
		b.Run(fmt.Sprint(suite, "/in"), func(b *testing.B) {
			f, w := newFar(b, keys), new(scratch)
			sealed := make([][]byte, 1<<15)
			for i := range sealed {
				sealed[i], _ = f.say()
			}
			var g *guard
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if i%len(sealed) == 0 {
					b.StopTimer()
					g = guarding(b, keys)
					b.StartTimer()
				}
				if _, v := g.admit(w, sealed[i%len(sealed)]); v != authentic {
					b.Fatal(v)
				}
				i++
			}
		})
		b.Run(fmt.Sprint(suite, "/out"), func(b *testing.B) {
			g, w := guarding(b, keys), new(scratch)
			ours := plainPacket(1, 5, 1)
			b.ReportAllocs()
			n := uint16(0)
			for b.Loop() {
				n++
				ours[2], ours[3] = byte(n>>8), byte(n)
				g.protect(w, ours, 0)
			}
		})
	}
}
