package stack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"autocom/appliance/sipedge/stack/door"
	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/spelling"
)

// carrier moves bytes over one connection that stands.
type carrier interface {
	// read gives what comes to c until the connection ends, and says why. It runs on the connection's reading goroutine.
	read(c *conn) error
	// write writes whole messages; ends is where each one ends in data. It is called by one goroutine and may block for Streams.Write.
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

// conn is one connection: a goroutine that reads, with the tap, and one that writes.
type conn struct {
	ear
	id      Flow
	dialled bool
	ctx     context.Context // ends with the connection: of dialling and handshakes, which know nothing else
	cancel  context.CancelFunc
	wake    chan struct{} // of one: there is something to write, or the state changed
	pong    chan struct{} // of one: the peer answered a keep-alive
	asked   atomic.Bool   // a keep-alive waits for its answer

	mu     sync.Mutex
	state  connState
	by     carrier // nil while dialling
	out    []byte  // messages that wait
	ends   []int   // where each of them ends in out
	abrupt bool    // leaving without waiting for the peer to close
	timer  *time.Timer
}

// errRefused ends a connection whose peer the firewall does not want to hear any more.
var errRefused = errors.New("stack: the firewall refuses the peer")

// newConn makes the record of a connection and enters it; who makes it must run it. There is none when the stack is closed or full. When
// there is one for a flow that is dialled, it is given instead, with fresh false.
func (s *Stack) newConn(d *dock, remote netip.AddrPort, dial bool) (c *conn, fresh bool) {
	ctx, cancel := context.WithCancel(context.Background())
	c = &conn{
		ear:     ear{stack: s, transport: d.transport, local: d.local, remote: remote},
		dialled: dial,
		ctx:     ctx,
		cancel:  cancel,
		wake:    make(chan struct{}, 1),
		pong:    make(chan struct{}, 1),
	}
	c.id, c.ear.out = c.flow(remote), c
	s.mu.Lock()
	defer s.mu.Unlock()
	if there := s.conns[c.id]; dial && there != nil {
		cancel()
		return there, false
	}
	if s.closed || len(s.links) >= s.cfg.Streams.MaxConns {
		cancel()
		return nil, false
	}
	s.links[c] = struct{}{}
	s.conns[c.id] = c
	s.wg.Add(1)
	return c, true
}

// dial makes a connection for a flow. It does not wait for it: what is written meanwhile is sent when it stands.
func (s *Stack) dial(d *dock, f Flow) (*conn, error) {
	c, fresh := s.newConn(d, f.Remote, true)
	switch {
	case c == nil:
		return nil, fmt.Errorf("%w: too many connections", ErrTransport)
	case fresh:
		go c.run(c.connect)
	}
	return c, nil
}

// connect dials.
func (c *conn) connect() (carrier, error) {
	streams := &c.stack.cfg.Streams
	ctx, cancel := context.WithTimeout(c.ctx, streams.DialWithin)
	defer cancel()
	raw, err := streams.Dial(ctx, c.id)
	if err != nil {
		return nil, err
	}
	nc := c.stack.counted(raw, c.remote.Addr())
	if nc == nil {
		return nil, errors.Join(fmt.Errorf("too many connections to %s", c.remote.Addr()), raw.Close())
	}
	if c.transport.Secure() {
		cfg := &tls.Config{}
		if streams.ClientTLS != nil {
			if own := streams.ClientTLS(c.id); own != nil {
				cfg = own
			}
		}
		cfg = secured(cfg).Clone()
		if cfg.ServerName == "" {
			cfg.ServerName = hop.Host(c.remote.Addr())
		}
		tc := tls.Client(nc, cfg)
		if err := tc.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, nc.Close())
		}
		nc = tc
	}
	return &stream{conn: nc, streams: streams, heard: true}, nil
}

// accepted gives what makes a carrier of a connection that came in.
func (c *conn) accepted(nc net.Conn) func() (carrier, error) {
	streams, began := &c.stack.cfg.Streams, time.Now()
	return func() (carrier, error) {
		if c.transport.Secure() {
			ctx, cancel := context.WithTimeout(c.ctx, streams.FirstMessage)
			defer cancel()
			tc := tls.Server(nc, secured(streams.TLS))
			if err := tc.HandshakeContext(ctx); err != nil {
				return nil, errors.Join(err, nc.Close())
			}
			nc = tc
		}
		return &stream{conn: nc, streams: streams, began: began}, nil
	}
}

// run is the connection's life, on its reading goroutine.
func (c *conn) run(connect func() (carrier, error)) {
	defer c.stack.wg.Done()
	by, err := connect()
	if err != nil {
		c.ended(err)
		return
	}
	if !c.stand(by) {
		c.ended(errors.Join(net.ErrClosed, by.close()))
		return
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.writeOut(by)
	}()
	err = by.read(c)
	c.kill()
	<-written
	c.ended(err)
}

func (c *conn) stand(by carrier) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == gone {
		return false
	}
	c.state, c.by = standing, by
	c.nudge()
	return true
}

func (c *conn) nudge() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look
	}
}

