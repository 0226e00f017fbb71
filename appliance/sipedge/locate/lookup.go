package locate

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"autocom/appliance/sipedge/flow"

	"github.com/miekg/dns"
)

// The bounds of one lookup.
const (
	lookupTime  = 2 * time.Second         // all of it
	serviceTime = 1200 * time.Millisecond // of it, NAPTR and SRV: the rest is for addresses
	maxPlaces   = 16                      // hosts behind one name
	maxAddrs    = 16                      // addresses of one host
)

// place is one host behind a name: what an SRV record says, or the lack of any.
type place struct {
	Rank      int            `json:"rank"` // of its transport: by NAPTR's order and preference, or ours
	Priority  uint16         `json:"priority"`
	Weight    uint16         `json:"weight"`
	Transport flow.Transport `json:"transport"`
	Host      string         `json:"host"`
	Port      uint16         `json:"port"`
	Addrs     []netip.Addr   `json:"addrs"`
}

// compare puts places in the order in which they are tried; those of one rank and priority are drawn.
func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.Rank, q.Rank), cmp.Compare(p.Priority, q.Priority))
}

// found is what a lookup brought.
type found struct {
	places []place
	ttl    time.Duration
	torn   bool // some question had no answer: there may be more
}

// lookup is one walk from a name to addresses (RFC 3263 §4).
type lookup struct {
	dns        Exchanger
	q          question
	transports []flow.Transport
	families   Families
	old        []place // what is known already: the addresses of a host nobody answers about are taken from here
	whole      bool    // what is known already is better than half an answer

	mu  sync.Mutex
	out found
}

// run walks. The error is a *Error and says that nothing was found; found.ttl then says how long that holds.
func (l *lookup) run(ctx context.Context) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	l.out.ttl = maxTTL
	places, err := l.services(ctx)
	if err != nil {
		return l.out, err
	}
	if l.out.torn && l.whole {
		// To go on would answer with less than is known: with UDP, say, where NAPTR wanted TLS.
		return found{}, l.fail(NoServer, context.Cause(ctx))
	}
	if len(places) == 0 { // RFC 3263 §4.1, §4.2: the name itself
		t := l.q.Hint.among(l.transports)
		places = []place{{Transport: t, Host: l.q.Host, Port: cmp.Or(l.q.Port, t.DefaultPort())}}
	}
	results := make([]host, len(places))
	var wg sync.WaitGroup
	for i, p := range places {
		wg.Go(func() { results[i] = l.addresses(ctx, p.Host) })
	}
	wg.Wait()
	denied := true
	for i, h := range results {
		places[i].Addrs = h.addrs
		denied = denied && h.denied
		if h.err != nil {
			l.out.torn, err = true, h.err
			if len(h.addrs) == 0 {
				places[i].Addrs = l.known(places[i].Host)
			}
		}
	}
	l.out.places = slices.DeleteFunc(places, func(p place) bool { return len(p.Addrs) == 0 })
	switch {
	case len(l.out.places) > 0:
		return l.out, nil
	case err != nil:
		return l.out, l.fail(NoServer, err)
	case denied:
		return l.out, l.fail(NoSuchName, nil)
	default:
		return l.out, l.fail(NoAddress, nil)
	}
}

func (l *lookup) fail(k Kind, cause error) *Error {
	return &Error{Name: l.q.Host, Kind: k, cause: cause}
}

// known is the addresses a host had.
func (l *lookup) known(host string) []netip.Addr {
	for _, p := range l.old {
		if p.Host == host {
			return p.Addrs
		}
	}
	return nil
}

// pointer is one way from a name to SRV records.
type pointer struct {
	transport flow.Transport
	name      string
}

// services asks NAPTR and SRV, all at the same time. Nothing is returned when the name has neither.
func (l *lookup) services(ctx context.Context) ([]place, error) {
	if l.q.Port != 0 {
		return nil, nil // RFC 3263 §4.2: a port that is named leaves SRV nothing to say
	}
	ctx, cancel := context.WithTimeout(ctx, serviceTime)
	defer cancel()
	plain := make([]pointer, 0, len(l.transports))
	if t, ok := l.q.Hint.transport(); ok {
		plain = append(plain, pointer{t, service(t, l.q.Host)})
	} else {
		for _, t := range l.transports {
			plain = append(plain, pointer{t, service(t, l.q.Host)})
		}
	}
	var named []pointer
	var wg sync.WaitGroup
	if l.q.Hint == Any {
		wg.Go(func() { named = l.naptr(ctx) })
	}
	direct := make([]services, len(plain))
	for i, p := range plain {
		wg.Go(func() { direct[i] = l.srv(ctx, p) })
	}
	wg.Wait()

	results := make([]services, len(named))
	for i, p := range named {
		if j := slices.Index(plain, p); j >= 0 {
			results[i] = direct[j]
			continue
		}
		wg.Go(func() { results[i] = l.srv(ctx, p) })
	}
	wg.Wait()
	refused, all := false, []place(nil)
	for _, set := range [][]services{results, direct} { // RFC 3263 §4.1: without a NAPTR record of use, SRV directly
		for rank, s := range set {
			refused = refused || s.refused
			for _, p := range s.places {
				p.Rank = rank
				all = append(all, p)
			}
		}
		if len(all) > 0 {
			break
		}
	}
	if len(all) == 0 && refused {
		return nil, l.fail(NotOffered, nil)
	}
	slices.SortStableFunc(all, place.compare)
	return all[:min(len(all), maxPlaces)], nil
}

