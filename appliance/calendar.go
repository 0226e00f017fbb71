package appliance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
)

// Whether the box's clock may decide what is old enough to be erased (decisions/0009). A clock that lost its battery says 1970, or anything: calls
// go on by the time since boot, but nothing is erased for its age until somebody vouches for the date.

// Bounds of belief.
const (
	calendarEvery = time.Minute    // between two looks
	calendarSaved = time.Hour      // between two notes on the disk: it need not be nearer, the box believes a clock that went on by days
	mostAhead     = 7 * day        // so long the box may have been off, with nobody to ask, before its clock is doubted
	mostBehind    = 24 * time.Hour // a clock that was put back by a person, or by the summer's end
)

// madeAfter is before any box runs this program, when the program does not say when it was built.
var madeAfter = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

// calendar judges the clock. Any goroutine may ask it; only save waits for the disk.
type calendar struct {
	path   string
	floor  time.Time // no moment is before it
	now    func() fact.Moment
	synced func() bool // a time server vouches for the clock
	tell   func(fact.ClockJudged)
	log    *slog.Logger

	mu    sync.Mutex
	known fact.Moment // the last that was sure, Boot of this boot; zero: none
	saved int64       // what of it is on the disk, UTC ms
	state string      // fact.ClockSure, …; empty before the first look
}

// keptMoment is the file.
type keptMoment struct {
	Known int64 `json:"known_ms"` // the last moment that was sure
}

// newCalendar takes up what the starts before were sure of. newest is the last thing the journal knows of, for a box whose program did not keep this yet.
func newCalendar(path string, now func() fact.Moment, synced func() bool, newest time.Time, log *slog.Logger) *calendar {
	c := &calendar{path: path, floor: builtAt(), now: now, synced: synced, log: log, tell: func(fact.ClockJudged) {}}
	var kept keptMoment
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	switch {
	case err == nil && kept.Known > 0:
		c.known = fact.Moment{UTC: kept.Known, Boot: now().Boot}
		c.saved = kept.Known
		return c
	case err != nil && !errors.Is(err, os.ErrNotExist):
		log.Warn("the last moment that was sure is not known: the journal's newest fact stands for it", "err", err)
	}
	if newest.After(c.floor) {
		c.known = fact.Moment{UTC: newest.UnixMilli(), Boot: now().Boot}
	}
	return c
}

// builtAt is when this program was made, as far as it knows.
func builtAt() time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil && at.After(madeAfter) {
				return at
			}
		}
	}
	return madeAfter
}

// judge says what to believe of a clock. known is the last moment that was sure, with the time that has passed since as the machine counted it.
func judge(wall, known, floor time.Time, synced bool) string {
	switch {
	case synced:
		return fact.ClockSure
	case wall.Before(floor), !known.IsZero() && wall.Before(known.Add(-mostBehind)):
		return fact.ClockBehind
	case !known.IsZero() && wall.After(known.Add(mostAhead)):
		return fact.ClockAhead
	default:
		return fact.ClockSure
	}
}

// sure says whether ages may be believed now, and what the time is.
func (c *calendar) sure() (now time.Time, yes bool) { return c.look("") }

// confirm is a person's word for the clock as it stands.
func (c *calendar) confirm(by string) {
	c.look(by)
	c.save()
}

// look judges the clock anew; by is who vouches for it, if a person does.
func (c *calendar) look(by string) (now time.Time, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.now()
	var known time.Time
	if c.known.UTC != 0 {
		known = time.UnixMilli(c.known.UTC + max(0, at.Boot-c.known.Boot))
	}
	was, last := c.state, c.known.UTC
	if c.state = judge(at.Time(), known, c.floor, c.synced() || by != ""); c.state == fact.ClockSure {
		c.known = at
	}
	if c.state != was && (was != "" || c.state != fact.ClockSure) || by != "" {
		c.tell(fact.ClockJudged{State: c.state, Was: was, Known: last, By: by})
	}
	return at.Time(), c.state == fact.ClockSure
}

// save keeps the last moment that was sure for the next start, if it is much later than the one that is kept, or earlier.
func (c *calendar) save() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known.UTC >= c.saved && c.known.UTC-c.saved < calendarSaved.Milliseconds() {
		return
	}
	text, err := json.Marshal(keptMoment{c.known.UTC})
	if err == nil {
		err = writeWhole(c.path, text)
	}
	if err != nil {
		c.log.Warn("that the clock is sure is not kept for the next start", "err", err)
		return
	}
	c.saved = c.known.UTC
}

// openCalendar judges the clock for the first time.
func (c *core) openCalendar(ctx context.Context) {
	var newest time.Time
	if last := c.journal.Health().Committed; last.N > 0 {
		last.N--
		entries, err := c.journal.Read(ctx, last, 1)
		if err != nil {
			c.log.Warn("the newest fact cannot be read", "err", err)
		}
		for _, e := range entries {
			newest = e.At.Time()
		}
	}
	known := newCalendar(c.layout.calendar(), c.clock.now, c.side.ClockSynced, newest, c.log)
	known.tell = c.clockJudged
	c.judged.Store(known)
	known.sure()
}

// clockSure says whether ages may be believed now. It may be asked before the calendar is there.
func (c *core) clockSure() bool {
	known := c.judged.Load()
	if known == nil {
		return false
	}
	_, sure := known.sure()
	return sure
}

// clockJudged tells everybody what is believed of the clock now.
func (c *core) clockJudged(f fact.ClockJudged) {
	words := ""
	if f.State != fact.ClockSure {
		known := "unknown"
		if f.Known != 0 {
			known = time.UnixMilli(f.Known).UTC().Format(time.DateTime) + " UTC"
		}
		words = fmt.Sprintf(
			"the clock is not sure (%s; the last moment that was sure is %s), so nothing is erased for its age: give the box a time server, or set its clock and confirm it with `autocom clock confirm`",
			f.State, known)
		c.log.Error("the clock is not sure: nothing is erased for its age", "state", f.State, "known", f.Known)
	}
	c.warn("clock", words)
	c.note(f)
}

// keepCalendar looks at the clock until the context ends, so that a change is told within a minute.
func (c *core) keepCalendar(ctx context.Context) {
	tick := time.NewTicker(calendarEvery)
	defer tick.Stop()
	for {
		c.clockSure()
		c.judged.Load().save()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// clockCommand is what a person says of the clock.
func (b *box) clockCommand(c console.Command) error {
	if c.Mode != "confirm" {
		return fmt.Errorf("the clock can be confirmed (confirm), not %q", c.Mode)
	}
	b.judged.Load().confirm(c.By)
	return nil
}
