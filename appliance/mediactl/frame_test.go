package mediactl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange/plan"
)

func TestFramesSurviveAnyCut(t *testing.T) {
	want := []Message{
		{Hello: &Hello{Version: 1, Name: "core"}},
		{Request: &Request{ID: 1, Op: OpOpen, Leg: "i1"}},
		{Request: &Request{Op: OpUpdate, Leg: "i1", Media: &plan.Media{Codec: plan.PCMA, Ptime: 20}}},
		{Reply: &Reply{ID: 1, Endpoint: plan.Endpoint{Host: "127.0.0.1", Port: 20000}}},
		{Event: &Event{Kind: Digit, Leg: "i1", Digit: "5", Millis: 100}},
	}
	var stream []byte
	for _, m := range want {
		b, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		stream = append(stream, b...)
	}
	for size := 1; size < len(stream); size += 7 {
		var d Decoder
		var got []Message
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			d.Write(rest[:n])
			rest = rest[n:]
			for {
				m, ok, err := d.Next()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				got = append(got, m)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in pieces of %d bytes: %s", size, diff)
		}
	}
}

func TestWrongFramesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"empty":    {[]byte{0, 0, 0, 0}, ErrFrame},
		"long":     {binary.BigEndian.AppendUint32(nil, MaxFrame+1), ErrFrame},
		"nothing":  {append([]byte{0, 0, 0, 2}, "{}"...), ErrShape},
		"two":      {append([]byte{0, 0, 0, 33}, `{"hello":{},"reply":{"id":1     }}`[:33]...), nil},
		"not json": {append([]byte{0, 0, 0, 1}, 'x'), nil},
		"files":    {append([]byte{0, 0, 0, 35}, `{"request":{"op":"open","files":2}}`...), ErrShape},
	} {
		var d Decoder
		d.Write(c.raw)
		_, ok, err := d.Next()
		if ok || err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: ok %v, %v", name, ok, err)
		}
	}
	if _, err := Encode(Message{Hello: &Hello{Name: strings.Repeat("x", MaxFrame)}}); !errors.Is(err, ErrFrame) {
		t.Errorf("a frame too long to send: %v", err)
	}
}

// FuzzDecoder reads anything; what it accepts it can write and read again.
func FuzzDecoder(f *testing.F) {
	for _, m := range []Message{
		{Hello: &Hello{Version: 1}},
		{Request: &Request{ID: 1, Op: OpPlan, Plan: &plan.Plan{Call: "1", Legs: []plan.Hearing{{Leg: "a"}}}}},
		{Event: &Event{Kind: LegStats, Stats: &Stats{Lost: -1}}},
	} {
		b, _ := Encode(m)
		f.Add(b, 3)
	}
	f.Add([]byte{0, 0, 0, 2, '{', '}'}, 1)
	f.Fuzz(func(t *testing.T, raw []byte, cut int) {
		var d Decoder
		if cut < 0 || cut > len(raw) {
			cut = len(raw) / 2
		}
		for _, part := range [][]byte{raw[:cut], raw[cut:]} {
			d.Write(part)
			for {
				m, ok, err := d.Next()
				if err != nil {
					return
				}
				if !ok {
					break
				}
				b, err := Encode(m)
				if err != nil {
					if errors.Is(err, ErrFrame) {
						continue // escapes made it longer
					}
					t.Fatal(err)
				}
				var again Decoder
				again.Write(b)
				n, ok, err := again.Next()
				if err != nil || !ok {
					t.Fatalf("%s does not come back: %v", b, err)
				}
				c, err := Encode(n)
				if err != nil || !bytes.Equal(b, c) {
					t.Fatalf("%s became %s: %v", b, c, err)
				}
			}
		}
	})
}
