package appliance

import (
	"sync"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/dsp/events"
)

// keys counts each press of a key once: some phones tell it as an event, by INFO and in the voice, all at once. Goroutines share it.
type keys struct {
	mu   sync.Mutex
	legs map[plan.LegID]*events.Merge
}

// fresh reports whether a press was not told before in another way.
func (k *keys) fresh(d exchange.DigitPressed, now fact.Moment) bool {
	source, known := events.SourceNamed(d.Via)
	if !known || len(d.Digit) != 1 {
		return true // of no way that another could repeat
	}
	const perMS = 8 // samples
	r := events.Report{Source: source, Digit: d.Digit[0], End: now.Boot * perMS}
	r.Start = r.End - d.LengthMS*perMS
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.legs[d.Leg]
	if m == nil {
		if k.legs == nil {
			k.legs = map[plan.LegID]*events.Merge{}
		}
		m = new(events.Merge)
		k.legs[d.Leg] = m
	}
	return m.Add(r)
}

// forget is for a leg that is over.
func (k *keys) forget(leg plan.LegID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.legs, leg)
}
