package ledger

import (
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

func (b *Book) visitEntered(f fact.VisitEntered, now fact.Moment) {
	c := b.call(f.Call, now)
	if f.Visit <= c.Visited { // told before
		return
	}
	c.Visited, c.Last, c.Talk, c.Exit, c.Chose = f.Visit, f.Queue, nil, nil, ""
	if c.First == "" {
		c.First = f.Queue
	}
	b.wentTo(c)
	p := count.Place{Quarter: count.QuarterOf(now.UTC), Queue: f.Queue, First: c.First, Section: c.Section, Route: c.Route, Callback: c.Callback || !c.Told && (f.From == "callback" || f.From == "campaign")}
	c.Visits = append(c.Visits, openVisit{N: f.Visit, Place: p, Entered: now})
	b.visitsIn(p).Received++
}

func (b *Book) visitEnded(c *openCall, f fact.VisitEnded, now fact.Moment) {
	i := slices.IndexFunc(c.Visits, func(v openVisit) bool { return v.N == f.Visit })
	if i < 0 {
		return
	}
	v := c.Visits[i]
	c.Visits = slices.Delete(c.Visits, i, i+1)
	n := count.Visits{WaitMS: f.WaitMS, MaxWaitMS: f.WaitMS}
	n.End(f.Outcome)
	switch {
	case f.Outcome == fact.VisitExited:
		how := count.Exit(f.To)
		if c.Chose != "" {
			how = c.Chose
		}
		if how != count.Callback && how != count.Voicemail {
			c.Exit = &v.Place
		}
		n.Exit(how, 1)
	case n.Answered > 0:
		c.Talk = &v.Place
		n.WaitAnsweredMS = f.WaitMS
		if f.WaitMS <= b.rules.Goal(v.Place.Queue) {
			n.Within = 1
		}
	case n.Abandoned+n.Cancelled > 0:
		b.visitLost(c, v, f, &n, now)
	}
	b.visitsIn(v.Place).Add(n)
}

// visitLost counts what a caller who left tells besides.
func (b *Book) visitLost(c *openCall, v openVisit, f fact.VisitEnded, n *count.Visits, now fact.Moment) {
	n.WaitLostMS = f.WaitMS
	if f.WaitMS <= b.rules.Goal(v.Place.Queue) {
		n.LostWithin = 1
	}
	if v.Missed && n.Abandoned > 0 {
		n.Missed = 1
	}
	switch {
	case f.WaitMS < b.rules.ShortMS:
		n.ShortAbandoned, n.ShortCancelled = n.Abandoned, n.Cancelled
	case v.Place.Callback: // who did not answer us can be called back once more
	case c.Told && (c.Subject == "" || c.Withheld || c.Flow != "inbound"):
		n.Unreached = 1
	case c.Told:
		b.missed(c, v.Place, now)
	}
}

// left notes what a caller chose who leaves a queue, whichever of the two facts comes first.
func (b *Book) left(c *openCall, how count.Exit) {
	if c.Exit == nil {
		c.Chose = how
		return
	}
	n := b.visitsIn(*c.Exit)
	n.Exit("", -1)
	n.Exit(how, 1)
	c.Exit = nil
}

func (b *Book) offerMade(c *openCall, f fact.OfferMade) {
	p := count.Place{Quarter: count.QuarterOf(c.Opened.UTC), Queue: f.Queue, First: c.First, Section: c.Section, Route: c.Route}
	if i := slices.IndexFunc(c.Visits, func(v openVisit) bool { return v.N == f.Visit }); i >= 0 {
		p = c.Visits[i].Place
	}
	o := openOffer{N: f.Offer, Desk: count.Desk{Place: p, Agent: f.Agent}}
	c.Offers = append(c.Offers, o)
	b.offersAt(o.Desk).Made++
}

func (b *Book) offerEnded(c *openCall, f fact.OfferEnded) {
	i := slices.IndexFunc(c.Offers, func(o openOffer) bool { return o.N == f.Offer && o.Desk.Agent == f.Agent })
	if i < 0 {
		return
	}
	o := c.Offers[i]
	c.Offers = slices.Delete(c.Offers, i, i+1)
	n := count.Offers{RingMS: f.RingMS}
	n.End(f.Outcome)
	b.offersAt(o.Desk).Add(n)
	if f.Outcome != fact.OfferNotAnswered {
		return
	}
	if i := slices.IndexFunc(c.Visits, func(v openVisit) bool { return v.N == f.Visit }); i >= 0 {
		c.Visits[i].Missed = true
	}
}
