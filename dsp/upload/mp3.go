package upload

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	mp3 "github.com/hajimehoshi/go-mp3"
)

// The decoder's own delay, in samples: 528 of the hybrid filter bank and one more, which encoders count on when they write how much they put before the sound.
const mp3Delay = 529

// mostBreaks is how many times a damaged MP3 file may be taken up again after a frame that cannot be decoded.
const mostBreaks = 50

var (
	errFreeFormat = errors.New("its bit rate is not said")
	errBreaks     = errors.New("too many of its frames cannot be decoded")
	errNoFrame    = errors.New("no MP3 frame is found in it")
)

// An mp3File decodes MPEG-1 and MPEG-2 layer III (ISO/IEC 11172-3 and 13818-3).
type mp3File struct {
	frames mp3Frames
	d      *mp3.Decoder
	first  mp3Header
	skip   int   // samples of each channel still to leave out
	left   int64 // samples of each channel still to give; <0: to the end
	breaks int
	raw    [4608]byte
	block  [2304]float32
}

func openMP3(in *bufio.Reader) (decoder, error) {
	m := &mp3File{frames: mp3Frames{in: in}, left: -1}
	frame, err := m.frames.next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errNoFrame
		}
		return nil, &DamagedError{Kind: MP3, Err: err}
	}
	m.first = m.frames.want
	if m.first.version == mpeg25 && m.first.rate() == 8000 {
		return nil, &RateError{Kind: MP3, Rate: m.first.rate()}
	}
	if tag, ok := readTag(frame, m.first); ok {
		if tag.delay > 0 || tag.padding > 0 {
			m.skip = tag.delay + mp3Delay
			if all := tag.frames*int64(m.first.samples()) - int64(tag.delay) - int64(tag.padding); tag.frames > 0 && all > 0 {
				m.left = all
			}
		}
	} else {
		m.frames.rest = m.frames.packed(frame)
	}
	return m, nil
}

func (m *mp3File) format() Format {
	return Format{Kind: MP3, Rate: m.first.rate(), Channels: m.first.channels}
}

func (m *mp3File) read() ([]float32, error) {
	if m.left == 0 {
		return nil, io.EOF
	}
	if m.d == nil {
		d, err := mp3.NewDecoder(&m.frames)
		if err != nil {
			return m.broken(err)
		}
		m.d = d
	}
	n, err := io.ReadFull(m.d, m.raw[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		m.d = nil
		return m.broken(err)
	}
	if n == 0 {
		return nil, io.EOF
	}
	pairs := m.raw[:n/4*4] // the decoder always gives two channels of 16 bits
	cut := min(m.skip, len(pairs)/4)
	m.skip -= cut
	pairs = pairs[4*cut:]
	if m.left >= 0 {
		pairs = pairs[:min(int64(len(pairs)), 4*m.left)]
		m.left -= int64(len(pairs) / 4)
	}
	for i := 0; i < len(pairs); i += 2 {
		m.block[i/2] = float32(int16(binary.LittleEndian.Uint16(pairs[i:]))) / (1 << 15)
	}
	out := m.block[:len(pairs)/2]
	if m.first.channels == 1 {
		for i := range len(out) / 2 {
			out[i] = (out[2*i] + out[2*i+1]) / 2
		}
		out = out[:len(out)/2]
	}
	return out, nil
}

// broken goes on after a frame that cannot be decoded, with the frames behind it.
func (m *mp3File) broken(err error) ([]float32, error) {
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if m.breaks++; m.breaks > mostBreaks {
		return nil, errBreaks
	}
	return nil, nil
}

// The versions of MPEG audio as a frame's header writes them.
const (
	mpeg25 = 0
	mpeg2  = 2
	mpeg1  = 3
)

// An mp3Header is what the four bytes before each frame say (ISO/IEC 11172-3, 2.4.1.3).
type mp3Header struct {
	version, rateIndex int
	channels           int
	size               int // bytes of the frame; changes from one to the next
}

func (h mp3Header) rate() int {
	rate := [3]int{44100, 48000, 32000}[h.rateIndex]
	switch h.version {
	case mpeg2:
		return rate / 2
	case mpeg25:
		return rate / 4
	default:
		return rate
	}
}

// samples is how many samples of each channel a frame holds.
func (h mp3Header) samples() int {
	if h.version == mpeg1 {
		return 1152
	}
	return 576
}

// parseMP3 reads a layer III header; ok is false where there is none.
func parseMP3(b []byte) (h mp3Header, ok bool, err error) {
	if len(b) < 4 || b[0] != 0xFF || b[1]&0xE0 != 0xE0 || b[1]>>1&3 != 1 || b[3]&3 == 2 {
		return h, false, nil
	}
	h = mp3Header{version: int(b[1] >> 3 & 3), rateIndex: int(b[2] >> 2 & 3), channels: 2}
	rate := int(b[2] >> 4)
	if h.version == 1 || h.rateIndex == 3 || rate == 15 {
		return h, false, nil
	}
	if rate == 0 {
		return h, false, errFreeFormat
	}
	if b[3]>>6 == 3 {
		h.channels = 1
	}
	padding := int(b[2] >> 1 & 1)
	if h.version == mpeg1 {
		h.size = 144000*[15]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[rate]/h.rate() + padding
	} else {
		h.size = 72000*[15]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[rate]/h.rate() + padding
	}
	return h, true, nil
}

// mp3Frames gives the decoder whole frames of one version and rate and nothing else: tags before, between and after them, and whatever else stands there,
// are passed over.
type mp3Frames struct {
	in   *bufio.Reader
	want mp3Header // of the first frame; size 0 before it
	rest []byte    // of the frame in hand
	buf  [2048]byte

	packer mp3Packer
}

// Read gives the frames' bytes.
func (f *mp3Frames) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		frame, err := f.next()
		if err != nil {
			return 0, err
		}
		f.rest = f.packed(frame)
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// packed makes a frame what the decoder reads.
func (f *mp3Frames) packed(frame []byte) []byte {
	if f.want.version == mpeg1 {
		return frame
	}
	h := f.want
	if frame[3]>>6 == 3 {
		h.channels = 1
	} else {
		h.channels = 2
	}
	return f.packer.pack(frame, h)
}

// next gives the next whole frame, good until the call after.
func (f *mp3Frames) next() ([]byte, error) {
	for {
		head, err := f.in.Peek(4)
		if len(head) < 4 {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.EOF
			}
			return nil, err
		}
		h, ok, err := parseMP3(head)
		if err != nil && f.want.size == 0 {
			return nil, err
		}
		if !ok || !f.fits(h) {
			if err := f.pass(head); err != nil {
				return nil, err
			}
			continue
		}
		if f.want.size == 0 {
			f.want = h
		}
		n, err := io.ReadFull(f.in, f.buf[:h.size])
		if n < h.size {
			return nil, endOf(err) // a frame that is cut is left out
		}
		return f.buf[:n], nil
	}
}

