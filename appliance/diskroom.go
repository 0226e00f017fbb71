package appliance

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/recording"
	"autocom/hwio/disk"
)

// Bounds of what is done when the disk fills up; the order is in docs/recordings.md.
const (
	pressureEvery = 30 * time.Second // between two looks at the disk
	shortMessage  = time.Minute      // the longest message on a disk that is nearly full
)

// pressure watches the disk that recordings lie on, and does without them in a stated order. It never stops a call.
type pressure struct {
	core  *core
	disks disk.Disks
	level atomic.Int32 // a recording.Pressure
	told  bool         // the exchange knows of the level; of the goroutine that watches
	now   chan struct{}
}

func newPressure(c *core) *pressure {
	p := &pressure{core: c, disks: c.extras.Disks, now: make(chan struct{}, 1)}
	if p.disks == nil {
		p.disks = disk.Open("/sys", "/proc")
	}
	return p
}

// look asks for a look at the disk soon: something could not be written.
func (p *pressure) look() {
	select {
	case p.now <- struct{}{}:
	default: // it is on its way
	}
}

func (p *pressure) at() recording.Pressure { return recording.Pressure(p.level.Load()) }

// longest is how long a message may be now.
func (p *pressure) longest(usual time.Duration) time.Duration {
	if p.at() >= recording.ShortMessages {
		return min(usual, shortMessage)
	}
	return usual
}

// keep watches until the context ends.
func (p *pressure) keep(ctx context.Context) {
	tick := time.NewTicker(pressureEvery)
	defer tick.Stop()
	for {
		if err := p.once(ctx); err != nil && ctx.Err() == nil {
			p.core.log.Error("the disk of recordings", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-p.now:
		}
	}
}

// once looks at the disk and does what its level asks for.
func (p *pressure) once(ctx context.Context) error {
	s, err := p.disks.State(p.core.layout.State)
	if err != nil {
		return err
	}
	free, size := int64(min(s.Free, 1<<62)), int64(min(s.Total, 1<<62))
	steps, was := recording.ThresholdsOf(size), p.at()
	level := recording.Judge(was, free, steps)
	if level != was {
		p.change(was, level, free, size)
	}
	if storage := storageOf(level); !p.told || storage != storageOf(was) { // at the start it knows what the core before left
		p.told = true
		p.core.soon(exchange.StorageChanged{Storage: storage})
	}
	if level != recording.Erasing {
		return nil
	}
	return p.makeRoom(ctx, steps.End(recording.Erasing)-free)
}

// change tells everybody of another level.
func (p *pressure) change(was, level recording.Pressure, free, size int64) {
	p.level.Store(int32(level))
	p.core.log.Warn("the disk of recordings", "level", level.String(), "was", was.String(), "free", free, "of", size)
	p.core.note(fact.StorageChanged{Level: level.String(), Was: was.String(), FreeBytes: free, SizeBytes: size})
	p.core.warn("disk", pressureWords(level, free))
}

// storageOf is a level as the exchange needs to know it.
func storageOf(p recording.Pressure) exchange.Storage {
	switch {
	case p >= recording.NoRecordings:
		return exchange.StorageNoRecordings
	case p == recording.NoSamples:
		return exchange.StorageNoSamples
	default:
		return exchange.StoragePlenty
	}
}

// pressureWords is what people are told; nothing when there is room.
func pressureWords(p recording.Pressure, free int64) string {
	if p == recording.Plenty {
		return ""
	}
	const mib = 1 << 20
	doing := ""
	switch p {
	case recording.Plenty, recording.Warned:
		doing = "everything goes on"
	case recording.NoSamples:
		doing = "no call is recorded as a sample"
	case recording.NoRecordings:
		doing = "no call is recorded"
	case recording.ShortMessages:
		doing = "no call is recorded, and messages are cut after a minute"
	case recording.Erasing:
		doing = "no call is recorded, and the oldest recordings that nobody keeps are erased"
	}
	return fmt.Sprintf("the disk is filling up: %d MiB are free, %s; calls go on. Export and erase recordings, or lower recording.days", free/mib, doing)
}

// makeRoom erases what the disk can do without: files without an owner, then recordings that nobody keeps and that are older than their least days, then
// messages that were heard, as old.
func (p *pressure) makeRoom(ctx context.Context, need int64) error {
	c := p.core
	var errs []error
	for _, drop := range []func() (int64, error){c.archive.DropLost, c.boxes.DropLost} {
		freed, err := drop()
		need -= freed
		errs = append(errs, err)
	}
	if !c.clockSure() { // nobody can say what is older than its least days
		return errors.Join(errs...)
	}
	before := time.Now().Add(-time.Duration(c.keeper.Current().Recording.Least) * day)
	if need > 0 {
		gone, freed, err := c.archive.MakeRoom(ctx, need, before)
		for _, r := range gone {
			c.note(fact.RecordingErased{Recording: string(r.ID), Call: string(r.Call), Why: recording.WhyDisk})
		}
		need -= freed
		errs = append(errs, err)
	}
	if need > 0 {
		gone, _, err := c.boxes.MakeRoom(ctx, need, before)
		for _, m := range gone {
			c.note(fact.RecordingErased{Recording: string(m.ID), Call: string(m.Call), Box: m.Box, Why: recording.WhyDisk})
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
