package sipedge

import (
	"cmp"
	"context"
	"crypto/tls"
	"net/netip"
	"slices"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/locate"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// Locator finds where the names of carriers lead. It is called on goroutines of the edge's own and may block for some seconds; it remembers
// what it found.
type Locator interface {
	Targets(ctx context.Context, name string, hint locate.Hint) ([]locate.Target, error)
}

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

// called is an INVITE that nobody answered yet.
type called struct {
	line *line
	name string
	to   netip.AddrPort
	at   time.Time
	wait time.Duration
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

// judge tells the exchange whether a trunk can be used, if that is known and news.
func (c *carriers) judge(k *carrier) {
	up, known := !k.watch.Gone(), true
	if k.cfg.Qualify > 0 {
		up, known = k.watch.Up(), k.watch.Up() || k.watch.Gone()
	}
	if k.reg != nil {
		held := k.reg.Held(time.Now()) && k.reg.Phase != trunk.Unregistering
		switch {
		case !held:
			up, known = false, k.heard
		case k.cfg.Qualify > 0 && !known: // the registrar answered: that is an answer
			up, known = true, true
		}
	}
	c.mu.Lock()
	k.state.Up = up && known
	if k.reg == nil {
		k.state.Problem = ""
		if len(k.targets) == 0 {
			k.state.Problem = "its name leads nowhere"
		} else if known && !up {
			k.state.Problem = "no server answers"
		}
	}
	problem := cmp.Or(k.state.Problem, "no server answers")
	c.mu.Unlock()
	if !known || k.gone || k.told != nil && *k.told == up {
		return
	}
	k.told = &up
	in := exchange.TrunkReachable{Trunk: k.cfg.Name, Reachable: up}
	if !up {
		in.Reason = problem
	}
	c.e.cfg.Tell(in)
}

// find is the carrier of a trunk; c.mu is held.
func (c *carriers) find(name string) *carrier {
	i := slices.IndexFunc(c.lines, func(k *carrier) bool { return !k.gone && k.cfg.Name == name })
	if i < 0 {
		return nil
	}
	return c.lines[i]
}

// whose is the trunk a call comes by.
func (c *carriers) whose(r *stack.Request) (*trunk.Config, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return trunk.Find(c.e.site.Load().trunks, trunk.Arrival{
		From: r.Flow.Remote.Addr(), User: user(r.Recipient.User),
		Found: func(name string) []netip.Addr {
			if k := c.find(name); k != nil {
				return k.found
			}
			return nil
		},
	})
}

// belongs is the trunk of a dialog that was read back.
func (c *carriers) belongs(a netip.Addr) *trunk.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := trunk.Find(c.e.site.Load().trunks, trunk.Arrival{From: a, Found: func(name string) []netip.Addr {
		if k := c.find(name); k != nil {
			return k.found
		}
		return nil
	}})
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

// order is where a call goes, in the order to try: the server that knows us first, those that failed lately last.
func (c *carriers) order(name string) (targets []trunk.Target, routes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.find(name)
	if k == nil {
		return nil, nil
	}
	list := slices.Clone(k.targets)
	if i := slices.IndexFunc(list, func(t trunk.Target) bool { return t.Addr == k.bound.Addr && t.Transport == k.bound.Transport }); i > 0 {
		first := list[i]
		list = slices.Insert(slices.Delete(list, i, i+1), 0, first)
	}
	list = k.bad.Order(time.Now(), list)
	return list[:min(len(list), maxTurns)], k.routes
}

// toTrunk writes a call to a carrier.
func (e *Edge) toTrunk(p *leg.Place, r exchange.Ring, t *trunk.Config) {
	targets, routes := e.carriers.order(t.Name)
	var first leg.Flow
	for _, to := range targets {
		f, ok := e.way(to.Transport, to.Addr)
		if !ok {
			continue // the box does not listen so
		}
		if len(p.Contacts) == 0 {
			first = f
		}
		p.Contacts = append(p.Contacts, leg.Contact{Flow: f, Routed: true, Turn: len(p.Contacts)})
	}
	inv := t.Invite(r, e.outside(first))
	p.From, p.Extra = inv.From, inv.Extra
	p.From.Display = plain(p.From.Display)
	for _, route := range routes {
		p.Extra = append(p.Extra, leg.Header{Name: "Route", Value: "<" + route + ">"})
	}
	for i := range p.Contacts {
		p.Contacts[i].URI, p.Contacts[i].To = inv.URI, inv.URI
	}
	p.Policy = legPolicy(t)
	if n := len(p.Contacts); n > 1 { // the last one is asked within two seconds, however many there are
		p.Policy.Patience = min(p.Policy.Patience, hurry/time.Duration(n-1))
	}
}

// legPolicy is how patient a trunk's legs are.
func legPolicy(t *trunk.Config) leg.Policy {
	p := leg.Policy{SessionExpires: t.SessionExpires}
	p.Patience, p.GiveUp = t.Waits()
	return p
}

// roomy is how long a request over UDP may be, in bytes, before it goes another way (RFC 3261 §18.1.1: within 200 bytes of an unknown path MTU,
// or above 1,300 bytes).
const roomy = 1300

// roomier is the flow of an INVITE that is too long for a datagram, where the trunk says that its carrier has TCP too.
func (e *Edge) roomier(t *trunk.Config, req *sip.Request, f leg.Flow) leg.Flow {
	if t == nil || t.Large != trunk.LargeSwitch || f.Transport != flow.UDP || len(req.String()) <= roomy {
		return f
	}
	g, ok := e.way(flow.TCP, f.Remote)
	if !ok {
		return f
	}
	if via := req.Via(); via != nil {
		via.Transport = flow.TCP.String()
		via.Host, via.Port = splitHost(e.host(g), g.Transport)
	}
	return g
}

// certified is what a carrier's certificate has to name: the domain that was asked for, never what DNS made of it (RFC 5922 §4).
func (c *carriers) certified(f leg.Flow) *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.lines {
		for _, t := range slices.Concat(k.targets, k.regs) {
			if t.Host != "" && t.Addr == f.Remote && t.Transport == f.Transport {
				return &tls.Config{ServerName: hostOnly(t.Host), MinVersion: tls.VersionTLS12}
			}
		}
	}
	return nil
}

// called notes an INVITE to a carrier.
func (c *carriers) called(l *line, branch string, f leg.Flow) {
	patience, _ := l.trunk.Waits()
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for b, o := range c.calls { // of the same leg: the server before this one stayed silent
		if o.line == l && o.to != f.Remote {
			c.silent(b, o, now)
		}
	}
	if len(c.calls) < maxBox {
		c.calls[branch] = called{line: l, name: l.trunk.Name, to: f.Remote, at: now, wait: patience}
	}
}

// silent puts a server last; c.mu is held.
func (c *carriers) silent(branch string, o called, now time.Time) {
	delete(c.calls, branch)
	if k := c.find(o.name); k != nil {
		k.bad.Failed(o.to, now.Add(k.cfg.Penalised()))
	}
}

// impatient notices servers that did not answer a call.
func (c *carriers) impatient(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for b, o := range c.calls {
		if now.Sub(o.at) >= o.wait {
			c.silent(b, o, now)
		}
	}
}

// answered notes a response to a call: the server is there, and perhaps wants to be left in peace.
func (c *carriers) answered(l *line, branch string, r *stack.Response) {
	l.mu.Lock()
	first := !l.reached
	l.reached = true
	l.mu.Unlock()
	c.mu.Lock()
	delete(c.calls, branch)
	if k := c.find(l.trunk.Name); k != nil {
		if r.StatusCode == 503 {
			k.bad.Failed(r.Flow.Remote, time.Now().Add(cmp.Or(min(seconds(r, "Retry-After"), time.Hour), k.cfg.Penalised())))
		} else {
			k.bad.Worked(r.Flow.Remote)
		}
	}
	c.mu.Unlock()
	if first {
		c.note(l.trunk.Name, func(w *trunk.Watch, _ *trunk.Config) bool { return w.Answered(200) })
	}
}

// note tells a trunk's watch something.
func (c *carriers) note(name string, f func(*trunk.Watch, *trunk.Config) bool) {
	c.post(func() {
		c.mu.Lock()
		k := c.find(name)
		c.mu.Unlock()
		if k != nil && f(&k.watch, k.cfg) {
			c.judge(k)
		}
	})
}

// listen is what a leg tells the exchange, by the policy of its trunk.
func (c *carriers) listen(l *line) func(exchange.Input) {
	if l.trunk == nil {
		return c.e.cfg.Tell
	}
	rang := false
	return func(in exchange.Input) { // on the leg's goroutine
		switch in := in.(type) {
		case exchange.LegRinging:
			if l.trunk.EarlyMedia == trunk.EarlyIgnore {
				if rang {
					return
				}
				rang = true
				c.e.cfg.Tell(exchange.LegRinging{Leg: in.Leg})
				return
			}
		case exchange.DigitPressed:
			if !l.trunk.Understands(in.Via) {
				return
			}
		case exchange.LegRefused:
			l.mu.Lock()
			reached := l.reached
			l.mu.Unlock()
			if !reached && (in.SIP == 408 || in.SIP == 503) {
				c.note(l.trunk.Name, func(w *trunk.Watch, t *trunk.Config) bool { return w.Unheard(t.DeadAfter) })
			}
		default:
		}
		c.e.cfg.Tell(in)
	}
}

// DigitTaken reports whether a key that came a certain way ("rfc4733", "info", "inband") on a leg is to be heeded: a trunk may say how its keys come.
func (e *Edge) DigitTaken(d exchange.DigitPressed) bool {
	l := e.leg(d.Leg)
	return l == nil || l.trunk == nil || l.trunk.Understands(d.Via)
}

// Carriers is how the other ends of the trunks are, in the order of the site document.
func (e *Edge) Carriers() []CarrierState {
	c := e.carriers
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []CarrierState
	for _, k := range c.lines {
		if !k.gone {
			s := k.state
			s.Servers = slices.Clone(k.targets)
			list = append(list, s)
		}
	}
	return list
}

// way is a listener of the box.
type way struct {
	transport flow.Transport
	local     netip.AddrPort
}

// way is the flow to an address: from the first listener of its transport and family.
func (e *Edge) way(by flow.Transport, to netip.AddrPort) (leg.Flow, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.ways {
		if w.transport == by && w.local.Addr().Unmap().Is4() == to.Addr().Unmap().Is4() {
			return leg.Flow{Transport: by, Local: w.local, Remote: to}, true
		}
	}
	return leg.Flow{}, false
}

// listens notes a listener.
func (e *Edge) listens(by flow.Transport, local netip.AddrPort) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ways = append(e.ways, way{by, local})
}

// outside is what the box calls itself on a flow: what the carrier's registrar sees, where the trunk wants that said.
func (e *Edge) outside(f leg.Flow) string {
	c := e.carriers
	c.mu.Lock()
	for _, k := range c.lines {
		if !k.gone && k.cfg.FollowSeen == trunk.Yes && k.seen.IsValid() && !f.Transport.Stream() &&
			slices.ContainsFunc(k.targets, func(t trunk.Target) bool { return t.Addr == f.Remote && t.Transport == f.Transport }) {
			seen := k.seen
			c.mu.Unlock()
			return seen.String()
		}
	}
	c.mu.Unlock()
	return e.host(f)
}
