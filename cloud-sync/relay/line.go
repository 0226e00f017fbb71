package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Line is a TCP relay whose owner spoils what passes. Its methods may be called at any time, on any goroutine.
type Line struct {
	dial   func(ctx context.Context) (net.Conn, error)
	listen net.Listener
	wg     sync.WaitGroup

	mu       sync.Mutex
	changed  chan struct{} // closed at every change of what follows
	closed   bool
	down     bool          // connections are refused
	stalled  bool          // nothing passes, nothing is closed
	delay    time.Duration // each way
	rate     int           // bytes a second each way; 0: any
	budget   int64         // bytes towards the server until the line is cut; negative: no end
	backward int64         // and towards the client
	conns    map[net.Conn]struct{}
	opened   int
}

// New relays what is accepted on l to what dial reaches. l is closed with the line.
func New(l net.Listener, dial func(ctx context.Context) (net.Conn, error)) *Line {
	line := &Line{dial: dial, listen: l, changed: make(chan struct{}), budget: -1, backward: -1, conns: map[net.Conn]struct{}{}}
	line.wg.Go(line.accept)
	return line
}

// Addr is where the line begins.
func (l *Line) Addr() net.Addr { return l.listen.Addr() }

// Opened is how many connections were relayed.
func (l *Line) Opened() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.opened
}

func (l *Line) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Cut closes every connection and refuses new ones until Restore.
func (l *Line) Cut() { l.change(l.cut) }

func (l *Line) cut() {
	l.down = true
	for c := range l.conns {
		_ = c.Close() // it is to break
	}
}

// CutAfter cuts the line when so many bytes have passed towards the server, from now on; CutBackAfter, towards the client.
func (l *Line) CutAfter(n int64) { l.change(func() { l.budget = n }) }

// CutBackAfter cuts the line when so many bytes have passed towards the client, from now on.
func (l *Line) CutBackAfter(n int64) { l.change(func() { l.backward = n }) }

// Restore makes the line a good one.
func (l *Line) Restore() {
	l.change(func() { l.down, l.stalled, l.delay, l.rate, l.budget, l.backward = false, false, 0, 0, -1, -1 })
}

// Refuse lets present connections live and refuses new ones.
func (l *Line) Refuse() { l.change(func() { l.down = true }) }

// Stall lets nothing pass and closes nothing.
func (l *Line) Stall() { l.change(func() { l.stalled = true }) }

// Delay holds everything back for a time, each way.
func (l *Line) Delay(d time.Duration) { l.change(func() { l.delay = d }) }

// Throttle lets so many bytes pass in a second, each way; 0: any.
func (l *Line) Throttle(bytesPerSecond int) { l.change(func() { l.rate = bytesPerSecond }) }

// Close ends the line and waits for all that it started.
func (l *Line) Close() error {
	l.change(func() { l.closed = true; l.cut() })
	err := l.listen.Close()
	l.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (l *Line) accept() {
	for {
		c, err := l.listen.Accept()
		if err != nil {
			return // closed
		}
		l.mu.Lock()
		refused := l.down
		if !refused {
			l.conns[c] = struct{}{}
			l.opened++
		}
		l.mu.Unlock()
		if refused {
			_ = c.Close() // that is the refusal
			continue
		}
		l.wg.Go(func() { l.relay(c) })
	}
}

func (l *Line) forget(c net.Conn) {
	_ = c.Close() // may be closed already
	l.mu.Lock()
	delete(l.conns, c)
	l.mu.Unlock()
}

func (l *Line) relay(near net.Conn) {
	defer l.forget(near)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	far, err := l.dial(ctx)
	if err != nil {
		return
	}
	l.mu.Lock()
	down := l.down
	l.conns[far] = struct{}{}
	l.mu.Unlock()
	defer l.forget(far)
	if down {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.pass(far, near, func() *int64 { return &l.budget }) })
	both.Go(func() { l.pass(near, far, func() *int64 { return &l.backward }) })
	both.Wait()
}

// pass copies one way until an end.
func (l *Line) pass(to, from net.Conn, left func() *int64) {
	defer to.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		for sent := 0; sent < n; {
			k, ok := l.permit(n-sent, left)
			if k > 0 {
				if _, err := to.Write(buf[sent : sent+k]); err != nil {
					return
				}
				sent += k
			}
			if !ok {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				_ = from.Close() // the other way ends too
			}
			return
		}
	}
}

// permit says how many of n bytes may pass now, after waiting as the line wants it. ok is false when the line is cut with them.
func (l *Line) permit(n int, left func() *int64) (k int, ok bool) {
	for {
		l.mu.Lock()
		stalled, changed, delay, rate, down := l.stalled, l.changed, l.delay, l.rate, l.closed
		l.mu.Unlock()
		if down {
			return 0, false
		}
		if stalled {
			<-changed
			continue
		}
		pause := delay
		if rate > 0 {
			n = min(n, max(1, rate/10))
			pause += time.Duration(n) * time.Second / time.Duration(rate)
		}
		if pause > 0 {
			t := time.NewTimer(pause)
			select {
			case <-t.C:
			case <-changed:
				t.Stop()
			}
		}
		break
	}
	ok = true
	l.mu.Lock()
	budget := left()
	cut := false
	if *budget >= 0 {
		if int64(n) >= *budget {
			n, cut, ok = int(*budget), true, false
		}
		*budget -= int64(n)
	}
	l.mu.Unlock()
	if cut {
		// What may still pass passes first: the caller writes it and closes.
		l.change(func() { l.down = true; *left() = -1 })
	}
	return n, ok
}
