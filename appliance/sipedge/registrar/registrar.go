package registrar

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"autocom/appliance/sipedge/leg"
)

// The limits of bindings.
const (
	MinExpires     = 60   // s; less is answered 423 (RFC 3261 §10.3)
	MaxExpires     = 3600 // s
	DefaultExpires = 3600 // s
	MaxContacts    = 10   // of one extension
)

// Binding is one device of an extension.
type Binding struct {
	Contact string    `json:"contact"` // URI
	Flow    leg.Flow  `json:"flow"`    // where its REGISTER came from, and where its calls go
	CallID  string    `json:"call_id"`
	CSeq    uint32    `json:"cseq"`
	Expires time.Time `json:"expires"`
	Agent   string    `json:"agent,omitempty"` // User-Agent

	Instance string   `json:"instance,omitempty"` // +sip.instance: the device, over restarts and addresses (RFC 5626 §4.1)
	RegID    int      `json:"reg_id,omitempty"`   // which of the device's flows this is; 0 when it keeps but one (RFC 5626 §4.2)
	Path     []string `json:"path,omitempty"`     // URIs of the proxies its calls go through, in the order of Route (RFC 3327 §5.3)

	// Silent says that the device does not answer keep-alives any more: it is registered, and not rung.
	Silent bool `json:"silent,omitempty"`
}

// Asked is one Contact of a REGISTER.
type Asked struct {
	URI      string
	Expires  int    // s, -1 when not said
	Instance string // +sip.instance, without its quotes
	RegID    int    // reg-id, 0 when there is none
}

// Register is a REGISTER whose sender proved to be the extension.
type Register struct {
	Extension string
	Contacts  []Asked
	All       bool // Contact: *
	Expires   int  // the Expires header, -1 when there is none
	CallID    string
	CSeq      uint32
	Flow      leg.Flow
	Agent     string
	Path      []string
	FirstHop  bool // it came straight from the phone, or the last proxy before us said ob in its Path (RFC 5626 §6)
}

// Answer is what a REGISTER is answered.
type Answer struct {
	Status     int
	MinExpires int // s, with 423
	Contacts   []Granted
	Outbound   bool     // Require: outbound, the device's flows are kept apart (RFC 5626 §6)
	Path       []string // Path, as it came (RFC 3327 §5.3)
}

// Granted is one binding in the answer.
type Granted struct {
	URI     string
	Expires int // s
}

// Reachable says that an extension got its first device, or lost its last, or that their number changed.
type Reachable struct {
	Extension string
	Contacts  int
}

// Registrar keeps the bindings. It is safe for concurrent use and never blocks.
type Registrar struct {
	notify func(Reachable) // called without the lock held, on the caller's goroutine

	mu       sync.Mutex
	bindings map[string][]Binding
}

// New makes an empty registrar. notify is called on the goroutine that brought the change about, and must not block.
func New(notify func(Reachable)) *Registrar {
	return &Registrar{notify: notify, bindings: make(map[string][]Binding)}
}

// Register carries out a REGISTER (RFC 3261 §10.3): all of it, or nothing.
func (r *Registrar) Register(now time.Time, q Register) Answer {
	r.mu.Lock()
	before := r.live(now, q.Extension)
	next, ans := apply(now, slices.Clone(before), q)
	changed := false
	if ans.Status == 200 {
		changed = awake(next) != awake(before) || len(next) == 1 && len(before) == 1 && next[0].Contact != before[0].Contact
		r.set(q.Extension, next)
	}
	r.mu.Unlock()
	if changed {
		r.notify(Reachable{q.Extension, awake(next)})
	}
	return ans
}

func apply(now time.Time, list []Binding, q Register) ([]Binding, Answer) {
	if q.All {
		if q.Expires != 0 || len(q.Contacts) > 0 {
			return nil, Answer{Status: 400} // RFC 3261 §10.3 step 6
		}
		for _, b := range list {
			if b.CallID == q.CallID && q.CSeq <= b.CSeq {
				return nil, Answer{Status: 500}
			}
		}
		return nil, Answer{Status: 200}
	}
	if status := outbound(q); status != 0 {
		return nil, Answer{Status: status}
	}
	ans := Answer{Status: 200, Path: q.Path}
	for _, c := range q.Contacts {
		want := c.Expires
		if want < 0 {
			want = q.Expires
		}
		if want < 0 {
			want = DefaultExpires
		}
		if want > 0 && want < MinExpires {
			return nil, Answer{Status: 423, MinExpires: MinExpires}
		}
		ans.Outbound = ans.Outbound || c.RegID > 0
		i := slices.IndexFunc(list, func(b Binding) bool { return b.is(c) })
		if i >= 0 && list[i].CallID == q.CallID && q.CSeq <= list[i].CSeq {
			return nil, Answer{Status: 500} // out of order
		}
		if want == 0 {
			if i >= 0 {
				list = slices.Delete(list, i, i+1)
			}
			continue
		}
		b := Binding{
			Contact: c.URI, Flow: q.Flow, CallID: q.CallID, CSeq: q.CSeq, Agent: q.Agent, Instance: c.Instance, RegID: c.RegID, Path: q.Path,
			Expires: now.Add(time.Duration(spread(min(want, MaxExpires))) * time.Second),
		}
		switch {
		case i >= 0:
			list[i] = b
			// The same device with the same address under another name: it was given a new password, or its instance changed.
			list = slices.DeleteFunc(list, func(o Binding) bool { return o.Contact == b.Contact && !o.same(b) })
		case len(list) >= MaxContacts:
			return nil, Answer{Status: 403}
		default:
			list = append(list, b)
		}
	}
	for _, b := range list {
		ans.Contacts = append(ans.Contacts, Granted{b.Contact, max(1, int(b.Expires.Sub(now)/time.Second))})
	}
	return list, ans
}

