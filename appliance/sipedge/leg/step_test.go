package leg

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func flow() Flow { return Flow{Local: at("192.0.2.1:5060"), Remote: at("198.51.100.9:5060")} }

func describe(dir, codecs string) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 5 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP %s\r\na=%s\r\n", codecs, dir)
}

// driver feeds a state and answers what its owner would answer at once.
type driver struct {
	s    *State
	sent []Effect // everything since the last look
	port plan.Endpoint
	now  time.Time
}

func newDriver() *driver {
	return &driver{s: &State{}, port: plan.Endpoint{Host: "192.0.2.1", Port: 20000}, now: time.Unix(1_800_000_000, 0)}
}

func (d *driver) do(in Input) []Effect {
	queue := []Input{in}
	d.sent = nil
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, e := range d.s.Step(d.now, next) {
			d.sent = append(d.sent, e)
			switch e := e.(type) {
			case OpenPort:
				queue = append(queue, PortOpened{d.port})
			case Authenticate:
				queue = append(queue, Authorized{e.Via, Header{"Authorization", "Digest x"}})
			}
		}
	}
	return d.sent
}

func invite() InviteReceived {
	return InviteReceived{
		Tx: 1, LocalTag: "us", Contact: "sip:i3-000001@192.0.2.1", Flow: flow(), Routed: true, Seed: "seed", Msg: Request{
			Method: "INVITE", URI: "sip:100@192.0.2.1", From: Address{URI: "sip:a@x", Tag: "them"}, To: Address{URI: "sip:100@192.0.2.1"},
			CallID: "c1", CSeq: 10, Contact: "sip:a@198.51.100.9:5060", Body: describe("sendrecv", "8 0"), BodyType: "application/sdp",
		}, Offer: exchange.LegOffered{Leg: "i3-000001", Origin: exchange.Origin{Kind: exchange.FromTrunk, Name: "carrier"}},
	}
}

func place(n int) Place {
	p := Place{Leg: "o3-000001", To: exchange.FromExtension, From: Address{URI: "sip:1@192.0.2.1"}, Contact: "sip:o@192.0.2.1", Seed: "seed"}
	for i := range n {
		p.Contacts = append(p.Contacts, Contact{
			URI: fmt.Sprintf("sip:201@192.0.2.2%d:5062", i), To: "sip:201@192.0.2.1", CallID: fmt.Sprintf("b%d", i), LocalTag: "us",
			Flow: Flow{Local: at("192.0.2.1:5060"), Remote: at(fmt.Sprintf("192.0.2.2%d:5062", i))}, AnyPeer: true,
		})
	}
	return p
}

func inDialog(method string, cseq uint32, body []byte) Request {
	r := Request{
		Method: method, From: Address{URI: "sip:a@x", Tag: "them"}, To: Address{URI: "sip:100@192.0.2.1", Tag: "us"}, CallID: "c1", CSeq: cseq,
		Contact: "sip:a@198.51.100.9:5060", Body: body,
	}
	if body != nil {
		r.BodyType = "application/sdp"
	}
	return r
}

// reach brings a fresh driver to a phase.
func reach(t *testing.T, p Phase) *driver {
	t.Helper()
	d := newDriver()
	incoming := func(ins ...Input) {
		d.do(invite())
		for _, in := range ins {
			d.do(in)
		}
	}
	ack := AckReceived{inDialog("ACK", 10, nil)}
	switch p {
	case New:
	case Opening:
		d.s.Step(d.now, invite())
	case Offered:
		incoming()
	case Alerting:
		incoming(Progress{})
	case Accepting:
		in := invite()
		in.Msg.Extra = []Header{{"Require", "100rel"}}
		d.do(in)
		d.do(Progress{Early: true})
		d.do(Answer{})
	case Answering:
		incoming(Answer{})
	case Parting:
		incoming(Answer{}, HangUp{})
	case Placing:
		d.s.Step(d.now, place(1))
	case Calling:
		d.do(place(1))
	case Withdrawing:
		d.do(place(1))
		d.do(HangUp{})
	case Up:
		incoming(Answer{}, ack)
	case Modifying:
		incoming(Answer{}, ack)
		d.port.Port += 2
		d.do(Reoffer{})
	case Reanswering:
		incoming(Answer{}, ack, ReinviteReceived{2, inDialog("INVITE", 11, describe("sendonly", "8"))})
	case Ending:
		incoming(Answer{}, ack, HangUp{})
	case Over:
		incoming(CancelReceived{})
	case phases:
	}
	if d.s.Phase != p {
		t.Fatalf("reached %s, not %s", d.s.Phase, p)
	}
	return d
}

