package rtpflow

import (
	"bytes"
	"testing"
)

func TestRFC3711Section3_3SealedSoundOpensWithItsKeyOnly(t *testing.T) {
	a, b := bytes.Repeat([]byte{1}, KeyBytes), bytes.Repeat([]byte{2}, KeyBytes)
	var one, two, none Flow
	if err := one.Protect(a, b); err != nil {
		t.Fatal(err)
	}
	if err := two.Protect(b, a); err != nil {
		t.Fatal(err)
	}
	plain := append([]byte{0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}, bytes.Repeat([]byte{0xD5}, Frame)...)
	sealed := one.safe.seal(plain)
	if bytes.Contains(sealed, plain[12:40]) || len(sealed) != len(plain)+10 {
		t.Errorf("% x", sealed)
	}
	if got := two.safe.open(sealed); !bytes.Equal(got, plain) {
		t.Errorf("% x", got)
	}
	if got := one.safe.open(sealed); got != nil {
		t.Errorf("the other key opens it: % x", got)
	}
	if got := none.safe.open(none.safe.seal(plain)); !bytes.Equal(got, plain) {
		t.Errorf("in the clear: % x", got)
	}
	if err := one.Protect(a[1:], b); err == nil {
		t.Error("a short key")
	}
}
