package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batch is how many datagrams one system call takes.
const batch = 64

// mmsghdr is the kernel's struct mmsghdr; package unix does not have it.
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [4]byte
}

// A catch holds the buffers of recvmmsg.
type catch struct {
	headers  [batch]mmsghdr
	vectors  [batch]unix.Iovec
	packets  [batch][512]byte
	controls [batch][64]byte
}

func newCatch() *catch {
	n := &catch{}
	for i := range n.headers {
		n.vectors[i].Base = &n.packets[i][0]
		n.vectors[i].SetLen(len(n.packets[i]))
		n.headers[i].hdr.Iov = &n.vectors[i]
		n.headers[i].hdr.SetIovlen(1)
		n.headers[i].hdr.Control = &n.controls[i][0]
	}
	return n
}

// pull takes what a socket holds, at most one batch.
func (n *catch) pull(fd int) (int, error) {
	for i := range n.headers {
		n.headers[i].hdr.SetControllen(len(n.controls[i]))
	}
	got, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&n.headers[0])), batch, unix.MSG_DONTWAIT, 0, 0)
	runtime.KeepAlive(n)
	if errno != 0 {
		return 0, errno
	}
	return int(got), nil
}

// arrived gives the kernel's time of arrival of packet i in ns: the receiving
// thread's own delay is no part of the box's.
func (n *catch) arrived(i int) int64 {
	c := n.controls[i][:n.headers[i].hdr.Controllen]
	if len(c) >= unix.SizeofCmsghdr+16 && binary.NativeEndian.Uint32(c[8:]) == unix.SOL_SOCKET && binary.NativeEndian.Uint32(c[12:]) == unix.SO_TIMESTAMPNS {
		c = c[unix.SizeofCmsghdr:]
		return int64(binary.NativeEndian.Uint64(c))*int64(time.Second) + int64(binary.NativeEndian.Uint64(c[8:]))
	}
	return time.Now().UnixNano()
}

// receive is the receiving thread.
func (m *media) receive() {
	defer m.wg.Done()
	runtime.LockOSThread() // never unlocked: the thread's priority ends with it
	urgent()
	n := newCatch()
	var events [64]unix.EpollEvent
	for !m.stop.Load() {
		ready, err := unix.EpollWait(m.epoll, events[:], 100)
		if err != nil && !errors.Is(err, unix.EINTR) {
			m.mu.Lock()
			m.trouble = fmt.Errorf("load: receiving: %w", err)
			m.mu.Unlock()
			return
		}
		for _, e := range events[:max(ready, 0)] {
			for {
				got, err := n.pull(int(e.Fd))
				if err != nil {
					break // empty, or an ICMP error of an earlier packet
				}
				m.take(n, got)
				if got < batch {
					break
				}
			}
		}
	}
}

func (m *media) take(n *catch, got int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range got {
		st, ok := read(n.packets[i][:n.headers[i].n])
		if !ok {
			m.other++
			continue
		}
		if st.number == 0 || int(st.side) >= sides || int(st.stream) >= len(m.streams[st.side]) {
			continue
		}
		s := &m.streams[st.side][st.stream]
		s.got.Add(1)
		if st.number <= s.last {
			s.disorder.Add(1)
		} else {
			s.last = st.number
		}
		m.delay.add(time.Duration(n.arrived(i) - st.sent))
	}
}