// kill ends the connection now. Its reading goroutine does the rest.
func (c *conn) kill() {
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

// leave closes the connection when what waits is written. A peer that has sent more than was read gets to see it only when we go on reading
// until it closes, too: abrupt does not.
func (c *conn) leave(abrupt bool) {
	c.mu.Lock()
	switch c.state {
	case dialling:
		c.mu.Unlock()
		c.kill()
		return
	case standing:
		c.state, c.abrupt = leaving, abrupt
		c.timer = time.AfterFunc(linger, c.kill)
		c.nudge()
	case leaving:
		c.abrupt = c.abrupt || abrupt
		c.nudge()
	}
	c.mu.Unlock()
}

// ended takes the connection off the books: its transactions fail, and the Sink is told.
func (c *conn) ended(cause error) {
	c.kill()
	s := c.stack
	s.mu.Lock()
	delete(s.links, c)
	current := s.conns[c.id] == c
	if current {
		delete(s.conns, c.id)
	}
	var lost []*Transaction
	for _, t := range s.clients {
		if t.way.Load().out == outlet(c) {
			lost = append(lost, t)
		}
	}
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return
	}
	if c.dialled && c.by == nil {
		s.log.Info("SIP connection cannot be made", "flow", c.id, "error", cause)
	}
	for _, t := range lost {
		if t.udp != nil && c.by == nil {
			t.again(*t.udp)
		} else {
			t.lost()
		}
	}
	if current {
		s.flowClosed(c.id)
	}
}

func (s *Stack) flowClosed(f Flow) {
	if sink, ok := s.cfg.Sink.(FlowSink); ok {
		defer s.recovered("flow closed", nil)
		sink.FlowClosed(f)
	}
}

// write queues a message. When the connection is gone and to is valid, a new one is made to there.
func (c *conn) write(data []byte, to netip.AddrPort) error {
	err := c.queue(data)
	if err != nil && to.IsValid() {
		next, dialled := c.stack.connection(Flow{Transport: c.transport, Local: c.local, Remote: to})
		if dialled != nil {
			return dialled
		}
		err = next.queue(data)
	}
	if err == nil {
		c.stack.ladder.Note(time.Now(), true, c.remote, data)
		c.stack.counters.sent.Add(1)
	}
	return err
}

// queue puts bytes behind those that wait. A peer that does not read them in time is dropped.
func (c *conn) queue(data []byte) error {
	c.mu.Lock()
	switch {
	case c.state == leaving || c.state == gone:
		c.mu.Unlock()
		return fmt.Errorf("%w: the connection of %s is closed", ErrTransport, c.remote)
	case len(c.out)+len(data) > c.stack.cfg.Streams.MaxQueue:
		c.mu.Unlock()
		c.kill()
		return fmt.Errorf("%w: %s does not read what it is sent", ErrTransport, c.remote)
	}
	c.out = append(c.out, data...)
	c.ends = append(c.ends, len(c.out))
	c.nudge()
	c.mu.Unlock()
	return nil
}

func (c *conn) localAddr() net.Addr { return net.TCPAddrFromAddrPort(c.local) }
func (c *conn) buffers() *sync.Pool { return &c.stack.buffers }

// writeOut writes what waits until the connection ends. The two pairs of buffers change places.
func (c *conn) writeOut(by carrier) {
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
				c.kill()
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

// hear takes one whole message from the wire. An error ends the connection.
func (c *conn) hear(data []byte) error {
	s := c.stack
	defer s.recovered("hear", nil)
	if c.deaf() {
		return nil
	}
	switch why := s.admit(c.remote, data); why {
	case door.Passed:
	case DropRate, DropKeepalive, DropOversize: // the next one may be better
		s.counters.drop(why)
		return nil
	default:
		s.counters.drop(why)
		return errRefused
	}
	c.raw = data
	msg, err := s.parser.ParseSIP(spelling.Tidy(data))
	if err != nil {
		c.unparsable()
		return nil
	}
	msg.SetTransport(c.transport.String())
	c.receive(msg)
	return nil
}

// deaf tells a connection that leaves: what comes is not looked at any more.
func (c *conn) deaf() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state != standing
}

// pinged answers a keep-alive (RFC 5626 §3.5.1): two line ends with one.
func (c *conn) pinged() error {
	switch why := c.stack.admit(c.remote, []byte(lineEnds)); why {
	case DropKeepalive:
		c.stack.counters.drop(why)
		return c.queue([]byte(lineEnds[:2]))
	case DropRate:
		c.stack.counters.drop(why)
		return nil
	default:
		c.stack.counters.drop(why)
		return errRefused
	}
}

// ponged notes that the peer answered a keep-alive of ours. It reports whether one waited.
func (c *conn) ponged() bool {
	if !c.asked.CompareAndSwap(true, false) {
		return false
	}
	select {
	case c.pong <- struct{}{}:
	default:
	}
	return true
}

// malformed answers what cannot be read on, when it is a request with a head, and leaves.
func (c *conn) malformed(cause error, raw []byte) {
	s := c.stack
	if c.deaf() {
		return
	}
	c.raw = slices.Clip(raw)
	switch {
	case errors.Is(cause, errNoSIP):
		s.counters.drop(DropGarbage)
		s.guard.Strike(c.remote.Addr(), ReasonGarbage, time.Now())
	case errors.Is(cause, errFrameLarge):
		s.counters.drop(DropOversize)
		c.refuseText(raw, 513) // RFC 3261 §21.5.14
	default:
		c.unparsable()
	}
	c.leave(false)
}
