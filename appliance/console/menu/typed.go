package menu

import (
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what is typed.
const (
	longest    = 200                    // characters of a line
	escapeSpan = 32                     // bytes of an escape sequence
	escapeWait = 100 * time.Millisecond // after which an ESC stands for itself
)

// stroke is what one byte meant.
type stroke int

const (
	nothing stroke = iota
	edited         // the line changed
	entered        // it is done: take it
	left           // Ctrl-D
	backed         // Ctrl-C
	redraw         // Ctrl-L
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

// flaw is why a line will not be carried out.
type flaw int

const (
	sound flaw = iota
	garbled
	tooLong
)

// typed is the line being typed. Bytes that no keyboard sends make the whole line worthless: it is refused when it is entered, never guessed at.
type typed struct {
	text    []rune
	flaw    flaw
	esc     escape
	span    int       // bytes of the sequence so far
	at      time.Time // of its last byte
	rune    []byte    // the beginning of a letter
	carried bool      // the last byte was a CR: an LF or NUL after it belongs to it
}

// clear begins a new line.
func (t *typed) clear() { t.text, t.flaw, t.rune = t.text[:0], sound, t.rune[:0] }

// spoil notes that bytes were lost or made no sense.
func (t *typed) spoil() { t.flaw, t.rune = garbled, t.rune[:0] }

// feed takes one byte. After entered the owner reads the line and clears it.
func (t *typed) feed(b byte, now time.Time) stroke {
	carried := t.carried
	t.carried = false
	if t.esc != ground && t.swallow(b, now) {
		return nothing
	}
	switch {
	case b == 0x1B:
		t.esc, t.span, t.at = escaped, 0, now
		return nothing
	case b == '\r':
		t.carried = true
		return t.enter()
	case b == '\n':
		if carried {
			return nothing
		}
		return t.enter()
	case b == 0 && carried:
		return nothing
	case b == 0x11 || b == 0x13: // XON, XOFF
		return nothing
	case b == 0x08 || b == 0x7F:
		return t.erase()
	case b == 0x15: // Ctrl-U
		t.clear()
		return edited
	case b == 0x04:
		return left
	case b == 0x03:
		t.clear()
		return backed
	case b == 0x0C:
		return redraw
	case b == '\t':
		return t.add(' ')
	case b < ' ':
		t.spoil()
		return edited
	default:
		return t.letter(b)
	}
}

func (t *typed) enter() stroke {
	if len(t.rune) > 0 {
		t.spoil()
	}
	return entered
}

func (t *typed) erase() stroke {
	t.rune = t.rune[:0]
	if len(t.text) > 0 {
		t.text = t.text[:len(t.text)-1]
	}
	if len(t.text) == 0 {
		t.flaw = sound
	}
	return edited
}

// letter gathers the bytes of one letter.
func (t *typed) letter(b byte) stroke {
	t.rune = append(t.rune, b)
	if !utf8.FullRune(t.rune) {
		return nothing
	}
	r, n := utf8.DecodeRune(t.rune)
	if r == utf8.RuneError || n != len(t.rune) || !unicode.IsPrint(r) {
		t.spoil()
		return edited
	}
	t.rune = t.rune[:0]
	return t.add(r)
}

func (t *typed) add(r rune) stroke {
	if len(t.rune) > 0 {
		t.spoil()
		return edited
	}
	if len(t.text) >= longest {
		if t.flaw == sound {
			t.flaw = tooLong
		}
		return edited
	}
	t.text = append(t.text, r)
	return edited
}

// swallow reports whether the byte belongs to a terminal's sequence.
func (t *typed) swallow(b byte, now time.Time) bool {
	if b == '\r' || b == '\n' || now.Sub(t.at) > escapeWait { // the sequence never ended, or an ESC was typed alone
		t.esc = ground
		return false
	}
	t.at = now
	if t.span++; t.span > escapeSpan {
		t.esc = ground
		t.spoil()
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
