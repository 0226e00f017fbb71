package steward

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Entry is one line of the audit file. What was only looked at, and shown, has none.
type Entry struct {
	At      time.Time       `json:"at"`
	UID     uint32          `json:"uid"`
	User    string          `json:"user"`
	Verb    Verb            `json:"verb,omitempty"`
	Args    json.RawMessage `json:"args,omitempty"`
	Outcome Outcome         `json:"outcome"`
	Words   string          `json:"words,omitempty"` // why it was refused or failed
}

// Outcome is how a verb ended.
type Outcome string

// The outcomes. A verb that changes something has two lines: Asked before it begins, as a restart may cut off the second.
const (
	Asked   Outcome = "asked"
	Carried Outcome = "done"
	Refused Outcome = "refused"
	Broken  Outcome = "failed"
)

// Limits of the audit.
const (
	AuditFile  = "audit.jsonl"
	maxAudit   = 1 << 20     // bytes of a file; then it becomes audit.jsonl.1, and the one before that is gone
	quietReads = time.Minute // of the same question of the same user refused or failed, one line a minute
	maxQuiet   = 256
	maxWords   = 500
)

// audit is the file that only grows, until it is turned over. Any goroutine may write.
type audit struct {
	path string
	size int64 // where it is turned over

	mu   sync.Mutex
	file *os.File
	seen map[question]time.Time
}

type question struct {
	uid  uint32
	verb Verb
}

func openAudit(dir string) (*audit, error) {
	a := &audit{path: filepath.Join(dir, AuditFile), size: maxAudit, seen: map[question]time.Time{}}
	if err := a.open(); err != nil {
		return nil, fmt.Errorf("audit file: %w", err)
	}
	return a, nil
}

func (a *audit) open() error {
	f, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	// A line that a power cut broke off must not swallow the next one.
	if st, err := f.Stat(); err == nil && st.Size() > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, st.Size()-1); err == nil && last[0] != '\n' {
			if _, err := f.WriteString("\n"); err != nil {
				return errors.Join(err, f.Close())
			}
		}
	}
	a.file = f
	return syncDir(filepath.Dir(a.path))
}

// write appends a line and waits for the disk. A reading that was given is not written: the installer's screen alone asks every few seconds, and
// what was changed would be lost among them. One that was not given is written once a minute.
func (a *audit) write(e Entry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.Verb.reads() && e.Outcome == Carried {
		return nil
	}
	if e.Verb.reads() || e.Verb == "" {
		q := question{e.UID, e.Verb}
		if last, ok := a.seen[q]; ok && e.At.Sub(last) < quietReads && e.At.Sub(last) >= 0 {
			return nil
		}
		if len(a.seen) >= maxQuiet {
			clear(a.seen)
		}
		a.seen[q] = e.At
	}
	if len(e.Words) > maxWords {
		e.Words = e.Words[:maxWords]
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if a.file == nil {
		return os.ErrClosed
	}
	if st, err := a.file.Stat(); err == nil && st.Size()+int64(len(line)) >= a.size {
		if err := a.turn(); err != nil {
			return err
		}
	}
	_, err = a.file.Write(append(line, '\n'))
	return errors.Join(err, a.file.Sync())
}

// turn puts the full file aside and begins a new one.
func (a *audit) turn() error {
	err := a.file.Close()
	a.file = nil
	return errors.Join(err, os.Rename(a.path, a.path+".1"), a.open())
}

func (a *audit) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	err := a.file.Close()
	a.file = nil
	return err
}
