package serialport

import (
	"context"
	"errors"
	"time"
)

// How long Keep waits before it opens a line again.
const (
	FirstWait = 250 * time.Millisecond
	LongWait  = 10 * time.Second
	steady    = 30 * time.Second // a line that served so long starts again with the first wait
)

// Opener opens the line. Keep calls it on its own goroutine; it may block for as long as a device takes.
type Opener func() (Port, error)

// Keep keeps a line open: it opens path at the console's speed, calls serve with it, and opens it again when serve comes back, with growing
// waits, until ctx ends. serve runs on Keep's goroutine; its port is closed, and so its Read ends, when ctx ends and when it returns.
// said hears why the line is not served, in words, each time; it may be nil.
func Keep(ctx context.Context, path string, said func(error), serve func(context.Context, Port) error) {
	KeepOpen(ctx, func() (Port, error) { return Open(path, Settings{}) }, said, serve)
}

// KeepOpen is Keep for a line that open makes.
func KeepOpen(ctx context.Context, open Opener, said func(error), serve func(context.Context, Port) error) {
	wait := FirstWait
	for ctx.Err() == nil {
		began := time.Now()
		err := once(ctx, open, serve)
		if ctx.Err() != nil {
			return
		}
		if err != nil && said != nil {
			said(err)
		}
		if time.Since(began) >= steady {
			wait = FirstWait
		}
		pause := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		wait = min(2*wait, LongWait)
	}
}

// once serves a line until it drops or ctx ends.
func once(ctx context.Context, open Opener, serve func(context.Context, Port) error) error {
	p, err := open()
	if err != nil {
		return err
	}
	served, over := context.WithCancel(ctx)
	closed := make(chan error, 1)
	go func() {
		<-served.Done()
		closed <- p.Close()
	}()
	err = serve(served, p)
	over()
	if closing := <-closed; !errors.Is(err, ErrHungUp) { // a line that is gone cannot be closed well either
		err = errors.Join(err, closing)
	}
	return err
}
