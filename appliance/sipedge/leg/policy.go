package leg

import "time"

// Reliability says when the provisional responses we send are acknowledged (RFC 3262).
type Reliability string

// The reliabilities.
const (
	ReliableWhenAsked Reliability = ""          // only when the peer requires it
	ReliableWhenAble  Reliability = "supported" // whenever the peer can
	ReliableAlways    Reliability = "required"  // a peer that cannot is refused with 421
)

// Policy is what the RFCs leave to the two sides of a call. The zero value is fit for phones and carriers alike.
type Policy struct {
	// Patience is how long the contacts of one turn may stay silent before those of the next turn are tried (RFC 3263 §4.3); 2 s when 0.
	Patience time.Duration `json:"patience,omitempty"`
	// GiveUp is how long the contacts of the last turn may stay silent before the leg is refused as unreachable; as long as the transaction
	// (timer B, 32 s) when 0.
	GiveUp time.Duration `json:"give_up,omitempty"`
	// SessionExpires is the session interval we ask for (RFC 4028 §4); 30 minutes when 0, and when negative we ask for none, but keep to one
	// that the peer asks for.
	SessionExpires time.Duration `json:"session_expires,omitempty"`
	// MinSE is the shortest session interval we take (RFC 4028 §5); 90 s when 0, which is also the least.
	MinSE time.Duration `json:"min_se,omitempty"`
	// Reliable is which of our provisional responses are acknowledged.
	Reliable Reliability `json:"reliable,omitempty"`
	// Sound is what is allowed and owed to the leg's sound.
	Sound Sound `json:"sound,omitzero"`
}

// The defaults of a policy.
const (
	DefaultPatience       = 2 * time.Second
	DefaultSessionExpires = 1800 * time.Second
	leastSE               = 90 * time.Second // RFC 4028 §4
)

func (p Policy) patience() time.Duration {
	if p.Patience <= 0 {
		return DefaultPatience
	}
	return p.Patience
}

func (p Policy) minSE() time.Duration { return max(p.MinSE, leastSE) }

// sessionExpires is the interval we ask for, 0 for none.
func (p Policy) sessionExpires() time.Duration {
	switch {
	case p.SessionExpires < 0:
		return 0
	case p.SessionExpires == 0:
		return max(DefaultSessionExpires, p.minSE())
	}
	return max(p.SessionExpires, p.minSE())
}
