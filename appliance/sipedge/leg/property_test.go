package leg

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"autocom/appliance/exchange"

	"pgregory.net/rapid"
)

// anything draws an input that a peer, the exchange or a timer could bring, mostly fitting the state and sometimes not.
func anything(t *rapid.T, d *driver, tx Tx) Input {
	k := Kind(rapid.IntRange(int(KindReinvite), int(kinds)-1).Draw(t, "kind"))
	s := d.s
	seq := s.Dialog.RemoteSeq + uint32(rapid.IntRange(0, 2).Draw(t, "seq"))
	m := inDialog("X", seq, nil)
	m.CallID, m.To.Tag, m.From.Tag = s.Dialog.CallID, s.Dialog.Local.Tag, s.Dialog.Remote.Tag
	if rapid.IntRange(0, 9).Draw(t, "stranger") == 0 {
		m.From.Tag = "stranger"
	}
	describes := rapid.SampledFrom([]string{"", "sendrecv/8", "sendonly/8", "inactive/0 8", "recvonly/0", "sendrecv/18"}).Draw(t, "sdp")
	if describes != "" {
		var dir, codecs string
		for i := range describes {
			if describes[i] == '/' {
				dir, codecs = describes[:i], describes[i+1:]
			}
		}
		m.Body, m.BodyType = describe(dir, codecs), sdpType
	}
	switch k {
	case KindReinvite, KindUpdate:
		m.Extra = rapid.SampledFrom([][]Header{nil, {{"Supported", "timer"}, {"Session-Expires", "60"}}, {{"Supported", "timer"}, {"Session-Expires", "120;refresher=uac"}}}).Draw(t, "interval")
		if k == KindUpdate {
			return UpdateReceived{tx, m}
		}
		return ReinviteReceived{tx, m}
	case KindAck:
		if s.Owed != nil {
			m.CSeq = s.Owed.CSeq
		}
		return AckReceived{m}
	case KindBye:
		return ByeReceived{tx, m}
	case KindInfo:
		m.BodyType, m.Body = "application/dtmf", []byte("5")
		return InfoReceived{tx, m}
	case KindOptions:
		return OptionsReceived{tx, m}
	case KindPrack:
		m.Extra = []Header{{"RAck", fmt.Sprintf("%d %d INVITE", s.RSeq, s.InviteSeq)}}
		return PrackReceived{tx, m}
	case KindOther:
		return OtherReceived{tx, m}
	case KindResponse, KindFailed:
		vias := []string{"z9hG4bKnone"}
		methods := map[string]string{"z9hG4bKnone": "INVITE"}
		for _, b := range s.Branches {
			vias, methods[b.Invite.Via] = append(vias, b.Invite.Via), "INVITE"
		}
		for _, p := range s.Pending {
			vias, methods[p.Msg.Via] = append(vias, p.Msg.Via), p.Msg.Method
		}
		via := rapid.SampledFrom(vias).Draw(t, "via")
		if k == KindFailed {
			return TransactionFailed{via, rapid.Bool().Draw(t, "timeout")}
		}
		return ResponseReceived{via, Response{
			Status: rapid.SampledFrom([]int{100, 180, 183, 200, 200, 401, 407, 408, 405, 422, 481, 486, 491, 500, 503, 603}).Draw(t, "status"),
			Method: methods[via], CallID: s.Dialog.CallID, CSeq: 1, ToTag: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "tag"), Contact: "sip:p@192.0.2.20",
			Body: m.Body, BodyType: m.BodyType, Extra: append([]Header{{"WWW-Authenticate", "Digest"}, {"Proxy-Authenticate", "Digest"}},
				rapid.SampledFrom([][]Header{nil, {{"Require", "100rel"}, {"RSeq", "1"}}, {{"Require", "100rel"}, {"RSeq", "2"}}, {{"Session-Expires", "600;refresher=uac"}, {"Allow", "UPDATE"}, {"Min-SE", "700"}}, {{"Session-Expires", "600;refresher=uas"}}}).Draw(t, "extra")...),
		}}
	case KindTimer:
		return TimerFired{Timer{TimerKind(rapid.IntRange(0, int(TimerFarewell)).Draw(t, "timer")), rapid.IntRange(0, 1).Draw(t, "branch")}}
	case KindPlace, KindPortOpened, KindAuthorized, KindResume: // their owner brings these only when asked
		return Progress{Early: rapid.Bool().Draw(t, "early")}
	case KindReoffer:
		d.port.Port += 2 * rapid.IntRange(0, 1).Draw(t, "moved")
		return Reoffer{}
	default:
		return sample(k, d)
	}
}

