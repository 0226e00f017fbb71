package run

import (
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/engine"
)

// shard is one engine on one operating system thread, with the sockets of its legs. Everything in it belongs to that
// thread; others hand it work through do.
type shard struct {
	engine  *engine.Engine
	start   time.Duration // of the engine's time, on the monotonic clock
	work    chan func()   // run between two polls
	bell    int           // eventfd: wakes an idle shard
	poll    int           // epoll
	socks   []pair        // by slot
	events  chan<- engine.Event
	lost    atomic.Uint64 // events nobody had room for
	ready   [256]unix.EpollEvent
	in      [engine.MaxPacket + 1]byte // a longer datagram shows by filling it
	addr    address
	guards  scratch       // of the guards
	clock   time.Duration // of the packets and the tick in hand
	stopped bool
}

// rounds bounds how often one poll goes back for more packets, so that a flood on some ports cannot delay the tick.
const rounds = 8

// maxLate is how far behind the clock a shard tries to catch up; beyond it the ticks missed are skipped, and the
// timestamps of what is sent show the gap.
const maxLate = 100 * time.Millisecond

func newShard(cfg engine.Config, start time.Duration, events chan<- engine.Event) (*shard, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	bell, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		_ = unix.Close(poll)
		return nil, err
	}
	s := &shard{start: start, work: make(chan func(), 1024), bell: bell, poll: poll, events: events}
	s.engine = engine.New(cfg, s)
	if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, bell, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(bell), Pad: -1}); err != nil {
		return nil, err
	}
	return s, nil
}

// do hands work to the shard's thread. It may wait when a thousand pieces wait already.
func (s *shard) do(f func()) {
	s.work <- f
	one := [8]byte{1, 0, 0, 0, 0, 0, 0, 1} // not zero in either byte order
	_, _ = unix.Write(s.bell, one[:])      // full means that it rings already
}

// now is the engine's time.
func (s *shard) now() time.Duration { return monotonic() - s.start }

// loop runs until stop. It reports through refused whether real-time scheduling was denied.
func (s *shard) loop(refused chan<- error) {
	runtime.LockOSThread()
	// Not unlocked: a thread with real-time priority ends with its goroutine and is not given to others.
	refused <- realtime()
	next := s.now()
	for !s.stopped {
		if s.engine.Legs() == 0 {
			s.idle()
			next = s.now()
		} else {
			next += engine.Quantum
			sleepUntil(s.start + next)
		}
		s.drain()
		s.packets()
		now := s.now()
		if now-next > maxLate {
			next = now
		}
		s.clock = now
		s.engine.Tick(now)
	}
	for i := range s.socks {
		s.closeSockets(engine.Slot(i))
	}
	_ = unix.Close(s.bell)
	_ = unix.Close(s.poll)
}

// idle waits for work.
func (s *shard) idle() {
	var none [1]unix.EpollEvent
	_, _ = unix.EpollWait(s.poll, none[:], -1) // EINTR: look again
	var b [8]byte
	_, _ = unix.Read(s.bell, b[:])
}

func (s *shard) drain() {
	for range cap(s.work) {
		select {
		case f := <-s.work:
			f()
		default:
			return
		}
	}
}

// packets reads what has come: one datagram from each socket that has some, then again while there are more.
func (s *shard) packets() {
	for range rounds {
		n := pollNow(s.poll, s.ready[:])
		if n == 0 {
			return
		}
		now := s.now()
		s.clock = now
		for i := range s.ready[:n] {
			s.packet(&s.ready[i], now)
		}
	}
}

func (s *shard) packet(ev *unix.EpollEvent, now time.Duration) {
	slot := engine.Slot(ev.Pad >> 1)
	if ev.Pad < 0 {
		var b [8]byte
		_, _ = unix.Read(s.bell, b[:])
		return
	}
	n, from, ok := receive(int(ev.Fd), s.in[:], &s.addr)
	if !ok {
		return
	}
	b := s.in[:min(n, len(s.in))]
	control := ev.Pad&1 != 0
	if g := s.socks[slot].guard; g != nil {
		if b = s.unguard(g, slot, from, b, control, now); b == nil {
			return
		}
	}
	if control {
		s.engine.Control(slot, from, b, now)
	} else {
		s.engine.Packet(slot, from, b, now)
	}
}

