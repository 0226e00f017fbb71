package locate_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/locate"

	"github.com/miekg/dns"
)

func TestOrder_RFC3263_4(t *testing.T) {
	cases := []struct {
		section, name string
		hint          locate.Hint
		want          string
	}{
		{"4.1 an address is taken as it is", "192.0.2.50", locate.Any, "UDP/192.0.2.50:5060"},
		{"4.1 an address with a transport", "192.0.2.50", locate.TLS, "TLS/192.0.2.50:5061"},
		{"4.1 an address with a port", "[2001:db8::5]:5080", locate.TCP, "TCP/[2001:db8::5]:5080"},
		{"4.1 NAPTR decides", "carrier.example", locate.Any, "TLS/192.0.2.3:5061 TCP/192.0.2.1:5060 TCP/[2001:db8::1]:5060 UDP/192.0.2.1:5060 UDP/[2001:db8::1]:5060 UDP/192.0.2.2:5070"},
		{"4.1 upper case and the last dot are the same name", "Carrier.EXAMPLE.", locate.UDP, "UDP/192.0.2.1:5060 UDP/[2001:db8::1]:5060 UDP/192.0.2.2:5070"},
		{"4.1 a transport that is named asks no NAPTR", "carrier.example", locate.TCP, "TCP/192.0.2.1:5060 TCP/[2001:db8::1]:5060"},
		{"4.1 no NAPTR: SRV by our order of transports", "srv.example", locate.Any, "UDP/192.0.2.9:5065 TCP/192.0.2.9:5066"},
		{"4.2 no SRV: the name itself", "plain.example", locate.Any, "UDP/192.0.2.9:5060"},
		{"4.2 no SRV of that transport: its port", "plain.example", locate.TLS, "TLS/192.0.2.9:5061"},
		{"4.2 a port asks no SRV", "srv.example:5090", locate.Any, "UDP/192.0.2.8:5090"},
		{"RFC 1034 3.6.2 an alias", "www.plain.example:5060", locate.Any, "UDP/192.0.2.9:5060"},
	}
	for _, c := range cases {
		t.Run(c.section, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := resolver(t, newZone(t, carrier()...))
				list := targets(t, r, c.name, c.hint)
				if got := show(list); got != c.want {
					t.Errorf("%s;%s\n got %s\nwant %s", c.name, c.hint, got, c.want)
				}
				for _, x := range list {
					if x.Stale {
						t.Errorf("%v is stale", x)
					}
				}
				r.Close()
			})
		})
	}
}

// RFC 5922 §4: a certificate must name the domain that was asked for, not what SRV says.
func TestNameForTLS_RFC5922_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := resolver(t, newZone(t, carrier()...))
		first := targets(t, r, "carrier.example", locate.Any)[0]
		if first.Name != "carrier.example" || first.Host != "s.carrier.example" || first.Transport != flow.TLS {
			t.Errorf("%+v", first)
		}
		r.Close()
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		z.rcode["lame.example."] = dns.RcodeServerFailure
		r := resolver(t, z, func(c *locate.Config) { c.Families = locate.OnlyIPv4 })
		for name, kind := range map[string]locate.Kind{
			"": locate.BadName, "a b": locate.BadName, "192.0.2": locate.BadName, "x:0": locate.BadName, "x:": locate.BadName, "[::1": locate.BadName,
			"café.example": locate.BadName, "x:99999": locate.BadName, "[plain.example]": locate.BadName, strings.Repeat("a", 64) + ".x": locate.BadName,
			"missing.example": locate.NoSuchName, "six.example": locate.NoAddress, "never.example": locate.NotOffered, "lame.example": locate.NoServer,
			"2001:db8::1": locate.NoAddress,
		} {
			list, err := r.Targets(t.Context(), name, locate.Any)
			var why *locate.Error
			if !errors.As(err, &why) || why.Kind != kind || len(list) > 0 {
				t.Errorf("%q: %v, %v; want %s", name, list, err, kind)
				continue
			}
			if !strings.HasSuffix(why.Sentence(), ".") || len(why.Remedy()) < 10 {
				t.Errorf("%q: %q %q", name, why.Sentence(), why.Remedy())
			}
		}
		if _, err := r.Targets(t.Context(), "plain.example", "sctp"); err == nil {
			t.Error("an unknown transport was taken")
		}
		r.Close()
	})
}

