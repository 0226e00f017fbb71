// Package rtpflow is the ear and the mouth of one lab telephone: it sends a
// sound every 20 ms, presses digits, and says exactly what came back: which
// tone at which level, what was lost, late or out of step.
package rtpflow

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"autocom/dsp/g711"
)

// Frame is 20 ms at 8 kHz, in samples.
const Frame = 160

const period = 20 * time.Millisecond

// A Source makes sound; Next fills a frame. tone.Generator is one.
type Source interface{ Next(dst []int16) }

// Silence is the source that says nothing.
type Silence struct{}

// Next fills dst with silence.
func (Silence) Next(dst []int16) { clear(dst) }

// A Flow is one RTP socket. Its methods may be called from any goroutine; it
// owns two goroutines, which Close ends.
type Flow struct {
	conn *net.UDPConn
	addr netip.AddrPort

	mu      sync.Mutex
	remote  netip.AddrPort
	law     g711.Law
	event   uint8 // payload type of digits sent and received; 0 without
	sending bool
	source  Source
	keys    []byte // digits to press

	seq   uint16
	ts    uint32
	ssrc  uint32
	sent  uint64
	late  time.Duration // worst lateness of a frame
	ear   ear
	press pressing
	safe  *protection // nil: in the clear

	digits chan byte
	done   chan struct{}
	wg     sync.WaitGroup
}

// Open binds a socket on that address and listens; nothing is sent before
// Start.
func Open(local netip.Addr) (*Flow, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
	if err != nil {
		return nil, fmt.Errorf("rtpflow: cannot listen on %s: %w", local, err)
	}
	f := &Flow{
		conn: conn, addr: conn.LocalAddr().(*net.UDPAddr).AddrPort(), source: Silence{},
		seq: uint16(rand.Uint32()), ts: rand.Uint32(), ssrc: rand.Uint32(),
		digits: make(chan byte, 64), done: make(chan struct{}),
	}
	f.wg.Add(2)
	go f.read()
	go f.pace()
	return f, nil
}

// Addr is where the flow receives.
func (f *Flow) Addr() netip.AddrPort { return f.addr }

// Start sends to remote with that law and that payload type for digits (0
// without); it may be called again when the far end moves.
func (f *Flow) Start(remote netip.AddrPort, law g711.Law, event uint8) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.remote, f.law, f.event, f.sending = remote, law, event, true
}

// Sending lets the flow speak or be silent on the wire (hold).
func (f *Flow) Sending(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sending = on
}

// Play sends that source from the next frame on.
func (f *Flow) Play(s Source) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s == nil {
		s = Silence{}
	}
	f.source = s
}

// Press sends digits as RFC 4733 events, one after the other, 100 ms each.
func (f *Flow) Press(digits string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.event == 0 {
		return errors.New("rtpflow: the far end takes no telephone-event")
	}
	if len(f.keys)+len(digits) > 256 {
		return errors.New("rtpflow: too many digits at once")
	}
	for i := range len(digits) {
		if _, ok := eventOf(digits[i]); !ok {
			return fmt.Errorf("rtpflow: %q is no telephone key", digits[i])
		}
	}
	f.keys = append(f.keys, digits...)
	return nil
}

// Digits delivers the digits received as RFC 4733 events; beyond 64 unread
// they are lost.
func (f *Flow) Digits() <-chan byte { return f.digits }

// Close ends both goroutines and the socket.
func (f *Flow) Close() {
	f.mu.Lock()
	select {
	case <-f.done:
		f.mu.Unlock()
		return
	default:
	}
	close(f.done)
	f.mu.Unlock()
	_ = f.conn.Close()
	f.wg.Wait()
}

// pace sends a frame every 20 ms of absolute time: a late frame does not delay
// the next one.
func (f *Flow) pace() {
	defer f.wg.Done()
	start := time.Now()
	t := time.NewTimer(0)
	defer t.Stop()
	buf := make([]byte, 0, 12+Frame)
	for n := 0; ; n++ {
		due := start.Add(time.Duration(n) * period)
		t.Reset(time.Until(due))
		select {
		case <-f.done:
			return
		case <-t.C:
		}
		f.mu.Lock()
		if f.sending && f.remote.IsValid() {
			f.late = max(f.late, time.Since(due))
			buf = f.frame(buf[:0])
			if _, err := f.conn.WriteToUDPAddrPort(f.safe.seal(buf), f.remote); err == nil {
				f.sent++
			}
		}
		f.mu.Unlock()
	}
}

// frame makes the next packet: a digit's event while one is pressed, else sound.
func (f *Flow) frame(b []byte) []byte {
	var pcm [Frame]int16
	f.source.Next(pcm[:]) // a source goes on while a digit covers it
	defer func() { f.seq++; f.ts += Frame }()
	if b, ok := f.press.next(f, b); ok {
		return b
	}
	b = f.header(b, f.law.PayloadType(), f.sent == 0, f.ts)
	n := len(b)
	b = b[:n+Frame]
	f.law.Encode(b[n:], pcm[:])
	return b
}

func (f *Flow) header(b []byte, pt uint8, marker bool, ts uint32) []byte {
	if marker {
		pt |= 0x80
	}
	s := f.ssrc
	return append(b, 0x80, pt, byte(f.seq>>8), byte(f.seq), byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts),
		byte(s>>24), byte(s>>16), byte(s>>8), byte(s))
}

func (f *Flow) read() {
	defer f.wg.Done()
	buf := make([]byte, 2048)
	for {
		n, from, err := f.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // an ICMP error of an earlier packet
		}
		now := time.Now()
		f.mu.Lock()
		p, ok := parse(f.safe.open(buf[:n]))
		if !ok {
			f.mu.Unlock()
			continue
		}
		if d, pressed := f.ear.take(p, f.event, now); pressed {
			select {
			case f.digits <- d:
			default: // nobody reads them
			}
		}
		f.ear.stats.From = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		f.mu.Unlock()
	}
}
