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
	to, err := sealed.NewWriter(own, string(r.Recording), sealed.Key(r.Key))
	if err != nil {
		return errors.Join(err, own.Close())
	}
	rec := &recording{id: r.Recording, leg: r.Leg, tap: new(engine.Tap), file: own, to: to, quit: make(chan struct{})}
	d.on(l.shard, func(e *engine.Engine, _ time.Duration) { err = e.StartRecording(r.Leg, rec.tap) })
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
	second := make([]byte, 0, 2*8000)
	frame := make([]byte, engine.TapFrame)
	var frames int64
	var err error
	for last := false; !last && err == nil; {
		select {
		case <-tick.C:
			last = r.tap.Ended()
		case <-r.quit:
			last = true
		}
		for err == nil && r.tap.Read(frame) {
			frames++
			if second = append(second, frame...); len(second) == cap(second) {
				err = r.to.WriteInterleaved(second)
				second = second[:0]
			}
		}
	}
	if err == nil && len(second) > 0 {
		err = r.to.WriteInterleaved(second)
	}
	err = errors.Join(err, r.to.Close(), r.file.Close())
	select {
	case ended <- recordEnd{id: r.id, millis: 20 * frames, lost: r.tap.Lost(), err: err}:
	case <-r.quit:
	}
}
