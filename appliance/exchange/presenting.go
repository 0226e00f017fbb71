package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/routing"
)

// Which number a call that leaves the box shows, and which queue it is placed from (the guide: « Choisir une file de compétences va permettre
// d’adapter votre appel […] le numéro affiché ou la musique de mise en attente ne seront pas les mêmes selon la file choisie »).

// outOf is the queue a call is placed from; empty for none. Who serves one queue alone does not choose (the guide: « Si vous faites partie d’un seul
// groupe »). A call inside the house, or for help, is of no queue that was not chosen.
func (s *State) outOf(x *site, a *agent.Agent, chosen string, d routing.Decision) (string, []fact.Reason) {
	_, known := x.queue(chosen)
	switch {
	case d.To == routing.ToEmergency:
		return "", nil
	case chosen == "" && a != nil && len(a.Queues) == 1 && d.To == routing.ToTrunk:
		return a.Queues[0], nil
	case chosen == "":
		return "", nil
	case !known:
		return "", []fact.Reason{{Code: "queue.unknown", Detail: chosen}}
	case a == nil || !a.Serves(chosen):
		return "", []fact.Reason{{Code: "agent.not_in_queue", Detail: chosen}}
	}
	return chosen, nil
}

// shown is who a trunk is told that calls, and whether they show themselves (FEATURES §1): the number of the queue the call is placed from; else what
// the profile of the agent who places it says; else what the extension asks for; all of them only where the carrier allows it. An emergency call
// shows the branch's own geographic number, so that it reaches the centre of the right place.
func shown(x *site, c *call.Call, t Trunk) Caller {
	show := func(want string) (Caller, bool) {
		return Caller{Number: want}, want != "" && (want == t.Presented || slices.Contains(t.Allowed, want))
	}
	trunk := Caller{Number: t.Presented}
	if c.Target.Emergency() {
		if want := x.Emergency.Presented; t.Name == x.Emergency.Trunk && want != "" {
			return Caller{Number: want}
		}
		if own, ok := show(x.Emergency.Presented); ok {
			return own
		}
		return trunk
	}
	if c.Contact != "" && c.Phase != call.Transferring { // the campaign's number, or the line's: the law looks at it
		if own, ok := show(c.Presented); ok {
			return own
		}
		return trunk
	}
	byExtension := trunk
	if ext, ok := x.extension(payer(c)); ok {
		if own, ok := show(ext.Presented); ok {
			byExtension = own
		}
	}
	if c.Phase == call.Transferring { // it is not their own call any more
		if own, ok := onTransfer(x, c, t); ok {
			return own
		}
		return byExtension
	}
	if q, ok := x.queue(c.PlacedIn); ok {
		if own, ok := show(q.Presented); ok {
			return own
		}
	}
	d, _ := x.person(c.Placer)
	switch d.Presented {
	case PresentAnonymous:
		byExtension.Withheld = true
	case PresentTrunk:
		return trunk
	case PresentDirect:
		if own, ok := show(x.directOf(d)); ok {
			return own
		}
	case PresentCustom:
		if own, ok := show(d.Custom); ok {
			return own
		}
	case PresentExtension:
	}
	return byExtension
}

// onTransfer is the number that the queue of a call shows when its caller is handed over outside, where the carrier allows it (FEATURES §7.1: number
// shown on transfer, blank for the caller's own; §9.3: a number the carrier knows nothing of may cost the call).
func onTransfer(x *site, c *call.Call, t Trunk) (Caller, bool) {
	q, _ := x.queue(inQueue(c))
	if q.OnTransfer == "" || q.OnTransfer != t.Presented && !slices.Contains(t.Allowed, q.OnTransfer) {
		return Caller{}, false
	}
	return Caller{Number: q.OnTransfer}, true
}

// directOf is the number by which an agent is called from outside: what their own extension shows, or the service number that leads to it.
func (x *site) directOf(d Agent) string {
	if ext, ok := x.extension(d.Extension); ok && ext.Presented != "" {
		return ext.Presented
	}
	i := slices.IndexFunc(x.Services, func(v Service) bool { return v.Active && v.Exten == d.Extension && v.Exten != "" })
	if i < 0 {
		return ""
	}
	return x.Services[i].Number
}

// writeUp is how long the agent of a call has to write it up, in ms: by the queue it was answered from, or placed from.
func (s *State) writeUp(c *call.Call, a *agent.Agent) int64 {
	id := ""
	switch a.ID {
	case c.Agent:
		id = inQueue(c)
	case c.Placer:
		id = c.PlacedIn
	}
	q, _ := s.siteOf(c).queue(id)
	return q.WrapUpMS
}

// recordPlaced starts recording a call that was placed from a queue which asks for it.
func (s *State) recordPlaced(c *call.Call) {
	if k := s.campaignOf(c); k.Recorded && c.Phase == call.Talking {
		s.startRecording(c, fact.Reason{Code: "campaign.recorded", Detail: k.ID})
		return
	}
	if q, ok := s.siteOf(c).queue(c.PlacedIn); ok && q.RecordOut && c.Phase == call.Talking {
		s.startRecording(c, fact.Reason{Code: "queue.record_out", Detail: q.ID})
	}
}
