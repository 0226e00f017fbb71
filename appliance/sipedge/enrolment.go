package sipedge

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/locate"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// Where carriers are, signing on with them, and asking whether they are there. Everything here runs on the goroutine of carriers.

// look finds the servers of a carrier anew. Addresses are there at once; names are looked up on a goroutine of their own.
func (c *carriers) look(k *carrier, now time.Time) {
	k.looked = now
	calls, regs := k.cfg.CallTo(), []string(nil)
	if k.cfg.Registers() {
		regs = k.cfg.RegisterAt()
	}
	names := slices.Concat(calls, regs)
	hint := locate.Hint(k.cfg.Transport)
	if k.cfg.Transport == trunk.TransportAuto {
		hint = locate.Any
	}
	literal := true
	for _, n := range names {
		if _, ok := address(n); !ok {
			literal = false
		}
	}
	if literal || c.e.cfg.Locate == nil {
		c.located(k, c.numbers(k, calls), c.numbers(k, regs))
		return
	}
	k.looking = true
	loc := c.e.cfg.Locate
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if c.e.closed {
		return
	}
	c.e.wg.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), lookWait)
		defer cancel()
		c.e.wg.Go(func() { // ends with ctx
			select {
			case <-c.e.stop:
				cancel()
			case <-ctx.Done():
			}
		})
		a, b := lookUp(ctx, loc, calls, hint), lookUp(ctx, loc, regs, hint)
		c.post(func() {
			k.looking = false
			c.located(k, a, b)
		})
	})
}

func lookUp(ctx context.Context, loc Locator, names []string, hint locate.Hint) []trunk.Target {
	var list []trunk.Target
	for _, n := range names {
		found, err := loc.Targets(ctx, n, hint)
		if err != nil {
			continue // the others may be there; that nothing is found is told
		}
		for _, t := range found {
			list = append(list, trunk.Target{Transport: t.Transport, Addr: t.Addr, Host: t.Name})
		}
	}
	return list
}

// address reads a server that is an address, with or without its port.
func address(s string) (netip.AddrPort, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at, true
	}
	a, err := netip.ParseAddr(s)
	return netip.AddrPortFrom(a, 0), err == nil
}

// numbers is the servers that are addresses.
func (c *carriers) numbers(k *carrier, names []string) []trunk.Target {
	by, _ := k.cfg.Fixed()
	var list []trunk.Target
	for _, n := range names {
		if at, ok := address(n); ok {
			if at.Port() == 0 {
				at = netip.AddrPortFrom(at.Addr(), by.DefaultPort())
			}
			list = append(list, trunk.Target{Transport: by, Addr: at})
		}
	}
	return list
}

// located takes what was found. Where nothing was found any more, what is known stays.
func (c *carriers) located(k *carrier, calls, regs []trunk.Target) {
	if r := k.cfg.Remote; r.IsValid() && len(k.cfg.Proxies) == 0 {
		by, _ := k.cfg.Fixed()
		calls = slices.Insert(calls, 0, trunk.Target{Transport: by, Addr: r})
		if len(k.cfg.Registrars) == 0 {
			regs = slices.Insert(regs, 0, trunk.Target{Transport: by, Addr: r})
		}
	}
	calls, regs = once(calls), once(regs)
	c.mu.Lock()
	if len(calls) > 0 {
		k.targets = calls
	}
	if len(regs) > 0 {
		k.regs = regs
	}
	if len(calls)+len(regs) > 0 {
		k.there = nil
		for _, t := range slices.Concat(k.targets, regs) {
			if a := t.Addr.Addr().Unmap(); !slices.Contains(k.there, a) {
				k.there = append(k.there, a)
			}
		}
	}
	k.found = nil
	if k.cfg.Follows() {
		k.found = k.there
	}
	c.mu.Unlock()
	c.letIn()
	if k.reg != nil && !k.gone && (len(regs) > 0 || k.reg.Phase == trunk.Waiting) {
		c.step(k, trunk.TargetsChanged{Targets: c.contacts(k, regs)})
	}
	c.judge(k)
}

