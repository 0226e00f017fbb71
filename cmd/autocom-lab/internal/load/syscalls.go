package load

import (
	"errors"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
)

// Counted is how many system calls calls without sound take.
type Counted struct {
	Calls  int                  `json:"calls"`
	Rate   int                  `json:"rate"`
	Failed int                  `json:"failed"`
	Core   Each                 `json:"core"`
	Media  Each                 `json:"media"`
	Of     map[string]box.Calls `json:"of"` // all, by process
}

// Each is what one call takes of a process. What moves something is the same each time; how often a runtime waits depends on what else the machine
// does.
type Each struct {
	Work float64 `json:"work"`
	Wait float64 `json:"wait"`
}

// Waits tells the system calls with which threads wait for each other and for the clock, and with which Go interrupts its own.
func Waits(name string) bool {
	switch name {
	case "futex", "nanosleep", "clock_nanosleep", "clock_gettime", "epoll_pwait", "epoll_wait", "sched_yield", "tgkill", "getpid", "gettid", "rt_sigreturn", "rt_sigprocmask", "restart_syscall":
		return true
	default:
		return false
	}
}

func split(c box.Calls) (e Each) {
	for name, n := range c {
		if Waits(name) {
			e.Wait += float64(n)
		} else {
			e.Work += float64(n)
		}
	}
	return e
}

// less takes off what a process does in that time without calls, and shares the rest out.
func (e Each) less(idle Each, times float64, calls int) Each {
	return Each{max(0, e.Work-times*idle.Work) / float64(calls), max(0, e.Wait-times*idle.Wait) / float64(calls)}
}

// idle is how long the box is watched without calls.
const idle = 5 * time.Second

// Count places n silent calls at perSecond while the box's system calls are counted, and takes off what it does without calls.
func (l *Bench) Count(n, perSecond int) (Counted, error) {
	r := Counted{Calls: n, Rate: perSecond}
	rest, quiet, err := l.traced(func() error {
		pause(l.ctx, time.Now().Add(idle))
		return l.ctx.Err()
	})
	if err != nil {
		return r, err
	}
	all, seconds, err := l.traced(func() error {
		s, err := l.Signal(n, perSecond)
		r.Failed = s.Failed
		return err
	})
	if err != nil {
		return r, err
	}
	r.Of = all
	r.Core = split(all["core"]).less(split(rest["core"]), seconds/quiet, n)
	r.Media = split(all["media"]).less(split(rest["media"]), seconds/quiet, n)
	return r, nil
}

// traced counts system calls while something is done, and for how many seconds.
func (l *Bench) traced(do func() error) (map[string]box.Calls, float64, error) {
	t, err := l.box.Trace()
	if err != nil {
		return nil, 0, err
	}
	from := time.Now()
	err = do()
	seconds := time.Since(from).Seconds()
	calls, terr := t.Stop()
	return calls, seconds, errors.Join(err, terr)
}
