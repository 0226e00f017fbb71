package jitter

import (
	"math"

	"autocom/dsp/g711"
)

// Where a voice may be spliced.
const (
	minLag  = 40  // 5 ms: a pitch of 200 Hz
	maxLag  = 160 // 20 ms: 50 Hz, or two periods of a higher voice
	alike   = 80  // 10 ms that must look alike
	patient = 16000
	anyhow  = 24000 // 3 s: what has no pitch by then is noise, where a joint is not heard either

	// In silence every place is as good as another: −50 dBm0, as a mean square
	// over the full range of 32,768² at +6.15 dBm0.
	quiet = 32768.0 * 32768.0 / 412000
)

// splice holds the samples that are said in the place of others.
type splice struct {
	law   g711.Law
	known bool

	made [maxLag]byte
	at   int // next of made to be said
	n    int

	past  [maxLag]byte // what was said last, the newest at the end
	heard int          // how much of it was said without a gap
	cut   bool         // the last read was of made
}

// left is how much of the splice is still to be said.
func (s *splice) left() uint32 { return uint32(s.n - s.at) }

func (s *splice) forget() { s.at, s.n, s.heard, s.cut = 0, 0, 0, false }

func (s *splice) silent() { s.heard, s.cut = 0, false }

func (s *splice) hear(b []byte) {
	s.cut = false
	s.remember(b)
}

func (s *splice) remember(b []byte) {
	if len(b) >= maxLag {
		copy(s.past[:], b[len(b)-maxLag:])
	} else {
		copy(s.past[:], s.past[len(b):])
		copy(s.past[maxLag-len(b):], b)
	}
	s.heard = min(s.heard+len(b), maxLag)
}

func (s *splice) read(dst []byte) int {
	n := copy(dst, s.made[s.at:s.n])
	if n > 0 {
		s.at += n
		s.remember(dst[:n])
		s.cut = true
	}
	return n
}

// adapt splices when the delay is not what it should be and the voice lets it.
func (b *Buffer) adapt() {
	wish := b.wish()
	if wish == 0 || b.pace.rest > 0 || !b.splice.known || b.splice.left() > 0 {
		return
	}
	// past, then what comes: a place in the voice with maxLag samples known before it.
	var voice [maxLag + 2*maxLag]int16
	ahead := b.ahead(voice[maxLag:])
	if wish < 0 {
		b.leaveOut(voice[maxLag:maxLag+ahead], -wish)
		return
	}
	b.splice.law.Decode(voice[:maxLag], b.splice.past[:])
	b.sayTwice(voice[:maxLag+ahead], wish)
}

// ahead decodes the samples that come next without a gap.
func (b *Buffer) ahead(dst []int16) int {
	n, cursor := 0, b.cursor
	for seq := b.next; n < len(dst); seq++ {
		s := &b.slots[seq%Slots]
		if s.use == free || s.seq != seq {
			break
		}
		if s.use == other {
			continue
		}
		into := int(int32(cursor - s.ts))
		if into < 0 {
			break
		}
		if into >= int(s.n) {
			continue
		}
		got := b.splice.law.Decode(dst[n:min(len(dst), n+int(s.n)-into)], s.data[into:s.n])
		n, cursor = n+got, cursor+uint32(got)
	}
	return n
}

// leaveOut goes from x[0] over to x[lag] while lag samples pass, and so is lag
// samples shorter.
func (b *Buffer) leaveOut(x []int16, most int) {
	lag := b.lag(x, 0, 1, min(maxLag, len(x)/2, max(most, 2*minLag)))
	if lag == 0 {
		return
	}
	b.splice.fade(x[:lag], x[lag:2*lag])
	b.cursor += uint32(2 * lag)
	b.counts.Trimmed += uint64(lag)
	b.pace.done(-lag)
}

// sayTwice goes from x[maxLag], which is next, over to what was said lag
// samples before, and so ends where it began.
func (b *Buffer) sayTwice(x []int16, most int) {
	lag := b.lag(x, maxLag, -1, min(maxLag, b.splice.heard, len(x)-maxLag, max(most, 2*minLag)))
	if lag == 0 {
		return
	}
	b.splice.fade(x[maxLag:maxLag+lag], x[maxLag-lag:maxLag])
	b.counts.Stretched += uint64(lag)
	b.pace.done(lag)
}

func (s *splice) fade(from, to []int16) {
	n := int32(len(from))
	for i := range n {
		x := (int32(from[i])*(n-i) + int32(to[i])*(i+1)) / (n + 1)
		s.made[i] = s.law.EncodeSample(int16(x))
	}
	s.at, s.n = 0, int(n)
}

// lag is the distance, before (-1) or behind (1) the place at, whose samples
// look like those at it; 0 when there is none that is good enough. What is good
// enough falls with the time that was waited for it.
func (b *Buffer) lag(x []int16, at, way, most int) int {
	if most < minLag || len(x)-at < alike {
		return 0
	}
	if way > 0 {
		most = min(most, len(x)-at-alike)
	}
	here := x[at : at+alike]
	energy := power(here)
	if energy < quiet*alike && power(x[at+way*most:][:alike]) < quiet*alike {
		return most
	}
	best, score := 0, 0.0
	for lag := minLag; lag <= most; lag += 2 {
		if c := likeness(here, x[at+way*lag:], energy); c > score {
			best, score = lag, c
		}
	}
	for lag := max(minLag, best-1); best > 0 && lag <= min(most, best+1); lag += 2 {
		if c := likeness(here, x[at+way*lag:], energy); c > score {
			best, score = lag, c
		}
	}
	if b.pace.waits >= anyhow {
		return max(best, minLag)
	}
	if score < 0.9-0.4*float64(min(b.pace.waits, patient))/patient {
		return 0
	}
	return best
}

func power(x []int16) float64 {
	var sum int64
	for _, v := range x {
		sum += int64(v) * int64(v)
	}
	return float64(sum)
}

// likeness is the normalised cross-correlation, of every second sample.
func likeness(a, b []int16, energy float64) float64 {
	b = b[:len(a)]
	var cross, other int64
	for i := 0; i < len(a); i += 2 {
		cross += int64(a[i]) * int64(b[i])
		other += int64(b[i]) * int64(b[i])
	}
	if cross <= 0 {
		return 0
	}
	return float64(cross) * 2 / math.Sqrt(energy*2*float64(other))
}
