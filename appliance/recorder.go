package appliance

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
	"autocom/appliance/recording/sealed"
	"autocom/appliance/voicemail"
)

// recorder opens and closes recordings and messages. Files and their index are slow, so one goroutine of its own does it, in order.
type recorder struct {
	core     *core
	parties  parties
	work     chan func(context.Context)
	done     sync.WaitGroup
	pressure *pressure
	keys     soundKeys

	gate sync.RWMutex // who posts holds it to read
	over bool         // no more work is taken

	mu      sync.Mutex
	opening map[plan.RecordingID][]exchange.PauseRecording // files that are being made, and what was asked of them meanwhile
	longest map[plan.RecordingID]*time.Timer               // end messages that are too long
}

// recorderBacklog is how many openings and closings may wait for the disk. When it is full, a recording does not begin and the exchange is told.
const recorderBacklog = 1024

// recorderPatience bounds one access to the index.
const recorderPatience = 10 * time.Second

func newRecorder(c *core) *recorder {
	r := &recorder{
		core: c, work: make(chan func(context.Context), recorderBacklog), pressure: newPressure(c),
		opening: map[plan.RecordingID][]exchange.PauseRecording{}, longest: map[plan.RecordingID]*time.Timer{},
	}
	r.done.Go(func() {
		for job := range r.work {
			ctx, cancel := context.WithTimeout(context.Background(), recorderPatience)
			job(ctx)
			cancel()
		}
	})
	return r
}

// resume takes in what the core before was recording.
func (r *recorder) resume(ctx context.Context, state *exchange.State) error {
	made := map[plan.CallID]plan.RecordingID{}
	for _, id := range state.Recordings() {
		x, err := r.core.archive.Find(ctx, id)
		switch {
		case errors.Is(err, recording.ErrUnknown): // a message
		case err != nil:
			return err
		default:
			made[x.Call] = id
		}
	}
	r.parties.seed(state.Calls(), made)
	return nil
}

func (r *recorder) post(job func(context.Context)) bool {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if r.over {
		return false
	}
	select {
	case r.work <- job:
		return true
	default:
		return false
	}
}

// learn follows who is in a call, for the index. It is told before the effects of the same step are carried.
func (r *recorder) learn(facts []fact.Fact) {
	for _, f := range facts {
		id, queue, agent := r.parties.learn(f)
		if id == "" || queue == "" && agent == "" {
			continue
		}
		r.post(func(ctx context.Context) {
			if err := r.core.archive.Joined(ctx, id, queue, agent); err != nil {
				r.core.log.Warn("the index of recordings lacks somebody", "recording", id, "queue", queue, "agent", agent, "err", err)
			}
		})
	}
}

// start begins a recording or, with a box, a message.
func (r *recorder) start(e exchange.StartRecording) {
	who := r.parties.of(string(e.Call))
	r.mu.Lock()
	r.opening[e.Recording] = nil
	r.mu.Unlock()
	failed := func(why string) {
		r.opened(e.Recording, func(exchange.PauseRecording) {})
		if e.Again { // what there is of it stays
			r.core.log.Error("a call is no longer recorded: its recording does not go on after the media process was lost", "call", e.Call, "recording", e.Recording, "err", why)
			r.ended(e.Recording, recording.LengthUnknown, why)
			return
		}
		r.core.log.Error("a call is not recorded", "call", e.Call, "recording", e.Recording, "err", why)
		r.core.soon(exchange.RecordingStopped{Recording: e.Recording, Error: why})
	}
	ok := r.post(func(ctx context.Context) {
		if err := r.open(ctx, e, who); err != nil {
			r.pressure.look() // the disk may be why
			failed(err.Error())
		}
	})
	if !ok {
		failed("the disk does not keep up")
	}
}

// newFile is what the media process is given to write to.
type newFile struct {
	file *os.File
	key  sealed.Key
	part uint32 // of a recording that goes on
}

