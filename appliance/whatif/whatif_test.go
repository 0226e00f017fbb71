package whatif

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// truth is a day's callers and agents as they really are, which nobody can see: exponential patience, log-normal conversations.
type truth struct {
	calls    int
	patience float64 // s, mean
	talk     float64 // s, median
	missed   int     // of 100 presentations
	queues   []string
}

const dayMS = 10 * 3_600_000 // from eight to six

func (h truth) arrivals(r *rand.Rand) []arrival {
	out := make([]arrival, h.calls)
	for i := range out { // two humps, as in an office
		hour := 2.5 + r.NormFloat64()
		if r.IntN(2) == 0 {
			hour = 7 + r.NormFloat64()
		}
		out[i] = arrival{int64(min(max(hour, 0), 9.9) * 3_600_000), h.queues[r.IntN(len(h.queues))]}
	}
	slices.SortFunc(out, func(a, b arrival) int { return int(a.at - b.at) })
	return out
}

func (h truth) patience_(r *rand.Rand) int64 { return int64(r.ExpFloat64() * h.patience * 1000) }

func (h truth) pick(r *rand.Rand, _ string) pick {
	if r.IntN(100) < h.missed {
		return pick{0, fact.OfferNotAnswered}
	}
	return pick{2000 + r.Int64N(6000), fact.OfferAnswered}
}

func (h truth) talk_(r *rand.Rand) int64 {
	return int64(math.Exp(math.Log(h.talk)+0.6*r.NormFloat64()) * 1000)
}

// person makes a habit of a truth.
type person struct{ truth }

func (p person) patience(r *rand.Rand, _ string) int64 { return p.patience_(r) }
func (p person) talk(r *rand.Rand, _ string) int64     { return p.talk_(r) }

func branch(agents int, queues ...string) exchange.Branch {
	b := exchange.Branch{Country: "FR"}
	for _, id := range queues {
		b.Queues = append(b.Queues, exchange.Queue{ID: id, RingMS: 20_000, RetryMS: 2_000, CoolDownMS: 15_000, WrapUpMS: 10_000})
	}
	for i := range agents {
		b.Agents = append(b.Agents, exchange.Agent{ID: fmt.Sprintf("a%d", i+1), Queues: queues})
	}
	return b
}

// live runs a day of the truth, and gives its facts.
func live(t *testing.T, h truth, b exchange.Branch, seed uint64) []fact.Entry {
	t.Helper()
	d := &Day{From: 1_700_000_000_000, Until: 1_700_000_000_000 + dayMS, spans: map[string][]span{}}
	for i, a := range b.Agents { // each has lunch at another time
		lunch := int64(3_600_000) * (4 + int64(i)%3)
		d.spans[a.ID] = []span{{0, lunch}, {lunch + 3_600_000, dayMS}}
	}
	p, err := newPlan(d, b, Change{})
	if err != nil {
		t.Fatal(err)
	}
	var facts []fact.Entry
	w := newWorld(p, person{h}, rand.New(rand.NewPCG(seed, 1)), 20_000)
	w.keep = func(e fact.Entry) { facts = append(facts, e) }
	w.run()
	return facts
}

func observe(facts []fact.Entry) *Day {
	return Observe(slices.Values(facts), 1_700_000_000_000, 1_700_000_000_000+dayMS)
}

// The unchanged day has the service level of the real one, within three points.
func TestTheUnchangedDayIsTheDay(t *testing.T) {
	for seed, c := range []struct {
		truth
		agents int
	}{
		{truth{300, 120, 150, 5, []string{"rouge"}}, 5},
		{truth{600, 180, 150, 5, []string{"rouge", "bleu"}}, 8},
		{truth{500, 60, 200, 10, []string{"rouge"}}, 6},
		{truth{800, 240, 180, 3, []string{"rouge", "bleu", "vert"}}, 14},
		{truth{200, 90, 120, 5, []string{"rouge"}}, 2},
		{truth{1000, 150, 120, 8, []string{"rouge"}}, 10},
	} {
		b := branch(c.agents, c.queues...)
		day := observe(live(t, c.truth, b, uint64(seed)))
		a, err := Ask(day, b, Question{Runs: 25, Seed: 9, WithinMS: 20_000})
		if err != nil {
			t.Fatal(err)
		}
		was, run := a.All.Real.ServiceLevel(), a.All.ServiceLevel
		t.Logf("%d calls, %d agents: %.1f %% really, %.1f %% (%.1f to %.1f) run again; left %.1f %% and %.1f %%, wait %.0f s and %.0f s, occupancy %.0f %% and %.0f %%; Erlang C %.1f %%",
			c.calls, c.agents, 100*was, 100*run.Middle, 100*run.Low, 100*run.High, 100*a.All.Real.LeftRate(), 100*a.All.LeftRate.Middle,
			a.All.Real.MeanWait(), a.All.MeanWait.Middle, 100*a.All.Real.Occupancy(), 100*a.All.Occupancy.Middle, 100*a.All.Erlang)
		if math.Abs(was-run.Middle) > 0.03 {
			t.Errorf("seed %d: the day had a service level of %.1f %%, run again it has %.1f %%", seed, 100*was, 100*run.Middle)
		}
		if a.Agents != c.agents || day.Callers() != c.calls {
			t.Errorf("%d agents and %d callers were seen of %d and %d", a.Agents, day.Callers(), c.agents, c.calls)
		}
	}
}

