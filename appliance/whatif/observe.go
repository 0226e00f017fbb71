package whatif

import (
	"cmp"
	"iter"
	"slices"

	"autocom/appliance/exchange/fact"
)

// Day is what happened between two moments, as far as a simulation needs it.
type Day struct {
	From, Until int64 // Unix ms

	arrivals []arrival
	habits   map[string]*habits // by queue
	spans    map[string][]span  // by agent: when they could be called
	facts    []fact.Entry       // of the day, that figures are counted from
	curves   map[string][]step  // of patience, as they are needed
	talks    map[string]lengths // of conversations, as they are needed
}

// arrival is a caller who enters their first queue, ms after the day began.
type arrival struct {
	at    int64
	queue string
}

// span is a stretch of the day, ms after it began.
type span struct{ from, to int64 }

// habits is what was seen of the callers and agents of a queue.
type habits struct {
	waits []wait
	picks []pick
	talks []talk
}

// wait is how long a caller waited; left says that their patience ended there. Otherwise it is known only that it lasted so long (censored).
type wait struct {
	ms   int64
	left bool
}

// talk is how long a conversation lasted; over says that it ended then. Otherwise it went on when the day ended, and is known only to have lasted so long
// (censored): without those a short day would teach that conversations are short.
type talk struct {
	ms   int64
	over bool
}

// pick is what became of presenting a call to an agent.
type pick struct {
	ringMS  int64
	outcome fact.OfferOutcome
}

// maxFacts bounds the facts of a day.
const maxFacts = 2_000_000

// Observe reads a day from facts, oldest first; those before the day tell who was there when it began.
func Observe(facts iter.Seq[fact.Entry], from, until int64) *Day {
	d := &Day{From: from, Until: until, habits: map[string]*habits{}, spans: map[string][]span{}}
	queueOf := map[string]string{} // by call: the queue it is in, or was answered from
	served := map[string]bool{}    // calls that were answered from a queue
	talking := map[string]int64{}  // calls that were answered, and since when
	began := map[string]bool{}     // calls whose first entry was seen
	backs := map[string]bool{}     // calls in which somebody is called back: nobody waits in them
	up := map[string]int64{}       // agents who can be called, and since when
	for e := range facts {
		at := e.At.UTC - from
		inside := e.At.UTC >= from && e.At.UTC < until
		if e.At.UTC >= until {
			break
		}
		if inside && len(d.facts) < maxFacts {
			d.facts = append(d.facts, e)
		}
		switch f := e.Fact.(type) {
		case fact.CallOpened:
			if f.Callback != "" {
				backs[f.Call] = true
			}
		case fact.VisitEntered:
			queueOf[f.Call] = f.Queue
			if inside && !began[f.Call] && !backs[f.Call] && f.From == "" {
				d.arrivals = append(d.arrivals, arrival{at, f.Queue})
			}
			began[f.Call] = true
		case fact.VisitEnded:
			if f.Outcome == fact.VisitAnswered {
				served[f.Call] = true
				talking[f.Call] = at
			}
			if inside && !backs[f.Call] {
				h := d.habit(f.Queue)
				h.waits = append(h.waits, wait{f.WaitMS, f.Outcome == fact.VisitAbandoned || f.Outcome == fact.VisitCancelled})
			}
		case fact.OfferEnded:
			if q := queueOf[f.Call]; inside && q != "" && f.Outcome != fact.OfferCancelled && f.Outcome != fact.OfferLostRace {
				h := d.habit(q)
				h.picks = append(h.picks, pick{f.RingMS, f.Outcome})
			}
		case fact.CallEnded:
			if q := queueOf[f.Call]; inside && served[f.Call] && f.TalkMS > 0 {
				h := d.habit(q)
				h.talks = append(h.talks, talk{f.TalkMS, true})
			}
			delete(talking, f.Call)
			delete(queueOf, f.Call)
			delete(began, f.Call)
			delete(backs, f.Call)
		case fact.AgentChanged:
			since, was := up[f.Agent]
			switch now := present(f, served[f.Call]); {
			case now && !was:
				up[f.Agent] = max(0, at)
			case !now && was:
				delete(up, f.Agent)
				d.close(f.Agent, since, at)
			}
		default: // tells nothing of habits
		}
	}
	for call, since := range talking { // they are drawn from by their order in length alone
		if h := d.habit(queueOf[call]); until-from > since {
			h.talks = append(h.talks, talk{until - from - since, false})
		}
	}
	for who, since := range up {
		d.close(who, since, until-from)
	}
	return d
}

// close notes that somebody could be called from one moment to another.
func (d *Day) close(who string, from, to int64) {
	if to > from {
		d.spans[who] = append(d.spans[who], span{from, to})
	}
}

func (d *Day) habit(queue string) *habits {
	h := d.habits[queue]
	if h == nil {
		h = &habits{}
		d.habits[queue] = h
	}
	return h
}

// present reports whether an agent is there for the queues: free, or busy with one of their calls. Other calls are as good as a pause.
func present(f fact.AgentChanged, served bool) bool {
	if f.Session != "logged_in" || f.Declared != "available" || f.Line != "registered" {
		return busy(f) && served // a pause that was chosen for afterwards
	}
	return f.Activity == "idle" || f.Activity == "reserved" || f.Activity == "ringing" || f.Activity == "wrapup" || served
}

func busy(f fact.AgentChanged) bool { return f.Activity != "idle" && f.Activity != "" }

// Agents is how many could be called at some time of the day.
func (d *Day) Agents() int { return len(d.spans) }

// Callers is how many entered a queue.
func (d *Day) Callers() int { return len(d.arrivals) }

// pooled is what was seen in a queue, or in all of them where one has seen too little to be drawn from.
func pooled[T any](d *Day, queue string, of func(*habits) []T) []T {
	const enough = 20
	if h := d.habits[queue]; h != nil && len(of(h)) >= enough {
		return of(h)
	}
	var ids []string
	for id := range d.habits {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, cmp.Compare)
	var all []T
	for _, id := range ids {
		all = append(all, of(d.habits[id])...)
	}
	return all
}
