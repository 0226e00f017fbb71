package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// Keeper holds the document the box lives by, and the last one that was good.
// Current may be called on any goroutine; Load may be too, one at a time takes effect.
type Keeper struct {
	path     string // the document as people write it
	lastGood string // the last one that passed, complete, as JSON
	mu       sync.Mutex
	current  atomic.Pointer[Document]
}

// ProblemsError carries everything that is wrong with a document.
type ProblemsError struct {
	File     string
	Problems []Problem
}

func (e *ProblemsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s has %d problem(s):", e.File, len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// NewKeeper keeps the document at path. The last good one is kept in stateDir, readable by the box alone since it holds secrets.
func NewKeeper(path, stateDir string) *Keeper {
	return &Keeper{path: path, lastGood: filepath.Join(stateDir, "site.last-good.json")}
}

// Current is the document in force, nil before the first Load that succeeded.
func (k *Keeper) Current() *Document { return k.current.Load() }

// Load reads the document again. When it is good, and prepare has built what it needs, it is in force from here on; when not, the one in force
// stays, and the error (a *ProblemsError, one of reading, or prepare's) says why. prepare must leave nothing behind that is used when it fails.
func (k *Keeper) Load(prepare func(*Document) error) (*Document, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	doc, err := ReadFile(k.path)
	if err != nil {
		return nil, err
	}
	if err := prepare(doc); err != nil {
		return nil, err
	}
	if err := k.keep(doc); err != nil {
		return nil, err
	}
	k.current.Store(doc)
	return doc, nil
}

// LoadLastGood puts the last good document in force. It is for a start at which the document itself cannot be used.
func (k *Keeper) LoadLastGood() (*Document, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	doc, err := ReadFile(k.lastGood)
	if err != nil {
		return nil, fmt.Errorf("no last good document: %w", err)
	}
	k.current.Store(doc)
	return doc, nil
}

func (k *Keeper) keep(doc *Document) error {
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	tmp := k.lastGood + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keep the last good document: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(tmp, k.lastGood)
	}
	if err != nil {
		return fmt.Errorf("keep the last good document: %w", err)
	}
	return nil
}

// ReadFile reads and checks one document. The names of sound files in it become absolute.
func ReadFile(path string) (*Document, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("site document: %w", err)
	}
	if info.Size() > MaxBytes {
		return nil, &ProblemsError{File: path, Problems: []Problem{{Sentence: "the file is too large", Remedy: fmt.Sprintf("keep it under %d bytes", MaxBytes)}}}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("site document: %w", err)
	}
	doc, problems := Parse(text)
	for i, s := range doc.Sounds {
		if s.File == "" {
			continue
		}
		if !filepath.IsAbs(s.File) {
			abs, err := filepath.Abs(filepath.Join(filepath.Dir(path), s.File))
			if err != nil {
				return nil, fmt.Errorf("site document: %w", err)
			}
			doc.Sounds[i].File = abs
		}
		if _, err := os.Stat(doc.Sounds[i].File); err != nil {
			problems = append(problems, Problem{Path: fmt.Sprintf("sounds[%d].file", i), Sentence: err.Error(), Remedy: "put the file there, or mend the name"})
		}
	}
	if len(problems) > 0 {
		return nil, &ProblemsError{File: path, Problems: problems}
	}
	return &doc, nil
}