// open makes the file and passes it to the media process.
func (r *recorder) open(ctx context.Context, e exchange.StartRecording, who party) error {
	doc := r.core.keeper.Current()
	create := func() (f newFile, err error) {
		f.file, f.key, err = r.core.archive.Create(ctx, e.Recording, recording.Origin{
			Call: e.Call, Leg: e.Leg, Subject: who.subject, Queue: who.queue, Agent: who.agent,
			StartedBy: who.by, Reason: who.reason, Basis: doc.Recording.Basis, Undated: !r.core.clockSure(),
		})
		return f, err
	}
	if e.Again {
		create = func() (f newFile, err error) {
			f.file, f.key, f.part, err = r.core.archive.Reopen(ctx, e.Recording)
			return f, err
		}
	}
	if e.Box != "" {
		create = func() (f newFile, err error) {
			f.file, f.key, err = r.core.boxes.Create(ctx, e.Recording, voicemail.Origin{Box: e.Box, Call: e.Call, Subject: who.subject, Undated: !r.core.clockSure()}, boxLimits(doc))
			return f, err
		}
	}
	f, err := create()
	if err != nil {
		return err
	}
	err = r.core.desk.client.ResumeRecording(e.Recording, e.Leg, e.Paused, f.file, f.key[:], f.part)
	if closeErr := f.file.Close(); err == nil {
		err = closeErr
	}
	r.opened(e.Recording, r.pauseNow)
	if err != nil {
		r.finish(ctx, e.Recording, 0, err.Error()) // what a part before it holds is counted
		return nil                                 // the exchange was told
	}
	if e.Box != "" {
		r.limit(e.Recording, r.pressure.longest(time.Duration(doc.Voicemail.Longest)))
	}
	return nil
}

// opened says that a recording's file is no longer awaited, and does what was asked of it meanwhile. A pause that comes now waits its turn: the order
// in which they were asked is the order in which the media process is told.
func (r *recorder) opened(id plan.RecordingID, do func(exchange.PauseRecording)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.opening[id] {
		do(p)
	}
	delete(r.opening, id)
}

// limit ends a message that is too long.
func (r *recorder) limit(id plan.RecordingID, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.longest[id] = time.AfterFunc(after, func() { r.stop(exchange.StopRecording{Recording: id}) })
}

// pause lets a recording write nothing, or go on. It does not wait for the disk: what must not be recorded is being said already.
func (r *recorder) pause(e exchange.PauseRecording) {
	r.mu.Lock()
	waiting, is := r.opening[e.Recording]
	if is {
		r.opening[e.Recording] = append(waiting, e)
	}
	r.mu.Unlock()
	if !is {
		r.pauseNow(e)
	}
}

func (r *recorder) pauseNow(e exchange.PauseRecording) {
	if err := r.core.desk.client.PauseRecording(e.Recording, e.Paused, e.Why); err != nil {
		r.core.log.Warn("a recording could not be paused or resumed: it ends", "recording", e.Recording, "err", err)
		r.stop(exchange.StopRecording{Recording: e.Recording}) // what was not to be recorded weighs more than the rest
	}
}

// pauseRefused is told that the media process did not pause a recording. One that is over is paused enough.
func (r *recorder) pauseRefused(id plan.RecordingID, over bool) {
	if !over {
		r.stop(exchange.StopRecording{Recording: id})
	}
}

func (r *recorder) stop(e exchange.StopRecording) {
	by := r.parties.stopper(e.Recording)
	stop := func(ctx context.Context) {
		if by != "" {
			if err := r.core.archive.StoppedBy(ctx, e.Recording, by); err != nil {
				r.core.log.Warn("the index does not say who stopped a recording", "recording", e.Recording, "err", err)
			}
		}
		if err := r.core.desk.client.StopRecording(e.Recording); err != nil {
			r.finish(ctx, e.Recording, recording.LengthUnknown, err.Error()) // the media process is gone, and the sound it had written stays
		}
	}
	if r.post(stop) {
		return
	}
	if err := r.core.desk.client.StopRecording(e.Recording); err != nil {
		r.core.log.Error("a recording goes on until its leg ends", "recording", e.Recording, "err", err)
	}
}

