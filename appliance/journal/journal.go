// Package journal keeps everything that happened on the box, in order, numbered, so that statistics, screens and the cloud can each read it at
// their own pace.
//
// Facts are only ever appended. Append numbers them at once and never waits for the disk; a writer goroutine commits them in groups, at the
// latest 50 ms later on a disk that works. While the disk does not work facts wait in memory up to a bound, then the oldest give way to one
// FactsLost at the address of the first of them.
//
// An address (stream, epoch, n) is never given twice. The epoch lives in a small file outside the database; it rises when the journal was not closed
// properly, when the database or the epoch file is older than the other, and when the database is damaged or gone. A proper Close leaves
// a mark there that the next Open takes away, and only such a start keeps the epoch. A new epoch opens with a FactsLost that
// tells what the one before may have lost; its To may be number 0 of the new epoch, which means: everything up to there.
package journal

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// The files in the journal's directory.
const (
	fileName  = "journal.db"
	epochName = "epoch"
	lockName  = "lock"
	keyName   = "subjects.key"
)

// ErrClosed is returned when the journal was closed.
var ErrClosed = errors.New("the journal is closed")

// Options are the journal's bounds; the zero value is what a box uses.
type Options struct {
	Window   time.Duration // how long a fact may wait for others to share its commit; default 20 ms, which leaves the disk 30
	Group    int           // so many waiting facts are committed at once without waiting longer; default 64
	Live     int           // committed facts kept in memory for the live feed; default 4096
	Pending  int           // facts kept in memory while the disk does not work; default 65536
	Keep     time.Duration // how long a fact is kept after every reader has passed it; default 35 days
	Quota    int64         // bytes the file may use before older facts go regardless; default 1 GiB
	Sure     func() bool   // whether the clock may decide what is old; nil: always
	MinEpoch uint32        // an epoch known from outside (the cloud has seen MinEpoch-1); 0 for none
}

func (o Options) withDefaults() Options {
	const day = 24 * time.Hour
	return Options{
		Window: orElse(o.Window, 20*time.Millisecond), Group: orElse(o.Group, 64), Live: orElse(o.Live, 4096), Pending: orElse(o.Pending, 65536),
		Keep: orElse(o.Keep, 35*day), Quota: orElse(o.Quota, 1<<30), MinEpoch: o.MinEpoch, Sure: sureOrElse(o.Sure),
	}
}

