package appliance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/hwio/disk"
	"autocom/hwio/snapshot"

	"golang.org/x/sys/unix"
)

// Companion runs beside a core and lives on what it knows: the link to the cloud. The root does not know the cloud, so the program makes it.
type Companion interface {
	console.Linker
	// Run is called once, on a goroutine of its own, when the box is ready; it returns when the context ends.
	Run(ctx context.Context)
}

// Extras is what a program adds to a core; the zero value adds nothing.
type Extras struct {
	Companion func(*Side) (Companion, error) // nil: a box without a cloud
	Allow     []uint32                       // users who may command the box, besides root and its own
	Disks     disk.Disks                     // nil: those of this machine
}

// noCompanion is a core alone.
type noCompanion struct{}

var errNoCloud = errors.New("this program was built without a link to a central console")

func (noCompanion) Link(context.Context) (console.LinkStatus, error) {
	return console.LinkStatus{}, nil
}

func (noCompanion) Enrol(context.Context, console.Enrolment) (console.LinkStatus, error) {
	return console.LinkStatus{}, errNoCloud
}

func (noCompanion) Leave(context.Context) error { return errNoCloud }
func (noCompanion) Run(context.Context)         {}

// cloudCursor is the journal's cursor of the cloud: facts are kept until it has passed.
const cloudCursor = "cloud"

// Side is what a companion sees of its box. Its methods may be called on any goroutine and may block until their context ends.
type Side struct {
	c     *core
	added chan struct{} // there are new facts, perhaps in memory alone
	news  chan struct{} // they are committed
}

func newSide(c *core) *Side {
	return &Side{c: c, added: make(chan struct{}, 1), news: make(chan struct{}, 1)}
}

// stir says that there are new facts. It never waits.
func (s *Side) stir() { once(s.added) }

// once says something that need not be said twice.
func once(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it was said, and not yet heard
	}
}

// tellNews passes on that there are new facts once they are committed, to the companion and to the counters, until the context ends: who is told before finds
// nothing, and is not told again.
func (s *Side) tellNews(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.added:
		}
		if s.c.journal.Sync(ctx) == nil {
			once(s.news)
			once(s.c.statistics.news)
		}
	}
}

// News has an element when facts were committed since it was last read.
func (s *Side) News() <-chan struct{} { return s.news }

// Dir is where a companion keeps what must last.
func (s *Side) Dir() string { return filepath.Join(s.c.layout.State, "cloud") }

// Program is the version of this program.
func (s *Side) Program() string { return s.c.layout.Version }

// Stream is the name of the box's journal.
func (s *Side) Stream() string { return s.c.stream }

// Read gives committed facts after an address, as the journal does.
func (s *Side) Read(ctx context.Context, after fact.Address, n int) ([]fact.Entry, error) {
	return s.c.journal.Read(ctx, after, n)
}

// Last is the last committed fact.
func (s *Side) Last() fact.Address { return s.c.journal.Health().Committed }

// Cursor is how far the cloud has come.
func (s *Side) Cursor(ctx context.Context) (fact.Address, error) {
	return s.c.journal.Cursor(ctx, cloudCursor)
}

// Advance moves it forward.
func (s *Side) Advance(ctx context.Context, to fact.Address) error {
	return s.c.journal.Advance(ctx, cloudCursor, to)
}

// Rewind moves it wherever the cloud says it is.
func (s *Side) Rewind(ctx context.Context, to fact.Address) error {
	return s.c.journal.Rewind(ctx, cloudCursor, to)
}

// Forget lets the journal drop facts without waiting for a cloud.
func (s *Side) Forget(ctx context.Context) error { return s.c.journal.Forget(ctx, cloudCursor) }

// RaiseEpoch makes the next start of the core number its facts in an epoch of at least this, and starts the core again, with its calls: the cloud
// knows facts this journal does not, so its numbers were given before.
func (s *Side) RaiseEpoch(_ context.Context, epoch uint32) error {
	if err := writeWhole(s.c.layout.minEpoch(), []byte(strconv.FormatUint(uint64(epoch), 10))); err != nil {
		return fmt.Errorf("keep the epoch the cloud knows of: %w", err)
	}
	s.c.log.Warn("the cloud has facts this journal lost: the core starts again in a later epoch", "epoch", epoch)
	select {
	case s.c.orders <- HandOver:
	default: // a restart is under way
	}
	return nil
}

// readMinEpoch is the epoch that is known from outside; 0 for none.
func readMinEpoch(path string) (uint32, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s does not hold an epoch: remove it", path)
	}
	return uint32(n), nil
}

// Text is the site document as it stands in its file.
func (s *Side) Text() ([]byte, error) { return os.ReadFile(s.c.layout.Site) }

// Take puts a document in the place of the site document and lets the box live by it, or leaves everything as it was. A *site.ProblemsError names
// what is wrong with it.
func (s *Side) Take(text []byte) (err error) {
	c := s.c
	c.taking.Lock()
	defer c.taking.Unlock()
	before, err := os.ReadFile(c.layout.Site)
	if err != nil {
		return fmt.Errorf("site document: %w", err)
	}
	// Looked at under another name in the same directory first, so that the file people know is never one that was not taken.
	trial := c.layout.Site + ".trial"
	if err := writeWhole(trial, text); err != nil {
		return fmt.Errorf("site document: %w", err)
	}
	doc, err := site.ReadFile(trial)
	if err = errors.Join(err, os.Remove(trial)); err != nil {
		return err
	}
	if err := c.prepare(doc); err != nil {
		return err
	}
	if err := writeWhole(c.layout.Site, text); err != nil {
		return fmt.Errorf("site document: %w", err)
	}
	if _, err := c.reload(); err != nil {
		return errors.Join(err, writeWhole(c.layout.Site, before))
	}
	return nil
}

// Status is the box at a glance.
func (s *Side) Status(ctx context.Context) (console.Status, error) { return (&box{s.c}).Status(ctx) }

// Trunks are those of the document in force, and whether they work now.
func (s *Side) Trunks() []console.TrunkStatus {
	doc := s.c.keeper.Current()
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	var all []console.TrunkStatus
	for _, t := range doc.Trunks {
		all = append(all, console.TrunkStatus{Name: t.Name, Up: s.c.trunks[t.Name], Channels: t.Channels})
	}
	return all
}

// Note keeps a box fact.
func (s *Side) Note(f fact.Fact) { s.c.note(f) }

// Repeat keeps a fact again with the moment at which it happened: the number it had is another fact's in the cloud.
func (s *Side) Repeat(at fact.Moment, f fact.Fact) {
	s.c.journal.Append(at, f)
	s.stir()
}

// Document is the one in force.
func (s *Side) Document() *site.Document { return s.c.keeper.Current() }

// Machine is the hardware, at most some seconds ago.
func (s *Side) Machine() snapshot.Snapshot { return s.c.machine.now() }

// Serial is the box's number, as on its label.
func (s *Side) Serial() string { return s.c.machine.board.Serial }

// ClockSynced reports whether somebody keeps the machine's clock right (a time server), as the kernel knows it.
func (s *Side) ClockSynced() bool {
	var tx unix.Timex // asks, and sets nothing
	state, err := unix.Adjtimex(&tx)
	return err == nil && state != unix.TIME_ERROR && tx.Status&unix.STA_UNSYNC == 0
}