// keep notes what somebody wants to become of a recording, and lets it go at once when it is over.
func (r *recorder) keep(e exchange.KeepRecording) {
	want, by := recording.Discard, r.parties.keeper(e.Recording)
	if e.Keep {
		want = recording.Keep
	}
	ok := r.post(func(ctx context.Context) {
		erase, err := r.core.archive.Keep(ctx, e.Recording, want, by)
		if err == nil && erase {
			err = r.discard(ctx, e.Recording, by)
		}
		if err != nil {
			r.core.log.Error("what becomes of a recording was not noted", "recording", e.Recording, "keep", e.Keep, "err", err)
		}
	})
	if !ok {
		r.core.log.Error("what becomes of a recording was not noted: the disk does not keep up", "recording", e.Recording, "keep", e.Keep)
	}
}

// discard erases a recording that is not to be kept.
func (r *recorder) discard(ctx context.Context, id plan.RecordingID, by string) error {
	held, err := r.core.archive.Find(ctx, id)
	if err == nil {
		err = r.core.archive.Erase(ctx, id, by, recording.WhyDiscard)
	}
	if err != nil {
		return err
	}
	r.core.note(fact.RecordingErased{Recording: string(id), Call: string(held.Call), By: by, Why: recording.WhyDiscard})
	return nil
}

// ended is told by the media process: the last second is in the file.
func (r *recorder) ended(id plan.RecordingID, ms int64, problem string) {
	if !r.post(func(ctx context.Context) { r.finish(ctx, id, ms, problem) }) {
		r.core.soon(exchange.RecordingStopped{Recording: id, SoundMS: max(0, ms), Error: problem})
	}
}

func (r *recorder) finish(ctx context.Context, id plan.RecordingID, ms int64, problem string) {
	r.mu.Lock()
	if t := r.longest[id]; t != nil {
		t.Stop()
		delete(r.longest, id)
	}
	r.mu.Unlock()
	held, problem, err := r.close(ctx, id, ms, problem)
	if err != nil {
		r.core.log.Error("a recording is not in the index as it should be", "recording", id, "err", err)
		if problem == "" {
			problem = err.Error()
		}
	}
	r.core.soon(exchange.RecordingStopped{Recording: id, SoundMS: max(0, held), Error: problem})
}

// close closes an entry, of whichever index has it, and gives what it holds.
func (r *recorder) close(ctx context.Context, id plan.RecordingID, ms int64, problem string) (held int64, why string, err error) {
	m, err := r.core.boxes.Finish(ctx, id, ms, problem)
	switch {
	case errors.Is(err, voicemail.ErrUnknown):
	case err != nil:
		return ms, problem, err
	default:
		if m.State == voicemail.Erased && m.ErasedWhy == voicemail.WhyShort {
			r.core.note(fact.RecordingErased{Recording: string(id), Call: string(m.Call), Box: m.Box, Why: m.ErasedWhy})
		}
		return m.SoundMS, m.Error, nil
	}
	got, err := r.core.archive.Finish(ctx, id, ms, problem)
	if err != nil {
		return ms, problem, err
	}
	if got.Keep == recording.Discard && got.State != recording.Erased {
		err = r.discard(ctx, id, got.KeepBy)
	}
	return got.SoundMS, got.Error, err
}

// shut does what waits and ends.
func (r *recorder) shut() {
	r.mu.Lock()
	for _, t := range r.longest {
		t.Stop()
	}
	r.mu.Unlock()
	r.gate.Lock()
	if !r.over {
		r.over = true
		close(r.work)
	}
	r.gate.Unlock()
	r.done.Wait()
}
