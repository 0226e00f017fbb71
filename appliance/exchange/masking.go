package exchange

import (
	"cmp"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Keys that nobody may hear: while a caller types a card's number the agent asks for it, nothing they say or press is heard by anybody or recorded,
// and no fact says which keys they were (FEATURES §9.5, PCI DSS 3.3.1: « DTMF suppressed from recording, logs, CDR, pcap, supervisor listen »). The
// recording is paused with its marker for as long. Whoever forgets to end it is not left with a caller nobody hears: it ends by itself, and with the
// conversation. A number that is spoken must be heard by the agent: the recording is paused for it, the keys are not hidden.

// defaultPause is the longest time that keys are hidden, in ms, where the branch says none for pauses of recordings.
const defaultPause int64 = 180_000

// hideKeys hides the keys of whom a call is with, or no longer.
func (s *State) hideKeys(in CallMask) {
	c := s.calls[in.Call]
	var l *call.Leg
	var why []fact.Reason
	if c == nil {
		why = []fact.Reason{{Code: "call.unknown"}}
	} else {
		why = s.mayTape(c, in.By)
		l = s.typist(c)
	}
	switch {
	case why != nil:
	case c.Target.Emergency() || c.Target.Aside != "": // whoever wants help is heard
		why = []fact.Reason{{Code: "call.emergency"}}
	case len(c.Bridged) == 0:
		why = []fact.Reason{{Code: "call.not_talking", Detail: c.Phase.String()}}
	case l == nil:
		why = []fact.Reason{{Code: "call.no_outside_leg"}}
	case in.On && l.Masked:
		why = []fact.Reason{{Code: "keys.hidden_already"}}
	case !in.On && !l.Masked:
		why = []fact.Reason{{Code: "keys.not_hidden"}}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.mask(s.touch(c), c.Leg(l.ID), in.On, in.By)
	s.replan(c)
	s.done(in)
}

// typist is who of a conversation sits outside and is nobody of ours: whom the call is for before anybody else. Nil: there is none.
func (s *State) typist(c *call.Call) (found *call.Leg) {
	theirs := func(id plan.LegID) *call.Leg {
		if l := c.Leg(id); l != nil && c.Talks(id) && l.Trunk != "" && s.agentOn(id) == nil {
			return l
		}
		return nil
	}
	if l := c.CallerLeg(); l != nil {
		found = theirs(l.ID)
	}
	for _, id := range c.Bridged {
		if found == nil {
			found = theirs(id)
		}
	}
	return found
}

// mask has a leg be heard by nobody, or again.
func (s *State) mask(c *call.Call, l *call.Leg, on bool, by string) {
	l.Masked = on
	s.cancel(c, call.MaskOver)
	detail := "off"
	if on {
		detail = "on"
		s.after(c, cmp.Or(s.siteOf(c).PauseMS, defaultPause), call.MaskOver)
	}
	s.do(MaskDigits{Leg: l.ID, Masked: on})
	s.tell(fact.CommandTaken{Command: CallMask{}.asked().refusal.Command, By: by, Call: string(c.ID), Detail: detail})
}

// unmask ends what keeps anybody of a call from being heard.
func (s *State) unmask(c *call.Call, by string) {
	for i := range c.Legs {
		if l := &c.Legs[i]; l.Masked {
			s.mask(c, l, false, by)
		}
	}
}

// maskAgain says it again to who may have forgotten.
func (s *State) maskAgain(c *call.Call) {
	for i := range c.Legs {
		if c.Legs[i].Masked {
			s.do(MaskDigits{Leg: c.Legs[i].ID, Masked: true})
		}
	}
}

// pauseOver lets a recording go on that a person paused for as long as the branch lets them.
func (s *State) pauseOver(c *call.Call) {
	if c.Recording.Halted {
		c.Recording.Halted, c.Recording.By = false, byBox
		s.keepTape(c)
	}
}
