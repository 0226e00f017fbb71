package sdp

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"

	"autocom/appliance/exchange/plan"
)

// The bounds of a=crypto lines that are read.
const (
	maxCrypto   = 16 // a=crypto lines of an m= line; those after them are not read
	maxKeys     = 4  // inline keys of one of them
	maxParams   = 16 // its session parameters
	maxMKI      = 128
	maxLifetime = 1 << 48 // packets (RFC 3711 §9.2)
	maxTag      = 999_999_999
	minWindow   = 64 // packets (RFC 4568 §6.3.6)
)

// Crypto is one a=crypto line: a way to protect the packets that its author sends (RFC 4568 §4).
type Crypto struct {
	Tag    int
	Suite  string // as written
	Keys   []InlineKey
	Params []string // session parameters
}

// InlineKey is a master key with its salt, as "inline:" gives it (RFC 4568 §6.1).
type InlineKey struct {
	Key      plan.Key // base64 with padding
	Lifetime uint64   // packets it may protect; 0 when not said: the most that its suite allows
	MKI      uint64   // its identifier in the author's packets
	MKISize  int      // bytes of it there, 0 for none
}

// suite is what we know of a crypto-suite.
type suite struct {
	name string // as we offer it
	also string // another name in use for it
	size int    // bytes of master key and salt
}

// suites is what we speak, in the order in which we like them: authenticated encryption, then the one that every implementation has (RFC 4568
// §6.2), then what a peer may have alone. The short tags are never offered, only taken (RFC 3711 §7.5).
func suites() []suite {
	return []suite{
		{name: "AEAD_AES_256_GCM", size: 32 + 12},
		{name: "AEAD_AES_128_GCM", size: 16 + 12},
		{name: "AES_CM_128_HMAC_SHA1_80", size: 16 + 14},
		{name: "AES_256_CM_HMAC_SHA1_80", also: "AES_CM_256_HMAC_SHA1_80", size: 32 + 14},
		{name: "AES_CM_128_HMAC_SHA1_32", size: 16 + 14},
		{name: "AES_256_CM_HMAC_SHA1_32", also: "AES_CM_256_HMAC_SHA1_32", size: 32 + 14},
	}
}

// offered is how many of them we offer.
const offered = 4

// suiteOf finds a suite by a name of the peer.
func suiteOf(name string) (suite, bool) {
	for _, s := range suites() {
		if strings.EqualFold(name, s.name) || (s.also != "" && strings.EqualFold(name, s.also)) {
			return s, true
		}
	}
	return suite{}, false
}

// parseCrypto reads the value of an a=crypto line. One that cannot be read is as good as none (RFC 4568 §7.1.2): the others still count.
func parseCrypto(value string) (Crypto, bool) {
	f := strings.Fields(value)
	if len(f) < 3 || len(f)-3 > maxParams || len(f[1]) > 64 {
		return Crypto{}, false
	}
	tag, ok := number(f[0], maxTag)
	if !ok {
		return Crypto{}, false
	}
	c := Crypto{Tag: int(tag), Suite: f[1]}
	for text := range strings.SplitSeq(f[2], ";") {
		k, ok := parseKey(text)
		if !ok || len(c.Keys) == maxKeys {
			return Crypto{}, false
		}
		c.Keys = append(c.Keys, k)
	}
	if len(f) > 3 {
		c.Params = f[3:]
	}
	return c, true
}

// parseKey reads one key parameter: inline:key[|lifetime][|MKI:size].
func parseKey(text string) (InlineKey, bool) {
	method, info, _ := strings.Cut(text, ":")
	if !strings.EqualFold(method, "inline") {
		return InlineKey{}, false
	}
	parts := strings.Split(info, "|")
	raw, ok := decodeKey(parts[0])
	if !ok || len(parts) > 3 {
		return InlineKey{}, false
	}
	k := InlineKey{Key: encodeKey(raw)}
	for i, part := range parts[1:] {
		id, size, isMKI := strings.Cut(part, ":")
		switch {
		case isMKI && i == len(parts)-2: // the last one
			n, good := number(size, maxMKI)
			v, fits := number(id, 1<<63)
			if !good || !fits || n == 0 || (n < 8 && v>>(8*n) != 0) {
				return InlineKey{}, false
			}
			k.MKI, k.MKISize = v, int(n)
		case !isMKI && i == 0:
			if k.Lifetime, ok = parseLifetime(part); !ok {
				return InlineKey{}, false
			}
		default:
			return InlineKey{}, false
		}
	}
	return k, true
}