// sample is one input of each kind, as plausible as can be for a phase.
func sample(k Kind, d *driver) Input {
	via := "z9hG4bKseed-1"
	method := "INVITE"
	if n := len(d.s.Pending); n > 0 {
		via, method = d.s.Pending[n-1].Msg.Via, d.s.Pending[n-1].Msg.Method
	}
	switch k {
	case KindInvite:
		return invite()
	case KindReinvite:
		return ReinviteReceived{9, inDialog("INVITE", 90, describe("sendrecv", "8"))}
	case KindAck:
		seq := uint32(10)
		if d.s.Owed != nil {
			seq = d.s.Owed.CSeq
		}
		return AckReceived{inDialog("ACK", seq, nil)}
	case KindCancel:
		return CancelReceived{}
	case KindBye:
		return ByeReceived{9, inDialog("BYE", 90, nil)}
	case KindUpdate:
		return UpdateReceived{9, inDialog("UPDATE", 90, nil)}
	case KindInfo:
		return InfoReceived{9, inDialog("INFO", 90, nil)}
	case KindOptions:
		return OptionsReceived{9, inDialog("OPTIONS", 90, nil)}
	case KindPrack:
		return PrackReceived{9, inDialog("PRACK", 90, nil)}
	case KindOther:
		return OtherReceived{9, inDialog("MESSAGE", 90, nil)}
	case KindRefer:
		return ReferReceived{Tx: 9, Msg: inDialog("REFER", 90, nil), To: "202"}
	case KindResponse:
		return ResponseReceived{via, Response{Status: 486, Method: method, CallID: "b0", CSeq: 1, ToTag: "p"}}
	case KindFailed:
		return TransactionFailed{via, true}
	case KindAuthorized:
		return Authorized{via, Header{"Authorization", "Digest x"}}
	case KindPortOpened:
		return PortOpened{d.port}
	case KindPortFailed:
		return PortFailed{}
	case KindTimer:
		return TimerFired{Timer{TimerAck, 0}}
	case KindPlace:
		return place(1)
	case KindProgress:
		return Progress{}
	case KindAnswer:
		return Answer{}
	case KindRefuse:
		return Refuse{exchange.RefusedBusy}
	case KindHangUp:
		return HangUp{}
	case KindReferTold:
		return ReferTold{Refer: 1, State: exchange.ReferDone}
	case KindReoffer:
		return Reoffer{}
	case KindHold:
		return Hold{On: true}
	case KindRefresh:
		return Refresh{}
	case KindResume:
		return Resume{}
	case kinds:
	}
	panic(k)
}

// TestEveryCell steps through every state and every input: an ignored cell does nothing at all, a request is answered exactly once, and what is
// left can be written down and read back.
func TestEveryCell(t *testing.T) {
	for p := range phases {
		for k := range kinds {
			t.Run(p.String()+"/"+k.String(), func(t *testing.T) {
				d := reach(t, p)
				before, _ := json.Marshal(d.s)
				in := sample(k, d)
				effects := d.s.Step(d.now, in)
				after, err := json.Marshal(d.s)
				if err != nil {
					t.Fatal(err)
				}
				if table()[k][p].do == nil && (len(effects) > 0 || string(before) != string(after)) {
					t.Errorf("is ignored, but did %v", effects)
				}
				back := &State{}
				if err := json.Unmarshal(after, back); err != nil {
					t.Fatal(err)
				}
				if again, _ := json.Marshal(back); string(again) != string(after) {
					t.Errorf("read back as\n%s\nwritten as\n%s", again, after)
				}
				if k >= KindReinvite && k <= KindOther && k != KindAck && k != KindCancel {
					if n := answersTo(effects, 9); n != 1 {
						t.Errorf("answered %d times: %v", n, effects)
					}
				}
			})
		}
	}
}

func answersTo(effects []Effect, tx Tx) int {
	n := 0
	for _, e := range effects {
		if r, ok := e.(SendResponse); ok && r.Tx == tx {
			n++
		}
	}
	return n
}

