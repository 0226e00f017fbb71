package registrar

import (
	"net/netip"
	"slices"
	"strings"

	"autocom/appliance/sipedge/flow"
)

// Devices that keep several flows to the box, and flows that break (RFC 5626).

// is reports whether a Contact is this binding. A device that says which it is keeps one binding for each of its flows, whatever its address is
// today (RFC 5626 §6); a phone that was restarted does not ring twice. All others are known by their URI (RFC 3261 §10.3).
func (b Binding) is(c Asked) bool {
	if c.Instance != "" && b.Instance == c.Instance {
		return b.RegID == c.RegID
	}
	return b.Contact == c.URI && (c.RegID == 0 || b.RegID == 0)
}

func (b Binding) same(o Binding) bool {
	return b.Instance == o.Instance && b.RegID == o.RegID && b.CallID == o.CallID && b.CSeq == o.CSeq
}

// outbound checks what RFC 5626 §6 asks of a REGISTER with reg-id: 0, or the status that refuses it.
func outbound(q Register) int {
	flows := 0
	for _, c := range q.Contacts {
		switch {
		case c.RegID == 0:
			continue
		case c.RegID < 0 || c.Instance == "":
			return 400
		case !q.FirstHop:
			return 439
		}
		if c.Expires != 0 {
			flows++
		}
	}
	if flows > 1 {
		return 400
	}
	return 0
}

// FlowClosed drops the bindings that can only be reached along a connection that is gone (RFC 5626 §4.2.2): the device comes back by itself,
// and until then its extension is not rung in vain. A phone with an address of its own keeps its binding: a new connection is made to it.
func (r *Registrar) FlowClosed(f flow.Flow) {
	if !f.Transport.Stream() {
		return
	}
	var lost []Reachable
	r.mu.Lock()
	for ext, list := range r.bindings {
		left := slices.DeleteFunc(slices.Clone(list), func(b Binding) bool { return b.Flow == f && !b.dialable() })
		if len(left) == len(list) {
			continue
		}
		r.set(ext, left)
		if awake(left) != awake(list) {
			lost = append(lost, Reachable{ext, awake(left)})
		}
	}
	r.mu.Unlock()
	r.report(lost)
}

// dialable reports whether a connection can be made to a binding: by TCP or TLS to the address in its Contact, when that is the one it called
// from.
func (b Binding) dialable() bool {
	if b.RegID > 0 || b.Flow.Transport != flow.TCP && b.Flow.Transport != flow.TLS {
		return false
	}
	_, host, ok := strings.Cut(b.Contact, "@")
	if !ok {
		_, host, _ = strings.Cut(b.Contact, ":")
	}
	if end := strings.IndexAny(host, ";?>"); end >= 0 {
		host = host[:end]
	}
	if at, err := netip.ParseAddrPort(host); err == nil {
		return at.Addr() == b.Flow.Remote.Addr()
	}
	at, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && at == b.Flow.Remote.Addr()
}
