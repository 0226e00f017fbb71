package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange/fact"
)

// seenEvery is how often a known caller's last visit is written again.
const seenEvery = 24 * time.Hour

// mostPeople bounds the subjects that wait for the disk; beyond, the oldest can no longer be named later, but keep their id.
const mostPeople = 65536

var (
	// ErrErased says the person asked to be forgotten.
	ErrErased = errors.New("erased")
	// ErrUnknownSubject says nobody is known under that id.
	ErrUnknownSubject = errors.New("unknown subject")
	// ErrKeyLost says the box's key was lost or changed, so that the person cannot be named any more.
	ErrKeyLost = errors.New("the key of the subjects was lost")
)

// Person is who a subject is.
type Person struct {
	Number string `json:"number"`
	Name   string `json:"name,omitempty"`
}

// known is what memory keeps of a subject: nothing that names anybody.
type known struct {
	id   fact.Subject
	seen int64  // ms; 0: while the clock was not sure
	name uint64 // keyed hash of the last name
}

// sealedPerson is a row of the subjects on its way to the disk.
type sealedPerson struct {
	id      fact.Subject
	lookup  lookup
	wrapped []byte
	sealed  []byte
	seen    int64
}

// subjects is what is known of people outside; the journal's lock guards it.
type subjects struct {
	byNumber map[lookup]known
	queue    []sealedPerson
	flight   int
}

func (s *subjects) waiting() int { return len(s.queue) }

func (s *subjects) take() []sealedPerson {
	s.flight = min(len(s.queue), mostCommit)
	return slices.Clone(s.queue[:s.flight])
}

func (s *subjects) landed(ok bool) {
	if ok {
		clear(s.queue[:s.flight])
		s.queue = s.queue[s.flight:]
	}
	s.flight = 0
}

// put queues a row; a full queue loses its oldest that is not being written.
func (s *subjects) put(p sealedPerson) {
	if len(s.queue) >= mostPeople {
		s.queue = slices.Delete(s.queue, s.flight, s.flight+1)
	}
	s.queue = append(s.queue, p)
}

// forget removes subjects from memory by id.
func (s *subjects) forget(ids []string) {
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	for l, k := range s.byNumber {
		if _, is := slices.BinarySearch(ids, string(k.id)); is {
			delete(s.byNumber, l)
		}
	}
}

// openSubjects reads the box's key and who is known.
func (j *Journal) openSubjects(ctx context.Context) (err error) {
	j.subjects.byNumber = map[lookup]known{}
	return j.file.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id, lookup, seen FROM subject WHERE lookup IS NOT NULL")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k known
			var l []byte
			if err := rows.Scan(&k.id, &l, &k.seen); err != nil {
				return err
			}
			j.subjects.byNumber[lookup(l)] = k
		}
		if err := rows.Err(); err != nil {
			return err
		}
		j.keys, err = openKeys(j.dir, len(j.subjects.byNumber) > 0)
		return err
	})
}

// Subject is the id under which facts name a person. The same number has the same id until it is erased or long forgotten. An empty number has none. It
// does not wait for the disk.
func (j *Journal) Subject(number, name string) fact.Subject {
	number = strings.TrimSpace(number)
	if number == "" {
		return ""
	}
	l, h, now := j.keys.lookup(number), j.keys.nameHash(name), time.Now().UnixMilli()
	sure := j.options.Sure()
	if !sure {
		now = 0 // the first look with a clock that is sure gives it a date
	}
	j.mu.Lock()
	k, is := j.subjects.byNumber[l]
	j.mu.Unlock()
	// A known person without a name keeps the one they had.
	fresh := now-k.seen < seenEvery.Milliseconds()
	if !sure {
		fresh = k.seen == 0
	}
	if is && fresh && (name == "" || h == k.name) {
		return k.id
	}
	if !is {
		k.id = newSubject()
	}
	p := sealedPerson{id: k.id, lookup: l, seen: now}
	if !is || name != "" {
		p.wrapped, p.sealed = j.keys.seal(k.id, Person{Number: number, Name: name})
		k.name = h
	}
	k.seen = now
	j.mu.Lock()
	defer j.mu.Unlock()
	if other, found := j.subjects.byNumber[l]; found && other.id != k.id {
		return other.id // another call by the same number was faster
	}
	if j.closed {
		return k.id
	}
	j.subjects.byNumber[l] = k
	j.subjects.put(p)
	poke(j.wake)
	return k.id
}

