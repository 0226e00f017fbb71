package dtmf_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"autocom/dsp/dtmf"
)

// FuzzReceiver gives any samples in any portions: what is heard depends on the
// samples alone, and every key that began ended before the next.
func FuzzReceiver(f *testing.F) {
	bytes := func(s []int16) (b []byte) {
		for _, x := range s {
			b = binary.LittleEndian.AppendUint16(b, uint16(x))
		}
		return b
	}
	f.Add(bytes(dial(f, "15", 320, 320)), uint8(160))
	f.Add(bytes(voice(1, 1600)), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, portion uint8) {
		s := make([]int16, len(b)/2)
		for i := range s {
			s[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
		var once, often dtmf.Receiver
		want := once.Listen(nil, s)
		var got []dtmf.Notice
		for part := range slices.Chunk(s, int(portion)+1) {
			got = often.Listen(got, part)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in portions of %d: %v, at once: %v", int(portion)+1, got, want)
		}
		at := int64(0)
		for i, n := range want {
			phase := dtmf.Began
			if i%2 == 1 {
				phase = dtmf.Ended
			}
			if n.Phase != phase || i%2 == 1 && n.Key != want[i-1].Key || n.At < at || n.At > int64(len(s)) {
				t.Fatalf("notice %d of %v", i, want)
			}
			at = n.At
		}
		if _, held := once.Held(); held != (len(want)%2 == 1) {
			t.Fatalf("held %v after %v", held, want)
		}
	})
}
