package steward

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"autocom/hwio/netif"
)

// Networkd takes new files over. Its methods are called on the keeper's goroutine and may block until their context ends.
type Networkd interface {
	// Reload makes systemd-networkd read its files again.
	Reload(ctx context.Context) error
	// Delete takes away a VLAN's device that no file names any more; one that is not there is no error.
	Delete(ctx context.Context, device string) error
}

const (
	trialTime  = time.Minute
	applyTime  = 20 * time.Second // that networkd may take
	againAfter = 5 * time.Second
)

// keeper owns the network's settings: one goroutine, asked through a mailbox of one.
type keeper struct {
	state    string // folder of the paper
	folder   string // of networkd's files
	networkd Networkd
	links    netif.Network
	socket   string // the interface to set; empty: the main one
	whole    time.Duration
	log      *slog.Logger

	asks chan ask
	stop context.CancelFunc
	done chan struct{}

	// Of the goroutine alone.
	desk  Desk
	until time.Time
	clock *time.Timer
}

type ask struct {
	in     Input // nil: only look
	answer chan answered
}

type answered struct {
	desk  Desk
	until time.Time
	err   error
}

// begin reads the paper and puts the network back when the box went down in the middle of a trial.
func (k *keeper) begin() error {
	p, err := readPaper(k.state)
	if errors.Is(err, errGarbled) {
		// Nobody can tell any more what was before: the network stays as it is, and the paper is kept for whoever asks.
		k.log.Error("the note of the network's settings is garbled and was put aside", "err", err)
		err = os.Rename(filepath.Join(k.state, paperFile), filepath.Join(k.state, paperFile+".bad"))
	}
	if err != nil {
		return fmt.Errorf("the network's settings cannot be read: %w", err)
	}
	k.desk = Desk{Kept: p.Kept}
	if p.Trial != nil {
		k.desk.State, k.desk.Tried = OnTrial, p.Trial
	}
	ctx, stop := context.WithCancel(context.Background())
	k.asks, k.stop, k.done = make(chan ask), stop, make(chan struct{})
	k.clock = time.NewTimer(time.Hour)
	k.clock.Stop()
	go k.run(ctx)
	return nil
}

// close puts an unkept trial back, as far as that is possible now; what is not possible is done at the next start.
func (k *keeper) close() {
	k.stop()
	<-k.done
}

func (k *keeper) run(ctx context.Context) {
	defer close(k.done)
	if err := k.take(ctx, Boot{}); err != nil {
		k.log.Warn("the network could not be put back yet", "err", err)
	}
	for {
		select {
		case <-ctx.Done():
			k.clock.Stop()
			if k.desk.State != Settled {
				if err := k.take(context.Background(), Revert{}); err != nil {
					k.log.Warn("a network change on trial goes back at the next start", "err", err)
				}
			}
			return
		case <-k.clock.C:
			if err := k.take(ctx, Expired{}); err != nil {
				k.log.Warn("the network could not be put back yet", "err", err)
			}
		case a := <-k.asks:
			var err error
			if a.in != nil {
				err = k.take(ctx, a.in)
			}
			a.answer <- answered{k.desk, k.until, err}
		}
	}
}

// ask hands an input to the goroutine.
func (k *keeper) ask(ctx context.Context, in Input) (answered, error) {
	a := ask{in, make(chan answered, 1)}
	select {
	case k.asks <- a:
	case <-k.done:
		return answered{}, errors.New("the steward is stopping")
	case <-ctx.Done():
		return answered{}, ctx.Err()
	}
	got := <-a.answer
	return got, got.err
}

// take steps until there is nothing to do, and says what went wrong on the way.
func (k *keeper) take(ctx context.Context, in Input) error {
	var failures error
	for {
		next, action, err := Step(k.desk, in)
		if err != nil {
			return err
		}
		if next.State != k.desk.State {
			k.log.Info("network change", "state", next.State.String())
		}
		k.desk = next
		switch action {
		case Nothing:
			return failures
		case Wait:
			k.until = time.Now().Add(k.whole)
			k.clock.Reset(k.whole)
			return failures
		case Again:
			k.clock.Reset(againAfter)
			return failures
		case PutTrial:
			err = k.putTrial(ctx)
		case PutKept:
			k.clock.Stop()
			err = writePaper(k.state, paper{Kept: k.desk.Tried})
		case PutBack:
			k.clock.Stop()
			err = k.putBack(ctx)
		}
		in = Done{}
		if err != nil {
			in, failures = Failed{}, errors.Join(failures, err)
		}
	}
}

func (k *keeper) putTrial(ctx context.Context) error {
	// The disk knows of the trial before the network does: whatever happens from here on, the next start goes back.
	if err := writePaper(k.state, paper{k.desk.Kept, k.desk.Tried}); err != nil {
		return fmt.Errorf("the trial could not be noted, so nothing was changed: %w", err)
	}
	return k.apply(ctx, k.desk.Tried, k.desk.Kept)
}

func (k *keeper) putBack(ctx context.Context) error {
	if err := k.apply(ctx, k.desk.Kept, k.desk.Tried); err != nil {
		return err
	}
	return writePaper(k.state, paper{Kept: k.desk.Kept})
}

// apply brings networkd from the settings before to now; nil stands for none of our files.
func (k *keeper) apply(ctx context.Context, now, before *Settings) error {
	files := map[string]string{}
	if now != nil {
		p, problems := now.parse()
		if problems != nil { // written by another version of the program
			return &ProblemsError{problems}
		}
		socket, err := k.target()
		if err != nil {
			return err
		}
		files = render(p, socket)
	}
	for _, name := range ownFiles() {
		path := filepath.Join(k.folder, name)
		var err error
		if text, wanted := files[name]; wanted {
			err = replace(path, []byte(text), 0o644)
		} else if err = os.Remove(path); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return fmt.Errorf("network files: %w", err)
		}
	}
	if err := syncDir(k.folder); err != nil {
		return fmt.Errorf("network files: %w", err)
	}
	ctx, over := context.WithTimeout(ctx, applyTime)
	defer over()
	if before != nil && before.VLAN != 0 && (now == nil || now.VLAN != before.VLAN) {
		if err := k.networkd.Delete(ctx, device(before.VLAN)); err != nil {
			return fmt.Errorf("the old VLAN could not be taken away: %w", err)
		}
	}
	if err := k.networkd.Reload(ctx); err != nil {
		return fmt.Errorf("the network did not take its settings over: %w", err)
	}
	return nil
}

// target is the interface the settings are for.
func (k *keeper) target() (string, error) {
	if k.socket != "" {
		return k.socket, nil
	}
	s, err := k.links.Read()
	if i, ok := s.Main(); ok {
		return i.Name, nil
	}
	return "", errors.Join(&ProblemsError{[]Problem{problem("interface", "interface", "")}}, err)
}

// newToken is what keeps a trial: 128 random bits.
func newToken() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b)
}

// same compares tokens without telling by its time where they differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
