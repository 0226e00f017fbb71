package httpapi

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
	sessionsMax = 16 // then the one idle for longest ends: each took a code to open
)

// sessions are the people who are signed in, by the hash of what their browser shows. They live in memory: after a restart a new code is needed.
type sessions struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]*session
}

// session is one of them.
type session struct {
	by     string
	opened time.Time
	seen   time.Time
	told   *told // of the last thing they did, until the next
}

// told is what came of a deed, and what stays typed in its form.
type told struct {
	deed   DeedKind
	err    error // nil: it was done
	server string
	claim  string
}

// open signs somebody in and gives what their browser is to show.
func (s *sessions) open(by string, now time.Time) string {
	token := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[[sha256.Size]byte]*session{}
	}
	for key, one := range s.all {
		if one.over(now) {
			delete(s.all, key)
		}
	}
	if len(s.all) >= sessionsMax {
		s.endOldest()
	}
	s.all[sha256.Sum256([]byte(token))] = &session{by: by, opened: now, seen: now}
	return token
}

func (s *sessions) endOldest() {
	var oldest [sha256.Size]byte
	var seen time.Time
	for key, one := range s.all {
		if seen.IsZero() || one.seen.Before(seen) {
			oldest, seen = key, one.seen
		}
	}
	delete(s.all, oldest)
}

func (s *session) over(now time.Time) bool {
	return now.Sub(s.seen) >= sessionIdle || now.Sub(s.opened) >= sessionLife
}

// find is who shows a token, and what they are to be told.
func (s *sessions) find(token string, now time.Time) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	one, ok := s.all[key]
	if !ok {
		return session{}, false
	}
	if one.over(now) {
		delete(s.all, key)
		return session{}, false
	}
	one.seen = now
	return *one, true
}

// tell leaves words for the page that a session sees next.
func (s *sessions) tell(token string, what *told) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.all[sha256.Sum256([]byte(token))]; ok {
		one.told = what
	}
}

// end signs somebody out.
func (s *sessions) end(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, sha256.Sum256([]byte(token)))
}
