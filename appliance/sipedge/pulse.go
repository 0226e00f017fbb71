package sipedge

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/nat"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// The keep-alives of phones.
const (
	maxPulse     = 50               // OPTIONS sent in one second, all phones together; the others wait
	maxKept      = 5000             // flows
	recount      = 5 * time.Second  // how often the flows are compared with the bindings
	natted       = 25 * time.Second // the longest silence of a phone behind a router: asking later could find it forgotten, until its next REGISTER
	nattedAtFrom = 15 * time.Second
)

// device is one binding.
type device struct{ extension, contact string }

// pulse asks each registered phone over UDP whether it is there: it keeps routers from forgetting it, and a phone that was pulled is known to be
// gone before it costs a caller half a minute of silence. One phone, with however many lines, is one flow and one keep-alive. A carrier that
// sees the box behind a router is asked too, as seldom as that router allows: else its calls would find nobody.
type pulse struct {
	e     *Edge
	every time.Duration // 0: never

	mu      sync.Mutex
	kept    map[leg.Flow]*kept
	out     map[string]leg.Flow // Call-ID of an OPTIONS -> whom it asks
	counted time.Time
	stale   bool // a phone registered since
}

// kept is one phone, or one carrier.
type kept struct {
	nat.Keeper
	flow    leg.Flow
	devices []device // of a phone
	trunk   string   // of a carrier; whether it is reachable is for carriers to say
	due     time.Time
	callID  string // of the OPTIONS that is out
	tx      *stack.Transaction
}

// deed is what is to be done when the lock is free again.
type deed struct {
	nat.Effects
	flow    leg.Flow
	devices []device
	uri     string             // whom to ask
	old     *stack.Transaction // not waited for any more
}

func newPulse(e *Edge, every time.Duration) *pulse {
	return &pulse{e: e, every: every, kept: make(map[leg.Flow]*kept), out: make(map[string]leg.Flow), stale: true}
}

// step gives a phone's keeper an input; p.mu is held.
func (p *pulse) step(k *kept, in nat.Input) deed {
	d := deed{Effects: k.Step(in), flow: k.flow, devices: k.devices, uri: "sip:" + k.flow.Remote.String()}
	if len(k.devices) > 0 {
		d.uri = k.devices[0].contact
	}
	if d.After > 0 {
		k.due = time.Now().Add(d.After)
	}
	_, answered := in.(nat.Answered)
	if k.callID != "" && (d.Ping || d.Stop || d.Suspend || answered) {
		delete(p.out, k.callID)
		if !answered {
			d.old = k.tx
		}
		k.callID, k.tx = "", nil
	}
	return d
}

// do carries out what a step wants. It is called without the lock.
func (p *pulse) do(list ...deed) {
	for _, d := range list {
		if d.old != nil {
			d.old.Abandon()
		}
		for _, dev := range d.devices {
			switch {
			case d.Suspend:
				p.e.log.Info("a phone does not answer any more", "extension", dev.extension)
				p.e.registrar.Suspend(dev.extension, dev.contact)
			case d.Resume:
				p.e.log.Info("a phone is heard again", "extension", dev.extension)
				p.e.registrar.Resume(dev.extension, dev.contact)
			}
		}
		if d.Ping {
			p.ask(d.flow, d.uri)
		}
	}
}

// tick is called every second by the edge's housekeeping.
func (p *pulse) tick(now time.Time) {
	if p.every <= 0 || p.e.frozen.Load() {
		return
	}
	p.count(now)
	p.mu.Lock()
	var late []*kept
	for _, k := range p.kept {
		if !k.due.IsZero() && !now.Before(k.due) {
			late = append(late, k)
		}
	}
	slices.SortFunc(late, func(a, b *kept) int {
		return cmp.Or(a.due.Compare(b.due), a.flow.Remote.Compare(b.flow.Remote), a.flow.Local.Compare(b.flow.Local))
	})
	var deeds []deed
	for _, k := range late[:min(len(late), maxPulse)] {
		deeds = append(deeds, p.step(k, nat.Due{}))
	}
	p.mu.Unlock()
	p.do(deeds...)
}

