package speech

import (
	"encoding/binary"
	"fmt"

	"autocom/dsp/level"
	"autocom/dsp/resample"
)

// converter brings 16-bit samples from one rate to another, as they come. Its results are good until the next call.
type converter struct {
	c   *resample.Converter
	in  []float32
	out []float32
	pcm []int16
}

func newConverter(from, to int) (*converter, error) {
	c, err := resample.New(from, to)
	if err != nil {
		return nil, err
	}
	return &converter{c: c}, nil
}

func (c *converter) convert(samples []int16) []int16 {
	c.in = c.in[:0]
	for _, s := range samples {
		c.in = append(c.in, float32(s))
	}
	return c.rounded(c.c.Append(c.out[:0], c.in))
}

func (c *converter) flush() []int16 { return c.rounded(c.c.Flush(c.out[:0])) }

func (c *converter) rounded(out []float32) []int16 {
	c.out = out
	c.pcm = c.pcm[:0]
	for _, v := range out {
		c.pcm = append(c.pcm, level.Clip(float64(v)))
	}
	return c.pcm
}

// mono reads 16-bit samples, the low byte first, of one or two channels; two are mixed. A frame that is cut is left out.
func mono(raw []byte, channels int, dst []int16) []int16 {
	for frame := 2 * channels; len(raw) >= frame; raw = raw[frame:] {
		sum := 0
		for ch := range channels {
			sum += int(int16(binary.LittleEndian.Uint16(raw[2*ch:])))
		}
		dst = append(dst, int16(sum/channels))
	}
	return dst
}

// checkForm refuses sound that is not understood here.
func checkForm(rate, width, channels int) error {
	if rate < 8000 || rate > 48000 || width != 2 || channels < 1 || channels > 2 {
		return fmt.Errorf("the speech server speaks at %d Hz, %d bytes a sample, %d channels: 16-bit sound of 8 to 48 kHz is understood", rate, width, channels)
	}
	return nil
}