func TestMoreAgentsServeFasterAndFewerSlower(t *testing.T) {
	b := branch(5, "rouge")
	day := observe(live(t, truth{400, 120, 150, 5, []string{"rouge"}}, b, 3))
	level := func(c Change) float64 {
		t.Helper()
		a, err := Ask(day, b, Question{Change: c, Runs: 12, Seed: 2, WithinMS: 20_000})
		if err != nil {
			t.Fatal(err)
		}
		return a.All.ServiceLevel.Middle
	}
	fewer, same, more := level(Change{Agents: -2}), level(Change{}), level(Change{Agents: 2})
	if fewer+0.05 > same || same+0.05 > more {
		t.Errorf("service levels with two fewer, as many, two more: %.2f, %.2f, %.2f", fewer, same, more)
	}
	if level(Change{WrapUpMS: map[string]int64{"rouge": 120_000}}) > same-0.05 {
		t.Error("two minutes of wrap-up cost nothing")
	}
}

func TestPriorityHelpsItsQueue(t *testing.T) {
	b := branch(6, "rouge", "bleu")
	day := observe(live(t, truth{500, 300, 150, 5, []string{"rouge", "bleu"}}, b, 4))
	a, err := Ask(day, b, Question{Change: Change{Priority: map[string]int{"bleu": 100, "rouge": 1}}, Runs: 12, WithinMS: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	if a.Queues[1].MeanWait.Middle >= a.Queues[0].MeanWait.Middle {
		t.Errorf("the queue that goes first waits %.0f s, the other %.0f s", a.Queues[1].MeanWait.Middle, a.Queues[0].MeanWait.Middle)
	}
}

func TestWrongQuestionsSaySo(t *testing.T) {
	b := branch(2, "rouge")
	day := observe(live(t, truth{50, 120, 150, 5, []string{"rouge"}}, b, 5))
	for _, q := range []Question{
		{Runs: -1},
		{Runs: 5000},
		{Change: Change{Agents: -3}},
		{Change: Change{Queue: "vert", Agents: 1}},
		{Change: Change{Strategy: map[string]exchange.Strategy{"vert": exchange.Linear}}},
		{Change: Change{Agents: 1000}},
	} {
		if a, err := Ask(day, b, q); err == nil {
			t.Errorf("%+v is answered %+v", q, a)
		}
	}
	if _, err := Ask(observe(nil), b, Question{}); !errors.Is(err, ErrQuiet) {
		t.Errorf("a day without callers: %v", err)
	}
}

// A few minutes of a day teach nothing: the numbers are said, and no figure is made of them.
func TestTooLittleToLearnFromSaysSo(t *testing.T) {
	b := branch(5, "rouge")
	facts := live(t, truth{600, 120, 150, 5, []string{"rouge"}}, b, 3)
	first := slices.IndexFunc(facts, func(e fact.Entry) bool { _, is := e.Fact.(fact.VisitEntered); return is })
	day := Observe(slices.Values(facts), 1_700_000_000_000, facts[first].At.UTC+20*60_000)
	_, err := Ask(day, b, Question{Runs: 2})
	thin, is := errors.AsType[*ThinError](err)
	if !is || thin.Callers != day.Callers() || thin.Callers == 0 || thin.SpanMS <= 0 || thin.SpanMS >= 20*60_000 {
		t.Fatalf("twenty minutes: %v", err)
	}
	if text := err.Error(); !strings.Contains(text, fmt.Sprintf("callers: %d, conversations: %d, minutes", thin.Callers, thin.Conversations)) {
		t.Error(text)
	}
	// Callers nobody ever answered teach nothing of conversations.
	day = observe(live(t, truth{200, 60, 150, 5, []string{"rouge"}}, branch(0, "rouge"), 3))
	if thin, is := errors.AsType[*ThinError](ask(day, b)); !is || thin.Conversations != 0 || thin.Callers != 200 {
		t.Errorf("a day without an agent: %+v", thin)
	}
}

func ask(day *Day, b exchange.Branch) error {
	_, err := Ask(day, b, Question{Runs: 1})
	return err
}

// An attempt of ours to call somebody back is no caller who came, here as in the statistics: the day that was and the day run again count the same people.
func TestWhoIsCalledBackDidNotCome(t *testing.T) {
	b := branch(2, "rouge")
	facts := live(t, truth{50, 120, 150, 5, []string{"rouge"}}, b, 5)
	day := observe(facts)
	was, waits := day.Real("rouge", 20_000), len(day.habits["rouge"].waits)
	at := facts[len(facts)/2].At
	var with []fact.Entry
	for i, e := range facts {
		if with = append(with, e); i == len(facts)/2 {
			for _, f := range []fact.Fact{
				fact.CallOpened{Call: "back", Flow: "outbound", Callback: "k1"},
				fact.VisitEntered{Call: "back", Visit: 1, Queue: "rouge"},
				fact.VisitEnded{Call: "back", Visit: 1, Queue: "rouge", Outcome: fact.VisitAnswered, WaitMS: 5_000_000},
				fact.CallEnded{Call: "back", TalkMS: 1},
			} {
				with = append(with, fact.Entry{At: at, Fact: f})
			}
		}
	}
	day = observe(with)
	if got := day.Real("rouge", 20_000); got != was || day.Callers() != 50 || len(day.habits["rouge"].waits) != waits {
		t.Errorf("%+v, %d callers, %d waits; without them %+v, 50, %d", got, day.Callers(), len(day.habits["rouge"].waits), was, waits)
	}
}

// Erlang C beside the whole day takes the writing up that its queues ask for, and the last quarter of an hour of a day that is not over as short as it is.
func TestErlangOfADay(t *testing.T) {
	b := branch(10, "rouge")
	b.Queues[0].WrapUpMS = 60_000
	d := &Day{Until: 7 * 60_000, habits: map[string]*habits{"rouge": {talks: []talk{{180_000, true}}}}, spans: map[string][]span{}}
	for _, a := range b.Agents {
		d.spans[a.ID] = []span{{0, 7 * 60_000}}
	}
	for i := range 14 { // two a minute, of four minutes each: eight erlangs
		d.arrivals = append(d.arrivals, arrival{int64(i) * 30_000, "rouge"})
	}
	p, err := newPlan(d, b, Change{})
	if err != nil {
		t.Fatal(err)
	}
	want := ErlangC(8, 10, 20, 240)
	for _, queue := range []string{"", "rouge"} {
		if got := d.erlang(queue, p, 20_000); math.Abs(got-want) > 1e-9 {
			t.Errorf("queue %q: %.4f, want %.4f", queue, got, want)
		}
	}
}

// Kaplan and Meier by hand: 5 wait; one leaves at 10, one is answered at 20, one leaves at 30, two are answered at 40.
func TestKaplanMeier(t *testing.T) {
	got := kaplanMeier([]wait{{40, false}, {10, true}, {30, true}, {20, false}, {40, false}})
	want := []step{{10, 0.8}, {30, 0.8 * 2 / 3}}
	if len(got) != 2 || got[0] != want[0] || math.Abs(got[1].left-want[1].left) > 1e-12 || got[1].ms != 30 {
		t.Errorf("%v, want %v", got, want)
	}
}

// The usual example of Erlang C: 360 calls of 240 s in an hour (24 erlangs), 28 agents: about 70 % within 20 s; and one server is M/M/1.
func TestErlangC(t *testing.T) {
	if p := ErlangC(0.5, 1, 0, 60); math.Abs(p-0.5) > 1e-12 {
		t.Errorf("one server at half load serves %.3f at once", p)
	}
	if p := ErlangC(24, 28, 20, 240); p < 0.68 || p > 0.80 {
		t.Errorf("24 erlangs, 28 agents: %.3f", p)
	}
	if ErlangC(10, 10, 20, 60) != 0 || ErlangC(0, 3, 20, 60) != 1 {
		t.Error("too few agents, or no calls")
	}
}

func BenchmarkADay(b *testing.B) {
	site := branch(14, "rouge", "bleu", "vert")
	var t testing.T
	day := observe(live(&t, truth{800, 240, 180, 3, []string{"rouge", "bleu", "vert"}}, site, 1))
	for b.Loop() {
		if _, err := Ask(day, site, Question{Runs: 1, WithinMS: 20_000}); err != nil {
			b.Fatal(err)
		}
	}
}
