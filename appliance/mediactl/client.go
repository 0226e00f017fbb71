package mediactl

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"autocom/appliance/exchange/plan"
)

// Options say how a client reaches the media process. Zero durations mean the default.
type Options struct {
	Socket string
	Name   string // of this program, for the other side's logs

	// OnEvent takes every event, in order, on one goroutine of the client's. It may call the client, but should not take
	// long: 4,096 events wait for it, then the newest are dropped and an Overrun event says how many. Nil drops all.
	OnEvent func(Event)

	Renew   time.Duration // between two renewals of the leases; default 20 s, a third of the lease
	Timeout time.Duration // for an answer; default 2 s
}

// backlog bounds the commands that wait to be written and the events that wait to be taken.
const backlog = 4096

// A Client speaks to the media process and reconnects by itself, forever, until Close. Commands that need no answer are
// queued and carried out in order; none waits for a round trip. While the media process is away every command fails
// with ErrDisconnected; sound that was set up goes on without us, and legs outlive us by their lease.
//
// Safe for any number of goroutines.
type Client struct {
	opt    Options
	ready  chan struct{} // closed when the media process has answered once
	first  sync.Once
	cancel context.CancelFunc
	done   sync.WaitGroup
	events chan Event

	mu      sync.Mutex
	out     chan parcel // nil while disconnected
	wait    map[uint64]chan Reply
	next    uint64
	legs    map[plan.LegID]struct{} // whose leases we renew
	dropped uint64
	closed  bool
}

// parcel is one frame on its way out.
type parcel struct {
	frame []byte
	file  *os.File // ours; closed when written
}

