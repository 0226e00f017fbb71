package sipedge

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/leg/digest"
)

func netipZero() netip.AddrPort    { return netip.AddrPort{} }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func impaired(s uint64) memnet.Link {
	return memnet.Link{Loss: 0.05 * float64(s%5), Duplicate: 0.1, Reorder: 0.2, Hold: 30 * time.Millisecond, Delay: 5 * time.Millisecond, Jitter: 20 * time.Millisecond}
}

func TestRFC3261S10_3TooBriefAndUnregister(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		if r := phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 30); !strings.HasPrefix(r.first, "SIP/2.0 423") || r.get("Min-Expires") != "60" {
			t.Error(r.raw)
		}
		w.expect()
		time.Sleep(time.Second)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300)
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 1})
		time.Sleep(time.Second)
		if r := phone.register("201", "correct horse 201", "*", 0); !strings.HasPrefix(r.first, "SIP/2.0 200") || r.get("Contact") != "" {
			t.Error(r.raw)
		}
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: false, Contacts: 0})
		time.Sleep(time.Second)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 60)
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 1})
		time.Sleep(62 * time.Second)
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: false, Contacts: 0})
	})
}

func TestPhoneOfAnotherExtensionMayNotRegisterThisOne(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		phone.send("REGISTER sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP " + phoneAddr + ";branch=z9hG4bKa;rport\nFrom: <sip:202@x>;tag=r\nTo: <sip:202@x>\nCall-ID: r\nCSeq: 1 REGISTER\nContact: <sip:a@192.0.2.20>\n\n")
		cr, _ := digest.Answer(phone.next("SIP/2.0 401").list("WWW-Authenticate"), "201", "correct horse 201", "REGISTER", "sip:192.0.2.1", "c")
		phone.send("REGISTER sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP " + phoneAddr + ";branch=z9hG4bKb;rport\nFrom: <sip:202@x>;tag=r\nTo: <sip:202@x>\nCall-ID: r\nCSeq: 2 REGISTER\nContact: <sip:a@192.0.2.20>\nAuthorization: " + cr.String() + "\n\n")
		phone.next("SIP/2.0 403")
		w.expect()
	})
}

func TestPasswordsAreNotGuessedForLong(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		for range 10 {
			phone.register("201", "guess", "<sip:201@192.0.2.20:5062>", 300)
			time.Sleep(time.Second)
		}
		if r := phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300); !strings.HasPrefix(r.first, "SIP/2.0 403") {
			t.Error(r.raw)
		}
		time.Sleep(time.Minute)
		if r := phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300); !strings.HasPrefix(r.first, "SIP/2.0 200") {
			t.Error(r.raw)
		}
	})
}

// call places a call from a phone, with the answer to the challenge of the first try.
func (p *peer) dial(id, ext, secret, number string) *call {
	c := p.call(id, "sip:"+ext+"@192.0.2.1", number)
	c.request("INVITE", sdpText(host(p.at), 1, "", "8"))
	r := p.next("SIP/2.0 401")
	c.numbered("ACK", c.cseq)
	cr, err := digest.Answer(r.list("WWW-Authenticate"), ext, secret, "INVITE", c.uri, "c")
	if err != nil {
		p.w.t.Fatal(err)
	}
	c.request("INVITE", "Authorization: "+cr.String(), sdpText(host(p.at), 1, "", "8"))
	return c
}

func TestPhoneCallsWithItsPassword(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300)
		w.heard()
		// A live registration from this very address does not suffice.
		phone.dial("out", "201", "correct horse 201", "0612345678")
		o := w.offered()
		want := exchange.LegOffered{Leg: o.Leg, Origin: exchange.Origin{Kind: exchange.FromExtension, Name: "201"}, Caller: exchange.Caller{Number: "201"}, Dialled: "0612345678", Hops: 70}
		if o != want {
			t.Errorf("%+v", o)
		}
		phone.dial("bad", "201", "guess", "15")
		phone.next("SIP/2.0 401")
		w.expect()
	})
}

func TestStrangerIsAskedForAPasswordLikeEverybody(t *testing.T) {
	inWorld(t, func(w *world) {
		stranger := w.peer(strangeAddr)
		var answers []string
		for _, ext := range []string{"201", "999"} {
			c := stranger.call("s"+ext, "sip:"+ext+"@192.0.2.1", ext)
			c.request("INVITE", sdpText("192.0.2.99", 1, "", "8"))
			r := stranger.next("SIP/2.0 4")
			answers = append(answers, fmt.Sprint(r.first, len(r.head)))
			c.ack()
		}
		if answers[0] != answers[1] {
			t.Errorf("%v", answers)
		}
		w.expect()
	})
}

