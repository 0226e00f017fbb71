package uplink

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/uplink/apply"
	"autocom/cloud-sync/wire"
)

// Link is a box's link to the cloud. Its methods may be called from any goroutine.
type Link struct {
	o     Options
	dir   folder
	clock *clock

	beatNow, fetchNow, sendNow, streamNow chan struct{} // one waiting word each

	mu       sync.Mutex
	id       identity
	client   *client // nil: not enrolled, or the cloud let the box go
	state    State
	known    bool // whether the link is up or down was found out
	machine  apply.Machine
	seen     string       // name of the document in force, when it was looked at last
	acked    fact.Address // in the cloud for sure
	waiting  time.Time    // of the oldest fact that is not
	watched  time.Time    // somebody looks until then
	stream   bool         // the stream works
	probe    bool         // ask how far the cloud is before anything is sent
	identify bool         // files changed under us: read them again
}

// State is how the link is, for people.
type State struct {
	Enrolled
	Joined   bool // to a console
	Up       bool
	Since    time.Time
	Trouble  string // why it is not up, a sentence with its remedy
	Cause    string // and its stable name: a Cause, or a code of the wire; empty while it is up, or nobody knows
	Detail   string // what shows it, in no language
	Stopped  bool   // the console let the box go: it must be enrolled again
	Waiting  uint64 // facts that are not in the cloud; at least
	Oldest   time.Time
	Revision uint64 // confirmed
	Trial    uint64
	Stage    apply.State
	Why      string // why the last revision was refused or taken back
	Local    bool   // the document in force is not the confirmed one
	Clock    string // "cloud" when the box's own clock is behind what is known; else empty
	Stream   bool   // nudges arrive; otherwise the link polls
}

// New makes a link on its files. It begins with Run.
func New(o Options) (*Link, error) {
	o.Pace = o.Pace.filled()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Link{
		o: o, dir: folder(o.Dir), probe: true,
		beatNow: make(chan struct{}, 1), fetchNow: make(chan struct{}, 1), sendNow: make(chan struct{}, 1), streamNow: make(chan struct{}, 1),
	}
	floor := stamped{}
	if err := l.dir.readIfThere(fileClock, &floor); err != nil {
		o.Log.Warn("the last known time is lost", "error", err)
	}
	if o.Floor.After(floor.Floor) {
		floor.Floor = o.Floor
	}
	l.clock = newClock(floor.Floor)
	if err := l.load(); err != nil {
		return nil, err
	}
	var a applied
	if err := l.dir.readIfThere(fileApply, &a); err == nil {
		l.machine = a.Machine
	}
	return l, nil
}

// load takes who the box is from the files.
func (l *Link) load() error {
	var id identity
	err := l.dir.read(fileIdentity, &id)
	var c *client
	switch {
	case errors.Is(err, errNotThere):
		err = nil
	case err == nil:
		c, err = newClient(id, l.o, l.clock)
	}
	l.mu.Lock()
	old := l.client
	l.id, l.client, l.state.Stopped, l.known, l.probe = id, c, false, false, true
	l.state.Up, l.state.Since, l.state.Trouble, l.state.Cause, l.state.Detail = false, time.Now(), "", "", ""
	l.acked = fact.Address{}
	if err != nil {
		l.state.Trouble, l.state.Cause = err.Error()+": enrol the box again", string(BadFiles)
		c = nil
	}
	l.client = c
	l.mu.Unlock()
	if old != nil {
		old.idle()
	}
	if err != nil {
		l.o.Log.Error("the link's identity cannot be used", "error", err)
	}
	return nil
}

// Enrol joins a central console: see Enrol. The link goes on with it at once.
func (l *Link) Enrol(ctx context.Context, server, claim string) (Enrolled, error) {
	e, err := Enrol(ctx, l.o.Dir, server, claim, l.o.Who, l.o)
	if err != nil {
		return e, err
	}
	l.o.Teller.Note(fact.BoxEnrolled{Tenant: e.Tenant, Site: e.Site})
	l.reread()
	return e, nil
}

// Leave forgets the central console. The document in force stays, the facts stay in the journal.
func (l *Link) Leave() error {
	if err := errors.Join(l.dir.remove(fileIdentity), l.dir.remove(fileApply)); err != nil {
		return err
	}
	l.reread()
	return nil
}

