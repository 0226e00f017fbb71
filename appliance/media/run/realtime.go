package run

import (
	"fmt"
	"log/slog"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fifoPriority is above ordinary work and below the kernel's own threads.
const fifoPriority = 40

// realtime asks for real-time scheduling of the calling thread, which must be locked.
func realtime() error {
	return unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: fifoPriority}, 0)
}

// raiseFiles lifts the limit of open files to its ceiling: each leg takes two.
func raiseFiles(log *slog.Logger, legs int) {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		log.Warn("the limit of open files is unknown", "error", err)
		return
	}
	want := uint64(2*legs + 64)
	if lim.Cur >= want {
		return
	}
	raised := unix.Rlimit{Cur: min(max(want, lim.Cur), lim.Max), Max: lim.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &raised); err != nil || raised.Cur < want {
		log.Warn("too few open files for the whole RTP range; set LimitNOFILE in the unit", "limit", raised.Cur, "wanted", want)
	}
}

// monotonic is the kernel's clock that never steps.
func monotonic() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // cannot fail for this clock
	return time.Duration(ts.Nano())
}

// sleepUntil waits for an absolute time of monotonic. It is a raw system call, which the Go scheduler does not see: told
// of it, the scheduler would take the thread's processor away and fight to give it back 200 times a second, at twice the
// price of the packets. The shard keeps its processor instead; Serve makes sure that there is one more for all others.
func sleepUntil(at time.Duration) {
	ts := unix.NsecToTimespec(int64(at))
	for {
		_, _, errno := unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME,
			uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
		if errno != unix.EINTR {
			return
		}
	}
}

// pollNow asks which sockets have something, without waiting.
func pollNow(poll int, ready []unix.EpollEvent) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(poll), uintptr(unsafe.Pointer(&ready[0])), uintptr(len(ready)),
		0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// mapping is a file in memory.
type mapping []byte

// mapFile maps a file, reads it in and locks it, so that playing it never waits for a disk. A refused lock is reported
// and the mapping is good all the same.
func mapFile(fd int, limit int64) (m mapping, lockErr, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, nil, fmt.Errorf("look at the sound's file: %w", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size == 0 || st.Size > limit {
		return nil, nil, fmt.Errorf("the sound must be a file of 1 to %d bytes, not %d", limit, st.Size)
	}
	b, err := unix.Mmap(fd, 0, int(st.Size), unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, nil, fmt.Errorf("map the sound: %w", err)
	}
	return b, unix.Mlock(b), nil
}

func (m mapping) close() {
	if len(m) > 0 {
		_ = unix.Munmap(m) // only fails for memory that is not a mapping
	}
}