// Dial starts a client. It returns at once; the first Connected event, or Ready, says that the media process answers.
func Dial(ctx context.Context, opt Options) *Client {
	if opt.Renew <= 0 {
		opt.Renew = 20 * time.Second
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 2 * time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &Client{
		opt: opt, ready: make(chan struct{}), cancel: cancel, events: make(chan Event, backlog),
		wait: map[uint64]chan Reply{}, legs: map[plan.LegID]struct{}{},
	}
	c.done.Go(func() { c.supervise(ctx) })
	c.done.Go(c.deliver)
	return c
}

// Ready waits until the media process has answered for the first time.
func (c *Client) Ready(ctx context.Context) error {
	select {
	case <-c.ready:
		return nil
	case <-ctx.Done():
		return errors.Join(ErrDisconnected, ctx.Err())
	}
}

// Shut closes the client and waits for its goroutines. Legs stay open until their lease is over.
// It must not be called from OnEvent.
func (c *Client) Shut() {
	c.cancel()
	c.done.Wait()
}

// Open opens a port for a leg and gives its address. It waits for the answer.
func (c *Client) Open(leg plan.LegID) (plan.Endpoint, error) {
	r, err := c.ask(Request{Op: OpOpen, Leg: leg}, nil)
	if err != nil {
		if errors.Is(err, ErrDisconnected) {
			// The answer may come too late: what nobody knows of must not stay open.
			_ = c.tell(Request{Op: OpClose, Leg: leg}, nil)
		}
		return plan.Endpoint{}, err
	}
	c.Adopt(leg)
	return r.Endpoint, nil
}

// Adopt makes the client renew the lease of a leg that an earlier client opened.
func (c *Client) Adopt(legs ...plan.LegID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, leg := range legs {
		c.legs[leg] = struct{}{}
	}
}

// Update tells a leg what offer and answer agreed.
func (c *Client) Update(leg plan.LegID, m plan.Media) error {
	return c.tell(Request{Op: OpUpdate, Leg: leg, Media: &m}, nil)
}

// Close closes a leg; its counts come as a LegStats event.
func (c *Client) Close(leg plan.LegID) error {
	c.mu.Lock()
	delete(c.legs, leg)
	c.mu.Unlock()
	return c.tell(Request{Op: OpClose, Leg: leg}, nil)
}

// SetPlan says who hears whom in one call.
func (c *Client) SetPlan(p plan.Plan) error { return c.tell(Request{Op: OpPlan, Plan: &p}, nil) }

// LoadSound gives a name to raw G.711 at 8 kHz in a file, which the caller may close afterwards. It waits until the
// sound can be played.
func (c *Client) LoadSound(name plan.Sound, file *os.File, law plan.Codec) error {
	_, err := c.ask(Request{Op: OpSound, Sound: name, Codec: law}, file)
	return err
}

// Play starts a sound over what the plan lets a leg hear; PromptDone comes with the token when it is over.
func (c *Client) Play(leg plan.LegID, sound plan.Sound, token uint64, loop bool) error {
	return c.tell(Request{Op: OpPlay, Leg: leg, Sound: sound, Token: token, Loop: loop}, nil)
}

// StopPlay ends what Play started.
func (c *Client) StopPlay(leg plan.LegID) error {
	return c.tell(Request{Op: OpStopPlay, Leg: leg}, nil)
}

// SendDigit presses a key (0–9, *, #, A–D) for the peer of a leg.
func (c *Client) SendDigit(leg plan.LegID, digit byte, length time.Duration) error {
	return c.tell(Request{Op: OpDigit, Leg: leg, Digit: string(rune(digit)), Millis: int(length.Milliseconds())}, nil)
}

// StartRecording writes what a leg says and hears to a file, sealed under key; the caller may close its file
// afterwards. RecordEnded comes when the last second is written. Paused, it begins when PauseRecording lets it. Keys that are pressed in the voice are
// silenced in every recording.
func (c *Client) StartRecording(id plan.RecordingID, leg plan.LegID, paused bool, file *os.File, key []byte) error {
	return c.ResumeRecording(id, leg, paused, file, key, 0)
}

// ResumeRecording is StartRecording for a recording that a media process before this one began: the file stands behind what there is of it, and this is
// its part of that number.
func (c *Client) ResumeRecording(id plan.RecordingID, leg plan.LegID, paused bool, file *os.File, key []byte, part uint32) error {
	return c.tell(Request{Op: OpRecord, Recording: id, Leg: leg, Paused: paused, Key: key, Part: part}, file)
}

// PauseRecording keeps what is said out of a recording until it goes on, and marks the place in its file.
func (c *Client) PauseRecording(id plan.RecordingID, paused bool, why string) error {
	return c.tell(Request{Op: OpPauseRec, Recording: id, Paused: paused, Why: why}, nil)
}

// Mask makes what a leg says and presses be heard by nobody, in no leg and no recording; its keys are told as ever.
func (c *Client) Mask(leg plan.LegID, on bool) error {
	return c.tell(Request{Op: OpMask, Leg: leg, On: on}, nil)
}

// StopRecording ends a recording.
func (c *Client) StopRecording(id plan.RecordingID) error {
	return c.tell(Request{Op: OpStopRec, Recording: id}, nil)
}

// Renew renews the leases of legs now. The client does it by itself for those it opened or adopted.
func (c *Client) Renew(legs ...plan.LegID) error {
	for len(legs) > 0 {
		n := min(len(legs), 500)
		if err := c.tell(Request{Op: OpRenew, Legs: legs[:n]}, nil); err != nil {
			return err
		}
		legs = legs[n:]
	}
	return nil
}

// Legs lists what the media process holds open.
func (c *Client) Legs() ([]Leg, error) {
	r, err := c.ask(Request{Op: OpLegs}, nil)
	return r.Legs, err
}

// Stats gives the counts of a leg up to now.
func (c *Client) Stats(leg plan.LegID) (Stats, error) {
	r, err := c.ask(Request{Op: OpStats, Leg: leg}, nil)
	if err != nil || r.Stats == nil {
		return Stats{}, err
	}
	return *r.Stats, nil
}

// tell queues a request that needs no answer.
func (c *Client) tell(r Request, file *os.File) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.post(r, file)
}

// ask queues a request and waits for its answer.
func (c *Client) ask(r Request, file *os.File) (Reply, error) {
	answer := make(chan Reply, 1)
	c.mu.Lock()
	c.next++
	r.ID = c.next
	c.wait[r.ID] = answer
	err := c.post(r, file)
	if err != nil {
		delete(c.wait, r.ID)
	}
	c.mu.Unlock()
	if err != nil {
		return Reply{}, err
	}
	timer := time.NewTimer(c.opt.Timeout)
	defer timer.Stop()
	select {
	case reply, ok := <-answer:
		if !ok {
			return Reply{}, ErrDisconnected
		}
		if reply.Error != nil {
			return reply, reply.Error
		}
		return reply, nil
	case <-timer.C:
		c.mu.Lock()
		delete(c.wait, r.ID)
		c.mu.Unlock()
		return Reply{}, ErrDisconnected
	}
}

