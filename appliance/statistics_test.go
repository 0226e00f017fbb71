package appliance

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/journal"
	"autocom/appliance/site"
	"autocom/appliance/tally/ledger"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files again")

// statisticsDir is the environment variable that turns the test binary into the program to be killed.
const statisticsDir = "AUTOCOM_STATISTICS_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(statisticsDir); dir != "" {
		if err := countUntilKilled(dir); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// tuesday is 2026-11-24 08:00 in Paris.
const tuesday = int64(1_795_503_600_000)

// countingCore is a core of which nothing is there but what the counters need.
func countingCore(ctx context.Context, dir string, now func() fact.Moment) (*core, error) {
	l := Layout{State: dir, Site: "../site.example.yaml"}
	c := &core{layout: l, log: slog.New(slog.DiscardHandler), stream: "box-1", keeper: site.NewKeeper(l.Site, dir)}
	if _, err := c.keeper.Load(func(*site.Document) error { return nil }); err != nil {
		return nil, err
	}
	var err error
	if c.journal, err = journal.Open(ctx, l.journal(), c.stream, now(), journal.Options{Window: time.Millisecond}); err != nil {
		return nil, err
	}
	c.side = newSide(c)
	c.statistics = newStatistics(c)
	c.statistics.now = now
	return c, nil
}

// counting is such a core for a test; now moves with the test.
func counting(t *testing.T, dir string, now *fact.Moment) *core {
	t.Helper()
	c, err := countingCore(t.Context(), dir, func() fact.Moment { return *now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.journal.Close(); err != nil && !errors.Is(err, journal.ErrClosed) {
			t.Error(err)
		}
	})
	return c
}

// visitor is the facts of a caller who waits 7 s in a queue, and is answered by ana and talks for a minute, or leaves.
func visitor(j *journal.Journal, at fact.Moment, call, queue string, answered bool) fact.Moment {
	end := at.Add(7_000)
	j.Append(at, fact.CallOpened{Call: call, Flow: "inbound", Trunk: "carrier", Caller: fact.Subject("s" + call), Dialled: "+33140506070"},
		fact.VisitEntered{Call: call, Visit: 1, Queue: queue, Position: 1})
	if !answered {
		j.Append(end, fact.VisitEnded{Call: call, Visit: 1, Queue: queue, Outcome: fact.VisitAbandoned, WaitMS: 7_000},
			fact.CallEnded{Call: call, Outcome: fact.CallAbandoned, Stage: fact.StageQueue, WaitMS: 7_000})
		return end
	}
	ana := fact.AgentChanged{Agent: "ana", Session: "logged_in", Declared: "available", Activity: "talking", Line: "registered", Call: call}
	j.Append(at, fact.OfferMade{Call: call, Visit: 1, Offer: 1, Queue: queue, Agent: "ana"})
	j.Append(end, fact.OfferEnded{Call: call, Visit: 1, Offer: 1, Agent: "ana", Outcome: fact.OfferAnswered, RingMS: 7_000},
		fact.VisitEnded{Call: call, Visit: 1, Queue: queue, Outcome: fact.VisitAnswered, WaitMS: 7_000, Agent: "ana"}, ana, fact.BridgeJoined{Call: call})
	end = end.Add(60_000)
	ana.Activity, ana.Call = "idle", ""
	j.Append(end, fact.BridgeParted{Call: call, TalkMS: 60_000}, ana, fact.CallEnded{Call: call, Outcome: fact.CallAnswered, WaitMS: 7_000, TalkMS: 60_000})
	return end
}