// spread takes up to a tenth off, so that the phones of a branch do not all come back in the same second after a power cut.
func spread(s int) int {
	if s < 2*MinExpires {
		return s
	}
	return s - rand.IntN(s/10+1)
}

// live is the bindings of an extension that have not expired.
func (r *Registrar) live(now time.Time, extension string) []Binding {
	list := r.bindings[extension]
	return slices.DeleteFunc(slices.Clone(list), func(b Binding) bool { return !now.Before(b.Expires) })
}

func (r *Registrar) set(extension string, list []Binding) {
	if len(list) == 0 {
		delete(r.bindings, extension)
		return
	}
	r.bindings[extension] = list
}

// Lookup is where an extension can be rung, the device that registered last first. Silent ones are left out, and of a device with several
// flows it is the freshest: it is not to ring twice (RFC 5626 §7).
func (r *Registrar) Lookup(now time.Time, extension string) []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.DeleteFunc(r.live(now, extension), func(b Binding) bool { return b.Silent })
	slices.SortStableFunc(list, func(a, b Binding) int { return b.Expires.Compare(a.Expires) })
	seen := make(map[string]bool)
	return slices.DeleteFunc(list, func(b Binding) bool {
		again := b.RegID > 0 && seen[b.Instance]
		seen[b.Instance] = true
		return again
	})
}

// awake is how many devices can be rung.
func awake(list []Binding) int {
	n := 0
	for _, b := range list {
		if !b.Silent {
			n++
		}
	}
	return n
}

// Suspend notes that a device does not answer any more: it stays registered and is not rung, until Resume or its next REGISTER.
func (r *Registrar) Suspend(extension, contact string) { r.silence(extension, contact, true) }

// Resume takes back what Suspend noted.
func (r *Registrar) Resume(extension, contact string) { r.silence(extension, contact, false) }

func (r *Registrar) silence(extension, contact string, on bool) {
	r.mu.Lock()
	list := r.bindings[extension]
	i := slices.IndexFunc(list, func(b Binding) bool { return b.Contact == contact && b.Silent != on })
	if i >= 0 {
		list = slices.Clone(list)
		list[i].Silent = on
		r.bindings[extension] = list
	}
	r.mu.Unlock()
	if i >= 0 {
		r.notify(Reachable{extension, awake(list)})
	}
}

// Expire drops what ran out. Its owner calls it every second or so.
func (r *Registrar) Expire(now time.Time) {
	var lost []Reachable
	r.mu.Lock()
	for ext, list := range r.bindings {
		if left := r.live(now, ext); len(left) != len(list) {
			r.set(ext, left)
			if awake(left) != awake(list) {
				lost = append(lost, Reachable{ext, awake(left)})
			}
		}
	}
	r.mu.Unlock()
	r.report(lost)
}

// Keep drops the bindings of extensions that are no more.
func (r *Registrar) Keep(has func(extension string) bool) {
	var lost []Reachable
	r.mu.Lock()
	for ext := range r.bindings {
		if !has(ext) {
			delete(r.bindings, ext)
			lost = append(lost, Reachable{ext, 0})
		}
	}
	r.mu.Unlock()
	r.report(lost)
}

func (r *Registrar) report(list []Reachable) {
	slices.SortFunc(list, func(a, b Reachable) int { return cmp.Compare(a.Extension, b.Extension) })
	for _, x := range list {
		r.notify(x)
	}
}

// Snapshot is every binding, to be written down.
func (r *Registrar) Snapshot() map[string][]Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := make(map[string][]Binding, len(r.bindings))
	for ext, list := range r.bindings {
		m[ext] = slices.Clone(list)
	}
	return m
}

// Restore takes back what Snapshot gave, as far as it still holds. It reports each extension.
func (r *Registrar) Restore(now time.Time, m map[string][]Binding) {
	var found []Reachable
	r.mu.Lock()
	for ext, list := range m {
		list = slices.DeleteFunc(slices.Clone(list), func(b Binding) bool {
			return !now.Before(b.Expires) || b.Expires.Sub(now) > MaxExpires*time.Second || b.Contact == "" ||
				b.Flow.Transport.Stream() && !b.dialable() // its connection ended with the process that held it
		})
		for i := range list {
			list[i].Silent = false // whoever asked it is gone: it is asked again
		}
		if len(list) > 0 && len(list) <= MaxContacts && r.bindings[ext] == nil {
			r.bindings[ext] = list
			found = append(found, Reachable{ext, len(list)})
		}
	}
	r.mu.Unlock()
	r.report(found)
}

// ParseExpires reads an Expires header or parameter: seconds, or -1 when it is absent or no number (RFC 3261 §10.2.1.1).
func ParseExpires(s string) int {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return -1
	}
	return int(n)
}

// From reports whether an address is where a device of the extension is.
func (r *Registrar) From(now time.Time, extension string, from netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.live(now, extension), func(b Binding) bool { return b.Flow.Remote == from })
}

// Bound reports whether a device of the extension is registered from an address: a REGISTER from there refreshes what is known.
func (r *Registrar) Bound(now time.Time, extension string, from netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.bindings[extension], func(b Binding) bool { return now.Before(b.Expires) && b.Flow.Remote.Addr() == from })
}

// FlowOf is the way by which a contact registered last.
func (r *Registrar) FlowOf(now time.Time, contact string) (f leg.Flow, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, list := range r.bindings {
		for _, b := range list {
			if b.Contact == contact && now.Before(b.Expires) {
				return b.Flow, true
			}
		}
	}
	return leg.Flow{}, false
}
