package peers

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// An Ear is what a softphone with a Voice has heard, as baresip writes it down in its directory: one file for each call (module sndfile).
type Ear struct{ Dir string }

const (
	earRate   = 8    // samples in a millisecond
	earHeader = 44   // bytes before the samples, in the WAV files of libsndfile
	earMemory = 4000 // ms
)

// Heard gives the last samples that came in, at most d long and 4 s, oldest first and of the newest call only, and the count of samples ever heard.
func (e Ear) Heard(d time.Duration) (samples []int16, total uint64) {
	calls, _ := filepath.Glob(filepath.Join(e.Dir, "dump-*-dec.wav")) // the names hold the time: the last is the newest
	slices.Sort(calls)
	for i, path := range calls {
		text, err := os.ReadFile(path)
		if err != nil || len(text) < earHeader {
			continue // just opened
		}
		text = text[earHeader : len(text)-(len(text)-earHeader)%2]
		total += uint64(len(text) / 2)
		if i == len(calls)-1 {
			text = text[max(0, len(text)-2*earRate*int(min(d.Milliseconds(), earMemory))):]
			for ; len(text) >= 2; text = text[2:] {
				samples = append(samples, int16(binary.LittleEndian.Uint16(text)))
			}
		}
	}
	return samples, total
}
