package sipedge

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// Signing on with carriers. Everything here that names no lock runs on the goroutine of carriers.

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
	data, err := recall(c.e.cfg.Registrations, maxRegistrations)
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
