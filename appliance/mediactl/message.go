// Package mediactl is how the box's core tells the media process what to do with the sound of calls: the protocol on
// their Unix socket, and the core's client of it.
//
// The socket is a stream. Each frame is a length (four bytes, big endian) and a JSON [Message] of at most [MaxFrame]
// bytes; file descriptors (sounds, recordings) travel with the frame that names them. Both sides begin with Hello. The
// client sends requests, which are carried out in order; one with an id is answered, one without is not, and if it
// fails a Refused event says so.
package mediactl

import (
	"errors"
	"fmt"
	"time"

	"autocom/appliance/exchange/plan"
)

// Version of the protocol. Client and server of different versions do not talk.
const Version = 3

// MaxFrame is the longest JSON of a frame, in bytes.
const MaxFrame = 64 << 10

// MaxFiles is how many descriptors may travel with one frame.
const MaxFiles = 1

// A Message is one frame: exactly one field is set.
type Message struct {
	Hello   *Hello   `json:"hello,omitempty"`
	Request *Request `json:"request,omitempty"`
	Reply   *Reply   `json:"reply,omitempty"`
	Event   *Event   `json:"event,omitempty"`
}

// Hello is the first message of each side.
type Hello struct {
	Version int    `json:"version"`
	Name    string `json:"name,omitempty"` // of the program, for logs
}

// An Op is what a request asks for.
type Op string

// The closed list of operations.
const (
	OpOpen     Op = "open"      // Leg -> Endpoint
	OpUpdate   Op = "update"    // Leg, Media
	OpClose    Op = "close"     // Leg
	OpPlan     Op = "plan"      // Plan
	OpSound    Op = "sound"     // Sound, Codec, one descriptor: raw G.711 at 8 kHz
	OpPlay     Op = "play"      // Leg, Sound, Token, Loop
	OpStopPlay Op = "stop_play" // Leg
	OpDigit    Op = "digit"     // Leg, Digit, Millis
	OpRecord   Op = "record"    // Recording, Leg, Key, Paused, Part, one descriptor open for writing
	OpStopRec  Op = "stop_rec"  // Recording
	OpPauseRec Op = "pause_rec" // Recording, Paused, Why: nothing is recorded until it goes on, and the place is marked
	OpMask     Op = "mask"      // Leg, On: what it says and presses is heard by nobody; its keys are told
	OpRenew    Op = "renew"     // Legs
	OpLegs     Op = "legs"      // -> Legs
	OpStats    Op = "stats"     // Leg -> Stats
)

// A Request asks the media process for something. Which fields hold follows from Op.
type Request struct {
	ID        uint64           `json:"id,omitempty"` // 0: no answer is wanted
	Op        Op               `json:"op"`
	Leg       plan.LegID       `json:"leg,omitempty"`
	Legs      []plan.LegID     `json:"legs,omitempty"`
	Media     *plan.Media      `json:"media,omitempty"`
	Plan      *plan.Plan       `json:"plan,omitempty"`
	Sound     plan.Sound       `json:"sound,omitempty"`
	Codec     plan.Codec       `json:"codec,omitempty"`
	Token     uint64           `json:"token,omitempty"`
	Loop      bool             `json:"loop,omitempty"`
	Digit     string           `json:"digit,omitempty"`
	Millis    int              `json:"ms,omitempty"`
	Recording plan.RecordingID `json:"recording,omitempty"`
	Key       []byte           `json:"key,omitempty"`
	Paused    bool             `json:"paused,omitempty"`
	Part      uint32           `json:"part,omitempty"` // of a recording that goes on after its writer was lost; 0 is its beginning
	On        bool             `json:"on,omitempty"`
	Why       string           `json:"why,omitempty"`   // of a pause, a few words for people; at most 200 bytes are kept
	Files     int              `json:"files,omitempty"` // descriptors that travel with this frame
}

// A Reply answers the request with the same id.
type Reply struct {
	ID       uint64        `json:"id"`
	Error    *Error        `json:"error,omitempty"`
	Endpoint plan.Endpoint `json:"endpoint,omitzero"`
	Legs     []Leg         `json:"legs,omitempty"`
	Stats    *Stats        `json:"stats,omitempty"`
}

// A Leg is what the media process holds open: what a core that starts again finds.
type Leg struct {
	Leg      plan.LegID    `json:"leg"`
	Endpoint plan.Endpoint `json:"endpoint"`
	LeaseMs  int64         `json:"lease_ms"` // until it closes itself
}

// A Kind is what an Event tells.
type Kind string

