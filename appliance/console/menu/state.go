package menu

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
)

// How the state is read.
const (
	readEvery  = 10 * time.Second
	readWithin = 5 * time.Second
	factsBack  = 1000 // of the journal are looked through for alarms when a session begins
	factsEach  = 5000 // at most in one reading
)

// state is what was last read of the box. A part that could not be read has an error.
type state struct {
	read bool // at least once

	box     console.Status
	boxErr  error
	net     NetworkState
	netErr  error
	netAt   time.Time
	mach    MachineState
	machErr error
	link    LinkState
	linkErr error

	alarms alarms
}

// ErrAbsent is in the error of a part whose other end is not there: the steward's socket is missing, the box has no link.
var ErrAbsent = errors.New("this part of the box is not there")

// errReading is every part's error until the first reading is over.
var errReading = errors.New("the state is being read")

func unread() state {
	return state{boxErr: errReading, netErr: errReading, machErr: errReading, linkErr: errReading}
}

// readState asks every part at once.
func readState(ctx context.Context, o *Options, last state) state {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	s := state{read: true, boxErr: console.ErrNoBox, netErr: ErrAbsent, machErr: ErrAbsent, linkErr: ErrAbsent, alarms: last.alarms}
	var all sync.WaitGroup
	if o.Box != nil {
		all.Go(func() {
			if s.box, s.boxErr = o.Box.Status(ctx); s.boxErr == nil {
				s.alarms = readAlarms(ctx, o.Box, s.box.Journal.Last, last.alarms)
			} else {
				s.box.Site = last.box.Site // the name is still true
			}
		})
	}
	if o.Network != nil {
		all.Go(func() { s.net, s.netErr = o.Network.Network(ctx); s.netAt = time.Now() })
	}
	if o.Machine != nil {
		all.Go(func() { s.mach, s.machErr = o.Machine.Machine(ctx) })
	}
	if o.Link != nil {
		all.Go(func() { s.link, s.linkErr = o.Link.Link(ctx) })
	}
	all.Wait()
	return s
}

// trunks are the lines, lost ones first.
func (s *state) trunks() []console.TrunkStatus {
	list := slices.Clone(s.box.Trunks)
	slices.SortStableFunc(list, func(a, b console.TrunkStatus) int { return order(a.Up) - order(b.Up) })
	return list
}

// phones are the extensions, silent ones first.
func (s *state) phones() (list []console.ExtensionStatus, heard int) {
	list = slices.Clone(s.box.Extensions)
	for _, x := range list {
		heard += order(x.Reachable)
	}
	slices.SortStableFunc(list, func(a, b console.ExtensionStatus) int { return order(a.Reachable) - order(b.Reachable) })
	return list, heard
}

func order(well bool) int {
	if well {
		return 1
	}
	return 0
}

// alarms is what the journal told of trouble.
type alarms struct {
	after fact.Address // read up to here
	last  *alarm
	lost  map[string]alarm // by trunk, while it is lost
}

// alarm is one thing that went wrong.
type alarm struct {
	at    time.Time
	trunk string                           // whose; empty: the box's own
	words func(*words) (head, tail string) // on a narrow screen the tail stays whole
	over  time.Time                        // when it was well again
}

// readAlarms reads what the journal holds since the last reading. What it cannot read it leaves: the banner says elsewhere that the core is silent.
func readAlarms(ctx context.Context, box Box, last fact.Address, was alarms) alarms {
	now := alarms{after: was.after, last: was.last, lost: make(map[string]alarm, len(was.lost))}
	maps.Copy(now.lost, was.lost)
	if now.after.Stream != last.Stream || now.after.Epoch != last.Epoch {
		now.after = fact.Address{Stream: last.Stream, Epoch: last.Epoch, N: last.N - min(last.N, factsBack)}
	}
	if !now.after.Before(last) {
		return now
	}
	left := factsEach
	_ = box.Facts(ctx, now.after, false, func(e fact.Entry) bool { // a reading that breaks off goes on where it stopped, ten seconds later
		now.take(e)
		now.after = e.Address
		left--
		return left > 0
	})
	return now
}

// take looks at one fact.
func (a *alarms) take(e fact.Entry) {
	at := e.At.Time()
	raise := func(said func(*words) string) {
		a.last = &alarm{at: at, words: func(w *words) (string, string) { return said(w), "" }}
	}
	switch f := e.Fact.(type) {
	case fact.TrunkReachable:
		if f.Reachable {
			delete(a.lost, f.Trunk)
			if a.last != nil && a.last.trunk == f.Trunk && a.last.over.IsZero() {
				over := *a.last
				over.over = at
				a.last = &over
			}
			return
		}
		lost := alarm{at: at, trunk: f.Trunk, words: func(w *words) (string, string) { return f.Trunk, w.why(f.Reason) }}
		a.lost[f.Trunk], a.last = lost, &lost
	case fact.MediaChanged:
		if !f.Up {
			raise(func(w *words) string { return w.Banner.MediaLost })
		}
	case fact.FactsLost:
		raise(func(w *words) string { return w.Banner.FactsLost })
	case fact.CallFaulted:
		raise(func(w *words) string { return w.Banner.CallDropped })
	case fact.TollAlert:
		raise(func(w *words) string { return fmt.Sprintf(w.Banner.Toll, f.Extension, f.Refused) })
	case fact.BoxStarted:
		if !f.Clean {
			raise(func(w *words) string { return w.Banner.Unclean })
		}
	default: // no trouble
	}
}

// why is the core's reason for a lost line, in the language of the screen as far as it is known.
func (w *words) why(reason string) string {
	if reason == "" {
		return w.Banner.TrunkDown
	}
	colon := " : "
	if w.Code == "EN" {
		colon = ": "
	}
	for known, ours := range w.Banner.Reasons { // no two of them begin alike
		if rest, ok := strings.CutPrefix(reason, known); ok {
			return colon + ours + rest
		}
	}
	return colon + reason
}
