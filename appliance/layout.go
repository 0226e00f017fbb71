// Package appliance puts the box together: it builds every part from the site document, and starts and stops them in order.
//
// It is the only composition root: parts at the rim do not know one another and meet here.
package appliance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"autocom/appliance/site"
)

// Layout is where a box keeps its things.
type Layout struct {
	Site    string // the site document
	State   string // journal, recordings, keys: must last
	Run     string // sockets, the dialog ledger, what a core hands to the next: may be lost with the power
	Version string // of this program
}

func (l Layout) mediaSocket() string   { return filepath.Join(l.Run, "media.sock") }
func (l Layout) consoleSocket() string { return filepath.Join(l.Run, "console.sock") }
func (l Layout) soundOrder() string    { return filepath.Join(l.Run, "media.json") }
func (l Layout) ledger() string        { return filepath.Join(l.Run, "dialogs") }
func (l Layout) handover() string      { return filepath.Join(l.Run, "handover.json") }
func (l Layout) journal() string       { return filepath.Join(l.State, "journal") }
func (l Layout) recordings() string    { return filepath.Join(l.State, "recordings") }
func (l Layout) voicemail() string     { return filepath.Join(l.State, "voicemail") }
func (l Layout) minEpoch() string      { return filepath.Join(l.State, "min-epoch") }
func (l Layout) statistics() string    { return filepath.Join(l.State, "statistics.json") }
func (l Layout) lasting() string       { return filepath.Join(l.State, "lasting.json") }
func (l Layout) calendar() string      { return filepath.Join(l.State, "clock.json") }
func (l Layout) campaigns() string     { return filepath.Join(l.State, "campaigns.json") }
func (l Layout) sounds() string        { return filepath.Join(l.State, "sounds") }

func (l Layout) make() error {
	for _, d := range []struct {
		path string
		mode os.FileMode
	}{{l.State, 0o750}, {l.Run, 0o750}, {l.ledger(), 0o700}} {
		if err := os.MkdirAll(d.path, d.mode); err != nil {
			return fmt.Errorf("%w: choose a place this user may write with --dir, or make it", err)
		}
	}
	return nil
}

// makeRun makes the directory of the sockets alone, for a process that keeps nothing.
func (l Layout) makeRun() error {
	if err := os.MkdirAll(l.Run, 0o750); err != nil {
		return fmt.Errorf("%w: choose a place this user may write with --run-dir, or make it", err)
	}
	return nil
}

// Prepare says what would keep a box from starting with this layout, before anything is started, and leaves the media process its order: that of
// a start before this one may be of another document.
func Prepare(l Layout) error {
	if err := l.make(); err != nil {
		return err
	}
	doc, err := readSite(l)
	if err != nil {
		return err
	}
	return orderSound(l, doc)
}

// readSite is the document a core would live by: the site document, or the last good one.
func readSite(l Layout) (*site.Document, error) {
	doc, err := site.ReadFile(l.Site)
	if err == nil {
		return doc, nil
	}
	if last, lastErr := site.NewKeeper(l.Site, l.State).LoadLastGood(); lastErr == nil {
		return last, nil
	}
	return nil, hint(err)
}

func hint(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: name it with --site, or copy site.example.yaml there", err)
	}
	return err
}

// loadSite takes the site document or, when it cannot be used, the last good one; why is then what is wrong with the document itself.
func loadSite(l Layout, prepare func(*site.Document) error) (k *site.Keeper, why, err error) {
	k = site.NewKeeper(l.Site, l.State)
	_, why = k.Load(prepare)
	if why == nil {
		return k, nil, nil
	}
	last, err := k.LoadLastGood()
	if err != nil {
		return nil, nil, hint(why)
	}
	return k, why, prepare(last)
}
