package locate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Exchanger asks one question of DNS. The resolver calls it on several goroutines at once, with a deadline in ctx, which it must heed.
// An error says that nobody answered; a reply with any code is an answer.
type Exchanger interface {
	Exchange(ctx context.Context, query *dns.Msg) (*dns.Msg, error)
}

// The times of one question.
const (
	perServer = 500 * time.Millisecond // until the next server is asked
	rounds    = 2                      // over all servers
)

// maxServers bounds the servers that are asked.
const maxServers = 4

// resolvConf is where the system says which servers to ask.
const resolvConf = "/etc/resolv.conf"

// Servers asks DNS servers one after the other: by UDP, and by TCP when the answer does not fit or its letters are wrong. It is safe for concurrent use.
type Servers struct {
	// Fixed are the servers to ask; the system's own when empty.
	Fixed []netip.AddrPort
	// File is read for the servers when none are fixed, again whenever it changed; /etc/resolv.conf when empty.
	File string
	// KeepCase writes names as they are. Otherwise upper and lower case are mixed by chance, so that a forged answer has to guess them too.
	KeepCase bool

	mu      sync.Mutex
	servers []netip.AddrPort
	size    int64
	changed time.Time
	good    int // the server that answered last: asked first
}

// ErrNoServers is the error of a box that was told no DNS server.
var ErrNoServers = errors.New("locate: no DNS server is configured")

// Addresses are the servers that would be asked now.
func (s *Servers) Addresses() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]netip.AddrPort(nil), s.list()...)
}

// list is called with the lock held.
func (s *Servers) list() []netip.AddrPort {
	if len(s.Fixed) > 0 {
		return s.Fixed[:min(len(s.Fixed), maxServers)]
	}
	file := s.File
	if file == "" {
		file = resolvConf
	}
	info, err := os.Stat(file)
	if err != nil || info.Size() == s.size && info.ModTime().Equal(s.changed) {
		return s.servers // a file that is being replaced does not take away the servers we have
	}
	data, err := readBounded(file, 64<<10)
	if err != nil {
		return s.servers
	}
	s.size, s.changed, s.good = info.Size(), info.ModTime(), 0
	s.servers = nameservers(data)
	return s.servers
}

func readBounded(file string, limit int64) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("locate: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return "", fmt.Errorf("locate: %w", err)
	}
	return string(data), nil
}

// nameservers reads resolv.conf(5).
func nameservers(text string) []netip.AddrPort {
	var list []netip.AddrPort
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" || len(list) >= maxServers {
			continue
		}
		if a, err := netip.ParseAddr(words[1]); err == nil {
			list = append(list, netip.AddrPortFrom(a, 53))
		}
	}
	return list
}

// Exchange asks the servers until one answers or ctx ends. A server that says SERVFAIL or REFUSED counts as one that does not answer, unless all do.
func (s *Servers) Exchange(ctx context.Context, query *dns.Msg) (*dns.Msg, error) {
	s.mu.Lock()
	servers, first := append([]netip.AddrPort(nil), s.list()...), s.good
	s.mu.Unlock()
	if len(servers) == 0 {
		return nil, ErrNoServers
	}
	var refused *dns.Msg
	var last error
	for i := range rounds * len(servers) {
		if ctx.Err() != nil {
			break
		}
		n := (first + i) % len(servers)
		m, err := s.one(ctx, servers[n], query)
		switch {
		case err != nil:
			last = err
			continue
		case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
			refused = m
			continue
		}
		s.mu.Lock()
		s.good = n
		s.mu.Unlock()
		return m, nil
	}
	if refused != nil {
		return refused, nil
	}
	if last == nil {
		last = ctx.Err()
	}
	return nil, fmt.Errorf("locate: no DNS server answered: %w", last)
}

// one asks one server.
func (s *Servers) one(ctx context.Context, server netip.AddrPort, query *dns.Msg) (*dns.Msg, error) {
	q := query.Copy()
	q.Id = uint16(rand.Uint32()) // each server, each attempt its own: math/rand/v2 seeds itself from the system (ChaCha8)
	if !s.KeepCase && len(q.Question) == 1 {
		q.Question[0].Name = mixed(q.Question[0].Name, rand.Uint64)
	}
	wire, err := q.Pack()
	if err != nil {
		return nil, fmt.Errorf("locate: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, perServer)
	defer cancel()
	m, err := udp(ctx, server, q, wire)
	if errors.Is(err, errTruncated) || errors.Is(err, errCase) {
		if m, err = tcp(ctx, server, q, wire); errors.Is(err, errCase) {
			err = nil // a server that lowers names: over TCP nobody can have forged the answer from elsewhere
		}
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// udp sends the query from a port of its own and takes the first datagram of the server that answers it.
func udp(ctx context.Context, server netip.AddrPort, q *dns.Msg, wire []byte) (*dns.Msg, error) {
	conn, err := dial(ctx, "udp", server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	if _, err := conn.Write(wire); err != nil {
		return nil, fmt.Errorf("locate: %w", err)
	}
	buf := make([]byte, maxDatagram)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil, fmt.Errorf("locate: %w", err)
		}
		m, err := check(q, buf[:n])
		if err == nil || errors.Is(err, errTruncated) || errors.Is(err, errCase) {
			return m, err
		}
		// A stray or a forgery: the real one may still come.
	}
}

func tcp(ctx context.Context, server netip.AddrPort, q *dns.Msg, wire []byte) (*dns.Msg, error) {
	conn, err := dial(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)); err != nil {
		return nil, fmt.Errorf("locate: %w", err)
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, fmt.Errorf("locate: %w", err)
	}
	buf := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, buf); err != nil {
		return nil, fmt.Errorf("locate: %w", err)
	}
	m, err := check(q, buf)
	if errors.Is(err, errTruncated) {
		return nil, errForeign // there is no larger way to ask
	}
	return m, err
}

// dial opens a connection that ends with ctx.
func dial(ctx context.Context, network string, server netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, server.String())
	if err != nil {
		return nil, fmt.Errorf("locate: %w", err)
	}
	if at, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(at); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// mixed writes a name in upper and lower case by chance (draft-vixie-dnsext-dns0x20).
func mixed(name string, draw func() uint64) string {
	b := []byte(name)
	var bits uint64
	for i, c := range b {
		if i%64 == 0 {
			bits = draw()
		}
		if c |= 0x20; c >= 'a' && c <= 'z' && bits&1 == 1 {
			b[i] ^= 0x20
		}
		bits >>= 1
	}
	return string(b)
}
