package stack

import (
	"net/netip"
	"sync"

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
	at, err := netip.ParseAddr(trimBrackets(via.Host))
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

// maxMerges bounds the requests that are remembered to recognise a second copy of one.
const maxMerges = 8192

// merges recognises requests that came by two ways (RFC 3261 §8.2.2.2): same From tag, Call-ID and CSeq, yet another transaction.
type merges struct {
	mu   sync.Mutex
	key  map[merge]string // -> transaction key
	ring [maxMerges]merge
	next int
}

// note remembers a request's transaction. It gives the key of the one that was remembered for it before, or nothing.
func (m *merges) note(req *sip.Request, key string) string {
	id := mergeID(req)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key == nil {
		m.key = make(map[merge]string)
	}
	if before, known := m.key[id]; known {
		return before
	}
	delete(m.key, m.ring[m.next])
	m.ring[m.next], m.key[id] = id, key
	m.next = (m.next + 1) % maxMerges
	return ""
}

// replace lets another copy of a request take the place of one that is over.
func (m *merges) replace(req *sip.Request, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.key[mergeID(req)] = key
}

// merge is what two copies of a request have in common.
type merge struct {
	callID, tag string
	number      uint32
	method      sip.RequestMethod
}

func mergeID(req *sip.Request) merge {
	c := req.CSeq()
	return merge{callID: req.CallID().Value(), tag: req.From().Params.GetOr("tag", ""), number: c.SeqNo, method: c.MethodName}
}

// merged tells a request that is being handled already, as another transaction: 482. One whose first copy is over may be tried again.
func (s *Stack) merged(r *Request, key string) refusal {
	if r.inDialog() || r.IsAck() || r.IsCancel() {
		return refusal{}
	}
	before := s.merges.note(r.Request, key)
	if before == "" || before == key {
		return refusal{}
	}
	s.mu.Lock()
	first := s.servers[before]
	s.mu.Unlock()
	if first == nil || first.Status() >= 300 {
		s.merges.replace(r.Request, key)
		return refusal{}
	}
	return refusal{status: 482}
}
