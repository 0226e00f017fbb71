package presence

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/statepage"
)

func ids(leg plan.LegID) (callID, local, remote string, ok bool) {
	return "call-of-" + string(leg), "phone", "box", true
}

func calls(l ...exchange.LampDialog) []exchange.LampDialog { return l }

// Every kind of document is held, as the makes of phone get it.
func TestDocuments_RFC4235_4_RFC3842_5_RFC3863_4(t *testing.T) {
	ringing := exchange.LampDialog{Leg: "o3-000001", State: "early", With: "203"}
	talking := exchange.LampDialog{Leg: "i3-000002", State: "confirmed", Outgoing: true}
	for _, c := range []struct {
		name  string
		topic Package
		agent string
		known Known
		shown Shown
		want  Shown
	}{
		{"idle", Dialogs, "", Known{Lamp: exchange.LampGreen}, "", Idle},
		{"ringing", Dialogs, "", Known{Lamp: exchange.LampRed, Dialogs: calls(ringing)}, "", Ringing},
		{"on-its-way", Dialogs, "", Known{Lamp: exchange.LampRed, Dialogs: calls(exchange.LampDialog{Leg: "o3-000001", State: "trying"})}, "", Ringing},
		{"dialling", Dialogs, "", Known{Lamp: exchange.LampRed, Dialogs: calls(exchange.LampDialog{Leg: "i3-000002", State: "trying", Outgoing: true})}, "", Talking},
		{"ringing-and-talking", Dialogs, "", Known{Lamp: exchange.LampRed, Dialogs: calls(talking, ringing)}, "", Ringing},
		{"red-without-a-call", Dialogs, "", Known{Lamp: exchange.LampRed}, "", Talking},
		{"away", Dialogs, "", Known{Lamp: exchange.LampOrange}, "", Away},
		{"no-information", Dialogs, "", Known{}, "", NoTidings},
		{"polycom-idle", Dialogs, "PolycomVVX-VVX_411-UA/5.9", Known{Lamp: exchange.LampGreen}, "", Idle},
		{"polycom-talking", Dialogs, "PolycomVVX-VVX_411-UA/5.9", Known{Lamp: exchange.LampRed, Dialogs: calls(talking, ringing)}, Idle, Ringing},
		{"grandstream-idle", Dialogs, "Grandstream GXP2170 1.0.11", Known{Lamp: exchange.LampGreen}, "", Idle},
		{"yealink-ringing-outside", Dialogs, "Yealink SIP-T46S 66.86", Known{Lamp: exchange.LampRed, Dialogs: calls(exchange.LampDialog{Leg: "o3-000001", State: "early"})}, "", Ringing},
		{"spa-two-calls", Dialogs, "Cisco/SPA504G-7.6.2", Known{Lamp: exchange.LampRed, Dialogs: calls(talking, ringing)}, "", Ringing},
		{"pidf-open", Presence, "", Known{Lamp: exchange.LampGreen}, "", Idle},
		{"pidf-talking", Presence, "", Known{Lamp: exchange.LampRed, Dialogs: calls(talking)}, "", Talking},
		{"pidf-away", Presence, "", Known{Lamp: exchange.LampOrange}, "", Away},
		{"pidf-no-information", Presence, "", Known{Lamp: exchange.LampNone}, "", NoTidings},
		{"mwi-none", Summary, "", Known{}, "", ""},
		{"mwi", Summary, "", Known{Mailbox: true, New: 2, Old: 8}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fresh()
			s.Topic, s.Agent, s.Edition, s.Shown = Topic{Package: c.topic}, c.agent, 5, c.shown
			d := s.Write(c.known, "192.0.2.1:5060", ids)
			if d.Shown != c.want || d.More || d.ContentType != c.topic.ContentType() {
				t.Errorf("%+v", d)
			}
			statepage.Golden(t, filepath.Join("testdata", c.name+".txt"), string(d.Body))
		})
	}
}

func TestIdleComesFirstWhereItMust(t *testing.T) {
	ringing := Known{Lamp: exchange.LampRed, Dialogs: calls(exchange.LampDialog{Leg: "a", State: "early"})}
	for _, c := range []struct {
		agent   string
		shown   Shown
		edition uint32
		first   bool
	}{
		{"Polycom", Talking, 5, true},
		{"Polycom", Nothing, 5, true},
		{"Polycom", Nothing, 1, false},
		{"Polycom", Idle, 5, false},
		{"Polycom", Ringing, 5, false},
		{"Yealink", Talking, 5, false},
	} {
		s := fresh()
		s.Agent, s.Shown, s.Edition = c.agent, c.shown, c.edition
		d := s.Write(ringing, "h", nil)
		if d.More != c.first || (d.Shown == Idle) != c.first {
			t.Errorf("%+v: %+v", c, d)
		}
	}
}