// Subjects are all ids under which facts name a person, whichever way their number was written, sorted; it gives none to a number they do not name.
func (j *Journal) Subjects(ctx context.Context, spellings ...string) (all []fact.Subject, err error) {
	var lookups []lookup
	for _, number := range spellings {
		if number = strings.TrimSpace(number); number != "" {
			lookups = append(lookups, j.keys.lookup(number))
		}
	}
	j.mu.Lock()
	for _, l := range lookups { // some may not be on the disk yet
		if k, is := j.subjects.byNumber[l]; is {
			all = append(all, k.id)
		}
	}
	j.mu.Unlock()
	err = j.file.Read(ctx, func(tx *sql.Tx) error {
		for _, l := range lookups {
			rows, err := tx.QueryContext(ctx, "SELECT id FROM subject WHERE lookup = ?", l[:])
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id string
				if err := rows.Scan(&id); err != nil {
					return err
				}
				all = append(all, fact.Subject(id))
			}
			if err := rows.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	slices.Sort(all)
	return slices.Compact(all), err
}

// newSubject makes an id that tells nothing about the number.
func newSubject() fact.Subject {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return fact.Subject("s" + hex.EncodeToString(b[:]))
}

// insertSubjects writes queued people. Somebody who was erased meanwhile stays so.
func (j *Journal) insertSubjects(ctx context.Context, tx *sql.Tx, people []sealedPerson) error {
	const insert = `INSERT INTO subject (id, lookup, wrapped, sealed, seen) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, wrapped = coalesce(excluded.wrapped, wrapped), sealed = coalesce(excluded.sealed, sealed) WHERE erased IS NULL`
	for _, p := range people {
		if _, err := tx.ExecContext(ctx, insert, string(p.id), p.lookup[:], p.wrapped, p.sealed, p.seen); err != nil {
			return err
		}
	}
	return nil
}

// Reveal names a subject: ErrErased, ErrUnknownSubject and ErrKeyLost say why not.
func (j *Journal) Reveal(ctx context.Context, s fact.Subject) (Person, error) {
	var wrapped, sealed []byte
	var erased sql.NullInt64
	j.mu.Lock()
	for _, p := range slices.Backward(j.subjects.queue) {
		if p.id == s && p.sealed != nil {
			wrapped, sealed = p.wrapped, p.sealed
			break
		}
	}
	j.mu.Unlock()
	if sealed == nil {
		err := j.file.Read(ctx, func(tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT wrapped, sealed, erased FROM subject WHERE id = ?", string(s)).Scan(&wrapped, &sealed, &erased)
		})
		if errors.Is(err, sql.ErrNoRows) {
			return Person{}, ErrUnknownSubject
		}
		if err != nil {
			return Person{}, err
		}
	}
	if erased.Valid || wrapped == nil {
		return Person{}, ErrErased
	}
	plain, err := j.keys.open(s, wrapped, sealed)
	if err != nil {
		return Person{}, err
	}
	var p Person
	if err := json.Unmarshal(plain, &p); err != nil {
		return Person{}, ErrKeyLost
	}
	return p, nil
}

// Erase drops the key of a subject, for good: facts keep the id, nobody can tell any more who it was, and the next call by that number gets another id.
// When it returns nil the key is off the disk, but for files that were set aside as damaged (Health lists them).
func (j *Journal) Erase(ctx context.Context, s fact.Subject) error {
	j.mu.Lock()
	for l, k := range j.subjects.byNumber {
		if k.id == s {
			delete(j.subjects.byNumber, l)
		}
	}
	kept := slices.Clone(j.subjects.queue[:j.subjects.flight]) // being written; the row below wins over them
	for _, p := range j.subjects.queue[j.subjects.flight:] {
		if p.id != s {
			kept = append(kept, p)
		}
	}
	waited := len(kept) < len(j.subjects.queue) || slices.ContainsFunc(kept, func(p sealedPerson) bool { return p.id == s })
	j.subjects.queue = kept
	j.mu.Unlock()
	err := j.file.Write(ctx, func(tx *sql.Tx) error {
		now := time.Now().UnixMilli()
		if waited {
			_, err := tx.ExecContext(ctx, "INSERT INTO subject (id, seen, erased) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING", string(s), now, now)
			if err != nil {
				return err
			}
		}
		done, err := tx.ExecContext(ctx, "UPDATE subject SET lookup = NULL, wrapped = NULL, sealed = NULL, erased = coalesce(erased, ?) WHERE id = ?", now, string(s))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrUnknownSubject
	})
	if err != nil {
		return err
	}
	return j.file.Flush(ctx)
}
