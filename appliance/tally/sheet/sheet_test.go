package sheet_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/kpi"
	"autocom/appliance/tally/ledger"
	"autocom/appliance/tally/sheet"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files again")

const minute = int64(60_000)

func paris(t rapid.TB) hours.Zone {
	t.Helper()
	z, ok := hours.ZoneOf("Europe/Paris")
	if !ok {
		t.Fatal("no Europe/Paris")
	}
	return z
}

// journal is told fact by fact.
type journal struct {
	book *ledger.Book
	now  fact.Moment
	n    uint64
}

func (j *journal) tell(facts ...fact.Fact) {
	for _, f := range facts {
		j.n++
		j.book.Take(fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: j.n}, At: j.now, Fact: f})
	}
}

func (j *journal) after(ms int64, facts ...fact.Fact) {
	j.now = j.now.Add(ms)
	j.tell(facts...)
}

// call is a caller who waits in a queue and is answered, or leaves after waiting.
func (j *journal) call(id, queue, agent string, waits, talks int64) {
	j.tell(
		fact.CallOpened{Call: id, Flow: "inbound", Trunk: "carrier", Caller: fact.Subject("s" + id), Dialled: "+33140506070"},
		fact.VisitEntered{Call: id, Visit: 1, Queue: queue},
	)
	if agent == "" {
		j.after(waits, fact.VisitEnded{Call: id, Visit: 1, Queue: queue, Outcome: fact.VisitAbandoned, WaitMS: waits},
			fact.CallEnded{Call: id, Outcome: fact.CallAbandoned, Stage: fact.StageQueue, WaitMS: waits})
		return
	}
	j.tell(fact.OfferMade{Call: id, Visit: 1, Offer: 1, Queue: queue, Agent: agent}, at(agent, "ringing", id))
	j.after(waits, fact.OfferEnded{Call: id, Visit: 1, Offer: 1, Agent: agent, Outcome: fact.OfferAnswered, RingMS: waits},
		fact.VisitEnded{Call: id, Visit: 1, Queue: queue, Outcome: fact.VisitAnswered, WaitMS: waits, Agent: agent},
		at(agent, "talking", id), fact.BridgeJoined{Call: id})
	j.after(talks, fact.BridgeParted{Call: id, TalkMS: talks}, at(agent, "wrapup", ""), fact.CallEnded{Call: id, Outcome: fact.CallAnswered, WaitMS: waits, TalkMS: talks})
	j.after(10_000, at(agent, "idle", ""))
}

func at(agent, activity, call string) fact.AgentChanged {
	return fact.AgentChanged{Agent: agent, Session: "logged_in", Declared: "available", Activity: activity, Line: "registered", Call: call}
}

// autumn is the night of 2026-10-25 in Paris, from a quarter to two: an hour that comes twice, and a pause across it.
func autumn(t rapid.TB) (*journal, int64, int64) {
	from, until := sheet.Days(paris(t), hours.Date{Year: 2026, Month: 10, Day: 25}, hours.Date{Year: 2026, Month: 10, Day: 26})
	rules := ledger.DefaultRules()
	rules.Goals = []ledger.Goal{{Queue: "bleu", MS: 40_000}}
	j := &journal{book: ledger.New(rules), now: fact.Moment{UTC: from + 105*minute, Boot: 1}}
	j.tell(at("ana", "idle", ""))
	j.call("c1", "rouge", "ana", 10_000, 60_000)
	j.after(20*minute, at("ana", "idle", ""))
	j.call("c2", "rouge", "ana", 30_000, 90_000) // 02:06 in summer time
	j.after(minute, fact.AgentChanged{Agent: "ana", Session: "logged_in", Declared: "pause", Pause: "lunch", Activity: "idle", Line: "registered"})
	j.after(58 * minute)
	j.call("c3", "bleu", "", 35_000, 0) // 02:07 in winter time
	j.after(25*minute, fact.FactsLost{From: fact.Address{Stream: "box", Epoch: 1, N: 90}, To: fact.Address{Stream: "box", Epoch: 1, N: 99}, Cause: "disk full"})
	j.after(10*minute, fact.CallOpened{Call: "c4", Flow: "inbound", Withheld: true}, fact.VisitEntered{Call: "c4", Visit: 1, Queue: "=cmd|'/c calc'!A1"})
	return j, from, until
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\r\n"), strings.Split(string(got), "\r\n")); diff != "" {
		t.Error(diff)
	}
}

