// Package wyoming reads and writes the messages a speech server beside the box speaks: a line of JSON, then what it announces, then sound.
//
// The Wyoming protocol of the Open Home Foundation is described in the README of its Python library (github.com/OHF-Voice/wyoming): a header line
// {"type", "data", "data_length", "payload_length"}, data_length bytes of JSON that are merged over the header's data, payload_length bytes of
// payload. It has neither authentication nor encryption, so Address admits neighbours only. Everything that is read is bounded.
package wyoming

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
)

// The types of the events this box sends and understands. Others are read and passed over.
const (
	Describe   = "describe"
	Info       = "info"
	AudioStart = "audio-start"
	AudioChunk = "audio-chunk"
	AudioStop  = "audio-stop"
	Transcribe = "transcribe"
	Transcript = "transcript"
	// TranscriptChunk is a piece of a text that is still being recognised; Transcript says it whole.
	TranscriptChunk = "transcript-chunk"
	Synthesize      = "synthesize"
	Error           = "error"
)

// The bounds of one event, in bytes. A server that knows hundreds of voices describes them in some 200 KiB.
const (
	MaxHeader  = 64 << 10
	MaxData    = 1 << 20
	MaxPayload = 1 << 20
)

// An Event is one message. Data holds the fields of its type; Payload is sound, or nothing.
type Event struct {
	Type    string
	Data    map[string]json.RawMessage
	Payload []byte
}

// The ways in which bytes are no event.
var (
	ErrHeader  = errors.New("the speech server's line is no event: it must be one JSON object with a type")
	ErrTooLong = errors.New("the speech server's event is longer than is read here")
	ErrData    = errors.New("the speech server's event announces data that is no JSON object")
)

type header struct {
	Type          string                     `json:"type"`
	Version       string                     `json:"version,omitempty"`
	Data          map[string]json.RawMessage `json:"data,omitempty"`
	DataLength    int64                      `json:"data_length,omitempty"`
	PayloadLength int64                      `json:"payload_length,omitempty"`
}

// A Reader reads the events of one connection. It is for one goroutine.
type Reader struct {
	r    *bufio.Reader
	left int64 // bytes that may still come, of the whole connection
}

// NewReader reads from r, at most total bytes in all.
func NewReader(r io.Reader, total int64) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, MaxHeader), left: total}
}

// Read gives the next event. The end between two events is io.EOF, within one io.ErrUnexpectedEOF. After any error the connection is of no more use.
func (r *Reader) Read() (Event, error) {
	line, err := r.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return Event{}, ErrTooLong
	case errors.Is(err, io.EOF) && len(line) > 0:
		return Event{}, io.ErrUnexpectedEOF
	case err != nil:
		return Event{}, err
	}
	if r.left -= int64(len(line)); r.left < 0 {
		return Event{}, ErrTooLong
	}
	var h header
	if json.Unmarshal(line, &h) != nil || h.Type == "" {
		return Event{}, ErrHeader
	}
	if h.DataLength < 0 || h.DataLength > MaxData || h.PayloadLength < 0 || h.PayloadLength > MaxPayload {
		return Event{}, ErrTooLong
	}
	if r.left -= h.DataLength + h.PayloadLength; r.left < 0 {
		return Event{}, ErrTooLong
	}
	e := Event{Type: h.Type, Data: h.Data}
	if h.DataLength > 0 {
		text, err := r.bytes(h.DataLength)
		if err != nil {
			return Event{}, err
		}
		var more map[string]json.RawMessage
		if json.Unmarshal(text, &more) != nil {
			return Event{}, ErrData
		}
		if e.Data == nil {
			e.Data = more
		} else {
			maps.Copy(e.Data, more)
		}
	}
	if h.PayloadLength > 0 {
		if e.Payload, err = r.bytes(h.PayloadLength); err != nil {
			return Event{}, err
		}
	}
	return e, nil
}

func (r *Reader) bytes(n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r.r, b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b, nil
}

// Write sends an event in one piece, its data after the header as the reference library does. data is encoded as JSON; nil is none.
func Write(w io.Writer, kind string, data any, payload []byte) error {
	h := header{Type: kind, Version: "1.5.4", PayloadLength: int64(len(payload))}
	var text []byte
	if data != nil {
		var err error
		if text, err = json.Marshal(data); err != nil {
			return fmt.Errorf("event %s: %w", kind, err)
		}
		h.DataLength = int64(len(text))
	}
	line, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("event %s: %w", kind, err)
	}
	whole := make([]byte, 0, len(line)+1+len(text)+len(payload))
	whole = append(append(append(append(whole, line...), '\n'), text...), payload...)
	_, err = w.Write(whole)
	return err
}

// String is a field of the data that holds a text; other fields and missing ones are empty.
func (e Event) String(field string) string {
	var s string
	if json.Unmarshal(e.Data[field], &s) != nil {
		return ""
	}
	return s
}

// Int is a field of the data that holds a whole number; other fields and missing ones are 0.
func (e Event) Int(field string) int {
	var n int
	if json.Unmarshal(e.Data[field], &n) != nil {
		return 0
	}
	return n
}

// Format is the form of sound that audio-start and audio-chunk announce.
type Format struct {
	Rate     int `json:"rate"`     // Hz
	Width    int `json:"width"`    // bytes of a sample
	Channels int `json:"channels"` // 1 or 2
}

// Format reads the form of the event's sound.
func (e Event) Format() Format {
	return Format{Rate: e.Int("rate"), Width: e.Int("width"), Channels: e.Int("channels")}
}
