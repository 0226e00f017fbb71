package run

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/engine"
	"autocom/appliance/mediactl"
	"autocom/dsp/g711"
)

// desk owns what is not sound: which leg lives in which shard, leases, ports, sounds, recordings and the connections.
// Its one goroutine takes commands, events and the clock in turn.
type desk struct {
	cfg      Config
	ports    *ports
	shards   []*shard
	inbox    chan order
	happened chan engine.Event
	ended    chan recordEnd
	legs     map[plan.LegID]*line
	calls    map[plan.CallID]*shard
	sounds   map[plan.Sound]mapping
	records  map[plan.RecordingID]*recording
	clients  map[*client]struct{}
	unlocked bool      // the refused memory lock was reported
	short    time.Time // when it was last reported that ports are few

	gone    chan struct{} // closed when the desk takes no more orders
	loaders sync.WaitGroup
	loading chan struct{} // a place for each sound that is read at the same time
}

// line is one open leg.
type line struct {
	id    plan.LegID
	shard *shard
	slot  engine.Slot // belongs to the shard's thread
	port  uint16
	until time.Time // end of the lease
	call  plan.CallID
}

// order is one message of a client; a nil request says hello or goodbye.
type order struct {
	from    *client
	request *mediactl.Request
	file    *os.File
	gone    bool
	loaded  *loaded // a sound that a loader has read
}

// loaded is what a loader made of a file.
type loaded struct {
	sound   mapping
	lockErr error // the lock was refused; the sound is good
	err     error
}

func newDesk(cfg Config, p *ports) *desk {
	return &desk{
		cfg: cfg, ports: p,
		inbox: make(chan order, 256), happened: make(chan engine.Event, 4096), ended: make(chan recordEnd, 64),
		legs: map[plan.LegID]*line{}, calls: map[plan.CallID]*shard{}, sounds: map[plan.Sound]mapping{},
		records: map[plan.RecordingID]*recording{}, clients: map[*client]struct{}{},
		gone: make(chan struct{}), loading: make(chan struct{}, 4),
	}
}

// run is the desk's goroutine.
func (d *desk) run(ctx context.Context) {
	leases := time.NewTicker(min(time.Second, max(d.cfg.Lease/4, 10*time.Millisecond)))
	defer leases.Stop()
	defer close(d.gone)
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-d.inbox:
			d.take(o)
		case e := <-d.happened:
			d.tell(translate(e))
		case end := <-d.ended:
			d.recordEnded(end)
		case now := <-leases.C:
			d.expire(now)
			d.reportLost()
		}
	}
}

// finish gives back what the desk holds, when no thread uses it any more.
func (d *desk) finish() {
	d.loaders.Wait()
	for _, r := range d.records {
		r.stop()
		r.done.Wait()
	}
	for _, m := range d.sounds {
		m.close()
	}
	for {
		select {
		case o := <-d.inbox:
			o.close()
			if o.loaded != nil {
				o.loaded.sound.close()
			}
		default:
			return
		}
	}
}

func (o order) close() {
	if o.file != nil {
		_ = o.file.Close()
	}
}

// read maps a sound's file on a goroutine of its own, because a disk may be slow, and hands the order in again.
func (d *desk) read(o order) {
	d.loaders.Go(func() {
		d.loading <- struct{}{}
		defer func() { <-d.loading }()
		var l loaded
		l.sound, l.lockErr, l.err = mapFile(int(o.file.Fd()), soundLimit)
		o.close()
		o.file, o.loaded = nil, &l
		select {
		case d.inbox <- o:
		case <-d.gone:
			l.sound.close()
		}
	})
}

// on runs f on a shard's thread and waits for it: 5 ms at most while it has legs.
func (d *desk) on(s *shard, f func(e *engine.Engine, now time.Duration)) {
	done := make(chan struct{})
	s.do(func() {
		f(s.engine, s.now())
		close(done)
	})
	<-done
}

// later runs a command on a shard's thread without waiting; a refusal reaches the clients as an event.
func (d *desk) later(s *shard, r *mediactl.Request, f func(e *engine.Engine, now time.Duration) error) {
	failed := &mediactl.Request{Op: r.Op, Leg: r.Leg, Token: r.Token, Recording: r.Recording}
	s.do(func() {
		if err := f(s.engine, s.now()); err != nil {
			select {
			case d.inbox <- order{request: failed, from: &client{refused: refusal(err)}}:
			default: // the desk is flooded by its clients, who get what they asked for
			}
		}
	})
}

func (d *desk) take(o order) {
	if r := o.request; r != nil && r.Op == mediactl.OpSound && o.file != nil {
		d.read(o)
		return
	}
	defer o.close()
	if o.request == nil {
		if o.gone {
			delete(d.clients, o.from)
		} else {
			d.clients[o.from] = struct{}{}
		}
		return
	}
	if o.from.refused != nil {
		if l := d.legs[o.request.Leg]; l != nil && o.request.Op == mediactl.OpOpen {
			d.close(l)
		}
		d.refuse(o.request, o.from.refused)
		return
	}
	reply, err := d.carryOut(o)
	switch {
	case o.request.ID != 0:
		reply.ID, reply.Error = o.request.ID, refusal(err)
		o.from.post(mediactl.Message{Reply: &reply})
	case err != nil:
		d.refuse(o.request, refusal(err))
	}
}

