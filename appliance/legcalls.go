package appliance

import (
	"sync"

	"autocom/appliance/exchange/fact"
)

// legCalls remembers whose call a leg was, until its port has told how it sounded. Goroutines share it.
type legCalls struct {
	mu sync.Mutex
	of map[string]string
}

// mostLegCalls bounds it: a media process that dies tells nothing of its legs any more.
const mostLegCalls = 4096

// learn takes what the exchange decided.
func (l *legCalls) learn(facts []fact.Fact) {
	for _, f := range facts {
		opened, is := f.(fact.LegOpened)
		if !is {
			continue
		}
		l.mu.Lock()
		if l.of == nil || len(l.of) >= mostLegCalls {
			l.of = map[string]string{} // what is forgotten is told without its call
		}
		l.of[opened.Leg] = opened.Call
		l.mu.Unlock()
	}
}

// name completes what a port that closed has counted.
func (l *legCalls) name(q fact.LegQuality) fact.LegQuality {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.Call = l.of[q.Leg]
	delete(l.of, q.Leg)
	return q
}