// count compares the flows with the bindings: phones come, go and move.
func (p *pulse) count(now time.Time) {
	p.mu.Lock()
	if !p.stale && now.Sub(p.counted) < recount {
		p.mu.Unlock()
		return
	}
	p.stale, p.counted = false, now
	p.mu.Unlock()
	want := make(map[leg.Flow][]device)
	silent := make(map[device]bool)
	for ext, list := range p.e.registrar.Snapshot() {
		for _, b := range list {
			if d := (device{ext, b.Contact}); !b.Flow.Transport.Stream() { // connections tell by themselves when they break
				want[b.Flow] = append(want[b.Flow], d)
				silent[d] = b.Silent
			}
		}
	}
	carriers := p.carriers()
	p.mu.Lock()
	deeds := p.fit(want)
	deeds = append(deeds, p.fitCarriers(carriers)...)
	for _, k := range p.kept { // what was told out of turn is put right
		for _, d := range k.devices {
			if gone := k.Phase == nat.Gone; silent[d] != gone {
				deeds = append(deeds, deed{Effects: nat.Effects{Suspend: gone, Resume: !gone}, flow: k.flow, devices: []device{d}})
			}
		}
	}
	p.mu.Unlock()
	p.do(deeds...)
}

// fit makes the kept flows those that are wanted; p.mu is held.
func (p *pulse) fit(want map[leg.Flow][]device) []deed {
	var deeds []deed
	old := make(map[device]*kept) // of flows that are not wanted any more
	for f, k := range p.kept {
		if want[f] != nil || k.trunk != "" {
			continue
		}
		delete(p.kept, f)
		for _, d := range k.devices {
			old[d] = k
		}
	}
	moved := make(map[*kept]bool)
	for f, devices := range want {
		slices.SortFunc(devices, func(a, b device) int {
			return cmp.Or(strings.Compare(a.extension, b.extension), strings.Compare(a.contact, b.contact))
		})
		if k := p.kept[f]; k != nil {
			k.devices = devices
			continue
		}
		if k := old[devices[0]]; k != nil && !moved[k] { // the same phone by another way: its router gave it another port
			moved[k] = true
			k.flow, k.devices = f, devices
			p.kept[f] = k
			deeds = append(deeds, p.step(k, nat.Heard{Mapping: f.Remote}))
			continue
		}
		if len(p.kept) >= maxKept {
			continue
		}
		k := &kept{flow: f, devices: devices}
		p.kept[f] = k
		limits := p.limits(devices[0].contact, f)
		deeds = append(deeds, p.step(k, nat.Met{Mapping: f.Remote, Limits: limits, Delay: time.Second + rand.N(limits.Shortest)}))
	}
	for _, k := range old {
		if !moved[k] && k.Phase != nat.Idle {
			d := p.step(k, nat.Left{})
			d.devices = nil
			deeds = append(deeds, d)
		}
	}
	return deeds
}

// outsideOf is a carrier that sees the box behind a router.
type outsideOf struct {
	trunk string
	seen  netip.AddrPort
}

// carriers is the carriers that see the box at another address than its own.
func (p *pulse) carriers() map[leg.Flow]outsideOf {
	list := make(map[leg.Flow]outsideOf)
	for _, c := range p.e.Carriers() {
		for _, t := range c.Servers {
			f, ok := p.e.way(t.Transport, t.Addr)
			if !ok || t.Transport.Stream() {
				continue
			}
			p.e.sights.mu.Lock()
			seen, known := p.e.sights.outside.Address(t.Addr.Addr().String())
			p.e.sights.mu.Unlock()
			if known && seen != addrPort(p.e.host(f)) {
				list[f] = outsideOf{c.Trunk, seen}
			}
			break // the one in use: calls go to the others when it fails
		}
	}
	return list
}

// fitCarriers makes the carriers kept those that are wanted; p.mu is held.
func (p *pulse) fitCarriers(want map[leg.Flow]outsideOf) []deed {
	var deeds []deed
	for f, k := range p.kept {
		if _, ok := want[f]; k.trunk != "" && !ok {
			delete(p.kept, f)
			deeds = append(deeds, p.step(k, nat.Left{}))
		}
	}
	for f, o := range want {
		if p.kept[f] == nil && len(p.kept) < maxKept {
			k := &kept{flow: f, trunk: o.trunk}
			p.kept[f] = k
			deeds = append(deeds, p.step(k, nat.Met{Mapping: o.seen}))
		}
	}
	return deeds
}

// limits are those of a phone: one on the site's own network is asked every so often; one behind a router as seldom as that allows.
func (p *pulse) limits(contact string, f leg.Flow) nat.Limits {
	var uri sip.Uri
	if err := sip.ParseUri(contact, &uri); err == nil {
		if a, err := netip.ParseAddr(strings.Trim(uri.Host, "[]")); err == nil && a.Unmap() != f.Remote.Addr().Unmap().WithZone("") {
			return nat.Limits{Shortest: min(p.every, nattedAtFrom), Longest: min(p.every, natted)}
		}
	}
	return nat.Limits{Shortest: p.every, Longest: p.every}
}