// TestAnySequence throws anything at a leg, in any order: it never panics, tells its end at most once and nothing after it, gives back its port,
// answers each request exactly once, and can be written down at every moment.
func TestAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDriver()
		ends, ports := 0, 0
		var tx Tx = 100
		look := func(in Input, effects []Effect) {
			for _, e := range effects {
				switch e := e.(type) {
				case OpenPort:
					ports = 1
				case ClosePort:
					ports = 0
				case UpdatePort:
					if ports == 0 {
						t.Fatalf("%T: a closed port is updated", in)
					}
				case Tell:
					if ends > 0 {
						t.Fatalf("%T: told %+v after the end", in, e.Input)
					}
					switch e.Input.(type) {
					case exchange.LegEnded, exchange.LegRefused:
						ends++
					}
				}
			}
		}
		began := invite()
		began.Msg.Extra = rapid.SampledFrom([][]Header{nil, {{"Supported", "100rel, timer"}}, {{"Require", "100rel"}, {"Allow", "UPDATE"}}}).Draw(t, "extra")
		began.Policy.Reliable = rapid.SampledFrom([]Reliability{ReliableWhenAsked, ReliableWhenAble}).Draw(t, "reliable")
		if rapid.IntRange(0, 3).Draw(t, "delayed") == 0 {
			began.Msg.Body = nil
		}
		first := Input(began)
		if rapid.Bool().Draw(t, "outgoing") {
			p := place(rapid.IntRange(1, 3).Draw(t, "contacts"))
			for i := range p.Contacts {
				p.Contacts[i].Turn = rapid.IntRange(0, 1).Draw(t, "turn")
			}
			p.Policy.GiveUp = time.Duration(rapid.IntRange(0, 1).Draw(t, "give up")) * time.Second
			first = p
		}
		look(first, d.do(first))
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			tx++
			in := anything(t, d, tx)
			effects := d.do(in)
			look(in, effects)
			if k := in.kind(); k >= KindReinvite && k <= KindOther && k != KindAck && k != KindCancel {
				if n := answersTo(effects, tx); n != 1 {
					t.Fatalf("%s in %s answered %d times", k, d.s.Phase, n)
				}
			}
			data, err := json.Marshal(d.s)
			if err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 4).Draw(t, "restore") == 0 {
				back, err := Decode(data)
				if err != nil {
					t.Fatal(err)
				}
				d.s = back
			}
			if n := len(d.s.Pending); n > 64 {
				t.Fatalf("%d requests pending", n)
			}
		}
		for _, in := range []Input{HangUp{}, TimerFired{Timer{TimerAck, 0}}} {
			look(in, d.do(in))
		}
		for range 5 { // the network falls silent
			for _, p := range d.s.Pending {
				look(nil, d.do(TransactionFailed{p.Msg.Via, true}))
			}
			for i := range d.s.Branches {
				look(nil, d.do(TransactionFailed{d.s.Branches[i].Invite.Via, true}))
			}
		}
		if d.s.Phase != Over || ports != 0 || ends != 1 {
			t.Fatalf("in the end: %s, %d ports, %d ends, %s", d.s.Phase, ports, ends, fmt.Sprintf("%+v", d.s.Pending))
		}
	})
}
