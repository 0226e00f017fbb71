package sim

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Phones that speak TCP: one connection, opened by the phone, which carries both directions (RFC 5923).

// maxLetter bounds a message on a connection, in bytes.
const maxLetter = 64 << 10

// connect opens the phone's connection and registers along it, and again whenever it is cut. The peer's lock is held.
func (p *peer) connect(expires int) {
	if p.gone || p.stream != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	c, err := p.wires.Dial(ctx, netip.AddrPortFrom(p.at.Addr(), 0), p.box)
	if err != nil {
		p.redial = time.AfterFunc(5*time.Second, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.connect(expires)
		})
		return
	}
	p.stream = c
	p.at = c.LocalAddr().(*net.TCPAddr).AddrPort()
	p.readers.Go(func() {
		p.readStream(c)
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = c.Close() // it is cut already
		if p.stream == c {
			p.stream = nil
			p.connect(expires)
		}
	})
	p.register(expires)
}

func (p *peer) readStream(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		raw, err := frame(r)
		if err != nil {
			return
		}
		p.take(raw)
	}
}

// frame reads one message from a connection (RFC 3261 §18.3); keep-alives between messages are passed over (RFC 5626 §3.5.1).
func frame(r *bufio.Reader) ([]byte, error) {
	var head bytes.Buffer
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(line) == "" {
			if head.Len() == 0 {
				continue
			}
			head.WriteString(line)
			break
		}
		if head.WriteString(line); head.Len() > maxLetter {
			return nil, bufio.ErrTooLong
		}
		if name, v, _ := strings.Cut(line, ":"); strings.EqualFold(strings.TrimSpace(name), "Content-Length") || strings.TrimSpace(name) == "l" {
			if length, err = strconv.Atoi(strings.TrimSpace(v)); err != nil || length < 0 || length > maxLetter {
				return nil, bufio.ErrTooLong
			}
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	return append(head.Bytes(), body...), nil
}

// take reads one message, whichever way it came.
func (p *peer) take(raw []byte) {
	m, err := sip.ParseMessage(raw)
	if err != nil || !complete(m) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return
	}
	switch m := m.(type) {
	case *sip.Request:
		p.request(m)
	case *sip.Response:
		p.response(m)
	}
}

// way is the transport as a Via names it.
func (p *peer) way() string {
	if p.wires != nil {
		return "SIP/2.0/TCP"
	}
	return "SIP/2.0/UDP"
}

// contact is where the peer is found.
func (p *peer) contact() string {
	user := p.name
	if p.user != "" && p.handle != "" {
		user = p.handle
	}
	if p.wires != nil { // a phone listens at one port, whichever its connections have
		return "<sip:" + user + "@" + netip.AddrPortFrom(p.at.Addr(), 5060).String() + ";transport=tcp>"
	}
	return "<sip:" + user + "@" + p.at.String() + ">"
}
