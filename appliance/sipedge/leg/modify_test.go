package leg

import (
	"strings"
	"testing"

	"autocom/appliance/exchange"
)

// RFC 3264 §8.4: hold is a direction, and taking back is another offer.
func TestRFC3264S8_4WeHoldAndTakeBack(t *testing.T) {
	d, _ := upWith(t)
	hold := find[SendRequest](d.do(Hold{On: true}))[0]
	if hold.Msg.Method != "INVITE" || !strings.Contains(string(hold.Msg.Body), "a=sendonly") {
		t.Fatalf("%s\n%s", hold.Msg.Method, hold.Msg.Body)
	}
	answer := func(dir string) func(*Response) {
		return func(m *Response) { m.Body, m.BodyType = describe(dir, "8"), sdpType }
	}
	told := d.answerPending("INVITE", 200, answer("recvonly"))
	if h := find[Tell](told)[0]; h.Input != (exchange.LegHeld{Leg: d.s.Leg, Held: true}) {
		t.Fatalf("told %+v", h)
	}
	if got := d.do(Hold{On: true}); len(got) != 0 {
		t.Errorf("held twice: %+v", got)
	}
	back := find[SendRequest](d.do(Hold{}))[0]
	if !strings.Contains(string(back.Msg.Body), "a=sendrecv") {
		t.Fatalf("%s", back.Msg.Body)
	}
	told = d.answerPending("INVITE", 200, answer("sendrecv"))
	if h := find[Tell](told)[0]; h.Input != (exchange.LegHeld{Leg: d.s.Leg}) {
		t.Fatalf("told %+v", h)
	}
}

// RFC 3261 §14.1: a hold that is refused leaves the session as it was.
func TestRFC3261S14_1RefusedHoldChangesNothing(t *testing.T) {
	d, _ := upWith(t)
	d.do(Hold{On: true})
	for _, e := range d.answerPending("INVITE", 488) {
		if _, request := e.(SendRequest); request {
			t.Fatalf("sent %+v", e)
		}
	}
	if d.s.Phase != Up {
		t.Errorf("the leg is %s", d.s.Phase)
	}
}

// RFC 4028 §7.4: UPDATE where the peer takes it.
func TestRFC4028S7_4RefreshOnDemand(t *testing.T) {
	d, _ := upWith(t)
	if m := find[SendRequest](d.do(Refresh{}))[0].Msg; m.Method != "INVITE" {
		t.Errorf("a peer without UPDATE gets %s", m.Method)
	}
	d, _ = upWith(t)
	d.s.Able.Update = true
	if m := find[SendRequest](d.do(Refresh{}))[0].Msg; m.Method != "UPDATE" || len(m.Body) != 0 {
		t.Errorf("a peer with UPDATE gets %s", m.Method)
	}
}
