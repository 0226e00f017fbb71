package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	sessionIdle    = 2 * time.Hour  // without a request or an open page
	sessionLife    = 14 * time.Hour // a long day with its breaks
	sessionsMax    = 2000
	sessionsOne    = 8 // of one person; then the one idle for longest ends
	sessionFile    = "sessions.json"
	sessionVersion = 1
	sessionBytes   = 4 << 20
)

// Session is somebody who has proved who they are.
type Session struct {
	Person ID     `json:"person,omitempty"`
	Guest  string `json:"guest,omitempty"` // who asked for the code they came in with, when they have no name here
	Opened int64  `json:"opened"`          // Unix ms
	Seen   int64  `json:"seen"`
}

// Sessions are the people who are signed in, by the hash of what their browser shows. They outlive a restart of the program in a file that is gone
// after a power cut. Methods may be called on any goroutine.
type Sessions struct {
	path string
	mu   sync.Mutex
	all  map[string]Session
}

// OpenSessions reads who was signed in when the program before ended. A file that cannot be understood signs everybody out.
func OpenSessions(dir string) (*Sessions, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	s := &Sessions{path: filepath.Join(dir, sessionFile), all: map[string]Session{}}
	text, err := readBounded(s.path, sessionBytes)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errLarge) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	var kept sessionsKept
	if json.Unmarshal(text, &kept) == nil && kept.Version == sessionVersion && kept.All != nil {
		s.all = kept.All
	}
	return s, nil
}

type sessionsKept struct {
	Version int                `json:"version"`
	All     map[string]Session `json:"all"` // by the SHA-256 of the token, hex
}

// Begin signs somebody in and gives what their browser is to show. The token is new each time, whatever the browser showed before.
func (s *Sessions) Begin(who Session) (token string, err error) {
	token = rand.Text()
	now := time.Now().UnixMilli()
	who.Opened, who.Seen = now, now
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.all, func(_ string, o Session) bool { return o.over(now) })
	s.makeRoom(len(s.all) >= sessionsMax, func(Session) bool { return true })
	mine := func(o Session) bool { return o.Person == who.Person && o.Guest == who.Guest }
	n := 0
	for _, o := range s.all {
		if mine(o) {
			n++
		}
	}
	s.makeRoom(n >= sessionsOne, mine)
	key := tokenKey(token)
	s.all[key] = who
	if err := s.keep(); err != nil {
		delete(s.all, key)
		return "", err
	}
	return token, nil
}

// makeRoom ends the session that was idle for longest among some.
func (s *Sessions) makeRoom(needed bool, among func(Session) bool) {
	if !needed {
		return
	}
	oldest, seen := "", int64(0)
	for key, o := range s.all {
		if among(o) && (oldest == "" || o.Seen < seen || o.Seen == seen && key < oldest) {
			oldest, seen = key, o.Seen
		}
	}
	delete(s.all, oldest)
}

func (o Session) over(now int64) bool {
	return now-o.Seen >= sessionIdle.Milliseconds() || now-o.Opened >= sessionLife.Milliseconds() || now < o.Opened-time.Minute.Milliseconds()
}

// Find is whose session a token is, and notes that it lives. When it was last seen is kept on the disk only with the next change: a restart
// makes nobody idle for longer than they were.
func (s *Sessions) Find(token string) (Session, bool) {
	now := time.Now().UnixMilli()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := tokenKey(token)
	o, ok := s.all[key]
	if !ok {
		return Session{}, false
	}
	if o.over(now) {
		delete(s.all, key)
		return Session{}, false
	}
	o.Seen = now
	s.all[key] = o
	return o, true
}

// End signs out whoever shows a token.
func (s *Sessions) End(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, tokenKey(token))
	return s.keep()
}

// EndOf signs a person out everywhere, but for the session of a token; "" spares none.
func (s *Sessions) EndOf(who ID, but string) error {
	spared := tokenKey(but)
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.all, func(key string, o Session) bool { return o.Person == who && key != spared })
	return s.keep()
}

func (s *Sessions) keep() error {
	return keepJSON("sessions", s.path, sessionsKept{sessionVersion, s.all})
}

func tokenKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
