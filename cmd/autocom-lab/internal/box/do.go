package box

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
)

// An Answer is what one of the box's commands said.
type Answer struct {
	Out, Err string
	Code     int // exit code; -1 when it could not run or was killed
}

// Do runs one of the box's own commands, as an installer would type it.
func (b *Box) Do(ctx context.Context, args ...string) Answer {
	cmd := exec.CommandContext(ctx, b.bin, append(args, "--dir", b.dir)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	a := Answer{Out: out.String(), Err: errs.String()}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		a.Code = exit.ExitCode()
	} else if err != nil {
		a.Code, a.Err = -1, err.Error()
	}
	return a
}

// Kill ends one daemon of a box started here at once, as a fault would, and says which process it was.
func (b *Box) Kill(daemon string) (pid int, err error) { return b.Signal(daemon, syscall.SIGKILL) }

// Signal sends a signal to one daemon of a box started here, or to "run", which starts them again.
func (b *Box) Signal(daemon string, s syscall.Signal) (pid int, err error) {
	if daemon == "run" && b.cmd != nil {
		return b.cmd.Process.Pid, b.cmd.Process.Signal(s)
	}
	all, err := b.Processes()
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if p.Name == daemon {
			return p.PID, syscall.Kill(p.PID, s)
		}
	}
	return 0, fmt.Errorf("the box has no daemon %q now", daemon)
}
