package box

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Process is one process of the box.
type Process struct {
	Name string // core, media
	PID  int
}

// Processes finds the box's daemons: the children of `autocom run`, by the
// first word of their command line.
func (b *Box) Processes() ([]Process, error) {
	if b.cmd == nil {
		return nil, fmt.Errorf("only a box started here can be measured")
	}
	dirs, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var out []Process
	for _, path := range dirs {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		f, err := stat(pid)
		if err != nil || f[1] != strconv.Itoa(b.cmd.Process.Pid) {
			continue
		}
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			continue
		}
		for word := range strings.SplitSeq(string(line), "\x00") {
			if word == "core" || word == "media" {
				out = append(out, Process{word, pid})
				break
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the box has no daemons")
	}
	return out, nil
}

// stat gives the fields of /proc/PID/stat from the third on, which begin with state and parent.
func stat(pid int) ([]string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, after, ok := strings.Cut(string(b), ") ")
	f := strings.Fields(after)
	if !ok || len(f) < 22 {
		return nil, fmt.Errorf("process %d: unreadable stat", pid)
	}
	return f, nil
}

// A Usage is what a process has used so far.
type Usage struct {
	CPU time.Duration
	RSS int64 // bytes now
}

// Use reads a process. CPU is the sum of its threads' run time in ns where the
// kernel keeps schedstat, because ticks of 10 ms miss short wake-ups; else of
// user and system ticks.
func (p Process) Use() (Usage, error) {
	f, err := stat(p.PID)
	if err != nil {
		return Usage{}, err
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	pages, _ := strconv.ParseInt(f[21], 10, 64)
	u := Usage{CPU: time.Duration(user+system) * 10 * time.Millisecond, RSS: pages * int64(os.Getpagesize())}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.PID))
	if err != nil || len(tasks) == 0 {
		return u, nil
	}
	var sum int64
	for _, path := range tasks {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // a thread ended meanwhile
		}
		if w := strings.Fields(string(b)); len(w) > 0 {
			ns, _ := strconv.ParseInt(w[0], 10, 64)
			sum += ns
		}
	}
	if sum > 0 {
		u.CPU = time.Duration(sum)
	}
	return u, nil
}

// A Reading is what every process of a box has used, by name.
type Reading map[string]Usage

// Read reads every process.
func (b *Box) Read() (Reading, error) {
	procs, err := b.Processes()
	if err != nil {
		return nil, err
	}
	r := Reading{}
	for _, p := range procs {
		if r[p.Name], err = p.Use(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// CPUSince is the processor time each process has used since an earlier reading.
func (r Reading) CPUSince(before Reading) map[string]time.Duration {
	out := map[string]time.Duration{}
	for name, u := range r {
		out[name] = u.CPU - before[name].CPU
	}
	return out
}

// RSS is the memory of all processes, in bytes.
func (r Reading) RSS() (sum int64) {
	for _, u := range r {
		sum += u.RSS
	}
	return sum
}