// post hands a frame to the writer; c.mu is held, so that the order of calls is the order on the wire.
func (c *Client) post(r Request, file *os.File) error {
	if c.closed {
		return ErrClosed
	}
	if c.out == nil {
		return ErrDisconnected
	}
	p := parcel{}
	if file != nil {
		r.Files = 1
		dup, err := duplicate(file)
		if err != nil {
			return err
		}
		p.file = dup
	}
	frame, err := Encode(Message{Request: &r})
	if err == nil {
		p.frame = frame
		select {
		case c.out <- p:
			return nil
		default:
			err = ErrBacklog
		}
	}
	p.drop()
	return err
}

func (p parcel) drop() {
	if p.file != nil {
		_ = p.file.Close()
	}
}

// supervise keeps one connection.
func (c *Client) supervise(ctx context.Context) {
	defer func() {
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		close(c.events)
	}()
	const least, most = 50 * time.Millisecond, 2 * time.Second
	pause := least
	for ctx.Err() == nil {
		conn, err := c.connect(ctx)
		if err == nil {
			pause = least
			c.serve(ctx, conn)
			c.emit(Event{Kind: Disconnected})
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, most)
		}
	}
}

func (c *Client) connect(ctx context.Context) (*Conn, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "unix", c.opt.Socket)
	if err != nil {
		return nil, err
	}
	uc, ok := nc.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(ErrDisconnected, nc.Close())
	}
	conn := NewConn(uc)
	if _, err := conn.Greet(c.opt.Name, c.opt.Timeout); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// serve runs one connection until it breaks. The three goroutines end together.
func (c *Client) serve(ctx context.Context, conn *Conn) {
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan parcel, backlog)
	c.mu.Lock()
	c.out = out
	c.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() {
		defer cancel()
		c.read(conn)
	})
	both.Go(func() {
		defer cancel()
		c.write(ctx, conn, out)
	})
	both.Go(func() { c.announce(ctx) })
	<-ctx.Done()
	_ = conn.Close() // it is over: what it says no longer matters
	c.mu.Lock()
	c.out = nil
	for id, answer := range c.wait {
		close(answer)
		delete(c.wait, id)
	}
	c.mu.Unlock()
	both.Wait()
	cancel()
	for {
		select {
		case p := <-out:
			p.drop()
		default:
			return
		}
	}
}

// announce says Connected with the legs that are open there, and renews our leases from then on.
func (c *Client) announce(ctx context.Context) {
	legs, err := c.Legs()
	if err != nil {
		return // the connection broke at once, or will be given up by the writer
	}
	c.emit(Event{Kind: Connected, Legs: legs})
	c.first.Do(func() { close(c.ready) })
	tick := time.NewTicker(c.opt.Renew)
	defer tick.Stop()
	for {
		c.mu.Lock()
		ours := make([]plan.LegID, 0, len(c.legs))
		for leg := range c.legs {
			ours = append(ours, leg)
		}
		c.mu.Unlock()
		_ = c.Renew(ours...) // a broken connection is noticed by the writer; the next one renews at once
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (c *Client) write(ctx context.Context, conn *Conn, out <-chan parcel) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-out:
			err := conn.write(p.frame, p.file)
			p.drop()
			if err != nil {
				return
			}
		}
	}
}

func (c *Client) read(conn *Conn) {
	for {
		m, file, err := conn.Read()
		if file != nil {
			_ = file.Close() // nobody passes descriptors to us
		}
		switch {
		case err != nil:
			return
		case m.Reply != nil:
			c.mu.Lock()
			answer := c.wait[m.Reply.ID]
			delete(c.wait, m.Reply.ID)
			c.mu.Unlock()
			if answer != nil {
				answer <- *m.Reply
			}
		case m.Event != nil:
			if m.Event.Kind == LeaseExpired {
				c.mu.Lock()
				delete(c.legs, m.Event.Leg)
				c.mu.Unlock()
			}
			c.emit(*m.Event)
		}
	}
}

// emit queues an event without waiting.
func (c *Client) emit(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped > 0 {
		select {
		case c.events <- Event{Kind: Overrun, Lost: c.dropped}:
			c.dropped = 0
		default:
		}
	}
	select {
	case c.events <- e:
	default:
		c.dropped++
	}
}

func (c *Client) deliver() {
	for e := range c.events {
		if c.opt.OnEvent != nil {
			c.opt.OnEvent(e)
		}
	}
}
