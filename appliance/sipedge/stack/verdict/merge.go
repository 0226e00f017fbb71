package verdict

import (
	"sync"

	"github.com/emiago/sipgo/sip"
)

// maxMerges bounds the requests that are remembered to recognise a second copy of one.
const maxMerges = 8192

// Merges recognises requests that came by two ways (RFC 3261 §8.2.2.2): same From tag, Call-ID and CSeq, yet another transaction. The
// zero value remembers nothing yet.
type Merges struct {
	mu   sync.Mutex
	key  map[merge]string // -> transaction key
	ring [maxMerges]merge
	next int
}

// Note remembers a request's transaction. It gives the key of the one that was remembered for it before, or nothing.
func (m *Merges) Note(req *sip.Request, key string) string {
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

// Replace lets another copy of a request take the place of one that is over.
func (m *Merges) Replace(req *sip.Request, key string) {
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
