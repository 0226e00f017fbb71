package quality

// Gmin is RFC 3611 §4.7.2's recommended threshold: so many packets received in a row end a burst of losses.
const Gmin = 16

// A Slot is what became of one packet that the peer sent.
type Slot uint8

// What can become of a packet. Lost and Discarded sound the same; RFC 3611 §4.7.1 counts them apart.
const (
	Received  Slot = iota // came in time and was played
	Lost                  // never came
	Discarded             // came, too late or too early for the jitter buffer
)

// A Meter sorts the packets of one stream, in their order, into gaps (where losses stand alone) and bursts (where they
// crowd), by RFC 3611 §4.7.2's model of four states: received in a gap, lost alone in a gap, received in a burst, lost in a
// burst. The zero value is ready, takes Gmin as its threshold, and never allocates.
type Meter struct {
	threshold uint8
	leading   bool // something came before the first burst
	inRun     bool // the last slot was missing

	counts Counts // without the open cluster and what came after it
	tail   uint64 // received since the last missing packet

	// The losses that hang together at the moment: with one it is a loss alone in a gap, with more it is a burst.
	open struct{ missing, received uint64 }
}

// NewMeter makes a meter with another threshold than Gmin; 0 is Gmin.
func NewMeter(threshold uint8) Meter { return Meter{threshold: threshold} }

// Counts are what a Meter counted, in packets. Lost and Discarded together are missing: they are GapMissing plus BurstMissing.
type Counts struct {
	Received, Lost, Discarded uint64

	Runs   uint64 // runs of missing packets; one missing packet alone is a run too
	Bursts uint64 // RFC 3611 bursts
	Gaps   uint64 // stretches between them, before the first and after the last

	GapReceived, GapMissing     uint64
	BurstReceived, BurstMissing uint64
}

// Take counts one packet, the next in the order they were sent.
func (m *Meter) Take(s Slot) { m.Add(s, 1) }

// Add counts n packets in a row with one fate. It takes as long for many as for one.
func (m *Meter) Add(s Slot, n uint64) {
	if n == 0 {
		return
	}
	if s == Received {
		m.counts.Received += n
		m.tail += n
		m.inRun = false
		return
	}
	if s == Discarded {
		m.counts.Discarded += n
	} else {
		m.counts.Lost += n
	}
	if !m.inRun {
		m.counts.Runs++
		m.inRun = true
	}
	if m.tail >= m.gmin() {
		m.close()
		m.counts.GapReceived += m.tail
	} else {
		m.joined()
	}
	m.tail = 0
	m.open.missing += n
}

// joined puts the packets since the last loss into the cluster that a new loss makes longer. Before the first loss there is
// none: RFC 3611 §4.7.2 wants it taken as if Gmin packets had come before the session.
func (m *Meter) joined() {
	if m.open.missing == 0 {
		m.counts.GapReceived += m.tail
		return
	}
	m.open.received += m.tail
}

// Late says that a packet counted as lost came after all, too late: it was discarded.
func (m *Meter) Late() {
	if m.counts.Lost > 0 {
		m.counts.Lost--
		m.counts.Discarded++
	}
}

// Counts are the counts up to now. The losses that hang together at this moment are taken as if Gmin packets followed.
func (m *Meter) Counts() Counts {
	end := *m
	end.close()
	end.counts.GapReceived += m.tail
	c := end.counts
	switch c.Bursts {
	case 0:
		c.Gaps = min(1, c.GapReceived+c.GapMissing)
	default:
		c.Gaps = c.Bursts - 1
		if end.leading {
			c.Gaps++
		}
		if m.tail > 0 || m.open.missing == 1 { // what follows the last burst
			c.Gaps++
		}
	}
	return c
}

// close settles what the open cluster was.
func (m *Meter) close() {
	switch m.open.missing {
	case 0:
		return
	case 1:
		m.counts.GapMissing++
	default:
		if m.counts.Bursts == 0 {
			m.leading = m.counts.GapReceived+m.counts.GapMissing > 0
		}
		m.counts.Bursts++
		m.counts.BurstMissing += m.open.missing
		m.counts.BurstReceived += m.open.received
	}
	m.open.missing, m.open.received = 0, 0
}