func TestExports(t *testing.T) {
	j, from, until := autumn(t)
	z := paris(t)
	now := j.now.Add(minute)
	figures := []sheet.Column{
		"received", "answered", "abandoned", "in_progress", sheet.Column(kpi.ServiceLevelOffered), sheet.Column(kpi.AvgSpeedOfAnswer), sheet.Column(kpi.AvgHandle),
	}
	cases := []struct {
		file string
		r    sheet.Request
		how  sheet.Spelling
	}{
		{"night-by-hour.csv", sheet.Request{From: from + 60*minute, Until: from + 6*60*minute, Step: sheet.Hour, Columns: figures}, sheet.Spelling{Excel: true}},
		{"night-by-queue.csv", sheet.Request{From: from, Until: until, Step: sheet.Day, Split: sheet.ByQueue, Columns: figures}, sheet.Spelling{Language: sheet.English, Parts: true}},
		{"night-by-agent.csv", sheet.Request{From: from + 90*minute, Until: from + 4*60*minute, Step: sheet.Quarter, Split: sheet.ByAgent, Columns: []sheet.Column{
			"received", "offers", "offers_answered", "logged_in", "idle", "pause:lunch", "talking", "wrap_up", sheet.Column(kpi.Occupancy), sheet.Column(kpi.Reachable),
			sheet.Column(kpi.OfferAnswerRate), sheet.Column(kpi.AnswerRateQueue),
		}}, sheet.Spelling{Excel: true}},
		{"one-queue.csv", sheet.Request{From: from, Until: until, Filter: kpi.Filter{Queues: []string{"bleu"}, Match: kpi.FirstOnly}, Columns: figures}, sheet.Spelling{}},
		{"nothing-heard.csv", sheet.Request{From: from - 48*60*minute, Until: from - 24*60*minute, Columns: figures}, sheet.Spelling{Language: sheet.English}},
		{"everything.csv", sheet.Request{From: from, Until: until}, sheet.Spelling{Excel: true}},
	}
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			c.r.Zone, c.r.Site = z, "Agence de Lyon"
			s, err := sheet.Make(j.book.Rows(now), j.book.Rules(), c.r, now)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.file, s.CSV(c.how))
		})
	}
}

// TestDaysHave23Or25HoursTwiceAYear: FEATURES §3.3, DST night.
func TestDaysHave23Or25HoursTwiceAYear(t *testing.T) {
	z := paris(t)
	for _, c := range []struct{ month, day, hours int }{{3, 28, 24}, {3, 29, 23}, {3, 30, 24}, {10, 24, 24}, {10, 25, 25}, {10, 26, 24}} {
		d := hours.Date{Year: 2026, Month: c.month, Day: c.day}
		from, until := sheet.Days(z, d, d.Add(1))
		for step, want := range map[sheet.Step]int{sheet.Day: 1, sheet.Hour: c.hours, sheet.Quarter: 4 * c.hours} {
			s, err := sheet.Make(count.Rows{}, ledger.DefaultRules(), sheet.Request{Zone: z, From: from, Until: until, Step: step}, fact.Moment{UTC: until})
			if err != nil || len(s.Lines) != want {
				t.Errorf("%s by %s has %d lines, want %d (%v)", d, step, len(s.Lines), want, err)
			}
			starts := map[string]bool{}
			for line := range strings.SplitSeq(string(s.CSV(sheet.Spelling{})), "\r\n") {
				if !strings.HasPrefix(line, "2026") {
					continue
				}
				begins, _, _ := strings.Cut(line, ",")
				if starts[begins] {
					t.Errorf("%s by %s: two lines begin at %s", d, step, begins)
				}
				starts[begins] = true
			}
		}
	}
}

// TestHoursOfAZoneBetweenHours: in the Marquesas an hour begins at half past, for UTC.
func TestHoursOfAZoneBetweenHours(t *testing.T) {
	z, ok := hours.ZoneOf("Pacific/Marquesas")
	if !ok {
		t.Fatal("no Pacific/Marquesas")
	}
	from, until := sheet.Days(z, hours.Date{Year: 2026, Month: 5, Day: 4}, hours.Date{Year: 2026, Month: 5, Day: 5})
	s, err := sheet.Make(count.Rows{}, ledger.DefaultRules(), sheet.Request{Zone: z, From: from + 2*count.QuarterMS, Until: until, Step: sheet.Hour}, fact.Moment{UTC: until})
	if err != nil || len(s.Lines) != 24 || s.Lines[0].Until-s.Lines[0].From != 2*count.QuarterMS || z.Civil(s.Lines[1].From).Minute() != 60 {
		t.Errorf("%d lines, %v: %+v", len(s.Lines), err, s.Lines[:1])
	}
}

