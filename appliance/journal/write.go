package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"autocom/appliance/exchange/fact"
)

const (
	mostCommit  = 1024 // facts in one transaction, so that catching up does not hold the file for long
	firstRetry  = 100 * time.Millisecond
	longRetry   = 5 * time.Second
	pruneEvery  = time.Hour
	closeWithin = 5 * time.Second // how long Close may wait for the disk
)

// write is the writer goroutine. Close ends it, after a last try for what waits.
func (j *Journal) write() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	prune := time.NewTicker(pruneEvery)
	defer prune.Stop()
	for {
		select {
		case <-j.wake:
			if !j.gather() {
				j.finish()
				return
			}
			if !j.commitAll(ctx) {
				j.finish()
				return
			}
		case <-prune.C:
			if err := j.Prune(ctx, time.Now()); err != nil {
				j.trouble(err)
			}
		case <-j.stop:
			j.finish()
			return
		}
	}
}

// gather lets facts collect until a group is full or the window is over. It reports false when the journal closes.
func (j *Journal) gather() bool {
	window := time.NewTimer(j.options.Window)
	defer window.Stop()
	select {
	case <-j.full:
	case <-window.C:
	case <-j.stop:
		return false
	}
	return true
}

// commitAll commits until nothing waits. While the disk refuses it tries again, less and less often. It reports false when the journal closes.
func (j *Journal) commitAll(ctx context.Context) bool {
	retry := firstRetry
	for {
		more, err := j.commit(ctx)
		if err == nil {
			if !more {
				return true
			}
			retry = firstRetry
			continue
		}
		pause := time.NewTimer(retry)
		select {
		case <-pause.C:
		case <-j.stop:
			pause.Stop()
			return false
		}
		retry = min(2*retry, longRetry)
	}
}

// finish makes the last try.
func (j *Journal) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	for {
		if more, err := j.commit(ctx); err != nil || !more {
			return
		}
	}
}

// commit writes one transaction of what waits and reports whether more does.
func (j *Journal) commit(ctx context.Context) (more bool, err error) {
	j.mu.Lock()
	entries := j.tail.take(mostCommit)
	people := j.subjects.take()
	j.mu.Unlock()
	if len(entries) > 0 || len(people) > 0 {
		err = j.file.Write(ctx, func(tx *sql.Tx) error {
			if err := j.insertSubjects(ctx, tx, people); err != nil {
				return err
			}
			return j.insertFacts(ctx, tx, entries)
		})
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tail.landed(err == nil)
	j.subjects.landed(err == nil)
	if err != nil {
		if j.failing == nil {
			j.since = time.Now()
		}
		j.failing = err
		j.announce()
		return true, err
	}
	j.failing, j.since = nil, time.Time{}
	if n := len(entries); n > 0 {
		j.committed = reach(entries[n-1])
		j.announce()
	}
	return j.tail.waiting() > 0 || j.subjects.waiting() > 0, nil
}

func (j *Journal) insertFacts(ctx context.Context, tx *sql.Tx, entries []fact.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, insertRow)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, e := range entries {
		r, err := rowOf(e)
		if err != nil {
			// A fact that has no JSON cannot be kept, and must not keep the others waiting.
			lost := fact.FactsLost{From: e.Address, To: e.Address, Cause: fmt.Sprintf("%s cannot be written: %v", e.Fact.Kind(), err)}
			if r, err = rowOf(fact.Entry{Address: e.Address, At: e.At, Fact: lost}); err != nil {
				return err
			}
		}
		if err := r.insert(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

// trouble notes an error of the upkeep; the next commit that works takes it away.
func (j *Journal) trouble(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failing == nil {
		j.since = time.Now()
	}
	j.failing = err
}
