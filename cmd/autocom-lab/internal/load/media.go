package load

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	sides       = 2
	perSocket   = 64 // streams; a socket's buffer must hold a burst of them
	phases      = 4  // the streams of a side speak in four groups, 5 ms apart
	phase       = 20 * time.Millisecond / phases
	bufferBytes = 4 << 20
)

// media speaks and hears for every call of a load: one thread sends, one
// receives, over few sockets.
type media struct {
	socks   []socket // side by side
	streams [sides][]stream
	window  atomic.Bool
	stop    atomic.Bool
	wg      sync.WaitGroup
	epoll   int

	mu      sync.Mutex
	late    histogram // of sending
	delay   histogram // one way, box included
	other   uint64    // packets without a stamp: music
	trouble error
}

type socket struct {
	fd   int
	addr netip.AddrPort
}

// A stream is one side of one call.
type stream struct {
	fd       int
	addr     netip.AddrPort // where it hears
	to       atomic.Pointer[unix.SockaddrInet4]
	seq      uint16
	ts, ssrc uint32
	sent     atomic.Uint32 // numbered frames
	got      atomic.Uint32 // of them, at the far side
	last     uint32        // highest number seen; behind the lock
	disorder atomic.Uint32
}

// openMedia makes n streams on each side, at those two addresses.
func openMedia(n int, at [sides]netip.Addr) (*media, error) {
	m := &media{}
	var err error
	if m.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	for side := range sides {
		m.streams[side] = make([]stream, n)
		for i := range m.streams[side] {
			if i%perSocket == 0 {
				if err := m.open(at[side]); err != nil {
					m.closeSockets()
					return nil, err
				}
			}
			k := m.socks[len(m.socks)-1]
			s := &m.streams[side][i]
			s.fd, s.addr, s.ssrc, s.ts, s.seq = k.fd, k.addr, rand.Uint32(), rand.Uint32(), uint16(rand.Uint32())
		}
	}
	m.wg.Add(2)
	go m.send()
	go m.receive()
	return m, nil
}

func (m *media) open(at netip.Addr) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	m.socks = append(m.socks, socket{fd: fd})
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bufferBytes) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bufferBytes) // the kernel gives what it allows
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: at.As4()}); err != nil {
		return fmt.Errorf("load: cannot open a socket on %s: %w", at, err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return err
	}
	in, ok := name.(*unix.SockaddrInet4)
	if !ok {
		return fmt.Errorf("load: %s is not IPv4", at)
	}
	m.socks[len(m.socks)-1].addr = netip.AddrPortFrom(at, uint16(in.Port))
	return unix.EpollCtl(m.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (m *media) closeSockets() {
	for _, s := range m.socks {
		_ = unix.Close(s.fd)
	}
	_ = unix.Close(m.epoll)
}

// close ends both threads.
func (m *media) close() {
	m.stop.Store(true)
	m.wg.Wait()
	m.closeSockets()
}

// speak lets a stream send to that address; an invalid one silences it.
func (s *stream) speak(to netip.AddrPort) {
	if !to.IsValid() || !to.Addr().Is4() {
		s.to.Store(nil)
		return
	}
	s.to.Store(&unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})
}

// urgent asks for real-time scheduling, below the box's own: a late generator
// would measure itself.
func urgent() {
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}, 0) // lateness is printed anyway
}

// send is the sending thread.
func (m *media) send() {
	defer m.wg.Done()
	runtime.LockOSThread() // never unlocked: the thread's priority ends with it
	urgent()
	var frame [frameBytes]byte
	for i := range frame {
		frame[i] = 0xD5
	}
	frame[0], frame[1] = 0x80, 8
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	due := now.Nano()
	for tick := 0; !m.stop.Load(); tick++ {
		due += int64(phase)
		t := unix.NsecToTimespec(due)
		for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &t, nil) == unix.EINTR {
		}
		_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
		counting := m.window.Load()
		if counting {
			m.mu.Lock()
			m.late.add(time.Duration(now.Nano() - due))
			m.mu.Unlock()
		}
		for side := range sides {
			for i := tick % phases; i < len(m.streams[side]); i += phases {
				if s := &m.streams[side][i]; s.to.Load() != nil {
					m.frame(s, side, i, counting, frame[:])
				}
			}
		}
	}
}

func (m *media) frame(s *stream, side, i int, counting bool, frame []byte) {
	to := s.to.Load()
	if to == nil {
		return
	}
	binary.BigEndian.PutUint16(frame[2:], s.seq)
	binary.BigEndian.PutUint32(frame[4:], s.ts)
	binary.BigEndian.PutUint32(frame[8:], s.ssrc)
	s.seq++
	s.ts += 160
	st := stamp{side: uint8(side), stream: uint32(i), sent: time.Now().UnixNano()}
	if counting {
		st.number = s.sent.Add(1)
	}
	st.put(frame[headerBytes:])
	_ = unix.Sendto(s.fd, frame, unix.MSG_DONTWAIT, to) // a frame that does not leave counts as lost
}

// count begins a window: every frame from here on is numbered from 1.
func (m *media) count() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.late, m.delay, m.other = histogram{}, histogram{}, 0
	for side := range sides {
		for i := range m.streams[side] {
			s := &m.streams[side][i]
			s.sent.Store(0)
			s.got.Store(0)
			s.disorder.Store(0)
			s.last = 0
		}
	}
	m.window.Store(true)
}

// A Sound is what the callers and phones heard of each other in a window.
type Sound struct {
	Sent     uint64 `json:"sent"`
	Lost     uint64 `json:"lost"`
	Disorder uint64 `json:"disorder"`
	Deaf     int    `json:"deaf"` // streams that spoke and were never heard
	OneWay   Spread `json:"one_way_ms"`
	Late     Spread `json:"late_ms"` // the generator's own lateness
}

// counted ends the window, waits for the last frames, and sums up.
func (m *media) counted() (r Sound) {
	m.window.Store(false)
	time.Sleep(300 * time.Millisecond)
	for side := range sides {
		for i := range m.streams[side] {
			s := &m.streams[side][i]
			sent, got := s.sent.Load(), s.got.Load()
			r.Sent += uint64(sent)
			r.Disorder += uint64(s.disorder.Load())
			if got < sent {
				r.Lost += uint64(sent - got)
			}
			if sent > 0 && got == 0 {
				r.Deaf++
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r.OneWay, r.Late = m.delay.spread(), m.late.spread()
	return r
}