func TestRequestsThatCannotBeServed(t *testing.T) {
	from, until := sheet.Days(paris(t), hours.Date{Year: 2026, Month: 1, Day: 1}, hours.Date{Year: 2030, Month: 1, Day: 1})
	cases := []struct {
		name string
		r    sheet.Request
		want error
	}{
		{"not on a quarter", sheet.Request{From: from + 1, Until: until}, sheet.ErrPeriod},
		{"nothing", sheet.Request{From: from, Until: from}, sheet.ErrPeriod},
		{"backwards", sheet.Request{From: until, Until: from}, sheet.ErrPeriod},
		{"too long", sheet.Request{From: from, Until: until, Step: sheet.Quarter}, sheet.ErrLines},
		{"no such step", sheet.Request{From: from, Until: until, Step: "fortnight"}, sheet.ErrStep},
		{"no such split", sheet.Request{From: from, Until: until, Split: "mood"}, sheet.ErrStep},
		{"no such column", sheet.Request{From: from, Until: until, Columns: []sheet.Column{"luck"}}, sheet.ErrColumn},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := sheet.Make(count.Rows{}, ledger.Rules{}, c.r, fact.Moment{}); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestNamesAreNoFormulas: whatever a queue is called, a spreadsheet shows it and does not run it.
func TestNamesAreNoFormulas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"=", "+", "-", "@", "\t=", " =", "\r=", "|", "%", ""}).Draw(t, "begins") + rapid.StringMatching(`[a-z"',;= ]{0,8}`).Draw(t, "name") + "x"
		rows := count.Rows{Visits: []count.Row[count.Place, count.Visits]{{At: count.Place{Quarter: 1, Queue: name}, N: count.Visits{Received: 1}}}}
		for _, excel := range []bool{false, true} {
			s, err := sheet.Make(rows, ledger.Rules{}, sheet.Request{From: 0, Until: 4 * count.QuarterMS, Site: name, Filter: kpi.Filter{Agents: []string{name}}, Split: sheet.ByQueue, Columns: []sheet.Column{"received"}}, fact.Moment{UTC: 9 * count.QuarterMS})
			if err != nil {
				t.Fatal(err)
			}
			for _, cells := range read(t, s.CSV(sheet.Spelling{Excel: excel}), map[bool]byte{true: ';', false: ','}[excel]) {
				for i, c := range cells {
					if strings.HasPrefix(cells[0], "19") && i == 2 && c != name && c != "'"+name {
						t.Fatalf("%q became %q", name, c)
					}
					if first := strings.TrimLeft(c, " \t\r\n"); first != "" && strings.ContainsAny(first[:1], "=+-@|%") {
						t.Fatalf("a spreadsheet would run %q", c)
					}
				}
			}
		}
	})
}

// read is RFC 4180 the other way round, and says when all lines but remarks are not of one width.
func read(t rapid.TB, text []byte, sep byte) (rows [][]string) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var row []string
	var cell []byte
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '"' && i+1 < len(text) && text[i+1] == '"':
			cell = append(cell, c)
			i++
		case len(row)+len(cell) == 0 && c == '#': // to the end of the line, as readers of remarks take it
			end := i + bytes.Index(text[i:], []byte("\r\n"))
			rows, i = append(rows, cellsOf(text[i:end], sep)), end+1
		case c == '"' && (quoted || len(cell) == 0):
			quoted = !quoted
		case quoted:
			cell = append(cell, c)
		case c == sep:
			row, cell = append(row, string(cell)), nil
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
			rows, row, cell = append(rows, append(row, string(cell))), nil, nil
			i++
		default:
			cell = append(cell, c)
		}
	}
	width := 0
	for _, r := range rows {
		if strings.HasPrefix(r[0], "#") {
			if len(r) != 1 {
				t.Fatalf("a remark of %d cells: %q", len(r), r)
			}
			continue
		}
		if width == 0 {
			width = len(r)
		}
		if len(r) != width {
			t.Fatalf("%d cells where there should be %d: %q", len(r), width, r)
		}
	}
	return rows
}

func cellsOf(line []byte, sep byte) (cells []string) {
	for c := range bytes.SplitSeq(line, []byte{sep}) {
		cells = append(cells, string(c))
	}
	return cells
}

// TestLinesAddUpToTheTotal, whatever they are cut into.
func TestLinesAddUpToTheTotal(t *testing.T) {
	j, from, until := autumn(t)
	for _, step := range []sheet.Step{sheet.Whole, sheet.Day, sheet.Hour, sheet.Quarter} {
		for _, split := range []sheet.Split{sheet.Together, sheet.ByQueue, sheet.BySection, sheet.ByRoute} {
			s, err := sheet.Make(j.book.Rows(j.now), j.book.Rules(), sheet.Request{Zone: paris(t), From: from, Until: until, Step: step, Split: split}, j.now)
			if err != nil {
				t.Fatal(err)
			}
			var visits count.Visits
			for _, l := range s.Lines {
				visits.Add(l.Sums.Visits)
			}
			want := s.Total.Sums.Visits
			if split == sheet.BySection || split == sheet.ByRoute { // the last caller came over no trunk and dialled nothing
				want.Received, want.InProgress, want.MaxWaitMS = 3, 0, 35_000
			}
			if diff := cmp.Diff(want, visits); diff != "" {
				t.Error(step, split, diff)
			}
		}
	}
}
