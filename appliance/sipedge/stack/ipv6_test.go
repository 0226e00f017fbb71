package stack

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/sim/memnet"
)

// What RFC 5118 asks of IPv6 in SIP, with messages of our own in its manner.
func TestIPv6_RFC5118(t *testing.T) {
	for name, c := range map[string]struct{ uri, via, more, want, header string }{
		"RFC5118_4_1 references in brackets":         {"sip:[2001:db8::1]", "[2001:db8::9]:5070;branch=z9hG4bK1", "", "200", "Via: SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bK1\r\n"},
		"RFC5118_4_2 a reference without brackets":   {"sip:2001:db8::1", "[2001:db8::9]:5070;branch=z9hG4bK2", "", "400", ""},
		"RFC5118_4_3 a port after the reference":     {"sip:[2001:db8::1]:5060", "[2001:db8::9]:5070;branch=z9hG4bK3", "", "200", ""},
		"RFC5118_4_4 the port within the brackets":   {"sip:[2001:db8::1:5060]", "[2001:db8::9]:5070;branch=z9hG4bK4", "", "200", ""},
		"RFC5118_4_5 received with brackets":         {"sip:[2001:db8::1]", "[2001:db8::9]:5070;branch=z9hG4bK5;received=[2001:db8::9]", "", "200", ""},
		"RFC5118_4_5 another address than the Via's": {"sip:[2001:db8::1]", "[2001:db8::77]:5070;branch=z9hG4bK6;rport", "", "200", "received=2001:db8::9"},
		"RFC5118_4_8 both families in one header":    {"sip:[2001:db8::1]", "[2001:db8::9]:5070;branch=z9hG4bK7", "Contact: <sip:a@192.0.2.9>, <sip:b@[2001:db8::9]:5070>", "200", ""},
		"RFC5118_4_10 IPv4 in IPv6":                  {"sip:[::ffff:192.0.2.1]", "[2001:db8::9]:5070;branch=z9hG4bK8", "", "200", ""},
		"a bracket that does not close":              {"sip:[2001:db8::1", "[2001:db8::9]:5070;branch=z9hG4bK9", "", "400", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, sink := memnet.New(1), answering(t)
				cfg := config(sink, &strings.Builder{})
				cfg.Firewall.Trusted = []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")}
				s, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				local, err := s.Serve(n.Listen("[2001:db8::1]:5060"), netip.AddrPort{})
				if err != nil {
					t.Fatal(err)
				}
				w := &wire{t: t, conn: n.Listen("[2001:db8::9]:5070"), box: net.UDPAddrFromAddrPort(local)}
				more := ""
				if c.more != "" {
					more = c.more + "\r\n"
				}
				w.send("OPTIONS " + c.uri + " SIP/2.0\r\nVia: SIP/2.0/UDP " + c.via + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@[2001:db8::9]>;tag=1\r\nTo: <sip:b@[2001:db8::1]>\r\n" +
					"Call-ID: six\r\nCSeq: 1 OPTIONS\r\n" + more + "Content-Length: 0\r\n\r\n")
				if got := w.read(time.Second); !strings.HasPrefix(got, "SIP/2.0 "+c.want+" ") || !strings.Contains(got, c.header) {
					t.Errorf("want %s %q, got\n%s", c.want, c.header, got)
				}
				if err := w.conn.Close(); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