func TestQuirksAreFoundByUserAgent(t *testing.T) {
	for agent, want := range map[string]Quirks{
		"PolycomSoundPointIP-SPIP_335-UA/3.2": {IdleFirst: true, OneDialog: true, IdleDialog: true, Parties: true},
		"Grandstream GXP1625 1.0.7.13":        {IdleDialog: true},
		"Yealink SIP-T23G 44.80.0.20":         {Parties: true},
		"snomD785/10.1.54.13":                 {Parties: true},
		"Linksys/SPA962-6.1.5(a)":             {OneDialog: true, IdleDialog: true, NoPickup: true},
		"Cisco/SPA504G-7.4.9a":                {OneDialog: true, IdleDialog: true, NoPickup: true},
		"Fanvil X4 2.4.0":                     {IdleDialog: true, Parties: true},
		"baresip v1.0.0":                      {},
		"":                                    {},
	} {
		if got := QuirksOf(agent); got != want {
			t.Errorf("%s: %+v", agent, got)
		}
	}
}

func TestAwayAsBusy(t *testing.T) {
	k := Known{Lamp: exchange.LampOrange}
	if sum(k.Lamp, k.calls(Quirks{AwayAsBusy: true})) != Talking || sum(k.Lamp, k.calls(Quirks{})) != Away {
		t.Error("orange")
	}
}

type parsed struct {
	XMLName xml.Name `xml:"urn:ietf:params:xml:ns:dialog-info dialog-info"`
	Entity  string   `xml:"entity,attr"`
	Dialogs []struct {
		ID     string `xml:"id,attr"`
		CallID string `xml:"call-id,attr"`
		State  string `xml:"state"`
	} `xml:"dialog"`
}

// clean is what of a string can be in XML.
func clean(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

// FuzzDialogInfo: any strings in, well-formed XML out, and what was put in is found again.
func FuzzDialogInfo(f *testing.F) {
	f.Add("202", "sip:202@box", "o3-1", "early", "203", "a84b4c76e66710", "Polycom", true)
	f.Add(`<"&'>`, "sip:\x00\xff@x", "", "confirmed", "]]>", "\"/><x", "Grandstream", false)
	f.Add("\u2028\ufffe", "sip:é", "leg", "<state>", "\r\n", "&amp;", "Cisco/SPA", true)
	f.Fuzz(func(t *testing.T, watched, entity, id, st, with, callID, agent string, outgoing bool) {
		s := fresh()
		s.Watched, s.Entity, s.Agent = watched, entity, agent
		k := Known{Lamp: exchange.LampRed, Dialogs: calls(
			exchange.LampDialog{Leg: plan.LegID(id), State: st, With: with, Outgoing: outgoing},
			exchange.LampDialog{Leg: plan.LegID(id + "x"), State: "early", With: with},
		)}
		dialog := func(plan.LegID) (string, string, string, bool) { return callID, with, entity, true }
		for _, topic := range []Package{Dialogs, Presence} {
			s.Topic.Package = topic
			body := s.Write(k, with, dialog).Body
			dec := xml.NewDecoder(strings.NewReader(string(body)))
			for {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%v in %q", err, body)
				}
			}
			if topic != Dialogs {
				continue
			}
			var p parsed
			if err := xml.Unmarshal(body, &p); err != nil {
				t.Fatalf("%v in %q", err, body)
			}
			if n := len(p.Dialogs); n != 2 && (n != 1 || !QuirksOf(agent).OneDialog) {
				t.Fatalf("%d dialogs in %q", n, body)
			}
			if !strings.ContainsAny(entity, "\t\r\n\x7f\ufffd") && clean(entity) == escape(entity) && p.Entity != entity {
				t.Fatalf("%q became %q", entity, p.Entity)
			}
			for _, d := range p.Dialogs {
				if d.State != "trying" && d.State != "early" && d.State != "confirmed" {
					t.Fatalf("state %q", d.State)
				}
			}
		}
		s.Topic.Package = Summary
		for l := range strings.SplitSeq(strings.TrimSuffix(string(s.Write(Known{New: 1, Mailbox: true}, with, nil).Body), "\r\n"), "\r\n") {
			if !strings.Contains(l, ": ") || strings.ContainsAny(l, "\r\n") {
				t.Fatalf("%q", l)
			}
		}
	})
}

// FuzzParseTopic: what is taken can be put back in a header.
func FuzzParseTopic(f *testing.F) {
	f.Add("dialog;id=7;call-id=x")
	f.Add("presence")
	f.Fuzz(func(t *testing.T, event string) {
		topic, ok := ParseTopic(event)
		if !ok {
			return
		}
		again, ok := ParseTopic(topic.header())
		if !ok || again != topic {
			t.Fatal(fmt.Sprintf("%q", event), topic, again)
		}
	})
}
