package stream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/hop"
)

// What keeps a connection open (RFC 5626 §3.5.1): two line ends ask, one answers.
const (
	Ping = "\r\n\r\n"
	Pong = "\r\n"
)

// Ear is the user of a connection. It is told all on the connection's reading goroutine, one thing after the other, and must not block.
type Ear interface {
	// Hear takes one whole message, which is only there until it returns. ErrRefused ends the connection.
	Hear(data []byte) error
	// Pinged is asked whether a keep-alive of the peer's is answered. ErrRefused ends the connection.
	Pinged() (answer bool, err error)
	// Malformed is told of bytes that cannot be read on; what it queues is still written, then the connection leaves.
	Malformed(cause error, raw []byte)
	// Ended comes once, as the last: the connection is gone. stood tells one that was there from one that could not be made.
	Ended(cause error, stood bool)
}

// ErrRefused ends a connection whose peer is not to be heard any more.
var ErrRefused = errors.New("stream: the peer is refused")

// carrier moves bytes over one connection that stands.
type carrier interface {
	// read gives what comes to c until the connection ends, and says why. It runs on the connection's reading goroutine.
	read(c *Conn) error
	// write writes whole messages; ends is where each one ends in data. It is called by one goroutine and may block for Config.Write.
	write(data []byte, ends []int) error
	// finish tells the peer that nothing more comes; close ends the connection, and whoever waits in read or write.
	finish() error
	close() error
}

// connState is how far a connection is.
type connState uint8

const (
	dialling connState = iota // what is written waits
	standing
	leaving // what waits is still written, then it closes; what comes is not looked at any more
	gone
)

// linger is how long a connection that leaves may take to write what waits, and its peer to close.
const linger = time.Second

// spareRoom is the bytes of a write buffer that a connection keeps for the next time.
const spareRoom = 16 << 10

// Conn is one connection: a goroutine that reads, and one that writes.
type Conn struct {
	flow   flow.Flow
	cfg    *Config
	most   int // bytes of a message
	ear    Ear
	ctx    context.Context //nolint:containedctx // ends with the connection: of dialling and handshakes, which know nothing else
	cancel context.CancelFunc
	wake   chan struct{} // of one: there is something to write, or the state changed
	pong   chan struct{} // of one: the peer answered a keep-alive
	asked  atomic.Bool   // a keep-alive waits for its answer

	mu     sync.Mutex
	state  connState
	by     carrier // nil while dialling
	out    []byte  // messages that wait
	ends   []int   // where each of them ends in out
	abrupt bool    // leaving without waiting for the peer to close
	timer  *time.Timer
}

// New makes a connection for a flow, whose messages have at most so many bytes. Who makes it must run it, with Dial, Take or a [Web], or end it
// with Kill.
func New(cfg *Config, f flow.Flow, most int, ear Ear) *Conn {
	ctx, cancel := context.WithCancel(context.Background())
	return &Conn{
		flow: f, cfg: cfg, most: most, ear: ear, ctx: ctx, cancel: cancel,
		wake: make(chan struct{}, 1), pong: make(chan struct{}, 1),
	}
}

// Dial makes the connection and lives until it ends; what is queued meanwhile is written when it stands. by makes a plain connection: TLS comes
// on top of it.
func (c *Conn) Dial(by func(context.Context) (net.Conn, error)) {
	c.run(func() (carrier, error) { return c.connect(by) })
}

func (c *Conn) connect(by func(context.Context) (net.Conn, error)) (carrier, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.cfg.DialWithin)
	defer cancel()
	nc, err := by(ctx)
	if err != nil {
		return nil, err
	}
	if c.flow.Transport.Secure() {
		cfg := &tls.Config{}
		if c.cfg.ClientTLS != nil {
			if own := c.cfg.ClientTLS(c.flow); own != nil {
				cfg = own
			}
		}
		cfg = secured(cfg).Clone()
		if cfg.ServerName == "" {
			cfg.ServerName = hop.Host(c.flow.Remote.Addr())
		}
		tc := tls.Client(nc, cfg)
		if err := tc.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, nc.Close())
		}
		nc = tc
	}
	return &pipe{conn: nc, cfg: c.cfg, heard: true}, nil
}

// Take lives on a plain connection that came in, until it ends.
func (c *Conn) Take(nc net.Conn) {
	began := time.Now()
	c.run(func() (carrier, error) {
		if c.flow.Transport.Secure() {
			ctx, cancel := context.WithTimeout(c.ctx, c.cfg.FirstMessage)
			defer cancel()
			tc := tls.Server(nc, secured(c.cfg.TLS))
			if err := tc.HandshakeContext(ctx); err != nil {
				return nil, errors.Join(err, nc.Close())
			}
			nc = tc
		}
		return &pipe{conn: nc, cfg: c.cfg, began: began}, nil
	})
}

