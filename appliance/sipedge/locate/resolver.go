package locate

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"autocom/appliance/sipedge/flow"
)

// The times of what is remembered.
const (
	minTTL      = 30 * time.Second // a carrier's name is not asked for more often, whatever its TTL
	maxTTL      = 24 * time.Hour   // nor more seldom
	minDenied   = 5 * time.Second  // how long a "no" holds
	maxDenied   = time.Minute
	failedFor   = 5 * time.Second // how long "nobody answered" holds, so that calls do not wait one after the other
	firstRetry  = 5 * time.Second // of a refresh that failed; it doubles up to
	lastRetry   = time.Minute
	tornTTL     = time.Minute // of half an answer
	denialGrace = time.Hour   // how long a "no" has to be heard before it replaces a good answer: routers without Internet say "no" to everything
	defaultKeep = 30 * 24 * time.Hour
)

// The numbers of what is remembered.
const (
	maxNames   = 256
	maxFlights = 32 // lookups at once
)

// Config is what a resolver is made of.
type Config struct {
	Exchanger  Exchanger        // the system's DNS servers when nil
	Transports []flow.Transport // what the box sends by, the most wanted first where DNS leaves the choice; UDP, TCP, TLS when empty
	Families   Families
	Keep       time.Duration // how long an answer is served without being confirmed; 30 days when 0
	Seed       uint64        // of the draw among SRV records; 0: by chance
}

// Resolver knows where names lead. It is safe for concurrent use.
type Resolver struct {
	cfg  Config
	ctx  context.Context //nolint:containedctx // of the lookups, which outlive the call that began them; ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup
	wake chan struct{} // of one: the keeper has a new name to watch

	mu      sync.Mutex
	rng     *rand.Rand
	names   map[question]*name
	flights map[question]*flight
	failed  map[penalty]time.Time // until when a target is tried last
}

// name is what is known of one name.
type name struct {
	places    []place
	confirmed time.Time // by DNS
	expires   time.Time
	torn      bool

	fail  *Error    // why the last lookup brought nothing
	again time.Time // not before this is it asked for again
	tries int       // lookups in a row that nobody answered
	no    time.Time // since when DNS denies what it said before
	used  time.Time
}

// flight is a lookup that is under way.
type flight struct{ done chan struct{} }

