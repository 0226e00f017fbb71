package exchange

import (
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
)

// recalling is a bench whose sales queue calls people back in some minutes of the day. It is 23:13:20 in Paris.
func recalling(t *testing.T, daily ...hours.Range) *bench {
	t.Helper()
	return newBench(t, func(x *Branch) { x.Queues[0].Callback.Daily = daily })
}

// FEATURES §10, web callback: no call outside hours, whoever lifts. When the queue closes while nobody was free, the one who lifts calls nobody, no try is
// counted, and the person is called at the next opening.
func TestNobodyIsCalledBackAfterHours(t *testing.T) {
	b := recalling(t, hours.Range{From: 23 * 60, To: 23*60 + 14})
	b.wait(30_000) // 23:13:50
	b.step(CallbackAsk{Request: 1, By: "web", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "web"})
	b.wait(10)
	phone := effect[Ring](b)
	b.wait(12_000)
	b.step(LegAnswered{Leg: phone.Leg})
	none[Ring](b)
	b.step(LegEnded{Leg: phone.Leg, Cause: EndedByPeer})
	if e := lastTold[fact.CallEnded](b); !hasCode(e.Reasons, "callback.closed") {
		t.Errorf("%+v", e)
	}
	k := b.s.callbacks[0]
	if k.Attempts != 0 || k.Call != "" || k.Due == 0 {
		t.Fatalf("%+v", k)
	}
	b.wait(3_600_000)
	if len(b.s.order) != 0 {
		t.Error("somebody is rung after hours")
	}
	b.wait(22*3_600_000 + 46*60_000)
	if len(b.s.order) != 1 {
		t.Errorf("nobody is rung at the next opening: %+v", b.s.callbacks)
	}
	audited(t, b, "the next day")
}

// A slot is refused in which the queue calls nobody, and says when it opens; a number keeps its tries when it was refused.
func TestSlotsOutsideTheHours(t *testing.T) {
	b := recalling(t, hours.Range{From: 9 * 60, To: 12 * 60})
	const hour = 3_600_000
	for _, c := range []struct {
		after, until int64
		want         string
	}{
		{0, 2 * hour, "callback.closed"},
		{13 * hour, 14 * hour, "callback.closed"},         // 12:13 to 13:13
		{9 * hour, 9*hour + 46*60_000, "callback.closed"}, // until 08:59:20
		{9 * hour, 9*hour + 47*60_000, ""},                // until 09:00:20
		{32 * 24 * hour, 33 * 24 * hour, "callback.too_far"},
		{2 * hour, hour, "callback.slot"},
	} {
		b.step(CallbackAsk{Request: 1, By: "web", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "web", AfterMS: c.after, UntilMS: c.until})
		if b.refusedAs() != c.want {
			t.Errorf("%d to %d: %q, want %q", c.after, c.until, b.refusedAs(), c.want)
		}
	}
	if len(b.s.requests) != 1 {
		t.Errorf("%d requests are counted", len(b.s.requests))
	}
	if r := lastTold[fact.CommandTaken](b); r.Command != "callback.ask" || r.By != "web" || r.Detail != b.s.callbacks[0].ID {
		t.Errorf("%+v", r)
	}
	never := recalling(t)
	never.s.site.Queues[0].Callback.Days = []time.Weekday{9} // no such day: site.Check lets none pass
	if never.step(CallbackAsk{Request: 1, By: "web", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "web"}); never.refusedAs() != "callback.closed" {
		t.Error(never.refusedAs())
	}
}

// However many numbers a page asks for, a branch takes so many in an hour; a person of the house is not held up by that.
func TestRequestsOfAnHour(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Outbound.Requests = 2 })
	ask := func(n, source string) string {
		b.step(CallbackAsk{Request: 1, By: source, Queue: "sales", Number: "061234567" + n, Subject: fact.Subject(n), Source: source})
		return b.refusedAs()
	}
	for i, c := range []struct{ n, source, want string }{
		{"1", "web", ""},
		{"2", "web", ""},
		{"3", "web", "callback.throttle_site"},
		{"1", "web", ""}, // stands already
		{"4", "command", ""},
	} {
		if got := ask(c.n, c.source); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
	}
	b.wait(3_600_000)
	if got := ask("3", "web"); got != "" {
		t.Errorf("an hour later: %q", got)
	}
}
