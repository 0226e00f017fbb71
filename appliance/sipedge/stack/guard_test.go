package stack

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/sipedge/stack/socket"

	"github.com/emiago/sipgo/sip"
)

const outside = "203.0.113.5:5060"

// stranger is a raw peer outside the trusted network.
func (r *rig) stranger(addr string) *wire {
	w := &wire{t: r.T, conn: r.net.Listen(addr), box: r.peer.box}
	r.Cleanup(func() { w.conn.Close() })
	return w
}

func admitCarrier(c *Config) {
	c.Firewall.Admitted = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/28")}
	c.Firewall.Strikes = 3
	c.Firewall.PerSource = Rate{PerSecond: 10, Burst: 20}
}

func TestFirewallDropsStrangersUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, admitCarrier)
		carrier, other := r.stranger(outside), r.stranger("203.0.113.77:5060")
		other.send(request("OPTIONS", "x", "a", 1))
		carrier.send(request("OPTIONS", "y", "b", 1))
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), 1)
		equal(t, "strangers", r.stack.Counts().Dropped[DropStranger], uint64(1))
		equal(t, "remembered of them", r.stack.Trace("a"), []Rung(nil))
		equal(t, "pool", r.stack.listeners[r.flow.Local].Peers(), 1)
		equal(t, "answers", other.first(time.Second), []string(nil))
	})
}

func TestGarbageBansButNeverTheTrustedNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, admitCarrier)
		carrier := r.stranger(outside)
		for range 3 {
			carrier.send("\x00\x01garbage\r\n\r\n")
			r.peer.send("\x00\x01garbage\r\n\r\n")
		}
		synctest.Wait()
		equal(t, "bans", r.stack.Bans(), []Ban{{
			Addr: netip.MustParseAddr("203.0.113.5"), Reason: ReasonGarbage, Since: time.Now(), Until: time.Now().Add(10 * time.Minute), Count: 1,
		}})
		carrier.send(request("OPTIONS", "x", "a", 1))
		r.peer.send(request("OPTIONS", "y", "b", 1))
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), 1)
		equal(t, "banned", r.stack.Counts().Dropped[DropBanned], uint64(1))
		if r.stack.Ban(netip.MustParseAddr("192.0.2.9"), time.Hour) {
			t.Error("a trusted address was banned")
		}

		time.Sleep(11 * time.Minute)
		carrier.send(request("OPTIONS", "x2", "a", 2))
		synctest.Wait()
		equal(t, "delivered after the ban", len(r.sink.methods()), 2)

		for range 3 {
			r.stack.Strike(netip.MustParseAddr("::ffff:203.0.113.5"))
		}
		equal(t, "bans", len(r.stack.Bans()), 1)
		r.stack.Unban(netip.MustParseAddr("203.0.113.5"))
		equal(t, "bans", len(r.stack.Bans()), 0)
	})
}

func TestScannersAreBannedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, admitCarrier)
		carrier := r.stranger(outside)
		carrier.send(request("OPTIONS", "x", "a", 1, "User-Agent: Friendly-Scanner"))
		r.peer.send(request("OPTIONS", "z", "c", 1, "User-Agent: sipvicious"))
		r.peer.send(request("OPTIONS", "y", "b", 1, "User-Agent: A gulp of iwar", "Subject: friendly-scanner"))
		synctest.Wait()
		equal(t, "scanners", r.stack.Counts().Dropped[DropScanner], uint64(2))
		equal(t, "bans", len(r.stack.Bans()), 1)
		equal(t, "delivered", len(r.sink.methods()), 1)
	})
}

func TestSourceRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, admitCarrier)
		for i := range 50 {
			r.peer.send(request("OPTIONS", fmt.Sprint("x", i), "a", i))
		}
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), 20)
		equal(t, "above the rate", r.stack.Counts().Dropped[DropRate], uint64(30))
		time.Sleep(time.Second)
		for i := range 50 {
			r.peer.send(request("OPTIONS", fmt.Sprint("y", i), "b", i))
		}
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), 30)
	})
}

