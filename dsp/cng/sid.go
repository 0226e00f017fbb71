// Package cng fills silence with the faint noise that tells a listener the line
// is alive: it measures the noise of a room, says it in a few bytes, and makes
// noise of the same level and colour from them.
//
// The bytes are the comfort noise payload of RFC 3389 (RTP payload type 13), as
// in ITU-T G.711 Appendix II. Lengths are samples at 8 kHz, levels dBm0. Nothing
// on the path allocates.
package cng

import (
	"errors"
	"math"

	"autocom/dsp/level"
)

// PayloadType is comfort noise at 8 kHz (RFC 3551 §6).
const PayloadType = 13

// MaxOrder is the greatest number of reflection coefficients that are measured
// and heard. More may come: RFC 3389 §3 lets a receiver do without them.
const MaxOrder = 10

// MaxPayload bounds a payload that is taken, in bytes: the level and a model
// of an order that nobody needs.
const MaxPayload = 64

// RFC 3389 §3.1 counts from the overload of the system, to which a square wave
// that just fills the range comes: 0 dBov, +6.15 dBm0 on level's scale.
var overload = level.OfPower(level.FullScale * level.FullScale)

// A SID is a silence insertion descriptor: what noise there is. The zero value
// is noise of 0 dBov, louder than any; use Silence for none.
type SID struct {
	Level      uint8 // in −dBov, 0 to 127 (RFC 3389 §3.1)
	Order      int   // of Reflection, 0 to MaxOrder; 0 is white noise
	Reflection [MaxOrder]float64
}

// Silence is the faintest noise there can be.
func Silence() SID { return SID{Level: 127} }

// DBm0 is the noise's level.
func (s SID) DBm0() float64 { return overload - float64(s.Level) }

// The ways in which a payload is none.
var (
	ErrEmpty   = errors.New("a comfort noise payload without its level")
	ErrTooLong = errors.New("a comfort noise payload longer than 64 bytes")
)

// Parse reads a payload. The level's first bit must be 0, and is passed over
// when it is not. An index of 255 stands for no coefficient (the table of
// RFC 3389 §3.2 ends at 254) and ends the model there.
func Parse(payload []byte) (SID, error) {
	switch {
	case len(payload) == 0:
		return SID{}, ErrEmpty
	case len(payload) > MaxPayload:
		return SID{}, ErrTooLong
	}
	s := SID{Level: payload[0] & 0x7F}
	for _, n := range payload[1:min(len(payload), 1+MaxOrder)] {
		if n == 255 {
			break
		}
		s.Reflection[s.Order] = value(n)
		s.Order++
	}
	return s, nil
}

// Append writes the payload after dst: 1 + Order bytes.
func (s SID) Append(dst []byte) []byte {
	dst = append(dst, min(s.Level, 127))
	for _, k := range s.Reflection[:min(max(s.Order, 0), MaxOrder)] {
		dst = append(dst, index(k))
	}
	return dst
}

// value is RFC 3389 §3.2: k = 258 (N − 127) / 32768.
func value(n byte) float64 { return 258 * (float64(n) - 127) / 32768 }

// index is the nearest N.
func index(k float64) byte {
	n := math.Round(k*32768/258) + 127
	if !(n > 0) { // NaN too
		return 0
	}
	return byte(min(n, 254))
}
