// Package locate finds where a carrier's name leads: which addresses, in which order, by which transport (RFC 3263), also while the Internet is gone.
//
// A name is asked for once and then remembered. A call never waits for DNS when anything is known of the name: what ran out is still
// served, marked Stale, while it is asked for again behind the call's back, for as long as [Config.Keep] says. [Resolver.Snapshot] and
// [Resolver.Restore] carry it over a reboot.
//
//	r := locate.New(locate.Config{Exchanger: &locate.Servers{}})
//	defer r.Close()
//	targets, err := r.Targets(ctx, "sip.carrier.example", locate.Any)
//	for _, t := range targets { … r.Failed(t, time.Now().Add(30*time.Second)) … r.Worked(t) … }
package locate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"autocom/appliance/sipedge/flow"
)

// Target is one place to try.
type Target struct {
	Transport flow.Transport
	Addr      netip.AddrPort
	Name      string // as it was asked for: what a TLS certificate must name (RFC 5922 §4), never the target of an SRV record
	Host      string // whose address it is: the target of an SRV record, or Name again
	Stale     bool   // DNS did not confirm it in time
}

// Hint says which transport a name is asked for with.
type Hint string

// The hints.
const (
	Any Hint = "" // NAPTR decides, then SRV
	UDP Hint = "udp"
	TCP Hint = "tcp"
	TLS Hint = "tls"
)

// ParseHint reads a transport as a person or a site document writes it.
func ParseHint(s string) (Hint, error) {
	switch h := Hint(strings.ToLower(s)); h {
	case Any, UDP, TCP, TLS:
		return h, nil
	default:
		return Any, fmt.Errorf("locate: %q is no transport: write udp, tcp, tls, or nothing", s)
	}
}

// transport is what a hint names. ok is false for Any.
func (h Hint) transport() (t flow.Transport, ok bool) {
	switch h {
	case UDP:
		return flow.UDP, true
	case TCP:
		return flow.TCP, true
	case TLS:
		return flow.TLS, true
	case Any:
	}
	return flow.UDP, false
}

// among is the transport to a host of which DNS says none (RFC 3263 §4.1): what the hint names, else UDP when the box has it, else its first.
func (h Hint) among(transports []flow.Transport) flow.Transport {
	t, ok := h.transport()
	if !ok && !slices.Contains(transports, t) {
		return transports[0]
	}
	return t
}

// Families says which addresses the box can reach.
type Families uint8

// The families, in the order they are tried (RFC 8421 §4: they alternate, so that a family that is broken costs one attempt).
const (
	IPv4First Families = iota
	IPv6First
	OnlyIPv4
	OnlyIPv6
)

func (f Families) has4() bool { return f != OnlyIPv6 }
func (f Families) has6() bool { return f != OnlyIPv4 }
