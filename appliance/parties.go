package appliance

import (
	"strings"
	"sync"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// party is who is in a call, as the index of recordings wants to know it.
type party struct {
	subject   fact.Subject
	queue     string // the last it stood in
	agent     string // the last who talked
	recording plan.RecordingID
	reason    string // code of why that began
	by        string // the person who asked for it
	stopper   string // the person who asked for its end
}

// parties follows every call. Goroutines share it.
type parties struct {
	mu      sync.Mutex
	calls   map[string]*party
	keepers map[plan.RecordingID]string // who said what becomes of it
}

// seed takes in the calls of the core before, and the recordings that are made of them.
func (p *parties) seed(calls []exchange.CallView, recordings map[plan.CallID]plan.RecordingID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range calls {
		*p.call(string(c.ID)) = party{subject: c.Caller.Subject, queue: c.Queue, agent: c.Agent, recording: recordings[c.ID]}
	}
}

// call is a call's entry, made if it is not there; p.mu is held.
func (p *parties) call(id string) *party {
	if p.calls == nil {
		p.calls, p.keepers = map[string]*party{}, map[plan.RecordingID]string{}
	}
	c := p.calls[id]
	if c == nil {
		c = &party{}
		p.calls[id] = c
	}
	return c
}

// learn takes in one fact. It gives the recording of a call that came to another queue or agent.
func (p *parties) learn(f fact.Fact) (of plan.RecordingID, queue, agent string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch f := f.(type) {
	case fact.CallOpened:
		c := p.call(f.Call)
		if c.subject = f.Caller; f.Flow == "outbound" {
			c.subject = f.Callee
		}
	case fact.VisitEntered:
		c := p.call(f.Call)
		c.queue = f.Queue
		return c.recording, f.Queue, ""
	case fact.OfferEnded:
		if f.Outcome == fact.OfferAnswered {
			c := p.call(f.Call)
			c.agent = f.Agent
			return c.recording, "", f.Agent
		}
	case fact.AgentChanged:
		if c := p.calls[f.Call]; c != nil && f.Activity == talkingActivity {
			c.agent = f.Agent
			return c.recording, "", f.Agent
		}
	case fact.RecordingStarted:
		c := p.call(f.Call)
		c.recording, c.reason, c.by, c.stopper = plan.RecordingID(f.Recording), "", "", ""
		if len(f.Reasons) > 0 {
			if c.reason = f.Reasons[0].Code; strings.HasPrefix(c.reason, "command.") {
				c.by = f.Reasons[0].Detail
			}
		}
	case fact.CommandTaken:
		if c := p.calls[f.Call]; c != nil && f.Command == "call.record" {
			c.stopper = f.By
		}
	case fact.RecordingKept:
		p.call(f.Call)
		p.keepers[plan.RecordingID(f.Recording)] = f.By
	case fact.RecordingEnded:
		delete(p.keepers, plan.RecordingID(f.Recording))
		if c := p.calls[f.Call]; c != nil && c.recording == plan.RecordingID(f.Recording) {
			c.recording = ""
		}
	case fact.CallEnded:
		delete(p.calls, f.Call)
	default: // says nothing of who is there
	}
	return "", "", ""
}

// talkingActivity is the activity of an agent who talks, in AgentChanged.
const talkingActivity = "talking"

func (p *parties) of(call string) party {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.calls[call]; c != nil {
		return *c
	}
	return party{}
}

// stopper is the person who asked for the end of a recording; nobody when it ends with its conversation.
func (p *parties) stopper(id plan.RecordingID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.recording == id {
			return c.stopper
		}
	}
	return ""
}

// keeper is the person who said what becomes of a recording.
func (p *parties) keeper(id plan.RecordingID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keepers[id]
}
