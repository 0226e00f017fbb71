package exchange

import (
	"slices"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// Keys that leave a queue: to be called back, to leave a message, to wait elsewhere, to reach an extension.

// messageLimit is how long a message may be, in ms.
const messageLimit = 180_000

// lastWord is how long the word may be that ends a call by design, in ms: after it the box hangs up, played or not.
const lastWord = 20_000

// digitPressed takes a key: it may lead out of a queue, or end a message.
func (s *State) digitPressed(in DigitPressed) {
	c := s.legs[in.Leg]
	if c == nil {
		return
	}
	s.touch(c)
	s.tell(fact.DigitPressed{Call: string(c.ID), Leg: string(in.Leg), Via: in.Via})
	s.monitorPressed(c, in)
	s.accepts(c, in)
	if caller := c.CallerLeg(); caller == nil || caller.ID != in.Leg {
		return
	}
	switch c.Phase {
	case call.Queued:
		q, ok := s.siteOf(c).queue(c.Visit.Queue)
		if i := slices.IndexFunc(q.Exits, func(x Exit) bool { return x.Key == in.Digit }); ok && i >= 0 {
			s.exit(c, q, q.Exits[i])
		}
	case call.Messaging:
		if c.Recording.ID != "" { // any key says that the message is over, the greeting is heard to its end
			s.messageOver(c)
		}
	default: // nothing listens to keys then
	}
}

// exit leaves a queue by a key. A key that leads nowhere leaves the caller where they wait.
func (s *State) exit(c *call.Call, q Queue, x Exit) {
	at := s.siteOf(c)
	here := c.Visit.N
	switch x.To {
	case ExitCallback:
		if why := s.mayCallBack(at, q.ID, c.Caller.Number, string(ExitCallback)); why == nil && !c.Caller.Withheld && c.Caller.Subject != "" && s.roomToWish(q.ID, c.Caller.Subject) {
			since := c.FirstQueued
			s.leaveQueue(c, x, "")
			s.wish(callback{
				Queue: q.ID, Number: c.Caller.Number, Subject: c.Caller.Subject, Source: "queue", Since: since, Serial: c.Serial,
			}, c.ID, q)
			s.dismiss(c, call.Verdict{Outcome: fact.CallCallbackRequested, HungUpBy: "box"}, q.Callback.confirmation())
		}
	case ExitVoicemail:
		box := x.Target
		if box == "" {
			box = "queue:" + q.ID
		}
		if slices.Contains(s.full, box) { // before the tone, and they keep their place
			s.say(c, sayFull)
			return
		}
		s.leaveQueue(c, x, "")
		s.takeMessage(c, box)
	case ExitQueue:
		if p := s.placeIn(c, x.Target); p.queue != "" {
			s.leaveQueue(c, x, x.Target)
			s.enterQueue(c, x.Target, q.ID)
		}
	case ExitSection:
		if i := slices.IndexFunc(at.Sections, func(v Section) bool { return v.ID == x.Target }); i >= 0 {
			s.leaveQueue(c, x, "")
			s.enterSection(c, at.Sections[i])
		}
	case ExitExtension:
		if _, ok := at.extension(x.Target); ok {
			s.leaveQueue(c, x, "")
			c.Phase, c.Target.Queue, c.Target.Extension = call.Dialling, "", x.Target
			s.ringExtension(c)
		}
	}
	if c.Visit.N == here { // a number that cannot be called back, a queue that is full: the caller is told that the key leads nowhere
		s.say(c, sayInvalid)
	}
}

// leaveQueue ends the passage of a caller who pressed a key. A phone that rings for them stops.
func (s *State) leaveQueue(c *call.Call, x Exit, to string) {
	c.Visit.Overdue = false // they go where the key leads, not where the wait does
	s.offersEvent(c, queue.CallerLeft)
	v := c.Visit
	s.endVisitBy(c, fact.VisitExited, x.Key, to)
	s.tell(fact.CallRouted{Call: string(c.ID), To: string(x.To), Target: x.Target, Reasons: []fact.Reason{{Code: "queue.exit_key", Detail: v.Queue}}})
}

// enterSection sends a caller who is answered to an entry of the branch's menu.
func (s *State) enterSection(c *call.Call, v Section) {
	c.Target = call.Target{Kind: "section", Service: v.ID, Welcome: v.Welcome, Queue: v.Queue, Extension: v.Exten}
	c.Phase = call.Accepting
	s.accepted(c)
}

// dismiss ends an answered call by design, after a word.
func (s *State) dismiss(c *call.Call, v call.Verdict, word plan.Sound) {
	s.decide(c, v)
	s.cancelAll(c)
	c.Phase = call.Dismissing
	if l := c.CallerLeg(); l != nil {
		s.endOthers(c, l.ID, RefusedFailed)
	}
	s.say(c, word)
	s.replan(c)
	s.after(c, lastWord, call.DismissalOver)
}

// takeMessage greets a caller who is to leave a message.
func (s *State) takeMessage(c *call.Call, box string) {
	c.Phase, c.Box = call.Messaging, box
	s.replan(c)
	s.say(c, sayGreeting, plan.ToneRecord)
}

// recordMessage begins to record, after the tone.
func (s *State) recordMessage(c *call.Call) {
	if c.Recording.ID != "" {
		return
	}
	l := c.CallerLeg()
	id := s.newRecordingID()
	c.Recording = call.Recording{ID: id, Leg: l.ID}
	s.tapes = append(slices.Clip(s.tapes), tape{ID: id, Call: c.ID})
	s.do(StartRecording{Recording: id, Call: c.ID, Leg: l.ID, Box: c.Box})
	s.tell(fact.RecordingStarted{
		Call: string(c.ID), Recording: string(id), Leg: string(l.ID), Box: c.Box, Reasons: []fact.Reason{{Code: "voicemail.message", Detail: c.Box}},
	})
	s.tell(fact.VoicemailLeft{Call: string(c.ID), Box: c.Box, Recording: string(id)})
	s.after(c, messageLimit, call.MessageOver)
}

// messageOver ends a call that left a message.
func (s *State) messageOver(c *call.Call) {
	if c.Phase == call.Messaging {
		s.stopRecording(c)
		s.dismiss(c, call.Verdict{Outcome: fact.CallVoicemail, HungUpBy: "box"}, sayGoodbye)
	}
}
