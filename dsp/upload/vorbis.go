package upload

import (
	"errors"
	"io"

	"github.com/jfreymuth/vorbis"
)

// The bounds of a Vorbis set-up: an encoder makes some 40 code books of at most 6,561 entries.
const (
	maxDimensions  = 64
	maxBookEntries = 1 << 14
	maxAllEntries  = 1 << 17
	maxBookValues  = 1 << 18
	maxAllValues   = 1 << 21
)

var (
	errHeaders = errors.New("its headers are not in order")
	errBooks   = errors.New("its code books are not those of a sound")
	errFloors  = errors.New("it is older than Vorbis 1.0")
)

type vorbisFile struct {
	packets oggStream
	d       vorbis.Decoder
	buffer  []float32
	at      int64 // samples given
}

func openVorbis(in io.Reader) (decoder, error) {
	v := &vorbisFile{packets: oggStream{r: in}}
	for i := range 3 {
		packet, _, err := v.packets.next()
		if err != nil {
			return nil, &DamagedError{Kind: Vorbis, Err: errHeaders}
		}
		if len(packet) < 7 || int(packet[0]) != 2*i+1 {
			return nil, &DamagedError{Kind: Vorbis, Err: errHeaders}
		}
		switch i {
		case 0:
			if err := checkIdentification(packet); err != nil {
				return nil, err
			}
		case 1:
			continue // titles; the decoder does without, and their count could ask for any memory
		case 2:
			if err := checkSetup(packet[7:]); err != nil {
				return nil, &DamagedError{Kind: Vorbis, Err: err}
			}
		}
		if err := v.d.ReadHeader(packet); err != nil {
			return nil, &DamagedError{Kind: Vorbis, Err: err}
		}
	}
	v.buffer = make([]float32, v.d.BufferSize())
	return v, nil
}

func (v *vorbisFile) format() Format {
	return Format{Kind: Vorbis, Rate: v.d.SampleRate(), Channels: v.d.Channels()}
}

func (v *vorbisFile) read() ([]float32, error) {
	packet, end, err := v.packets.next()
	if err != nil {
		return nil, err
	}
	out, err := v.d.DecodeInto(packet, v.buffer)
	if err != nil { // one bad packet is one short gap
		v.d.Clear()
		return nil, nil //nolint:nilerr // the sound goes on after it
	}
	frames := int64(len(out) / v.d.Channels())
	v.at += frames
	if end && v.packets.last { // the last page says where the sound ends inside its last block (Vorbis I, appendix A.2)
		if over := v.at - v.packets.granule; over > 0 && over <= frames {
			out = out[:int(frames-over)*v.d.Channels()]
		}
	}
	for i, s := range out {
		if s != s {
			out[i] = 0
		}
	}
	return out, nil
}

// checkIdentification looks at the numbers that decide about memory before the decoder does (Vorbis I, section 4.2.2).
func checkIdentification(packet []byte) error {
	if len(packet) < 30 {
		return &DamagedError{Kind: Vorbis, Err: errHeaders}
	}
	if n := int(packet[11]); n < 1 || n > maxChannels {
		return &ChannelsError{Kind: Vorbis, Channels: n}
	}
	if short, long := packet[28]&15, packet[28]>>4; short < 6 || long > 13 || short > long {
		return &DamagedError{Kind: Vorbis, Err: errHeaders}
	}
	return nil
}

// checkSetup looks at what in a set-up header (Vorbis I, section 4.2.4) decides about memory and time.
func checkSetup(setup []byte) error {
	r := &bits{b: setup}
	if err := checkBooks(r); err != nil {
		return err
	}
	for range r.read(6) + 1 { // time domain transforms: places that were never used
		r.read(16)
	}
	return checkFloors(r)
}

// checkFloors refuses floors of type 0 (section 6.2), which no encoder has made since before 1.0 and which cost a decoder a thousand times as much as others.
func checkFloors(r *bits) error {
	for range r.read(6) + 1 {
		if r.read(16) != 1 || r.over {
			return errFloors
		}
		var dimensions [16]int
		var classes [32]int
		partitions := r.read(5)
		most := -1
		for i := range partitions {
			classes[i] = r.read(4)
			most = max(most, classes[i])
		}
		for c := range most + 1 {
			dimensions[c] = r.read(3) + 1
			subclasses := r.read(2)
			if subclasses > 0 {
				r.read(8)
			}
			r.skip(8 << subclasses)
		}
		r.read(2)
		wide := r.read(4)
		for _, c := range classes[:partitions] {
			r.skip(dimensions[c] * wide)
		}
	}
	if r.over {
		return errFloors
	}
	return nil
}

// checkBooks walks the code books (section 3.2.1): none may be larger than a sound needs, and every one must be a whole tree of codes, since a decoder that
// reads a code that leads nowhere would read for ever.
func checkBooks(r *bits) error {
	entries, values := 0, 0
	for range r.read(8) + 1 {
		if r.read(24) != 0x564342 {
			return errBooks
		}
		dimensions, n := r.read(16), r.read(24)
		entries += n
		if dimensions < 1 || dimensions > maxDimensions || n == 0 || n > maxBookEntries || entries > maxAllEntries || r.over {
			return errBooks
		}
		var lengths [33]int
		if r.read(1) == 1 { // ordered
			length := r.read(5) + 1
			for done := 0; done < n; length++ {
				count := r.read(width(n - done))
				if length > 32 || done+count > n || r.over {
					return errBooks
				}
				lengths[length] += count
				done += count
			}
		} else {
			sparse := r.read(1) == 1
			for range n {
				if !sparse || r.read(1) == 1 {
					lengths[r.read(5)+1]++
				}
			}
		}
		used, whole := 0, uint64(0)
		for length, count := range lengths {
			used += count
			whole += uint64(count) << (32 - length)
		}
		if single := used == 1 && lengths[1] == 1; whole != 1<<32 && !single {
			return errBooks
		}
		kind := r.read(4)
		if kind == 0 {
			continue
		}
		values += n * dimensions
		if kind > 2 || n*dimensions > maxBookValues || values > maxAllValues {
			return errBooks
		}
		r.read(32)
		r.read(32)
		wide := r.read(4) + 1
		r.read(1)
		given := n * dimensions
		if kind == 1 {
			given = root(n, dimensions)
		}
		r.skip(given * wide)
		if r.over {
			return errBooks
		}
	}
	return nil
}

// width is the number of bits of x (ilog of Vorbis I, section 9.2.1).
func width(x int) (n int) {
	for ; x > 0; x >>= 1 {
		n++
	}
	return n
}

// root is the largest number whose power is not above n (lookup1_values of Vorbis I, section 9.2.3).
func root(n, power int) int {
	for v := 1; ; v++ {
		p := 1
		for range power {
			if p *= v + 1; p > n {
				return v
			}
		}
	}
}

// bits reads numbers of a few bits, the lowest first (Vorbis I, section 2.1).
type bits struct {
	b    []byte
	at   int
	over bool // read past the end
}

func (r *bits) read(n int) (v int) {
	for i := range n {
		if r.at>>3 >= len(r.b) {
			r.over = true
			return 0
		}
		v |= int(r.b[r.at>>3]>>(r.at&7)&1) << i
		r.at++
	}
	return v
}

func (r *bits) skip(n int) {
	r.at += n
	if r.at > 8*len(r.b) {
		r.over = true
	}
}
