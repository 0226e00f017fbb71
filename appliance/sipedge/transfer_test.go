package sipedge

import (
	"fmt"
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg/digest"
)

// onPhone registers an extension and puts a call through to it.
func (w *world) onPhone(p *peer, ext string, leg plan.LegID) *call {
	w.t.Helper()
	w.edge.Ring(exchange.Ring{Leg: leg, To: exchange.Destination{Extension: ext}, Caller: exchange.Caller{Number: "+33612345678"}})
	inv := p.next("INVITE")
	p.reply(inv, "200 OK", "t-"+string(leg), p.contact(), sdpText(host(p.at), 1, "", "8"))
	p.next("ACK")
	w.expect(exchange.LegAnswered{Leg: leg})
	return &call{p: p, id: inv.get("Call-ID"), from: inv.get("To") + ";tag=t-" + string(leg), to: inv.get("From"), uri: strings.Trim(inv.get("Contact"), "<>"), cseq: 100}
}

func (w *world) phone201() *peer {
	w.t.Helper()
	p := w.peer(phoneAddr)
	p.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 600)
	w.heard()
	return p
}

func TestRFC3515BlindTransferByAPhone(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone201()
		c := w.onPhone(p, "201", "o3-1")
		c.request("REFER", "Refer-To: <sip:202@192.0.2.1>", "Referred-By: <sip:201@192.0.2.1>")
		w.expect(exchange.LegReferred{Leg: "o3-1", Refer: 1, To: "202", By: "201"})
		if !w.edge.Carry(exchange.ReferTold{Leg: "o3-1", Refer: 1, State: exchange.ReferAccepted}) {
			t.Fatal("not carried")
		}
		p.next("SIP/2.0 202")
		n := p.next("NOTIFY")
		if n.get("Event") != "refer" || n.get("Content-Type") != "message/sipfrag;version=2.0" || n.body != "SIP/2.0 100 Trying\r\n" {
			t.Error(n.raw)
		}
		p.reply(n, "200 OK", "")
		w.edge.Carry(exchange.ReferTold{Leg: "o3-1", Refer: 1, State: exchange.ReferDone})
		n = p.next("NOTIFY")
		if n.get("Subscription-State") != "terminated;reason=noresource" || n.body != "SIP/2.0 200 OK\r\n" {
			t.Error(n.raw)
		}
		p.reply(n, "200 OK", "")
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		p.reply(p.next("BYE"), "200 OK", "")
		w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})

		for to, status := range map[string]string{"": "400", "Refer-To: <http://x>": "416", "Refer-To: <sip:1@x;method=BYE>": "403", "r: <sip:1@x>\nr: <sip:2@x>": "400"} {
			c := w.onPhone(p, "201", plan.LegID("o3-x"+status+fmt.Sprint(len(to))))
			if to == "" {
				c.request("REFER")
			} else {
				c.request("REFER", to)
			}
			p.next("SIP/2.0 " + status)
			c.request("BYE")
			p.next("SIP/2.0 200")
			w.heard()
		}
	})
}

func TestRFC5589S7_3AttendedTransferByAPhone(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone201()
		c1 := w.onPhone(p, "201", "o3-1")
		c2 := w.onPhone(p, "201", "o3-2")
		replaces := func(from string) string {
			_, ours, _ := strings.Cut(c2.to, ";tag=")
			return fmt.Sprintf("Refer-To: <sip:202@192.0.2.1?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s>", c2.id, ours, from)
		}
		c1.request("REFER", replaces("t-o3-2"))
		w.expect(exchange.LegReferred{Leg: "o3-1", Refer: 1, To: "202", Replaces: "o3-2"})
		w.edge.ReferTold(exchange.ReferTold{Leg: "o3-1", Refer: 1, State: exchange.ReferRefused, Reason: exchange.RefusedForbidden})
		p.next("SIP/2.0 403")
		// Somebody else's tag: not this dialog.
		c1.request("REFER", replaces("other"))
		p.next("SIP/2.0 202")
		for _, want := range []string{"SIP/2.0 100 Trying\r\n", "SIP/2.0 481 Call/Transaction Does Not Exist\r\n"} {
			if n := p.next("NOTIFY"); n.body != want || n.get("Event") != fmt.Sprintf("refer;id=%d", c1.cseq) {
				t.Error(n.raw)
			}
		}
		w.expect()
		c1.request("REFER", "Refer-To: <sip:202@192.0.2.1?Replaces=nonsense>")
		p.next("SIP/2.0 400")
	})
}

// invite sends an INVITE with a password. It returns the refusal when it was not asked for one.
func (c *call) invite(w *world, ext string, more ...string) *text {
	w.t.Helper()
	more = append(more, sdpText(host(c.p.at), 1, "", "8"))
	c.request("INVITE", more...)
	res := c.p.next("SIP/2.0 4")
	c.numbered("ACK", c.cseq)
	if !strings.HasPrefix(res.first, "SIP/2.0 401") {
		return res
	}
	cr, err := digest.Answer(res.list("WWW-Authenticate"), ext, "correct horse "+ext, "INVITE", c.uri, "0a4f113b")
	if err != nil {
		w.t.Fatal(err)
	}
	c.request("INVITE", append([]string{"Authorization: " + cr.String()}, more...)...)
	return nil
}