func TestCallerOfACarrier(t *testing.T) {
	for name, c := range map[string]struct {
		from  string
		extra []string
		pai   bool
		want  exchange.Caller
	}{
		"national":     {"sip:0612345678@x", nil, false, exchange.Caller{Number: "+33612345678"}},
		"00":           {"sip:0044201234567@x", nil, false, exchange.Caller{Number: "+44201234567"}},
		"anonymous":    {"sip:anonymous@anonymous.invalid", nil, false, exchange.Caller{Withheld: true}},
		"privacy":      {"sip:0612345678@x", []string{"Privacy: id"}, false, exchange.Caller{Withheld: true}},
		"pai trusted":  {"sip:anonymous@anonymous.invalid", []string{`P-Asserted-Identity: "Ana" <sip:+33612345678@x>`}, true, exchange.Caller{Number: "+33612345678", Name: "Ana"}},
		"pai not read": {"sip:0699999999@x", []string{`P-Asserted-Identity: <sip:+33612345678@x>`}, false, exchange.Caller{Number: "+33699999999"}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := site()
				if c.pai {
					s.Trunks[0].Identity = "pai"
				}
				w.edge.Apply(s)
				carrier := w.peer(carrierAddr)
				k := carrier.call("who", c.from, "0140506070")
				k.request("INVITE", append(c.extra, sdpText("198.51.100.9", 1, "", "8"))...)
				if o := w.offered(); o.Caller != c.want || o.Dialled != "+33140506070" {
					t.Errorf("%+v", o)
				}
			})
		})
	}
}

func TestIdentityShownToTheCarrier(t *testing.T) {
	for name, c := range map[string]struct {
		caller    exchange.Caller
		from, pai string
	}{
		"allowed":     {exchange.Caller{Number: "+33140506071"}, "<sip:+33140506071@", "<sip:+33140506071@"},
		"not allowed": {exchange.Caller{Number: "+33699999999"}, "<sip:+33140506070@", "<sip:+33140506070@"},
		"withheld":    {exchange.Caller{Number: "+33140506071", Withheld: true}, `"Anonymous" <sip:anonymous@anonymous.invalid>`, "<sip:+33140506071@"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				carrier := w.peer(carrierAddr)
				w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}, Caller: c.caller})
				inv := carrier.next("INVITE sip:+33612345678@")
				if !strings.HasPrefix(inv.get("From"), c.from) || !strings.HasPrefix(inv.get("P-Asserted-Identity"), c.pai) || c.caller.Withheld != (inv.get("Privacy") == "id") {
					t.Error(inv.raw)
				}
			})
		})
	}
}

func TestQualify(t *testing.T) {
	inWorld(t, func(w *world) {
		s := site()
		s.Trunks[0].Qualify = 10 * time.Second
		w.edge.Apply(s)
		carrier := w.peer(carrierAddr)
		carrier.reply(carrier.next("OPTIONS"), "200 OK", "o")
		w.expect(exchange.TrunkReachable{Trunk: "carrier", Reachable: true})
		carrier.reply(carrier.next("OPTIONS"), "404 Not Found", "o") // somebody is there
		w.expect()
		w.net.DropWhen(func(netip.AddrPort, netip.AddrPort, []byte) bool { return true })
		time.Sleep(61 * time.Second)
		w.expect(exchange.TrunkReachable{Trunk: "carrier", Reachable: false, Reason: "no server answers"})
		w.net.DropWhen(nil)
		carrier.next("OPTIONS")
		time.Sleep(10 * time.Second)
		for range 20 {
			carrier.reply(carrier.next("OPTIONS"), "200 OK", "o")
			if in := w.heard(); len(in) > 0 {
				if in[0] != (exchange.TrunkReachable{Trunk: "carrier", Reachable: true}) {
					t.Errorf("%v", in)
				}
				return
			}
		}
		t.Error("never back")
	})
}

func TestReload(t *testing.T) {
	inWorld(t, func(w *world) {
		phone, carrier := w.peer(phoneAddr), w.peer(carrierAddr)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300)
		w.heard()
		_, id := w.up(carrier, "stays")
		s := site()
		s.Trunks, s.Accounts = nil, s.Accounts[1:]
		w.edge.Apply(s)
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: false})
		c := carrier.call("new", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		carrier.next("SIP/2.0 401")
		w.edge.HangUp(exchange.HangUp{Leg: id})
		carrier.reply(carrier.next("BYE"), "200 OK", "")
		w.expect(exchange.LegEnded{Leg: id, Cause: exchange.EndedByBox})
	})
}