// unguard takes the protection from a packet; nil when it is false. What comes from a stranger is handed on as it is, for the engine to refuse.
func (s *shard) unguard(g *guard, slot engine.Slot, from netip.AddrPort, b []byte, control bool, now time.Duration) []byte {
	var v verdict
	switch {
	case control || g.mux && isControl(b):
		b, v = g.admitControl(&s.guards, b)
	case s.engine.Admits(slot, from, now):
		b, v = g.admit(&s.guards, b)
	default:
		return b
	}
	switch v {
	case forged:
		s.engine.Reject(slot, engine.Forged)
		return nil
	case replayed:
		s.engine.Reject(slot, engine.Replayed)
		return nil
	default:
		return b
	}
}

// guard puts a guard in force that agrees with what the engine was told; nil takes it away.
func (s *shard) guard(id plan.LegID, slot engine.Slot, g *guard, now time.Duration) {
	at := &s.socks[slot].guard
	if g != nil && *at != nil && g.follow(*at, now) {
		// From its first packet under a new key, the peer may count rollovers from none or go on counting: a source that has none behind it,
		// and none soon before it, means the same to both.
		ssrc, seq := s.engine.Stream(id)
		if n, _ := (*at).seal.ROC(ssrc); n > 0 || seq >= nearRollover {
			s.engine.RenewStream(id)
		}
	}
	*at = g
}

// nearRollover is a sequence number that a stream under a new key had better not begin at.
const nearRollover = 0xF000

// attach gives a slot its sockets.
func (s *shard) attach(slot engine.Slot, p pair) error {
	for int(slot) >= len(s.socks) {
		s.socks = append(s.socks, pair{rtp: -1, rtcp: -1})
	}
	s.socks[slot] = p
	for i, fd := range []int{p.rtp, p.rtcp} {
		ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd), Pad: int32(slot)<<1 | int32(i)}
		if err := unix.EpollCtl(s.poll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
			return err
		}
	}
	return nil
}

// release takes a slot's sockets out of the poll, still open.
func (s *shard) release(slot engine.Slot) pair {
	p := s.socks[slot]
	s.socks[slot] = pair{rtp: -1, rtcp: -1}
	for _, fd := range []int{p.rtp, p.rtcp} {
		if fd >= 0 {
			_ = unix.EpollCtl(s.poll, unix.EPOLL_CTL_DEL, fd, nil) // closing would do it too
		}
	}
	return p
}

func (s *shard) closeSockets(slot engine.Slot) {
	p := s.release(slot)
	p.shut()
}

func (p pair) shut() {
	for _, fd := range []int{p.rtp, p.rtcp} {
		if fd >= 0 {
			_ = unix.Close(fd) // it held nothing that must reach anybody
		}
	}
}

// SendRTP is the engine's way out.
func (s *shard) SendRTP(slot engine.Slot, to netip.AddrPort, b []byte) {
	p := &s.socks[slot]
	if p.rtp < 0 {
		return
	}
	if g := p.guard; g != nil {
		if g.mux && isControl(b) {
			b = g.protectControl(&s.guards, b)
		} else {
			b = g.protect(&s.guards, b, s.clock)
		}
	}
	if b != nil {
		send(p.rtp, to, b, &s.addr)
	}
}

// SendRTCP is the engine's way out for reports.
func (s *shard) SendRTCP(slot engine.Slot, to netip.AddrPort, b []byte) {
	p := &s.socks[slot]
	if p.rtcp < 0 {
		return
	}
	if p.guard != nil {
		b = p.guard.protectControl(&s.guards, b)
	}
	if b != nil {
		send(p.rtcp, to, b, &s.addr)
	}
}

// Event hands an event to the desk; the packet path does not wait for it.
func (s *shard) Event(e engine.Event) {
	select {
	case s.events <- e:
	default:
		s.lost.Add(1)
	}
}
