// Package speech hears what callers answer and speaks written sentences to them, through a speech server beside the box or a program on it, when there is one.
//
// Neither is ever needed: Listen gives every question its answer within its limits, and a key pressed by the caller always counts, whatever the
// recogniser does. Sound is linear 16-bit samples at 8 kHz.
package speech

import (
	"context"
	"errors"
	"fmt"
)

// sampleRate is the telephone's, in Hz.
const sampleRate = 8000

// A Recogniser turns speech into text. Listen calls it, on a goroutine of its own.
type Recogniser interface {
	// Start opens one hearing, which lasts until Close or the end of ctx. It may block until ctx ends, not longer. An error means that no speech
	// can be heard now.
	Start(ctx context.Context, g Grammar) (Hearing, error)
}

// A Hearing is one caller's answer on its way through a recogniser. Listen calls all of it from one goroutine; no method may block.
type Hearing interface {
	// Write takes the next samples at 8 kHz; it keeps none of them. An error ends the hearing: nothing more can be heard.
	Write(samples []int16) error
	// End says that the caller has finished. The final result is wanted now.
	End() error
	// Results gives partial results and then one final one; it is closed after it, or without it when the recogniser failed.
	Results() <-chan Result
	// Close ends the hearing at any time. It is called once.
	Close() error
}

// A Result is what a recogniser makes of the speech so far, or, finally, of all of it.
type Result struct {
	Text  string
	Final bool
	Sure  int   // percent; 0 where the recogniser does not say
	Err   error // why there is no text
}

// Unavailable says that speech is not to be had now, and why. A menu goes on with its keys.
type Unavailable struct{ Why error }

func (u *Unavailable) Error() string { return fmt.Sprintf("no speech now: %v", u.Why) }

// Unwrap gives the reason.
func (u *Unavailable) Unwrap() error { return u.Why }

// The reasons for which speech is unavailable, besides what the network says.
var (
	ErrAbsent = errors.New("this box has no speech server")
	ErrSlow   = errors.New("the speech server did not answer in time")
	ErrFull   = errors.New("all places at the speech server are taken")
	ErrGone   = errors.New("the speech server went away without an answer")
)
