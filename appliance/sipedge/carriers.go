package sipedge

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"
)

// carriers is what the edge knows of the other ends of its trunks. One goroutine, run, owns the registrations and tells the exchange; what legs
// and the stack look at is behind mu.
type carriers struct {
	e    *Edge
	wake chan struct{} // of one

	mu      sync.Mutex
	box     []func()
	running bool
	closed  bool
	lines   []*carrier          // in the order of the site document
	byVia   map[string]*carrier // REGISTER and OPTIONS that are out
	calls   map[string]called   // INVITEs that nobody answered yet, by branch
	trusted []netip.Prefix      // of the firewall, without what is found
	admit   []netip.Prefix
	let     []netip.Prefix // found and let in
}

// carrier is one trunk's other end.
type carrier struct {
	// Behind carriers.mu.
	cfg     *trunk.Config
	targets []trunk.Target // where calls are sent, in order
	regs    []trunk.Target // where it signs on
	there   []netip.Addr   // of all its servers: their answers have to come in
	found   []netip.Addr   // whose calls are its own
	bad     trunk.Penalties
	routes  []string       // Service-Route (RFC 3608)
	bound   trunk.Target   // the server that knows us
	seen    netip.AddrPort // our address as it sees it
	state   CarrierState

	// Of run.
	reg     *trunk.Registration // nil when it does not sign on
	timers  [trunk.Timers]*time.Timer
	nrs     [trunk.Timers]uint64 // a timer that was stopped may have its firing in the box: its number tells
	nr      uint64
	out     map[string]*stack.Transaction
	heard   bool // the registration said something
	watch   trunk.Watch
	asked   time.Time // OPTIONS
	pinged  time.Time // OPTIONS that only keep routers awake
	rounds  map[string]*round
	looked  time.Time
	looking bool
	told    *bool
	gone    bool // not in the site document any more: it signs off
}

// CarrierState is a trunk's other end, for people.
type CarrierState struct {
	Trunk      string
	Up         bool
	Problem    string      // what is wrong, in words; empty when nothing is
	Registers  bool        // it has to sign on
	Phase      trunk.Phase // of that
	Until      time.Time   // the carrier knows us until then
	Servers    []trunk.Target
	Seen       netip.AddrPort // our address as the registrar saw it
	Associated []string       // numbers the carrier says are ours
}

// round is one asking of every server of a trunk by OPTIONS.
type round struct {
	left int
	up   bool
}

const (
	maxBox     = 1024 // what waits for run; above it messages are dropped, and their timers tell
	maxTargets = 8    // servers of a trunk
	maxTurns   = 4    // servers tried for one call
	lookEvery  = 15 * time.Second
	lookAgain  = 5 * time.Second // while nothing was found
	lookWait   = 5 * time.Second
	probeEvery = 10 * time.Second // of a trunk that is not asked regularly, while it counts as gone
	hurry      = 1800 * time.Millisecond
)

func newCarriers(e *Edge) *carriers {
	return &carriers{
		e: e, wake: make(chan struct{}, 1), byVia: make(map[string]*carrier), calls: make(map[string]called),
		trusted: e.cfg.Stack.Firewall.Trusted, admit: e.cfg.Stack.Firewall.Admitted,
	}
}

func (c *carriers) start() {
	saved := c.load()
	c.mu.Lock()
	for _, t := range c.e.site.Load().trunks {
		c.lines = append(c.lines, newCarrier(&t))
	}
	c.running = true
	lines := slices.Clone(c.lines)
	c.mu.Unlock()
	for _, k := range lines {
		c.begin(k, saved[k.cfg.Name])
	}
	c.e.wg.Go(c.run)
}

func newCarrier(t *trunk.Config) *carrier {
	return &carrier{cfg: t, out: make(map[string]*stack.Transaction), rounds: make(map[string]*round), state: CarrierState{Trunk: t.Name, Registers: t.Registers()}}
}

// begin looks for a carrier and signs on. It is called before run, or by it.
func (c *carriers) begin(k *carrier, saved *trunk.Registration) {
	if k.cfg.Registers() {
		c.enrol(k, saved)
	}
	c.look(k, time.Now())
	c.judge(k)
}

// post lets run do something. It never blocks; false says that it has too much to do.
func (c *carriers) post(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.box) >= maxBox {
		return false
	}
	c.box = append(c.box, f)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return true
}

func (c *carriers) run() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer c.stopTimers()
	for {
		select {
		case <-c.e.stop:
			return
		case <-c.wake:
			c.mu.Lock()
			batch := c.box
			c.box = nil
			c.mu.Unlock()
			for _, f := range batch {
				f()
			}
		case now := <-tick.C:
			if !c.e.frozen.Load() {
				c.tick(now)
			}
		}
	}
}

func (c *carriers) stopTimers() {
	c.mu.Lock()
	c.closed = true
	lines := slices.Clone(c.lines)
	c.mu.Unlock()
	for _, k := range lines {
		for _, t := range k.timers {
			if t != nil {
				t.Stop()
			}
		}
	}
}