func (m *Meter) gmin() uint64 {
	if m.threshold == 0 {
		return Gmin
	}
	return uint64(m.threshold)
}

// Expected is how many packets the peer sent.
func (c Counts) Expected() uint64 { return c.Received + c.Lost + c.Discarded }

// Since are the counts of a stretch of a call, from an earlier look to this one: the live rating. A loss that seemed alone
// at the earlier look and began a burst since is moved to where it belongs, so that no count is below 0.
func (c Counts) Since(earlier Counts) Counts {
	return Counts{
		Received: less(c.Received, earlier.Received), Lost: less(c.Lost, earlier.Lost), Discarded: less(c.Discarded, earlier.Discarded),
		Runs: less(c.Runs, earlier.Runs), Bursts: less(c.Bursts, earlier.Bursts), Gaps: less(c.Gaps, earlier.Gaps),
		GapReceived: less(c.GapReceived, earlier.GapReceived), GapMissing: less(c.GapMissing, earlier.GapMissing),
		BurstReceived: less(c.BurstReceived, earlier.BurstReceived), BurstMissing: less(c.BurstMissing, earlier.BurstMissing),
	}
}

func less(a, b uint64) uint64 {
	if b > a {
		return 0
	}
	return a - b
}

// Loss is G.107's Ppl: the share of packets that were not heard, in percent.
func (c Counts) Loss() float64 { return 100 * part(c.Lost+c.Discarded, c.Expected()) }

// Burst is G.107's BurstR: the mean length of runs of missing packets over what it would be were the same loss at random,
// 1 / (1 − Ppl). 1 without losses; measured at random it scatters around 1, and Conditions takes less than 1 as 1.
func (c Counts) Burst() float64 {
	missing := c.Lost + c.Discarded
	if c.Runs == 0 || missing == 0 || c.Received == 0 {
		return 1
	}
	return float64(missing) / float64(c.Runs) * (1 - c.Loss()/100)
}

// BurstDensity is the share of missing packets inside bursts, 0 to 1 (RFC 3611 §4.7.2).
func (c Counts) BurstDensity() float64 { return part(c.BurstMissing, c.BurstMissing+c.BurstReceived) }

// GapDensity is the share of missing packets in gaps, 0 to 1 (RFC 3611 §4.7.2).
func (c Counts) GapDensity() float64 { return part(c.GapMissing, c.GapMissing+c.GapReceived) }

// BurstLength is the mean length of a burst, in packets; 0 without any.
func (c Counts) BurstLength() float64 { return part(c.BurstMissing+c.BurstReceived, c.Bursts) }

// GapLength is the mean length of a gap, in packets; 0 without any.
func (c Counts) GapLength() float64 { return part(c.GapMissing+c.GapReceived, c.Gaps) }

// Conditions are what the counts say of the network, for R. Delay is from mouth to ear, in ms; concealed says that what is
// missing is concealed.
func (c Counts) Conditions(delay float64, concealed bool) Conditions {
	return Conditions{Loss: c.Loss(), Burst: c.Burst(), Delay: delay, Concealed: concealed}
}

func part(a, b uint64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// BurstOf is BurstR from what a peer's report tells of gaps and bursts: shares of missing packets (0 to 1) and mean lengths
// in packets. By RFC 3611 §4.7.2 a loss in a gap is alone, and a burst begins and ends with one; what lies between is taken
// in any order, as the report does not tell it. A report without bursts gives 1.
func BurstOf(burstDensity, gapDensity, burstLength, gapLength float64) float64 {
	bl, gl := clean(burstLength, 0, 1e9), clean(gapLength, 0, 1e9)
	lost, alone := clean(burstDensity, 0, 1)*bl, clean(gapDensity, 0, 1)*gl
	if lost <= 1 || bl <= 2 {
		return 1
	}
	// Of the losses but the last, as many are followed by a packet received as chance has it.
	runs := clean(1+(lost-1)*(bl-lost)/(bl-2), 1, lost)
	return max(1, (lost+alone)/(runs+alone)*(1-(lost+alone)/(bl+gl)))
}
