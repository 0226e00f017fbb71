// Package ua is a small SIP telephone over one UDP socket or one connection: it
// registers, calls, answers, refuses, holds, transfers, watches lamps and
// vanishes, so that the box can be tried by a peer that shares no code with it.
package ua

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// The timers of RFC 3261 §17.1.1.1.
const (
	T1 = 500 * time.Millisecond
	T2 = 4 * time.Second
	// TimeOut is timers B, F and H: 64 × T1.
	TimeOut = 64 * T1
)

// What one agent holds at most; beyond it new calls get 503.
const (
	maxCalls    = 20000
	maxServers  = 200000
	maxIncoming = 1024
)

// A Config says where an agent listens and where it sends.
type Config struct {
	Listen netip.AddrPort // own address; port 0 takes a free one
	Box    netip.AddrPort // receives every request outside a dialog
	Domain string         // of the addresses written; Box's host when empty
	Name   string         // of User-Agent
	Over   Transport      // UDP when empty; all others connect to Box at once
	Host   string         // of Via and Contact, as of a phone behind a router; its own address when empty
	TLS    *tls.Config    // of TLS and WSS
	Known  netip.Addr     // as Box reaches this host, where ports are forwarded one to one: of Via, Contact and SDP; its own address when unset

	// Linger is how long a finished server transaction answers
	// retransmissions; 32 s (timer J) when 0.
	Linger time.Duration
	// ReuseNonce sends credentials at once from the second request on, counting
	// the nonce's uses (RFC 7616 §3.4), instead of waiting for a challenge.
	ReuseNonce bool
	// Drop loses a message on purpose; for tests. Called with the lock held.
	Drop func(out bool, m *sipmsg.Message) bool
	// Trace sees every datagram. Called with the lock held.
	Trace func(out bool, peer netip.AddrPort, b []byte)
}

// An Account is a name and a secret to prove it.
type Account struct{ User, Secret string }

// An Agent is one socket, or connection, with every call and registration on it. Its methods
// may be called from any goroutine; it owns two goroutines, which Close ends.
type Agent struct {
	cfg  Config
	wire wire
	addr netip.AddrPort
	host string // of Via and Contact

	mu       sync.Mutex
	closed   bool
	vanished bool
	clients  map[string]*clientTx
	servers  map[string]*serverTx
	calls    map[string]*Call
	proofs   map[string]*proof
	regs     map[string]*registration
	watches  map[string]*Watch
	timers   timers
	lost     uint64 // events nobody read in time

	incoming chan *Call
	wake     chan struct{}
	done     chan struct{}
	wg       sync.WaitGroup
}

// A proof is the last challenge an account met.
type proof struct {
	challenge challenge
	header    string
	nc        uint32
}

// Listen opens an agent.
func Listen(cfg Config) (*Agent, error) {
	if cfg.Over == "" {
		cfg.Over = UDP
	}
	w, err := open(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Domain == "" {
		cfg.Domain = host(cfg.Box.Addr())
	}
	if cfg.Name == "" {
		cfg.Name = "autocom-lab"
	}
	if cfg.Linger == 0 {
		cfg.Linger = TimeOut
	}
	a := &Agent{
		cfg: cfg, wire: w, addr: w.local(), host: w.local().String(), watches: map[string]*Watch{},
		clients: map[string]*clientTx{}, servers: map[string]*serverTx{}, calls: map[string]*Call{},
		proofs: map[string]*proof{}, regs: map[string]*registration{},
		incoming: make(chan *Call, maxIncoming), wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if cfg.Known.IsValid() {
		a.host = netip.AddrPortFrom(cfg.Known, a.addr.Port()).String()
	}
	if cfg.Host != "" {
		a.host = cfg.Host
	}
	if cfg.Over == WS || cfg.Over == WSS { // RFC 7118 §5: who cannot know its address makes a name up
		a.host = token()[:12] + ".invalid"
	}
	a.wg.Add(2)
	go a.read()
	go a.clock()
	return a, nil
}

// host writes an address as URIs have it (RFC 3261 §19.1.1).
func host(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// Addr is the agent's own address.
func (a *Agent) Addr() netip.AddrPort { return a.addr }

// Reached is that address as the box reaches it; of SDP.
func (a *Agent) Reached(at netip.AddrPort) netip.AddrPort {
	if a.cfg.Known.IsValid() {
		return netip.AddrPortFrom(a.cfg.Known, at.Port())
	}
	return at
}

// Incoming delivers calls as they arrive; each waits for Ring, Answer, Refuse
// or to be cancelled. A call that finds the channel full is answered 503.
func (a *Agent) Incoming() <-chan *Call { return a.incoming }

// Vanish makes the agent deaf and mute: a telephone whose cable was pulled.
// Vanish(false) plugs it in again.
func (a *Agent) Vanish(gone bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.vanished = gone
}

// Busy gives the numbers of calls and of transactions being remembered.
func (a *Agent) Busy() (calls, transactions int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls), len(a.clients) + len(a.servers)
}

// Talking gives the number of calls that are not over.
func (a *Agent) Talking() (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.calls {
		if c.state != Over {
			n++
		}
	}
	return n
}

// Close ends the agent at once: nothing is sent any more, every call is over.
func (a *Agent) Close() error {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil
	}
	a.closed = true
	for _, c := range a.calls {
		c.end(Event{Kind: Failed, Reason: "the agent was closed"})
	}
	for _, w := range a.watches {
		w.end()
	}
	for _, t := range a.clients {
		if t.on != nil {
			t.on(nil)
		}
	}
	a.mu.Unlock()
	close(a.done)
	err := a.wire.close()
	a.wg.Wait()
	return err
}

func (a *Agent) read() {
	defer a.wg.Done()
	buf := make([]byte, sipmsg.MaxBytes)
	for {
		n, from, err := a.wire.read(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || a.cfg.Over.reliable() {
				return
			}
			continue // an ICMP error of an earlier packet
		}
		now := time.Now()
		m, err := sipmsg.Parse(buf[:n])
		a.mu.Lock()
		if a.cfg.Trace != nil {
			a.cfg.Trace(false, from, buf[:n])
		}
		if err == nil && !a.closed && !a.vanished && (a.cfg.Drop == nil || !a.cfg.Drop(false, m)) {
			from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
			if m.Code != 0 {
				a.response(m)
			} else {
				a.request(m, from, now)
			}
		}
		a.mu.Unlock()
	}
}

// write sends one datagram; a loss looks like any other to the peer.
func (a *Agent) write(b []byte, to netip.AddrPort) {
	if a.closed || a.vanished {
		return
	}
	if a.cfg.Drop != nil {
		if m, err := sipmsg.Parse(b); err == nil && a.cfg.Drop(true, m) {
			return
		}
	}
	if a.cfg.Trace != nil {
		a.cfg.Trace(true, to, b)
	}
	_ = a.wire.write(b, to) // UDP promises nothing: timers retransmit; a connection that broke is seen by who reads
}

// token gives 26 random characters: tags, branches, Call-IDs.
func token() string { return strings.ToLower(rand.Text()) }

func (a *Agent) contact(user string) string {
	if user == "" {
		user = "lab"
	}
	return fmt.Sprintf("<sip:%s@%s%s>", user, a.host, a.cfg.Over.param())
}
