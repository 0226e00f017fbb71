package exchangetest

import (
	"fmt"
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// timesheet is what somebody with a watch would note who hears the facts only: how long each thing lasted, in what order they are numbered, and what
// every agent does. Whatever the exchange says of durations and numbers, and what its views show, has to be the same.
type timesheet struct {
	calls  map[string]*times
	agents map[string]fact.AgentChanged
	wishes map[string]int64 // since when who wants to be called back has waited
	bad    []string
}

// times is one call. Instants are ms since boot.
type times struct {
	opened, joined, entered, first int64
	bridged                        bool
	visit, visits, offers, inVisit int
	queue                          string
	wait, talk                     int64
	legs                           []string
	made, rang                     map[int]int64 // of each presentation
	offer                          map[string]int
	lifted                         map[int]int64
	listened                       int64
	mixed                          bool // its party was handed over or came from elsewhere: it may have waited before
}

func newTimesheet() *timesheet {
	return &timesheet{calls: map[string]*times{}, agents: map[string]fact.AgentChanged{}, wishes: map[string]int64{}}
}

func (t *timesheet) say(format string, args ...any) {
	t.bad = append(t.bad, fmt.Sprintf(format, args...))
}

func (t *timesheet) lasted(what, call string, told, from, now int64) {
	if told != now-from {
		t.say("call %s: %s is said to last %d ms and lasted %d", call, what, told, now-from)
	}
}

// take notes one fact, told now.
func (t *timesheet) take(now int64, f fact.Fact) {
	switch f := f.(type) {
	case fact.CallOpened:
		t.calls[f.Call] = &times{
			opened: now, made: map[int]int64{}, rang: map[int]int64{}, offer: map[string]int{}, lifted: map[int]int64{}, first: t.wishes[f.Callback],
		}
	case fact.AgentChanged:
		t.agents[f.Agent] = f
	case fact.CallbackRequested:
		t.wishes[f.Callback] = now - f.SinceMS
	case fact.CallMerged:
		from, into := t.calls[f.Call], t.calls[f.Into]
		from.legs = slices.DeleteFunc(from.legs, func(l string) bool { return slices.Contains(f.Legs, l) })
		into.legs = append(into.legs, f.Legs...)
		from.mixed, into.mixed = true, true
	default:
		t.takeOf(now, f)
	}
}

// takeOf notes a fact of one call.
func (t *timesheet) takeOf(now int64, f fact.Fact) {
	switch f := f.(type) {
	case fact.LegOpened:
		c := t.calls[f.Call]
		c.legs = append(c.legs, f.Leg)
	case fact.LegEnded:
		c := t.calls[f.Call]
		c.legs = slices.DeleteFunc(c.legs, func(l string) bool { return l == f.Leg })
	case fact.LegRinging:
		c := t.calls[f.Call]
		if n := c.offer[f.Leg]; n != 0 && c.rang[n] == 0 {
			c.rang[n] = now
		}
	case fact.LegAnswered:
		c := t.calls[f.Call]
		if n := c.offer[f.Leg]; n != 0 {
			c.lifted[n] = now
		}
	case fact.VisitEntered:
		c := t.calls[f.Call]
		waiting := 0
		for _, o := range t.calls {
			if o.visit != 0 && o.queue == f.Queue {
				waiting++
			}
		}
		if c.visits++; f.Visit != c.visits || f.Position < 1 || f.Position > waiting+1 {
			t.say("call %s: visit %d at place %d, after %d visits and behind %d callers", f.Call, f.Visit, f.Position, c.visits-1, waiting)
		}
		c.visit, c.queue, c.entered, c.inVisit = f.Visit, f.Queue, now, 0
		if c.first == 0 {
			c.first = now
		}
	case fact.VisitEnded:
		c := t.calls[f.Call]
		t.lasted("a visit", f.Call, f.WaitMS, c.entered, now)
		if f.Queue != c.queue || f.Offers != c.inVisit {
			t.say("call %s: a visit of %s with %d offers ends as one of %s with %d", f.Call, c.queue, c.inVisit, f.Queue, f.Offers)
		}
		c.wait += f.WaitMS
		c.visit = 0
	case fact.OfferMade:
		c := t.calls[f.Call]
		c.offers++
		c.inVisit++
		if f.Offer != c.offers || f.Queue != c.queue {
			t.say("call %s: offer %d of %s, after %d in %s", f.Call, f.Offer, f.Queue, c.offers-1, c.queue)
		}
		if !c.mixed {
			t.lasted("the wait before an offer", f.Call, f.WaitedMS, c.first, now)
		}
		c.made[f.Offer], c.offer[f.Leg] = now, f.Offer
	case fact.OfferEnded:
		t.offerEnded(now, f)
	case fact.BridgeJoined:
		c := t.calls[f.Call]
		c.joined, c.bridged = now, true
	case fact.BridgeParted:
		c := t.calls[f.Call]
		if f.TalkMS != now-c.joined {
			t.say("call %s: %d ms talked in %d", f.Call, f.TalkMS, now-c.joined)
		}
		c.talk += f.TalkMS
		c.bridged = false
	case fact.SupervisionStarted:
		t.calls[f.Call].listened = now
	case fact.SupervisionEnded:
		if since := t.calls[f.Call].listened; f.LastedMS != now-since {
			t.say("call %s: %s took part for %d ms of %d", f.Call, f.By, f.LastedMS, now-since)
		}
	case fact.TransferStarted:
		t.calls[f.Call].mixed = true
	case fact.CallParked:
		t.calls[f.Call].mixed = true
	case fact.CallEnded:
		c := t.calls[f.Call]
		if f.WaitMS != c.wait || f.TalkMS != c.talk || f.TotalMS > now-c.opened {
			t.say("call %s waited %d ms, talked %d, lasted %d; it is said to be %d, %d and %d", f.Call, c.wait, c.talk, now-c.opened, f.WaitMS, f.TalkMS, f.TotalMS)
		}
		delete(t.calls, f.Call)
	default: // of no duration
	}
}

func (t *timesheet) offerEnded(now int64, f fact.OfferEnded) {
	c := t.calls[f.Call]
	rang, until := c.rang[f.Offer], now
	if at := c.lifted[f.Offer]; at != 0 {
		until = at
	}
	want := int64(0)
	if rang != 0 {
		want = until - rang
	}
	if f.RingMS != want || f.Visit != c.visit {
		t.say("call %s: offer %d in visit %d rang %d ms, not %d as is said of visit %d", f.Call, f.Offer, c.visit, want, f.RingMS, f.Visit)
	}
}

// compare holds what the exchange shows to what was told. now is the instant of the last step.
func (t *timesheet) compare(now int64, s *exchange.State) []string {
	for _, v := range s.Calls() {
		c := t.calls[string(v.ID)]
		if c == nil {
			t.say("call %s is shown and was never opened", v.ID)
			continue
		}
		wait, talk, queue := c.wait, c.talk, ""
		if c.visit != 0 {
			wait, queue = wait+now-c.entered, c.queue
		}
		if c.bridged {
			talk += now - c.joined
		}
		var legs []string
		for _, l := range v.Legs {
			legs = append(legs, string(l.ID))
		}
		slices.Sort(legs)
		slices.Sort(c.legs)
		if v.WaitMS != wait || v.TalkMS != talk || v.OpenMS != now-c.opened || queue != "" && v.Queue != queue || !slices.Equal(legs, c.legs) {
			t.say("call %s is shown as %+v; told was %d ms of wait in %q, %d of talk, %d in all, legs %v", v.ID, v, wait, queue, talk, now-c.opened, c.legs)
		}
	}
	if shown := len(s.Calls()); shown != len(t.calls) {
		t.say("%d calls are shown, %d were told of", shown, len(t.calls))
	}
	for _, v := range s.Agents() {
		f, told := t.agents[v.ID]
		if !told {
			continue
		}
		shown := fact.AgentChanged{
			Agent: v.ID, Session: v.Session, Extension: v.Extension, Declared: v.Declared, Pause: v.Pause, Activity: v.Activity, Line: v.Line,
			Lock: v.Lock, LockBy: v.LockBy, LockNote: v.LockNote, Next: v.Next, NextPause: v.NextPause, Forced: v.Forced, Call: string(v.Call),
		}
		f.Reasons = nil
		if fmt.Sprint(f) != fmt.Sprint(shown) {
			t.say("agent %s is told of as %+v and shown as %+v", v.ID, f, shown)
		}
	}
	bad := t.bad
	t.bad = nil
	return bad
}
