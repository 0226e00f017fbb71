package stack

import (
	"bytes"
	"errors"
	"net"
	"time"
)

// stream is the carrier of TCP and TLS.
type stream struct {
	conn    net.Conn
	streams *Streams
	began   time.Time // when it was accepted
	heard   bool      // a message came, or we dialled: it may stay
	half    bool      // one line end came: another one makes it a keep-alive
}

// firstRoom is the bytes a connection keeps to read into; a message that needs more gets more, and the connection gives it back.
const firstRoom = 4 << 10

func (st *stream) read(c *conn) error {
	f := framer{max: c.stack.cfg.MaxMessage}
	room := make([]byte, firstRoom)
	have := 0
	since := time.Now() // of the first byte in room
	for {
		var until time.Time
		switch {
		case !st.heard:
			until = st.began.Add(st.streams.FirstMessage)
		case have > 0:
			until = since.Add(st.streams.WholeMessage)
		default:
			until = time.Now().Add(st.streams.Idle)
		}
		if err := st.conn.SetReadDeadline(until); err != nil {
			return err
		}
		if have == len(room) {
			room = append(room, make([]byte, len(room))...)
		}
		n, err := st.conn.Read(room[have:])
		if have == 0 {
			since = time.Now()
		}
		have += n
		used, bad := st.take(c, &f, room[:have])
		if bad != nil {
			if errors.Is(bad, errRefused) {
				return bad
			}
			c.malformed(bad, room[used:have])
			return st.discard()
		}
		if used > 0 {
			have = copy(room, room[used:have])
			since = time.Now()
			if have == 0 && len(room) > firstRoom {
				room = make([]byte, firstRoom)
			}
		}
		if err != nil {
			return err
		}
	}
}

// take hands over the whole messages and keep-alives that buf begins with, and says how many bytes they were.
func (st *stream) take(c *conn, f *framer, buf []byte) (int, error) {
	used := 0
	for {
		rest := buf[used:]
		switch {
		case len(rest) == 0 || len(rest) == 1 && rest[0] == '\r':
			return used, nil
		case bytes.HasPrefix(rest, []byte(lineEnds)):
			st.half = false
			used += 4
			if err := c.pinged(); err != nil {
				return used, errRefused
			}
			continue
		case rest[0] == '\r' && rest[1] == '\n':
			used += 2
			switch {
			case st.half:
				st.half = false
				if err := c.pinged(); err != nil {
					return used, errRefused
				}
			case !c.ponged():
				st.half = true
			}
			continue
		}
		n, err := f.next(rest)
		if n == 0 || err != nil {
			return used, err
		}
		st.half = false
		if err := c.hear(rest[:n]); err != nil {
			return used, err
		}
		st.heard = true
		used += n
	}
}

// discard reads what the peer still sends until it closes, or the connection is killed: were it closed at once, the peer's network could
// throw away the answer that is on its way.
func (st *stream) discard() error {
	if err := st.conn.SetReadDeadline(time.Now().Add(2 * linger)); err != nil {
		return err
	}
	var waste [1 << 10]byte
	for {
		if _, err := st.conn.Read(waste[:]); err != nil {
			return err
		}
	}
}

func (st *stream) write(data []byte, _ []int) error {
	if err := st.conn.SetWriteDeadline(time.Now().Add(st.streams.Write)); err != nil {
		return err
	}
	_, err := st.conn.Write(data)
	return err
}

func (st *stream) finish() error {
	if half, ok := st.conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (st *stream) close() error { return st.conn.Close() }
