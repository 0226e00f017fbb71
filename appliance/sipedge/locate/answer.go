package locate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// The bounds of one reply.
const (
	maxReply    = 65535 // bytes, over TCP
	maxDatagram = 4096  // bytes, over UDP; 1232 is what we ask for
	askedSize   = 1232  // bytes: what passes everywhere without fragments
	maxRecords  = 32    // of one question; more are left out
	maxAlias    = 8     // CNAME records one after the other
)

var (
	errForeign   = errors.New("locate: a reply to something else")
	errCase      = errors.New("locate: the reply does not repeat the question as it was written")
	errTruncated = errors.New("locate: the reply did not fit a datagram")
	errAliases   = fmt.Errorf("locate: more than %d aliases one after the other", maxAlias)
)

// check unpacks the reply to a query and wants it to be one: the same id and question, in the same letters when the case was mixed on purpose
// (a forger has to guess them). With errCase the message is returned too.
func check(query *dns.Msg, data []byte) (*dns.Msg, error) {
	if len(data) < 12 || len(data) > maxReply {
		return nil, errForeign
	}
	m := new(dns.Msg)
	if err := m.Unpack(data); err != nil {
		// A datagram cut off in the middle of a record still says so in its header.
		if m.Truncated && m.Id == query.Id && m.Response {
			return nil, errTruncated
		}
		return nil, fmt.Errorf("locate: unreadable reply: %w", err)
	}
	return m, same(query, m)
}

// same reports whether a reply answers the query.
func same(query, m *dns.Msg) error {
	if !m.Response || m.Id != query.Id || m.Opcode != dns.OpcodeQuery || len(m.Question) != 1 || len(query.Question) != 1 {
		return errForeign
	}
	asked, got := query.Question[0], m.Question[0]
	switch {
	case got.Qtype != asked.Qtype || got.Qclass != asked.Qclass || !strings.EqualFold(got.Name, asked.Name):
		return errForeign
	case m.Truncated:
		return errTruncated
	case got.Name != asked.Name:
		return errCase
	}
	return nil
}

// records is what a reply says about one name.
type records struct {
	rrs    []dns.RR
	ttl    time.Duration // the shortest on the way; of a "no", how long it may be remembered
	alias  string        // where to ask on: a CNAME whose target's records are not in the reply
	denied bool          // the name is not there at all, not only records of this type
}

// read picks the records of a type out of a reply that was found to answer the query, along its aliases. A record of any other name is not looked at.
func read(m *dns.Msg, name string, qtype uint16) (records, error) {
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return records{}, fmt.Errorf("locate: DNS server says %s", dns.RcodeToString[m.Rcode])
	}
	out := records{ttl: maxTTL}
	owner := dns.CanonicalName(name)
	for range maxAlias + 1 {
		alias := ""
		for _, rr := range m.Answer {
			h := rr.Header()
			if h.Class != dns.ClassINET || dns.CanonicalName(h.Name) != owner {
				continue
			}
			ttl := time.Duration(h.Ttl) * time.Second
			if cname, ok := rr.(*dns.CNAME); ok && alias == "" && qtype != dns.TypeCNAME {
				alias = dns.CanonicalName(cname.Target)
				out.ttl = min(out.ttl, ttl)
			}
			if h.Rrtype == qtype && len(out.rrs) < maxRecords {
				out.rrs = append(out.rrs, rr)
				out.ttl = min(out.ttl, ttl)
			}
		}
		switch {
		case len(out.rrs) > 0:
			return out, nil
		case alias == "":
			out.denied = m.Rcode == dns.RcodeNameError
			soa := authority(m) // RFC 2308 §5
			if soa >= 0 {
				out.ttl = min(out.ttl, soa)
			}
			if soa < 0 && !out.denied && owner != dns.CanonicalName(name) {
				out.alias = owner // nobody said anything about the alias yet
			}
			return out, nil
		}
		owner = alias
	}
	return records{}, errAliases
}

// authority is how long a "no" may be remembered, -1 when the reply does not say.
func authority(m *dns.Msg) time.Duration {
	i := slices.IndexFunc(m.Ns, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeSOA })
	if i < 0 {
		return -1
	}
	soa, ok := m.Ns[i].(*dns.SOA)
	if !ok {
		return -1
	}
	return time.Duration(min(soa.Minttl, soa.Hdr.Ttl)) * time.Second
}
