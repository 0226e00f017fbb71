package whatif

import "autocom/appliance/exchange/fact"

// counter counts a day's figures from its facts. The empty queue is all of them.
type counter struct {
	within  int64
	figures map[string]*Figure
	agents  map[string]clock
	backs   map[string]bool // calls that are our own attempts to call somebody back: nobody came in
}

// clock is since when an agent does what they do.
type clock struct {
	since int64
	last  fact.AgentChanged
	known bool
}

func newCounter(within int64) *counter {
	return &counter{within: within, figures: map[string]*Figure{}, agents: map[string]clock{}, backs: map[string]bool{}}
}

func (c *counter) of(queue string) *Figure {
	f := c.figures[queue]
	if f == nil {
		f = &Figure{}
		c.figures[queue] = f
	}
	return f
}

// take reads one fact, told at a time in ms.
func (c *counter) take(at int64, f fact.Fact) {
	switch f := f.(type) {
	case fact.CallOpened:
		if f.Callback != "" {
			c.backs[f.Call] = true
		}
	case fact.CallEnded:
		delete(c.backs, f.Call)
	case fact.VisitEntered:
		if !c.backs[f.Call] {
			c.of("").Received++
			c.of(f.Queue).Received++
		}
	case fact.VisitEnded:
		if !c.backs[f.Call] {
			c.visit(c.of(""), f)
			c.visit(c.of(f.Queue), f)
		}
	case fact.AgentChanged:
		was := c.agents[f.Agent]
		c.spend(was, at)
		c.agents[f.Agent] = clock{at, f, true}
	default: // counts nothing
	}
}

func (c *counter) visit(to *Figure, f fact.VisitEnded) {
	switch f.Outcome {
	case fact.VisitAnswered:
		to.Answered++
		to.WaitMS += f.WaitMS
		if f.WaitMS <= c.within {
			to.Within++
		}
	case fact.VisitAbandoned, fact.VisitCancelled:
		to.Left++
	default: // neither answered nor left
	}
}

// spend adds what an agent did since it last changed. Time on calls of no queue counts for nothing.
func (c *counter) spend(was clock, now int64) {
	if !was.known {
		return
	}
	f := was.last
	all := c.of("")
	switch {
	case f.Activity == "reserved" || f.Activity == "ringing" || f.Activity == "talking" || f.Activity == "holding" || f.Activity == "wrapup":
		all.BusyMS += now - was.since
	case f.Session == "logged_in" && f.Declared == "available" && f.Line == "registered" && f.Activity == "idle":
		all.ReadyMS += now - was.since
	}
}

// end closes the books at a time.
func (c *counter) end(at int64) {
	for _, was := range c.agents { // a sum does not depend on the order
		c.spend(was, at)
	}
	clear(c.agents)
}

// Real is what the day was.
func (d *Day) Real(queue string, within int64) Figure {
	c := newCounter(within)
	for _, e := range d.facts {
		c.take(e.At.UTC-d.From, e.Fact)
	}
	c.end(d.Until - d.From)
	return *c.of(queue)
}
