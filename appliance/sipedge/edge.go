package sipedge

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// Config is what an edge is made of.
type Config struct {
	// Tell gives an input to the exchange. It is called on the goroutines of legs and of the stack, and must not block long.
	Tell   func(exchange.Input)
	Ports  leg.Ports
	Ledger *leg.Book // where dialogs are written down; nil keeps them nowhere
	Log    *slog.Logger

	Epoch   uint32       // of the journal: names the legs that come in
	Realm   string       // of passwords; "autocom" when empty
	Stack   stack.Config // Sink and Log are set here
	MaxLegs int          // legs at once, those included that wait 32 s for late repetitions; above it a call gets 503; 5,000 when 0

	// Note takes what no call produced: a call that was turned away. It is called on the goroutines of legs and of the stack and must not block
	// long; nil when nobody cares.
	Note func(fact.Fact)

	// AnySource lets the sound of a phone come from an address that is neither the one it names nor the one it signals from.
	AnySource bool

	// Bindings is a small file where phones are remembered over a restart, on /run; none when empty.
	Bindings string

	// Locate finds where the names of carriers lead; without it only addresses do. Registrations is a small file where it is remembered over a
	// restart with whom the box is registered, on /run; none when empty.
	Locate        Locator
	Registrations string

	// KeepAlive is how often a phone over UDP is asked whether it is there; a phone that stops answering is not rung. Behind a router it is
	// asked more often. 0: never.
	KeepAlive time.Duration
}

// Site is what an edge needs of a site document.
type Site struct {
	Trunks   []trunk.Config
	Accounts []registrar.Account
	Sounds   map[string]Sound // of extensions that are not as others; it is not changed any more
}

// sorted is a Site as it is looked at: replaced as a whole, never changed.
type sorted struct {
	trunks []trunk.Config
	sounds map[string]Sound

	extensions []string // in document order
}

func sort(site Site) *sorted {
	s := &sorted{trunks: site.Trunks, sounds: site.Sounds}
	for _, a := range site.Accounts {
		s.extensions = append(s.extensions, a.Extension)
	}
	return s
}

func (s *sorted) trunk(name string) (*trunk.Config, bool) {
	for i := range s.trunks {
		if s.trunks[i].Name == name {
			return &s.trunks[i], true
		}
	}
	return nil, false
}

// Edge is SIP at the rim.
type Edge struct {
	cfg       Config
	log       *slog.Logger
	stack     *stack.Stack
	guard     *registrar.Guard
	registrar *registrar.Registrar
	watchers  *watchers
	carriers  *carriers
	pulse     *pulse
	sights    *sights
	partings  partings
	site      atomic.Pointer[sorted]
	serial    atomic.Uint64 // names the legs that come in
	draining  atomic.Bool
	frozen    atomic.Bool   // messages are left to the process that comes after this one
	moved     chan struct{} // of one: a phone came or went since the bindings were written

	mu     sync.Mutex
	local  netip.AddrPort // the first listener
	ways   []way          // all listeners, in the order they came
	legs   map[plan.LegID]*line
	byKey  map[dialogKey]*line
	merged map[mergeKey]plan.LegID
	past   pastLegs
	closed bool

	missing time.Time // when phones that did not come count as missing; zero once told

	stop chan struct{}
	wg   sync.WaitGroup // the keeper
}

// dialogKey finds the leg of a message: our tag tells dialogs of one Call-ID apart.
type dialogKey struct{ callID, localTag string }

// mergeKey recognises a request that came by two ways (RFC 3261 §8.2.2.2).
type mergeKey struct {
	callID, fromTag string
	cseq            uint32
}

