package appliance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/journal"
)

// What outlives a cold start: do-not-disturb, forwards, and who spoke with whom. It is written to the disk whenever somebody sets an extension, and
// now and then for the rest. A number outside is not in the file: its subject is, so that to forget a caller is to forget it there too.

// lastingEvery is how often what was learnt of callers is written: a power cut costs the box no more than that.
const lastingEvery = time.Minute

// revealer names a subject: the journal.
type revealer interface {
	Reveal(context.Context, fact.Subject) (journal.Person, error)
}

// lasting keeps the file. Its own goroutine writes; stir may be called from any.
type lasting struct {
	path  string
	log   *slog.Logger
	ask   func(context.Context) (exchange.Lasting, error)
	write func(path string, text []byte) error
	news  chan struct{}
	last  []byte
}

func newLasting(c *core) *lasting {
	return &lasting{path: c.layout.lasting(), log: c.log, write: writeWhole, news: make(chan struct{}, 1), ask: func(ctx context.Context) (l exchange.Lasting, err error) {
		err = c.loop.ask(ctx, func(s *exchange.State, _ fact.Moment) { l = s.Lasting() })
		return l, err
	}}
}

// stir has the file written soon.
func (l *lasting) stir() {
	select {
	case l.news <- struct{}{}:
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
			l.log.Error("do-not-disturb, forwards and who spoke with whom may not outlive a power cut", "err", err)
		}
	}
}

func (l *lasting) save(ctx context.Context) error {
	now, err := l.ask(ctx)
	if err != nil {
		return err
	}
	for i := range now.Extensions {
		if t := &now.Extensions[i]; t.Subject != "" {
			t.Forward = ""
		}
	}
	text, err := json.Marshal(now)
	if err != nil || bytes.Equal(text, l.last) {
		return err
	}
	if err := l.write(l.path, text); err != nil {
		return err
	}
	l.last = text
	return nil
}

// load reads what a core before kept. Numbers outside are named by their subjects again; who was forgotten has no forward any more.
func (l *lasting) load(ctx context.Context, people revealer) exchange.Lasting {
	var kept exchange.Lasting
	text, err := os.ReadFile(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return kept
	}
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		l.log.Error("do-not-disturb and forwards of before are lost: they are to be set again", "err", err)
		return exchange.Lasting{}
	}
	for i := range kept.Extensions {
		t := &kept.Extensions[i]
		if t.Subject == "" {
			continue
		}
		who, err := people.Reveal(ctx, t.Subject)
		if err != nil {
			l.log.Warn("a forward of before is let go of: its number is not known any more", "extension", t.Extension, "err", fmt.Errorf("subject: %w", err))
			t.When, t.Subject = "", ""
			continue
		}
		t.Forward = who.Number
	}
	return kept
}