// TestEveryLegEndsOnce hangs up, or refuses, in every phase that the exchange knows of and wants exactly one end told.
func TestEveryLegEndsOnce(t *testing.T) {
	for _, p := range []Phase{Offered, Alerting, Accepting, Answering, Placing, Calling, Up, Modifying, Reanswering} {
		for _, in := range []Input{HangUp{}, Refuse{exchange.RefusedBusy}, ByeReceived{9, inDialog("BYE", 90, nil)}, CancelReceived{}} {
			d := reach(t, p)
			n := 0
			for _, next := range []Input{in, HangUp{}, TimerFired{Timer{TimerAck, 0}}, TimerFired{Timer{TimerFarewell, 0}}, TimerFired{Timer{TimerFarewell, 0}}, HangUp{}} {
				for _, e := range d.do(next) {
					if tell, ok := e.(Tell); ok {
						switch tell.Input.(type) {
						case exchange.LegEnded, exchange.LegRefused:
							n++
						}
					}
				}
			}
			if n != 1 {
				t.Errorf("%T in %s: %d ends", in, p, n)
			}
		}
	}
}

func told(effects []Effect) []exchange.Input {
	var list []exchange.Input
	for _, e := range effects {
		if tell, ok := e.(Tell); ok {
			list = append(list, tell.Input)
		}
	}
	return list
}

func find[T Effect](effects []Effect) []T {
	var list []T
	for _, e := range effects {
		if x, ok := e.(T); ok {
			list = append(list, x)
		}
	}
	return list
}

func TestUnlimitedRefreshedProvisionals(t *testing.T) {
	d := newDriver()
	d.do(place(1))
	for range 200 {
		if got := d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 180, Method: "INVITE", ToTag: "p"}}); len(find[StartTimer](got)) != 1 {
			t.Fatalf("timer C not set anew: %v", got)
		}
	}
	d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 200, Method: "INVITE", CSeq: 1, CallID: "b0", ToTag: "p", Contact: "sip:p@192.0.2.20", Body: describe("sendrecv", "8"), BodyType: "application/sdp"}})
	if d.s.Phase != Up {
		t.Fatal(d.s.Phase)
	}
}

func TestEarlyDialogsAreBounded(t *testing.T) {
	d := newDriver()
	d.do(place(1))
	for i := range 100 {
		d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 180, Method: "INVITE", ToTag: fmt.Sprint("p", i)}})
	}
	if n := len(d.s.Branches[0].Forks); n != maxFromPeer {
		t.Errorf("%d early dialogs remembered", n)
	}
}

func TestRefusalsAreWeighed(t *testing.T) {
	for _, c := range []struct {
		codes []int
		want  exchange.Refusal
	}{
		{[]int{486, 480}, exchange.RefusedBusy},
		{[]int{302, 302}, exchange.RefusedUnreachable},
		{[]int{480, 486}, exchange.RefusedBusy},
		{[]int{408, 480}, exchange.RefusedUnreachable},
		{[]int{404, 488}, exchange.RefusedMedia},
		{[]int{500, 404}, exchange.RefusedFailed},
	} {
		d := newDriver()
		d.do(place(2))
		var got []exchange.Input
		for i, code := range c.codes {
			got = append(got, told(d.do(ResponseReceived{fmt.Sprintf("z9hG4bKseed-%d", i+1), Response{Status: code, Method: "INVITE"}}))...)
		}
		if len(got) != 1 || got[0].(exchange.LegRefused).Reason != c.want {
			t.Errorf("%v: %+v", c.codes, got)
		}
	}
}

// RFC 3261 §16.7: a 6xx speaks for all phones.
func TestRFC3261S16_7GlobalFailureCancelsTheOthers(t *testing.T) {
	d := newDriver()
	d.do(place(2))
	d.do(ResponseReceived{"z9hG4bKseed-2", Response{Status: 180, Method: "INVITE", ToTag: "q"}})
	got := d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 603, Method: "INVITE"}})
	if c := find[SendCancel](got); len(c) != 1 || c[0].Via != "z9hG4bKseed-2" {
		t.Errorf("%v", got)
	}
	if in := told(got); len(in) != 1 || in[0].(exchange.LegRefused).Reason != exchange.RefusedDeclined {
		t.Errorf("%v", in)
	}
}

// RFC 3261 §16.6 step 11: three minutes without a provisional response.
func TestRFC3261S16_6TimerC(t *testing.T) {
	d := newDriver()
	d.do(place(1))
	d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 180, Method: "INVITE", ToTag: "p"}})
	got := d.do(TimerFired{Timer{TimerC, 0}})
	if len(find[SendCancel](got)) != 1 || len(told(got)) != 1 {
		t.Errorf("%v", got)
	}
	// A 2xx that crosses the CANCEL is acknowledged and ended.
	got = d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 200, Method: "INVITE", CSeq: 1, CallID: "b0", ToTag: "p", Contact: "sip:p@192.0.2.20"}})
	if len(find[SendAck](got)) != 1 || len(find[SendRequest](got)) != 1 || len(told(got)) != 0 {
		t.Errorf("%v", got)
	}
}

