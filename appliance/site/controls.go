package site

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/policy"
)

// What agents and supervisors may do within calls: parking, listening, recordings.

// Parking is where parties are parked: anybody of the house who dials the number of a place has the party who waits there.
type Parking struct {
	First string   `json:"first"` // the number of the first place; empty: nobody is parked
	Slots int      `json:"slots"` // how many places, numbered one after the other
	Max   Duration `json:"max"`   // after this the party goes back to who parked it
}

// Listening is the branch's rule for supervisors who listen.
type Listening struct {
	Silent bool `json:"silent"` // the agent is not told; announced is the default
}

func (d Document) controls(b *exchange.Branch) {
	b.Parking = exchange.Parking{First: d.Parking.First, Slots: d.Parking.Slots, MaxMS: d.Parking.Max.MS()}
	b.Listening = exchange.Listening{Silent: d.Listening.Silent}
}

// records is what a queue asks of recordings.
func (q Queue) records(b *exchange.Queue) {
	b.Record, b.Sampled, b.RecordOut, b.Discard, b.AgentStops, b.AgentKeeps = q.Record, q.Sampled, q.RecordOut, q.Discard, q.AgentsStop, q.AgentsKeep
}

// mostSlots bounds the parking places.
const mostSlots = 100

func (c *checker) parking() {
	p := c.doc.Parking
	if p.First == "" {
		return
	}
	first, err := strconv.Atoi(p.First)
	switch {
	case err != nil || first < 0 || len(p.First) < 2 || len(p.First) > 6:
		c.add("parking.first", "choose 2 to 6 digits", "%q cannot be dialled as a short number", p.First)
		return
	case p.Slots < 1 || p.Slots > mostSlots:
		c.add("parking.slots", "choose 1 to 100", "%d parking places", p.Slots)
		return
	}
	c.between("parking.max", p.Max, 10*time.Second, time.Hour)
	for i := range p.Slots {
		n := fmt.Sprintf("%0*d", len(p.First), first+i)
		switch {
		case len(n) > len(p.First):
			c.add("parking.slots", "choose fewer places, or another first number", "parking place %s has more digits than the first", n)
			return
		case c.hasExtension(n):
			c.add("parking.first", "choose numbers that no extension has", "parking place %s is an extension", n)
		case c.isHelp(n):
			c.add("parking.first", "choose other numbers", "parking place %s is an emergency number", n)
		}
	}
}

// isHelp reports whether a short number is, or with the prefix of an outside line becomes, an emergency number.
func (c *checker) isHelp(n string) bool {
	for _, e := range c.doc.Emergency.Numbers {
		if n == e || c.doc.Numbers.Outside != "" && n == c.doc.Numbers.Outside+e {
			return true
		}
	}
	return n == "112"
}

// recorded checks what a queue asks of recordings.
func (c *checker) recorded(at string, q Queue) {
	basis := strings.TrimSpace(c.doc.Recording.Basis) != ""
	if q.Sampled < 0 || q.Sampled > 100 {
		c.add(at+".sampled", "choose 0 to 100", "%d of 100 calls", q.Sampled)
	} else if policy.NeedsBasis(q.Sampled) && !basis {
		c.add(at+".sampled", "write recording.basis: why calls are recorded and by what right", "recording %d of 100 calls is not lawful without a stated basis", q.Sampled)
	}
	if q.RecordOut && policy.NeedsBasis(100) && !basis {
		c.add(at+".record_out", "write recording.basis: why every call is recorded and by what right", "recording every call is not lawful without a stated basis")
	}
	if q.Record && q.Sampled > 0 {
		c.add(at+".sampled", "leave it out, or set record: false", "queue %q records every call already", q.ID)
	}
}
