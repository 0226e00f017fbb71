package jitter

// How the delay is held where it should be.
const (
	watch   = 50  // packets over which the delay is looked at
	aim     = 56  // 7 ms kept above what the network needs
	least   = 16  // 2 ms: below that it is lengthened
	most    = 136 // 17 ms: above that it is shortened
	urgent  = 320 // 40 ms too long: splices may follow one another sooner
	between = 800 // 100 ms between two splices
)

// pace compares the delay with what the network needs. It speaks of the
// margin: how long after a swift packet the sample it brought is played, less
// the tick that it may have to wait for.
type pace struct {
	packets int // seen in this window
	least   int // least margin in it
	known   int // packets since the stream began
	wish    int // samples to put in; below 0, to leave out
	waits   int // samples played since the wish arose
	rest    int // samples to play before the next splice
}

// phase is when the ticks come, by the clock of the arrivals. Nobody tells it:
// packets come at any time between two ticks, and the latest that was seen was
// just before one. To hold packets that come at a steady time between the ticks
// for such as come just before one is the safe mistake.
type phase struct {
	pulled int64 // samples
	latest int64 // arrival less pulled
	seen   bool
}

// before is how long before the next tick arrival is, at the least, in samples.
func (p *phase) before(arrival int64) int {
	at := arrival - p.pulled
	switch {
	case !p.seen, at > p.latest, at < p.latest-jump:
		p.latest, p.seen = at, true
	case at < p.latest-tick:
		p.latest = at + tick
	}
	return int(p.latest - at)
}

// note hears of a packet: the margin now, and what the network needs.
func (p *pace) note(margin, need int) {
	p.known = min(p.known+1, learning)
	if p.packets == 0 || margin < p.least {
		p.least = margin
	}
	if p.packets++; p.packets < watch {
		return
	}
	p.packets = 0
	if p.known < learning {
		return
	}
	old := p.wish
	switch over := p.least - need; {
	case over > most || over < least:
		p.wish = aim - over
	default:
		p.wish = 0
	}
	if old == 0 || (old > 0) != (p.wish > 0) {
		p.waits = 0
	}
}

// done says that n samples were put in, or below 0 left out.
func (p *pace) done(n int) {
	left := p.wish - n
	if (left > 0) != (p.wish > 0) || max(left, -left) < minLag {
		left = 0 // what is less than the shortest splice waits until it is more
	}
	p.wish, p.packets, p.waits = left, 0, 0
	p.rest = between
	if left < -urgent {
		p.rest = tick
	}
}

// pass says that n samples were played.
func (p *pace) pass(n int) {
	p.rest = max(0, p.rest-n)
	if p.wish != 0 {
		p.waits += n
	}
}

// wish is how many samples to put in; below 0, to leave out.
func (b *Buffer) wish() int {
	if b.fixed > 0 {
		return 0
	}
	return b.pace.wish
}