func TestTooLargeAndKeepaliveAndUnparsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.MaxMessage = 2000; c.MaxBody = 100 })
		secret := "0612345678"
		r.peer.send("\r\n\r\n")
		r.peer.send(request("OPTIONS", "x", "a", 1, "X: "+strings.Repeat("x", 2000)))
		for i := range 50 {
			r.peer.send(fmt.Sprintf("INVITE sip:%s SIP/2.0\r\nVia broken %d\r\n\r\n", secret, i))
		}
		r.peer.send(request("INFO", "y", "b", 1, "\r\n"+strings.Repeat("x", 101)))
		synctest.Wait()
		c := r.stack.Counts().Dropped
		equal(t, "keepalive, oversize, unparsable", []uint64{c[DropKeepalive], c[DropOversize], c[DropUnparsable]}, []uint64{1, 1, 50})
		equal(t, "on the wire", r.peer.first(time.Second), []string{"", "SIP/2.0 513 Message Too Large", "SIP/2.0 413 Request Entity Too Large"})
		if n := strings.Count(r.logs.String(), "\n"); n != 1 || strings.Contains(r.logs.String(), secret) {
			t.Errorf("%d lines of log:\n%s", n, r.logs)
		}
	})
}

func TestOverloadShedsNewCallsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Invites = Rate{PerSecond: 1, Burst: 5} })
		for i := range 20 {
			r.peer.send(request("INVITE", fmt.Sprint("n", i), fmt.Sprint("n", i), 1))
			r.peer.send(request("INVITE", fmt.Sprint("d", i), fmt.Sprint("d", i), 1, "in-dialog"))
		}
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), 25)
		equal(t, "shed", r.stack.Counts().Dropped[DropOverload], uint64(15))
		equal(t, "transactions", r.stack.Counts().Servers, 25)
		waits := map[string]bool{}
		for m := r.peer.read(time.Millisecond); m != ""; m = r.peer.read(time.Millisecond) {
			if _, after, ok := strings.Cut(m, "Retry-After: "); ok && strings.HasPrefix(m, "SIP/2.0 503 ") {
				wait, _, _ := strings.Cut(after, "\r\n")
				waits[wait] = true
			}
		}
		if len(waits) < 2 {
			t.Errorf("all were told to come back together: %v", waits)
		}
	})
}

func TestTransactionTableIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.MaxTransactions = 6 }) // of which 55 % are kept for what matters more
		for i := range 5 {
			r.peer.send(request("OPTIONS", fmt.Sprint("n", i), "a", i))
		}
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), 3)
		equal(t, "on the wire", r.peer.first(time.Millisecond), []string{"SIP/2.0 503 Service Unavailable", "SIP/2.0 503 Service Unavailable"})
	})
}

func TestPanicCostsOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.sink.onRequest = func(q *Request) {
			if q.CallID().Value() == "bad" {
				panic("planted")
			}
			if err := q.Respond(200, "", nil, nil); err != nil {
				t.Error(err)
			}
		}
		r.peer.send(request("OPTIONS", "x", "bad", 1))
		r.peer.send(request("OPTIONS", "y", "good", 1))
		equal(t, "on the wire", r.peer.first(time.Second), []string{"SIP/2.0 500 Server Internal Error", "SIP/2.0 200 OK"})
		equal(t, "panics", r.stack.Counts().Panics, uint64(1))
		if !strings.Contains(r.logs.String(), "TestPanicCostsOneMessage") {
			t.Errorf("the log does not name the place: %s", r.logs)
		}
	})
}

