package run

import (
	"errors"
	"os"
	"sync"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/engine"
	"autocom/appliance/mediactl"
	"autocom/appliance/recording/sealed"
)

// recording is one tap and the goroutine that writes it.
type recording struct {
	id   plan.RecordingID
	leg  plan.LegID
	born time.Time                        // when its sound begins
	late bool                             // it begins paused
	wall func(at time.Duration) time.Time // of the engine's time
	tap  *engine.Tap
	file *os.File
	to   *sealed.Writer
	quit chan struct{}
	once sync.Once
	done sync.WaitGroup
}

// recordEnd is the writer's last word.
type recordEnd struct {
	id     plan.RecordingID
	millis int64
	lost   uint64
	err    error
}

// drainEvery is how often a writer empties its tap: well within what the tap holds.
const drainEvery = 250 * time.Millisecond

func (d *desk) record(r *mediactl.Request, file *os.File) error {
	l := d.legs[r.Leg]
	switch {
	case r.Recording == "" || file == nil || len(r.Key) != sealed.KeySize:
		return errBadRequest
	case l == nil:
		return engine.ErrUnknownLeg
	case d.records[r.Recording] != nil:
		return engine.ErrBusy
	}
	own, err := keep(file)
	if err != nil {
		return err
	}
	to, err := sealed.NewPart(own, string(r.Recording), sealed.Key(r.Key), r.Part)
	if err != nil {
		return errors.Join(err, own.Close())
	}
	rec := &recording{id: r.Recording, leg: r.Leg, tap: new(engine.Tap), file: own, to: to, quit: make(chan struct{})}
	if rec.tap.MaskKeys(); r.Paused {
		rec.tap.Pause()
		rec.late = true
	}
	s := l.shard
	rec.wall = func(at time.Duration) time.Time { return time.Now().Add(at - s.now()) } // all shards count from one start
	d.on(s, func(e *engine.Engine, now time.Duration) {
		err = e.StartRecording(r.Leg, rec.tap)
		rec.born = rec.wall(now)
	})
	if err != nil {
		return errors.Join(err, to.Close(), own.Close())
	}
	d.records[r.Recording] = rec
	rec.done.Go(func() { rec.write(d.ended) })
	return nil
}

func (d *desk) stopRecord(id plan.RecordingID) error {
	rec := d.records[id]
	if rec == nil {
		return errNoRecording
	}
	if l := d.legs[rec.leg]; l != nil {
		s := l.shard
		s.do(func() { _ = s.engine.StopRecording(rec.leg) }) // a leg that closed has ended its tap
	}
	return nil
}

// pauseRecord pauses a recording or lets it go on.
func (d *desk) pauseRecord(r *mediactl.Request) error {
	rec := d.records[r.Recording]
	if rec == nil {
		return errNoRecording
	}
	l := d.legs[rec.leg]
	if l == nil {
		return engine.ErrUnknownLeg // it closed, and its tap with it
	}
	d.later(l.shard, r, func(e *engine.Engine, now time.Duration) error {
		return e.PauseRecording(rec.leg, r.Paused, r.Why, now)
	})
	return nil
}

func (d *desk) recordEnded(end recordEnd) {
	if rec := d.records[end.id]; rec != nil {
		delete(d.records, end.id)
		if l := d.legs[rec.leg]; l != nil && !rec.tap.Ended() { // the writer failed: the engine still writes
			s := l.shard
			s.do(func() { _ = s.engine.StopRecording(rec.leg) })
		}
	}
	if end.err != nil {
		d.cfg.Log.Error("a recording failed", "recording", end.id, "error", end.err)
	}
	d.tell(mediactl.Event{
		Kind: mediactl.RecordEnded, Recording: end.id, Millis: end.millis, Lost: end.lost, Error: refusal(end.err),
	})
}

// stop ends the writer without waiting for the engine: the process ends.
func (r *recording) stop() { r.once.Do(func() { close(r.quit) }) }

// write empties the tap into the writer, a second at a time.
func (r *recording) write(ended chan<- recordEnd) {
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	p := &page{to: r.to, second: make([]byte, 0, sealed.Second), frame: make([]byte, engine.TapFrame)}
	err := r.to.Mark(sealed.Mark{At: r.born, Paused: r.late})
	for last := false; !last && err == nil; {
		select {
		case <-tick.C:
			last = r.tap.Ended()
		case <-r.quit:
			last = true
		}
		err = p.drain(r.tap, r.wall)
	}
	if err == nil {
		err = p.flush()
	}
	err = errors.Join(err, r.to.Close(), r.file.Close())
	select {
	case ended <- recordEnd{id: r.id, millis: 20 * p.frames, lost: r.tap.Lost(), err: err}:
	case <-r.quit:
	}
}

// page gathers frames until a second is full, or a mark comes.
type page struct {
	to     *sealed.Writer
	second []byte
	frame  []byte
	frames int64 // that ever came
}

// drain takes what the tap holds.
func (p *page) drain(tap *engine.Tap, wall func(time.Duration) time.Time) (err error) {
	for err == nil {
		if tap.Read(p.frame) {
			p.frames++
			if p.second = append(p.second, p.frame...); len(p.second) == cap(p.second) {
				err = p.flush()
			}
			continue
		}
		m, marked := tap.Mark()
		if !marked {
			return nil
		}
		if err = p.flush(); err == nil {
			err = p.to.Mark(sealed.Mark{At: wall(m.At), Paused: m.Paused, Why: m.Why})
		}
	}
	return err
}

// flush seals what was gathered.
func (p *page) flush() error {
	if len(p.second) == 0 {
		return nil
	}
	err := p.to.WriteInterleaved(p.second)
	p.second = p.second[:0]
	return err
}
