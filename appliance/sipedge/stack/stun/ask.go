package stun

import (
	"context"
	"crypto/rand"
	"net/netip"
	"sync"
	"time"
)

// tries is when a request to the peer is repeated, and when it is given up (RFC 5389 §7.2.1, cut short: the flow is used anyhow).
func tries() []time.Duration {
	return []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}
}

// Questions are the requests of ours that wait for their answer. The zero value has none. They may be asked from any goroutine.
type Questions struct {
	mu   sync.Mutex
	open map[ID]question
}

type question struct {
	to netip.AddrPort
	at chan netip.AddrPort // of one
}

// Ask asks a peer where we come from. send puts a datagram on its way to there; it is called again until there is an answer, or too many are
// missing, or ctx ends.
func (q *Questions) Ask(ctx context.Context, to netip.AddrPort, send func([]byte) error) (at netip.AddrPort, ok bool) {
	var id ID
	_, _ = rand.Read(id[:]) // never fails
	a := question{to, make(chan netip.AddrPort, 1)}
	q.mu.Lock()
	if q.open == nil {
		q.open = make(map[ID]question)
	}
	q.open[id] = a
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		delete(q.open, id)
		q.mu.Unlock()
	}()
	for _, wait := range tries() {
		_ = send(Ask(id)) // lost or not sent is the same: it is repeated
		select {
		case at := <-a.at:
			return at, true
		case <-ctx.Done():
			return netip.AddrPort{}, false
		case <-time.After(wait):
		}
	}
	return netip.AddrPort{}, false
}

// Answered hands an answer to whoever asked that peer.
func (q *Questions) Answered(id ID, from, at netip.AddrPort) {
	q.mu.Lock()
	a, ok := q.open[id]
	q.mu.Unlock()
	if !ok || a.to != from {
		return
	}
	select {
	case a.at <- at:
	default: // it was answered already
	}
}

// Open is how many wait for their answer.
func (q *Questions) Open() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.open)
}
