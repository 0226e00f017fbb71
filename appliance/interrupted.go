package appliance

import (
	"context"
	"slices"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/journal"
)

// openCursor is the journal's cursor that stays behind the oldest call that has not ended: after a crash, everything open stands after it.
const openCursor = "core.open-calls"

// openCalls follows which calls have begun and not ended. The loop writes it, the keeper of the cursor reads it.
type openCalls struct {
	mu     sync.Mutex
	opened map[string]fact.Address // an address before the call's first fact
	before fact.Address            // the last address of the group before
}

func (o *openCalls) follow(last fact.Address, facts []fact.Fact) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range facts {
		switch f := f.(type) {
		case fact.CallOpened:
			o.opened[f.Call] = o.before
		case fact.CallEnded:
			delete(o.opened, f.Call)
		default: // in between
		}
	}
	o.before = last
}

// resume has calls that were opened by the core before keep the mark where that core left it.
func (o *openCalls) resume(mark fact.Address, calls []exchange.CallView) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.opened = make(map[string]fact.Address, len(calls))
	for _, c := range calls {
		o.opened[string(c.ID)] = mark
	}
	o.before = mark
}

// safe is an address after which every open call's facts stand.
func (o *openCalls) safe() fact.Address {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := o.before
	for _, a := range o.opened {
		if a.Before(at) {
			at = a
		}
	}
	return at
}

// openEvery is how often the mark of open calls moves on.
const openEvery = 10 * time.Second

// keepOpenCalls moves the cursor on, until the context ends and once more then.
func (c *core) keepOpenCalls(ctx context.Context) {
	tick := time.NewTicker(openEvery)
	defer tick.Stop()
	for {
		over := false
		select {
		case <-ctx.Done():
			over = true
		case <-tick.C:
		}
		at := c.unfinish.safe()
		if committed := c.journal.Health().Committed; committed.Before(at) {
			at = committed
		}
		if at.N > 0 {
			patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			if err := c.journal.Advance(patience, openCursor, at); err != nil {
				c.log.Debug("the mark of open calls stays where it is", "err", err)
			}
			cancel()
		}
		if over {
			return
		}
	}
}

// unended is a call the journal opened and never ended.
type unended struct {
	opened, last fact.Moment
	visit        *fact.VisitEntered
	entered      fact.Moment
	offered      int    // presentations of this visit
	waitMS       int64  // in queues it has left
	offers       []ring // that are not over: several when everyone rings
	ringMS       int64  // of those that are
	answered     bool
	sentOut      bool         // where it went to a number outside, by an extension's own rule
	talk         *fact.Moment // since when they talk
	talkMS       int64        // of conversations that are over: there are several when it was handed over
	recordings   []string     // that are not over
}

// ring is a presentation that is not over.
type ring struct {
	of    fact.OfferMade
	since fact.Moment
}

// interrupted ends, in the journal, the calls of a core that died: each gets its outcome, with the times that are known.
func (c *core) interrupted(ctx context.Context) {
	ours := map[string]bool{}
	resumed := c.loop.state.Calls()
	for _, call := range resumed {
		ours[string(call.ID)] = true
	}
	mark, err := c.journal.Cursor(ctx, openCursor)
	if err != nil {
		c.log.Error("the mark of open calls is lost: calls that were cut stay without an end in the journal", "err", err)
		return
	}
	c.unfinish.resume(mark, resumed)
	open, order, err := readUnended(ctx, c.journal, mark)
	if err != nil {
		c.log.Error("the journal could not be searched for calls that were cut", "err", err)
	}
	now := c.clock.now()
	for _, id := range order {
		if u := open[id]; u != nil && !ours[id] {
			c.journal.Append(now, c.measured(ctx, closing(id, u, now))...)
		}
	}
}

// measured tells how much sound the recordings of a call that was cut hold: their indexes have counted what reached the disk.
func (c *core) measured(ctx context.Context, facts []fact.Fact) []fact.Fact {
	for i, f := range facts {
		r, is := f.(fact.RecordingEnded)
		if !is {
			continue
		}
		if held, err := c.archive.Find(ctx, plan.RecordingID(r.Recording)); err == nil {
			r.SoundMS = held.SoundMS
		} else if m, err := c.boxes.Find(ctx, plan.RecordingID(r.Recording)); err == nil {
			r.SoundMS = m.SoundMS
		}
		facts[i] = r
	}
	return facts
}