// The closed list of events. Connected and Disconnected are made by the client itself.
const (
	FirstPacket  Kind = "first_packet"  // Leg
	Digit        Kind = "digit"         // Leg, Digit, InVoice, Millis
	PromptDone   Kind = "prompt_done"   // Leg, Token, Finished
	MediaLost    Kind = "media_lost"    // Leg, Millis: a peer that should send is silent; whether the call ends is for signalling to say
	LegStats     Kind = "stats"         // Leg, Stats: the last counts of a leg that closed
	LeaseExpired Kind = "lease_expired" // Leg: it is closed; LegStats follows
	RecordEnded  Kind = "record_ended"  // Recording, Millis written, Lost, Error when it failed
	Refused      Kind = "refused"       // Op, Leg, Error: a request without an id failed
	Connected    Kind = "connected"     // the media process answers; Legs is what it holds open
	Disconnected Kind = "disconnected"  // it does not; sound may go on
	Overrun      Kind = "overrun"       // Lost events were dropped because nobody took them in time
)

// An Event is something that happened in the media process. Which fields hold follows from Kind.
type Event struct {
	Kind      Kind             `json:"kind"`
	Leg       plan.LegID       `json:"leg,omitempty"`
	Digit     string           `json:"digit,omitempty"`
	InVoice   bool             `json:"in_voice,omitempty"` // Digit: heard in the voice, of a leg without telephone-events
	Millis    int64            `json:"ms,omitempty"`
	Token     uint64           `json:"token,omitempty"`
	Finished  bool             `json:"finished,omitempty"`
	Recording plan.RecordingID `json:"recording,omitempty"`
	Lost      uint64           `json:"lost,omitempty"` // RecordEnded: frames of 20 ms; Overrun: events
	Op        Op               `json:"op,omitempty"`
	Error     *Error           `json:"error,omitempty"`
	Stats     *Stats           `json:"stats,omitempty"`
	Legs      []Leg            `json:"-"`
}

// Stats are a leg's counts since it was opened.
type Stats struct {
	Received   uint64        `json:"received"`      // RTP packets from the peer
	Octets     uint64        `json:"octets"`        // payload bytes of them
	Lost       int64         `json:"lost"`          // packets expected and never seen
	Jitter     uint32        `json:"jitter"`        // of the present source, in samples at 8 kHz
	MaxJitter  uint32        `json:"max_jitter"`    // the highest it was
	Sent       uint64        `json:"sent"`          // RTP packets to the peer
	SentBytes  uint64        `json:"sent_bytes"`    // payload bytes of them
	Strangers  uint64        `json:"strangers"`     // packets dropped because they came from elsewhere
	Malformed  uint64        `json:"malformed"`     // packets that were not RTP
	Unknown    uint64        `json:"unknown"`       // packets of a payload type nobody agreed on
	Late       uint64        `json:"late"`          // packets that came after their time
	LossRuns   uint64        `json:"loss_runs"`     // runs of packets lost or late, 0 when nobody counts them
	Sources    uint32        `json:"sources"`       // SSRCs heard
	Forged     uint64        `json:"forged"`        // packets dropped because nobody with the peer's key made them
	Replayed   uint64        `json:"replayed"`      // packets dropped because they had come before
	Level      float64       `json:"level"`         // of the peer's speech, in dBm0; meaningless when Speech is 0
	Speech     float64       `json:"speech"`        // share of its voice that was speech, 0 to 1
	PeerMOSX10 uint8         `json:"peer_mos_x10"`  // the opinion score it reports of what we send (RTCP XR), tenths; 0 when it does not
	PeerLost   int64         `json:"peer_lost"`     // what the peer lost of ours, by its RTCP
	PeerJitter uint32        `json:"peer_jitter"`   // the jitter it reports, in samples
	RoundTrip  time.Duration `json:"round_trip_ns"` // by RTCP, 0 when unknown
}

// A Code says why a request failed, for programs.
type Code string

// The closed list of codes.
const (
	CodeBadRequest   Code = "bad_request"
	CodeUnknownLeg   Code = "unknown_leg"
	CodeLegOpen      Code = "leg_open"
	CodeNoPorts      Code = "no_ports"
	CodeUnknownSound Code = "unknown_sound"
	CodeBadMedia     Code = "bad_media"
	CodeBusy         Code = "busy"
	CodeOldPlan      Code = "old_plan"
	CodeNotRecorded  Code = "not_recorded"
	CodeFailed       Code = "failed"
)

// An Error is a refusal by the media process.
type Error struct {
	Code Code   `json:"code"`
	Text string `json:"text"` // a sentence for people
}

func (e *Error) Error() string { return fmt.Sprintf("media: %s", e.Text) }

// Is lets errors.Is compare by code.
func (e *Error) Is(target error) bool {
	t, ok := errors.AsType[*Error](target)
	return ok && t.Code == e.Code && t.Text == ""
}

// Errors a caller may look for with errors.Is.
var (
	ErrNoPorts    error = &Error{Code: CodeNoPorts}
	ErrUnknownLeg error = &Error{Code: CodeUnknownLeg}
	ErrLegOpen    error = &Error{Code: CodeLegOpen}
)

// Errors of the client itself.
var (
	ErrDisconnected = errors.New("the media process does not answer")
	ErrClosed       = errors.New("the media client is closed")
	ErrBacklog      = errors.New("the media process does not keep up with its commands")
	ErrVersion      = errors.New("the media process speaks another version of the protocol")
)
