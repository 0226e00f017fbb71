package appliance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/journal"
)

// What outlives a cold start: do-not-disturb, forwards, who waits to be called back, and who spoke with whom. It is written to the disk whenever somebody
// sets an extension or is to be called back, and now and then for the rest. A number outside is not in the file: its subject is, so that to forget a
// caller is to forget it there too. Campaigns have a file of their own (lasting_campaigns.go).

const (
	// lastingEvery is how often what was learnt of callers is written: a power cut costs the box no more than that.
	lastingEvery = time.Minute
	// lastingRest is the least time between two writes, and what each MiB of a file adds: a disk does not take the same thing all day.
	lastingRest, lastingRestMiB, lastingRestMost = time.Second, 30 * time.Second, 5 * time.Minute
	// lastingVersion is of the files. One that is newer was written by a later program, and is not guessed at.
	lastingVersion = 1
	// mostLasting bounds a file, in bytes.
	mostLasting = 64 << 20
)

// naming gives people outside their subjects and names subjects: the journal.
type naming interface {
	Subject(number, name string) fact.Subject
	Reveal(context.Context, fact.Subject) (journal.Person, error)
}

// lasting keeps the file. Its own goroutine writes; stir may be called from any.
type lasting struct {
	path   string
	log    *slog.Logger
	people naming
	ask    func(context.Context) (exchange.Lasting, error)
	write  func(path string, text []byte) error
	news   chan struct{}
	calls  map[string]bool // attempts to call somebody back; the loop's goroutine has them

	mu   sync.Mutex // of one save at a time
	last []byte
}

// lastingFile is what stands in it.
type lastingFile struct {
	Version int `json:"version"`
	exchange.Lasting
}

func newLasting(c *core) *lasting {
	return &lasting{
		path: c.layout.lasting(), log: c.log, people: c.journal, write: writeWhole, news: make(chan struct{}, 1), calls: map[string]bool{},
		ask: func(ctx context.Context) (l exchange.Lasting, err error) {
			err = c.loop.ask(ctx, func(s *exchange.State, _ fact.Moment) { l = s.Lasting() })
			return l, err
		},
	}
}

// hear has the file written when a fact is of its matter. The loop's goroutine calls it.
func (l *lasting) hear(f fact.Fact) {
	switch f := f.(type) {
	case fact.ExtensionSet, fact.CallbackRequested, fact.CallbackEnded:
		l.stir()
	case fact.CallOpened:
		if f.Callback != "" {
			l.calls[f.Call] = true
		}
	case fact.CallRouted: // they are rung: that is an attempt
		if l.calls[f.Call] {
			l.stir()
		}
	case fact.CallEnded:
		if l.calls[f.Call] {
			delete(l.calls, f.Call)
			l.stir()
		}
	default: // nothing that lasts
	}
}

// stir has the file written soon.
func (l *lasting) stir() { wake(l.news) }

func wake(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default: // it will be
	}
}

// keep writes the file until the context ends, and once more then.
func (l *lasting) keep(ctx context.Context) {
	tick := time.NewTicker(lastingEvery)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			over = true
		case <-tick.C:
		case <-l.news:
		}
		if err := l.save(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, errStopping) {
			l.log.Error("do-not-disturb, forwards, callbacks and who spoke with whom may not outlive a power cut", "err", err)
		}
		over = over || rest(ctx, len(l.last)) && l.finish(ctx)
	}
}

// finish is the last save of a rest that was cut short.
func (l *lasting) finish(ctx context.Context) bool {
	if err := l.save(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, errStopping) {
		l.log.Error("the last settings and callbacks may not outlive a power cut", "err", err)
	}
	return true
}

// rest waits as long as a file of a size (bytes) asks for; true when the context ended meanwhile.
func rest(ctx context.Context, size int) (over bool) {
	span := min(lastingRestMost, lastingRest+time.Duration(size)*lastingRestMiB/(1<<20))
	t := time.NewTimer(span)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return true
	case <-t.C:
		return false
	}
}

func (l *lasting) save(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := l.ask(ctx)
	if err != nil {
		return err
	}
	for i := range now.Extensions {
		if t := &now.Extensions[i]; t.Subject != "" {
			t.Forward = ""
		}
	}
	for i := range now.Callbacks {
		k := &now.Callbacks[i]
		k.Of, k.Number = l.people.Subject(k.Number, ""), ""
	}
	text, err := json.Marshal(lastingFile{Version: lastingVersion, Lasting: now})
	if err != nil || bytes.Equal(text, l.last) {
		return err
	}
	if err := l.write(l.path, text); err != nil {
		return err
	}
	l.last = text
	return nil
}

// load reads what a core before kept. Numbers outside are named by their subjects again; who was forgotten has no forward any more, and is not called
// back.
func (l *lasting) load(ctx context.Context) exchange.Lasting {
	var kept lastingFile
	if err := readLasting(l.path, &kept); err != nil {
		l.log.Error("do-not-disturb, forwards and callbacks of before are lost: they are to be set again", "err", err)
		return exchange.Lasting{}
	}
	for i := range kept.Extensions {
		t := &kept.Extensions[i]
		if t.Subject == "" {
			continue
		}
		who, err := l.people.Reveal(ctx, t.Subject)
		if err != nil {
			l.log.Warn("a forward of before is let go of: its number is not known any more", "extension", t.Extension, "err", fmt.Errorf("subject: %w", err))
			t.When, t.Subject = "", ""
			continue
		}
		t.Forward = who.Number
	}
	for i := range kept.Callbacks {
		k := &kept.Callbacks[i]
		k.Number = ""
		who, err := l.people.Reveal(ctx, k.Of)
		if err != nil {
			l.log.Warn("a callback of before is let go of: its number is not known any more", "callback", k.ID, "err", fmt.Errorf("subject: %w", err))
			continue
		}
		k.Number = who.Number
	}
	return kept.Lasting
}

// readLasting reads one of the files. One that is not there is empty; one that cannot be read or was written by a later program is put aside, so that
// nothing writes over it, and the error says where.
func readLasting(path string, into any) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostLasting+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	var v struct {
		Version int `json:"version"`
	}
	switch err = json.Unmarshal(text, &v); {
	case err != nil:
	case len(text) > mostLasting:
		err = fmt.Errorf("it holds more than %d bytes", mostLasting)
	case v.Version > lastingVersion:
		err = fmt.Errorf("it was written by a later program, as version %d: this one reads up to %d", v.Version, lastingVersion)
	default:
		if err = json.Unmarshal(text, into); err == nil {
			return nil
		}
	}
	return putAside(path, err)
}

// putAside keeps a file nobody can use beside its place, and gives the error that says so.
func putAside(path string, why error) error {
	if err := os.Rename(path, path+".bad"); err != nil {
		return errors.Join(why, err)
	}
	return fmt.Errorf("it is kept as %s.bad: %w", path, why)
}