// run is the connection's life, on its reading goroutine.
func (c *Conn) run(open func() (carrier, error)) {
	by, err := open()
	if err == nil && !c.stand(by) {
		err = errors.Join(net.ErrClosed, by.close())
	}
	if err != nil {
		c.Kill()
		c.ear.Ended(err, false)
		return
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.writeOut(by)
	}()
	err = by.read(c)
	c.Kill()
	<-written
	c.ear.Ended(err, true)
}

func (c *Conn) stand(by carrier) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == gone {
		return false
	}
	c.state, c.by = standing, by
	c.nudge()
	return true
}

func (c *Conn) nudge() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look
	}
}

// Kill ends the connection now. Its reading goroutine does the rest.
func (c *Conn) Kill() {
	c.mu.Lock()
	by := c.by
	c.state = gone
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	c.cancel()
	if by != nil {
		_ = by.close() // closed before: that is what we want
	}
}

// Leave closes the connection when what waits is written. A peer that has sent more than was read gets to see it only when we go on reading
// until it closes, too: abrupt does not.
func (c *Conn) Leave(abrupt bool) {
	c.mu.Lock()
	switch c.state {
	case dialling:
		c.mu.Unlock()
		c.Kill()
		return
	case standing:
		c.state, c.abrupt = leaving, abrupt
		c.timer = time.AfterFunc(linger, c.Kill)
		c.nudge()
	case leaving:
		c.abrupt = c.abrupt || abrupt
		c.nudge()
	case gone:
	}
	c.mu.Unlock()
}

// Queue puts a message behind those that wait; it never blocks. A peer that does not read them in time is dropped.
func (c *Conn) Queue(data []byte) error {
	c.mu.Lock()
	switch {
	case c.state == leaving || c.state == gone:
		c.mu.Unlock()
		return fmt.Errorf("the connection of %s is closed", c.flow.Remote)
	case len(c.out)+len(data) > c.cfg.MaxQueue:
		c.mu.Unlock()
		c.Kill()
		return fmt.Errorf("%s does not read what it is sent", c.flow.Remote)
	}
	c.out = append(c.out, data...)
	c.ends = append(c.ends, len(c.out))
	c.nudge()
	c.mu.Unlock()
	return nil
}

// writeOut writes what waits until the connection ends. The two pairs of buffers change places.
func (c *Conn) writeOut(by carrier) {
	var data []byte
	var ends []int
	for {
		c.mu.Lock()
		if cap(data) > spareRoom {
			data = nil
		}
		data, c.out = c.out, data[:0]
		ends, c.ends = c.ends, ends[:0]
		state, abrupt := c.state, c.abrupt
		c.mu.Unlock()
		switch {
		case state == gone:
			return
		case len(data) > 0:
			if err := by.write(data, ends); err != nil {
				c.Kill()
				return
			}
			continue
		case state == leaving && abrupt:
			_ = by.close()
			return
		case state == leaving:
			_ = by.finish() // when it fails, linger ends it
		}
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			return
		}
	}
}

// hear tells of a message.
func (c *Conn) hear(data []byte) error {
	if c.deaf() {
		return nil
	}
	return c.ear.Hear(data)
}

// deaf tells a connection that leaves: what comes is not looked at any more.
func (c *Conn) deaf() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state != standing
}

// pinged answers a keep-alive (RFC 5626 §3.5.1).
func (c *Conn) pinged() error {
	answer, err := c.ear.Pinged()
	if err == nil && answer {
		err = c.Queue([]byte(Pong))
	}
	return err
}

// ponged notes that the peer answered a keep-alive of ours. It reports whether one waited.
func (c *Conn) ponged() bool {
	if !c.asked.CompareAndSwap(true, false) {
		return false
	}
	select {
	case c.pong <- struct{}{}:
	default:
	}
	return true
}

// malformed tells of what cannot be read on, and leaves.
func (c *Conn) malformed(cause error, raw []byte) {
	if c.deaf() {
		return
	}
	c.ear.Malformed(cause, raw)
	c.Leave(false)
}

// pongWithin is how long a keep-alive may go unanswered (RFC 5626 §4.4.1).
const pongWithin = 10 * time.Second

// Ping asks the peer for a sign of life. When none comes in time the connection ends, and it reports false, as it does when ctx ends.
func (c *Conn) Ping(ctx context.Context) bool {
	c.mu.Lock()
	by := c.by
	c.mu.Unlock()
	within, cancel := context.WithTimeout(c.ctx, pongWithin)
	defer cancel()
	if ws, ok := by.(*socket); ok { // RFC 7118 §6: WebSocket has its own
		if ws.ws.Ping(within) != nil {
			c.Kill()
			return false
		}
		return true
	}
	select {
	case <-c.pong: // of before
	default:
	}
	c.asked.Store(true)
	if c.Queue([]byte(Ping)) != nil {
		return false
	}
	select {
	case <-c.pong:
		return true
	case <-ctx.Done():
		return false
	case <-within.Done():
		c.Kill()
		return false
	}
}