func sureOrElse(sure func() bool) func() bool {
	if sure == nil {
		return func() bool { return true }
	}
	return sure
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Journal is an open journal. Its methods may be called from any goroutine; only those that take a context may wait for the disk.
type Journal struct {
	dir     string
	stream  string
	options Options
	start   Start
	lock    *os.File
	file    *store.File
	keys    keys

	mu        sync.Mutex
	tail      tail
	last      fact.Address
	committed fact.Address
	subjects  subjects
	failing   error
	since     time.Time
	lost      uint64
	closed    bool
	changed   chan struct{} // closed and forgotten at the next change; nil while nobody waits

	wake   chan struct{} // to the writer: something waits
	full   chan struct{} // to the writer: a group is full
	stop   chan struct{}
	writer sync.WaitGroup
}

// Open opens or creates the journal of a stream (the box's id) in a directory, which it creates. at is the moment for the facts it writes itself.
// A damaged file is set aside, what can be read of it goes on in a new one.
func Open(ctx context.Context, dir, stream string, at fact.Moment, o Options) (*Journal, error) {
	if stream == "" {
		return nil, errors.New("journal: a stream needs a name")
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	lock, err := lockDir(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	j := &Journal{
		dir: dir, stream: stream, options: o.withDefaults(), lock: lock,
		wake: make(chan struct{}, 1), full: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if err := j.open(ctx, at); err != nil {
		if j.file != nil {
			err = errors.Join(err, j.file.Close())
		}
		return nil, errors.Join(fmt.Errorf("journal: %w", err), lock.Close())
	}
	j.writer.Go(j.write)
	return j, nil
}

func (j *Journal) open(ctx context.Context, at fact.Moment) error {
	epochPath := filepath.Join(j.dir, epochName)
	mark, found, err := readEpoch(epochPath)
	if err != nil {
		return err
	}
	if found && mark.Stream != j.stream {
		return fmt.Errorf("%s belongs to the stream %q, not %q: give this box another directory", j.dir, mark.Stream, j.stream)
	}
	rescued, err := j.openFile(ctx, mark, found, at)
	if err != nil {
		return err
	}
	last, noted, err := j.ends(ctx)
	if err != nil {
		return err
	}
	var hole *fact.FactsLost
	if rescued != nil {
		j.start = *rescued // the file itself opens with what was lost
	} else if j.start, hole, err = start(j.stream, mark, found, last, noted, j.options.MinEpoch); err != nil {
		return err
	}
	// The mark goes, durably, before the first address is given.
	if err := (epochMark{Stream: j.stream, Epoch: j.start.Epoch}).write(epochPath); err != nil {
		return err
	}
	if err := j.note(ctx); err != nil {
		return err
	}
	if err := j.openSubjects(ctx); err != nil {
		return err
	}
	j.committed = last
	j.tail = tail{base: last, keep: j.options.Live, most: j.options.Pending}
	j.last = fact.Address{Stream: j.stream, Epoch: j.start.Epoch}
	if last.Epoch == j.start.Epoch {
		j.last.N = last.N
	}
	if hole != nil {
		j.Append(at, *hole)
	}
	return nil
}

// ends reads the last address that was given, as far as the file knows, and the epoch noted in it.
func (j *Journal) ends(ctx context.Context) (last fact.Address, noted uint32, err error) {
	err = j.file.Read(ctx, func(tx *sql.Tx) error {
		last = fact.Address{Stream: j.stream}
		switch newest, err := newestRow(ctx, tx); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		default:
			last = newest.reach(j.stream)
		}
		var stream, epoch sql.NullString
		err := tx.QueryRowContext(ctx, "SELECT (SELECT value FROM note WHERE name = 'stream'), (SELECT value FROM note WHERE name = 'epoch')").Scan(&stream, &epoch)
		if err != nil {
			return err
		}
		if stream.Valid && stream.String != j.stream {
			return fmt.Errorf("%s belongs to the stream %q, not %q: give this box another directory", j.file.Path(), stream.String, j.stream)
		}
		if n, err := strconv.ParseUint(epoch.String, 10, 32); err == nil {
			noted = uint32(n)
		}
		return nil
	})
	return last, noted, err
}

// reach is the last address an entry speaks for: its own, or the end of the hole it fills.
func reach(e fact.Entry) fact.Address {
	if lost, is := e.Fact.(fact.FactsLost); is && lost.To.Epoch == e.Address.Epoch && e.Address.Before(lost.To) {
		return lost.To
	}
	return e.Address
}

// note writes the stream and the epoch into the file too, as a second witness. On a full disk that waits: the epoch file is the one that counts.
func (j *Journal) note(ctx context.Context) error {
	err := j.file.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO note (name, value) VALUES ('stream', ?), ('epoch', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			j.stream, strconv.FormatUint(uint64(j.start.Epoch), 10))
		return err
	})
	if store.KindOf(err) == store.Full {
		return nil
	}
	return err
}

// Start says how the journal found itself when it was opened.
func (j *Journal) Start() Start { return j.start }

// Append numbers facts, hands them to the readers in memory and to the writer, and returns the address of the last one. It never waits for the
// disk. The facts must not be changed afterwards. After Close it does nothing and returns the zero address.
func (j *Journal) Append(at fact.Moment, facts ...fact.Fact) fact.Address {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed || len(facts) == 0 {
		return fact.Address{}
	}
	for _, f := range facts {
		j.last.N++
		cause := "memory was full"
		if j.failing != nil {
			cause = store.KindOf(j.failing).String()
		}
		j.lost += uint64(j.tail.add(fact.Entry{Address: j.last, At: at, Fact: f}, cause))
	}
	j.stir()
	return j.last
}

// stir wakes the writer and whoever waits for a change. The lock is held.
func (j *Journal) stir() {
	poke(j.wake)
	if j.tail.waiting() >= j.options.Group {
		poke(j.full)
	}
	j.announce()
}

func (j *Journal) announce() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// change returns a channel that closes at the next change. The lock is held.
func (j *Journal) change() <-chan struct{} {
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return j.changed
}

// poke puts a token into a channel of one; a token that is there already says the same.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Health is how the journal is.
type Health struct {
	Failing   error     // why facts cannot be committed just now; nil when they can
	Since     time.Time // since when
	Pending   int       // facts in memory that are not committed
	Lost      uint64    // facts that gave way since the start
	Last      fact.Address
	Committed fact.Address
	Broken    []string // damaged files that were set aside and are still there
	KeyLost   bool     // the key of the subjects was lost: older callers cannot be named any more
}

// Health tells how the journal is.
func (j *Journal) Health() Health {
	var broken []string
	names, err := os.ReadDir(j.dir)
	if err != nil {
		names = nil // only for this list; a directory that is gone shows when the next fact is committed
	}
	for _, entry := range names {
		name := entry.Name()
		if strings.HasPrefix(name, fileName+".broken-") && !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-shm") {
			broken = append(broken, filepath.Join(j.dir, name))
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return Health{
		Failing: j.failing, Since: j.since, Pending: j.tail.waiting(), Lost: j.lost, Last: j.last, Committed: j.committed, Broken: broken, KeyLost: j.keys.lost,
	}
}

// Sync waits until everything appended before it is committed or reported lost.
func (j *Journal) Sync(ctx context.Context) error {
	j.mu.Lock()
	goal := j.last
	for {
		if !j.committed.Before(goal) || goal.N == 0 || j.tail.waiting() == 0 {
			j.mu.Unlock()
			return nil
		}
		if j.closed {
			j.mu.Unlock()
			return ErrClosed
		}
		changed := j.change()
		j.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
		j.mu.Lock()
	}
}

// Close commits what waits, leaves the mark of a proper end and closes the files. Readers that follow end after what is there. When the last facts cannot
// be committed it says so and leaves no mark, so that the next start knows.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	j.closed = true
	j.announce()
	j.mu.Unlock()
	close(j.stop)
	j.writer.Wait()

	j.mu.Lock()
	waiting, failing, committed := j.tail.waiting(), j.failing, j.committed
	j.mu.Unlock()
	err := j.file.Close()
	if waiting > 0 {
		err = errors.Join(fmt.Errorf("journal: %d facts could not be committed before the end: %w", waiting, failing), err)
	}
	if err == nil {
		err = epochMark{Stream: j.stream, Epoch: j.start.Epoch, Clean: true, Last: committed}.write(filepath.Join(j.dir, epochName))
	}
	return errors.Join(err, j.lock.Close())
}

// lockDir keeps a second process out of the directory for as long as this one lives.
func lockDir(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: another program has %s open: end it first (%w)", filepath.Dir(path), err), f.Close())
	}
	return f, nil
}

// migrations are the forms of the database, oldest first.
func migrations() (fs.FS, error) { return fs.Sub(migrationFiles, "migrations") }
