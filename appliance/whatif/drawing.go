package whatif

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"autocom/appliance/exchange/fact"
)

// habit is what callers and agents will do, drawn for each.
type habit interface {
	arrivals(r *rand.Rand) []arrival            // sorted
	patience(r *rand.Rand, queue string) int64  // ms; forever when nobody ever left
	pick(r *rand.Rand, queue string) pick       // of one presentation
	talk(r *rand.Rand, queue string) (ms int64) // of one conversation
}

const (
	forever     = math.MaxInt64
	usualRing   = 5_000 // ms, of a day on which nobody's phone rang
	quarterHour = 900_000
)

// observed draws from a day.
type observed struct{ day *Day }

// arrivals come as many in each quarter of an hour as they did, at other moments of it.
func (o observed) arrivals(r *rand.Rand) []arrival {
	out := slices.Clone(o.day.arrivals)
	for i := range out {
		from := out[i].at / quarterHour * quarterHour
		out[i].at = from + r.Int64N(min(quarterHour, o.day.Until-o.day.From-from)) // the last quarter of a day that is not over is shorter
	}
	slices.SortStableFunc(out, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	return out
}

// patience is drawn from the survival of those who waited (Kaplan and Meier, 1958): who was answered was patient at least so long.
func (o observed) patience(r *rand.Rand, queue string) int64 {
	u := r.Float64()
	for _, s := range o.day.survival(queue) {
		if u > s.left {
			return s.ms
		}
	}
	return forever
}

func (o observed) pick(r *rand.Rand, queue string) pick {
	all := pooled(o.day, queue, func(h *habits) []pick { return h.picks })
	if len(all) == 0 {
		return pick{usualRing, fact.OfferAnswered}
	}
	return all[r.IntN(len(all))]
}

// talk is drawn like patience: a conversation that went on when the day ended lasted at least so long. Beyond the longest that is known, none lasts.
func (o observed) talk(r *rand.Rand, queue string) int64 {
	c := o.day.lengths(queue) // never empty: see Day.enough
	u := r.Float64()
	for _, s := range c.steps {
		if u > s.left {
			return s.ms
		}
	}
	return c.longest
}

// step is one step of a survival curve: after so long, this part is still there.
type step struct {
	ms   int64
	left float64
}

// lengths is how long conversations last.
type lengths struct {
	steps   []step
	longest int64 // ms
}

// mean is how long they last in the mean, in s.
func (l lengths) mean() float64 {
	sum, left := 0.0, 1.0
	for _, s := range l.steps {
		sum += (left - s.left) * float64(s.ms)
		left = s.left
	}
	return (sum + left*float64(l.longest)) / 1000
}

// lengths is the Kaplan–Meier estimate of how long conversations of a queue last.
func (d *Day) lengths(queue string) lengths {
	if d.talks == nil {
		d.talks = map[string]lengths{}
	}
	if c, known := d.talks[queue]; known {
		return c
	}
	var all []wait
	c := lengths{}
	for _, t := range pooled(d, queue, func(h *habits) []talk { return h.talks }) {
		all = append(all, wait{t.ms, t.over})
		c.longest = max(c.longest, t.ms)
	}
	c.steps = kaplanMeier(all)
	d.talks[queue] = c
	return c
}

// survival is the Kaplan–Meier estimate of how long callers of a queue are patient.
func (d *Day) survival(queue string) []step {
	if d.curves == nil {
		d.curves = map[string][]step{}
	}
	if c, known := d.curves[queue]; known {
		return c
	}
	c := kaplanMeier(pooled(d, queue, func(h *habits) []wait { return h.waits }))
	d.curves[queue] = c
	return c
}

func kaplanMeier(waits []wait) []step {
	all := slices.Clone(waits)
	slices.SortFunc(all, func(a, b wait) int { return cmp.Compare(a.ms, b.ms) })
	var out []step
	left := 1.0
	for i := 0; i < len(all); {
		there, gone, same := len(all)-i, 0, 0
		for ; i+same < len(all) && all[i+same].ms == all[i].ms; same++ {
			if all[i+same].left {
				gone++
			}
		}
		if gone > 0 {
			left *= 1 - float64(gone)/float64(there)
			out = append(out, step{all[i].ms, left})
		}
		i += same
	}
	return out
}
