package sipedge

import (
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/sdp"
	"autocom/appliance/sipedge/trunk"
)

// Sound is what is allowed and owed to the sound of an extension's phones. The zero value is G.711 in the clear.
type Sound struct {
	SRTP sdp.SRTPPolicy
	Raw  bool // no voice: fax, payment terminal, lift alarm
}

// sound is what is allowed and owed to the sound of a leg to or from a trunk (t is not nil), or else an extension.
func (e *Edge) sound(t *trunk.Config, extension string) leg.Sound {
	var s leg.Sound
	if t != nil {
		s.SRTP = trunkSRTP(t.SRTP)
	} else {
		x := e.site.Load().sounds[extension]
		s.SRTP, s.Raw = x.SRTP, x.Raw
	}
	if s.SRTP != sdp.SRTPNever {
		s.Secret = leg.NewSecret()
	}
	return s
}

func trunkSRTP(s trunk.SRTP) sdp.SRTPPolicy {
	switch s {
	case trunk.SRTPAllowed:
		return sdp.SRTPAllowed
	case trunk.SRTPRequired:
		return sdp.SRTPRequired
	default:
		return sdp.SRTPNever
	}
}