func TestValidation(t *testing.T) {
	drop := func(name string) func(string) string {
		return func(m string) string {
			var out []string
			for line := range strings.SplitSeq(m, "\r\n") {
				if !strings.HasPrefix(line, name+":") {
					out = append(out, line)
				}
			}
			return strings.Join(out, "\r\n")
		}
	}
	swap := func(old, fresh string) func(string) string {
		return func(m string) string { return strings.Replace(m, old, fresh, 1) }
	}
	for _, c := range []struct {
		name, method string
		extra        []string
		change       func(string) string
		want, header string
	}{
		{name: "valid", method: "INVITE", want: "100"},
		{name: "RFC3261_8_1_1 no From", method: "INVITE", change: drop("From"), want: "400"},
		{name: "RFC3261_8_1_1 no To", method: "INVITE", change: drop("To"), want: "400"},
		{name: "RFC3261_8_1_1 no Call-ID", method: "INVITE", change: drop("Call-ID"), want: "400"},
		{name: "RFC3261_8_1_1 no CSeq", method: "INVITE", change: drop("CSeq"), want: "400"},
		{name: "no Via, nowhere to answer", method: "INVITE", change: drop("Via"), want: ""},
		{name: "no Max-Forwards, as old phones", method: "INVITE", change: drop("Max-Forwards"), want: "100"},
		{name: "RFC4475_3_1_2_17 CSeq of another method", method: "INVITE", change: swap("1 INVITE", "1 BYE"), want: "400"},
		{name: "RFC4475_3_1_2_16 version 7", method: "INVITE", change: swap("SIP/2.0\r\n", "SIP/7.0\r\n"), want: "505"},
		{name: "RFC4475_3_3_2 unknown scheme", method: "INVITE", change: swap("sip:100@192.0.2.1", "nobodyKnowsThisScheme:opaque"), want: "416"},
		{name: "telephone number", method: "INVITE", change: swap("sip:100@192.0.2.1", "tel:+33123456789"), want: "100"},
		{name: "RFC3261_16_3 no hops left", method: "INVITE", change: swap("Max-Forwards: 70", "Max-Forwards: 0"), want: "483"},
		{name: "RFC3261_11 OPTIONS with no hops left", method: "OPTIONS", change: swap("Max-Forwards: 70", "Max-Forwards: 0"), want: "200"},
		{name: "RFC3261_8_2_2_3 Require", method: "INVITE", extra: []string{"Require: 100rel, nothing"}, want: "420", header: "Unsupported: nothing"},
		{name: "RFC3261_8_2_1 method not allowed", method: "PUBLISH", want: "405", header: "Allow: INVITE, ACK"},
		{name: "RFC3261_21_5_2 unknown method", method: "BREW", want: "501", header: "Allow: INVITE, ACK"},
		{name: "RFC3261_8_2_3 content type", method: "INVITE", extra: []string{"Content-Type: text/plain", "\r\nhello"}, want: "415", header: "Accept: application/sdp"},
		{name: "RFC3261_20_11 optional content", method: "INVITE", extra: []string{"Content-Type: text/plain", "Content-Disposition: session;handling=optional", "\r\nhello"}, want: "100"},
		{name: "RFC3261_8_2_3 content encoding", method: "INVITE", extra: []string{"Content-Type: application/sdp", "Content-Encoding: gzip", "\r\nhello"}, want: "415", header: "Accept-Encoding: identity"},
		{name: "content with parameters", method: "INVITE", extra: []string{"Content-Type: Application/SDP;charset=utf-8", "\r\nv=0"}, want: "100"},
		{name: "an ACK is never answered", method: "ACK", change: swap("SIP/2.0\r\n", "SIP/7.0\r\n"), want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(c *Config) { c.Supported = []string{"100rel"} })
				r.sink.onRequest = func(q *Request) {
					if q.Method == sip.OPTIONS {
						if err := q.Respond(200, "", nil, nil); err != nil {
							t.Error(err)
						}
					}
				}
				m := request(c.method, "x", "a", 1, c.extra...)
				if c.change != nil {
					m = c.change(m)
				}
				r.peer.send(m)
				got := r.peer.read(time.Second)
				if c.want == "" {
					equal(t, "answer", got, "")
					return
				}
				if !strings.HasPrefix(got, "SIP/2.0 "+c.want+" ") || !strings.Contains(got, c.header) {
					t.Errorf("want %s %q, got\n%s", c.want, c.header, got)
				}
			})
		})
	}
}

func TestLadderKeepsTheStoryAndNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Ladder = Ladder{Calls: 2, Others: 2, Messages: 4} })
		r.sink.onRequest = func(q *Request) {
			if q.Method == sip.INFO {
				if err := q.Respond(200, "", nil, nil); err != nil {
					t.Error(err)
				}
			}
		}
		r.peer.send(request("INVITE", "i", "call", 1, "Authorization: Digest response=\"secret\"", "Proxy-Authorization: Digest secret"))
		for i := range 2 {
			r.peer.send(request("INFO", fmt.Sprint("f", i), "call", 2+i, "in-dialog", "Content-Type: application/dtmf-relay", "\r\nSignal=secret"))
		}
		synctest.Wait()
		for i := range 9 {
			r.peer.send(request("REGISTER", fmt.Sprint("r", i), fmt.Sprint("reg", i), 1)) // do not wash the call out
		}
		synctest.Wait()
		var got []string
		for _, g := range r.stack.Trace("call") {
			got = append(got, fmt.Sprint(g.Sent, " ", g.First))
			if s := fmt.Sprint(g); strings.Contains(s, "secret") || !strings.Contains(s, "CSeq") || g.Remote.String() != peerAddr {
				t.Errorf("%s", s)
			}
		}
		equal(t, "the last four", got, []string{
			"false INFO sip:100@192.0.2.1 SIP/2.0", "true SIP/2.0 200 OK", "false INFO sip:100@192.0.2.1 SIP/2.0", "true SIP/2.0 200 OK",
		})
		equal(t, "forgotten", r.stack.Trace("reg0"), []Rung(nil))
		equal(t, "remembered", len(r.stack.Trace("reg8")), 1)
	})
}