func (d *desk) refuse(r *mediactl.Request, err *mediactl.Error) {
	d.tell(mediactl.Event{Kind: mediactl.Refused, Op: r.Op, Leg: r.Leg, Token: r.Token, Recording: r.Recording, Error: err})
}

// tell sends an event to every client.
func (d *desk) tell(e mediactl.Event) {
	for c := range d.clients {
		c.post(mediactl.Message{Event: &e})
	}
}

// carryOut is the table of commands.
func (d *desk) carryOut(o order) (reply mediactl.Reply, err error) {
	r := o.request
	l := d.legs[r.Leg]
	switch r.Op {
	case mediactl.OpOpen:
		reply.Endpoint, err = d.open(r.Leg)
		return reply, err
	case mediactl.OpPlan:
		return reply, d.plan(r)
	case mediactl.OpSound:
		return reply, d.sound(r, o.loaded)
	case mediactl.OpRecord:
		return reply, d.record(r, o.file)
	case mediactl.OpStopRec:
		return reply, d.stopRecord(r.Recording)
	case mediactl.OpPauseRec:
		return reply, d.pauseRecord(r)
	case mediactl.OpRenew:
		d.renew(r.Legs)
		return reply, nil
	case mediactl.OpLegs:
		reply.Legs = d.list()
		return reply, nil
	case mediactl.OpUpdate, mediactl.OpClose, mediactl.OpPlay, mediactl.OpStopPlay, mediactl.OpDigit, mediactl.OpMask, mediactl.OpStats:
		if l == nil {
			return reply, engine.ErrUnknownLeg
		}
	default:
		return reply, errBadRequest
	}
	switch r.Op {
	case mediactl.OpUpdate:
		if r.Media == nil {
			return reply, errBadRequest
		}
		l.until = time.Now().Add(d.cfg.Lease)
		g, err := newGuard(r.Media.SRTP, r.Media.RTCPMux)
		if err != nil {
			return reply, err
		}
		s := l.shard
		d.later(s, r, func(e *engine.Engine, now time.Duration) error {
			if err := e.UpdateLeg(r.Leg, *r.Media, now); err != nil {
				return err
			}
			s.guard(r.Leg, l.slot, g, now)
			return nil
		})
	case mediactl.OpClose:
		d.close(l)
	case mediactl.OpPlay:
		d.later(l.shard, r, func(e *engine.Engine, _ time.Duration) error { return e.Play(r.Leg, r.Sound, r.Token, r.Loop) })
	case mediactl.OpStopPlay:
		d.later(l.shard, r, func(e *engine.Engine, _ time.Duration) error { return e.StopPlay(r.Leg) })
	case mediactl.OpDigit:
		if len(r.Digit) != 1 {
			return reply, errBadRequest
		}
		length := time.Duration(min(max(r.Millis, 0), 60_000)) * time.Millisecond
		d.later(l.shard, r, func(e *engine.Engine, _ time.Duration) error { return e.SendDigit(r.Leg, r.Digit[0], length) })
	case mediactl.OpMask:
		d.later(l.shard, r, func(e *engine.Engine, _ time.Duration) error { return e.MaskLeg(r.Leg, r.On) })
	case mediactl.OpStats:
		var s engine.Statistics
		d.on(l.shard, func(e *engine.Engine, _ time.Duration) { s, err = e.Statistics(r.Leg) })
		stats := statsOf(s)
		reply.Stats = &stats
	default: // done above
	}
	return reply, err
}

// open gives a leg a port in the shard that has the fewest.
func (d *desk) open(id plan.LegID) (plan.Endpoint, error) {
	if id == "" || len(id) > 128 {
		return plan.Endpoint{}, errBadRequest
	}
	if d.legs[id] != nil {
		return plan.Endpoint{}, engine.ErrLegOpen
	}
	p, err := d.ports.open(time.Now())
	if err != nil {
		return plan.Endpoint{}, err
	}
	d.reportShort(time.Now())
	count := map[*shard]int{}
	for _, l := range d.legs {
		count[l.shard]++
	}
	s := d.shards[0]
	for _, o := range d.shards {
		if count[o] < count[s] {
			s = o
		}
	}
	l := &line{id: id, shard: s, port: p.port, until: time.Now().Add(d.cfg.Lease)}
	d.legs[id] = l
	// The port is known, so a call need not wait for the thread's next turn; what comes to the port before it is kept by the kernel.
	d.later(s, &mediactl.Request{Op: mediactl.OpOpen, Leg: id}, func(e *engine.Engine, now time.Duration) (err error) {
		if l.slot, err = e.OpenLeg(id, now); err != nil {
			p.shut()
			return err
		}
		if err = s.attach(l.slot, p); err != nil {
			s.closeSockets(l.slot)
			err = errors.Join(err, e.CloseLeg(id, now))
		}
		return err
	})
	return d.endpoint(l), nil
}

