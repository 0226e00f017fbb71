package leg

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"autocom/appliance/exchange/plan"
)

// Book is the ledger of dialogs: one file in a directory that lives as long as the box runs (on /run), so that a core that starts again finds
// the dialogs of the one before. A state is added to the end of the file, one line and one write; the end of a leg is a line too. What is no
// longer true is swept out when it outweighs the rest, and as soon as no dialog is left.
type Book struct {
	path  string
	limit int

	mu   sync.Mutex
	file *os.File
	kept map[plan.LegID]span // the last line of each leg that lives
	end  int64               // of the file, in bytes
	live int64               // bytes of it that kept names
	line bytes.Buffer
	err  error // of the last write that failed
	bad  error // lines that could not be read when the book was opened
}

// span is where a line is, without its end of line.
type span struct{ at, len int64 }

const (
	// MaxDialogs is how many dialogs a ledger holds.
	MaxDialogs = 4096
	// maxRecord bounds one line, in bytes.
	maxRecord = 256 << 10
	// sweepAbove is the bytes of dead lines below which sweeping is not worth its time.
	sweepAbove = 1 << 20
)

// record is a line: a leg's state, or its end.
type record struct {
	Over plan.LegID `json:"over,omitempty"`
	*State
}

// OpenBook opens the ledger in dir, which is made if it is not there, readable by its owner only.
func OpenBook(dir string) (*Book, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("leg: ledger: %w", err)
	}
	b := &Book{path: filepath.Join(dir, "ledger"), limit: MaxDialogs, kept: make(map[plan.LegID]span)}
	var err error
	if b.file, err = openLedger(b.path, 0); err != nil {
		return nil, err
	}
	if err := b.scan(); err != nil {
		return nil, errors.Join(err, b.file.Close())
	}
	return b, nil
}

func openLedger(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|flag, 0o600)
	if err != nil {
		return nil, fmt.Errorf("leg: ledger: %w", err)
	}
	return f, nil
}

// scan finds the lines that count. A line that cannot be read, such as one that was torn by the end of the process, is left out and told by
// the first Read.
func (b *Book) scan() error {
	r := bufio.NewReaderSize(b.file, maxRecord)
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		at := b.end
		b.end += int64(len(line))
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = r.ReadSlice('\n')
			b.end += int64(len(line))
			line = nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("leg: ledger: %w", err)
		}
		if len(line) > 0 || b.end > at {
			if bad := b.note(at, line); bad != nil {
				b.bad = errors.Join(b.bad, fmt.Errorf("leg: ledger: %s: line %d: %w", b.path, n, bad))
			}
		}
		if err != nil {
			break
		}
	}
	if b.bad != nil {
		return b.rewrite() // or the next line would be added to the torn one
	}
	return nil
}

// note takes one line into account.
func (b *Book) note(at int64, line []byte) error {
	text, whole := bytes.CutSuffix(line, []byte{'\n'})
	if !whole {
		return errors.New("torn, or too long")
	}
	over, s, err := decode(text)
	switch {
	case err != nil:
		return err
	case over != "":
		b.forget(over)
	case b.kept[s.Leg] == (span{}) && len(b.kept) >= b.limit:
		return fmt.Errorf("more than %d dialogs", b.limit)
	default:
		b.keep(s.Leg, span{at, int64(len(text))})
	}
	return nil
}

func (b *Book) keep(id plan.LegID, s span) {
	b.live += s.len - b.kept[id].len
	b.kept[id] = s
}

func (b *Book) forget(id plan.LegID) {
	b.live -= b.kept[id].len
	delete(b.kept, id)
}

// Write keeps a state. A ledger that cannot be written does not stop calls: [Book.Err] tells.
func (b *Book) Write(s *State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	line, err := b.encode(s)
	switch _, known := b.kept[s.Leg]; {
	case err != nil:
	case !named(s.Leg):
		err = fmt.Errorf("%q is no leg id", s.Leg)
	case len(line) > maxRecord:
		err = errors.New("a dialog that is too large")
	case !known && len(b.kept) >= b.limit:
		err = fmt.Errorf("more than %d dialogs", b.limit)
	default:
		at := b.end
		if err = b.add(line); err == nil {
			b.keep(s.Leg, span{at, int64(len(line)) - 1})
			err = b.sweep()
		}
	}
	b.fail(err)
}

