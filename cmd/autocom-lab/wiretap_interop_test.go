//go:build interop

package main

import (
	"encoding/binary"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/dsp/g711"
)

// A wiretap hears everything on loopback, as somebody with a cable in the switch would.
type wiretap struct {
	fd   int
	done chan struct{}

	mu   sync.Mutex
	ways map[[2]uint16]*overheard // by the ports from and to
}

// overheard is one way of a call, taken for A-law.
type overheard struct {
	peer    uint16 // port of who is not the box
	packets int
	size    int     // of the last payload, in bytes
	pcm     []int16 // the last 2 s
	head    []byte  // RTP header of the last packet
}

// listenIn begins to overhear; it needs the right to.
func listenIn(t *testing.T) *wiretap {
	t.Helper()
	const every = 0x0300 // ETH_P_ALL in network order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, every)
	if err != nil {
		t.Fatalf("to overhear loopback needs CAP_NET_RAW (%v): run as root", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: every, Ifindex: 1}); err != nil {
		t.Fatal(err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20)                        // tests beside this one flood the same interface
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000}) // else the end waits for a packet
	w := &wiretap{fd: fd, done: make(chan struct{}), ways: map[[2]uint16]*overheard{}}
	var wg sync.WaitGroup
	wg.Go(w.listen)
	t.Cleanup(func() {
		close(w.done)
		wg.Wait()
		_ = unix.Close(fd)
	})
	return w
}

func (w *wiretap) listen() {
	buf := make([]byte, 4096)
	for {
		select {
		case <-w.done:
			return
		default:
		}
		n, from, err := unix.Recvfrom(w.fd, buf, 0)
		if err != nil {
			continue // nothing came for a while
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype == unix.PACKET_OUTGOING { // loopback shows each packet twice
			continue
		}
		w.packet(buf[:n])
	}
}

// packet takes one of IPv4 with RTP whose payload type is A-law.
func (w *wiretap) packet(b []byte) {
	const udp, rtp = 8, 12
	if len(b) < 20 || b[0]>>4 != 4 || b[9] != unix.IPPROTO_UDP || len(b) < 4*int(b[0]&15)+udp+rtp+160 {
		return
	}
	b = b[4*int(b[0]&15):]
	if b[udp]>>6 != 2 || b[udp+1]&0x7F != 8 {
		return
	}
	way := [2]uint16{binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])}
	payload := b[udp+rtp:]
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.ways[way]
	if s == nil {
		s = &overheard{}
		w.ways[way] = s
	}
	s.packets, s.size = s.packets+1, len(payload)
	s.head = append(s.head[:0], b[udp:udp+rtp]...)
	for _, c := range payload[:160] {
		s.pcm = append(s.pcm, g711.ALaw.DecodeSample(c))
	}
	s.pcm = s.pcm[max(0, len(s.pcm)-16000):]
}

// streams gives what was overheard of a box whose sound has those ports.
func (w *wiretap) streams(first, last int) (all []overheard) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ours := func(port uint16) bool { return int(port) >= first && int(port) <= last }
	for way, s := range w.ways {
		if ours(way[0]) || ours(way[1]) {
			one := *s
			one.pcm = slices.Clone(s.pcm)
			if one.peer = way[0]; ours(way[0]) {
				one.peer = way[1]
			}
			all = append(all, one)
		}
	}
	return all
}

// header gives the RTP header of the last packet from a port to another.
func (w *wiretap) header(from, to uint16) ([]byte, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.ways[[2]uint16{from, to}]
	if s == nil {
		return nil, false
	}
	return slices.Clone(s.head), true
}

// tone reports whether a lone tone is to be heard anywhere in it.
func (s overheard) tone() bool {
	const window = 1600 // 200 ms
	for at := 0; at+window <= len(s.pcm); at += window / 4 {
		if rtpflow.Analyse(s.pcm[at:at+window]).Hz != 0 {
			return true
		}
	}
	return false
}
