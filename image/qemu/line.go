package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"sync"
	"time"
)

// A Line is one serial line of the machine. It is read all the time: a guest stops when nobody takes what it says.
type Line struct {
	conn net.Conn
	copy io.Writer

	mu      sync.Mutex
	said    []byte        // the last maxSaid bytes
	dropped int           // bytes before them
	seen    int           // how far WaitFor has read, counted from the beginning
	more    chan struct{} // closed and replaced when something comes
	ended   bool
}

// maxSaid is how much of a line is kept, in bytes.
const maxSaid = 4 << 20

func newLine(conn net.Conn, listener io.Writer) *Line {
	return &Line{conn: conn, copy: listener, more: make(chan struct{})}
}

// drain reads until the line ends; the machine waits for it.
func (l *Line) drain() {
	b := make([]byte, 4096)
	for {
		n, err := l.conn.Read(b)
		if n > 0 && l.copy != nil {
			_, _ = l.copy.Write(b[:n]) // who listens in must not stop the guest
		}
		l.mu.Lock()
		l.said = append(l.said, b[:n]...)
		if extra := len(l.said) - maxSaid; extra > 0 {
			l.said = append([]byte(nil), l.said[extra:]...)
			l.dropped += extra
		}
		l.ended = err != nil
		close(l.more)
		l.more = make(chan struct{})
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// All is what the line has said and is still kept.
func (l *Line) All() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.said)
}

// ErrEnded is a machine that stopped before it said what was waited for.
var ErrEnded = errors.New("the machine ended")

// WaitFor waits until the line says something that matches, and gives it with its groups. What came before the match is then behind: the
// next WaitFor looks after it.
func (l *Line) WaitFor(pattern *regexp.Regexp, limit time.Duration) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		l.mu.Lock()
		start := max(0, l.seen-l.dropped)
		rest := l.said[start:]
		if at := pattern.FindSubmatchIndex(rest); at != nil {
			var found []string
			for i := 0; i < len(at); i += 2 {
				if at[i] < 0 {
					found = append(found, "")
				} else {
					found = append(found, string(rest[at[i]:at[i+1]]))
				}
			}
			l.seen = l.dropped + start + at[1]
			l.mu.Unlock()
			return found, nil
		}
		last := string(rest[max(0, len(rest)-800):])
		more, ended := l.more, l.ended
		l.mu.Unlock()
		if ended {
			return nil, fmt.Errorf("%w before it said %q; its last words: %q", ErrEnded, pattern, last)
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, fmt.Errorf("%q was not said in %s; the last words: %q", pattern, limit, last)
		}
	}
}

// Send types text on the line.
func (l *Line) Send(text string) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	_, err := io.WriteString(l.conn, text)
	return err
}
