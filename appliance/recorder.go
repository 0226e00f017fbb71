package appliance

import (
	"context"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
)

// recorder opens and closes recordings. Files and their index are slow, so one goroutine of its own does it, in order.
type recorder struct {
	core *core
	work chan func(context.Context)
	done sync.WaitGroup
	once sync.Once
}

// recorderBacklog is how many openings and closings may wait for the disk. When it is full, a recording does not begin and the exchange is told.
const recorderBacklog = 1024

// recorderPatience bounds one access to the index.
const recorderPatience = 10 * time.Second

func newRecorder(c *core) *recorder {
	r := &recorder{core: c, work: make(chan func(context.Context), recorderBacklog)}
	r.done.Go(func() {
		for job := range r.work {
			ctx, cancel := context.WithTimeout(context.Background(), recorderPatience)
			job(ctx)
			cancel()
		}
	})
	return r
}

func (r *recorder) post(job func(context.Context)) bool {
	select {
	case r.work <- job:
		return true
	default:
		return false
	}
}

func (r *recorder) start(e exchange.StartRecording) {
	failed := func(why string) {
		r.core.log.Error("a call is not recorded", "call", e.Call, "recording", e.Recording, "err", why)
		r.core.soon(exchange.RecordingStopped{Recording: e.Recording, Error: why})
	}
	ok := r.post(func(ctx context.Context) {
		file, key, err := r.core.archive.Create(ctx, e.Recording, e.Call, e.Leg)
		if err != nil {
			failed(err.Error())
			return
		}
		err = r.core.desk.client.StartRecording(e.Recording, e.Leg, e.Paused, file, key[:])
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			r.finish(ctx, e.Recording, 0, err.Error())
		}
	})
	if !ok {
		failed("the disk does not keep up")
	}
}

func (r *recorder) stop(e exchange.StopRecording) {
	r.post(func(ctx context.Context) {
		if err := r.core.desk.client.StopRecording(e.Recording); err != nil {
			r.finish(ctx, e.Recording, recording.LengthUnknown, err.Error()) // the media process is gone, and the sound it had written stays
		}
	})
}

// ended is told by the media process: the last second is in the file.
func (r *recorder) ended(id plan.RecordingID, ms int64, problem string) {
	if !r.post(func(ctx context.Context) { r.finish(ctx, id, ms, problem) }) {
		r.core.soon(exchange.RecordingStopped{Recording: id, SoundMS: max(0, ms), Error: problem})
	}
}

func (r *recorder) finish(ctx context.Context, id plan.RecordingID, ms int64, problem string) {
	held, problem, err := r.core.archive.Finish(ctx, id, ms, problem)
	if err != nil {
		r.core.log.Error("a recording is not in the index as it should be", "recording", id, "err", err)
		if problem == "" {
			problem = err.Error()
		}
	}
	r.core.soon(exchange.RecordingStopped{Recording: id, SoundMS: held, Error: problem})
}

// expireEvery is how often recordings that were kept long enough are looked for.
const expireEvery = time.Hour

// keepDays erases what is older than the site document allows, from the start and then every hour, until the context ends.
func (r *recorder) keepDays(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		const day = 24 * time.Hour
		n, err := r.core.archive.Expire(ctx, time.Now().Add(-time.Duration(r.core.keeper.Current().Recording.Days)*day))
		if n > 0 {
			r.core.log.Info("recordings were kept as long as they may be, and are erased", "count", n)
		}
		if err != nil && ctx.Err() == nil {
			r.core.log.Error("old recordings could not all be erased", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// close does what waits and ends.
func (r *recorder) close() {
	r.once.Do(func() { close(r.work) })
	r.done.Wait()
}
