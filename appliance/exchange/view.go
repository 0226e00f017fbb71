package exchange

import (
	"cmp"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// CallView is a call as a status page shows it. Durations are ms up to the last step.
type CallView struct {
	ID        plan.CallID `json:"id"`
	Flow      string      `json:"flow"`
	Phase     string      `json:"phase"`
	Revision  string      `json:"revision"`
	Caller    Caller      `json:"caller"`
	Target    string      `json:"target"` // service number, extension or outside number
	Emergency bool        `json:"emergency,omitempty"`
	Queue     string      `json:"queue,omitempty"`
	Agent     string      `json:"agent,omitempty"`
	Recorded  bool        `json:"recorded,omitempty"`
	Contact   string      `json:"contact,omitempty"` // of a campaign
	OpenMS    int64       `json:"open_ms"`
	WaitMS    int64       `json:"wait_ms"`
	TalkMS    int64       `json:"talk_ms"`
	Legs      []LegView   `json:"legs"`
}

// LegView is one dialog of a call.
type LegView struct {
	ID        plan.LegID `json:"id"`
	Way       string     `json:"way"`
	State     string     `json:"state"`
	Trunk     string     `json:"trunk,omitempty"`
	Extension string     `json:"extension,omitempty"`
}

// AgentView is an agent in the five dimensions.
type AgentView struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Extension string        `json:"extension,omitempty"`
	Session   string        `json:"session"`
	Declared  string        `json:"declared"`
	Pause     string        `json:"pause,omitempty"`
	Activity  string        `json:"activity"`
	Line      string        `json:"line"`
	Lock      string        `json:"lock,omitempty"`
	LockBy    string        `json:"lock_by,omitempty"`
	LockNote  string        `json:"lock_note,omitempty"`
	Next      string        `json:"next,omitempty"`       // declared after the call (PPA)
	NextPause string        `json:"next_pause,omitempty"` //
	Forced    bool          `json:"forced,omitempty"`     // Next was chosen by a supervisor
	Toolbar   string        `json:"toolbar,omitempty"`    // up, lost, due, gone; empty: there never was one
	Call      plan.CallID   `json:"call,omitempty"`
	Queues    []string      `json:"queues"`
	SinceMS   int64         `json:"since_ms"` // as they are: this session, declaration, pause and activity
	TurnMS    int64         `json:"turn_ms"`  // since they became available: their turn among those who are
	Fit       bool          `json:"fit"`      // could be offered a call of their first queue now
	Reasons   []fact.Reason `json:"reasons"`  // why not, or for how long
}

// QueueView is a queue and who stands in it.
type QueueView struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Waiting   int    `json:"waiting"`
	LongestMS int64  `json:"longest_ms"` // how long the first of them has waited
	Staffed   int    `json:"staffed"`    // agents logged in
	Fit       int    `json:"fit"`        // agents who could be offered a call now
}

// Calls lists the calls, oldest first.
func (s *State) Calls() []CallView {
	out := make([]CallView, 0, len(s.order))
	for _, c := range s.order {
		v := CallView{
			ID: c.ID, Flow: string(c.Flow), Phase: c.Phase.String(), Revision: c.Revision, Caller: Caller(c.Caller),
			Target: targetOf(c), Emergency: c.Target.Emergency(), Queue: cmp.Or(c.Visit.Queue, c.Served), Agent: c.Agent, Recorded: c.Recording.ID != "", Contact: c.Contact,
			OpenMS: s.clock - c.Opened, WaitMS: c.WaitMS, TalkMS: c.TalkMS,
		}
		if c.Visit.N != 0 {
			v.WaitMS += s.clock - c.Visit.Entered
		}
		if len(c.Bridged) > 0 {
			v.TalkMS += s.clock - c.TalkFrom
		}
		for _, l := range c.Legs {
			v.Legs = append(v.Legs, LegView{ID: l.ID, Way: string(l.Way), State: l.State.String(), Trunk: l.Trunk, Extension: l.Extension})
		}
		out = append(out, v)
	}
	return out
}

// fit reports whether an agent could be offered a call of a queue now, and why not.
func (s *State) fit(a *agent.Agent, queue string) (bool, []fact.Reason) {
	ask := agent.Ask{Queue: queue}
	no := s.judge(a, ask)
	return no == 0, a.Why(nil, no, ask, s.clock)
}

func targetOf(c *call.Call) string {
	for _, t := range []string{c.Target.Service, c.Target.Extension, c.Target.Number} {
		if t != "" {
			return t
		}
	}
	return ""
}

// Agents lists the agents in document order.
func (s *State) Agents() []AgentView {
	out := make([]AgentView, 0, len(s.agents))
	for _, a := range s.agents {
		fit, why := false, []fact.Reason{{Code: "agent.not_in_queue"}}
		if len(a.Queues) > 0 {
			fit, why = s.fit(a, a.Queues[0])
		}
		out = append(out, AgentView{
			ID: a.ID, Name: a.Name, Extension: a.Extension, Session: string(a.Session), Declared: string(a.Declared), Pause: a.Pause,
			Activity: a.Activity.String(), Line: string(a.Line), Lock: string(a.Lock), LockBy: a.LockBy, LockNote: a.LockNote,
			Next: string(a.Next.Declared), NextPause: a.Next.Pause, Forced: a.Next.Forced(), Toolbar: toolbarWord(a.Toolbar), Call: a.Call, Queues: a.Queues,
			SinceMS: s.clock - a.SeenFrom, TurnMS: s.clock - a.Since, Fit: fit, Reasons: why,
		})
	}
	return out
}

// Queues lists the queues of the branch in force, in document order.
func (s *State) Queues() []QueueView {
	out := make([]QueueView, 0, len(s.site.Queues))
	for _, q := range s.site.Queues {
		v := QueueView{ID: q.ID, Name: q.Name}
		for _, c := range s.waiting {
			if c.Visit.Queue == q.ID {
				v.Waiting++
				v.LongestMS = max(v.LongestMS, s.clock-c.FirstQueued)
			}
		}
		for _, a := range s.agents {
			if !a.Serves(q.ID) {
				continue
			}
			if a.Session == "logged_in" {
				v.Staffed++
			}
			if fit, _ := s.fit(a, q.ID); fit {
				v.Fit++
			}
		}
		out = append(out, v)
	}
	return out
}

// Recordings lists those whose end was not told yet, oldest first.
func (s *State) Recordings() []plan.RecordingID {
	out := make([]plan.RecordingID, 0, len(s.tapes))
	for _, t := range s.tapes {
		out = append(out, t.ID)
	}
	return out
}

// Revision is the branch in force.
func (s *State) Revision() string { return s.site.Revision }
