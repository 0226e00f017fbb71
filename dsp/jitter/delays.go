package jitter

// How the network's delay is reckoned.
const (
	binWidth = 20                                 // 2.5 ms
	bins     = (MaxTarget - MinTarget) / binWidth // a packet later than that is lost anyway
	weight   = 256                                // of one packet
	ageing   = 64                                 // packets after which the past weighs 7/8 of what it did: memory of some 10 s
	keep     = 98                                 // in 100 packets are to be in time
	span     = 8000                               // 1 s
	spans    = 4                                  // over which the swiftest packet is sought: 200 ppm are 6 samples in that time
	learning = 200                                // packets before the delay is changed
)

// delays knows how much later than the swiftest packet the others come. The
// clocks of the two ends need not agree: only differences count, and the
// swiftest of the last seconds is the measure, so that drift does not add up.
type delays struct {
	origin  uint32         // transit of the stream's first packet, modulo 2³²
	swift   int            // the least transit of the last spans, less origin
	least   [spans + 1]int // of each span; the first is the one that runs
	since   int64          // its beginning
	hist    [bins]uint32
	total   uint32
	young   int // packets since the last ageing
	packets int
}

// begin takes the measure anew. What is known of the network stays: a stream
// that pauses or starts afresh comes the same way.
func (d *delays) begin(ts uint32, arrival int64) {
	d.origin, d.since, d.packets = uint32(arrival)-ts, arrival, 0
}

// over is how far arrival lies behind the time at which the sample ts would
// have come from a swift packet, in samples.
func (d *delays) over(ts uint32, arrival int64) int {
	return int(int32(uint32(arrival)-ts-d.origin)) - d.swift
}

func (d *delays) note(ts uint32, arrival int64) {
	transit := int(int32(uint32(arrival) - ts - d.origin))
	if arrival-d.since >= span || arrival < d.since {
		copy(d.least[1:], d.least[:spans])
		d.least[0], d.since = transit, arrival
	}
	d.least[0] = min(d.least[0], transit)
	d.swift = d.least[0]
	for _, t := range d.least[1:] {
		d.swift = min(d.swift, t)
	}
	if d.packets++; d.packets == 1 {
		for i := range d.least {
			d.least[i] = transit
		}
		d.swift = transit
	}
	late := transit - d.swift
	if late >= MaxTarget-MinTarget {
		return // no delay that is allowed could save it: it must not lengthen the others'
	}
	d.hist[late/binWidth] += weight
	d.total += weight
	if d.young++; d.young < ageing {
		return
	}
	d.young, d.total = 0, 0
	for i, w := range d.hist {
		d.hist[i] = w - w/8
		d.total += d.hist[i]
	}
}

// need is the delay that keeps all but the latest packets in time, in samples.
func (d *delays) need() int {
	rest := uint64(d.total) * (100 - keep) / 100
	var above uint64
	for i := bins - 1; i > 0; i-- {
		if above += uint64(d.hist[i]); above > rest {
			return (i + 1) * binWidth
		}
	}
	return 0
}
