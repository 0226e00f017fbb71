package sipedge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"autocom/appliance/sipedge/presence"
)

// Subscriptions are written to a small file, as bindings are, so that lamps go on after a restart and after a crash: nobody at a phone has to
// wait for the phone to ask again, which takes up to an hour.

const (
	watchesTogether = 200 * time.Millisecond // subscriptions that come or go are gathered before they are written
	numbersTogether = 5 * time.Second        // numbers that only rose
	maxWatchBook    = 16 << 20               // bytes of the file that are read back

	// restartJitter is the time over which phones are told their full state after a restart, and restartPause how long the exchange is given
	// first to say what the lamps show.
	restartPause  = 500 * time.Millisecond
	restartJitter = 2 * time.Second
)

// watchBook is the file.
type watchBook struct {
	At   time.Time         `json:"at"`
	List []*presence.State `json:"list"`
}

// watchPath is where the file is: beside that of the bindings.
func (e *Edge) watchPath() string {
	if e.cfg.Bindings == "" {
		return ""
	}
	return e.cfg.Bindings + ".watchers"
}

// save has the subscriptions written down soon: the seldomer the longer it takes, at most a twentieth of the time goes into it.
func (w *watchers) save(now time.Time, soon time.Duration) {
	if w.e.cfg.Bindings == "" {
		return
	}
	if at := now.Add(max(soon, 20*w.took)); w.saveAt.IsZero() || at.Before(w.saveAt) {
		w.saveAt = at
	}
}

func (w *watchers) write() {
	w.saveAt = time.Time{}
	if err := w.writeBook(); err != nil {
		w.e.log.Warn("subscriptions cannot be remembered over a restart", "error", err)
	}
}

func (w *watchers) writeBook() error {
	path := w.e.watchPath()
	if path == "" {
		return nil
	}
	began := time.Now()
	book := watchBook{At: began.UTC()}
	for _, x := range w.all() {
		book.List = append(book.List, x.State)
	}
	data, err := json.Marshal(book)
	if err == nil {
		err = replace(path, data)
	}
	w.took = time.Since(began)
	if err != nil {
		return fmt.Errorf("sipedge: subscriptions: %w", err)
	}
	return nil
}

// restore takes up the subscriptions of the process before this one. Every phone is told its full state, spread over a moment.
func (w *watchers) restore() {
	book, err := w.readBook()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			w.e.log.Warn("subscriptions are not remembered, phones will ask again by themselves", "error", err)
		}
		return
	}
	now := time.Now()
	away := min(max(now.Sub(book.At), 0), presence.MaxExpires*time.Second)
	// At most ten NOTIFYs a second, besides one for each refresh; the file lags a few seconds behind at worst.
	skip := uint32(away/time.Second)*20 + 1000
	for i, s := range book.List {
		if s == nil || !s.Restorable(now) || !w.e.guard.Has(s.Watched) || !w.e.guard.Has(s.Watcher) {
			continue
		}
		x := &watch{State: s, key: dialogKey{s.Dialog.CallID, s.Dialog.Local.Tag}, adrift: s.Dialog.Flow.Transport.Stream()}
		if len(w.subs) >= maxWatches || w.subs[x.key] != nil {
			continue
		}
		w.enter(x)
		after := restartPause + restartJitter*time.Duration(i)/time.Duration(len(book.List))
		w.step(now, x, presence.Restarted{After: after, Skip: skip})
	}
}

func (w *watchers) readBook() (watchBook, error) {
	var book watchBook
	path := w.e.watchPath()
	if path == "" {
		return book, fs.ErrNotExist
	}
	data, err := recall(path, maxWatchBook)
	if err != nil {
		return book, err
	}
	return book, json.Unmarshal(data, &book)
}
