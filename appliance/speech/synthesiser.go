package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxText is how much is spoken at once, in characters: some two minutes.
const MaxText = 2000

// maxSpoken is how long a spoken text may be, in samples: five minutes.
const maxSpoken = 5 * 60 * sampleRate

// A Synthesiser turns text into speech. Say calls it, on the goroutine of Say's caller.
type Synthesiser interface {
	// Speak begins to speak a text in a language ("fr", "en-GB"). The voice lasts until Close or the end of ctx. It may block until ctx ends, not longer.
	Speak(ctx context.Context, text, language string) (Voice, error)
}

// A Voice is the sound of one text, as it is made. It is for one goroutine.
type Voice interface {
	// Read fills dst with samples at 8 kHz and gives their number. It may block until the voice's ctx ends. The end is io.EOF.
	Read(dst []int16) (int, error)
	Close() error
}

// ErrText is a text that cannot be spoken.
var ErrText = fmt.Errorf("a text to speak has words, and at most %d characters", MaxText)

// Say speaks a whole text within a time, or gives an *Unavailable: the caller of Say then plays a recorded prompt. s may be nil.
func Say(ctx context.Context, s Synthesiser, text, language string, within time.Duration) ([]int16, error) {
	if s == nil {
		return nil, &Unavailable{Why: ErrAbsent}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, ErrSlow)
	defer cancel()
	v, err := s.Speak(ctx, text, language)
	if err != nil {
		return nil, &Unavailable{Why: late(ctx, err)}
	}
	defer func() { _ = v.Close() }() // everything was read, or an error tells more
	var all []int16
	block := make([]int16, sampleRate/10)
	for {
		n, err := v.Read(block)
		all = append(all, block[:n]...)
		switch {
		case errors.Is(err, io.EOF) && len(all) > 0:
			return all, nil
		case errors.Is(err, io.EOF):
			return nil, &Unavailable{Why: ErrGone}
		case err != nil:
			return nil, &Unavailable{Why: late(ctx, err)}
		case len(all) > maxSpoken:
			return nil, &Unavailable{Why: errors.New("the speech does not end")}
		}
	}
}

// late is why something ended: the time that ran out, or else what it says.
func late(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// speakable is a text without what engines might take for commands: control characters, and the brackets of espeak-ng's phonemes and of markup.
func speakable(text string) (string, error) {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxText {
		return "", ErrText
	}
	clean := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune("[]<>", r) {
			return ' '
		}
		return r
	}, text)), " ")
	if !strings.ContainsFunc(clean, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return "", ErrText
	}
	return clean, nil
}
