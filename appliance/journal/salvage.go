package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/store"
)

// openFile opens the database and checks it. When it is damaged, what can be read goes into a new file and the old one is set aside; the
// start is then decided here, because the new file opens its epoch with what was lost.
func (j *Journal) openFile(ctx context.Context, mark epochMark, found bool, at fact.Moment) (*Start, error) {
	path := filepath.Join(j.dir, fileName)
	if err := resumeSalvage(path); err != nil {
		return nil, err
	}
	forms, err := migrations()
	if err != nil {
		return nil, err
	}
	j.file, err = store.Open(ctx, path, forms, store.SyncFull)
	if err == nil {
		if err = j.check(ctx, !mark.Clean); err == nil {
			return nil, nil
		}
	}
	if store.KindOf(err) != store.Broken {
		return nil, err
	}
	if j.file != nil {
		if err := j.file.Close(); err != nil && store.KindOf(err) != store.Broken {
			return nil, err
		}
		j.file = nil
	}
	s := &salvage{stream: j.stream, mark: mark, found: found, at: at, minEpoch: j.options.MinEpoch, forms: forms}
	return s.run(ctx, path, &j.file)
}

// mostChecked bounds how many rows an unclean start reads, newest first: under a second on a small box. Older rows were on the disk long before the
// stop, and each is checked again whenever it is read.
const mostChecked = 250_000

// check looks for damage: always in the file's structure, and after an unclean stop in the content of the rows too.
func (j *Journal) check(ctx context.Context, rows bool) error {
	if err := j.file.Check(ctx, true); err != nil || !rows {
		return err
	}
	return j.file.Read(ctx, func(tx *sql.Tx) error {
		all, err := tx.QueryContext(ctx, "SELECT "+rowColumns+" FROM fact ORDER BY id DESC LIMIT ?", mostChecked)
		if err != nil {
			return err
		}
		defer all.Close()
		for all.Next() {
			var r row
			if err := r.scan(all); err != nil {
				return err
			}
			if r.sum != r.checksum() {
				return &store.Error{Path: j.file.Path(), Op: "check", Kind: store.Broken, Err: fmt.Errorf("fact %s: %w", j.address(r.id), errSum)}
			}
		}
		return all.Err()
	})
}

// The names of the new file while it is built, and when it is complete but not yet in place.
const (
	partEnd  = ".salvage.part"
	readyEnd = ".salvage"
)

// resumeSalvage finishes or forgets a salvage that a power cut interrupted. Only our own copy is ever removed, and only while the original is there.
func resumeSalvage(path string) error {
	if err := removeFile(path + partEnd); err != nil {
		return err
	}
	if _, err := os.Lstat(path + readyEnd); err != nil {
		return nil //nolint:nilerr // there is none
	}
	if _, err := os.Lstat(path); err == nil {
		return removeFile(path + readyEnd)
	}
	return os.Rename(path+readyEnd, path)
}