// The Internet goes: what was known is served at once, marked stale, for as long as Keep says; and it is confirmed as soon as it is back.
func TestOutlivesTheInternet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		r := resolver(t, z, func(c *locate.Config) { c.Keep = 10 * 24 * time.Hour })
		before := show(targets(t, r, "carrier.example", locate.Any))
		z.with(func() { z.down = true })
		for day := range 9 {
			time.Sleep(24 * time.Hour)
			began := time.Now()
			list := targets(t, r, "carrier.example", locate.Any)
			if took := time.Since(began); took != 0 {
				t.Fatalf("day %d: a call waited %s for DNS", day, took)
			}
			if show(list) != before || !list[0].Stale {
				t.Fatalf("day %d: %v", day, list)
			}
		}
		if n := z.count("NAPTR"); n > 9*24*60+10 {
			t.Errorf("%d lookups without the Internet: more than one a minute", n)
		}
		z.with(func() { z.down = false })
		time.Sleep(61*time.Second + time.Second)
		if list := targets(t, r, "carrier.example", locate.Any); show(list) != before || list[0].Stale {
			t.Fatalf("back: %v", list)
		}
		z.with(func() { z.down = true })
		time.Sleep(11 * 24 * time.Hour)
		began := time.Now()
		if list, err := r.Targets(t.Context(), "carrier.example", locate.Any); err == nil {
			t.Errorf("after Keep: %v", list)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %s to say so", took)
		}
		r.Close()
	})
}

// A router that lost its line often says that no name exists: that replaces a good answer only when it is heard for an hour.
func TestDenialIsNotBelievedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		r := resolver(t, z)
		targets(t, r, "plain.example", locate.Any)
		z.with(func() { z.deny = true })
		time.Sleep(50 * time.Minute)
		if list := targets(t, r, "plain.example", locate.Any); !list[0].Stale {
			t.Errorf("%v", list)
		}
		time.Sleep(30 * time.Minute)
		if list, err := r.Targets(t.Context(), "plain.example", locate.Any); err == nil {
			t.Errorf("an hour later: %v", list)
		}
		z.with(func() { z.deny = false })
		time.Sleep(time.Minute)
		targets(t, r, "plain.example", locate.Any)
		r.Close()
	})
}

// NAPTR wants TLS; a lookup in which nobody answers NAPTR does not bring the trunk to UDP.
func TestHalfAnAnswerDoesNotDowngrade_RFC3263_4_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		r := resolver(t, z)
		before := show(targets(t, r, "carrier.example", locate.Any))
		z.with(func() { z.mute[dns.TypeNAPTR] = true })
		time.Sleep(10 * time.Minute)
		if got := show(targets(t, r, "carrier.example", locate.Any)); got != before {
			t.Errorf("got %s\nwant %s", got, before)
		}
		// A server that never answers NAPTR: SRV is used, within two seconds.
		fresh := resolver(t, z)
		began := time.Now()
		if got := show(targets(t, fresh, "carrier.example", locate.Any)); !strings.HasPrefix(got, "UDP/192.0.2.1:5060") {
			t.Errorf("fresh: %s", got)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
		r.Close()
		fresh.Close()
	})
}

