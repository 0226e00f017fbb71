package menu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"autocom/appliance/console/menu/vt"
)

// Limits of the line.
const (
	chunkBytes = 256                   // read at once
	chunkQueue = 16                    // chunks that wait; what comes beyond them is dropped and spoils the line being typed
	drawEvery  = 50 * time.Millisecond // at most, while bytes keep coming
	emptyPause = 20 * time.Millisecond // after a read that brought nothing
)

// ErrLine is in the error of Serve when the line is lost.
var ErrLine = errors.New("the serial line is lost")

// Serve lets installers work with the box at the other end of a line, one session after the other, until the context ends (then it returns nil)
// or the line is lost. It owns the line meanwhile: if it is an io.Closer, Serve closes it on its way out; if it is not, its Read and Write must
// return by themselves once the context ended. A Read that gives 0 bytes and no error is a timeout and means nothing.
//
// Everything about a session happens on the caller's goroutine; one goroutine reads, one writes, and what may block runs on further ones. Serve
// returns when all of them have.
func Serve(ctx context.Context, line io.ReadWriter, o Options) error {
	if o.Door == nil {
		return errors.New("serial console: there is no door to check the box's code")
	}
	ctx, cancel := context.WithCancel(ctx)
	l := reader{in: make(chan []byte, chunkQueue), lost: make(chan error, 2)}
	s := newSession(&o, vt.NewPainter(line))
	var workers sync.WaitGroup
	workers.Go(func() { l.read(ctx, line) })
	workers.Go(func() {
		if err := s.painter.Run(ctx); err != nil {
			l.lost <- err
		}
	})
	err := s.loop(ctx, &l)
	cancel()
	if c, ok := line.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	s.tasks.Wait()
	workers.Wait()
	return err
}

// reader brings bytes from the line to the session.
type reader struct {
	in      chan []byte
	lost    chan error
	dropped atomic.Bool // bytes were, since the session looked
}

// read never waits for the session: a line that babbles is read and dropped.
func (l *reader) read(ctx context.Context, line io.Reader) {
	for ctx.Err() == nil {
		chunk := make([]byte, chunkBytes)
		n, err := line.Read(chunk)
		if n > 0 {
			select {
			case l.in <- chunk[:n]:
			default:
				l.dropped.Store(true)
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				l.lost <- fmt.Errorf("read the serial line: %w", err)
			}
			return
		}
		if n == 0 { // a port that does not block
			select {
			case <-ctx.Done():
			case <-time.After(emptyPause):
			}
		}
	}
}

// loop is the session's goroutine.
func (s *session) loop(ctx context.Context, l *reader) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	s.begin(ctx, "")
	defer func() { s.endVisit() }()
	var drawn time.Time
	for {
		if now := time.Now(); len(l.in) == 0 || now.Sub(drawn) >= drawEvery {
			drawn = now
			s.painter.Show(s.frame())
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-l.lost:
			return fmt.Errorf("%w: %w", ErrLine, err)
		case chunk := <-l.in:
			if l.dropped.Swap(false) {
				s.typed.Spoil()
			}
			for _, b := range chunk {
				s.key(ctx, b)
			}
		case apply := <-s.posts:
			apply()
		case <-second.C:
			s.tick(ctx)
		}
	}
}