// once leaves out servers that come twice.
func once(list []trunk.Target) []trunk.Target {
	var out []trunk.Target
	for _, t := range list {
		if len(out) < maxTargets && !slices.ContainsFunc(out, func(o trunk.Target) bool { return o.Addr == t.Addr && o.Transport == t.Transport }) {
			out = append(out, t)
		}
	}
	return out
}

// contacts says what we call ourselves towards each registrar.
func (c *carriers) contacts(k *carrier, regs []trunk.Target) []trunk.Target {
	var out []trunk.Target
	for _, t := range regs {
		f, ok := c.e.way(t.Transport, t.Addr)
		if !ok {
			continue // the box does not listen so
		}
		host := c.e.host(f)
		if k.cfg.FollowSeen == trunk.Yes && k.seen.IsValid() && !t.Transport.Stream() {
			host = k.seen.String()
		}
		t.Contact = "sip:" + host
		if u := trunk.Escape(k.cfg.InContact()); u != "" {
			t.Contact = "sip:" + u + "@" + host
		}
		t.Contact += transportParam(t.Transport)
		if k.cfg.Bulk == trunk.BulkGIN {
			t.Contact += ";bnc" // RFC 6140 §5.2
		}
		out = append(out, t)
	}
	return out
}

// letIn tells the firewall of servers whose addresses are not in the site document. Only their answers are taken, save where the trunk follows.
func (c *carriers) letIn() {
	c.mu.Lock()
	var let []netip.Prefix
	for _, k := range c.lines {
		for _, a := range k.there {
			if p := netip.PrefixFrom(a, a.BitLen()); !slices.Contains(let, p) {
				let = append(let, p)
			}
		}
	}
	same := slices.Equal(let, c.let)
	c.let = let
	trusted, admitted := c.trusted, slices.Concat(c.admit, let)
	c.mu.Unlock()
	if !same {
		c.e.stack.Admit(trusted, admitted)
	}
}

// Admit replaces the networks SIP is taken from. The servers of trunks are let in besides, by the addresses they were found at.
func (e *Edge) Admit(trusted, admitted []netip.Prefix) {
	c := e.carriers
	c.mu.Lock()
	c.trusted, c.admit = trusted, admitted
	all := slices.Concat(admitted, c.let)
	c.mu.Unlock()
	e.stack.Admit(trusted, all)
}

// enrol begins a registration, or goes on with one.
func (c *carriers) enrol(k *carrier, saved *trunk.Registration) {
	domain := hostOnly(k.cfg.Host())
	account := trunk.Account{
		AOR: "sip:" + trunk.Escape(k.cfg.User()) + "@" + domain, URI: "sip:" + domain, Bulk: k.cfg.Bulk == trunk.BulkGIN, Expires: k.cfg.Expires,
	}
	if k.cfg.RegisterTo != "" {
		account.URI = "sip:" + k.cfg.RegisterTo
	}
	if saved != nil && saved.Version == trunk.RegistrationVersion && saved.Account == account && saved.Phase != trunk.Off && saved.Phase != trunk.Unregistering {
		k.reg = saved
		c.mu.Lock()
		k.seen = saved.Seen
		c.mu.Unlock()
		c.step(k, trunk.Resume{})
		return
	}
	k.reg = &trunk.Registration{}
	if saved != nil {
		k.reg.CSeq = saved.CSeq
	}
	c.step(k, trunk.Start{Account: account, Seed: seed()})
}

// hostOnly is a host without its port.
func hostOnly(s string) string {
	if at, err := netip.ParseAddrPort(s); err == nil {
		if at.Addr().Is6() {
			return "[" + at.Addr().String() + "]"
		}
		return at.Addr().String()
	}
	host, _ := splitHost(s, flow.UDP)
	return host
}