func (c *carriers) all() []*carrier {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.lines)
}

func (c *carriers) tick(now time.Time) {
	c.impatient(now)
	for _, k := range c.all() {
		wait := lookEvery
		if len(k.targets) == 0 {
			wait = lookAgain
		}
		if !k.looking && now.Sub(k.looked) >= wait {
			c.look(k, now)
		}
		every := k.cfg.Qualify
		if every <= 0 && k.watch.Gone() {
			every = probeEvery
		}
		if every > 0 && !k.gone && now.Sub(k.asked) >= every {
			k.asked, k.pinged = now, now
			c.probe(k)
		}
		if k.cfg.KeepAlive > 0 && !k.gone && now.Sub(k.pinged) >= k.cfg.KeepAlive {
			k.pinged = now
			c.ping(k)
		}
	}
}

// apply takes another site document.
func (c *carriers) apply(trunks []trunk.Config) {
	c.mu.Lock()
	running := c.running
	c.mu.Unlock()
	if !running {
		return // start will see it
	}
	done := make(chan struct{})
	if !c.post(func() { defer close(done); c.change(trunks) }) {
		return // closed
	}
	select {
	case <-done:
	case <-c.e.stop:
	}
}

func (c *carriers) change(trunks []trunk.Config) {
	old := c.all()
	var next, fresh []*carrier
	for i := range trunks {
		t := &trunks[i]
		j := slices.IndexFunc(old, func(k *carrier) bool { return !k.gone && k.cfg.Name == t.Name && sameAccount(k.cfg, t) })
		if j < 0 {
			k := newCarrier(t)
			next, fresh = append(next, k), append(fresh, k)
			continue
		}
		k := old[j]
		c.mu.Lock()
		if k.cfg.Qualify > 0 != (t.Qualify > 0) {
			k.watch = trunk.Watch{}
			k.told = nil
		}
		k.cfg = t
		k.looked = time.Time{}
		c.mu.Unlock()
		next = append(next, k)
	}
	for _, k := range old {
		if slices.Contains(next, k) {
			continue
		}
		k.gone = true
		if slices.ContainsFunc(fresh, func(f *carrier) bool { return f.cfg.Name == k.cfg.Name }) {
			c.drop(k) // signing off could undo what its successor signs on
		} else if k.reg != nil && k.reg.Phase != trunk.Off {
			next = append(next, k)
		}
	}
	c.mu.Lock()
	c.lines = next
	c.mu.Unlock()
	for _, k := range next {
		switch {
		case k.gone:
			c.step(k, trunk.Stop{})
		case slices.Contains(fresh, k):
			c.begin(k, nil)
		default:
			c.look(k, time.Now())
			c.judge(k)
		}
	}
	c.letIn()
}

// drop forgets a carrier without a word to it.
func (c *carriers) drop(k *carrier) {
	for i, t := range k.timers {
		if t != nil {
			t.Stop()
			k.nrs[i] = 0
		}
	}
	for via := range k.out {
		c.abandon(k, via)
	}
	k.reg = nil
}

// sameAccount reports whether a changed trunk can go on with its registration.
func sameAccount(a, b *trunk.Config) bool {
	return a.Registers() == b.Registers() && a.User() == b.User() && a.Username == b.Username && a.Password == b.Password &&
		a.Host() == b.Host() && a.RegisterTo == b.RegisterTo && a.Bulk == b.Bulk && a.Expires == b.Expires && slices.Equal(a.RegisterAt(), b.RegisterAt())
}

// find is the carrier of a trunk; c.mu is held.
func (c *carriers) find(name string) *carrier {
	i := slices.IndexFunc(c.lines, func(k *carrier) bool { return !k.gone && k.cfg.Name == name })
	if i < 0 {
		return nil
	}
	return c.lines[i]
}

// found is the addresses that calls of a trunk were found to come from; c.mu is held.
func (c *carriers) found(name string) []netip.Addr {
	if k := c.find(name); k != nil {
		return k.found
	}
	return nil
}

// whose is the trunk a call comes by.
func (c *carriers) whose(r *stack.Request) (*trunk.Config, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return trunk.Find(c.e.site.Load().trunks, trunk.Arrival{
		From: r.Flow.Remote.Addr(), User: user(r.Recipient.User),
		Found: c.found,
	})
}

// belongs is the trunk of a dialog that was read back.
func (c *carriers) belongs(a netip.Addr) *trunk.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := trunk.Find(c.e.site.Load().trunks, trunk.Arrival{From: a, Found: c.found})
	if ok {
		return t
	}
	for _, k := range c.lines {
		if !k.gone && slices.ContainsFunc(k.targets, func(t trunk.Target) bool { return t.Addr.Addr() == a }) {
			return k.cfg
		}
	}
	return nil
}