// RFC 3261 §9.1: the dialog of a 2xx that crossed our CANCEL is ended, and when its BYE is answered the leg is over.
func TestRFC3261S9_1LegOfACrossedAnswerEnds(t *testing.T) {
	d := reach(t, Calling)
	d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 180, Method: "INVITE", CSeq: 1, CallID: "b0", ToTag: "p"}})
	d.do(HangUp{})
	got := d.do(ResponseReceived{"z9hG4bKseed-1", Response{Status: 200, Method: "INVITE", CSeq: 1, CallID: "b0", ToTag: "p", Contact: "sip:p@192.0.2.20"}})
	bye := find[SendRequest](got)
	if len(bye) != 1 || bye[0].Msg.Method != "BYE" {
		t.Fatalf("%v", got)
	}
	d.do(ResponseReceived{bye[0].Msg.Via, Response{Status: 200, Method: "BYE", CSeq: 2, CallID: "b0", ToTag: "p"}})
	if d.s.Phase != Over {
		t.Errorf("the leg is %s for ever", d.s.Phase)
	}
}

// RFC 3261 §14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in units of 10 ms.
func TestRFC3261S14_1GlareTimers(t *testing.T) {
	for n := range 50 {
		d := reach(t, Up)
		d.s.Seed = fmt.Sprint("s", n)
		owner := n%2 == 0
		if owner {
			d.s.Branches = []Branch{{Phase: Won}}
		}
		d.port.Port += 2
		d.do(Reoffer{})
		got := d.do(ResponseReceived{d.s.Pending[0].Msg.Via, Response{Status: 491, Method: "INVITE"}})
		for _, st := range find[StartTimer](got) {
			lo, hi := time.Duration(0), 2*time.Second
			if owner {
				lo, hi = 2100*time.Millisecond, 4*time.Second
			}
			if st.Timer.Kind != TimerGlare || st.After < lo || st.After > hi || st.After%(10*time.Millisecond) != 0 {
				t.Errorf("%v", st)
			}
		}
		got = d.do(TimerFired{Timer{TimerGlare, 0}})
		if r := find[SendRequest](got); len(r) != 1 || r[0].Msg.Method != "INVITE" {
			t.Errorf("not offered again: %v", got)
		}
	}
}

func TestDigitsOfInfo(t *testing.T) {
	for _, c := range []struct {
		kind, body, want string
		known            bool
	}{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5", true},
		{"application/dtmf-relay", "signal = * \n", "*", true},
		{"application/dtmf-relay", "Signal=11", "#", true},
		{"application/dtmf-relay", "Signal=hf", "", true},
		{"application/dtmf", "7", "7", true},
		{"application/dtmf; x=y", "d\r\n", "D", true},
		{"application/dtmf", "", "", true},
		{"text/plain", "7", "", false},
	} {
		if got, known := Digit(c.kind, []byte(c.body)); got != c.want || known != c.known {
			t.Errorf("%s %q: %q %v", c.kind, c.body, got, known)
		}
	}
}

func FuzzDigit(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=5\r\nDuration=160\r\n"))
	f.Add("application/dtmf", []byte("#"))
	f.Add("application/dtmf-relay", []byte("Signal=\n\n=\r"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		d, known := Digit(kind, body)
		if len(d) > 1 || d != "" && !strings.Contains("0123456789*#ABCD", d) || d != "" && !known {
			t.Errorf("%q %q: %q", kind, body, d)
		}
	})
}

func FuzzDecode(f *testing.F) {
	d := newDriver()
	d.do(invite())
	d.do(Answer{})
	data, _ := json.Marshal(d.s)
	f.Add(data)
	f.Add([]byte(`{"leg":"x","phase":"Up","branches":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data)
		if err != nil {
			return
		}
		_ = Farewell(time.Unix(0, 0), s)
		for k := range kinds {
			s.Step(time.Unix(0, 0), sample(k, &driver{s: s}))
			written, err := json.Marshal(s)
			if err != nil {
				t.Fatalf("%s: %v", k, err)
			}
			if _, err := Decode(written); err != nil {
				t.Fatalf("%s: what was written down cannot be read back: %v", k, err)
			}
		}
	})
}
