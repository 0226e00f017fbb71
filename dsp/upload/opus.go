package upload

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/pion/opus"
)

// opusRate is the rate every Ogg Opus file is decoded at and counts its time in, in Hz (RFC 7845 section 4).
const opusRate = 48000

// An opusFile decodes Opus in Ogg (RFC 7845).
type opusFile struct {
	packets  oggStream
	d        opus.Decoder
	channels int
	gain     float32
	skip     int   // samples of each channel still to leave out: the decoder's first ones (RFC 7845 section 4.2)
	at       int64 // samples of each channel decoded
	block    []float32
}

func openOpus(in io.Reader) (decoder, error) {
	o := &opusFile{packets: oggStream{r: in}}
	head, _, err := o.packets.next()
	if err != nil || len(head) < 19 || head[8]&0xF0 != 0 { // section 5.1: a major version of 0
		return nil, &DamagedError{Kind: Opus, Err: errHeaders}
	}
	o.channels = int(head[9])
	o.skip = int(binary.LittleEndian.Uint16(head[10:]))
	o.gain = float32(math.Pow(10, float64(int16(binary.LittleEndian.Uint16(head[16:])))/(20*256)))
	if family := head[18]; o.channels < 1 || o.channels > 2 || family > 1 {
		return nil, &ChannelsError{Kind: Opus, Channels: o.channels}
	}
	if _, _, err := o.packets.next(); err != nil { // titles
		return nil, &DamagedError{Kind: Opus, Err: errHeaders}
	}
	if o.d, err = opus.NewDecoderWithOutput(opusRate, o.channels); err != nil {
		return nil, &DamagedError{Kind: Opus, Err: err}
	}
	o.block = make([]float32, 120*opusRate/1000*o.channels) // the longest packet (RFC 6716 section 3.2.5)
	return o, nil
}

func (o *opusFile) format() Format {
	return Format{Kind: Opus, Rate: opusRate, Channels: o.channels}
}

func (o *opusFile) read() ([]float32, error) {
	packet, end, err := o.packets.next()
	if err != nil {
		return nil, err
	}
	frames, err := o.d.DecodeToFloat32(packet, o.block)
	if err != nil || frames < 0 { // one bad packet is one short gap
		return nil, nil //nolint:nilerr // the sound goes on after it
	}
	o.at += int64(frames)
	if end && o.packets.last { // the last page says where the sound ends inside its last packet (section 4.4)
		if over := o.at - o.packets.granule; over > 0 && over <= int64(frames) {
			frames -= int(over)
		}
	}
	cut := min(o.skip, frames)
	o.skip -= cut
	out := o.block[cut*o.channels : frames*o.channels]
	for i, v := range out {
		if v != v {
			v = 0
		}
		out[i] = v * o.gain
	}
	return out, nil
}