// reread makes the running loops take the files as they are now.
func (l *Link) reread() {
	var known stamped
	if err := l.dir.readIfThere(fileClock, &known); err == nil {
		l.clock.heard(known.Floor.UnixMilli())
	}
	_ = l.load() // what it found is in the state
	l.mu.Lock()
	l.identify = true
	l.mu.Unlock()
	l.wakeAll()
}

// State is how the link is now.
func (l *Link) State() State {
	l.mu.Lock()
	s := l.state
	s.Joined = l.id.Device != ""
	if s.Joined {
		s.Enrolled = l.id.enrolled()
	}
	s.Revision, s.Why, s.Stage, s.Stream = l.machine.Confirmed, l.machine.Why, l.machine.State, l.stream
	if s.Stage == "" {
		s.Stage = apply.Idle
	}
	if l.machine.State.OnTrial() {
		s.Trial = l.machine.Revision
	}
	s.Oldest = l.waiting
	acked := l.acked
	l.mu.Unlock()
	if _, behind := l.clock.read(); behind {
		s.Clock = "cloud"
	}
	if last := l.o.Head.Last(); last.Epoch > acked.Epoch {
		s.Waiting = last.N // of the epochs between, nobody counts
	} else if last.N > acked.N && last.Epoch == acked.Epoch {
		s.Waiting = last.N - acked.N
	}
	return s
}

// Run works until the context ends. It is called once.
func (l *Link) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { l.beat(ctx) })
	wg.Go(func() { l.listen(ctx) })
	wg.Go(func() { l.send(ctx) })
	wg.Go(func() { l.documents(ctx) })
	wg.Wait()
	if c, _ := l.current(); c != nil {
		c.idle()
	}
}

// current is the client, and who the box is.
func (l *Link) current() (*client, identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client, l.id
}

// ready is the client while the link is up.
func (l *Link) ready() (*client, identity, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client, l.id, l.client != nil && l.state.Up
}

func (l *Link) wakeAll() {
	for _, c := range []chan struct{}{l.beatNow, l.fetchNow, l.sendNow, l.streamNow} {
		wake(c)
	}
}

// wake leaves a word for a loop; when one waits already, that one is enough.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// wait waits for a word or the time, and reports whether to go on. A negative time is for ever.
func wait(ctx context.Context, words <-chan struct{}, d time.Duration) bool {
	var over <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-words:
	case <-over:
	}
	return ctx.Err() == nil
}

// wentUp notes that the cloud answered.
func (l *Link) wentUp() {
	l.mu.Lock()
	changed := !l.state.Up
	if changed {
		l.state.Up, l.state.Since, l.known = true, time.Now(), true
	}
	l.state.Trouble, l.state.Cause, l.state.Detail = "", "", ""
	l.mu.Unlock()
	if changed {
		l.o.Teller.Note(fact.LinkChanged{Up: true})
		wake(l.sendNow)
		wake(l.fetchNow)
		wake(l.streamNow)
	}
}

// wentDown notes that it did not, and reports whether it did before.
func (l *Link) wentDown(err error) (wasUp bool) {
	l.mu.Lock()
	wasUp = l.state.Up
	if wasUp || !l.known {
		l.state.Up, l.state.Since, l.known = false, time.Now(), true
	} else {
		wasUp = false
	}
	told := l.state.Trouble
	l.state.Trouble = err.Error()
	l.state.Cause, l.state.Detail = NameOf(err)
	l.mu.Unlock()
	if wasUp || told == "" {
		l.o.Teller.Note(fact.LinkChanged{Reason: err.Error()})
	}
	return wasUp
}

// suspect is called by a loop whose request failed: the loop that looks whether the cloud is there looks at once.
func (l *Link) suspect(err error) {
	if t, is := errors.AsType[*Trouble](err); is && t.Code != "" && t.Code != wire.CodeRevoked && t.Code != wire.CodeNoDevice && t.Code != wire.CodeExpired {
		return // the cloud itself answered: it is there
	}
	wake(l.beatNow)
}

// heard takes the cloud's time.
func (l *Link) heard(ms int64) {
	if l.clock.heard(ms) {
		if err := l.dir.write(fileClock, stamped{time.UnixMilli(ms)}); err != nil {
			l.o.Log.Warn("the time could not be kept", "error", err)
		}
	}
}
