// Package prompts is the box's sound library: it turns what the site names into telephone sound, ready to be played.
package prompts

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"autocom/appliance/exchange/plan"
)

// MaxSamples bounds one sound: ten minutes at 8 kHz.
const MaxSamples = 10 * 60 * 8000

// Source is a sound of the site document: its name in plans, the file it comes from, and whether it is music, whose level is set by how loud it sounds.
type Source struct {
	Sound plan.Sound
	File  string
	Music bool
}

// Library keeps each sound as a file of A-law samples at 8 kHz, named by its content, under one directory.
// Its methods may be called on any goroutine; Prepare reads and writes files.
type Library struct {
	dir string

	mu    sync.Mutex
	files map[plan.Sound]string
}

// Open makes a library in dir and puts the sounds that ship in it.
func Open(dir string) (*Library, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("sound library: %w", err)
	}
	l := &Library{dir: dir, files: map[plan.Sound]string{}}
	if err := l.ship(); err != nil {
		return nil, err
	}
	return l, nil
}

// write makes a whole file or none.
func write(path string, text []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, text, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// Prepare adds the sounds of a site, from files of any kind package upload reads. It reads them all before it changes anything, so that a document with one bad
// file changes nothing; the error names each file and what to do with it.
func (l *Library) Prepare(sources []Source) error {
	paths := make([]string, len(sources))
	var problems []error
	for i, s := range sources {
		path, err := l.install(s)
		if err != nil {
			problems = append(problems, fmt.Errorf("sound %s: %w", s.Sound, err))
		}
		paths[i] = path
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range sources {
		l.files[s.Sound] = paths[i]
	}
	return nil
}

// keep files A-law samples under their content's name.
func (l *Library) keep(sound plan.Sound, text []byte) error {
	sum := sha256.Sum256(text)
	path := filepath.Join(l.dir, hex.EncodeToString(sum[:8])+".al")
	if info, err := os.Stat(path); err != nil || info.Size() != int64(len(text)) {
		if err := write(path, text); err != nil {
			return fmt.Errorf("sound %s: %w", sound, err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files[sound] = path
	return nil
}

// Sounds lists what the library holds, sorted.
func (l *Library) Sounds() []plan.Sound {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]plan.Sound, 0, len(l.files))
	for s := range l.files {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

// File opens a sound's A-law samples for reading. The caller closes it.
func (l *Library) File(sound plan.Sound) (*os.File, error) {
	l.mu.Lock()
	path, ok := l.files[sound]
	l.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("there is no sound %s in the library", sound)
	}
	return os.Open(path)
}
