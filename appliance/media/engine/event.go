package engine

import (
	"time"

	"autocom/appliance/exchange/plan"
)

// A Kind is what an Event tells.
type Kind uint8

// The kinds of events.
const (
	// FirstPacket: a peer was heard for the first time since the leg was opened.
	FirstPacket Kind = iota + 1
	// Digit: a key was pressed and released; exactly one for each press (RFC 4733).
	Digit
	// PromptDone: what Play started is over, or was stopped or replaced.
	PromptDone
	// MediaLost: a peer that should send has been silent for too long. It comes once for each silence; whether the call
	// ends is for signalling to decide.
	MediaLost
	// Stats: a leg's counts, when it closes.
	Stats
)

func (k Kind) String() string {
	switch k {
	case FirstPacket:
		return "first packet"
	case Digit:
		return "digit"
	case PromptDone:
		return "prompt done"
	case MediaLost:
		return "media lost"
	case Stats:
		return "stats"
	default:
		return "unknown event"
	}
}

// An Event is one thing that happened on a leg. Which fields hold follows from Kind.
type Event struct {
	Kind     Kind
	Leg      plan.LegID
	Digit    byte          // Digit: 0–9, *, #, A–D
	InVoice  bool          // Digit: it was heard in the voice, not beside it
	Duration time.Duration // Digit: how long the key was held; MediaLost: how long the peer has been silent
	Token    uint64        // PromptDone: the one given to Play
	Finished bool          // PromptDone: heard to the end, rather than stopped, replaced or hung up on
	Stats    Statistics    // Stats
}

// Statistics are a leg's counts since it was opened, over every source and every path its packets took.
type Statistics struct {
	Received  uint64 // RTP packets accepted from the peer
	Octets    uint64 // payload bytes of them
	Lost      int64  // packets expected and never seen (RFC 3550 A.3), over all sources; duplicates make it smaller
	Jitter    uint32 // interarrival jitter of the present source, in samples (RFC 3550 A.8)
	MaxJitter uint32 // the highest it was, in samples
	Sent      uint64 // RTP packets sent to the peer
	SentBytes uint64 // payload bytes of them
	Strangers uint64 // packets dropped because they came from elsewhere
	Malformed uint64 // packets dropped because they were not RTP
	Unknown   uint64 // packets dropped for their payload type
	Late      uint64 // packets dropped because their place in the stream had passed
	LossRuns  uint64 // runs of packets lost or late, for the rating; 0 while nothing counts them
	Sources   uint32 // sources (SSRCs) heard
	Forged    uint64 // packets refused by whoever checks their authentication, see Reject
	Replayed  uint64 // packets refused because they had come before

	Level  float64 // of the peer's speech, in dBm0; meaningless when Speech is 0
	Speech float64 // share of its voice that was speech, 0 to 1

	PeerMOSX10 uint8         // the opinion score it reports of what we send (RTCP XR, MOS-CQ), in tenths; 0 until it does
	PeerLost   int64         // what the peer reports to have lost of ours (RTCP), packets
	PeerJitter uint32        // the jitter it reports, in samples
	RoundTrip  time.Duration // by RTCP, 0 until known (RFC 3550 §6.4.1)
}