// parseLifetime reads "2^31" or a number of packets, from 1 to 2^48.
func parseLifetime(text string) (uint64, bool) {
	if power, isPower := strings.CutPrefix(text, "2^"); isPower {
		n, ok := number(power, 48)
		return 1 << n, ok
	}
	n, ok := number(text, maxLifetime)
	return n, ok && n > 0
}

// number reads digits and nothing else.
func number(text string, most uint64) (uint64, bool) {
	if text == "" || len(text) > 20 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && n <= most
}

// decodeKey reads base64; the padding that some phones leave out is not missed. 44 bytes are the longest known and 64 the longest read.
func decodeKey(text string) ([]byte, bool) {
	text = strings.TrimRight(text, "=")
	if text == "" || len(text) > 88 {
		return nil, false
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	return raw, err == nil
}

func encodeKey(raw []byte) plan.Key { return plan.Key(base64.StdEncoding.EncodeToString(raw)) }

func (c Crypto) write(b *strings.Builder) {
	b.WriteString("a=crypto:" + strconv.Itoa(c.Tag) + " " + c.Suite + " ")
	for i, k := range c.Keys {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString("inline:" + string(k.Key))
		switch {
		case k.Lifetime == 0:
		case bits.OnesCount64(k.Lifetime) == 1:
			b.WriteString("|2^" + strconv.Itoa(bits.TrailingZeros64(k.Lifetime)))
		default:
			b.WriteString("|" + strconv.FormatUint(k.Lifetime, 10))
		}
		if k.MKISize > 0 {
			b.WriteString("|" + strconv.FormatUint(k.MKI, 10) + ":" + strconv.Itoa(k.MKISize))
		}
	}
	for _, p := range c.Params {
		b.WriteString(" " + p)
	}
	b.WriteString("\r\n")
}

// usable finds the suite of a line and its key, when both are of a kind that we speak: one key of the suite's length, and no session parameter
// that would change the packets.
func (c Crypto) usable() (suite, InlineKey, bool) {
	s, ok := suiteOf(c.Suite)
	if !ok || len(c.Keys) != 1 {
		return suite{}, InlineKey{}, false // several keys take turns by their identifiers: nobody is known to
	}
	raw, ok := decodeKey(string(c.Keys[0].Key))
	if !ok || len(raw) != s.size {
		return suite{}, InlineKey{}, false
	}
	for _, p := range c.Params {
		if !harmless(p) {
			return suite{}, InlineKey{}, false
		}
	}
	return s, c.Keys[0], true
}

// harmless tells the session parameters that we may take: those that may be ignored by their form, and a hint that our window is wide enough
// for. Any other one that is not honoured makes the line invalid (RFC 4568 §6.3.7), and what takes encryption or authentication away is none
// that we honour.
func harmless(param string) bool {
	if strings.HasPrefix(param, "-") {
		return true
	}
	window, isWindow := strings.CutPrefix(param, "WSH=")
	n, ok := number(window, 1<<15)
	return isWindow && ok && n >= minWindow
}

// protection is what a media port needs to know when we send with ours and the peer with theirs.
func protection(s suite, ours plan.Key, theirs InlineKey) plan.SRTP {
	p := plan.SRTP{Suite: s.name, Ours: ours, Theirs: theirs.Key}
	if theirs.MKISize > 0 {
		id := make([]byte, theirs.MKISize)
		var v [8]byte
		binary.BigEndian.PutUint64(v[:], theirs.MKI)
		copy(id[max(0, len(id)-8):], v[max(0, 8-len(id)):])
		p.MKI = hex.EncodeToString(id)
	}
	return p
}
