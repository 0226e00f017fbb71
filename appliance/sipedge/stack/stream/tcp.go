package stream

import (
	"bytes"
	"errors"
	"net"
	"time"
)

// pipe is the carrier of TCP and TLS.
type pipe struct {
	conn  net.Conn
	cfg   *Config
	began time.Time // when it was accepted
	heard bool      // a message came, or we dialled: it may stay
	half  bool      // one line end came: another one makes it a keep-alive
}

// firstRoom is the bytes a connection keeps to read into; a message that needs more gets more, and the connection gives it back.
const firstRoom = 4 << 10

func (p *pipe) read(c *Conn) error {
	f := framer{max: c.most}
	room := make([]byte, firstRoom)
	have := 0
	since := time.Now() // of the first byte in room
	for {
		var until time.Time
		switch {
		case !p.heard:
			until = p.began.Add(p.cfg.FirstMessage)
		case have > 0:
			until = since.Add(p.cfg.WholeMessage)
		default:
			until = time.Now().Add(p.cfg.Idle)
		}
		if err := p.conn.SetReadDeadline(until); err != nil {
			return err
		}
		if have == len(room) {
			room = append(room, make([]byte, len(room))...)
		}
		n, err := p.conn.Read(room[have:])
		if have == 0 {
			since = time.Now()
		}
		have += n
		used, bad := p.take(c, &f, room[:have])
		if bad != nil {
			if errors.Is(bad, ErrRefused) {
				return bad
			}
			c.malformed(bad, room[used:have])
			return p.discard()
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
func (p *pipe) take(c *Conn, f *framer, buf []byte) (int, error) {
	used := 0
	for {
		rest := buf[used:]
		switch {
		case len(rest) == 0 || len(rest) == 1 && rest[0] == '\r':
			return used, nil
		case bytes.HasPrefix(rest, []byte(Ping)):
			p.half = false
			used += 4
			if err := c.pinged(); err != nil {
				return used, ErrRefused
			}
			continue
		case rest[0] == '\r' && rest[1] == '\n':
			used += 2
			switch {
			case p.half:
				p.half = false
				if err := c.pinged(); err != nil {
					return used, ErrRefused
				}
			case !c.ponged():
				p.half = true
			}
			continue
		}
		n, err := f.next(rest)
		if n == 0 || err != nil {
			return used, err
		}
		p.half = false
		if err := c.hear(rest[:n]); err != nil {
			return used, err
		}
		p.heard = true
		used += n
	}
}

// discard reads what the peer still sends until it closes, or the connection is killed: were it closed at once, the peer's network could
// throw away the answer that is on its way.
func (p *pipe) discard() error {
	if err := p.conn.SetReadDeadline(time.Now().Add(2 * linger)); err != nil {
		return err
	}
	var waste [1 << 10]byte
	for {
		if _, err := p.conn.Read(waste[:]); err != nil {
			return err
		}
	}
}

func (p *pipe) write(data []byte, _ []int) error {
	if err := p.conn.SetWriteDeadline(time.Now().Add(p.cfg.Write)); err != nil {
		return err
	}
	_, err := p.conn.Write(data)
	return err
}

func (p *pipe) finish() error {
	if half, ok := p.conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (p *pipe) close() error { return p.conn.Close() }