// reportShort says, once a minute at most, that ports are used again before late packets of their last call are surely gone.
func (d *desk) reportShort(now time.Time) {
	if n := d.ports.early; n > 0 && now.Sub(d.short) >= time.Minute {
		d.ports.early, d.short = 0, now
		d.cfg.Log.Warn("the RTP range is too short: ports are used again before they have rested; give it more ports", "ports", n)
	}
}

func (d *desk) endpoint(l *line) plan.Endpoint {
	return plan.Endpoint{Host: d.cfg.AdvertisedIP, Port: int(l.port)}
}

func (d *desk) close(l *line) {
	delete(d.legs, l.id)
	s, id := l.shard, l.id
	s.do(func() {
		if s.engine.CloseLeg(id, s.now()) == nil { // else it never opened, and has no sockets
			s.closeSockets(l.slot)
		}
	})
	d.ports.back(l.port, time.Now())
	d.left(l.call)
}

// left forgets where a call lives when its last leg has gone.
func (d *desk) left(call plan.CallID) {
	for _, o := range d.legs {
		if o.call == call {
			return
		}
	}
	delete(d.calls, call)
}

// plan carries a plan to the shard of its call; legs that live elsewhere move there first.
func (d *desk) plan(r *mediactl.Request) error {
	if r.Plan == nil || r.Plan.Call == "" {
		return errBadRequest
	}
	p := *r.Plan
	home := d.calls[p.Call]
	for _, h := range p.Legs {
		l := d.legs[h.Leg]
		if l == nil {
			continue
		}
		if home == nil {
			home = l.shard
		}
		if was := l.call; was != p.Call {
			l.call = p.Call
			d.left(was)
		}
		if l.shard != home {
			d.move(l, home)
		}
	}
	if home == nil {
		return nil // a plan for nobody: its legs have closed meanwhile
	}
	d.calls[p.Call] = home
	d.later(home, r, func(e *engine.Engine, _ time.Duration) error { return e.SetPlan(p) })
	return nil
}

// move takes a leg with its sockets from one thread to another.
func (d *desk) move(l *line, to *shard) {
	var m engine.Moving
	var p pair
	from := l.shard
	d.on(from, func(e *engine.Engine, _ time.Duration) {
		m, _ = e.Detach(l.id) // open, as the desk knows
		p = from.release(l.slot)
	})
	d.on(to, func(e *engine.Engine, _ time.Duration) {
		l.slot, _ = e.Attach(m)
		_ = to.attach(l.slot, p) // the descriptors are good: they were polled before
	})
	l.shard = to
}

func (d *desk) renew(legs []plan.LegID) {
	until := time.Now().Add(d.cfg.Lease)
	for _, id := range legs {
		if l := d.legs[id]; l != nil {
			l.until = until
		}
	}
}

func (d *desk) list() []mediactl.Leg {
	now := time.Now()
	legs := make([]mediactl.Leg, 0, len(d.legs))
	for _, l := range d.legs {
		legs = append(legs, mediactl.Leg{Leg: l.id, Endpoint: d.endpoint(l), LeaseMs: l.until.Sub(now).Milliseconds()})
	}
	sortLegs(legs)
	return legs
}

// expire closes the legs nobody asks for any more.
func (d *desk) expire(now time.Time) {
	for _, l := range d.legs {
		if now.After(l.until) {
			d.cfg.Log.Warn("a leg's lease was not renewed: it is closed", "leg", l.id)
			d.close(l)
			d.tell(mediactl.Event{Kind: mediactl.LeaseExpired, Leg: l.id})
		}
	}
}

// reportLost says when the packet path had events that the desk was too busy to take.
func (d *desk) reportLost() {
	for _, s := range d.shards {
		if n := s.lost.Swap(0); n > 0 {
			d.cfg.Log.Error("media events were lost: the media process has too little time", "events", n)
			d.tell(mediactl.Event{Kind: mediactl.Overrun, Lost: n})
		}
	}
}

// soundLimit bounds one sound: an hour of music.
const soundLimit = 8000 * 3600

// sound gives a sound to every shard; the mapping it replaces is undone when no shard reads it any more.
func (d *desk) sound(r *mediactl.Request, l *loaded) error {
	if l == nil {
		return errBadRequest
	}
	if l.err != nil {
		return l.err
	}
	if r.Sound == "" || (r.Codec != plan.PCMA && r.Codec != plan.PCMU) {
		l.sound.close()
		return errBadRequest
	}
	if l.lockErr != nil && !d.unlocked {
		d.unlocked = true
		d.cfg.Log.Warn("sounds cannot be locked in memory: one may stutter when memory is short; give the unit LimitMEMLOCK=256M",
			"error", l.lockErr)
	}
	law := g711.ALaw
	if r.Codec == plan.PCMU {
		law = g711.ULaw
	}
	for _, s := range d.shards {
		d.on(s, func(e *engine.Engine, _ time.Duration) { e.LoadSound(r.Sound, &engine.Sound{Law: law, Data: l.sound}) })
	}
	d.sounds[r.Sound].close()
	d.sounds[r.Sound] = l.sound
	return nil
}
