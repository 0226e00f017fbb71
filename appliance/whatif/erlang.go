package whatif

import (
	"maps"
	"math"
	"slices"
)

// ErlangC is the part of callers who are answered within a time, when calls come at random, agents serve them all alike, and nobody ever gives up
// (A. K. Erlang, 1917). offered is the traffic in erlangs: calls per second × seconds each keeps an agent.
func ErlangC(offered float64, agents int, within, handling float64) float64 {
	switch {
	case offered <= 0:
		return 1
	case float64(agents) <= offered: // the queue grows without end
		return 0
	}
	blocked := 1.0 // Erlang B, by its recursion
	for n := 1; n <= agents; n++ {
		blocked = offered * blocked / (float64(n) + offered*blocked)
	}
	n := float64(agents)
	waits := blocked * n / (n - offered*(1-blocked))
	return 1 - waits*math.Exp(-(n-offered)*within/handling)
}

// erlang is the service level Erlang C gives for a day: of each quarter of an hour, weighted by its calls. The last of a day that is not over is shorter.
func (d *Day) erlang(queue string, p *daysPlan, withinMS int64) float64 {
	calls := map[int64]int{}
	total, wrapUpMS := 0, int64(0)
	for _, a := range d.arrivals {
		if queue == "" || a.queue == queue {
			calls[a.at/quarterHour]++
			total++
			wrapUpMS += p.wrapUpMS(a.queue)
		}
	}
	talks := d.lengths(queue)
	if total == 0 || talks.longest == 0 {
		return 0
	}
	handling := float64(wrapUpMS)/1000/float64(total) + talks.mean()
	level := 0.0
	for _, quarter := range slices.Sorted(maps.Keys(calls)) {
		n, from := calls[quarter], quarter*quarterHour
		until := min(from+quarterHour, p.length)
		agents, seconds := p.there(queue, from, until), float64(until-from)/1000
		level += float64(n) / float64(total) * ErlangC(float64(n)/seconds*handling, agents, float64(withinMS)/1000, handling)
	}
	return level
}

// wrapUpMS is how long an agent of a queue writes up.
func (p *daysPlan) wrapUpMS(queue string) int64 {
	for _, q := range p.branch.Queues {
		if q.ID == queue {
			return q.WrapUpMS
		}
	}
	return 0
}

// there is how many agents of a queue were there between two moments, rounded.
func (p *daysPlan) there(queue string, from, to int64) int {
	sum := int64(0)
	for _, w := range p.agents {
		for _, id := range w.queues {
			if queue != "" && id != queue {
				continue
			}
			for _, s := range w.spans {
				sum += max(0, min(s.to, to)-max(s.from, from))
			}
			break
		}
	}
	return int((sum + (to-from)/2) / (to - from))
}
