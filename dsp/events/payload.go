// Package events carries the keys pressed on a telephone as RTP packets of
// their own, beside the voice (RFC 4733 telephone-event).
//
// Durations and timestamps are samples at 8 kHz. The package has no clock: the
// caller says when. Sender and Receiver allocate nothing.
package events

import (
	"encoding/binary"
	"errors"
)

// An Event is a code of the RFC 4733 §7 registry. 0 to 15 are the keys of a
// telephone, 16 is the hook flash.
type Event uint8

// The events that are not digits.
const (
	Star  Event = 10
	Hash  Event = 11
	Flash Event = 16
)

const keys = "0123456789*#ABCD"

// OfDigit gives the event of a key: 0–9, *, #, A–D or a–d.
func OfDigit(key byte) (Event, bool) {
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	for i := range len(keys) {
		if keys[i] == key {
			return Event(i), true
		}
	}
	return 0, false
}

// Digit gives the key of an event, when it is a key.
func (e Event) Digit() (byte, bool) {
	if int(e) < len(keys) {
		return keys[e], true
	}
	return 0, false
}

// Size is the length of one event report, in bytes.
const Size = 4

// MaxDuration is the longest duration one report can say; longer events go in
// segments (RFC 4733 §2.5.1.3).
const MaxDuration = 0xFFFF

// A Payload is one event report (RFC 4733 §2.3).
type Payload struct {
	Event Event
	// End is set in the reports that say the event is over.
	End bool
	// Volume is the level in −dBm0, 0 (loudest) to 63.
	Volume uint8
	// Duration is how long the event has lasted, from the packet's timestamp.
	Duration uint16
}

// ErrShort says that a payload is not a whole number of reports.
var ErrShort = errors.New("telephone-event payload is not a multiple of 4 bytes")

// Parse reads the first report of a packet. The R bit is ignored, as RFC 4733
// §2.3.3 asks.
func Parse(b []byte) (Payload, error) {
	if len(b) < Size {
		return Payload{}, ErrShort
	}
	return Payload{
		Event:    Event(b[0]),
		End:      b[1]&0x80 != 0,
		Volume:   b[1] & 0x3F,
		Duration: binary.BigEndian.Uint16(b[2:]),
	}, nil
}

// Bytes writes the report. A volume above 63 is written as 63.
func (p Payload) Bytes() [Size]byte {
	b := [Size]byte{byte(p.Event), min(p.Volume, 63)}
	if p.End {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], p.Duration)
	return b
}
