package locate

import (
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// FuzzAnswer: whatever a server sends, it is refused or read within the bounds.
func FuzzAnswer(f *testing.F) {
	const name = "sip.carrier.example."
	query := new(dns.Msg).SetQuestion(name, dns.TypeSRV)
	query.Id = 0x1234
	reply := new(dns.Msg).SetReply(query)
	add := func(m *dns.Msg) {
		if data, err := m.Pack(); err == nil {
			f.Add(data, uint16(dns.TypeSRV))
			f.Add(data[:len(data)/2], uint16(dns.TypeSRV))
		}
	}
	add(query)
	add(reply)
	for _, line := range []string{
		name + " 60 IN SRV 1 2 5060 a.example.", name + " 60 IN SRV 1 2 5060 .", name + " 60 IN CNAME b.example.", "b.example. 60 IN CNAME " + name,
		name + ` 60 IN NAPTR 1 2 "s" "SIP+D2U" "" _sip._udp.x.`, name + " 60 IN A 192.0.2.1", name + " 60 IN AAAA 2001:db8::1",
	} {
		rr, err := dns.NewRR(line)
		if err != nil {
			f.Fatal(err)
		}
		reply.Answer = append(reply.Answer, rr)
		add(reply)
	}
	soa, err := dns.NewRR("carrier.example. 60 IN SOA a. b. 1 2 3 4 5")
	if err != nil {
		f.Fatal(err)
	}
	reply.Answer, reply.Ns, reply.Rcode = nil, []dns.RR{soa}, dns.RcodeNameError
	add(reply)
	reply.Truncated = true
	add(reply)
	f.Fuzz(func(t *testing.T, data []byte, qtype uint16) {
		q := query.Copy()
		q.Question[0].Qtype = qtype
		m, err := check(q, data)
		if err != nil {
			return
		}
		if m.Id != q.Id || len(m.Question) != 1 || m.Question[0].Name != name {
			t.Fatalf("took %v", m)
		}
		rec, err := read(m, name, qtype)
		if err != nil {
			return
		}
		if len(rec.rrs) > maxRecords || rec.ttl < 0 || rec.ttl > maxTTL || len(rec.rrs) > 0 && rec.alias != "" {
			t.Fatalf("%+v", rec)
		}
		for _, rr := range rec.rrs {
			if rr.Header().Rrtype != qtype {
				t.Fatalf("%v is no %d", rr, qtype)
			}
		}
	})
}

// RFC 5452 §9.1, §9.2: a reply must match the id and the question.
func TestForeignRepliesAreRefused_RFC5452_9(t *testing.T) {
	q := new(dns.Msg).SetQuestion("SiP.carrier.Example.", dns.TypeA)
	good := func() *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(192, 0, 2, 1)}}
		return m
	}
	for name, c := range map[string]struct {
		change func(*dns.Msg)
		want   error
	}{
		"it":               {func(*dns.Msg) {}, nil},
		"another id":       {func(m *dns.Msg) { m.Id++ }, errForeign},
		"a query":          {func(m *dns.Msg) { m.Response = false }, errForeign},
		"another name":     {func(m *dns.Msg) { m.Question[0].Name = "sip.evil.example." }, errForeign},
		"another type":     {func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAAAA }, errForeign},
		"another class":    {func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }, errForeign},
		"no question":      {func(m *dns.Msg) { m.Question = nil }, errForeign},
		"two questions":    {func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }, errForeign},
		"an update":        {func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate }, errForeign},
		"other letters":    {func(m *dns.Msg) { m.Question[0].Name = "sip.carrier.example." }, errCase},
		"cut off":          {func(m *dns.Msg) { m.Truncated = true }, errTruncated},
		"cut off, foreign": {func(m *dns.Msg) { m.Truncated = true; m.Id++ }, errForeign},
	} {
		m := good()
		c.change(m)
		data, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := check(q, data); err != c.want { //nolint:errorlint // the very one
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := check(q, []byte("short")); err == nil {
		t.Error("a stump was taken")
	}
}

// A server's reply may carry records of names nobody asked for: they are not looked at.
func TestOnlyTheNameAskedFor_RFC5452_6(t *testing.T) {
	m := new(dns.Msg).SetQuestion("a.example.", dns.TypeA)
	for _, line := range []string{"evil.example. 60 IN A 192.0.2.66", "a.example. 60 IN CNAME b.example.", "b.example. 30 IN A 192.0.2.1", "c.example. 60 IN A 192.0.2.67"} {
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	rec, err := read(m, "a.example", dns.TypeA)
	if err != nil || len(rec.rrs) != 1 || rec.rrs[0].Header().Name != "b.example." || rec.ttl != 30*time.Second {
		t.Errorf("%+v %v", rec, err)
	}
	// RFC 2308 §5: a "no" holds as long as the SOA says.
	m.Answer, m.Rcode = nil, dns.RcodeNameError
	soa, err := dns.NewRR("example. 900 IN SOA a. b. 1 2 3 4 17")
	if err != nil {
		t.Fatal(err)
	}
	m.Ns = []dns.RR{soa}
	if rec, err := read(m, "a.example", dns.TypeA); err != nil || !rec.denied || rec.ttl != 17*time.Second {
		t.Errorf("%+v %v", rec, err)
	}
}

func TestMixedKeepsTheName(t *testing.T) {
	bits := uint64(0b1010101010)
	if got := mixed("sip-1.carrier.example.", func() uint64 { return bits }); got != "sIp-1.cArRier.example." {
		t.Error(got)
	}
	if got := nameservers("# x\nnameserver 192.0.2.1\nsearch a\nnameserver fe80::1%eth0\nnameserver junk\n"); len(got) != 2 || got[1].Addr().Zone() != "eth0" {
		t.Error(got)
	}
}