// naptr asks which transports a domain wants, the most wanted first.
func (l *lookup) naptr(ctx context.Context) []pointer {
	rec, err := l.ask(ctx, l.q.Host, dns.TypeNAPTR)
	if err != nil {
		return nil
	}
	var list []*dns.NAPTR
	for _, rr := range rec.rrs {
		if n, ok := rr.(*dns.NAPTR); ok && strings.EqualFold(n.Flags, "s") && n.Regexp == "" {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b *dns.NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	var out []pointer
	for _, n := range list {
		t, ok := offered(n.Service)
		name := strings.TrimSuffix(dns.CanonicalName(n.Replacement), ".")
		p := pointer{t, name}
		if ok && slices.Contains(l.transports, t) && hostname(name) && len(out) < maxPlaces && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// services is the SRV records of one transport. refused says that there is one which says there is no such service (RFC 2782).
type services struct {
	places  []place
	refused bool
}

func (l *lookup) srv(ctx context.Context, p pointer) services {
	rec, err := l.ask(ctx, p.name, dns.TypeSRV)
	if err != nil {
		return services{}
	}
	var out services
	for _, rr := range rec.rrs {
		s, ok := rr.(*dns.SRV)
		if !ok {
			continue
		}
		if s.Target == "." {
			out.refused = true
			continue
		}
		host := strings.TrimSuffix(dns.CanonicalName(s.Target), ".")
		if s.Port == 0 || !hostname(host) {
			continue
		}
		out.places = append(out.places, place{Priority: s.Priority, Weight: s.Weight, Transport: p.transport, Host: host, Port: s.Port})
	}
	return out
}

// host is the addresses of one host.
type host struct {
	addrs  []netip.Addr
	denied bool  // there is no such name
	err    error // somebody did not answer
}

// addresses asks for both families at the same time, as far as the box has them.
func (l *lookup) addresses(ctx context.Context, name string) host {
	type reply struct {
		records
		err error
	}
	var four, six reply
	var wg sync.WaitGroup
	if l.families.has4() {
		wg.Go(func() { four.records, four.err = l.ask(ctx, name, dns.TypeA) })
	}
	if l.families.has6() {
		wg.Go(func() { six.records, six.err = l.ask(ctx, name, dns.TypeAAAA) })
	}
	wg.Wait()
	h := host{denied: four.denied || six.denied, err: cmp.Or(four.err, six.err)}
	for _, rr := range slices.Concat(four.rrs, six.rrs) {
		var a netip.Addr
		switch rr := rr.(type) {
		case *dns.A:
			a, _ = netip.AddrFromSlice(rr.A)
		case *dns.AAAA:
			a, _ = netip.AddrFromSlice(rr.AAAA)
		}
		a = a.Unmap()
		if a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && len(h.addrs) < maxAddrs && !slices.Contains(h.addrs, a) {
			h.addrs = append(h.addrs, a)
		}
	}
	return h
}

// ask puts one question, along aliases that the server leaves open. An error says that nobody answered it.
func (l *lookup) ask(ctx context.Context, name string, qtype uint16) (records, error) {
	rec, err := l.follow(ctx, name, qtype)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.out.torn = true
	case len(rec.rrs) > 0 || qtype != dns.TypeAAAA: // a carrier without IPv6 is not asked more often for that
		l.out.ttl = min(l.out.ttl, rec.ttl)
	}
	return rec, err
}

func (l *lookup) follow(ctx context.Context, name string, qtype uint16) (records, error) {
	ttl := maxTTL
	for range maxAlias {
		q := new(dns.Msg)
		q.SetQuestion(dns.Fqdn(name), qtype)
		q.SetEdns0(askedSize, false)
		m, err := l.dns.Exchange(ctx, q)
		if err != nil {
			return records{}, err
		}
		rec, err := read(m, name, qtype)
		if err != nil {
			return records{}, err
		}
		ttl = min(ttl, rec.ttl)
		rec.ttl = ttl
		name = strings.TrimSuffix(rec.alias, ".")
		if rec.alias == "" {
			return rec, nil
		}
		if !hostname(name) {
			return records{ttl: ttl, denied: true}, nil
		}
	}
	return records{}, errAliases
}
