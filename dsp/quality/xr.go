package quality

import (
	"encoding/binary"
	"errors"
	"math"
)

// Unavailable stands in a Report for what its sender does not know (RFC 3611 §4.7): a level, a return loss, a rating or a
// score.
const Unavailable = 127

// A Report is the VoIP metrics block of RTCP XR (RFC 3611 §4.7): how one stream sounded to who received it.
type Report struct {
	SSRC uint32 // the stream

	LossRate, DiscardRate      uint8  // of all packets, in 256ths
	BurstDensity, GapDensity   uint8  // missing in bursts and in gaps, in 256ths
	BurstDuration, GapDuration uint16 // means, in ms

	RoundTrip uint16 // by RTCP, in ms; 0 unknown
	EndSystem uint16 // delay inside this end, both ways, in ms; 0 unknown

	Signal, Noise int8  // dBm0; Unavailable
	ReturnLoss    uint8 // residual echo return loss, dB; Unavailable
	Gmin          uint8 // the threshold that divides bursts from gaps

	R         uint8 // rating of conversation, 0 to 100; Unavailable
	ExternalR uint8 // the same of another network beyond this end; Unavailable
	MOSLQ     uint8 // listening quality (without delay), tenths of 1 to 5; Unavailable
	MOSCQ     uint8 // conversational quality, tenths of 1 to 5; Unavailable

	Concealment Concealment
	Buffer      Buffer
	Rate        uint8 // how fast an adaptive buffer adapts, 0 to 15; 0 unknown

	Nominal, Most, Limit uint16 // the jitter buffer's delay in ms: now, at its most now, at its most ever (RFC 3611 §4.7.7)
}

// Concealment is how missing packets are hidden (RFC 3611 §4.7.6, PLC).
type Concealment uint8

// The kinds of concealment of RFC 3611 §4.7.6.
const (
	ConcealmentUnknown  Concealment = iota
	ConcealmentNone                 // silence is played
	ConcealmentEnhanced             // interpolation
	ConcealmentStandard             // a simple repetition that fades
)

// Buffer is what kind of jitter buffer plays the stream (RFC 3611 §4.7.6, JBA).
type Buffer uint8

// The kinds of jitter buffer of RFC 3611 §4.7.6; 1 is reserved.
const (
	BufferUnknown  Buffer = 0
	BufferFixed    Buffer = 2
	BufferAdaptive Buffer = 3
)

// Sizes of RFC 3611, in bytes.
const (
	reportType  = 7
	reportSize  = 36
	reportWords = reportSize/4 - 1
	packetHead  = 8
	packetType  = 207
)

// MaxReports is how many reports ParsePacket reads of one packet: the streams of one RTCP report (RFC 3550 §6.4.1).
const MaxReports = 31

// ErrReport is in the error of every parser of this package.
var ErrReport = errors.New("quality: not a VoIP metrics report")

// Append writes the block, 36 bytes, after b.
func (r *Report) Append(b []byte) []byte {
	b = append(b, reportType, 0, 0, reportWords)
	b = binary.BigEndian.AppendUint32(b, r.SSRC)
	b = append(b, r.LossRate, r.DiscardRate, r.BurstDensity, r.GapDensity)
	for _, ms := range [...]uint16{r.BurstDuration, r.GapDuration, r.RoundTrip, r.EndSystem} {
		b = binary.BigEndian.AppendUint16(b, ms)
	}
	b = append(
		b, byte(r.Signal), byte(r.Noise), r.ReturnLoss, r.Gmin, r.R, r.ExternalR, r.MOSLQ, r.MOSCQ,
		byte(r.Concealment&3)<<6|byte(r.Buffer&3)<<4|r.Rate&15, 0,
	)
	for _, ms := range [...]uint16{r.Nominal, r.Most, r.Limit} {
		b = binary.BigEndian.AppendUint16(b, ms)
	}
	return b
}

