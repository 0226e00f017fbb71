package engine

import (
	"autocom/dsp/cng"
	"autocom/dsp/g711"
	"autocom/dsp/jitter"
	"autocom/dsp/plc"
)

// strand is one direction of a leg's sound where it is decoded: 20 ms at a time, in step, its holes concealed.
type strand struct {
	*ring                  // nil while nobody needs the samples
	frame [FrameSize]byte  // this frame, in the law of what is in the ring
	pcm   [FrameSize]int16 // the same
	plc   plc.Concealer
	noise cng.Generator // what the peer's silence sounds like, as it told
	told  bool          // noise holds it
	voice bool          // voice has come since: when it is played, the noise ends
}

// pull takes the next 20 ms out of the ring. What the network lost is made up from what was heard before (ITU-T G.711 Appendix I); in a raw
// stream, whose listener would take that for data, it is silence. Where the peer said nothing there is the
// noise it told of (RFC 3389), or silence.
func (s *strand) pull(law g711.Law, raw bool) {
	s.Use(law)
	for at := 0; at < FrameSize; {
		n, kind := s.Pull(s.frame[at:])
		frame, pcm := s.frame[at:at+n], s.pcm[at:at+n]
		at += n
		switch {
		case kind == jitter.Audio && (raw || s.plc.Hole() == 0):
			if s.voice {
				s.quieten()
			}
			law.Decode(pcm, frame)
			s.plc.Good(pcm)
		case kind == jitter.Audio: // the seam is bent in the samples
			law.Decode(pcm, frame)
			s.plc.Good(pcm)
			law.Encode(frame, pcm)
		case kind == jitter.Lost && !raw:
			s.plc.Lost(pcm)
			law.Encode(frame, pcm)
		case s.told && !raw:
			s.noise.Next(pcm)
			law.Encode(frame, pcm)
			s.plc.Good(pcm)
		default:
			law.Fill(frame)
			law.Decode(pcm, frame)
			s.plc.Good(pcm)
		}
	}
}

// comfort takes a peer's word on what its silence sounds like, until it speaks again.
func (s *strand) comfort(d cng.SID) {
	s.noise.Set(d)
	s.told, s.voice = true, false
}

// quieten makes silence silent.
func (s *strand) quieten() {
	if s.told {
		s.noise.Reset()
	}
	s.told, s.voice = false, false
}

// begin puts a ring in the strand's place of one that was not kept up, with nothing heard.
func (s *strand) begin() {
	if s.ring == nil {
		s.ring = new(ring)
	} else {
		s.renew()
	}
	s.plc.Reset()
	s.quieten()
}
