package run

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/replaydetector"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/engine"
)

// The bounds of the protection of one leg.
const (
	replayWindow   = 128 // packets (RFC 3711 §3.3.2 asks for 64 at least)
	reportWindow   = 64  // SRTCP packets
	sourceLimit    = 64  // SSRCs under one key: each costs memory
	rolloverLimit  = 16  // rollovers that a stream taken up in its middle may have behind it: 5.8 hours of 20 ms packets
	rolloverBudget = 200 // tries to find it, for all packets together

	// switchWait is how long we may go on with our old key after an offer and answer changed it, when the peer does not show by its own packets
	// that it has the new one: an answer is on its way for so long.
	switchWait = 200 * time.Millisecond
)

// tail is what protection adds to a packet at most: an SRTCP index, an identifier and a tag.
const tail = 4 + 128 + 16

// A guard protects the packets of one leg (RFC 3711). It belongs to the thread of the leg's shard. One that is nil protects nothing.
type guard struct {
	keys plan.SRTP
	mux  bool // RTCP comes on the RTP port

	seal   *srtp.Context // what we send
	next   *srtp.Context // takes the place of seal as soon as the peer shows that it has the key
	nextBy time.Duration // or at this time
	open   *opener       // what the peer sends
	before *opener       // what it sent until it changed its key
}

// opener takes the protection from the packets of one key.
type opener struct {
	srtp    *srtp.Context
	proved  bool   // a packet was authentic
	sources int    // SSRCs that were
	hint    uint32 // rollovers that the stream has behind it, perhaps
	budget  int    // tries left

	repeated bool // the replay list refused the packet that is looked at
}

// profile is a crypto-suite as the library names it.
func profile(suite string) (p srtp.ProtectionProfile, key, salt int, ok bool) {
	switch suite {
	case "AES_CM_128_HMAC_SHA1_80":
		return srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14, true
	case "AES_CM_128_HMAC_SHA1_32":
		return srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14, true
	case "AES_256_CM_HMAC_SHA1_80":
		return srtp.ProtectionProfileAes256CmHmacSha1_80, 32, 14, true
	case "AES_256_CM_HMAC_SHA1_32":
		return srtp.ProtectionProfileAes256CmHmacSha1_32, 32, 14, true
	case "AEAD_AES_128_GCM":
		return srtp.ProtectionProfileAeadAes128Gcm, 16, 12, true
	case "AEAD_AES_256_GCM":
		return srtp.ProtectionProfileAeadAes256Gcm, 32, 12, true
	default:
		return 0, 0, 0, false
	}
}

// newGuard makes the guard of keys; nil when there are none. An error says nothing of the keys themselves.
func newGuard(keys plan.SRTP, mux bool) (*guard, error) {
	if keys == (plan.SRTP{}) {
		return nil, nil //nolint:nilnil // no guard is what was asked for
	}
	seal, err := newContext(keys.Suite, keys.Ours, "")
	if err != nil {
		return nil, fmt.Errorf("our key: %w", err)
	}
	open := &opener{budget: rolloverBudget}
	open.srtp, err = newContext(keys.Suite, keys.Theirs, keys.MKI,
		srtp.SRTPReplayDetectorFactory(open.newWindow(replayWindow, 1<<48-1)),
		srtp.SRTCPReplayDetectorFactory(open.newWindow(reportWindow, 1<<31-1)))
	if err != nil {
		return nil, fmt.Errorf("the peer's key: %w", err)
	}
	return &guard{keys: keys, mux: mux, seal: seal, open: open}, nil
}

func newContext(suite string, key plan.Key, mki string, more ...srtp.ContextOption) (*srtp.Context, error) {
	p, keySize, saltSize, ok := profile(suite)
	if !ok {
		return nil, fmt.Errorf("crypto-suite %q: %w", suite, engine.ErrBadMedia)
	}
	raw, err := base64.StdEncoding.DecodeString(string(key))
	if err != nil || len(raw) != keySize+saltSize {
		return nil, fmt.Errorf("not %d bytes in base64: %w", keySize+saltSize, engine.ErrBadMedia)
	}
	id, err := hex.DecodeString(mki)
	if err != nil || len(id) > 128 {
		return nil, fmt.Errorf("its identifier: %w", engine.ErrBadMedia)
	}
	c, err := srtp.CreateContext(raw[:keySize], raw[keySize:], p, append(more, srtp.MasterKeyIndicator(id))...)
	if err != nil {
		return nil, errors.Join(engine.ErrBadMedia, err)
	}
	return c, nil
}

// follow makes g, which is new, go on where old was. What has the same keys keeps its counters: to begin again would be to use a key stream twice
// (RFC 3711 §9.1). It reports whether we send under a key of its own from now on.
func (g *guard) follow(old *guard, now time.Duration) (rekeyed bool) {
	old.turn()
	sameSuite := g.keys.Suite == old.keys.Suite
	sameTheirs := sameSuite && g.keys.Theirs == old.keys.Theirs && g.keys.MKI == old.keys.MKI
	if sameTheirs {
		g.open, g.before = old.open, old.before
	} else if g.before = old.open; !old.open.proved && old.before != nil {
		g.before = old.before // the key between them was never used
	}
	if sameSuite && g.keys.Ours == old.keys.Ours {
		g.seal = old.seal
		return false
	}
	if !sameTheirs {
		g.next, g.nextBy, g.seal = g.seal, now+switchWait, old.seal
	}
	return true
}

// turn begins to send under the new key.
func (g *guard) turn() {
	if g.next != nil {
		g.seal, g.next = g.next, nil
	}
}

// isControl tells SRTCP from SRTP on a shared port: both leave the first bytes as they are (RFC 5761 §4).
func isControl(b []byte) bool { return len(b) >= 2 && b[1] >= 192 && b[1] <= 223 }

