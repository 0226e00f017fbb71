package trace

import (
	"autocom/dsp/g711"
	"autocom/dsp/jitter"
	"autocom/dsp/plc"
)

// A Tick is what was seen in 20 ms, in samples.
type Tick struct {
	Target int
	Delay  int // from when a sample was said to when it is played, the network's delay included; −1 when none is
	Lost   int // of this tick's samples, made up
}

// A Result is how a trace was heard.
type Result struct {
	Ticks   []Tick
	Counts  jitter.Counts
	Heard   int     // samples that came
	Lost    int     // samples that did not and were made up
	Quiet   int     // samples of which nothing was known to be missing
	Samples []int16 // all of them
}

// Late is how many packets came and were not played.
func (r Result) Late(t Trace) int { return max(0, int(r.Counts.Missing)-t.Lost) }

// Play sends voice over the network of t, again from its beginning when it
// ends, and pulls 20 ms at each tick, as the media engine does.
func Play(t Trace, voice []int16) Result {
	var b jitter.Buffer
	b.Use(g711.ALaw)
	var r Result
	var conceal plc.Concealer
	var payload, coded [Size]byte
	var pcm, frame [Size]int16
	end := int64(-1) // of the newest packet's voice
	newest := uint16(0)
	packets := t.Packets
	for now := int64(0); now < t.Length; now += Size {
		for len(packets) > 0 && packets[0].Arrival <= now {
			p := packets[0]
			packets = packets[1:]
			for i := range pcm {
				pcm[i] = voice[(int(p.Voice)+i)%len(voice)]
			}
			g711.ALaw.Encode(payload[:], pcm[:])
			restarts := b.Counts().Restarts
			v := b.Put(p.Sequence, p.Timestamp, payload[:], p.Arrival)
			if v == jitter.Stored && (end < 0 || b.Counts().Restarts != restarts || int16(p.Sequence-newest) > 0) {
				newest, end = p.Sequence, p.Sent+Size
			}
		}
		tick := Tick{Target: b.Target(), Delay: -1}
		for at := 0; at < Size; {
			n, kind := b.Pull(coded[at:])
			part := frame[at : at+n]
			at += n
			switch kind {
			case jitter.Audio:
				r.Heard += n
				if tick.Delay < 0 {
					tick.Delay = int(now-end) + b.Depth() + at // at samples of this tick are said
				}
				g711.ALaw.Decode(part, coded[at-n:at])
				conceal.Good(part)
			case jitter.Lost:
				tick.Lost += n
				conceal.Lost(part)
			default:
				r.Quiet += n
				clear(part)
				conceal.Good(part)
			}
		}
		r.Lost += tick.Lost
		r.Ticks = append(r.Ticks, tick)
		r.Samples = append(r.Samples, frame[:]...)
	}
	r.Counts = b.Counts()
	return r
}