func removeFile(path string) error {
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// salvage moves what can be read from a damaged file into a new one.
type salvage struct {
	stream   string
	mark     epochMark
	found    bool
	at       fact.Moment
	minEpoch uint32
	forms    fs.FS

	old   *sql.DB
	last  fact.Address // the last one that was copied, or the end of the hole it reports
	floor int64
	noted uint32 // the epoch noted in the old file
	holes []fact.FactsLost
}

func (s *salvage) run(ctx context.Context, path string, file **store.File) (*Start, error) {
	fresh, err := store.Open(ctx, path+partEnd, s.forms, store.SyncFull)
	if err != nil {
		return nil, err
	}
	result, err := s.fill(ctx, path, fresh)
	if err := errors.Join(err, fresh.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(path+partEnd, path+readyEnd); err != nil {
		return nil, err
	}
	if result.Broken, err = store.SetAside(path, time.Now()); err != nil {
		return nil, err
	}
	if err := os.Rename(path+readyEnd, path); err != nil {
		return nil, err
	}
	if err := store.SyncDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	*file, err = store.Open(ctx, path, s.forms, store.SyncFull)
	return result, err
}

func (s *salvage) fill(ctx context.Context, path string, fresh *store.File) (result *Start, err error) {
	// writable_schema makes SQLite read a file that is shorter than its head says; nothing is written.
	s.old, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=writable_schema(1)&_pragma=query_only(1)"}).String())
	if err != nil {
		return nil, err
	}
	s.old.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, s.old.Close()) }()
	s.last = fact.Address{Stream: s.stream}
	s.readNotes(ctx)
	if err := s.copyFacts(ctx, fresh); err != nil {
		return nil, err
	}
	if err := s.copyRest(ctx, fresh); err != nil {
		return nil, err
	}
	epoch := max(s.mark.Epoch, s.last.Epoch, s.noted) + 1
	if !s.found {
		epoch += lostEpochStep
	}
	epoch = max(epoch, s.minEpoch)
	to := fact.Address{Stream: s.stream, Epoch: epoch}
	if s.mark.Clean {
		to = s.mark.Last
	}
	if s.last.Before(to) {
		s.holes = append(s.holes, fact.FactsLost{From: next(s.last), To: to, Cause: causeDamaged})
	}
	err = fresh.Write(ctx, func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, insertRow)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for i, hole := range s.holes {
			r, err := rowOf(fact.Entry{Address: fact.Address{Stream: s.stream, Epoch: epoch, N: uint64(i + 1)}, At: s.at, Fact: hole})
			if err != nil {
				return err
			}
			if err := r.insert(ctx, stmt); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO note (name, value) VALUES (?, ?), ('stream', ?), ('epoch', ?)", noteFloor, strconv.FormatInt(s.floor, 10), s.stream, strconv.FormatUint(uint64(epoch), 10))
		return err
	})
	return &Start{Epoch: epoch, Cause: causeDamaged}, err
}

// readNotes reads what it can.
func (s *salvage) readNotes(ctx context.Context) {
	var text string
	if s.old.QueryRowContext(ctx, "SELECT value FROM note WHERE name = 'epoch'").Scan(&text) == nil {
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && n < mostEpoch {
			s.noted = uint32(n)
		}
	}
	if s.old.QueryRowContext(ctx, "SELECT value FROM note WHERE name = ?", noteFloor).Scan(&text) == nil {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			s.floor = n
		}
	}
}

// copyFacts copies the facts in order, stepping over what cannot be read.
func (s *salvage) copyFacts(ctx context.Context, fresh *store.File) error {
	from := int64(0)
	for {
		rows, readErr := s.some(ctx, from, mostCommit)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.keep(ctx, fresh, rows); err != nil {
			return err
		}
		if len(rows) > 0 {
			from = rows[len(rows)-1].id
		}
		switch {
		case readErr != nil:
			resume, more := s.stepOver(ctx, from)
			if !more {
				return nil
			}
			from = resume
		case len(rows) == 0:
			return nil
		}
	}
}

// some reads up to n rows after an id; with an error, those before the damage.
func (s *salvage) some(ctx context.Context, from int64, n int) (found []row, err error) {
	rows, err := s.old.QueryContext(ctx, "SELECT "+rowColumns+" FROM fact WHERE id > ? ORDER BY id LIMIT ?", from, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return found, err
		}
		if r.id <= from || len(found) > 0 && r.id <= found[len(found)-1].id {
			return found, errSum // a damaged page that leads in circles
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// stepOver looks for the lowest id beyond the damage from which rows can be read again; more is false when there is none.
func (s *salvage) stepOver(ctx context.Context, from int64) (resume int64, more bool) {
	readable := func(id int64) (ok, some bool) {
		rows, err := s.some(ctx, id, 1)
		return err == nil, len(rows) > 0
	}
	step := int64(1)
	for {
		if from > math.MaxInt64-step {
			return 0, false
		}
		if ok, _ := readable(from + step); ok {
			break // maybe beyond the last row; the damage may still end before that
		}
		step *= 2
	}
	// Damage is in runs of pages, so the border between from+step/2 and from+step is found by halving.
	low, high := from+step/2, from+step
	for low+1 < high {
		mid := low + (high-low)/2
		if ok, _ := readable(mid); ok {
			high = mid
		} else {
			low = mid
		}
	}
	_, more = readable(high)
	return high, more
}

// keep writes salvaged rows and notes the holes between them. A row whose content is damaged is a hole.
func (s *salvage) keep(ctx context.Context, fresh *store.File, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	return fresh.Write(ctx, func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, insertRow)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for _, r := range rows {
			if r.sum != r.checksum() {
				continue
			}
			s.account(r)
			if err := r.insert(ctx, stmt); err != nil {
				return err
			}
		}
		return nil
	})
}

