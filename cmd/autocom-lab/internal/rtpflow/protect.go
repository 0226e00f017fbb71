package rtpflow

import (
	"fmt"

	"github.com/pion/srtp/v3"
)

// KeyBytes is the length of a key with its salt (AES_CM_128_HMAC_SHA1_80, RFC 4568 §6.2.1).
const KeyBytes = 30

// protection is SRTP, both ways (RFC 3711). None at all is sound in the clear.
type protection struct{ out, in *srtp.Context }

// Protect encrypts what is sent with our key from the next frame on, and takes
// only what theirs opens. It may be called again: keys change.
func (f *Flow) Protect(ours, theirs []byte) error {
	out, err := keyed(ours)
	if err != nil {
		return err
	}
	in, err := keyed(theirs)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.safe = &protection{out, in}
	return nil
}

func keyed(key []byte) (*srtp.Context, error) {
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("rtpflow: a key has %d bytes, not %d", KeyBytes, len(key))
	}
	return srtp.CreateContext(key[:16], key[16:], srtp.ProtectionProfileAes128CmHmacSha1_80)
}

func (p *protection) seal(b []byte) []byte {
	if p == nil {
		return b
	}
	sealed, err := p.out.EncryptRTP(nil, b, nil)
	if err != nil {
		return nil // it is our own packet: it can be read
	}
	return sealed
}

// open gives nothing for what the key does not open.
func (p *protection) open(b []byte) []byte {
	if p == nil {
		return b
	}
	plain, err := p.in.DecryptRTP(nil, b, nil)
	if err != nil {
		return nil
	}
	return plain
}