// scratch is the memory of a shard's guards, so that nothing escapes to the heap for a packet.
type scratch struct {
	out     [engine.MaxPacket + tail]byte
	in      [engine.MaxPacket + tail]byte
	header  rtp.Header
	control rtcp.Header
}

// protect gives a packet of ours its protection; nil when that cannot be done: nothing ever goes out without.
func (g *guard) protect(w *scratch, b []byte, now time.Duration) []byte {
	if g.next != nil && now >= g.nextBy {
		g.turn()
	}
	out, err := g.seal.EncryptRTP(w.out[:0], b, &w.header)
	if err != nil {
		return nil
	}
	return out
}

// protectControl is protect for RTCP.
func (g *guard) protectControl(w *scratch, b []byte) []byte {
	out, err := g.seal.EncryptRTCP(w.out[:0], b, &w.control)
	if err != nil {
		return nil
	}
	return out
}

// A verdict is what became of a packet of the peer.
type verdict uint8

const (
	authentic verdict = iota
	forged
	replayed
)

// admit takes the protection from a packet. The old key counts until the first packet under the new one.
func (g *guard) admit(w *scratch, b []byte) ([]byte, verdict) {
	if len(b) < 12 {
		return nil, forged
	}
	out, v := g.open.rtp(w, b)
	if v == authentic {
		if g.before != nil {
			g.before = nil
			g.turn()
		}
		return out, authentic
	}
	old := v
	if g.before != nil {
		if out, old = g.before.rtp(w, b); old == authentic {
			return out, authentic
		}
	}
	if g.open.proved || g.open.budget == 0 || v == replayed {
		return nil, max(v, old)
	}
	if g.before != nil && g.before.proved {
		ssrc := ssrcOf(b)
		if n, known := g.before.srtp.ROC(ssrc); known {
			g.open.hint = n
		}
	}
	out, v = g.open.seek(w, b)
	if v == authentic {
		g.before = nil
		g.turn()
	}
	return out, v
}

// admitControl is admit for SRTCP. It proves nothing of the key of SRTP: reports go on their own way.
func (g *guard) admitControl(w *scratch, b []byte) ([]byte, verdict) {
	if len(b) < 8 {
		return nil, forged
	}
	out, v := g.open.rtcp(w, b)
	if v == forged && g.before != nil {
		return g.before.rtcp(w, b)
	}
	return out, v
}

// ssrcOf reads the source of an RTP packet.
func ssrcOf(b []byte) uint32 { return binary.BigEndian.Uint32(b[8:]) }

func (o *opener) rtp(w *scratch, b []byte) ([]byte, verdict) {
	ssrc := ssrcOf(b)
	_, known := o.srtp.ROC(ssrc)
	if !known && o.sources >= sourceLimit {
		return nil, forged
	}
	o.repeated = false
	out, err := o.srtp.DecryptRTP(w.in[:0], b, &w.header)
	if err != nil {
		return nil, o.blame()
	}
	o.proved = true
	if !known {
		o.sources++
	}
	return out, authentic
}

// seek tries a first packet at later rollovers: a media process that was started again under a call, or a peer that kept its counter through a
// change of keys, has some behind it that no packet tells of (RFC 3711 §3.3.1).
func (o *opener) seek(w *scratch, b []byte) ([]byte, verdict) {
	ssrc := ssrcOf(b)
	if _, known := o.srtp.ROC(ssrc); !known && o.sources >= sourceLimit {
		return nil, forged
	}
	for n := range uint32(rolloverLimit + 2) {
		at := n - 1 // the hint itself, the one after it, then all from the lowest
		if n < 2 {
			at = o.hint + n
		}
		if at == 0 {
			continue // that was tried first
		}
		if o.budget == 0 {
			break
		}
		o.budget--
		o.srtp.SetROC(ssrc, at)
		if out, err := o.srtp.DecryptRTP(w.in[:0], b, &w.header); err == nil {
			o.proved = true
			o.sources++
			return out, authentic
		}
	}
	o.srtp.SetROC(ssrc, 0)
	return nil, forged
}

func (o *opener) rtcp(w *scratch, b []byte) ([]byte, verdict) {
	ssrc := binary.BigEndian.Uint32(b[4:])
	if _, known := o.srtp.Index(ssrc); !known && o.sources >= sourceLimit {
		return nil, forged
	}
	o.repeated = false
	out, err := o.srtp.DecryptRTCP(w.in[:0], b, &w.control)
	if err != nil {
		return nil, o.blame()
	}
	return out, authentic
}

// blame tells a packet that came before, or is older than the window, from one that is false.
func (o *opener) blame() verdict {
	if o.repeated {
		return replayed
	}
	return forged
}

// window is the replay list of one source (RFC 3711 §3.3.2), which notes when it refuses: the library's error for that is its own secret.
type window struct {
	replaydetector.ReplayDetector
	list     replaydetector.CheckAccepter
	repeated *bool
}

// CheckSeq looks a packet up.
func (w window) CheckSeq(seq uint64) replaydetector.Token {
	t := w.list.CheckSeq(seq)
	*w.repeated = !t.Passed()
	return t
}

// Accept notes it, when it was authentic.
func (w window) Accept(t replaydetector.Token) bool { return w.list.Accept(t) }

// newWindow makes the list of a source, size packets wide, whose numbers end at most.
func (o *opener) newWindow(size uint, most uint64) func() replaydetector.ReplayDetector {
	return func() replaydetector.ReplayDetector {
		d := replaydetector.New(size, most)
		list, ok := d.(replaydetector.CheckAccepter)
		if !ok {
			return d
		}
		return window{ReplayDetector: d, list: list, repeated: &o.repeated}
	}
}