// RFC 1035 §3.2.1: a TTL is kept to, within a floor and a ceiling; the answer is asked for again before it runs out.
func TestRefreshBeforeExpiry_RFC1035_3_2_1(t *testing.T) {
	for ttl, every := range map[string]time.Duration{"1": 24 * time.Second, "300": 240 * time.Second, "9999999": 69120 * time.Second} {
		t.Run(ttl, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := newZone(t, "plain.example. "+ttl+" IN A 192.0.2.9")
				z.with(func() { z.takes = 0 })
				r := resolver(t, z)
				targets(t, r, "plain.example:5060", locate.Any)
				z.set("plain.example. " + ttl + " IN A 192.0.2.10")
				time.Sleep(every - time.Second)
				if n := z.count("A"); n != 1 {
					t.Errorf("asked %d times too early", n)
				}
				time.Sleep(2 * time.Second)
				if n := z.count("A"); n != 2 {
					t.Errorf("asked %d times", n)
				}
				list := targets(t, r, "plain.example:5060", locate.Any)
				if show(list) != "UDP/192.0.2.10:5060" || list[0].Stale {
					t.Errorf("%v", list)
				}
				r.Close()
			})
		})
	}
}

func TestOneLookupForManyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		r := resolver(t, z)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { targets(t, r, "plain.example:5060", locate.Any) })
		}
		wg.Wait()
		if n := z.count("A"); n != 1 {
			t.Errorf("%d lookups", n)
		}
		// A name that is not there is not asked for again by each call.
		for range 50 {
			if _, err := r.Targets(t.Context(), "missing.example:5060", locate.Any); err == nil {
				t.Fatal("found")
			}
		}
		if n := z.count("A"); n != 2 {
			t.Errorf("%d lookups", n)
		}
		r.Close()
	})
}

// A caller that gives up leaves at once; the lookup goes on for the next one.
func TestCallerThatGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		z.with(func() { z.takes = 400 * time.Millisecond })
		r := resolver(t, z)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := r.Targets(ctx, "plain.example:5060", locate.Any); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(began); took != 100*time.Millisecond {
			t.Errorf("waited %s", took)
		}
		targets(t, r, "plain.example:5060", locate.Any)
		if n := z.count("A"); n != 1 {
			t.Errorf("%d lookups", n)
		}
		r.Close()
	})
}

// RFC 3263 §4.3: a target that failed is tried last, until it worked or its time is over.
func TestFailedIsTriedLast_RFC3263_4_3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := resolver(t, newZone(t, carrier()...))
		list := targets(t, r, "carrier.example", locate.UDP)
		whole := show(list)
		r.Failed(list[0], time.Now().Add(30*time.Second))
		if got := targets(t, r, "carrier.example", locate.UDP); got[0] != list[1] || got[2] != list[0] {
			t.Errorf("%v", got)
		}
		r.Worked(list[0])
		if got := show(targets(t, r, "carrier.example", locate.UDP)); got != whole {
			t.Errorf("worked: %s", got)
		}
		r.Failed(list[0], time.Now().Add(30*time.Second))
		time.Sleep(30 * time.Second)
		if got := show(targets(t, r, "carrier.example", locate.UDP)); got != whole {
			t.Errorf("forgiven: %s", got)
		}
		// All failed: the one whose time is over first comes first. Calls are still placed.
		for i, x := range list {
			r.Failed(x, time.Now().Add(time.Duration(len(list)-i)*time.Minute))
		}
		if got := targets(t, r, "carrier.example", locate.UDP); got[0] != list[2] || len(got) != 3 {
			t.Errorf("%v", got)
		}
		r.Close()
	})
}

// RFC 2782: within one priority the weights are the shares of the calls, and a weight of 0 gets almost none.
func TestWeights_RFC2782(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		for i, weight := range []int{60, 30, 10, 0} {
			lines = append(lines, fmt.Sprintf("_sip._udp.w.example. 300 IN SRV 1 %d 5060 h%d.example.", weight, i), fmt.Sprintf("h%d.example. 300 IN A 192.0.2.%d", i, i+1))
		}
		r := resolver(t, newZone(t, lines...))
		first := map[netip.Addr]int{}
		const draws = 10000
		for range draws {
			list := targets(t, r, "w.example", locate.UDP)
			if len(list) != 4 {
				t.Fatal(list)
			}
			first[list[0].Addr.Addr()]++
		}
		for addr, share := range map[string]float64{"192.0.2.1": .60, "192.0.2.2": .30, "192.0.2.3": .10, "192.0.2.4": .01} {
			if got := float64(first[netip.MustParseAddr(addr)]) / draws; got < share-.03 || got > share+.03 {
				t.Errorf("%s came first in %.3f of the calls, want %.2f", addr, got, share)
			}
		}
		r.Close()
	})
}

