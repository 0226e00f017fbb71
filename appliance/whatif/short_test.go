package whatif

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
)

// crowd are people who come evenly over a stretch of the day, which is cut off while some still talk and wait.
type crowd struct {
	person
	length int64 // ms
}

func (c crowd) arrivals(r *rand.Rand) []arrival {
	out := make([]arrival, c.calls)
	for i := range out {
		out[i] = arrival{r.Int64N(c.length), c.queues[0]}
	}
	slices.SortFunc(out, func(a, b arrival) int { return int(a.at - b.at) })
	return out
}

// Half an hour teaches little, but nothing wrong: over many such half hours the difference between the real one and the one run again is chance, not a
// lean. Without the conversations that are still going on when it is cut off, it leans by three points: short conversations end first.
func TestHalfAnHourLeansNowhere(t *testing.T) {
	const halfHours, length = 200, 35 * 60_000
	b := branch(6, "rouge")
	whole := &Day{From: 1_700_000_000_000, Until: 1_700_000_000_000 + dayMS, spans: map[string][]span{}}
	for _, a := range b.Agents {
		whole.spans[a.ID] = []span{{0, dayMS}}
	}
	p, err := newPlan(whole, b, Change{})
	if err != nil {
		t.Fatal(err)
	}
	var level []float64
	for seed := range uint64(halfHours) {
		var facts []fact.Entry
		w := newWorld(p, crowd{person{truth{35, 120, 240, 5, []string{"rouge"}}}, length}, rand.New(rand.NewPCG(seed, 1)), 20_000)
		w.keep = func(e fact.Entry) { facts = append(facts, e) }
		w.run()
		a, err := Ask(Observe(slices.Values(facts), whole.From, whole.From+length), b, Question{Runs: 11, Seed: 9, WithinMS: 20_000})
		if err != nil {
			t.Logf("seed %d: %v", seed, err)
			continue
		}
		level = append(level, 100*(a.All.ServiceLevel.Middle-a.All.Real.ServiceLevel()))
	}
	sum, squares := 0.0, 0.0
	for _, v := range level {
		sum, squares = sum+v, squares+v*v
	}
	n := float64(len(level))
	mean := sum / n
	t.Logf("%.0f half hours differ by %+.1f points of service level in the mean, and by %.1f each", n, mean, math.Sqrt(squares/n-mean*mean))
	if n < halfHours*9/10 || math.Abs(mean) > 1.5 {
		t.Errorf("a half hour that is run again leans by %+.1f points of service level", mean)
	}
}

// A conversation that goes on when the day ends is known to have lasted so long, and is drawn at least as long.
func TestAConversationThatGoesOnIsNotShort(t *testing.T) {
	d := &Day{habits: map[string]*habits{"rouge": {talks: []talk{{60_000, true}, {120_000, true}, {600_000, false}, {900_000, false}}}}}
	got := d.lengths("rouge")
	if len(got.steps) != 2 || got.longest != 900_000 || math.Abs(got.mean()-(15+30+450)) > 1e-9 {
		t.Errorf("%+v, mean %.1f s", got, got.mean())
	}
	r := rand.New(rand.NewPCG(1, 2))
	drawn := map[int64]int{}
	for range 4000 {
		drawn[observed{day: d}.talk(r, "rouge")]++
	}
	if drawn[60_000]+drawn[120_000]+drawn[900_000] != 4000 || drawn[900_000] < 1800 || drawn[900_000] > 2200 {
		t.Errorf("drawn %v, half of them are to be long", drawn)
	}
	facts := []fact.Entry{
		{At: fact.Moment{UTC: 0}, Fact: fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}},
		{At: fact.Moment{UTC: 10_000}, Fact: fact.VisitEnded{Call: "c1", Visit: 1, Queue: "rouge", Outcome: fact.VisitAnswered, WaitMS: 10_000}},
		{At: fact.Moment{UTC: 20_000}, Fact: fact.VisitEntered{Call: "c2", Visit: 1, Queue: "rouge"}},
		{At: fact.Moment{UTC: 30_000}, Fact: fact.VisitEnded{Call: "c2", Visit: 1, Queue: "rouge", Outcome: fact.VisitAnswered, WaitMS: 10_000}},
		{At: fact.Moment{UTC: 40_000}, Fact: fact.CallEnded{Call: "c2", TalkMS: 10_000}},
	}
	day := Observe(slices.Values(facts), 0, 100_000)
	talks := day.habits["rouge"].talks
	if len(talks) != 2 || talks[0] != (talk{10_000, true}) || talks[1] != (talk{90_000, false}) {
		t.Errorf("seen %+v", talks)
	}
}
