package exchange

import (
	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/queue"
)

// Between an agent's lifting and their hearing the caller: whoever answers at an outside number presses a key first, so that no mailbox ever has
// the caller (FEATURES §3.3), and the queue may tell the agent who calls (whisper). The caller hears music meanwhile and keeps their place.

const (
	acceptPrompt plan.Sound = "say:accept" // spoken in the branch's language: « un appel pour vous : appuyez sur 1 »
	acceptKey    string     = "1"
	acceptLimit  int64      = 10_000 // ms: how long the key is waited for
	whisperLimit int64      = 10_000 // ms: a whisper is never longer, whatever its sound
)

// liftedBy is what an answered phone means for its presentation.
func (s *State) liftedBy(c *call.Call, l *call.Leg) queue.OfferEvent {
	switch {
	case l.Trunk != "":
		return queue.PhoneLiftedOutside
	case s.whisper(c) != "":
		return queue.PhoneLifted
	default:
		return queue.PhoneAnswered
	}
}

// whisper is what the agent of a call hears once they have lifted: what the campaign that rings them says before each of its calls (FEATURES §9.1), or
// else their queue. Empty: nothing.
func (s *State) whisper(c *call.Call) plan.Sound {
	if k := s.campaignOf(c); k.Sound != "" && unreached(c) {
		return k.Sound
	}
	return s.queueOf(c).Whisper
}

// lineTo is the trunk by which an agent outside can be called now: past the gate as every call that leaves the box (the number is the branch's own
// choice, as an « acheminement » is), within the limit of calls outside, and with a channel free. Where there is none it says what holds them.
func (s *State) lineTo(a *agent.Agent) (Trunk, queue.Hold) {
	x := s.site
	if !a.Away() { // the number was taken out of the document meanwhile
		return Trunk{}, queue.HeldUnavailable
	}
	if policy.Gate(s.asks(x, policy.PathRoute, "", "", a.Outside)) != nil {
		return Trunk{}, queue.HeldUnavailable
	}
	if x.Toll.Calls > 0 {
		if all, _ := s.outside(""); all >= x.Toll.Calls {
			return Trunk{}, queue.HeldInUse
		}
	}
	held := queue.HeldUnavailable
	for _, name := range x.table.Outside(a.Outside).Lines {
		t, ok := x.trunk(name)
		switch {
		case !ok || s.isDown(name):
		case t.Channels != 0 && s.carriesMore(name, t.Channels-1):
			held = queue.HeldInUse
		default:
			return t, ""
		}
	}
	return Trunk{}, held
}

// tellAgent plays to the agent of a presentation what its state asks for.
func (s *State) tellAgent(c *call.Call, o *queue.Offer) {
	sound, limit := s.whisper(c), whisperLimit
	if o.State == queue.OfferAsking {
		sound, limit = acceptPrompt, acceptLimit
	}
	if o.Lifted == 0 {
		o.Lifted = s.clock
	}
	o.Due = s.clock + limit
	if a := s.agent(o.Agent); a != nil {
		s.touchAgent(a).Lease = o.Due + leaseMargin
	}
	s.hushAgent(o)
	s.replan(c)
	s.playAgent(o, sound)
	s.armRing(c)
}

func (s *State) playAgent(o *queue.Offer, sound plan.Sound) {
	s.nextToken++
	o.Token = s.nextToken
	s.do(Play{Leg: o.Leg, Sound: sound, Token: o.Token})
}

// hushAgent cuts short what an agent hears before the caller.
func (s *State) hushAgent(o *queue.Offer) {
	if o.Token != 0 {
		s.do(StopPlay{Leg: o.Leg, Token: o.Token})
		o.Token = 0
	}
}

// toldAgent takes the end of what an agent was told; it reports false for any other sound. A whisper that could not be played keeps nobody waiting.
func (s *State) toldAgent(in PromptDone) bool {
	c := s.legs[in.Leg]
	if c == nil || c.Offer(in.Leg) == nil {
		return false
	}
	s.touch(c)
	o := c.Offer(in.Leg)
	if in.Token == 0 || o.Token != in.Token {
		return true
	}
	o.Token = 0
	if o.State == queue.OfferWhispering {
		s.offerEvent(c, in.Leg, queue.PhoneAnswered, 0)
	}
	return true
}

// accepts takes a key of an agent at an outside number.
func (s *State) accepts(c *call.Call, in DigitPressed) {
	o := c.Offer(in.Leg)
	switch {
	case o == nil || o.State != queue.OfferAsking || in.Digit != acceptKey:
	case s.whisper(c) != "":
		s.offerEvent(c, in.Leg, queue.PhoneLifted, 0)
	default:
		s.offerEvent(c, in.Leg, queue.PhoneAnswered, 0)
	}
}

// tellAgentsAgain plays to agents who listened when the media process was lost.
func (s *State) tellAgentsAgain(c *call.Call) {
	for i := range c.Out {
		switch o := &c.Out[i]; o.State {
		case queue.OfferAsking:
			s.playAgent(o, acceptPrompt)
		case queue.OfferWhispering:
			s.playAgent(o, s.whisper(c))
		default:
		}
	}
}

// require asks for one agent for a time (ms), before anybody else of the queue the caller stands in: their own (own.go), or whom a menu asks for.
// It is let go of when the agent logs out, lets it ring or refuses.
func (s *State) require(c *call.Call, who string, ms int64) {
	if c.Visit.N == 0 || ms <= 0 || s.agent(who) == nil {
		return
	}
	c.Visit.Required = who
	s.after(c, ms, call.RequiredOver)
	s.dirty = true
}

// required is the agent a caller waits for, or nil when anybody will do.
func (s *State) required(c *call.Call) *agent.Agent {
	if c.Visit.Required == "" {
		return nil
	}
	if a := s.agent(c.Visit.Required); a != nil && a.Session == agent.LoggedIn {
		return a
	}
	return nil
}