func TestFamilies_RFC8421_4(t *testing.T) {
	lines := []string{
		"d.example. 300 IN A 192.0.2.1", "d.example. 300 IN A 192.0.2.2", "d.example. 300 IN A 192.0.2.3",
		"d.example. 300 IN AAAA 2001:db8::1", "d.example. 300 IN AAAA 2001:db8::2",
	}
	for f, want := range map[locate.Families]string{
		locate.IPv4First: "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2 192.0.2.3",
		locate.IPv6First: "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3",
		locate.OnlyIPv4:  "192.0.2.1 192.0.2.2 192.0.2.3",
		locate.OnlyIPv6:  "2001:db8::1 2001:db8::2",
	} {
		synctest.Test(t, func(t *testing.T) {
			z := newZone(t, lines...)
			r := resolver(t, z, func(c *locate.Config) { c.Families = f })
			var got []string
			for _, x := range targets(t, r, "d.example:5060", locate.Any) {
				got = append(got, x.Addr.Addr().String())
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%d: %s, want %s", f, got, want)
			}
			if f == locate.OnlyIPv4 && z.count("AAAA") > 0 || f == locate.OnlyIPv6 && z.count("A") > 0 {
				t.Errorf("%d: asked for a family the box does not have", f)
			}
			r.Close()
		})
	}
}

// What arrives and what is asked is bounded.
func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		for i := range 60 {
			lines = append(lines, fmt.Sprintf("_sip._udp.big.example. 300 IN SRV 1 1 5060 h%d.example.", i))
			for j := range 40 {
				lines = append(lines, fmt.Sprintf("h%d.example. 300 IN A 192.0.%d.%d", i, i, j+1))
			}
		}
		for i := range 20 {
			lines = append(lines, fmt.Sprintf("c%d.example. 300 IN CNAME c%d.example.", i, i+1))
		}
		lines = append(lines, "c20.example. 300 IN A 192.0.2.1", "loop.example. 300 IN CNAME loop.example.")
		r := resolver(t, newZone(t, lines...))
		if n := len(targets(t, r, "big.example", locate.UDP)); n != 32 {
			t.Errorf("%d targets", n)
		}
		for _, name := range []string{"c0.example:5060", "loop.example:5060"} {
			if list, err := r.Targets(t.Context(), name, locate.Any); err == nil {
				t.Errorf("%s: %v", name, list)
			}
		}
		if got := show(targets(t, r, "c15.example:5060", locate.Any)); got != "UDP/192.0.2.1:5060" {
			t.Error(got)
		}
		for i := range 600 { // far more names than are kept
			if _, err := r.Targets(t.Context(), fmt.Sprintf("n%d.example:5060", i), locate.Any); err == nil {
				t.Fatal("found")
			}
		}
		if n := len(r.Names()); n > 256 {
			t.Errorf("%d names kept", n)
		}
		r.Close()
	})
}

func TestNamesForDoctor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		r := resolver(t, z)
		targets(t, r, "plain.example", locate.UDP)
		_, _ = r.Targets(t.Context(), "missing.example", locate.Any)
		z.with(func() { z.down = true })
		time.Sleep(10 * time.Minute)
		list := r.Names()
		i := slices.IndexFunc(list, func(n locate.Name) bool { return n.Name == "plain.example;transport=udp" })
		if len(list) != 2 || i < 0 {
			t.Fatalf("%+v", list)
		}
		if n := list[i]; !n.Stale || n.Hosts != 1 || n.Problem == nil || n.Problem.Kind != locate.NoServer || n.Age < 6*time.Minute {
			t.Errorf("%+v", n)
		}
		if n := list[1-i]; n.Hosts != 0 || n.Problem == nil || n.Problem.Kind != locate.NoSuchName {
			t.Errorf("%+v", n)
		}
		r.Close()
	})
}