// account notes what is missing between the last kept row and this one.
func (s *salvage) account(r row) {
	a := addressOf(s.stream, r.id)
	lost := func(from, to fact.Address) {
		s.holes = append(s.holes, fact.FactsLost{From: from, To: to, Cause: causeDamaged})
	}
	switch e, err := r.entry(s.stream); {
	case s.last.Epoch == 0:
		// The first that is left: what was pruned before it is not lost, the rest between is.
		floor := addressOf(s.stream, s.floor)
		if s.floor > 0 && floor.Epoch == a.Epoch && floor.N+1 < a.N {
			lost(next(floor), fact.Address{Stream: s.stream, Epoch: a.Epoch, N: a.N - 1})
		} else if s.floor == 0 && a != next(fact.Address{Stream: s.stream}) {
			lost(next(fact.Address{Stream: s.stream}), before(a))
		}
	case a.Epoch == s.last.Epoch:
		if a.N > s.last.N+1 {
			lost(next(s.last), before(a))
		}
	default:
		// A new epoch's first fact tells where the one before ended, when it could be read.
		if opening, is := e.Fact.(fact.FactsLost); err == nil && is && a.N == 1 && opening.From.Epoch == s.last.Epoch {
			if opening.From.N > s.last.N+1 {
				lost(next(s.last), before(opening.From))
			}
		} else if a.N > 1 {
			lost(next(s.last), before(a))
		}
	}
	s.last = r.reach(s.stream)
}

// before is the address before a; before the first of an epoch stands its number 0.
func before(a fact.Address) fact.Address {
	a.N--
	return a
}

// copyRest copies cursors, marks and subjects, each as far as it can be read: a cursor that is lost is registered again by its reader, a subject that is
// lost can no longer be named.
func (s *salvage) copyRest(ctx context.Context, fresh *store.File) error {
	for _, table := range []struct{ read, insert string }{
		{"SELECT name, id FROM cursor", "INSERT INTO cursor (name, id) VALUES (?, ?) ON CONFLICT DO NOTHING"},
		{"SELECT at, id FROM mark", "INSERT INTO mark (at, id) VALUES (?, ?) ON CONFLICT DO NOTHING"},
		{"SELECT id, lookup, wrapped, sealed, seen, erased FROM subject", "INSERT INTO subject (id, lookup, wrapped, sealed, seen, erased) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"},
	} {
		if err := s.copyTable(ctx, fresh, table.read, table.insert); err != nil {
			return err
		}
	}
	return nil
}

func (s *salvage) copyTable(ctx context.Context, fresh *store.File, read, insert string) error {
	rows, err := s.old.QueryContext(ctx, read) //nolint:rowserrcheck,sqlclosecheck // closed below; its error is the damage that we salvage from
	if err != nil {
		return ctx.Err() // this table cannot be read
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	return fresh.Write(ctx, func(tx *sql.Tx) error {
		for rows.Next() {
			values, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			if rows.Scan(to...) != nil {
				continue
			}
			if _, err := tx.ExecContext(ctx, insert, values...); err != nil && store.KindOf(err) == store.Full {
				return err
			}
		}
		return ctx.Err()
	})
}