// named reports whether a leg id is one of the box's: letters, digits and hyphens.
func named(id plan.LegID) bool {
	return id != "" && len(id) < 128 && !strings.ContainsFunc(string(id), func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func (b *Book) fail(err error) {
	b.err = nil
	if err != nil {
		b.err = fmt.Errorf("leg: ledger: %w", err)
	}
}

// encode writes v as a line, which is good until the next one.
func (b *Book) encode(v any) ([]byte, error) {
	b.line.Reset()
	e := json.NewEncoder(&b.line)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.line.Bytes(), err
}

// add puts a line at the end of the file. Half a line, from a disk that is full, is taken back.
func (b *Book) add(line []byte) error {
	n, err := b.file.Write(line)
	if err != nil && n > 0 {
		err = errors.Join(err, b.file.Truncate(b.end))
		return err
	}
	b.end += int64(n)
	return err
}

// Remove forgets a leg.
func (b *Book) Remove(id plan.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.kept[id]; !known {
		return
	}
	b.forget(id)
	if len(b.kept) == 0 {
		b.fail(b.empty())
		return
	}
	line, err := b.encode(record{Over: id})
	if err == nil {
		err = b.add(line)
	}
	b.fail(err)
}

// empty forgets everything at once: who called does not stay on the box for longer than the call.
func (b *Book) empty() error {
	if err := b.file.Truncate(0); err != nil {
		return err
	}
	b.end, b.live = 0, 0
	return nil
}

// Sweep drops the lines that do not count at once: somebody asked to be forgotten, and their last call may still be among them.
func (b *Book) Sweep() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.rewrite(); err != nil {
		return fmt.Errorf("leg: ledger: %w", err)
	}
	return nil
}

// sweep drops the lines that do not count, when they outweigh the others.
func (b *Book) sweep() error {
	if dead := b.end - b.live; dead < sweepAbove || dead < b.live {
		return nil
	}
	return b.rewrite()
}

// rewrite puts the lines that count into a new file.
func (b *Book) rewrite() error {
	fresh, err := openLedger(b.path+".new", os.O_TRUNC)
	if err != nil {
		return err
	}
	ids := make([]plan.LegID, 0, len(b.kept))
	for id := range b.kept {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	moved := make(map[plan.LegID]span, len(ids))
	var all bytes.Buffer
	for _, id := range ids {
		s := b.kept[id]
		moved[id] = span{int64(all.Len()), s.len}
		if _, err = io.Copy(&all, io.NewSectionReader(b.file, s.at, s.len)); err != nil {
			return errors.Join(err, fresh.Close())
		}
		all.WriteByte('\n')
	}
	if _, err = fresh.Write(all.Bytes()); err == nil {
		err = os.Rename(b.path+".new", b.path)
	}
	if err != nil {
		return errors.Join(err, fresh.Close())
	}
	err = b.file.Close()
	b.file, b.kept, b.end, b.live = fresh, moved, int64(all.Len()), int64(all.Len()-len(ids))
	return err
}

// Err is what went wrong with the last write, nil when it went well.
func (b *Book) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Read returns every state in the ledger, sorted by leg. What cannot be read is left out, forgotten and named in the error.
func (b *Book) Read() ([]*State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bad := b.bad
	b.bad = nil
	var states []*State
	for id, at := range b.kept {
		line := make([]byte, at.len)
		_, err := b.file.ReadAt(line, at.at)
		var s *State
		if err == nil {
			s, err = Decode(line)
		}
		if err != nil {
			bad = errors.Join(bad, fmt.Errorf("leg: ledger: %s: %w", id, err))
			b.forget(id)
			continue
		}
		states = append(states, s)
	}
	slices.SortFunc(states, func(a, b *State) int { return strings.Compare(string(a.Leg), string(b.Leg)) })
	return states, bad
}

// Close gives the file back. What is in it stays.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.file.Close()
}

// Decode reads a state as it was written down.
func Decode(data []byte) (*State, error) {
	over, s, err := decode(data)
	if err == nil && over != "" {
		return nil, errNoLeg
	}
	return s, err
}

var errNoLeg = errors.New("not a leg")

func decode(data []byte) (over plan.LegID, s *State, err error) {
	r := record{State: &State{}}
	if err := json.Unmarshal(data, &r); err != nil {
		return "", nil, err
	}
	if r.Over != "" {
		return r.Over, nil, nil
	}
	if r.Leg == "" || r.Phase >= phases {
		return "", nil, errNoLeg
	}
	return "", r.State, nil
}