func TestRFC3891S3ReplacesOfAPhone(t *testing.T) {
	inWorld(t, func(w *world) {
		p, other := w.phone201(), w.peer(phone2Addr)
		c := w.onPhone(p, "201", "o3-1")
		_, ours, _ := strings.Cut(c.to, ";tag=")
		up := fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=t-o3-1", c.id, ours)
		n := 0
		try := func(header string) *text {
			n++
			o := other.call(fmt.Sprint("take", n), "sip:202@192.0.2.1", "pickup")
			if refused := o.invite(w, "202", strings.Split(header, "\n")...); refused != nil {
				return refused
			}
			for {
				r := other.next("SIP/2.0")
				if r.get("Call-ID") == o.id && r.get("CSeq") == fmt.Sprint(o.cseq, " INVITE") && !strings.HasPrefix(r.first, "SIP/2.0 100") {
					o.numbered("ACK", o.cseq)
					return r
				}
			}
		}
		for header, status := range map[string]string{
			"Replaces: none;to-tag=1;from-tag=2":                             "481",
			fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=other", c.id, ours): "481",
			"Replaces: nonsense":                 "400",
			up + "\n" + up:                       "400",
			up + "\nJoin: x;to-tag=1;from-tag=2": "400",
			up + ";early-only":                   "486",
		} {
			if r := try(header); !strings.HasPrefix(r.first, "SIP/2.0 "+status) {
				t.Errorf("%s: %s, want %s", header, r.first, status)
			}
		}
		w.expect()
		o := other.call("taken", "sip:202@192.0.2.1", "pickup")
		o.invite(w, "202", "Require: replaces", up)
		if offer := w.offered(); offer.Replaces != "o3-1" || offer.Origin.Name != "202" {
			t.Errorf("%+v", offer)
		}
		// A phone of ours that rings is taken over too; a caller that is not answered is not.
		w.edge.Ring(exchange.Ring{Leg: "o3-2", To: exchange.Destination{Extension: "201"}})
		inv := p.next("INVITE")
		p.reply(inv, "180 Ringing", "rings")
		w.heard()
		o = other.call("picked", "sip:202@192.0.2.1", "pickup")
		o.invite(w, "202", fmt.Sprintf("Replaces: %s;early-only;to-tag=%s;from-tag=rings", inv.get("Call-ID"), inv.tag("From")))
		if offer := w.offered(); offer.Replaces != "o3-2" {
			t.Errorf("%+v", offer)
		}
		carrier := w.peer(carrierAddr)
		in := carrier.call("in", "sip:0612345678@x", "+33140506070")
		in.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		waiting := w.offered()
		w.edge.Progress(exchange.Progress{Leg: waiting.Leg})
		rings := carrier.next("SIP/2.0 180")
		if r := try(fmt.Sprintf("Replaces: in;to-tag=%s;from-tag=f-in", rings.tag("To"))); !strings.HasPrefix(r.first, "SIP/2.0 481") {
			t.Error(r.first)
		}
		// A carrier takes over nothing.
		x := carrier.call("x", "sip:0612345678@x", "+33140506070")
		x.request("INVITE", up, sdpText("198.51.100.9", 1, "", "8"))
		carrier.next("SIP/2.0 403")
		// What has ended is declined.
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		p.next("BYE")
		w.heard()
		if r := try(up); !strings.HasPrefix(r.first, "SIP/2.0 603") {
			t.Error(r.first)
		}
	})
}

func TestRFC3261S16_3HopsGoThrough(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}, Hops: 12})
		if inv := carrier.next("INVITE"); strings.Join(inv.list("Max-Forwards"), ",") != "12" {
			t.Error(inv.raw)
		}
		w.ring("o3-2", "+33612345678")
		if inv := carrier.next("INVITE"); inv.get("Max-Forwards") != "70" {
			t.Error(inv.raw)
		}
		c := carrier.call("loop", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Refuse(exchange.Refuse{Leg: o.Leg, Reason: exchange.RefusedLoop})
		carrier.next("SIP/2.0 483")
	})
}

func TestReadReferTo(t *testing.T) {
	for v, want := range map[string]target{
		"sip:202@192.0.2.1":          {user: "202"},
		`"A < B" <sip:202@x;user=p>`: {user: "202"},
		"<sips:%2A97@x>":             {user: "*97"},
		"<tel:+33140506070;ext=1>":   {user: "+33140506070"},
		"<sip:202:pw@x?Subject=y&replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>": {user: "202", replaces: "a@b;to-tag=1;from-tag=2"},
		"<sip:x?Replaces=a>":              {replaces: "a"},
		"<sip:202@x;method=INVITE>":       {user: "202"},
		"<sip:202@x;method=SUBSCRIBE>":    {status: 403},
		"<sip:202@x":                      {status: 400},
		"<sip:@x>":                        {status: 400},
		"<mailto:a@b>":                    {status: 416},
		"":                                {status: 400},
		"<sip:1@x?Replaces=%zz>":          {status: 400},
		"<sip:1@x?Replaces=a&Replaces=b>": {status: 400},
	} {
		if got := readReferTo(v); got != want {
			t.Errorf("%s: %+v, want %+v", v, got, want)
		}
	}
}

func FuzzReferTo(f *testing.F) {
	f.Add(`"A" <sip:202@x;method=INVITE?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>`)
	f.Add("tel:+331")
	f.Fuzz(func(t *testing.T, v string) {
		got := readReferTo(v)
		if got.status != 0 && got != (target{status: got.status}) || got.status == 0 && got.user == "" && got.replaces == "" && !strings.Contains(strings.ToLower(v), "tel:") {
			t.Errorf("%q: %+v", v, got)
		}
		if n, ok := readReplaces(got.replaces); ok && (n.callID == "" || n.ours == "" || n.theirs == "") {
			t.Errorf("%q: %+v", got.replaces, n)
		}
	})
}
