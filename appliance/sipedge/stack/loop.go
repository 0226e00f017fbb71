package stack

import (
	"net/netip"

	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/verdict"

	"github.com/emiago/sipgo/sip"
)

// looped reports whether a request was here before: a Via below the topmost says so (RFC 3261 §16.3 step 4). Carriers leave the Vias of their
// own machines in, and those may have the same private address as the box; then only the branch of a transaction of ours that still waits
// tells the truth.
func (s *Stack) looped(req *sip.Request) bool {
	first := true
	for _, h := range req.Headers() {
		via, ok := h.(*sip.ViaHeader)
		if !ok {
			continue
		}
		if first {
			first = false
			continue
		}
		if ours, public := s.sentBy(via); ours && (public || s.waits(via, req.Method)) {
			return true
		}
	}
	return false
}

// sentBy reports whether a Via names the box itself, and whether by an address that nobody else has.
func (s *Stack) sentBy(via *sip.ViaHeader) (ours, public bool) {
	at, err := hop.Addr(via)
	if err != nil {
		return false, false
	}
	port := via.Port
	if port <= 0 {
		port = sip.DefaultUdpPort
	}
	is := func(us netip.AddrPort) bool { return us.Addr() == at.Unmap() && int(us.Port()) == port }
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		ours = ours || is(l.advertise)
	}
	for _, d := range s.docks {
		ours = ours || is(d.advertise)
	}
	return ours, ours && !at.IsPrivate() && !at.IsLinkLocalUnicast()
}

// waits reports whether a Via is of a request of ours that has no final response yet.
func (s *Stack) waits(via *sip.ViaHeader, method sip.RequestMethod) bool {
	branch, _ := via.Params.Get("branch")
	if branch == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.clients {
		if t.branch == branch && t.origin.Method == method {
			return true
		}
	}
	return false
}

// merged tells a request that is being handled already, as another transaction: 482. One whose first copy is over may be tried again.
func (s *Stack) merged(r *Request, key string) verdict.Refusal {
	if r.inDialog() || r.IsAck() || r.IsCancel() {
		return verdict.Refusal{}
	}
	before := s.merges.Note(r.Request, key)
	if before == "" || before == key {
		return verdict.Refusal{}
	}
	s.mu.Lock()
	first := s.servers[before]
	s.mu.Unlock()
	if first == nil || first.Status() >= 300 {
		s.merges.Replace(r.Request, key)
		return verdict.Refusal{}
	}
	return verdict.Refusal{Status: 482}
}
