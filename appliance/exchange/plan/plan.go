// Package plan holds the small values that the exchange and the rim share when they speak of legs and sound: who hears whom.
//
// It imports nothing of ours, so that signalling, media and the exchange can all name the same things.
package plan

// CallID names one caller's journey. It is unique on a box for ever: the journal's epoch, then a counter ("3-000017").
type CallID string

// LegID names one SIP (or WebRTC) dialog of a call. It is unique on a box for ever.
// Legs that come in are named by the rim ("i3-000017"), legs that go out by the exchange ("o3-000017").
type LegID string

// RecordingID names one recording object of a call.
type RecordingID string

// Sound names something that can be played: "prompt:welcome", "music:default", "tone:ringback". Empty is silence.
type Sound string

// Sounds every box has, whatever its site document says.
const (
	MusicDefault   Sound = "music:default"
	PromptWelcome  Sound = "prompt:welcome"
	ToneRingback   Sound = "tone:ringback"
	ToneBusy       Sound = "tone:busy"
	ToneCongestion Sound = "tone:congestion"
	ToneJoin       Sound = "tone:join"   // a third person joins a conversation
	ToneRecord     Sound = "tone:record" // leave a message after it
)

// Codec is an RTP audio codec by its static payload type (RFC 3551 table 4).
type Codec uint8

// The codecs of the telephone network.
const (
	PCMU Codec = 0 // G.711 µ-law, 8 kHz
	PCMA Codec = 8 // G.711 A-law, 8 kHz
)

func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	default:
		return "unknown codec"
	}
}

// Direction is who may send sound on a leg, seen from the box (RFC 3264 §5.1).
type Direction uint8

// The four directions.
const (
	SendRecv Direction = iota
	SendOnly           // we send, the peer only listens
	RecvOnly           // the peer sends, we do not
	Inactive           // nobody sends
)

func (d Direction) String() string {
	switch d {
	case SendRecv:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	default:
		return "unknown direction"
	}
}

// Sends reports whether the box may send.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives reports whether the peer may send.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Reverse is the same direction seen from the peer.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	default:
		return d
	}
}

// Endpoint is a transport address of RTP: a textual IP address and a UDP port. The zero value is "none yet".
type Endpoint struct {
	Host string `json:"host,omitempty"`
	Port int    `json:"port,omitempty"`
}

// Known reports whether there is an address to send to.
func (e Endpoint) Known() bool { return e.Host != "" && e.Port != 0 }

// Media is what an offer/answer exchange agreed for one leg. It is what a media port needs to know of SDP.
type Media struct {
	Remote    Endpoint  `json:"remote"`     // where to send RTP until symmetric RTP has locked on
	RTCP      Endpoint  `json:"rtcp"`       // where to send RTCP; zero means Remote's port + 1
	RTCPMux   bool      `json:"rtcp_mux"`   // RFC 5761
	Codec     Codec     `json:"codec"`      // what we send, and expect
	Ptime     int       `json:"ptime"`      // ms per packet we send: 10, 20 or 30
	EventPT   uint8     `json:"event_pt"`   // RFC 4733 payload type, 0 when the peer has none
	Direction Direction `json:"direction"`  // seen from the box
	Signalled string    `json:"signalled"`  // the address signalling came from: a stranger elsewhere cannot lock in
	AnyPeer   bool      `json:"any_source"` // lock in to a source elsewhere (phones behind NAT): an explicit policy

	DynamicPT uint8 `json:"dynamic_pt,omitempty"` // payload type of Codec when the peer maps it to one of 96–127 (RFC 3551 §6); 0 is the static one
	SRTP      SRTP  `json:"srtp,omitzero"`        // zero is RTP in the clear
	Raw       bool  `json:"raw,omitempty"`        // fax, payment terminal, lift alarm: fixed buffer; no concealment, gain, comfort noise or mixing
}

// Plan says, for one call, who hears whom. It is immutable: a change is a new Plan with a higher Version.
type Plan struct {
	Call    CallID    `json:"call"`
	Version uint64    `json:"version"` // rises by one with each plan of this call
	Legs    []Hearing `json:"legs"`    // sorted by Leg; legs absent from it hear nothing and are heard by nobody
}

// Hearing is what one leg hears: other legs of the call and, beneath them, a looping sound.
type Hearing struct {
	Leg   LegID   `json:"leg"`
	From  []LegID `json:"from,omitempty"`  // legs it hears, sorted; two or more are mixed
	Sound Sound   `json:"sound,omitempty"` // loops while this plan holds; heard only when From is empty
}
