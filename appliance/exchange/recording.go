package exchange

import (
	"slices"
	"strings"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// recordByQueue starts recording a call that was answered from a queue which asks for it: of every call, or of so many in a hundred.
func (s *State) recordByQueue(c *call.Call) {
	q, ok := s.siteOf(c).queue(c.AnsweredIn)
	switch {
	case !ok:
	case q.Record:
		s.startRecording(c, fact.Reason{Code: "queue.record", Detail: q.ID})
	case q.Sampled > 0 && s.chance(c) < q.Sampled:
		s.startRecording(c, fact.Reason{Code: "queue.sampled", Detail: q.ID})
	}
}

// startRecording records the outside leg. It reports why not.
func (s *State) startRecording(c *call.Call, why fact.Reason) []fact.Reason {
	l := c.OutsideLeg()
	switch {
	case c.Phase != call.Talking && c.Phase != call.Transferring && c.Phase != call.Parked:
		return []fact.Reason{{Code: "call.not_talking"}}
	case c.Target.Emergency() || c.Target.Aside != "": // FEATURES §9.4: not recorded, nor the rescuers who call back
		return []fact.Reason{{Code: "call.emergency"}}
	case l == nil:
		return []fact.Reason{{Code: "call.no_outside_leg"}}
	case c.Recording.ID != "":
		return []fact.Reason{{Code: "call.recorded_already"}}
	case !s.roomToRecord(why):
		return []fact.Reason{{Code: "disk.low", Detail: string(s.storage)}}
	}
	id := s.newRecordingID()
	c.Recording = call.Recording{ID: id, Leg: l.ID, Talk: true}
	if strings.HasPrefix(why.Code, "queue.") {
		c.Recording.Queue = why.Detail
	}
	c.Recording.Paused = s.silence(c)
	s.tapes = append(slices.Clip(s.tapes), tape{ID: id, Call: c.ID})
	s.do(StartRecording{Recording: id, Call: c.ID, Leg: l.ID, Paused: c.Recording.Paused != ""})
	s.tell(fact.RecordingStarted{Call: string(c.ID), Recording: string(id), Leg: string(l.ID), Reasons: []fact.Reason{why}})
	if c.Recording.Paused != "" {
		s.tell(fact.RecordingPaused{Call: string(c.ID), Recording: string(id), Paused: true, Why: c.Recording.Paused})
	}
	if q, ok := s.siteOf(c).queue(inQueue(c)); ok && q.Discard {
		s.keep(c, false, "queue:"+q.ID)
	}
	return nil
}

func (s *State) stopRecording(c *call.Call) {
	if c.Recording.ID == "" {
		return
	}
	s.do(StopRecording{Recording: c.Recording.ID})
	s.cancel(c, call.PauseOver)
	c.Recording = call.Recording{}
}

// recordingStopped closes a recording. The writer may be slower than the call: this fact can follow CallEnded.
func (s *State) recordingStopped(in RecordingStopped) {
	i := slices.IndexFunc(s.tapes, func(t tape) bool { return t.ID == in.Recording })
	if i < 0 {
		return
	}
	t := s.tapes[i]
	s.tapes = without(s.tapes, t)
	if c := s.calls[t.Call]; c != nil && c.Recording.ID == t.ID { // it stopped by itself: disk full, media gone
		s.cancel(s.touch(c), call.PauseOver)
		c.Recording = call.Recording{}
		s.messageOver(c) // nobody speaks on to a machine that does not write
	}
	s.tell(fact.RecordingEnded{Call: string(t.Call), Recording: string(in.Recording), SoundMS: in.SoundMS, Error: in.Error})
}

func (s *State) recordCall(in CallRecord) {
	var why []fact.Reason
	c := s.calls[in.Call]
	switch {
	case c == nil:
		why = []fact.Reason{{Code: "call.unknown"}}
	case in.On:
		if why = s.mayStart(c, in.By); why == nil {
			why = s.startRecording(s.touch(c), fact.Reason{Code: "command.record", Detail: in.By})
		}
	default:
		if why = s.mayStop(c, in.By); why == nil {
			s.stopRecording(s.touch(c))
		}
	}
	if len(why) > 0 {
		s.refuseCommand(in.Request, fact.CommandRefused{Command: "call.record", By: in.By, Call: string(in.Call), Reasons: why})
		return
	}
	s.reply(in.Request)
}

// mediaRestarted says everything again to a media process that knows nothing: plans, the welcome that was playing, recordings.
func (s *State) mediaRestarted() {
	for _, c := range s.order {
		s.touch(c)
		s.sayPlan(c, c.Hearing())
		s.tellAgentsAgain(c)
		s.maskAgain(c)
		if c.Token != 0 {
			s.playFirst(c)
		}
		if c.Phase == call.Messaging && c.Recording.ID != "" {
			s.stopRecording(c)
			s.recordMessage(c)
			continue
		}
		s.recordOn(c)
	}
}

// recordOn lets the recording of a call go on in a media process that knows nothing of it: one object, whose segments are those before and after. What was
// talked in between is lost, and the facts say where; while it is paused nothing is.
func (s *State) recordOn(c *call.Call) {
	r := c.Recording
	if r.ID == "" {
		return
	}
	s.do(StartRecording{Recording: r.ID, Call: c.ID, Leg: r.Leg, Paused: r.Paused != "", Again: true})
	if r.Paused == "" {
		s.tell(fact.RecordingPaused{Call: string(c.ID), Recording: string(r.ID), Paused: true, Why: "media.restarted"})
		s.tell(fact.RecordingPaused{Call: string(c.ID), Recording: string(r.ID), Why: "media.restarted"})
	}
}

// orphanTapes lists recordings of calls that no longer record them; only their end is awaited.
func (s *State) orphanTapes() []plan.RecordingID {
	var ids []plan.RecordingID
	for _, t := range s.tapes {
		if c := s.calls[t.Call]; c == nil || c.Recording.ID != t.ID {
			ids = append(ids, t.ID)
		}
	}
	return ids
}
