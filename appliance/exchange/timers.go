package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
)

// Times that no site document sets, in ms.
const (
	outsideRing    = 180_000   // RFC 3261 §16.6: Timer C, how long an outside number may ring
	dismissal      = 4_000     // the busy tone an answered caller hears before we hang up
	promptLimit    = 300_000   // an announcement whose end is never told
	shortCoolDown  = 10_000    // after a busy or silent phone
	leaseMargin    = 10_000    // how much longer than its ringing a reservation may last
	endingLimit    = 40_000    // RFC 3261 §17: 64·T1 is 32 s, after which the rim has given up on a dialog
	checkRound     = 5_000     // how often reservations are looked at while there are any
	defaultRing    = 20_000    // for an extension or queue that says nothing
	recallRing     = 30_000    // how long whoever handed a party over is rung back
	defaultAlone   = 7_200_000 // two parties outside who were left alone
	defaultHops    = 70        // RFC 3261 §8.1.1.6
	emergencyTurns = 2         // how often all lines are tried for somebody who wants help
)

// ringTime is how long a phone rings (ms), by what the branch says of its extension or queue.
func ringTime(ms int64) int64 {
	if ms <= 0 {
		return defaultRing
	}
	return ms
}

// purpose is what a timer is for, beside those of a call.
type purpose string

const (
	forCheck       purpose = "check"
	forWrapUp      purpose = "wrap_up"
	forCoolDown    purpose = "cooldown"
	forGrace       purpose = "grace"        // of a toolbar that was lost
	forOffPlatform purpose = "off_platform" // a phone that is busy elsewhere

	forCampaigns   purpose = "campaigns"
	forCallback    purpose = "callback"
	forCallbackEnd purpose = "callback_end"
)

// timer is one running timer and what it belongs to: a call, or an agent, or the exchange itself.
type timer struct {
	ID    TimerID     `json:"id"`
	At    int64       `json:"at"`
	For   purpose     `json:"for"` // a call.Purpose when Call is set
	Call  plan.CallID `json:"call,omitempty"`
	Agent string      `json:"agent,omitempty"` // or a callback
	Queue string      `json:"queue,omitempty"`
}

func (s *State) startTimer(t timer) TimerID {
	s.nextTimer++
	t.ID = TimerID(s.nextTimer)
	s.timers[t.ID] = t
	s.undo = append(s.undo, func() { delete(s.timers, t.ID) })
	s.do(StartTimer{Timer: t.ID, At: t.At})
	return t.ID
}

// dropTimer forgets a timer that has fired.
func (s *State) dropTimer(id TimerID) (timer, bool) {
	t, ok := s.timers[id]
	if ok {
		delete(s.timers, id)
		s.undo = append(s.undo, func() { s.timers[id] = t })
	}
	return t, ok
}

func (s *State) stopTimer(id TimerID) {
	if _, ok := s.dropTimer(id); ok {
		s.do(StopTimer{Timer: id})
	}
}

// after starts a timer of a call, taking the place of one with the same purpose.
func (s *State) after(c *call.Call, ms int64, why call.Purpose) {
	s.cancel(c, why)
	id := s.startTimer(timer{At: s.clock + ms, For: purpose(why), Call: c.ID})
	c.Timers = append(c.Timers, call.Timer{ID: uint64(id), For: why})
}

func (s *State) cancel(c *call.Call, why call.Purpose) {
	for _, t := range c.Timers {
		if t.For == why {
			s.stopTimer(TimerID(t.ID))
		}
	}
	c.Timers = slices.DeleteFunc(c.Timers, func(t call.Timer) bool { return t.For == why })
}

func (s *State) cancelAll(c *call.Call) {
	for _, t := range c.Timers {
		s.stopTimer(TimerID(t.ID))
	}
	c.Timers = nil
}

func pending(c *call.Call, why call.Purpose) bool {
	return slices.ContainsFunc(c.Timers, func(t call.Timer) bool { return t.For == why })
}

// watch makes sure that a healing round will come.
func (s *State) watch() {
	if s.check == 0 {
		s.check = s.startTimer(timer{At: s.clock + checkRound, For: forCheck})
	}
}

func (s *State) fired(id TimerID) {
	t, ok := s.dropTimer(id)
	if !ok {
		return // it was stopped while it was under way
	}
	switch {
	case t.Call != "":
		if c := s.calls[t.Call]; c != nil {
			s.touch(c)
			c.Timers = slices.DeleteFunc(c.Timers, func(x call.Timer) bool { return x.ID == uint64(id) })
			s.callTimer(c, call.Purpose(t.For))
		}
	case t.For == forCheck:
		s.check = 0
		s.heal()
	case t.For == forCampaigns:
		s.canvass = 0
		s.campaignsDue()
	case t.For == forCallback:
		s.callbackDue(t.Agent)
	case t.For == forCallbackEnd:
		s.callbackOver(t.Agent)
	case t.For == forWrapUp:
		if a := s.agent(t.Agent); a != nil && a.WrapUp == uint64(id) {
			s.touchAgent(a).WrapUp = 0
			s.wrapUpOver(a, "wrapup.over")
		}
	case t.For == forGrace:
		if a := s.agent(t.Agent); a != nil && a.Grace == uint64(id) {
			s.touchAgent(a).Grace = 0
			s.graceOver(a)
		}
	case t.For == forOffPlatform:
		if a := s.agent(t.Agent); a != nil && a.Off == uint64(id) {
			s.touchAgent(a)
			a.Off, a.OffUntil = 0, 0
			s.lineChanged(a.Extension)
		}
	case t.For == forCoolDown:
		if a := s.agent(t.Agent); a != nil {
			s.touchAgent(a)
			a.CoolDowns = slices.DeleteFunc(a.CoolDowns, func(c agent.CoolDown) bool { return c.Timer == uint64(id) })
			s.dirty = true
		}
	}
}

func (s *State) callTimer(c *call.Call, why call.Purpose) {
	switch why {
	case call.RingTimeout:
		s.rangEnough(c)
	case call.RingAgain:
		s.ringAgain(c)
	case call.RetryOffer:
		s.dirty = true
	case call.RequiredOver:
		s.anybody(c)
	case call.NeedsRelax:
		s.relaxLater(c)
		s.dirty = true
	case call.MaxWait:
		s.waitedTooLong(c)
	case call.PromptGuard:
		s.spoken(c, false, "no end was told")
	case call.Announce:
		s.tellNow(c)
	case call.MessageOver:
		s.messageOver(c)
	case call.MaskOver:
		s.unmask(c, byBox)
		s.replan(c)
	case call.PauseOver:
		s.pauseOver(c)
	case call.AloneOver:
		s.aloneTooLong(c)
	case call.ParkOver:
		s.parkedTooLong(c)
	case call.MonitorRing:
		s.endMonitor(c, s.clock, string(RefusedNoAnswer))
		s.replan(c)
	case call.DismissalOver:
		if c.Phase == call.Dismissing {
			s.closeLegs(c, RefusedFailed)
		}
	}
}

// NextWake is the earliest time since boot, in ms, at which something is due.
func (s *State) NextWake() (at int64, ok bool) {
	for _, t := range s.timers {
		if !ok || t.At < at {
			at, ok = t.At, true
		}
	}
	return at, ok
}
