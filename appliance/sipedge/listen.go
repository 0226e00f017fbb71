package sipedge

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
)

// ListenOn opens a place where the box speaks SIP: UDP, TCP, TLS or WebSockets. Calls to carriers leave from the first UDP one.
func (e *Edge) ListenOn(at stack.Endpoint) (netip.AddrPort, error) {
	local, err := e.stack.ListenOn(at)
	if at.Transport.Stream() {
		if err == nil {
			e.listens(at.Transport, local, at.DialOnly)
		}
		return local, err
	}
	return e.listening(local, err)
}

// ServeStream takes the connections of a listener that the edge owns from now on.
func (e *Edge) ServeStream(ln net.Listener, by flow.Transport, advertise netip.AddrPort) (netip.AddrPort, error) {
	local, err := e.stack.ServeStream(ln, by, advertise)
	if err == nil {
		e.listens(by, local, false)
	}
	return local, err
}

// host is what the box calls itself on a flow: an address and a port.
func (e *Edge) host(f leg.Flow) string {
	at, err := e.stack.Advertised(f.Local, f.Transport)
	if err != nil {
		at = f.Local
	}
	return netip.AddrPortFrom(at.Addr().WithZone(""), at.Port()).String()
}

// contact is where the peer of a leg finds it again, by the transport it uses now (RFC 3261 §8.1.1.8).
func (e *Edge) contact(id plan.LegID, f leg.Flow) string {
	return fmt.Sprintf("sip:%s@%s%s", id, e.outside(f), transportParam(f.Transport))
}

// reached is the contact of a leg in a message along a flow: the branches of a call to several phones may travel by different transports.
// What is not a contact of the leg itself stays as it is.
func (e *Edge) reached(id plan.LegID, contact string, f leg.Flow) string {
	if !f.Transport.Stream() && !strings.Contains(contact, ";transport=") {
		return contact // as it was made; nearly all are
	}
	if !strings.HasPrefix(contact, "sip:"+string(id)+"@") {
		return contact
	}
	return e.contact(id, f)
}

// transportParam is the transport as a SIP URI has it (RFC 3261 §19.1.1, RFC 7118 §5.2). UDP goes without saying.
func transportParam(t flow.Transport) string {
	switch t {
	case flow.TCP:
		return ";transport=tcp"
	case flow.TLS:
		return ";transport=tls"
	case flow.WS, flow.WSS:
		return ";transport=ws"
	default:
		return ""
	}
}
