package sipedge

import "autocom/appliance/exchange/plan"

// rememberedLegs is how many legs that are over can still be found by the ladder.
const rememberedLegs = 1024

// pastLegs remembers the Call-IDs of the last legs that ended, so that their messages can be shown. The edge's lock guards it.
type pastLegs struct {
	callIDs map[plan.LegID][]string
	ring    [rememberedLegs]plan.LegID
	next    int
}

func (p *pastLegs) keep(l *line) {
	if p.callIDs == nil {
		p.callIDs = make(map[plan.LegID][]string)
	}
	delete(p.callIDs, p.ring[p.next])
	p.ring[p.next] = l.id
	p.next = (p.next + 1) % rememberedLegs
	p.callIDs[l.id] = l.callIDs()
}

func (l *line) callIDs() []string {
	ids := make([]string, 0, len(l.keys))
	for _, k := range l.keys {
		ids = append(ids, k.callID)
	}
	return ids
}

// CallIDs are the Call-IDs of a leg's dialogs: of one that is up, or of one of the last that ended.
func (e *Edge) CallIDs(id plan.LegID) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.legs[id]; l != nil {
		return l.callIDs()
	}
	return e.past.callIDs[id]
}