// step lets something happen to a registration and carries out what comes of it.
func (c *carriers) step(k *carrier, in trunk.Input) {
	if k.reg == nil || c.e.frozen.Load() {
		return
	}
	for _, e := range k.reg.Step(time.Now(), in) {
		switch e := e.(type) {
		case trunk.SendRegister:
			c.send(k, e.Msg, e.To)
		case trunk.Authenticate:
			c.authorize(k, e)
		case trunk.Abandon:
			c.abandon(k, e.Via)
		case trunk.StartTimer:
			c.arm(k, e)
		case trunk.StopTimer:
			if t := k.timers[e.Timer]; t != nil {
				t.Stop()
				k.nrs[e.Timer] = 0
			}
		case trunk.Tell:
			k.heard = true
			c.mu.Lock()
			k.state.Problem = e.Problem
			c.mu.Unlock()
			if e.Problem != "" {
				c.e.log.Warn("a carrier does not know the box", "trunk", k.cfg.Name, "problem", e.Problem, "up", e.Up)
			}
		}
	}
	c.mu.Lock()
	moved := k.seen != k.reg.Seen && k.reg.Seen.IsValid()
	k.routes, k.bound = k.reg.Routes, k.reg.Bound
	k.state.Phase, k.state.Until, k.state.Seen, k.state.Associated = k.reg.Phase, k.reg.Until, k.reg.Seen, k.reg.Associated
	if k.reg.Seen.IsValid() {
		k.seen = k.reg.Seen
	}
	if k.gone && k.reg.Phase == trunk.Off {
		c.lines = slices.DeleteFunc(c.lines, func(o *carrier) bool { return o == k })
	}
	c.mu.Unlock()
	c.judge(k)
	if moved && k.cfg.FollowSeen == trunk.Yes && k.reg.Phase == trunk.Registered {
		c.step(k, trunk.TargetsChanged{Targets: c.contacts(k, k.reg.Targets)})
	}
}

func (c *carriers) arm(k *carrier, e trunk.StartTimer) {
	if t := k.timers[e.Timer]; t != nil {
		t.Stop()
	}
	k.nr++
	nr := k.nr
	k.nrs[e.Timer] = nr
	var fire func()
	fire = func() {
		if !c.post(func() {
			if k.nrs[e.Timer] == nr {
				k.nrs[e.Timer] = 0
				c.step(k, trunk.TimerFired{Timer: e.Timer})
			}
		}) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !c.closed { // run has too much to do: again
				time.AfterFunc(time.Second, fire)
			}
		}
	}
	k.timers[e.Timer] = time.AfterFunc(e.After, fire)
}

// send sends a REGISTER or an OPTIONS.
func (c *carriers) send(k *carrier, m leg.Request, to trunk.Target) {
	f, ok := c.e.way(to.Transport, to.Addr)
	var tx *stack.Transaction
	err := errors.New("the box does not listen by this transport")
	if ok {
		c.mu.Lock()
		c.byVia[m.Via] = k
		c.mu.Unlock()
		var req *sip.Request
		if req, err = build(m, f, c.e.host(f)); err == nil {
			tx, err = c.e.stack.Send(req, f)
		}
	}
	if err != nil {
		c.e.log.Debug("not sent to a carrier", "method", m.Method, "trunk", k.cfg.Name, "error", err)
		c.over(m.Via)
		c.post(func() { c.unanswered(k, m.Via, to.Addr, false) })
		return
	}
	k.out[m.Via] = tx
}

// flowClosed notes that a connection ended.
func (c *carriers) flowClosed(f leg.Flow) {
	c.mu.Lock()
	var lost []*carrier
	for _, k := range c.lines {
		if k.bound.Addr == f.Remote && k.bound.Transport == f.Transport {
			lost = append(lost, k)
		}
	}
	c.mu.Unlock()
	for _, k := range lost {
		c.post(func() { c.step(k, trunk.FlowLost{Server: k.bound}) })
	}
}

// over forgets a request that is out.
func (c *carriers) over(via string) *carrier {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.byVia[via]
	delete(c.byVia, via)
	return k
}

func (c *carriers) abandon(k *carrier, via string) {
	c.over(via)
	if t := k.out[via]; t != nil {
		t.Abandon()
		delete(k.out, via)
	}
}