func readUnended(ctx context.Context, j *journal.Journal, after fact.Address) (open map[string]*unended, order []string, err error) {
	open = map[string]*unended{}
	for {
		entries, err := j.Read(ctx, after, 1000)
		if len(entries) == 0 || err != nil {
			return open, order, err
		}
		for _, e := range entries {
			after = e.Address
			order = fold(open, order, e)
		}
	}
}

func fold(open map[string]*unended, order []string, e fact.Entry) []string {
	switch f := e.Fact.(type) {
	case fact.CallOpened:
		open[f.Call] = &unended{opened: e.At, last: e.At}
		return append(order, f.Call)
	case fact.CallEnded:
		delete(open, f.Call)
	case fact.VisitEntered:
		if u := open[f.Call]; u != nil {
			u.visit, u.entered, u.offered, u.last = &f, e.At, 0, e.At
		}
	case fact.VisitEnded:
		if u := open[f.Call]; u != nil {
			u.visit, u.last = nil, e.At
			u.waitMS += f.WaitMS
		}
	case fact.OfferMade:
		if u := open[f.Call]; u != nil {
			u.offers, u.last = append(u.offers, ring{f, e.At}), e.At
			u.offered++
		}
	case fact.OfferEnded:
		if u := open[f.Call]; u != nil {
			u.offers = slices.DeleteFunc(u.offers, func(r ring) bool { return r.of.Offer == f.Offer && r.of.Agent == f.Agent })
			u.ringMS, u.last = u.ringMS+f.RingMS, e.At
		}
	case fact.CallRouted:
		if u := open[f.Call]; u != nil {
			byRule := slices.ContainsFunc(f.Reasons, func(r fact.Reason) bool { return r.Code == "extension.forwarded" })
			u.sentOut = !u.answered && f.To == "trunk" && (byRule || u.sentOut) // another line of the same number is told without it
		}
	case fact.BridgeJoined:
		if u := open[f.Call]; u != nil {
			u.answered, u.talk, u.last = true, &e.At, e.At
		}
	case fact.BridgeParted:
		if u := open[f.Call]; u != nil {
			u.talk, u.last = nil, e.At
			u.talkMS += f.TalkMS
		}
	case fact.RecordingStarted:
		if u := open[f.Call]; u != nil {
			u.recordings = append(u.recordings, f.Recording)
		}
	case fact.RecordingEnded:
		if u := open[f.Call]; u != nil {
			u.recordings = slices.DeleteFunc(u.recordings, func(id string) bool { return id == f.Recording })
		}
	default: // opens and closes nothing
	}
	return order
}

// cutCause is why a call ended that a core left behind when it died.
const cutCause = "the core stopped under it"

// closing are the facts that end a call which was cut. Its sound went on until the core that follows ended it, so durations run up to now; after
// a reboot, which starts the count of time anew, they run up to the last thing that is known.
func closing(id string, u *unended, now fact.Moment) []fact.Fact {
	until := now
	if now.Boot < u.last.Boot {
		until = u.last
	}
	end := fact.CallEnded{
		Call: id, Outcome: fact.CallInterrupted, Cause: cutCause, HungUpBy: "box", TotalMS: max(0, until.Since(u.opened)),
		WaitMS: u.waitMS, RingMS: u.ringMS, TalkMS: u.talkMS,
	}
	switch {
	case u.sentOut && u.answered:
		end.Outcome = fact.CallForwarded
	case u.answered:
		end.Outcome = fact.CallAnswered
	}
	var out []fact.Fact
	for _, r := range u.offers {
		ms := until.Since(r.since)
		end.RingMS += ms
		out = append(out, fact.OfferEnded{Call: id, Visit: r.of.Visit, Offer: r.of.Offer, Agent: r.of.Agent, Outcome: fact.OfferCancelled, RingMS: ms})
	}
	if u.visit != nil {
		wait := until.Since(u.entered)
		end.WaitMS += wait
		out = append(out, fact.VisitEnded{Call: id, Visit: u.visit.Visit, Queue: u.visit.Queue, Outcome: fact.VisitInterrupted, WaitMS: wait, Offers: u.offered})
	}
	if u.talk != nil {
		end.TalkMS += until.Since(*u.talk)
	}
	for _, r := range u.recordings {
		out = append(out, fact.RecordingEnded{Call: id, Recording: r, Error: cutCause})
	}
	return append(out, end)
}
