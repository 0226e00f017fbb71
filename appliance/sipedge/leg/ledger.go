package leg

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"autocom/appliance/exchange/plan"
)

// Book is the ledger of dialogs: one file a leg in a directory that lives as long as the box runs (on /run), so that a core that starts
// again finds the dialogs of the one before.
type Book struct {
	dir   string
	limit int

	mu   sync.Mutex
	size int
	err  error // of the last write that failed
}

// MaxDialogs is how many dialogs a ledger holds.
const MaxDialogs = 4096

// maxRecord bounds one file that is read back, in bytes.
const maxRecord = 256 << 10

const suffix = ".leg"

// OpenBook opens the ledger in dir, which is made if it is not there, readable by its owner only.
func OpenBook(dir string) (*Book, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("leg: ledger: %w", err)
	}
	b := &Book{dir: dir, limit: MaxDialogs}
	names, err := b.names()
	if err != nil {
		return nil, err
	}
	b.size = len(names)
	return b, nil
}

func (b *Book) names() ([]string, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, fmt.Errorf("leg: ledger: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), suffix) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// path is the file of a leg. Leg ids are made by the box of letters, digits and hyphens; anything else stays out of the directory.
func (b *Book) path(id plan.LegID) (string, bool) {
	ok := id != "" && len(id) < 128 && !strings.ContainsFunc(string(id), func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	return filepath.Join(b.dir, string(id)+suffix), ok
}

// Write keeps a state. A ledger that cannot be written does not stop calls: [Book.Err] tells.
func (b *Book) Write(s *State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = b.write(s)
}

func (b *Book) write(s *State) error {
	path, ok := b.path(s.Leg)
	if !ok {
		return fmt.Errorf("leg: ledger: %q is no leg id", s.Leg)
	}
	_, err := os.Lstat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh && b.size >= b.limit {
		return fmt.Errorf("leg: ledger: more than %d dialogs", b.limit)
	}
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("leg: ledger: %w", err)
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("leg: ledger: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("leg: ledger: %w", err)
	}
	if fresh {
		b.size++
	}
	return nil
}

// Remove forgets a leg.
func (b *Book) Remove(id plan.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	path, ok := b.path(id)
	if !ok {
		return
	}
	switch err := os.Remove(path); {
	case err == nil:
		b.size--
	case !errors.Is(err, fs.ErrNotExist):
		b.err = fmt.Errorf("leg: ledger: %w", err)
	}
}

// Err is what went wrong with the last write, nil when it went well.
func (b *Book) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Read returns every state in the ledger, sorted by leg. What cannot be read is left out, removed and named in the error.
func (b *Book) Read() ([]*State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	names, err := b.names()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var states []*State
	var bad error
	for _, name := range names {
		s, err := readRecord(filepath.Join(b.dir, name))
		if err != nil {
			bad = errors.Join(bad, fmt.Errorf("leg: ledger: %s: %w", name, err), os.Remove(filepath.Join(b.dir, name)))
			b.size--
			continue
		}
		states = append(states, s)
	}
	return states, bad
}

func readRecord(path string) (*State, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRecord {
		return nil, errors.New("too large")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Decode(data)
}

// Decode reads a state as it was written down.
func Decode(data []byte) (*State, error) {
	s := &State{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, err
	}
	if s.Leg == "" || s.Phase >= phases {
		return nil, errors.New("not a leg")
	}
	return s, nil
}

// mark is what a state is written down for.
type mark struct {
	phase               Phase
	localSeq, remoteSeq uint32
	target              string
	media               plan.Media
	described           int
	branches            int
}

// save writes the state when something changed that a restarted core has to know.
func (a *Actor) save() {
	s := a.state
	if a.over || s.Phase == Over || s.Phase == New || s.Phase == Opening || s.Phase == Placing {
		if a.saved != (mark{}) {
			a.owner.Ledger.Remove(a.id)
			a.saved = mark{}
		}
		return
	}
	switch s.Phase {
	case Offered, Alerting, Withdrawing, Ending:
		// Nothing to find again yet, or nothing new: what is written down of a leg that ends still ends it.
		return
	case New, Opening, Placing, Over, Answering, Parting, Calling, Up, Modifying, Reanswering:
	}
	m := mark{s.Phase, s.Dialog.LocalSeq, s.Dialog.RemoteSeq, s.Dialog.Target, s.Session.Media, len(s.Session.Ours), 0}
	for i := range s.Branches {
		if s.Branches[i].Phase == Lost {
			m.branches++
		}
	}
	if m == a.saved {
		return
	}
	a.saved = m
	a.owner.Ledger.Write(s)
}
