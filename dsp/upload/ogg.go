package upload

import (
	"encoding/binary"
	"errors"
	"io"
)

// maxPacket bounds one packet of an Ogg stream, in bytes: a Vorbis set-up header takes some 10 kB, a comment with a picture a few MB.
const maxPacket = 16 << 20

// An oggStream gives the packets of the first logical stream of an Ogg file (RFC 3533). Pages of other streams are passed over, and a page that fails its
// checksum, or that is missing, costs the packets in it and no more.
type oggStream struct {
	r       io.Reader
	serial  uint32
	begun   bool
	last    bool // the page in hand ends the stream
	page    []byte
	lengths []byte // the lacing values not used yet
	packet  []byte
	partial bool  // packet holds the beginning of one that goes on
	granule int64 // of the page in hand, −1 where no packet ends in it
	body    [255 * 255]byte
	head    [27 + 255]byte
}

var (
	errPacket = errors.New("a packet is longer than any sound needs")
	errPage   = errors.New("an Ogg page does not begin where one should")
)

// next gives the next packet, good until the call after. end says that it is the last to end in its page, granule the page's position.
func (o *oggStream) next() (packet []byte, end bool, err error) {
	if !o.partial {
		o.packet = o.packet[:0]
	}
	for {
		for len(o.lengths) > 0 {
			n := int(o.lengths[0])
			o.lengths = o.lengths[1:]
			if len(o.packet)+n > maxPacket {
				return nil, false, errPacket
			}
			o.packet = append(o.packet, o.page[:n]...)
			o.page = o.page[n:]
			if n < 255 {
				o.partial = false
				return o.packet, !more(o.lengths), nil
			}
			o.partial = true
		}
		if o.last {
			return nil, false, io.EOF
		}
		if err := o.turn(); err != nil {
			return nil, false, err
		}
	}
}

// more says whether another packet ends among these lacing values.
func more(lengths []byte) bool {
	for _, n := range lengths {
		if n < 255 {
			return true
		}
	}
	return false
}

// turn reads pages up to the next of our stream.
func (o *oggStream) turn() error {
	for {
		head := o.head[:27]
		if _, err := io.ReadFull(o.r, head); err != nil {
			return endOf(err)
		}
		if string(head[:5]) != "OggS\x00" {
			return errPage
		}
		segments := o.head[27 : 27+int(head[26])]
		if _, err := io.ReadFull(o.r, segments); err != nil {
			return endOf(err)
		}
		size := 0
		for _, n := range segments {
			size += int(n)
		}
		if _, err := io.ReadFull(o.r, o.body[:size]); err != nil {
			return endOf(err)
		}
		le := binary.LittleEndian
		flags, serial, sum := head[5], le.Uint32(head[14:]), le.Uint32(head[22:])
		if !o.begun {
			o.serial, o.begun = serial, true
		}
		if serial != o.serial {
			continue
		}
		clear(head[22:26])
		if crc(crc(0, o.head[:27+len(segments)]), o.body[:size]) != sum {
			o.partial, o.packet = false, o.packet[:0] // its packets are lost
			continue
		}
		o.page, o.lengths = o.body[:size], segments
		o.granule, o.last = int64(le.Uint64(head[6:])), flags&4 != 0
		if continued := flags&1 != 0; continued != o.partial {
			if continued { // the beginning is lost: leave the rest out
				for len(o.lengths) > 0 {
					n := o.lengths[0]
					o.lengths, o.page = o.lengths[1:], o.page[n:]
					if n < 255 {
						break
					}
				}
			}
			o.partial, o.packet = false, o.packet[:0]
		}
		return nil
	}
}

// endOf makes a file that is cut end where it is cut.
func endOf(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// crc is Ogg's checksum: polynomial 0x04c11db7, high bit first, beginning at 0 (RFC 3533 section 6).
func crc(sum uint32, b []byte) uint32 {
	for _, v := range b {
		sum = sum<<8 ^ crcTable[byte(sum>>24)^v]
	}
	return sum
}

var crcTable = makeCRC()

func makeCRC() (t [256]uint32) {
	for i := range t {
		v := uint32(i) << 24
		for range 8 {
			if v&(1<<31) != 0 {
				v = v<<1 ^ 0x04c11db7
			} else {
				v <<= 1
			}
		}
		t[i] = v
	}
	return t
}
