package wyoming

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// An Address is where a speech server is: a socket of this machine, or a neighbour the site lists.
type Address struct {
	Network string // "tcp" or "unix"
	At      string // host:port with a literal address, or an absolute path
}

// ErrFar is an address that is not this machine's and in no network the site lists: a caller's voice would leave the branch unprotected.
var ErrFar = errors.New("a speech server must be on this machine or in a network the site lists: callers' voices travel to it unprotected")

// ParseAddress reads "unix:///run/speech.sock" or "tcp://127.0.0.1:10300". A host is a literal address or localhost: a name could come to mean
// another machine. listed are the networks of the site that may hold a speech server, besides this machine.
func ParseAddress(text string, listed []netip.Prefix) (Address, error) {
	if file, ok := strings.CutPrefix(text, "unix://"); ok {
		if !path.IsAbs(file) || path.Clean(file) != file || len(file) > 100 || strings.ContainsRune(file, 0) {
			return Address{}, fmt.Errorf("%q: a socket of this machine is a clean absolute path of at most 100 bytes", text)
		}
		return Address{Network: "unix", At: file}, nil
	}
	at, ok := strings.CutPrefix(text, "tcp://")
	if !ok {
		return Address{}, fmt.Errorf("%q: a speech server's address begins with tcp:// or unix://", text)
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return Address{}, fmt.Errorf("%q: a speech server's address ends with a port, as in tcp://127.0.0.1:10300", text)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	full, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	if err != nil || full.Port() == 0 || full.Addr().Zone() != "" {
		return Address{}, fmt.Errorf("%q: write the speech server's address in digits and its port as a number: a name could come to mean another machine", text)
	}
	ip := full.Addr().Unmap()
	if !ip.IsLoopback() && !slices.ContainsFunc(listed, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return Address{}, fmt.Errorf("%q: %w", text, ErrFar)
	}
	return Address{Network: "tcp", At: netip.AddrPortFrom(ip, full.Port()).String()}, nil
}
