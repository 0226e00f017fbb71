package plan

import "fmt"

// SRTP is how the packets of one leg are protected (RFC 3711), as its descriptions agreed (RFC 4568). The zero value is RTP in the clear.
type SRTP struct {
	Suite  string `json:"suite"`         // crypto-suite by its name in RFC 4568 §6.2, RFC 6188 or RFC 7714
	Ours   Key    `json:"ours"`          // protects what we send
	Theirs Key    `json:"theirs"`        // protects what the peer sends
	MKI    string `json:"mki,omitempty"` // master key identifier in each of the peer's packets, in hexadecimal; ours have none
}

// On reports whether packets are protected.
func (s SRTP) On() bool { return s.Suite != "" }

// Key is a master key and its salt, or another secret of the same kind, in base64. It is written to the media socket and to what is handed
// over between two cores, and nowhere else: whatever prints it, prints a mask.
type Key string

// keyMask stands where a key would be.
const keyMask = "[key]"

// Format writes the mask, whatever the verb: %x and %d would otherwise go around String.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// String is a mask; nothing at all when there is no key.
func (k Key) String() string {
	if k == "" {
		return ""
	}
	return keyMask
}

// GoString is the mask too.
func (k Key) GoString() string { return k.String() }
