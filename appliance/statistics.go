package appliance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"sync"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/journal"
	"autocom/appliance/site"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/ledger"
	"autocom/appliance/tally/sheet"
)

// statisticsCursor is the journal's cursor of the counters: facts wait until a book that has counted them is safe on the disk.
const statisticsCursor = "core.statistics"

// keptDays is for how many days figures are kept, today among them. The journal keeps its facts for a day longer at the least, so that a book counted again
// has the same rows: who called again within a day is found in the facts of the day before the first.
const keptDays = 34

// Bounds of the reader.
const (
	countStep  = 1000        // facts at a time: between them a question is answered
	lookEvery  = time.Minute // for facts nobody told of, because the disk did not work at that time
	saveEvery  = time.Hour   // a book is some megabytes: to write it more often wears the disk, to write it less often is a longer start
	saveFacts  = 200_000     // so many facts are saved before the hour is over: a long recount is not begun again by the next cut
	clockSlack = 2 * 24 * 4  // quarters by which the clock may have gone back before a book that forgot too much is counted again
)

// statistics reads the journal's committed facts into a book of counters. One goroutine feeds it (keep); questions come from any.
type statistics struct {
	journal *journal.Journal
	stream  string
	path    string
	log     *slog.Logger
	now     func() fact.Moment
	site    func() *site.Document
	rules   func() ledger.Rules // by the site document in force
	every   int                 // facts after which the book is saved before its hour is over
	news    chan struct{}       // facts were committed

	// Of the goroutine that feeds it.
	unsaved int       // facts since the book was written
	saved   time.Time // when it was

	mu     sync.Mutex // guards what follows
	book   *ledger.Book
	behind bool // there are committed facts it has not counted
}

func newStatistics(c *core) *statistics {
	return &statistics{
		journal: c.journal, stream: c.stream, path: c.layout.statistics(), log: c.log, now: c.clock.now, site: c.keeper.Current,
		rules: func() ledger.Rules { return rulesOf(c.keeper.Current()) }, every: saveFacts, news: make(chan struct{}, 1), book: ledger.New(rulesOf(c.keeper.Current())), behind: true,
	}
}

// rulesOf are the thresholds of a site: each queue's own T where it is not everybody's.
func rulesOf(doc *site.Document) ledger.Rules {
	r := ledger.DefaultRules()
	for _, q := range doc.Queues {
		r = r.With(q.ID, q.Service.MS())
	}
	return r
}

// zoneOf is where a site's days begin. The document was checked: a zone that is not known is that of no document in force.
func zoneOf(doc *site.Document) hours.Zone {
	z, _ := hours.ZoneOf(doc.Site.Timezone)
	return z
}

// keep counts what was committed, from the start and then whenever there is news, until the context ends. What it has not saved by then is counted
// again by the next core: it must not make the calls wait that are handed over.
func (s *statistics) keep(ctx context.Context) {
	s.resume(ctx)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := s.catchUp(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("the statistics do not follow the journal", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.news:
		case <-tick.C:
			s.forget()
			if s.unsaved > 0 && time.Since(s.saved) >= saveEvery {
				s.save(ctx)
			}
		}
	}
}

// resume takes up the book that was saved, or begins one that is counted from the oldest fact the journal has.
func (s *statistics) resume(ctx context.Context) {
	if _, err := s.journal.Cursor(ctx, statisticsCursor); err != nil {
		s.log.Error("facts may leave the journal before they are counted", "err", err)
	}
	book, err := s.load()
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		s.log.Warn("the statistics are counted again from the journal", "why", err)
	default:
		s.mu.Lock()
		s.book = book
		s.mu.Unlock()
	}
	s.saved = time.Now()
	s.forget()
}

// savedBook is what the file holds.
type savedBook struct {
	Cursor fact.Address    `json:"cursor"` // the last fact in the book
	Sum    string          `json:"sum"`    // SHA-256 of the book
	Book   json.RawMessage `json:"book"`
}

// load reads the book that was saved. One that does not fit the journal or the rules is an error: the facts must be counted again.
func (s *statistics) load() (*ledger.Book, error) {
	text, err := os.ReadFile(s.path)
	if err != nil {
		return nil, err
	}
	var f savedBook
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	if f.Sum != sumOf(f.Book) {
		return nil, fmt.Errorf("%s is damaged", s.path)
	}
	book, err := ledger.Restore(f.Book)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	committed := s.journal.Health().Committed
	switch {
	case f.Cursor.Stream != s.stream:
		return nil, fmt.Errorf("%s is of another journal", s.path)
	case committed.Before(f.Cursor):
		return nil, fmt.Errorf("%s knows fact %s, and the journal ends with %s", s.path, f.Cursor, committed)
	case f.Cursor != book.Seen(s.stream):
		return nil, fmt.Errorf("%s says %s and ends with %s", s.path, f.Cursor, book.Seen(s.stream))
	case !reflect.DeepEqual(book.Rules(), s.rules()):
		return nil, errors.New("the thresholds of the site document changed")
	}
	return book, nil
}

