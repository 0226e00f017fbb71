package upload_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"autocom/dsp/upload"
)

// page is one Ogg page with whole packets in it.
func page(flags byte, number uint32, packets ...[]byte) []byte {
	var segments, body []byte
	for _, p := range packets {
		for n := len(p); ; n -= 255 {
			segments = append(segments, byte(min(n, 255)))
			if n < 255 {
				break
			}
		}
		body = append(body, p...)
	}
	le := binary.LittleEndian
	b := append([]byte("OggS\x00"), flags)
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, 7)
	b = le.AppendUint32(b, number)
	b = append(b, 0, 0, 0, 0, byte(len(segments)))
	b = append(append(b, segments...), body...)
	mend(b)
	return b
}

// packer writes numbers of a few bits, the lowest first.
type packer struct {
	b []byte
	n int
}

func (p *packer) put(v uint64, bits int) {
	for i := range bits {
		if p.n&7 == 0 {
			p.b = append(p.b, 0)
		}
		p.b[p.n>>3] |= byte(v>>i&1) << (p.n & 7)
		p.n++
	}
}

// vorbisWith is a Vorbis file whose set-up header begins with one code book.
func vorbisWith(book func(*packer)) []byte {
	id := []byte("\x01vorbis\x00\x00\x00\x00\x02\x44\xac\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xb8\x01")
	comment := []byte("\x03vorbis\x00\x00\x00\x00\xff\xff\xff\xff\x01") // four thousand million titles
	p := &packer{b: []byte("\x05vorbis"), n: 56}
	p.put(0, 8)
	p.put(0x564342, 24)
	book(p)
	return append(page(2, 0, id), page(0, 1, comment, append(p.b, make([]byte, 64)...))...)
}

// TestFilesThatAskForAnyMemoryGetNone: numbers in headers that decoders would believe.
func TestFilesThatAskForAnyMemoryGetNone(t *testing.T) {
	pad := strings.Repeat("\xff", 5000)
	for name, b := range map[string][]byte{
		"a code book of 65,535 × 16,777,215 values": vorbisWith(func(p *packer) {
			p.put(65535, 16)
			p.put(1<<24-1, 24)
			p.put(1, 1) // ordered: all of one length in a few bits
			p.put(23, 5)
			p.put(1<<24-1, 24)
			p.put(2, 4)
		}),
		"a code book without entries": vorbisWith(func(p *packer) { p.put(1, 16); p.put(0, 24) }),
		"a code book without values in each entry": vorbisWith(func(p *packer) {
			p.put(0, 16)
			p.put(2, 24)
			p.put(0, 2)
			p.put(0, 10)
			p.put(0, 4)
		}),
		"a code book whose codes lead nowhere": vorbisWith(func(p *packer) {
			p.put(1, 16)
			p.put(2, 24)
			p.put(0, 2)
			p.put(1<<5|1, 10) // two codes of two bits: half a tree
			p.put(0, 4)
		}),
		"a floor of type 0": vorbisWith(func(p *packer) {
			p.put(1, 16)
			p.put(2, 24)
			p.put(0, 2)
			p.put(0, 10)
			p.put(0, 4)
			p.put(0, 6)
			p.put(0, 16)
			p.put(0, 6)
			p.put(0, 16)
		}),
		"an ID3 tag of 256 MiB":          []byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + pad),
		"ID3 tags inside MP3":            append(bytes.Clone(read(t, "mp3-48000-2.mp3")[:4000]), "ID3\x04\x00\x00\x7f\x7f\x7f\x7f"+pad...),
		"a FLAC picture of 16 MiB":       []byte("fLaC\x06\xff\xff\xff" + pad),
		"a FLAC application of 16 MiB":   append(bytes.Clone(read(t, "flac-48000-2.flac")[:4]), "\x02\xff\xff\xff"+pad...),
		"a WAVE chunk of 4 GiB":          []byte("RIFF\xff\xff\xff\xffWAVEjunk\xfe\xff\xff\xff" + pad),
		"an Ogg packet without an end":   bytes.Repeat(page(2, 0, append([]byte("\x01vorbis"), make([]byte, 60000)...)), 3),
		"Opus of 255 channels":           page(2, 0, []byte("OpusHead\x01\xff\x00\x00\x80\xbb\x00\x00\x00\x00\x01")),
		"Opus without a second packet":   page(2, 0, []byte("OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00")),
		"MP3 without a frame behind it":  []byte("\xff\xfb\x90\x00" + strings.Repeat("\x00", 3000)),
		"a FLAC picture that says 4 GiB": []byte("fLaC\x06\x00\x10\x00" + strings.Repeat("\x00", 28) + "\xff\xff\xff\xff" + pad),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := upload.Read(bytes.NewReader(b), upload.Limits{})
		runtime.ReadMemStats(&after)
		if err == nil && name != "ID3 tags inside MP3" {
			t.Errorf("%s: accepted", name)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
			t.Errorf("%s: took %d MiB", name, took>>20)
		}
	}
	_, err := upload.Read(bytes.NewReader(vorbisWith(func(p *packer) { p.put(0, 40) })), upload.Limits{})
	if damaged, ok := errors.AsType[*upload.DamagedError](err); !ok || damaged.Kind != upload.Vorbis {
		t.Errorf("%v", err)
	}
}

// TestMemoryIsBoundedByTheSoundNotByTheFile: a minute of stereo at 48 kHz is 11 MB and becomes a little over 2 MB of numbers.
func TestMemoryIsBoundedByTheSoundNotByTheFile(t *testing.T) {
	b := wave(48000, 2, make([]int16, 2*48000*60))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := upload.Read(bytes.NewReader(b), upload.Limits{})
	runtime.ReadMemStats(&after)
	if err != nil || len(s.Samples) != 480000 {
		t.Fatalf("%d samples, %v", len(s.Samples), err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("took %d MiB in all", took>>20)
	}
}
