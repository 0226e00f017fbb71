package locate_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/appliance/sipedge/locate"

	"github.com/miekg/dns"
)

// zone is DNS in memory: records as text, a time each answer takes, and a switch for the Internet.
type zone struct {
	t       testing.TB
	mu      sync.Mutex
	records []dns.RR
	down    bool
	deny    bool // NXDOMAIN for everything, as a router without Internet says
	rcode   map[string]int
	mute    map[uint16]bool // types nobody answers
	takes   time.Duration
	asked   []string
}

func newZone(t testing.TB, lines ...string) *zone {
	z := &zone{t: t, rcode: map[string]int{}, mute: map[uint16]bool{}, takes: 20 * time.Millisecond}
	z.set(lines...)
	return z
}

func (z *zone) set(lines ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.records = nil
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			z.t.Fatalf("%s: %v", line, err)
		}
		z.records = append(z.records, rr)
	}
}

func (z *zone) with(do func()) {
	z.mu.Lock()
	defer z.mu.Unlock()
	do()
}

func (z *zone) count(kind string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	n := 0
	for _, a := range z.asked {
		if strings.HasPrefix(a, kind+" ") {
			n++
		}
	}
	return n
}

func (z *zone) Exchange(ctx context.Context, q *dns.Msg) (*dns.Msg, error) {
	z.mu.Lock()
	takes, silent := z.takes, z.down || z.mute[q.Question[0].Qtype]
	z.asked = append(z.asked, dns.TypeToString[q.Question[0].Qtype]+" "+q.Question[0].Name)
	z.mu.Unlock()
	if silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.reply(q), nil
}

// reply answers as a recursive server does.
func (z *zone) reply(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	name, exists := strings.ToLower(q.Question[0].Name), false
	for range 20 {
		alias := ""
		for _, rr := range z.records {
			h := rr.Header()
			if z.deny || h.Name != name {
				continue
			}
			exists = true
			if h.Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, dns.Copy(rr))
			} else if c, ok := rr.(*dns.CNAME); ok {
				m.Answer = append(m.Answer, dns.Copy(rr))
				alias = c.Target
			}
		}
		if alias == "" {
			break
		}
		name = alias
	}
	if code, ok := z.rcode[name]; ok {
		return new(dns.Msg).SetRcode(q, code)
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	return m
}

func resolver(t testing.TB, z locate.Exchanger, change ...func(*locate.Config)) *locate.Resolver {
	cfg := locate.Config{Exchanger: z, Seed: 7}
	for _, c := range change {
		c(&cfg)
	}
	r := locate.New(cfg)
	t.Cleanup(r.Close)
	return r
}

// show writes targets as the tests below expect them.
func show(list []locate.Target) string {
	var b strings.Builder
	for _, t := range list {
		fmt.Fprintf(&b, " %s/%s", t.Transport, t.Addr)
	}
	return strings.TrimSpace(b.String())
}

func targets(t *testing.T, r *locate.Resolver, name string, hint locate.Hint) []locate.Target {
	t.Helper()
	list, err := r.Targets(t.Context(), name, hint)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return list
}

func carrier() []string {
	return []string{
		`carrier.example. 300 IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.carrier.example.`,
		`carrier.example. 300 IN NAPTR 10 20 "s" "SIP+D2T" "" _sip._tcp.carrier.example.`,
		`carrier.example. 300 IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.secure.carrier.example.`,
		`carrier.example. 300 IN NAPTR 5 10 "s" "SIP+D2S" "" _sip._sctp.carrier.example.`,
		`carrier.example. 300 IN NAPTR 1 10 "u" "E2U+sip" "!^.*$!sip:x@evil.example!" .`,
		`_sip._udp.carrier.example. 300 IN SRV 10 0 5060 a.carrier.example.`,
		`_sip._udp.carrier.example. 300 IN SRV 20 0 5070 b.carrier.example.`,
		`_sip._tcp.carrier.example. 300 IN SRV 10 0 5060 a.carrier.example.`,
		`_sips._tcp.secure.carrier.example. 300 IN SRV 10 0 5061 s.carrier.example.`,
		`a.carrier.example. 300 IN A 192.0.2.1`,
		`a.carrier.example. 300 IN AAAA 2001:db8::1`,
		`b.carrier.example. 300 IN A 192.0.2.2`,
		`s.carrier.example. 300 IN A 192.0.2.3`,
		`plain.example. 300 IN A 192.0.2.9`,
		`www.plain.example. 300 IN CNAME plain.example.`,
		`srv.example. 300 IN A 192.0.2.8`,
		`_sip._tcp.srv.example. 300 IN SRV 1 0 5066 plain.example.`,
		`_sip._udp.srv.example. 300 IN SRV 2 0 5065 plain.example.`,
		`_sip._udp.never.example. 300 IN SRV 0 0 0 .`,
		`never.example. 300 IN A 192.0.2.7`,
		`six.example. 300 IN AAAA 2001:db8::6`,
	}
}