// New makes an edge that listens nowhere yet.
func New(cfg Config, site Site) (*Edge, error) {
	if cfg.Tell == nil || cfg.Ports == nil {
		return nil, errors.New("sipedge: Tell and Ports are needed")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Realm == "" {
		cfg.Realm = "autocom"
	}
	if cfg.MaxLegs <= 0 {
		cfg.MaxLegs = 5000
	}
	e := &Edge{
		cfg: cfg, log: cfg.Log,
		legs: make(map[plan.LegID]*line), byKey: make(map[dialogKey]*line), merged: make(map[mergeKey]plan.LegID),
		stop: make(chan struct{}), moved: make(chan struct{}, 1),
	}
	e.guard = registrar.NewGuard(cfg.Realm, site.Accounts)
	e.registrar = registrar.New(func(r registrar.Reachable) {
		select {
		case e.moved <- struct{}{}:
		default: // it will be seen
		}
		cfg.Tell(exchange.PhoneReachable{Extension: r.Extension, Reachable: r.Contacts > 0, Contacts: r.Contacts})
	})
	e.pulse, e.sights = newPulse(e, cfg.KeepAlive), newSights()
	e.site.Store(sort(site))
	e.carriers = newCarriers(e)
	sc := cfg.Stack
	sc.Sink, sc.Log = sink{e}, cfg.Log
	if sc.Allow == nil { // nobody reads text at a telephone
		sc.Allow = slices.DeleteFunc(stack.DefaultAllow(), func(m sip.RequestMethod) bool { return m == sip.MESSAGE })
	}
	if sc.Supported == nil {
		sc.Supported = strings.Split(supports, ", ")
	}
	if sc.Streams.ClientTLS == nil {
		sc.Streams.ClientTLS = e.carriers.certified
	}
	e.door(&sc)
	st, err := stack.New(sc)
	if err != nil {
		return nil, err
	}
	e.stack = st
	e.watchers = newWatchers(e)
	return e, nil
}

// Start tells the exchange which trunks there are and begins the edge's housekeeping. Listen before it.
func (e *Edge) Start() {
	e.loadBindings()
	e.awaitPhones()
	e.carriers.start()
	e.wg.Go(e.keep)
	e.wg.Go(e.watchers.run)
}

// Listen opens a UDP socket; advertise is what Via and Contact say of us, the socket's own address when zero.
func (e *Edge) Listen(open func() (net.PacketConn, error), advertise netip.AddrPort) (netip.AddrPort, error) {
	return e.listening(e.stack.Listen(open, advertise))
}

// Serve reads from a packet conn that the edge owns from now on.
func (e *Edge) Serve(conn net.PacketConn, advertise netip.AddrPort) (netip.AddrPort, error) {
	return e.listening(e.stack.Serve(conn, advertise))
}

func (e *Edge) listening(local netip.AddrPort, err error) (netip.AddrPort, error) {
	if err != nil {
		return netip.AddrPort{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.local.IsValid() {
		e.local = local
	}
	e.ways = append(e.ways, way{transport: flow.UDP, local: local})
	return local, nil
}

// Apply takes a new site. Legs that are up keep what they began with; phones of extensions that are gone are forgotten.
func (e *Edge) Apply(site Site) {
	e.guard.Apply(site.Accounts)
	e.site.Store(sort(site))
	e.registrar.Keep(e.guard.Has)
	e.awaitPhones()
	e.watchers.keep(e.guard.Has)
	e.carriers.apply(site.Trunks)
}

// Drain answers new calls 503 from now on, or takes them again.
func (e *Edge) Drain(on bool) { e.draining.Store(on) }

// Legs is how many dialogs there are, those included that are only waiting for late repetitions.
func (e *Edge) Legs() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.legs)
}

// Phones is who is registered, and where.
func (e *Edge) Phones() map[string][]registrar.Binding { return e.registrar.Snapshot() }

// Stack is the stack below, for its counters, bans and ladders.
func (e *Edge) Stack() *stack.Stack { return e.stack }

// Close ends every goroutine of the edge and waits for it. Dialogs are left as they are: hang them up first, or find them in the ledger.
func (e *Edge) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.frozen.Store(true)
	close(e.stop)
	lines := slices.Collect(maps.Values(e.legs))
	e.mu.Unlock()
	e.wg.Wait()
	for _, l := range lines {
		l.actor.Close()
	}
	err := e.stack.Close()
	return errors.Join(err, e.saveBindings(), e.carriers.save())
}