// ParseReport reads a block that begins with its header. Ratings and scores outside their range are Unavailable.
func ParseReport(b []byte) (Report, error) {
	if len(b) < reportSize || b[0] != reportType || binary.BigEndian.Uint16(b[2:]) != reportWords {
		return Report{}, ErrReport
	}
	u16 := func(at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
	return Report{
		SSRC:     binary.BigEndian.Uint32(b[4:]),
		LossRate: b[8], DiscardRate: b[9], BurstDensity: b[10], GapDensity: b[11],
		BurstDuration: u16(12), GapDuration: u16(14), RoundTrip: u16(16), EndSystem: u16(18),
		Signal: int8(b[20]), Noise: int8(b[21]), ReturnLoss: b[22], Gmin: b[23],
		R: within(b[24], 0, 100), ExternalR: within(b[25], 0, 100), MOSLQ: within(b[26], 10, 50), MOSCQ: within(b[27], 10, 50),
		Concealment: Concealment(b[28] >> 6), Buffer: Buffer(b[28] >> 4 & 3), Rate: b[28] & 15,
		Nominal: u16(30), Most: u16(32), Limit: u16(34),
	}, nil
}

// within keeps to the values RFC 3611 §4.7.5 defines; the others are reserved.
func within(b, low, high uint8) uint8 {
	if b < low || b > high {
		return Unavailable
	}
	return b
}

// AppendPacket writes an RTCP XR packet of that sender with those reports (at most MaxReports) after b. It goes into a
// compound packet behind an SR or RR (RFC 3611 §2).
func AppendPacket(b []byte, sender uint32, reports ...Report) []byte {
	reports = reports[:min(len(reports), MaxReports)]
	words := packetHead/4 - 1 + len(reports)*reportSize/4
	b = append(b, 2<<6, packetType, byte(words>>8), byte(words))
	b = binary.BigEndian.AppendUint32(b, sender)
	for i := range reports {
		b = reports[i].Append(b)
	}
	return b
}

// ParsePacket reads one RTCP XR packet (alone, not a compound) and appends its VoIP metrics to to, at most MaxReports.
// Blocks of other kinds are passed over, as RFC 3611 §3 asks.
func ParsePacket(b []byte, to []Report) (sender uint32, reports []Report, err error) {
	if len(b) < packetHead || b[0]>>6 != 2 || b[1] != packetType {
		return 0, to, ErrReport
	}
	size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
	if size < packetHead || size > len(b) {
		return 0, to, ErrReport
	}
	end := size
	if b[0]&0x20 != 0 { // padding, RFC 3550 §6.4.1
		pad := int(b[size-1])
		if pad == 0 || pad%4 != 0 || pad > size-packetHead {
			return 0, to, ErrReport
		}
		end -= pad
	}
	sender, reports = binary.BigEndian.Uint32(b[4:]), to
	for rest := b[packetHead:end]; len(rest) > 0; {
		block := 4 * (int(binary.BigEndian.Uint16(rest[2:])) + 1) // size and end are whole words: 4 bytes are there
		if block > len(rest) {
			return 0, to, ErrReport
		}
		if rest[0] == reportType && len(reports)-len(to) < MaxReports {
			r, err := ParseReport(rest[:block])
			if err != nil {
				return 0, to, err
			}
			reports = append(reports, r)
		}
		rest = rest[block:]
	}
	return sender, reports, nil
}

// Of fills the network's half of a report from counts of packets of that length in ms: rates, densities, durations, Gmin.
// What is not counted is Unavailable.
func Of(ssrc uint32, c Counts, packet float64) Report {
	return Report{
		SSRC:     ssrc,
		LossRate: share(part(c.Lost, c.Expected())), DiscardRate: share(part(c.Discarded, c.Expected())),
		BurstDensity: share(c.BurstDensity()), GapDensity: share(c.GapDensity()),
		BurstDuration: millis(c.BurstLength() * packet), GapDuration: millis(c.GapLength() * packet),
		Signal: Unavailable, Noise: Unavailable, ReturnLoss: Unavailable, Gmin: Gmin,
		R: Unavailable, ExternalR: Unavailable, MOSLQ: Unavailable, MOSCQ: Unavailable,
	}
}

// Judge fills the ratings from the conditions: R and MOSCQ with the delay, MOSLQ without it (RFC 3611 §4.7.5).
func (r *Report) Judge(c Conditions) {
	rating := R(c)
	r.R = uint8(math.Round(rating))
	r.MOSCQ = tenths(MOS(rating))
	c.Delay = 0
	r.MOSLQ = tenths(MOS(R(c)))
}

// Conditions are what a peer's report says of the network, for R: loss and discards, burstiness, and the delay one way. The
// stream's packets are that long, in ms; 0 is 20.
func (r *Report) Conditions(packet float64) Conditions {
	if packet = clean(packet, 0, 1000); packet == 0 {
		packet = 20
	}
	return Conditions{
		Loss:      100 * (float64(r.LossRate) + float64(r.DiscardRate)) / 256,
		Burst:     BurstOf(float64(r.BurstDensity)/256, float64(r.GapDensity)/256, float64(r.BurstDuration)/packet, float64(r.GapDuration)/packet),
		Delay:     (float64(r.RoundTrip) + float64(r.EndSystem)) / 2,
		Concealed: r.Concealment == ConcealmentEnhanced || r.Concealment == ConcealmentStandard,
	}
}

// share is a part of 1 in 256ths, cut off and at most 255 (RFC 3611 §4.7.1).
func share(x float64) uint8 { return uint8(clean(math.Floor(x*256), 0, 255)) }

func millis(x float64) uint16 { return uint16(clean(math.Round(x), 0, math.MaxUint16)) }

func tenths(mos float64) uint8 { return uint8(math.Round(10 * clean(mos, 1, 5))) }
