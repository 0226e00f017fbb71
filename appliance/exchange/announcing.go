package exchange

import (
	"fmt"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// What callers are told while they wait: the queue's welcome, then from time to time their place, how long it will probably take, and what the
// branch wants to say. An agent who answers never waits for it.

// Spoken sounds: the rim speaks them in the branch's language.
const (
	sayGreeting = plan.Sound("say:voicemail-greeting")
	sayInvalid  = plan.Sound("say:invalid-key")
	sayFull     = plan.Sound("say:mailbox-full")
	sayGoodbye  = plan.Sound("say:goodbye")
)

func sayPosition(place int) plan.Sound { return plan.Sound(fmt.Sprintf("say:position:%d", place)) }
func sayWait(minutes int64) plan.Sound { return plan.Sound(fmt.Sprintf("say:wait:%d", minutes)) }

// say plays sounds one after the other to whom the call is for. What was being said is cut short.
func (s *State) say(c *call.Call, sounds ...plan.Sound) {
	s.hush(c)
	sounds = slices.DeleteFunc(sounds, func(x plan.Sound) bool { return x == "" })
	if c.CallerLeg() == nil || len(sounds) == 0 {
		return
	}
	c.Saying = sounds
	s.sayFirst(c)
}

func (s *State) sayFirst(c *call.Call) {
	leg := c.CallerLeg().ID
	s.playFirst(c)
	s.tell(fact.AnnouncementStarted{Call: string(c.ID), Leg: string(leg), Sound: string(c.Saying[0])})
}

// playFirst plays what is to be said first, or plays it again to a media process that has forgotten it.
func (s *State) playFirst(c *call.Call) {
	s.nextToken++
	c.Token = s.nextToken
	s.after(c, promptLimit, call.PromptGuard)
	s.do(Play{Leg: c.CallerLeg().ID, Sound: c.Saying[0], Token: c.Token})
}

// said closes what was being said.
func (s *State) said(c *call.Call, finished bool, problem string) {
	if c.Token == 0 {
		return
	}
	leg := plan.LegID("")
	if l := c.CallerLeg(); l != nil {
		leg = l.ID
	}
	s.cancel(c, call.PromptGuard)
	c.Token = 0
	s.tell(fact.AnnouncementEnded{Call: string(c.ID), Leg: string(leg), Sound: string(c.Saying[0]), Finished: finished, Error: problem})
	c.Saying = slices.Clone(c.Saying[1:])
}

// hush cuts short what is being said, and what was to follow.
func (s *State) hush(c *call.Call) {
	if c.Token != 0 {
		if l := c.CallerLeg(); l != nil && l.Talks() {
			s.do(StopPlay{Leg: l.ID, Token: c.Token})
		}
		s.said(c, false, "")
	}
	c.Saying = nil
}

// promptDone goes on when a sound has ended, also when it could not be played: a caller is never lost for a missing file.
func (s *State) promptDone(in PromptDone) {
	if s.toldAgent(in) {
		return
	}
	c := s.legs[in.Leg]
	if c == nil || in.Token == 0 || in.Token != c.Token {
		return // a sound that was cut short, or of a call that has moved on
	}
	s.spoken(s.touch(c), in.Finished, in.Error)
}

// spoken goes on after one sound: with the next one, or with what follows them all.
func (s *State) spoken(c *call.Call, finished bool, problem string) {
	if c.Token == 0 {
		return
	}
	s.said(c, finished, problem)
	if len(c.Saying) > 0 && c.CallerLeg() != nil {
		s.sayFirst(c)
		return
	}
	switch c.Phase {
	case call.Announcing:
		s.pastWelcome(c)
	case call.Messaging:
		s.recordMessage(c)
	case call.Dismissing:
		s.closeLegs(c, RefusedFailed)
	default: // it waits: the music goes on
	}
}

// tellQueue says what a queue wants to be heard on entering, and sees to it that more is told later.
func (s *State) tellQueue(c *call.Call, q Queue) {
	s.say(c, q.Announce.Welcome)
	s.tellLater(c, q)
}

func (s *State) tellLater(c *call.Call, q Queue) {
	a := q.Announce
	if a.EveryMS > 0 && (a.Position || a.Wait || a.Periodic != "") && !unreached(c) {
		s.after(c, a.EveryMS, call.Announce)
	}
}

// tellNow says a waiting caller's place and wait.
func (s *State) tellNow(c *call.Call) {
	q, ok := s.siteOf(c).queue(c.Visit.Queue)
	if !ok || c.Phase != call.Queued {
		return
	}
	var sounds []plan.Sound
	place := s.position(c)
	if q.Announce.Position {
		if c.Visit.ToldPlace == 0 || place < c.Visit.ToldPlace { // who is moved back is not told so
			c.Visit.ToldPlace = place
		}
		sounds = append(sounds, sayPosition(c.Visit.ToldPlace))
	}
	if minutes, known := s.estimate(q, place); q.Announce.Wait && known {
		if c.Visit.ToldWait == 0 || minutes < c.Visit.ToldWait { // never first shorter, then longer
			c.Visit.ToldWait = minutes
		}
		if most := q.Announce.MostWait; most == 0 || c.Visit.ToldWait*minute <= most {
			sounds = append(sounds, sayWait(c.Visit.ToldWait))
		}
	}
	if c.Token == 0 { // the welcome may be long
		s.say(c, append(sounds, q.Announce.Periodic)...)
	}
	s.tellLater(c, q)
}

// minute is a minute in ms.
const minute = 60_000

// usualPace is how long a call is taken to keep an agent before the queue has had any, in ms.
const usualPace = 180_000

// pace is how long calls of a queue keep their agents.
type pace struct {
	Queue string `json:"queue"`
	MS    int64  `json:"ms"`
}

// keepPace learns from a call of a queue that is over: seven parts of what was known and one of the new.
func (s *State) keepPace(c *call.Call) {
	q, ok := s.siteOf(c).queue(c.Served)
	if !ok || c.TalkMS <= 0 {
		return
	}
	ms := c.TalkMS + q.WrapUpMS
	paces := slices.Clone(s.paces)
	i := slices.IndexFunc(paces, func(p pace) bool { return p.Queue == q.ID })
	if i < 0 {
		paces = append(paces, pace{Queue: q.ID, MS: ms})
	} else {
		paces[i].MS = (7*paces[i].MS + ms) / 8
	}
	s.paces = paces
}

// estimate is how long a caller at a place will probably wait, in whole minutes from 1: the calls before and theirs, shared among the agents who
// are there (FEATURES §7.1). It is unknown when nobody is.
func (s *State) estimate(q Queue, place int) (minutes int64, known bool) {
	there := int64(0)
	for _, a := range s.agents {
		if a.Serves(q.ID) && a.Session == agent.LoggedIn && a.Declared == agent.Available && a.Line == agent.Registered && a.PausedHere(q.ID) == nil {
			there++
		}
	}
	if there == 0 {
		return 0, false
	}
	ms := int64(usualPace)
	if i := slices.IndexFunc(s.paces, func(p pace) bool { return p.Queue == q.ID }); i >= 0 {
		ms = s.paces[i].MS
	}
	return max(1, (int64(place)*ms/there+minute-1)/minute), true
}