func (c *carriers) authorize(k *carrier, a trunk.Authenticate) {
	in := trunk.Authorized{Via: a.Via}
	if k.cfg.Username != "" {
		cr, err := digest.Answer(a.Challenge, k.cfg.Username, string(k.cfg.Password), "REGISTER", a.URI, rand.Text())
		if err == nil {
			in.Header = leg.Header{Name: "Authorization", Value: cr.String()}
			if a.Proxy {
				in.Header.Name = "Proxy-Authorization"
			}
		} else {
			c.e.log.Warn("the carrier asks for a password in a way that is not understood", "trunk", k.cfg.Name, "error", err)
		}
	}
	c.post(func() { c.step(k, in) })
}

// response takes the answer to a REGISTER or an OPTIONS. It is called by the stack and must not block.
func (c *carriers) response(r *stack.Response) {
	branch, _ := r.Via().Params.Get("branch")
	c.mu.Lock()
	k := c.byVia[branch]
	if k != nil && r.StatusCode >= 200 {
		delete(c.byVia, branch)
	}
	c.mu.Unlock()
	if k == nil {
		return
	}
	if r.CSeq().MethodName == sip.OPTIONS {
		if r.StatusCode >= 200 {
			c.post(func() { c.probed(k, branch, r.Flow.Remote, r.StatusCode, seconds(r, "Retry-After")) })
		}
		return
	}
	in := respondedOf(r, branch)
	c.post(func() {
		if in.Status >= 200 {
			delete(k.out, branch)
		}
		c.step(k, in)
	})
}

// failed takes the end of one that nobody answered.
func (c *carriers) failed(tx *stack.Transaction, err error) {
	if k := c.over(tx.Branch()); k != nil {
		c.post(func() { c.unanswered(k, tx.Branch(), tx.Flow().Remote, errors.Is(err, stack.ErrTimeout)) })
	}
}

func (c *carriers) unanswered(k *carrier, via string, to netip.AddrPort, timeout bool) {
	delete(k.out, via)
	if k.rounds[via] != nil {
		c.probed(k, via, to, 408, 0)
		return
	}
	c.step(k, trunk.Failed{Via: via, Timeout: timeout})
}

// seconds reads a header of seconds.
func seconds(r *stack.Response, name string) time.Duration {
	n, err := strconv.Atoi(digits(value(r.Response, name)))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 86400)) * time.Second
}

// digits is what a value begins with: "120 (busy);duration=5".
func digits(s string) string {
	i := 0
	for i < len(s) && i < 9 && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i]
}

// respondedOf is what a registration reads of a response.
func respondedOf(r *stack.Response, branch string) trunk.Responded {
	in := trunk.Responded{Via: branch, Status: r.StatusCode, Expires: -1, MinExpires: int(seconds(r, "Min-Expires") / time.Second), RetryAfter: int(seconds(r, "Retry-After") / time.Second)}
	if v := value(r.Response, "Expires"); v != "" {
		in.Expires = registrar.ParseExpires(v)
	}
	for _, h := range r.GetHeaders("Contact") {
		if ct, ok := h.(*sip.ContactHeader); ok && len(in.Contacts) < maxHeaders {
			g := trunk.Granted{URI: ct.Address.String(), Expires: -1}
			if v, ok := ct.Params.Get("expires"); ok {
				g.Expires = registrar.ParseExpires(v)
			}
			in.Contacts = append(in.Contacts, g)
		}
	}
	name := "WWW-Authenticate"
	if r.StatusCode == 407 {
		name = "Proxy-Authenticate"
	}
	in.Challenge = values(r.Response, name)
	in.ServiceRoute, in.Associated = uris(r.Response, "Service-Route"), uris(r.Response, "P-Associated-URI")
	in.Seen = seenIn(r.Via())
	return in
}

// seenIn is where a peer saw a request of ours come from (RFC 3581 §4).
func seenIn(via *sip.ViaHeader) netip.AddrPort {
	if via == nil {
		return netip.AddrPort{}
	}
	received, _ := via.Params.Get("received")
	if received == "" {
		received = via.Host
	}
	a, err := netip.ParseAddr(received)
	if err != nil {
		return netip.AddrPort{}
	}
	port := via.Port
	if v, _ := via.Params.Get("rport"); v != "" {
		if port, err = strconv.Atoi(v); err != nil {
			return netip.AddrPort{}
		}
	}
	if port <= 0 || port > 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(port))
}