// phonesTogether is how long phones that come are gathered before they are written down.
const phonesTogether = 50 * time.Millisecond

func (e *Edge) rememberPhones() {
	if err := e.saveBindings(); err != nil {
		e.log.Warn("phones cannot be remembered over a restart", "error", err)
	}
}

// keep is the edge's housekeeping goroutine: bindings run out, and are written down.
func (e *Edge) keep() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	saved := time.Now()
	var took time.Duration // by the last writing
	for {
		select {
		case <-e.stop:
			return
		case <-e.moved:
			// A phone that came is remembered at once, in case the core dies; one that only renews its binding can wait. After a power cut
			// all come together and are written together, the seldomer the longer it takes: at most a twentieth of the time goes into it.
			select {
			case <-e.stop:
				return
			case <-time.After(max(phonesTogether, 20*took)):
			}
			began := time.Now()
			e.rememberPhones()
			took = time.Since(began)
		case now := <-tick.C:
			e.registrar.Expire(now)
			e.tellMissing(now)
			e.pulse.tick(now)
			if now.Sub(saved) >= 5*time.Second {
				saved = now
				e.rememberPhones()
				if e.cfg.Ledger != nil && e.cfg.Ledger.Err() != nil {
					e.log.Warn("dialogs cannot be found again after a restart", "error", e.cfg.Ledger.Err())
				}
			}
		}
	}
}

// line is one leg as the edge knows it: its goroutine, and the transactions its messages travel in.
type line struct {
	who   string       // the extension of a phone
	from  []netip.Addr // where its messages come from; behind mu
	id    plan.LegID
	actor *leg.Actor
	trunk *trunk.Config // as it was when the leg began; nil for a phone
	keys  []dialogKey
	merge mergeKey

	mu      sync.Mutex
	reached bool // a carrier said something to its call
	next    leg.Tx
	servers map[leg.Tx]*stack.Request
	clients map[string]*stack.Transaction
	rings   dialogKey // the dialog that rings, or was answered, and the peer's tag in it
	peerTag string
}

func newLine(id plan.LegID, t *trunk.Config) *line {
	return &line{id: id, trunk: t, servers: make(map[leg.Tx]*stack.Request), clients: make(map[string]*stack.Transaction)}
}

// open starts the goroutine of a leg and makes it findable. It reports false when there is no room, or the id is taken.
func (e *Edge) open(l *line, s *leg.State) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || len(e.legs) >= e.cfg.MaxLegs || e.legs[l.id] != nil {
		return false
	}
	var ledger leg.Ledger = noLedger{}
	if e.cfg.Ledger != nil {
		ledger = e.cfg.Ledger
	}
	l.actor = leg.Start(l.id, s, leg.Owner{
		Wire: wire{e}, Ports: e.cfg.Ports, Ledger: ledger, Tell: e.carriers.listen(l), Forget: e.forget, Log: e.log, Turned: e.turned(l),
	})
	e.legs[l.id] = l
	for _, k := range l.keys {
		e.byKey[k] = l
	}
	if l.merge != (mergeKey{}) {
		e.merged[l.merge] = l.id
	}
	return true
}

// forget is called by a leg's goroutine when it ends.
func (e *Edge) forget(id plan.LegID) {
	e.mu.Lock()
	l := e.legs[id]
	if l != nil {
		delete(e.legs, id)
		for _, k := range l.keys {
			delete(e.byKey, k)
		}
		delete(e.merged, l.merge)
		e.past.keep(l)
	}
	e.mu.Unlock()
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.clients {
		t.Abandon()
	}
}

func (e *Edge) leg(id plan.LegID) *line {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.legs[id]
}

func (e *Edge) find(callID, localTag string) *line {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.byKey[dialogKey{callID, localTag}]
}

type noLedger struct{}

func (noLedger) Write(*leg.State)  {}
func (noLedger) Remove(plan.LegID) {}

func seed() string { return strings.ToLower(rand.Text()) }