func sumOf(book []byte) string {
	sum := sha256.Sum256(book)
	return hex.EncodeToString(sum[:])
}

// save writes the book whole, and lets go of the facts it has counted.
func (s *statistics) save(ctx context.Context) {
	s.saved = time.Now()
	s.mu.Lock()
	at := s.book.Seen(s.stream)
	book, err := s.book.Encode()
	s.mu.Unlock()
	if err == nil {
		var text []byte
		if text, err = json.Marshal(savedBook{Cursor: at, Sum: sumOf(book), Book: book}); err == nil {
			err = writeWhole(s.path, text)
		}
	}
	if err == nil {
		s.unsaved = 0
		err = s.journal.Advance(ctx, statisticsCursor, at)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the statistics could not be saved: they will be counted again from the journal", "err", err)
	}
}

// catchUp counts every committed fact that is not counted yet.
func (s *statistics) catchUp(ctx context.Context) error {
	s.follow()
	for {
		s.mu.Lock()
		at := s.book.Seen(s.stream)
		s.mu.Unlock()
		found, err := s.journal.Read(ctx, at, countStep)
		unreadable, is := errors.AsType[*journal.UnreadableError](err)
		if is { // damaged, or of a later program: a hole, as if it had been lost
			found, err = append(found, fact.Entry{
				Address: unreadable.Address, At: s.lastOf(found), Fact: fact.FactsLost{From: unreadable.Address, To: unreadable.Address, Cause: "unreadable"},
			}), nil
		}
		over := err == nil && !is && len(found) < countStep
		s.mu.Lock()
		for _, e := range found {
			s.book.Take(e)
		}
		s.behind = !over
		s.mu.Unlock()
		if s.unsaved += len(found); s.unsaved >= s.every {
			s.save(ctx)
		}
		if err != nil || over {
			return err
		}
	}
}

// lastOf is the moment of the last of some entries, or of the last that was counted: the nearest to one whose own is not known.
func (s *statistics) lastOf(found []fact.Entry) fact.Moment {
	if n := len(found); n > 0 {
		return found[n-1].At
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.book.Last()
}

// follow begins a book of other thresholds when those of the site changed: other thresholds are other counters.
func (s *statistics) follow() {
	rules := s.rules()
	s.mu.Lock()
	same := reflect.DeepEqual(s.book.Rules(), rules)
	s.mu.Unlock()
	if !same {
		s.log.Info("the thresholds of the site document changed: the statistics are counted again")
		s.again(rules)
	}
}

// again begins an empty book.
func (s *statistics) again(rules ledger.Rules) {
	book := ledger.New(rules)
	book.Forget(s.floor())
	s.mu.Lock()
	s.book, s.behind = book, true
	s.mu.Unlock()
}

// floor is the first quarter that is kept.
func (s *statistics) floor() count.Quarter {
	z := zoneOf(s.site())
	first := z.Civil(s.now().UTC).Date.Add(1 - keptDays)
	from, _ := sheet.Days(z, first, first.Add(1))
	return count.QuarterOf(from)
}

// forget lets go of days that were kept long enough. A book that forgot what it should have, because the clock was wrong for a while, is counted again.
func (s *statistics) forget() {
	floor := s.floor()
	s.mu.Lock()
	was, rules := s.book.Floor(), s.book.Rules()
	if was < floor {
		s.book.Forget(floor)
	}
	s.mu.Unlock()
	if was > floor+clockSlack {
		s.log.Warn("the clock went back by days: the statistics are counted again from the journal")
		s.again(rules)
	}
}

// tallied is the counters at a moment.
type tallied struct {
	rows   count.Rows
	rules  ledger.Rules
	at     fact.Moment   // what is going on is counted up to then
	since  count.Quarter // nothing before it is kept
	behind bool
}

// rows counts what is over and what is going on in some quarters, up to now, or up to the last fact that was counted while there are others.
func (s *statistics) rows(from, until count.Quarter) tallied {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := tallied{rules: s.book.Rules(), at: s.now(), since: s.book.Floor(), behind: s.behind}
	if s.behind {
		c.at = s.book.Last()
	}
	c.rows = s.book.Between(from, until, c.at)
	if first, some := s.book.First(); some {
		c.since = max(c.since, first)
	}
	return c
}