// registered says that a phone registered: the flows are looked at again.
func (p *pulse) registered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stale = true
}

// heard says that something came along a flow.
func (p *pulse) heard(f leg.Flow) {
	p.mu.Lock()
	k := p.kept[f]
	if k == nil {
		p.mu.Unlock()
		return
	}
	in := nat.Heard{Mapping: f.Remote}
	if k.trunk != "" {
		in.Mapping = netip.AddrPort{} // where it sees us is told by its answers alone
	}
	d := p.step(k, in)
	p.mu.Unlock()
	p.do(d)
}

// seen says where a carrier saw a request of ours come from that was no keep-alive: its router was not silent since.
func (p *pulse) seen(callID string, f leg.Flow, at netip.AddrPort) {
	p.mu.Lock()
	k := p.kept[f]
	if _, asked := p.out[callID]; asked || k == nil || k.trunk == "" {
		p.mu.Unlock()
		return
	}
	d := p.step(k, nat.Heard{Mapping: at})
	p.mu.Unlock()
	p.do(d)
}

// answered takes the answer to an OPTIONS of ours, whatever it says: somebody is there. It reports false for any other message.
func (p *pulse) answered(r *stack.Response) bool {
	callID, status := r.CallID().Value(), r.StatusCode
	p.mu.Lock()
	f, ours := p.out[callID]
	k := p.kept[f]
	if !ours || k == nil || status < 200 {
		p.mu.Unlock()
		return ours
	}
	in := nat.Answered{Mapping: r.Flow.Remote}
	if k.trunk != "" {
		in.Mapping = netip.AddrPort{}
		if via := r.Via(); via != nil {
			if at, told := seenAt(via, p.e.host(f)); told {
				in.Mapping = at
			}
		}
	}
	d := p.step(k, in)
	p.mu.Unlock()
	p.do(d)
	return true
}

// failed says that an OPTIONS of ours found nobody; that its time runs out tells the keeper. It reports false for any other transaction.
func (p *pulse) failed(callID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ours := p.out[callID]
	delete(p.out, callID)
	if k := p.kept[f]; k != nil && k.callID == callID {
		k.callID, k.tx = "", nil
	}
	return ours
}

// options asks whether somebody is there (RFC 3261 §11). host is what the box calls itself.
func options(uri, host string) leg.Request {
	return leg.Request{
		Method: "OPTIONS", URI: uri, From: leg.Address{URI: "sip:autocom@" + host, Tag: seed()[:16]}, To: leg.Address{URI: uri},
		CallID: seed(), CSeq: 1, Via: "z9hG4bK" + seed(), Contact: "sip:autocom@" + host,
	}
}

// ask sends an OPTIONS.
func (p *pulse) ask(f leg.Flow, uri string) {
	host := p.e.host(f)
	m := options(uri, host)
	req, err := build(m, f, host)
	if err != nil {
		return // a contact that cannot be asked is found to answer nothing
	}
	p.mu.Lock()
	k := p.kept[f]
	if k == nil || k.callID != "" {
		p.mu.Unlock()
		return
	}
	k.callID = m.CallID
	p.out[m.CallID] = f
	p.mu.Unlock()
	tx, err := p.e.stack.Send(req, f)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		delete(p.out, m.CallID)
		if k.callID == m.CallID {
			k.callID = ""
		}
	case k.callID == m.CallID:
		k.tx = tx
	}
}

// findings tells of phones that are silent, that cannot be asked, or whose router forgets soon.
func (p *pulse) findings() []Finding {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Finding
	for f, k := range p.kept {
		var code nat.Code
		evidence := "last seen at " + f.Remote.String()
		switch {
		case k.Phase == nat.Gone && k.trunk == "":
			code = nat.Silent
		case k.Phase == nat.Mute && k.trunk == "":
			code = nat.NeverAnswers
		case k.Bad > 0 && k.Bad <= time.Minute && (k.trunk != "" || k.Limits.Longest != k.Limits.Shortest):
			code, evidence = nat.ShortMapping, "forgotten after at most "+k.Bad.String()+" of silence; a message every "+k.Interval.String()
		default:
			continue
		}
		if k.trunk != "" {
			list = append(list, Finding{About: "trunk " + k.trunk, Finding: nat.Of(code, evidence)})
		}
		for _, d := range k.devices {
			list = append(list, Finding{About: "phone " + d.extension, Finding: nat.Of(code, evidence)})
		}
	}
	return list
}