// fits says whether a header goes on with the sound: the first one needs another behind it, since two bytes that look like a header are soon found.
func (f *mp3Frames) fits(h mp3Header) bool {
	if f.want.size != 0 {
		return h.version == f.want.version && h.rateIndex == f.want.rateIndex
	}
	b, err := f.in.Peek(h.size + 4)
	if err != nil {
		return len(b) >= h.size // the only frame there is
	}
	after, ok, _ := parseMP3(b[h.size:])
	return ok && after.version == h.version && after.rateIndex == h.rateIndex
}

// pass leaves out a tag, or one byte.
func (f *mp3Frames) pass(head []byte) error {
	if string(head[:3]) == "ID3" {
		return skipID3(f.in)
	}
	_, err := f.in.Discard(1)
	return err
}

// skipID3 leaves out an ID3v2 tag, whose size stands in seven bits of each of four bytes.
func skipID3(in *bufio.Reader) error {
	head, err := in.Peek(10)
	if err != nil {
		return err
	}
	size := 10 + int(head[6]&0x7F)<<21 + int(head[7]&0x7F)<<14 + int(head[8]&0x7F)<<7 + int(head[9]&0x7F)
	if head[5]&0x10 != 0 {
		size += 10 // a footer
	}
	_, err = in.Discard(size)
	return err
}

// An mp3Tag is the frame without sound that encoders write first, as Xing and LAME defined it.
type mp3Tag struct {
	frames         int64 // that follow it; 0: unknown
	delay, padding int   // samples the encoder put before and after the sound
}

func readTag(frame []byte, h mp3Header) (tag mp3Tag, ok bool) {
	at := 4 + 32
	switch {
	case h.version == mpeg1 && h.channels == 1, h.version != mpeg1 && h.channels == 2:
		at = 4 + 17
	case h.version != mpeg1:
		at = 4 + 9
	}
	if len(frame) < at+8 {
		return tag, false
	}
	if b := frame[at:]; !bytes.HasPrefix(b, []byte("Xing")) && !bytes.HasPrefix(b, []byte("Info")) {
		return tag, len(frame) > 40 && bytes.HasPrefix(frame[36:], []byte("VBRI"))
	}
	flags := frame[at+7]
	b := frame[at+8:]
	take := func(flag byte, n int) []byte {
		if flags&flag == 0 || len(b) < n {
			return nil
		}
		field := b[:n]
		b = b[n:]
		return field
	}
	if f := take(1, 4); f != nil {
		tag.frames = int64(binary.BigEndian.Uint32(f))
	}
	take(2, 4)
	take(4, 100)
	take(8, 4)
	if len(b) >= 24 && (bytes.HasPrefix(b, []byte("LAME")) || bytes.HasPrefix(b, []byte("Lavc")) || bytes.HasPrefix(b, []byte("Lavf"))) {
		tag.delay = int(b[21])<<4 | int(b[22])>>4
		tag.padding = int(b[22]&15)<<8 | int(b[23])
	}
	return tag, true
}
