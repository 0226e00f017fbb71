package engine

import (
	"autocom/dsp/jitter"
)

// ring is a jitter buffer that takes packets of any length: a long one is cut into parts that the buffer can hold, and
// every number becomes that many numbers. Sixteen bits wrap alike before and after.
type ring struct {
	jitter.Buffer
	parts uint16 // that the packets of this stream are cut into
}

// put stores one packet; it reports whether the packet came too late to be heard.
func (r *ring) put(seq uint16, ts uint32, payload []byte, arrival int64) (late bool) {
	parts := uint16((len(payload) + jitter.MaxPayload - 1) / jitter.MaxPayload)
	if parts > r.parts {
		if r.parts != 0 {
			r.Restart()
		}
		r.parts = parts
	}
	if r.parts == 0 {
		return false // an empty packet
	}
	size := (len(payload) + int(r.parts) - 1) / int(r.parts)
	for i := range r.parts {
		n := min(size, len(payload))
		if n == 0 {
			r.Skip(seq*r.parts + i)
			continue
		}
		var put jitter.Verdict
		if i == 0 {
			put = r.Put(seq*r.parts, ts, payload[:n], arrival)
		} else {
			put = r.PutMore(seq*r.parts+i, ts, payload[:n], arrival)
		}
		late = late || put == jitter.Late
		// The parts came together; to the buffer they come as they were spoken, so that they are no jitter.
		ts, arrival, payload = ts+uint32(n), arrival+int64(n), payload[n:]
	}
	return late
}

// skip says that a packet carried no voice.
func (r *ring) skip(seq uint16) {
	for i := range max(r.parts, 1) {
		r.Skip(seq*max(r.parts, 1) + i)
	}
}

// renew forgets the stream.
func (r *ring) renew() {
	r.Restart()
	r.parts = 0
}
