package appliance

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"autocom/appliance/exchange/fact"
)

// What becomes of the keys of recordings and messages: a key file that was lost is told of, and never replaced in silence.

// sealedSounds is an index whose sounds are sealed under a key of the box: that of recordings, or that of messages.
type sealedSounds interface {
	Locked(ctx context.Context) (int, error)
	KeyFile() string
}

// soundKeys remembers which of them cannot be opened.
type soundKeys struct {
	mu     sync.Mutex
	locked map[string]int // of "recordings", "messages": how many do not open
}

// lookAtKeys looks whether what is sealed opens, and tells when that changed. It is called at the start, every hour, and by whoever asks how the box is
// while something does not open.
func (r *recorder) lookAtKeys(ctx context.Context) error {
	r.keys.mu.Lock()
	defer r.keys.mu.Unlock()
	if r.keys.locked == nil {
		r.keys.locked = map[string]int{}
	}
	var errs []error
	for _, s := range []struct {
		of string
		in sealedSounds
	}{{"recordings", r.core.archive}, {"messages", r.core.boxes}} {
		n, err := s.in.Locked(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.tellKey(s.of, s.in.KeyFile(), r.keys.locked[s.of], n)
		r.keys.locked[s.of] = n
	}
	return errors.Join(errs...)
}

// tellKey tells what is new of one key. Fewer than before that do not open are not news: they expire.
func (r *recorder) tellKey(of, file string, was, now int) {
	words := ""
	if now > 0 {
		words = fmt.Sprintf(
			"%d %s cannot be opened, because their key is lost or changed: put the right %s back; until then they stay as they are, and new ones have a key of their own beside it",
			now, of, file)
	}
	r.core.warn("key "+of, words)
	switch {
	case now > was:
		r.core.log.Error("sealed sounds cannot be opened: their key is lost or changed", "of", of, "key", file, "count", now)
		r.core.note(fact.KeyChanged{Of: of, State: fact.KeyLost, Locked: now})
	case was > 0 && now == 0:
		r.core.log.Info("the key of sealed sounds is back, or none is left that needs it", "of", of)
		r.core.note(fact.KeyChanged{Of: of, State: fact.KeyBack})
	}
}

// anyLocked says whether something did not open when it was last looked at.
func (r *recorder) anyLocked() bool {
	r.keys.mu.Lock()
	defer r.keys.mu.Unlock()
	for _, n := range r.keys.locked {
		if n > 0 {
			return true
		}
	}
	return false
}
