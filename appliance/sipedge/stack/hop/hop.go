package hop

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"autocom/appliance/sipedge/flow"

	"github.com/emiago/sipgo/sip"
)

// Of is the address of a net.Addr, with IPv4 in its own form.
func Of(a net.Addr) (netip.AddrPort, bool) {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	default:
		var err error
		if ap, err = netip.ParseAddrPort(a.String()); err != nil {
			return netip.AddrPort{}, false
		}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), ap.IsValid()
}

// Host is an address as messages have it: without the zone of a link-local one, which means something to this box only (RFC 4007 §11.2).
func Host(a netip.Addr) string { return a.WithZone("").String() }

// Stamp notes in the topmost Via where the request really came from: received when sent-by is a name or another address (RFC 3261 §18.2.1),
// received and rport when the client asked for rport (RFC 3581 §4).
func Stamp(via *sip.ViaHeader, from netip.AddrPort) {
	if v, asked := via.Params.Get("rport"); asked && v == "" {
		via.Params.Add("rport", strconv.Itoa(int(from.Port())))
		via.Params.Add("received", Host(from.Addr()))
		return
	}
	if at, err := Addr(via); err != nil || at.Unmap() != from.Addr().WithZone("") {
		via.Params.Add("received", Host(from.Addr()))
		return
	}
	via.Params.Remove("received") // only we may say so
}

// Back is where the response to a request goes that came from an address. Over UDP it is its source port with rport (RFC 3581 §4), else
// the port of the Via (RFC 3261 §18.2.2); on a stream it is where a connection is made to when that of the request is gone.
func Back(by flow.Transport, via *sip.ViaHeader, from netip.AddrPort) netip.AddrPort {
	if via == nil || via.Params.Has("rport") && !by.Stream() {
		return from
	}
	port := via.Port
	if port <= 0 || port > 65535 {
		port = int(by.DefaultPort())
	}
	return netip.AddrPortFrom(from.Addr(), uint16(port))
}

// Addr is the address that a Via names, in the form in which it came; an error when it names none.
func Addr(via *sip.ViaHeader) (netip.Addr, error) { return netip.ParseAddr(trimBrackets(via.Host)) }

// trimBrackets takes the brackets off an IPv6 address.
func trimBrackets(host string) string {
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// Replace puts one address of ours in a Via in the place of another.
func Replace(via *sip.ViaHeader, old, fresh netip.AddrPort) {
	if at, err := Addr(via); err == nil && at == old.Addr().WithZone("") && via.Port == int(old.Port()) {
		via.Host, via.Port = Host(fresh.Addr()), int(fresh.Port())
	}
}

// Key names the server transaction of a request (RFC 3261 §17.2.3); method is INVITE to find what an ACK or a CANCEL belongs to.
func Key(req *sip.Request, method sip.RequestMethod) string {
	if method == sip.ACK {
		method = sip.INVITE
	}
	via := req.Via()
	var b strings.Builder
	branch, _ := via.Params.Get("branch")
	if rest, ok := strings.CutPrefix(branch, sip.RFC3261BranchMagicCookie); ok && rest != "" {
		port := via.Port
		if port <= 0 {
			port = sip.DefaultUdpPort
		}
		fmt.Fprintf(&b, "%s %s:%d %s", branch, strings.ToLower(via.Host), port, method)
		return b.String()
	}
	// RFC 2543 peers have no unique branch.
	b.WriteString(req.From().Params.GetOr("tag", ""))
	b.WriteByte(' ')
	b.WriteString(req.CallID().Value())
	b.WriteByte(' ')
	b.WriteString(strconv.FormatUint(uint64(req.CSeq().SeqNo), 10))
	b.WriteByte(' ')
	b.WriteString(via.Host)
	b.WriteByte(' ')
	b.WriteString(branch)
	b.WriteByte(' ')
	b.WriteString(string(method))
	return b.String()
}