// New makes a resolver that knows nothing. Close it.
func New(cfg Config) *Resolver {
	if cfg.Exchanger == nil {
		cfg.Exchanger = &Servers{}
	}
	if len(cfg.Transports) == 0 {
		cfg.Transports = []flow.Transport{flow.UDP, flow.TCP, flow.TLS}
	}
	if cfg.Keep <= 0 {
		cfg.Keep = defaultKeep
	}
	if cfg.Seed == 0 {
		cfg.Seed = rand.Uint64()
	}
	r := &Resolver{
		cfg: cfg, wake: make(chan struct{}, 1), rng: rand.New(rand.NewPCG(cfg.Seed, 0)),
		names: make(map[question]*name), flights: make(map[question]*flight), failed: make(map[penalty]time.Time),
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.wg.Go(r.keep)
	return r
}

// Close ends the lookups and waits for them. What is known stays readable.
func (r *Resolver) Close() {
	r.stop()
	r.wg.Wait()
}

// Targets is where to send a request for a name: host[:port], or an address. The first is to be tried first. It waits only for a name of which
// nothing is known, at most two seconds or until ctx ends. The error is a *Error.
func (r *Resolver) Targets(ctx context.Context, name string, hint Hint) ([]Target, error) {
	q, literal, err := parse(name, hint)
	if err != nil {
		return nil, err
	}
	if literal.IsValid() {
		return r.literal(q, literal)
	}
	list, f, err := r.known(q)
	if f == nil {
		return list, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, &Error{Name: q.Host, Kind: Stopped, cause: ctx.Err()}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.names[q]
	switch {
	case n == nil:
		return nil, &Error{Name: q.Host, Kind: Busy}
	case len(n.places) > 0:
		return r.order(q, n, time.Now()), nil
	case n.fail != nil:
		return nil, n.fail
	default:
		return nil, &Error{Name: q.Host, Kind: Stopped}
	}
}

// literal is the target of an address: nothing to ask (RFC 3263 §4.1).
func (r *Resolver) literal(q question, a netip.Addr) ([]Target, error) {
	if a.Is4() && !r.cfg.Families.has4() || a.Is6() && !r.cfg.Families.has6() {
		return nil, &Error{Name: a.String(), Kind: NoAddress}
	}
	t := q.Hint.among(r.cfg.Transports)
	return []Target{{Transport: t, Addr: netip.AddrPortFrom(a, cmp.Or(q.Port, t.DefaultPort())), Name: a.String(), Host: a.String()}}, nil
}

// known gives what is known, or the lookup to wait for.
func (r *Resolver) known(q question) ([]Target, *flight, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	n := r.names[q]
	if n == nil {
		if !r.room() {
			return nil, nil, &Error{Name: q.Host, Kind: Busy}
		}
		n = &name{}
		r.names[q] = n
	}
	n.used = now
	if len(n.places) > 0 && now.Sub(n.confirmed) > r.cfg.Keep {
		n.places = nil
	}
	if len(n.places) > 0 {
		if !now.Before(n.expires) && !now.Before(n.again) {
			r.begin(q, n)
		}
		return r.order(q, n, now), nil, nil
	}
	if n.fail != nil && now.Before(n.again) {
		return nil, nil, n.fail
	}
	f := r.begin(q, n)
	if f == nil {
		return nil, nil, &Error{Name: q.Host, Kind: Busy}
	}
	return nil, f, nil
}

// room makes room for one more name: the one that was used longest ago goes.
func (r *Resolver) room() bool {
	if len(r.names) < maxNames {
		return true
	}
	var oldest question
	var at time.Time
	for q, n := range r.names {
		if r.flights[q] == nil && (at.IsZero() || n.used.Before(at)) {
			oldest, at = q, n.used
		}
	}
	if at.IsZero() {
		return false
	}
	delete(r.names, oldest)
	return true
}

// begin starts the lookup of a name, or finds the one under way. It gives nil when there are too many, or the resolver is closed.
func (r *Resolver) begin(q question, n *name) *flight {
	if f := r.flights[q]; f != nil {
		return f
	}
	if len(r.flights) >= maxFlights || r.ctx.Err() != nil {
		return nil
	}
	f := &flight{done: make(chan struct{})}
	r.flights[q] = f
	l := &lookup{dns: r.cfg.Exchanger, q: q, transports: r.cfg.Transports, families: r.cfg.Families, old: n.places}
	l.whole = len(n.places) > 0 && !n.torn && time.Since(n.expires) < denialGrace
	r.wg.Go(func() {
		out, err := l.run(r.ctx)
		r.settle(q, out, err)
		close(f.done)
	})
	return f
}

// settle writes down what a lookup brought.
func (r *Resolver) settle(q question, out found, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.flights, q)
	defer r.rouse()
	n := r.names[q]
	if n == nil || r.ctx.Err() != nil {
		return
	}
	now := time.Now()
	if err == nil {
		ttl := min(max(out.ttl, minTTL), maxTTL)
		if out.torn {
			ttl = min(ttl, tornTTL)
		}
		*n = name{places: out.places, confirmed: now, expires: now.Add(ttl), torn: out.torn, used: n.used, again: now.Add(ttl * 4 / 5)}
		return
	}
	var why *Error
	if !errors.As(err, &why) {
		why = &Error{Name: q.Host, Kind: NoServer, cause: err}
	}
	n.fail = why
	if why.Kind == NoServer {
		n.again = now.Add(failedFor)
		if len(n.places) > 0 {
			n.again = now.Add(min(firstRetry<<min(n.tries, 8), lastRetry))
		}
		n.tries++
		return
	}
	n.tries = 0
	n.again = now.Add(min(max(out.ttl, minDenied), maxDenied))
	if n.no.IsZero() {
		n.no = now
	}
	if now.Sub(n.no) >= denialGrace {
		n.places = nil
	}
}

func (r *Resolver) rouse() {
	select {
	case r.wake <- struct{}{}:
	default: // it will look
	}
}

// keep asks again for each name before its answer runs out.
func (r *Resolver) keep() {
	for {
		timer := time.NewTimer(r.refresh())
		select {
		case <-r.ctx.Done():
			timer.Stop()
			return
		case <-r.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// refresh begins the lookups that are due and says when to look again. A name that nobody asked for in a month is forgotten.
func (r *Resolver) refresh() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, next := time.Now(), time.Hour
	for q, n := range r.names {
		switch {
		case r.flights[q] != nil:
		case now.Sub(n.used) > r.cfg.Keep:
			delete(r.names, q)
		case len(n.places) == 0: // whoever wants it asks
		case !now.Before(n.again):
			if r.begin(q, n) == nil {
				next = min(next, time.Second)
			}
		default:
			next = min(next, n.again.Sub(now))
		}
	}
	return next
}
