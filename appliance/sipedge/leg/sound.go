package leg

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/sdp"
)

// Sound is what is allowed and owed to the sound of one leg. The zero value is G.711 in the clear, with everything we do for a voice.
type Sound struct {
	SRTP sdp.SRTPPolicy `json:"srtp,omitempty"`
	// Secret is where the keys of the leg come from: 32 random bytes or more in base64, drawn anew for each leg by whoever makes its first
	// input. Without it there are no keys. It changes with each key that is made, so that nobody can go back from it to one in use.
	Secret plan.Key `json:"secret,omitempty"`
	// Raw is for lines that carry no voice (fax, payment terminal, lift alarm): plain G.711 that nothing is done to.
	Raw bool `json:"raw,omitempty"`
}

// NewSecret draws a secret for one leg.
func NewSecret() plan.Key {
	var b [sha256.Size]byte
	_, _ = rand.Read(b[:]) // never fails
	return plan.Key(base64.StdEncoding.EncodeToString(b[:]))
}

// fit leaves out the contacts that may not be called: those whose signalling is open to others, where SRTP is required (RFC 4568 §7).
func (s Sound) fit(contacts []Contact) []Contact {
	if s.SRTP != sdp.SRTPRequired {
		return contacts
	}
	return slices.DeleteFunc(slices.Clone(contacts), func(c Contact) bool { return s.Secret == "" || !c.Flow.Transport.Secure() })
}

// mayOffer reports whether the leg can make an offer that keeps to what is required of its sound.
func (s *step) mayOffer() bool {
	if s.Policy.Sound.SRTP != sdp.SRTPRequired || s.secure() && s.Policy.Sound.Secret != "" {
		return true
	}
	s.warning = `302 autocom "SRTP is required here, and signalling over TLS for its keys"`
	return false
}

// warn keeps why a description was refused, for the peer's people.
func (s *step) warn(err error) {
	if no, ok := errors.AsType[*sdp.NotAcceptable](err); ok {
		s.warning = no.Warning("autocom")
	}
}

// secure reports whether nobody on the way to the peer, or to any of those that it may turn out to be, can read the signalling.
func (s *step) secure() bool {
	if s.Dialog.CallID != "" {
		return s.Dialog.Flow.Transport.Secure()
	}
	return len(s.Branches) > 0 && !slices.ContainsFunc(s.Branches, func(b Branch) bool { return !b.Dialog.Flow.Transport.Secure() })
}

// protect says in a description of our end how its sound may be protected.
func (s *step) protect(l *sdp.Local) {
	l.Raw, l.SRTP, l.Secure, l.Was = s.Policy.Sound.Raw, s.Policy.Sound.SRTP, s.secure(), s.Session.Media.SRTP
	if s.Policy.Sound.Secret != "" {
		l.NewKey = s.newKey
	}
}

// newKey makes a master key and salt of n bytes, and the secret that the next one will come from (RFC 5869). The same state makes the same key,
// which is what lets a Step be repeated.
func (s *step) newKey(n int) []byte {
	secret, err := base64.StdEncoding.DecodeString(string(s.Policy.Sound.Secret))
	if err != nil {
		panic("leg: the secret of a leg is not base64") // whoever made the input broke its contract
	}
	const keyInfo, nextInfo = "autocom srtp key", "autocom srtp next"
	key, err := hkdf.Expand(sha256.New, secret, keyInfo, n)
	if err != nil {
		panic("leg: " + err.Error()) // not reached: no suite has so long a key
	}
	next, err := hkdf.Expand(sha256.New, secret, nextInfo, sha256.Size)
	if err != nil {
		panic("leg: " + err.Error())
	}
	s.Policy.Sound.Secret = plan.Key(base64.StdEncoding.EncodeToString(next))
	return key
}
