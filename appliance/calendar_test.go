package appliance

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
	"autocom/appliance/voicemail"
)

// Every cell of the judgement (decisions/0009).
func TestTheClockIsJudged(t *testing.T) {
	floor := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	known := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	year := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		wall, known time.Time
		synced      bool
		want        string
	}{
		"steady":                       {known.Add(time.Minute), known, false, fact.ClockSure},
		"an hour back: summer's end":   {known.Add(-time.Hour), known, false, fact.ClockSure},
		"a day and more back":          {known.Add(-mostBehind - time.Second), known, false, fact.ClockBehind},
		"off for a week":               {known.Add(mostAhead), known, false, fact.ClockSure},
		"off for longer":               {known.Add(mostAhead + time.Second), known, false, fact.ClockAhead},
		"2099":                         {known.AddDate(73, 0, 0), known, false, fact.ClockAhead},
		"1970":                         {year, known, false, fact.ClockBehind},
		"1970, vouched for":            {year, known, true, fact.ClockSure},
		"2099, vouched for":            {known.AddDate(73, 0, 0), known, true, fact.ClockSure},
		"a new box":                    {known, time.Time{}, false, fact.ClockSure},
		"a new box in 1970":            {year, time.Time{}, false, fact.ClockBehind},
		"known before the program was": {floor.Add(-time.Hour), floor.Add(-2 * time.Hour), false, fact.ClockBehind},
	} {
		if got := judge(c.wall, c.known, floor, c.synced); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// shaky is a clock a test turns.
type shaky struct {
	wall   time.Time
	boot   time.Duration
	synced bool
}

func (s *shaky) now() fact.Moment {
	return fact.Moment{UTC: s.wall.UnixMilli(), Boot: s.boot.Milliseconds()}
}

// pass lets time go by.
func (s *shaky) pass(d time.Duration) { s.wall, s.boot = s.wall.Add(d), s.boot+d }

func TestTheLastSureMomentOutlivesAPowerCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clock.json")
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s := &shaky{wall: now, boot: time.Hour}
	var told []fact.ClockJudged
	start := func(newest time.Time) *calendar {
		c := newCalendar(path, s.now, func() bool { return s.synced }, newest, slog.New(slog.DiscardHandler))
		c.floor = now.AddDate(0, -6, 0)
		told, c.tell = nil, func(f fact.ClockJudged) { told = append(told, f) }
		return c
	}
	believe := func(what string, c *calendar, want bool) {
		t.Helper()
		if _, sure := c.sure(); sure != want {
			t.Errorf("%s: sure is %v", what, sure)
		}
		c.save()
	}
	c := start(now.Add(-time.Hour))
	for range 90 { // three months without a time server, by its own counting
		s.pass(24 * time.Hour)
		believe("steady", c, true)
	}
	if len(told) != 0 {
		t.Errorf("nothing to tell: %+v", told)
	}
	// Another start of the program, and a jump while it runs.
	c = start(now)
	believe("started again", c, true)
	s.wall = s.wall.AddDate(10, 0, 0)
	for range 3 {
		s.pass(time.Hour)
		believe("a jump ahead", c, false)
	}
	if len(told) != 1 || told[0].State != fact.ClockAhead || told[0].Was != fact.ClockSure || told[0].By != "" {
		t.Errorf("told %+v", told)
	}
	// What was written meanwhile does not vouch for it: the newest fact is of that year now.
	s.boot = 0
	c = start(s.wall)
	believe("the next start", c, false)
	c.confirm("user:root")
	believe("confirmed", c, true)
	if len(told) != 2 || told[1].State != fact.ClockSure || told[1].Was != fact.ClockAhead || told[1].By != "user:root" {
		t.Errorf("told %+v", told)
	}
	// The cell dies: 1970, until a time server is there.
	s.wall, s.boot = time.UnixMilli(1000), 0
	c = start(s.wall)
	believe("1970", c, false)
	s.wall, s.synced = now.AddDate(0, 4, 0), true
	believe("a time server", c, true)
	s.synced = false
	s.pass(time.Hour)
	believe("which is gone again", c, true)
}

