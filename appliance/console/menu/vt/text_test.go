package vt

import "testing"

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, utf8, ascii string }{
		{"Être à l’œuvre — « ça »…", "Être à l’œuvre — « ça »…", "Etre a l'oeuvre - \" ca \"~"},
		{"a\x1b[2J\x00b\xff", "a?[2J?b?", "a?[2J?b?"},
		{"日本 e\u0301 \u202e x\u00a0y\u200b", "?? e ? x y", "?? e ? x y"},
	} {
		if got := Clean(c.in, false); got != c.utf8 {
			t.Errorf("clean(%q) = %q, want %q", c.in, got, c.utf8)
		}
		if got := Clean(c.in, true); got != c.ascii {
			t.Errorf("clean(%q) in ASCII = %q, want %q", c.in, got, c.ascii)
		}
	}
}
