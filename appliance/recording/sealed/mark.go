package sealed

import (
	"encoding/binary"
	"fmt"
	"time"
	"unicode/utf8"
)

// mostWhy bounds the words of a mark, in bytes.
const mostWhy = 200

// Mark is where a recording begins, is paused or goes on. A paused span holds no sound, so that there is nothing to splice: the marks are what tells
// where it was and how long (FEATURES §9.5).
type Mark struct {
	At       time.Time // to the millisecond
	Paused   bool      // false: sound follows
	Why      string    // "hold", "transfer", "card number" …; at most 200 bytes are kept
	OffsetMS int64     // how much sound comes before it; the file's own, ignored by Writer.Mark
}

// The content of a mark's chunk: what it is, its time in ms since 1970, its words.
const (
	markPaused   = 1
	markSound    = 2
	markHeadSize = 9
)

// Mark seals a mark where the recording stands.
func (w *Writer) Mark(m Mark) error {
	var b [markHeadSize + mostWhy]byte
	b[0] = markSound
	if m.Paused {
		b[0] = markPaused
	}
	binary.BigEndian.PutUint64(b[1:], uint64(m.At.UnixMilli()))
	n := copy(b[markHeadSize:], m.Why)
	for n < len(m.Why) && n > 0 && !utf8.RuneStart(m.Why[n]) { // never half a letter
		n--
	}
	return w.seal(b[:markHeadSize+n], flagMark)
}

// openMark reads what Mark wrote.
func openMark(b []byte) (Mark, error) {
	if len(b) < markHeadSize || len(b) > markHeadSize+mostWhy || b[0] != markPaused && b[0] != markSound {
		return Mark{}, fmt.Errorf("a mark of %d bytes: %w", len(b), ErrDamaged)
	}
	return Mark{At: time.UnixMilli(int64(binary.BigEndian.Uint64(b[1:]))).UTC(), Paused: b[0] == markPaused, Why: string(b[markHeadSize:])}, nil
}

// Segment is one stretch of a recording without a gap.
type Segment struct {
	Start    time.Time // on the wall; zero in files of before marks
	OffsetMS int64     // where it begins in the sound
	SoundMS  int64     // how long it is
	Why      string    // why it begins: empty for the first, else what the gap before it was ended for
	Until    string    // why it ends: empty for the last, else what it was paused for
}

// Segments are the stretches of a recording that holds so much sound: their lengths add up to it. A recording that was paused when it ended has none
// after its last pause.
func Segments(marks []Mark, soundMS int64) []Segment {
	var all []Segment
	running := false
	end := func(at int64, why string) {
		if running {
			s := &all[len(all)-1]
			s.SoundMS, s.Until = at-s.OffsetMS, why
			running = false
		}
	}
	if len(marks) == 0 && soundMS > 0 || len(marks) > 0 && marks[0].OffsetMS > 0 { // a file of before marks
		all, running = append(all, Segment{}), true
	}
	for _, m := range marks {
		switch {
		case m.Paused:
			end(m.OffsetMS, m.Why)
		case !running:
			all, running = append(all, Segment{Start: m.At, OffsetMS: m.OffsetMS, Why: m.Why}), true
		}
	}
	end(soundMS, "")
	return all
}