// A clock that jumps erases nothing: no recording, no message, kept or not, old or of this minute, and a full disk takes none either. What was made
// while it stood in 1970 is as young as any when the date is back.
func TestAClockThatIsNotSureErasesNothing(t *testing.T) {
	c, _ := recordingBox(t, nil)
	c.warnings = map[string]warning{}
	s := &shaky{wall: time.Now(), boot: time.Hour}
	known := newCalendar(c.layout.calendar(), s.now, func() bool { return s.synced }, time.Now(), c.log)
	known.floor, known.tell = time.Now().AddDate(0, -1, 0), c.clockJudged
	c.judged.Store(known)
	keepOne := func(id plan.RecordingID) {
		t.Helper()
		f, _, err := c.archive.Create(t.Context(), id, recording.Origin{Call: "c1", Undated: !c.clockSure()})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.archive.Finish(t.Context(), id, 2000, ""); err != nil {
			t.Fatal(err)
		}
		f, _, err = c.boxes.Create(t.Context(), "m-"+id, voicemail.Origin{Box: "queue:accueil", Call: "c2", Undated: !c.clockSure()}, voicemail.Limits{Messages: 9, Seconds: 99})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.boxes.Finish(t.Context(), "m-"+id, 2000, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.boxes.Hear(t.Context(), "m-"+id, "agent:ana"); err != nil {
			t.Fatal(err)
		}
	}
	tidy := func() {
		t.Helper()
		if err := errors.Join(c.recorder.expire(t.Context()), c.recorder.sweep(t.Context()), c.recorder.pressure.makeRoom(t.Context(), 1<<40)); err != nil {
			t.Fatal(err)
		}
	}
	there := func(when string, ids ...plan.RecordingID) {
		t.Helper()
		for _, id := range ids {
			if r, err := c.archive.Find(t.Context(), id); err != nil || r.State == recording.Erased {
				t.Errorf("%s: %+v, %v", when, r, err)
			}
			if m, err := c.boxes.Find(t.Context(), "m-"+id); err != nil || m.State == voicemail.Erased {
				t.Errorf("%s: %+v, %v", when, m, err)
			}
		}
	}
	keepOne("old")
	// The document's days are over for everything that is not of the future.
	doc := *c.keeper.Current()
	doc.Recording.Days, doc.Recording.Least, doc.Voicemail.Days = 0, 0, 0
	*c.keeper.Current() = doc

	s.wall = s.wall.AddDate(20, 0, 0)
	tidy()
	keepOne("ahead")
	there("ahead", "old", "ahead")
	s.wall = time.UnixMilli(0)
	tidy()
	keepOne("in1970")
	there("in 1970", "old", "ahead", "in1970")
	until(t, "every change is told", func() bool { return len(told[fact.ClockJudged](t, c)) == 2 })
	if words := c.warned(time.Now()); len(words) != 1 || (&box{c}).warningCode(words[0]) != "warning.clock" {
		t.Errorf("told %q", words)
	}

	// A person confirms it: the old one goes, what was made meanwhile begins to count.
	s.wall = time.Now()
	doc.Recording.Days, doc.Recording.Least, doc.Voicemail.Days = 180, 7, 90
	*c.keeper.Current() = doc
	known.confirm("user:root")
	tidy()
	there("confirmed", "old", "ahead", "in1970")
	if words := c.warned(time.Now()); len(words) > 0 {
		t.Errorf("told %q", words)
	}
	doc.Recording.Days, doc.Recording.Least, doc.Voicemail.Days = 0, 0, 0
	*c.keeper.Current() = doc
	tidy()
	if all, err := c.archive.List(t.Context(), recording.Query{Present: true}); err != nil || len(all) > 0 {
		t.Errorf("their days are over now: %+v, %v", all, err)
	}
}
