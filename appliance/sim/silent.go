package sim

import (
	"slices"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// silent stands for the media process where a story is about signalling: it hears nothing and remembers what it was told.
type silent struct {
	tell func(exchange.Input)

	mu    sync.Mutex
	open  map[plan.LegID]plan.Endpoint
	plans map[plan.CallID]plan.Plan
	plays map[plan.LegID]*playing
	next  int

	tapes, finished []*tape
}

type playing struct {
	exchange.Play
	end *time.Timer
}

func newSilent(tell func(exchange.Input)) *silent {
	return &silent{tell: tell, open: map[plan.LegID]plan.Endpoint{}, plans: map[plan.CallID]plan.Plan{}, plays: map[plan.LegID]*playing{}, next: 16384}
}

// Open gives a leg a port that nobody listens on.
func (s *silent) Open(leg plan.LegID) (plan.Endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.open[leg]; ok {
		return at, nil
	}
	at := plan.Endpoint{Host: boxHost, Port: s.next}
	s.next += 2
	s.open[leg] = at
	return at, nil
}

// Update does nothing.
func (s *silent) Update(plan.LegID, plan.Media) error { return nil }

// Close takes the port back; a prompt that played on it is over.
func (s *silent) Close(leg plan.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, leg)
	s.endPlay(leg, false)
	s.endTapes(func(t *tape) bool { return t.Leg == leg })
}

func (s *silent) setPlan(p plan.Plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p.Legs) == 0 {
		delete(s.plans, p.Call)
		return
	}
	s.plans[p.Call] = p
}

func (s *silent) play(p exchange.Play) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endPlay(p.Leg, false)
	now := &playing{Play: p}
	now.end = time.AfterFunc(promptTime, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.plays[p.Leg] == now {
			s.endPlay(p.Leg, true)
		}
	})
	s.plays[p.Leg] = now
}

func (s *silent) endPlay(leg plan.LegID, finished bool) {
	if p := s.plays[leg]; p != nil {
		p.end.Stop()
		delete(s.plays, leg)
		go s.tell(exchange.PromptDone{Leg: leg, Token: p.Token, Finished: finished})
	}
}

func (s *silent) stopPlay(p exchange.StopPlay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.plays[p.Leg]; now != nil && now.Token == p.Token {
		s.endPlay(p.Leg, false)
	}
}

// hears is what the plan gives a leg to hear: other legs, or a sound.
func (s *silent) hears(leg plan.LegID) (from []plan.LegID, sound plan.Sound) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.plays[leg]; p != nil {
		return nil, p.Sound
	}
	for _, p := range s.plans {
		if i := slices.IndexFunc(p.Legs, func(h plan.Hearing) bool { return h.Leg == leg }); i >= 0 {
			return p.Legs[i].From, p.Legs[i].Sound
		}
	}
	return nil, ""
}

func (s *silent) ports() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.plays {
		p.end.Stop()
	}
}

// keepOnly closes the ports of legs that are not alive any more.
func (s *silent) keepOnly(alive []plan.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for leg := range s.open {
		if !slices.Contains(alive, leg) {
			delete(s.open, leg)
			s.endPlay(leg, false)
			s.endTapes(func(t *tape) bool { return t.Leg == leg })
		}
	}
}
