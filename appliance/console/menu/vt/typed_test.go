package vt

import (
	"testing"
	"time"
)

// FuzzTyped holds the line editor to its bounds.
func FuzzTyped(f *testing.F) {
	f.Add([]byte("abc\x7f\x15\x1b[A\r\n"))
	f.Add([]byte("\xff\xfe\x1b]0;title\x07x"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var line Typed
		now := time.Date(2026, 11, 24, 10, 42, 0, 0, time.UTC)
		for _, b := range in {
			s := line.Feed(b, now)
			if len(line.Text) > Longest || len(line.rune) > 4 || line.span > escapeSpan+1 {
				t.Fatalf("the line grew to %d letters, %d bytes of one, %d of a sequence", len(line.Text), len(line.rune), line.span)
			}
			for _, r := range line.Text {
				if r < ' ' || r == 0xFFFD {
					t.Fatalf("%q was taken into the line", r)
				}
			}
			if s == Entered {
				line.Clear()
			}
		}
	})
}
