package wyoming

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	var wire bytes.Buffer
	sound := []byte{1, 2, 3, 4, '\n', 0}
	if err := Write(&wire, AudioChunk, Format{Rate: 8000, Width: 2, Channels: 1}, sound); err != nil {
		t.Fatal(err)
	}
	if err := Write(&wire, Describe, nil, nil); err != nil {
		t.Fatal(err)
	}
	r := NewReader(&wire, 1<<20)
	e, err := r.Read()
	if err != nil || e.Type != AudioChunk || e.Format() != (Format{8000, 2, 1}) || !bytes.Equal(e.Payload, sound) {
		t.Fatalf("got %+v, %v", e, err)
	}
	if e, err = r.Read(); err != nil || e.Type != Describe || e.Payload != nil {
		t.Fatalf("got %+v, %v", e, err)
	}
	if _, err := r.Read(); !errors.Is(err, io.EOF) {
		t.Fatalf("got %v at the end", err)
	}
}

// The README: data of data_length bytes is merged on top of the header's data.
func TestDataAfterTheHeaderWinsOverDataInIt(t *testing.T) {
	const wire = `{"type":"transcript","data":{"text":"un","language":"fr"},"data_length":15,"payload_length":0}` + "\n" + `{"text":"deux"}`
	e, err := NewReader(strings.NewReader(wire), 1<<20).Read()
	if err != nil || e.String("text") != "deux" || e.String("language") != "fr" {
		t.Fatalf("got %+v, %v", e, err)
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		want       error
	}{
		{"no JSON", "hello\n", ErrHeader},
		{"no type", "{}\n", ErrHeader},
		{"a list", "[]\n", ErrHeader},
		{"null", "null\n", ErrHeader},
		{"lengths that are text", `{"type":"x","data_length":"9"}` + "\n", ErrHeader},
		{"negative data", `{"type":"x","data_length":-1}` + "\n", ErrTooLong},
		{"negative payload", `{"type":"x","payload_length":-1}` + "\n", ErrTooLong},
		{"a payload beyond the bound", `{"type":"x","payload_length":1048577}` + "\n", ErrTooLong},
		{"data beyond the bound", `{"type":"x","data_length":1048577}` + "\n", ErrTooLong},
		{"a length beyond 64 bits", `{"type":"x","data_length":99999999999999999999}` + "\n", ErrHeader},
		{"a line without end", strings.Repeat("x", MaxHeader+1), ErrTooLong},
		{"a line cut short", `{"type":"x"`, io.ErrUnexpectedEOF},
		{"a payload cut short", `{"type":"x","payload_length":4}` + "\nab", io.ErrUnexpectedEOF},
		{"a payload that does not come", `{"type":"x","payload_length":4}` + "\n", io.ErrUnexpectedEOF},
		{"data that is no object", `{"type":"x","data_length":2}` + "\n[]", ErrData},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := NewReader(strings.NewReader(c.wire), 1<<30).Read(); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAConnectionIsBoundedAsAWhole(t *testing.T) {
	var wire bytes.Buffer
	for range 10 {
		if err := Write(&wire, AudioChunk, nil, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(&wire, 5000)
	read := 0
	for {
		_, err := r.Read()
		if errors.Is(err, ErrTooLong) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		read++
	}
	if read != 4 {
		t.Fatalf("%d events of some 1,060 bytes were read within 5,000", read)
	}
}

func TestAFieldOfAnotherKindIsEmpty(t *testing.T) {
	e := Event{Data: map[string]json.RawMessage{"text": []byte("5"), "rate": []byte(`"x"`)}}
	if e.String("text") != "" || e.Int("rate") != 0 || e.String("missing") != "" {
		t.Fatalf("got %q, %d", e.String("text"), e.Int("rate"))
	}
}

func TestSpeechServersAreNeighbours(t *testing.T) {
	listed := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")}
	for text, want := range map[string]Address{
		"unix:///run/autocom/speech.sock": {"unix", "/run/autocom/speech.sock"},
		"tcp://127.0.0.1:10300":           {"tcp", "127.0.0.1:10300"},
		"tcp://127.9.9.9:1":               {"tcp", "127.9.9.9:1"},
		"tcp://localhost:10300":           {"tcp", "127.0.0.1:10300"},
		"tcp://[::1]:10300":               {"tcp", "[::1]:10300"},
		"tcp://[::ffff:127.0.0.1]:10300":  {"tcp", "127.0.0.1:10300"},
		"tcp://192.0.2.9:10300":           {"tcp", "192.0.2.9:10300"},
	} {
		got, err := ParseAddress(text, listed)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "127.0.0.1:10300", "http://127.0.0.1:1", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:99999", "tcp://example.com:10300",
		"tcp://192.0.2.16:10300", "tcp://8.8.8.8:10300", "tcp://0.0.0.0:10300", "tcp://[::]:1", "tcp://[fe80::1%eth0]:1", "unix://speech.sock", "unix:///run/../etc/x", "unix:///a\x00b",
		"unix:///" + strings.Repeat("x", 120),
	} {
		if got, err := ParseAddress(text, listed); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
	if _, err := ParseAddress("tcp://8.8.8.8:10300", listed); !errors.Is(err, ErrFar) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"type":"audio-chunk","data_length":2,"payload_length":3}` + "\n{}abc"))
	f.Add([]byte(`{"type":"transcript","data":{"text":"oui"}}` + "\n"))
	f.Add([]byte(`{"type":"x","data":null,"data_length":4}` + "\nnull"))
	f.Add([]byte("\n\n{}\n"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := NewReader(bytes.NewReader(wire), 1<<20)
		for range 100 {
			e, err := r.Read()
			if err != nil {
				return
			}
			if e.Type == "" || len(e.Payload) > len(wire) {
				t.Fatalf("an event %q with %d bytes out of %d", e.Type, len(e.Payload), len(wire))
			}
			_, _ = e.String("text"), e.Format()
			var again bytes.Buffer
			if err := Write(&again, e.Type, e.Data, e.Payload); err != nil {
				t.Fatal(err)
			}
			second, err := NewReader(&again, 4<<20).Read()
			if err != nil || second.Type != e.Type || !bytes.Equal(second.Payload, e.Payload) {
				t.Fatalf("%q was written and read as %q, %v", e.Type, second.Type, err)
			}
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	f.Add("tcp://127.0.0.1:10300")
	f.Add("unix:///run/speech.sock")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text, nil)
		if err != nil {
			return
		}
		if a.Network == "tcp" {
			if at, err := netip.ParseAddrPort(a.At); err != nil || !at.Addr().IsLoopback() {
				t.Fatalf("%q is taken as %v", text, a)
			}
		}
	})
}