// flaky fails its first reads.
type flaky struct {
	net.PacketConn
	failures int
}

func (f *flaky) ReadFrom(b []byte) (int, net.Addr, error) {
	if f.failures > 0 {
		f.failures--
		return 0, nil, fmt.Errorf("planted")
	}
	return f.PacketConn.ReadFrom(b)
}

func TestReadErrorOpensTheSocketAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		opened := 0
		local, err := r.stack.Listen(func() (net.PacketConn, error) {
			switch opened++; opened {
			case 2:
				return nil, fmt.Errorf("planted")
			case 1, 3:
				c, err := r.net.Open("192.0.2.1:5080")
				return &flaky{c, 1}, err
			default:
				return r.net.Open("192.0.2.1:5080")
			}
		}, netip.AddrPort{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		r.peer.box = net.UDPAddrFromAddrPort(local)
		r.peer.send(request("OPTIONS", "x", "a", 1))
		synctest.Wait()
		equal(t, "opened", opened, 4)
		equal(t, "delivered", len(r.sink.methods()), 1)
	})
}

func TestReadErrorOnAGivenSocketIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		local, err := r.stack.Serve(&flaky{r.net.Listen("192.0.2.1:5080"), 2}, netip.AddrPort{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		r.peer.box = net.UDPAddrFromAddrPort(local)
		r.peer.send(request("OPTIONS", "x", "a", 1))
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), 1)
	})
}

// sipgo's transport remembers every address it ever read from; the listener makes it forget without losing a message.
func TestPeersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Intake.Work = Rate{PerSecond: 1e6, Burst: 1e6} })
		const n = socket.MaxPeers + 500
		for i := range n {
			w := &wire{t: t, conn: r.net.Listen(fmt.Sprintf("192.0.2.%d:%d", 10+i%200, 10_000+i)), box: r.peer.box}
			w.send(request("OPTIONS", fmt.Sprint("x", i), "a", i))
			w.conn.Close()
		}
		synctest.Wait()
		equal(t, "delivered", len(r.sink.methods()), n)
		l := r.stack.listeners[r.flow.Local]
		if size := l.Peers(); size > socket.MaxPeers {
			t.Errorf("%d entries in sipgo's pool", size)
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.peer.send(request("INVITE", "i", "a", 1))
		r.invite("b")
		synctest.Wait()
		r.close()
		equal(t, "failures", r.sink.failures(), []error(nil))
		c := r.stack.Counts()
		equal(t, "left", c.Servers+c.Clients, 0)
		if _, err := r.stack.Send(outgoing(sip.BYE, "b", 1), r.flow); err == nil {
			t.Error("a closed stack sent a request")
		}
		if _, err := r.stack.Serve(r.net.Listen("192.0.2.1:5099"), netip.AddrPort{}); err == nil {
			t.Error("a closed stack listens")
		}
	})
}

// RFC 4475 §3.1.2: sipgo's parser gives up on these without a word; the sender is told all the same.
func TestUnparsableRequestIsAnswered400_RFC3261_16_3(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"RFC4475_3_1_2_4 CSeq out of range":      {"CSeq: 1 OPTIONS", "CSeq: 36893488147419103232 OPTIONS", "CSeq: 36893488147419103232 OPTIONS"},
		"RFC4475_3_1_2_2 Content-Length":         {"Content-Length: 0", "Content-Length: 500", "Call-ID: a"},
		"folded":                                 {"Call-ID: a\r\n", "Call-ID:\r\n a\r\nContent-Length: x\r\n", "Call-ID:  a"},
		"an ACK is not answered":                 {"OPTIONS sip:100@192.0.2.1 SIP/2.0", "ACK sip:100@192.0.2.1:x SIP/2.0", ""},
		"without Call-ID nothing can be matched": {"Call-ID: a\r\n", "Content-Length: x\r\n", ""},
		"a response is not answered":             {"OPTIONS sip:100@192.0.2.1 SIP/2.0", "SIP/2.0 2xx OK", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.peer.send(strings.Replace(request("OPTIONS", "x", "a", 1), c.old, c.new, 1))
				got := r.peer.read(time.Second)
				equal(t, "unparsable", r.stack.Counts().Dropped[DropUnparsable], uint64(1))
				if c.want == "" {
					equal(t, "answer", got, "")
					return
				}
				if !strings.HasPrefix(got, "SIP/2.0 400 Bad Request\r\n") || !strings.Contains(got, c.want) || !strings.Contains(got, ";tag=") {
					t.Errorf("want %q, got\n%s", c.want, got)
				}
			})
		})
	}
}