// probe asks every server of a trunk whether it is there (RFC 3261 §11).
func (c *carriers) probe(k *carrier) {
	targets := k.targets[:min(len(k.targets), maxTurns)]
	rd := &round{left: len(targets)}
	if len(targets) == 0 && k.watch.Missed() {
		c.judge(k)
	}
	for _, to := range targets {
		m, ok := c.options(k, to)
		if !ok {
			rd.left--
			continue
		}
		k.rounds[m.Via] = rd
		c.send(k, m, to)
	}
}

// ping keeps the routers between the box and a server over UDP from forgetting the way back. Nothing is made of its answer.
func (c *carriers) ping(k *carrier) {
	to := k.bound
	if !to.Addr.IsValid() && len(k.targets) > 0 {
		to = k.targets[0]
	}
	if m, ok := c.options(k, to); ok && !to.Transport.Stream() {
		c.send(k, m, to)
	}
}

func (c *carriers) options(k *carrier, to trunk.Target) (leg.Request, bool) {
	f, ok := c.e.way(to.Transport, to.Addr)
	if !ok {
		return leg.Request{}, false
	}
	host := c.e.outside(f)
	return leg.Request{
		Method: "OPTIONS", URI: "sip:" + k.cfg.Host(), From: leg.Address{URI: "sip:autocom@" + host, Tag: seed()[:16]},
		To: leg.Address{URI: "sip:" + k.cfg.Host()}, CallID: seed(), CSeq: 1, Via: "z9hG4bK" + seed(), Contact: "sip:autocom@" + host,
	}, true
}

// probed notes the answer to an OPTIONS, or that there is none.
func (c *carriers) probed(k *carrier, via string, from netip.AddrPort, status int, retry time.Duration) {
	delete(k.out, via)
	rd := k.rounds[via]
	delete(k.rounds, via)
	if rd == nil {
		return
	}
	rd.left--
	c.mu.Lock()
	if status == 503 || status == 408 {
		k.bad.Failed(from, time.Now().Add(max(retry, k.cfg.Penalised())))
	} else {
		k.bad.Worked(from)
	}
	c.mu.Unlock()
	changed := false
	switch {
	case status != 503 && status != 408:
		if !rd.up {
			rd.up = true
			changed = k.watch.Answered(status)
		}
	case rd.left == 0 && !rd.up:
		changed = k.watch.Missed()
	}
	if changed {
		c.judge(k)
	}
}

// SignOff asks every carrier to forget the box, and waits until they answered or ctx ends. It is for a box that is switched off: one that
// comes back at once stays registered.
func (e *Edge) SignOff(ctx context.Context) {
	c := e.carriers
	for _, k := range c.all() {
		c.post(func() { c.step(k, trunk.Stop{}) })
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		busy := false
		c.mu.Lock()
		for _, k := range c.lines {
			busy = busy || k.state.Registers && k.state.Phase != trunk.Off
		}
		c.mu.Unlock()
		if !busy {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-e.stop:
			return
		case <-tick.C:
		}
	}
}

// maxRegistrations bounds the file of registrations that is read back, in bytes.
const maxRegistrations = 1 << 20

func (c *carriers) load() map[string]*trunk.Registration {
	if c.e.cfg.Registrations == "" {
		return nil
	}
	m := make(map[string]*trunk.Registration)
	info, err := os.Stat(c.e.cfg.Registrations)
	if err == nil && info.Size() > maxRegistrations {
		err = errors.New("the file is too large")
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(c.e.cfg.Registrations)
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.e.log.Warn("registrations with carriers are not remembered: the box signs on anew", "error", err)
		return nil
	}
	return m
}

// save writes the registrations down. It is called when run has ended.
func (c *carriers) save() error {
	if c.e.cfg.Registrations == "" {
		return nil
	}
	m := make(map[string]*trunk.Registration)
	for _, k := range c.all() {
		if k.reg != nil && !k.gone {
			m[k.cfg.Name] = k.reg
		}
	}
	data, err := json.Marshal(m)
	if err == nil {
		err = replace(c.e.cfg.Registrations, data)
	}
	if err != nil {
		return fmt.Errorf("sipedge: registrations: %w", err)
	}
	return nil
}
