package mediactl

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// Errors of a stream that is not ours.
var (
	ErrFrame = errors.New("the frame is empty or longer than 64 kB")
	ErrShape = errors.New("the frame does not hold exactly one message")
)

// Encode makes the frame of a message.
func Encode(m Message) ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode a frame: %w", err)
	}
	if len(b) > MaxFrame {
		return nil, ErrFrame
	}
	frame := make([]byte, 4+len(b))
	binary.BigEndian.PutUint32(frame, uint32(len(b)))
	copy(frame[4:], b)
	return frame, nil
}

// A Decoder turns a stream of bytes into messages. The zero value is ready. After an error the stream is lost.
type Decoder struct{ buf []byte }

// Write takes the next bytes of the stream. Call Next until it has no more before writing again: it never holds more
// than one frame and what was written last.
func (d *Decoder) Write(b []byte) { d.buf = append(d.buf, b...) }

// Next gives the next whole message; ok is false when more bytes are needed.
func (d *Decoder) Next() (m Message, ok bool, err error) {
	if len(d.buf) < 4 {
		return m, false, nil
	}
	n := binary.BigEndian.Uint32(d.buf)
	if n == 0 || n > MaxFrame {
		return m, false, ErrFrame
	}
	if len(d.buf) < 4+int(n) {
		return m, false, nil
	}
	if err := json.Unmarshal(d.buf[4:4+n], &m); err != nil {
		return Message{}, false, fmt.Errorf("decode a frame: %w", err)
	}
	d.buf = append(d.buf[:0], d.buf[4+n:]...)
	if !m.valid() {
		return Message{}, false, ErrShape
	}
	return m, true, nil
}

func (m *Message) valid() bool {
	set := 0
	for _, is := range []bool{m.Hello != nil, m.Request != nil, m.Reply != nil, m.Event != nil} {
		if is {
			set++
		}
	}
	return set == 1 && (m.Request == nil || (m.Request.Files >= 0 && m.Request.Files <= MaxFiles))
}
