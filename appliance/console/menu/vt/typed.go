package vt

import (
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what is typed.
const (
	Longest    = 200                    // characters of a line
	escapeSpan = 32                     // bytes of an escape sequence
	escapeWait = 100 * time.Millisecond // after which an ESC stands for itself
)

// Stroke is what one byte meant.
type Stroke int

// The strokes.
const (
	Nothing Stroke = iota
	Edited         // the line changed
	Entered        // it is done: take it
	Left           // Ctrl-D
	Backed         // Ctrl-C
	Redraw         // Ctrl-L
)

// escape is where in a terminal's own sequence (an arrow key, an answer to a question) the bytes are.
type escape int

const (
	ground escape = iota
	escaped
	sequence // ESC [
	single   // ESC O, ESC N, ESC ( and the like: one byte more
	message  // ESC ] and the like: until BEL or ESC \
)

// Flaw is why a line will not be carried out.
type Flaw int

// The flaws.
const (
	Sound Flaw = iota
	Garbled
	TooLong
)

// Typed is the line being typed. Bytes that no keyboard sends make the whole line worthless: it is refused when it is entered, never guessed at.
type Typed struct {
	Text    []rune
	Flaw    Flaw
	esc     escape
	span    int       // bytes of the sequence so far
	at      time.Time // of its last byte
	rune    []byte    // the beginning of a letter
	carried bool      // the last byte was a CR: an LF or NUL after it belongs to it
}

// Clear begins a new line.
func (t *Typed) Clear() { t.Text, t.Flaw, t.rune = t.Text[:0], Sound, t.rune[:0] }

// Spoil notes that bytes were lost or made no sense.
func (t *Typed) Spoil() { t.Flaw, t.rune = Garbled, t.rune[:0] }

// Feed takes one byte. After entered the owner reads the line and clears it.
func (t *Typed) Feed(b byte, now time.Time) Stroke {
	carried := t.carried
	t.carried = false
	if t.esc != ground && t.swallow(b, now) {
		return Nothing
	}
	switch {
	case b == 0x1B:
		t.esc, t.span, t.at = escaped, 0, now
		return Nothing
	case b == '\r':
		t.carried = true
		return t.enter()
	case b == '\n':
		if carried {
			return Nothing
		}
		return t.enter()
	case b == 0 && carried:
		return Nothing
	case b == 0x11 || b == 0x13: // XON, XOFF
		return Nothing
	case b == 0x08 || b == 0x7F:
		return t.erase()
	case b == 0x15: // Ctrl-U
		t.Clear()
		return Edited
	case b == 0x04:
		return Left
	case b == 0x03:
		t.Clear()
		return Backed
	case b == 0x0C:
		return Redraw
	case b == '\t':
		return t.add(' ')
	case b < ' ':
		t.Spoil()
		return Edited
	default:
		return t.letter(b)
	}
}

func (t *Typed) enter() Stroke {
	if len(t.rune) > 0 {
		t.Spoil()
	}
	return Entered
}

func (t *Typed) erase() Stroke {
	t.rune = t.rune[:0]
	if len(t.Text) > 0 {
		t.Text = t.Text[:len(t.Text)-1]
	}
	if len(t.Text) == 0 {
		t.Flaw = Sound
	}
	return Edited
}

// letter gathers the bytes of one letter.
func (t *Typed) letter(b byte) Stroke {
	t.rune = append(t.rune, b)
	if !utf8.FullRune(t.rune) {
		return Nothing
	}
	r, n := utf8.DecodeRune(t.rune)
	if r == utf8.RuneError || n != len(t.rune) || !unicode.IsPrint(r) {
		t.Spoil()
		return Edited
	}
	t.rune = t.rune[:0]
	return t.add(r)
}

func (t *Typed) add(r rune) Stroke {
	if len(t.rune) > 0 {
		t.Spoil()
		return Edited
	}
	if len(t.Text) >= Longest {
		if t.Flaw == Sound {
			t.Flaw = TooLong
		}
		return Edited
	}
	t.Text = append(t.Text, r)
	return Edited
}

// swallow reports whether the byte belongs to a terminal's sequence.
func (t *Typed) swallow(b byte, now time.Time) bool {
	if b == '\r' || b == '\n' || now.Sub(t.at) > escapeWait { // the sequence never ended, or an ESC was typed alone
		t.esc = ground
		return false
	}
	t.at = now
	if t.span++; t.span > escapeSpan {
		t.esc = ground
		t.Spoil()
		return true
	}
	switch t.esc {
	case escaped:
		switch {
		case b == '[':
			t.esc = sequence
		case b == ']' || b == 'P' || b == '_' || b == '^':
			t.esc = message
		case b == 0x1B:
		case b == 'O' || b == 'N' || b >= ' ' && b < '0':
			t.esc = single
		default:
			t.esc = ground
		}
	case sequence:
		if b >= 0x40 && b < 0x7F {
			t.esc = ground
		}
	case message:
		if b == 0x07 || b == '\\' {
			t.esc = ground
		}
	case single, ground:
		t.esc = ground
	}
	return true
}
