package engine

import (
	"slices"
	"time"

	"autocom/dsp/g711"
	"autocom/dsp/mix"
)

// MaxLegs bounds the legs of one call: a mixer has one party for what a leg says and one for what is played to it.
const MaxLegs = mix.MaxParties / 2

// bench is a call's mixer and its memory. It is made when the call first needs it.
type bench struct {
	mixer *mix.Mixer
	room  int                // legs it has place for
	in    [][]int16          // by party: what legs say, then what is played to each
	out   [][]int16          // by party
	sound [][FrameSize]int16 // of the prompts
	list  [MaxLegs + 1]int   // scratch
}

// seat gives a leg the lowest free place in its call.
func (c *call) seat(l *leg) {
	var taken uint64
	for _, o := range c.legs {
		if o != l {
			taken |= 1 << o.party
		}
	}
	for l.party = 0; taken&(1<<l.party) != 0; l.party++ {
	}
}

// arrange prepares the mixer for the legs' modes.
func (c *call) arrange() {
	if c.bench == nil && !slices.ContainsFunc(c.legs, func(l *leg) bool { return l.mode == mixing }) {
		return
	}
	room := 4
	for _, l := range c.legs {
		for l.party >= room {
			room *= 2
		}
	}
	if c.bench == nil || c.bench.room < room {
		m, err := mix.New(2 * room)
		if err != nil {
			return // not reached: SetPlan bounds the legs
		}
		c.bench = &bench{
			mixer: m, room: room, in: make([][]int16, 2*room), out: make([][]int16, 2*room), sound: make([][FrameSize]int16, room),
		}
	}
	b := c.bench
	for _, l := range c.legs {
		list := b.list[:0]
		if l.mode == mixing {
			for _, o := range l.from {
				list = append(list, o.party)
			}
			list = append(list, b.room+l.party)
		}
		b.mixer.Hear(l.party, list...)
	}
}

// cut takes a leg out of the mixer.
func (c *call) cut(l *leg) {
	if b := c.bench; b != nil && l.party < b.room {
		b.mixer.Cut(l.party)
		b.mixer.Cut(b.room + l.party)
	}
}

// needRing notes whether anybody needs a leg's samples.
func (l *leg) needRing() {
	need := l.tap != nil || slices.ContainsFunc(l.hearers, func(o *leg) bool { return o.mode == mixing })
	if need && !l.needsRing {
		l.says.begin()
		l.says.Fix(l.delay())
	}
	l.needsRing = need
}

// store keeps a packet for the next ticks, in the leg's own law.
func (e *Engine) store(l *leg, h *header, law g711.Law, payload []byte, now time.Duration) {
	if law != l.law {
		n := g711.Transcode(e.work.out[:], l.law, payload, law)
		payload = e.work.out[:n]
	}
	l.says.voice = l.says.told
	if l.says.put(h.seq, h.ts, payload, samples(now)) {
		l.count.Late++
	}
}

// mix makes what every leg on the mixed path hears in this frame.
func (e *Engine) mix(c *call) {
	for _, l := range c.legs {
		if l.needsRing {
			l.says.pull(l.law, l.raw)
		}
	}
	b := c.bench
	if b == nil {
		return
	}
	clear(b.in)
	clear(b.out)
	mixed := false
	for _, l := range c.legs {
		if l.needsRing && l.heard() {
			b.in[l.party] = l.says.pcm[:]
		}
		if l.mode != mixing {
			continue
		}
		mixed = true
		b.out[l.party] = l.hears[:]
		if l.prompt.sound == nil {
			continue
		}
		if !l.prompt.read(e.work.frame[:], l.law) {
			c.over = true
			continue
		}
		sound := b.sound[l.party][:]
		l.law.Decode(sound, e.work.frame[:])
		b.in[b.room+l.party] = sound
	}
	if mixed {
		b.mixer.Frame(b.out, b.in)
	}
	if !c.over {
		return
	}
	c.over = false
	for _, l := range c.legs {
		if l.mode == mixing && l.prompt.sound != nil && l.prompt.at >= len(l.prompt.sound.Data) && !l.prompt.again {
			e.endPrompt(l, true)
		}
	}
	e.settle(c)
}

// overhear gives a packet that we send to the tap of its leg.
func (e *Engine) overhear(l *leg, p []byte, now time.Duration) {
	if l.tap == nil {
		return
	}
	h, ok := parseRTP(p)
	if !ok {
		return
	}
	if h.pt != l.pt {
		l.told.skip(h.seq)
		return
	}
	n := g711.Transcode(e.work.heard[:], g711.ALaw, p[h.start:h.end], l.law)
	l.told.put(h.seq, h.ts, e.work.heard[:n], samples(now))
}

// tapFrame writes 20 ms of a recorded leg.
func (e *Engine) tapFrame(l *leg) {
	if l.tap == nil {
		return
	}
	l.told.pull(g711.ALaw, l.raw)
	left := e.work.frame[:]
	if l.heard() {
		g711.Transcode(left, g711.ALaw, l.says.frame[:], l.law)
	} else {
		g711.ALaw.Fill(left)
	}
	f := &e.work.tapped
	for i := range FrameSize {
		f[2*i], f[2*i+1] = left[i], l.told.frame[i]
	}
	l.tap.take(f)
}