// settle commits what was appended and counts it.
func settle(t *testing.T, c *core) {
	t.Helper()
	if err := errors.Join(c.journal.Sync(t.Context()), c.statistics.catchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// received asks the box for one number of today.
func received(t *testing.T, c *core, column string) int64 {
	t.Helper()
	s, err := (&box{c}).Statistics(t.Context(), console.StatisticsQuery{Columns: []string{column}})
	if err != nil {
		t.Fatal(err)
	}
	return *s.Total.Cells[0].Value
}

// TestFiguresFollowTheCommitWithinASecond, by the way a core tells its readers that there is news, from a caller who comes in to the one who leaves.
func TestFiguresFollowTheCommitWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := fact.Moment{UTC: tuesday, Boot: 1}
		c := counting(t, t.TempDir(), &now)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan struct{}, 2)
		go func() { c.side.tellNews(ctx); done <- struct{}{} }()
		go func() { c.statistics.keep(ctx); done <- struct{}{} }()
		synctest.Wait()
		for n := range int64(5) {
			call := fmt.Sprint("c", n)
			c.journal.Append(now, fact.CallOpened{Call: call, Flow: "inbound"}, fact.VisitEntered{Call: call, Visit: 1, Queue: "accueil"})
			c.side.stir()
			time.Sleep(999 * time.Millisecond) // fake
			if all, waiting := received(t, c, "received"), received(t, c, "in_progress"); all != n+1 || waiting != 1 {
				t.Errorf("caller %d came in: %d received and %d in progress a second later", n+1, all, waiting)
			}
			c.journal.Append(now, fact.VisitEnded{Call: call, Visit: 1, Queue: "accueil", Outcome: fact.VisitAbandoned}, fact.CallEnded{Call: call, Outcome: fact.CallAbandoned})
			c.side.stir()
			time.Sleep(999 * time.Millisecond) // fake
			if left, waiting := received(t, c, "abandoned"), received(t, c, "in_progress"); left != n+1 || waiting != 0 {
				t.Errorf("caller %d left: %d abandoned and %d in progress a second later", n+1, left, waiting)
			}
		}
		// What nobody told of is found all the same, and after an hour the book is on the disk and its facts may go.
		visitor(c.journal, now, "quiet", "accueil", true)
		time.Sleep(time.Hour + 2*lookEvery) // fake
		if n := received(t, c, "answered"); n != 1 {
			t.Errorf("%d answered of one that nobody told of", n)
		}
		cursor, err := c.journal.Cursor(t.Context(), statisticsCursor)
		if err != nil {
			t.Fatal(err)
		}
		if last := c.journal.Health().Committed; cursor != last {
			t.Errorf("the cursor stands at %s and the journal at %s", cursor, last)
		}
		cancel()
		<-done
		<-done
		if err := c.journal.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// countUntilKilled appends calls, counts them and saves the book again and again, and prints how many calls were committed.
func countUntilKilled(dir string) error {
	ctx := context.Background()
	now := fact.Moment{UTC: tuesday, Boot: 1}
	c, err := countingCore(ctx, dir, func() fact.Moment { return now })
	if err != nil {
		return err
	}
	c.statistics.every = 40
	c.statistics.resume(ctx)
	for n := 1; ; n++ {
		now = visitor(c.journal, now, fmt.Sprintf("c%d-%d", os.Getpid(), n), []string{"accueil", "renfort"}[n%2], n%3 > 0)
		if n%5 > 0 {
			continue
		}
		if err := errors.Join(c.journal.Sync(ctx), c.statistics.catchUp(ctx)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func killedCounting(t *testing.T, dir string, lines int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), statisticsDir+"="+dir)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text, one := "", make([]byte, 1)
	for strings.Count(text, "\n") < lines {
		if _, err := pipe.Read(one); err != nil {
			t.Fatalf("it ended by itself: %v, %s", err, text)
		}
		text += string(one)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || strings.Contains(text, "error") {
		t.Fatalf("it was not killed: %s", text)
	}
}

func encoded(t *testing.T, b *ledger.Book) string {
	t.Helper()
	raw, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestFiguresAfterAKillAreThoseOfTheJournal: whatever moment the power goes, the book that is taken up and the one counted from nothing are the same,
// byte for byte.
func TestFiguresAfterAKillAreThoseOfTheJournal(t *testing.T) {
	dir := t.TempDir()
	taken := 0
	for round := range 5 {
		killedCounting(t, dir, 2+3*round)
		now := fact.Moment{UTC: tuesday + 3_600_000, Boot: 3_600_001}
		c := counting(t, dir, &now)
		if book, err := c.statistics.load(); err == nil {
			taken++
			if book.Seen("box-1").N == 0 {
				t.Error("the saved book is empty")
			}
		} else if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("round %d: %v", round, err)
		}
		c.statistics.resume(t.Context())
		settle(t, c)
		fresh := newStatistics(c)
		fresh.now, fresh.path = c.statistics.now, filepath.Join(t.TempDir(), "none")
		fresh.resume(t.Context())
		if err := fresh.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(encoded(t, fresh.book), encoded(t, c.statistics.book)); diff != "" {
			t.Fatalf("round %d: %s", round, diff)
		}
		if calls := len(fresh.rows(0, math.MaxInt64).rows.Visits); calls == 0 {
			t.Error("nothing was counted")
		}
		if err := c.journal.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if taken == 0 {
		t.Error("no round found a saved book")
	}
}

// TestABookThatDoesNotFitIsCountedAgain: a damaged file, one of another version, of another journal, or of other thresholds is never believed.
func TestABookThatDoesNotFitIsCountedAgain(t *testing.T) {
	cases := map[string]func(t *testing.T, c *core){
		"torn": func(t *testing.T, c *core) {
			text, err := os.ReadFile(c.statistics.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(c.statistics.path, text[:len(text)/2], 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a digit changed": func(t *testing.T, c *core) {
			text, err := os.ReadFile(c.statistics.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(c.statistics.path, bytes.Replace(text, []byte(`"received":1`), []byte(`"received":7`), 1), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"other thresholds": func(_ *testing.T, c *core) {
			c.statistics.rules = func() ledger.Rules {
				r := ledger.DefaultRules()
				r.Goals = []ledger.Goal{{Queue: "accueil", MS: 5_000}}
				return r
			}
		},
		"another journal": func(_ *testing.T, c *core) { c.statistics.stream = "box-2" },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			now := fact.Moment{UTC: tuesday, Boot: 1}
			c := counting(t, t.TempDir(), &now)
			now = visitor(c.journal, now, "c1", "accueil", true)
			settle(t, c)
			c.statistics.save(t.Context())
			if _, err := c.statistics.load(); err != nil {
				t.Fatal(err)
			}
			spoil(t, c)
			if _, err := c.statistics.load(); err == nil {
				t.Fatal("it was believed")
			}
			if name == "another journal" {
				return
			}
			c.statistics.resume(t.Context())
			settle(t, c)
			if n := received(t, c, "received"); n != 1 {
				t.Errorf("%d received, counted again", n)
			}
		})
	}
}

// TestNewThresholdsCountAgain: with a goal of 5 s nobody was answered in time any more.
func TestNewThresholdsCountAgain(t *testing.T) {
	now := fact.Moment{UTC: tuesday, Boot: 1}
	c := counting(t, t.TempDir(), &now)
	now = visitor(c.journal, now, "c1", "accueil", true)
	settle(t, c)
	if level := received(t, c, "service_level_offered"); level != 1000 {
		t.Fatalf("within 20 s: %d per mille", level)
	}
	for i, q := range c.keeper.Current().Queues { // as a document that was loaded again
		if q.ID == "accueil" {
			c.keeper.Current().Queues[i].Service = site.Duration(5 * time.Second)
		}
	}
	settle(t, c)
	if level := received(t, c, "service_level_offered"); level != 0 {
		t.Errorf("within 5 s: %d per mille", level)
	}
	s, err := (&box{c}).Statistics(t.Context(), console.StatisticsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]console.StatisticsGoal{{Queue: "accueil", MS: 5_000}}, s.Goals); diff != "" {
		t.Error(diff)
	}
}

// TestOldDaysAreForgotten, at midnight of the branch, and a clock that ran ahead for a while takes nothing away.
func TestOldDaysAreForgotten(t *testing.T) {
	now := fact.Moment{UTC: tuesday, Boot: 1}
	c := counting(t, t.TempDir(), &now)
	visitor(c.journal, now, "c1", "accueil", true)
	settle(t, c)
	ask := func() error {
		_, err := (&box{c}).Statistics(t.Context(), console.StatisticsQuery{From: "2026-11-24"})
		return err
	}
	const day = 86_400_000
	later := func(days int64) {
		t.Helper()
		now = now.Add(days * day)
		visitor(c.journal, now, fmt.Sprint("later", days), "accueil", true)
		c.statistics.forget()
		settle(t, c)
	}
	later(keptDays - 1)
	if err := ask(); err != nil {
		t.Errorf("the first day of those that are kept: %v", err)
	}
	later(1)
	if refused, is := errors.AsType[*console.Refused](ask()); !is || refused.Reasons[0].Code != "statistics.forgotten" {
		t.Errorf("a day later: %v", ask())
	}
	before := encoded(t, c.statistics.book)
	now.UTC += 1000 * day
	c.statistics.forget()
	if n := len(c.statistics.rows(0, math.MaxInt64).rows.Visits); n != 0 {
		t.Errorf("%d rows are left of three years ago", n)
	}
	now.UTC -= 1000 * day
	c.statistics.forget()
	settle(t, c)
	if diff := cmp.Diff(before, encoded(t, c.statistics.book)); diff != "" {
		t.Errorf("the clock is right again: %s", diff)
	}
}
