package exchange

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/transfer"
)

// TestWhatIsRememberedIsBounded (R17): of each list the oldest goes when it is full, and the newest is there.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Toll.Alert, x.Toll.AlertMS = 3, 60_000; x.Emergency.CallBackMS = 60_000 })
	for i := range maxStrikes + 3 {
		b.s.strike(b.s.site, fmt.Sprint(i))
	}
	if n := len(b.s.struck); n != maxStrikes || b.s.struck[0].Extension != "3" || b.s.struck[n-1].Extension != fmt.Sprint(maxStrikes+2) {
		t.Errorf("%d strikes, the first %+v", n, b.s.struck[0])
	}
	for i := range maxRescues + 2 {
		b.s.helpCalled(b.s.site, fmt.Sprint(i))
	}
	if n := len(b.s.rescues); n != maxRescues || b.s.rescues[0].Extension != "2" || b.s.rescues[n-1].Extension != fmt.Sprint(maxRescues+1) {
		t.Errorf("%d rescues, the first %+v", n, b.s.rescues[0])
	}
	for i := range maxTried + 2 {
		b.s.wrongCode(fmt.Sprint(i))
	}
	if n := len(b.s.tried); n != maxTried || b.s.tried[0].Extension != "2" {
		t.Errorf("%d phones tried codes, the first %+v", n, b.s.tried[0])
	}
	asked := b.s.clock // requests of the last hour have a bound of their own
	b.wait(callbackHour)
	for i := range 10 * maxCallbacks {
		b.s.requests = append(b.s.requests, request{Queue: "sales", Subject: fact.Subject(fmt.Sprint(i)), At: asked})
	}
	b.step(CallbackAsk{Request: 1, By: "web", Queue: "sales", Number: "0612345678", Subject: "new", Source: "web"})
	if got := b.refused(); got != "callback.too_many" {
		t.Error(got)
	}
	b.s.requests = b.s.requests[1:]
	b.step(CallbackAsk{Request: 2, By: "web", Queue: "sales", Number: "0612345678", Subject: "new", Source: "web"})
	if got := b.refused(); got != "" {
		t.Error(got)
	}
}

// TestStrikesWithinTheirWindow: an alarm once for each window, counted from the first attempt of it.
func TestStrikesWithinTheirWindow(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Toll.Alert, x.Toll.AlertMS, x.Toll.Forbidden = 2, 60_000, []string{"premium"} })
	try := func() int {
		b.fromExtension(fmt.Sprint("i", b.now), "201", "0 0899 123 456")
		b.step(LegEnded{Leg: plan.LegID(fmt.Sprint("i", b.now)), Cause: EndedByBox})
		return len(told[fact.TollAlert](b))
	}
	if n := try(); n != 0 {
		t.Fatal("alarm at the first attempt")
	}
	b.wait(60_000)
	if n := try(); n != 1 {
		t.Errorf("%d alarms at the second attempt within a minute", n)
	}
	if f := lastTold[fact.TollAlert](b); f.WithinMS != 60_000 || f.Refused != 2 || f.Extension != "201" {
		t.Errorf("%+v", f)
	}
	b.wait(1)
	if n := try(); n != 1 { // the window of the first is over: this is the first of another
		t.Errorf("%d alarms", n)
	}
	b.wait(1_000)
	if n := try(); n != 2 {
		t.Errorf("%d alarms", n)
	}
	if n := try(); n != 2 {
		t.Errorf("%d alarms in two windows", n)
	}
}

// TestSlotsOfACallback: the window asked for, its bounds, and how often a page may ask.
func TestSlotsOfACallback(t *testing.T) {
	ask := func(b *bench, after, until int64, who fact.Subject, source string) string {
		b.step(CallbackAsk{Request: 1, By: "x", Queue: "sales", Number: "0612345678", Subject: who, Source: source, AfterMS: after, UntilMS: until})
		return b.refused()
	}
	b := newBench(t)
	b.step(AgentLogOut{Agent: "ana"})
	b.step(AgentLogOut{Agent: "bob"})
	for _, c := range []struct {
		after, until int64
		want         string
	}{
		{mostAhead, 0, ""},
		{mostAhead + 1, 0, "callback.too_far"},
		{1_000, 1_000, "callback.slot"},
		{1_000, 999, "callback.slot"},
		{1_000, 1_001, ""},
		{-5, 0, ""},
		{0, -1, "callback.slot"},
	} {
		if got := ask(b, c.after, c.until, fact.Subject(fmt.Sprint(c)), "command"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if got := ask(b, 0, 0, "", "command"); got != "callback.no_subject" {
		t.Error(got)
	}
	b.step(CallbackAsk{Request: 1, By: "x", Queue: "nowhere", Number: "0612345678", Subject: "s", Source: "command"})
	if got := b.refused(); got != "queue.unknown" {
		t.Error(got)
	}
	b.step(CallbackCancel{Request: 1, By: "x", Callback: "k9"})
	if got := b.refused(); got != "callback.unknown" {
		t.Error(got)
	}

	// A wish waits for its slot and is given up at its end.
	b = newBench(t)
	b.step(AgentLogOut{Agent: "ana"})
	b.step(AgentLogOut{Agent: "bob"})
	if got := ask(b, 10_000, 30_000, "s1", "command"); got != "" {
		t.Fatal(got)
	}
	if k := b.s.Callbacks()[0]; k.SinceMS != 0 || k.Call != "" || k.Number != "+33612345678" || k.Source != "command" || k.Queue != "sales" {
		t.Errorf("%+v", k)
	}
	b.wait(9_999)
	if len(b.s.Calls()) != 0 {
		t.Error("it stands before its slot")
	}
	b.wait(1)
	if v := b.s.Calls(); len(v) != 1 || b.s.Callbacks()[0].Call != v[0].ID {
		t.Errorf("%+v", v)
	}
	b.wait(19_999)
	if len(b.s.Callbacks()) != 1 {
		t.Error("given up before its slot is over")
	}
	b.wait(1)
	if f := lastTold[fact.CallbackEnded](b); f.Outcome != "expired" || f.Attempts != 0 || len(b.s.Callbacks()) != 0 {
		t.Errorf("%+v", f)
	}
	if v := lastTold[fact.VisitEnded](b); v.Outcome != fact.VisitExited || v.WaitMS != 20_000 {
		t.Errorf("%+v", v)
	}
	if e := lastTold[fact.CallEnded](b); e.Cause != "callback_expired" || e.HungUpBy != "box" {
		t.Errorf("%+v", e)
	}
	b.empty()

	// Three requests of a number in a day; a wish that stands is none; the day is over after 24 h.
	b = newBench(t)
	b.step(AgentLogOut{Agent: "ana"})
	b.step(AgentLogOut{Agent: "bob"})
	again := func(want string) {
		t.Helper()
		if got := ask(b, 0, 0, "s1", "web"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := ask(b, 0, 0, "s1", "web"); want == "" && got != "" { // it stands
			t.Errorf("asked twice: %q", got)
		}
		for _, k := range b.s.Callbacks() {
			b.step(CallbackCancel{By: "x", Callback: k.ID})
		}
	}
	again("")
	b.wait(1_000)
	again("")
	again("")
	again("callback.throttle")
	if got := ask(b, 0, 0, "s2", "web"); got != "" {
		t.Errorf("somebody else: %q", got)
	}
	if got := ask(b, 0, 0, "s1", "command"); got != "" {
		t.Errorf("a person of ours: %q", got)
	}
	for _, k := range b.s.Callbacks() {
		b.step(CallbackCancel{By: "x", Callback: k.ID})
	}
	b.wait(callbackDay - 1_001)
	again("callback.throttle")
	b.wait(1)
	again("")
}

// TestCallbacksOfAQueueThatIsGone: a wish whose queue left the document is closed when it is due, and one under way after its attempt.
func TestCallbacksOfAQueueThatIsGone(t *testing.T) {
	b := newBench(t)
	b.step(AgentLogOut{Agent: "ana"})
	b.step(AgentLogOut{Agent: "bob"})
	b.step(CallbackAsk{Request: 1, By: "console", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "command", AfterMS: 5_000})
	x := branch()
	x.Revision, x.Queues = "rev2", x.Queues[1:]
	b.step(SiteChanged{Branch: x})
	b.wait(5_000)
	if f := lastTold[fact.CallbackEnded](b); f.Outcome != "cancelled" || !hasCode(f.Reasons, "queue.unknown") || len(b.s.Callbacks()) != 0 {
		t.Errorf("%+v", f)
	}
	if len(b.s.timers) != 0 {
		t.Errorf("%v", b.s.timers)
	}
	b.sound()
}

// TestAuditNamesMoreBrokenPromises breaks, in a conversation, one promise at a time.
func TestAuditNamesMoreBrokenPromises(t *testing.T) {
	talk := func(harm func(b *bench, c *call.Call)) *bench {
		b, _ := inTalk(t, func(x *Branch) { x.Parking = Parking{First: "701", Slots: 2} })
		b.sound()
		harm(b, b.s.order[0])
		return b
	}
	for _, c := range []struct {
		want string
		harm func(b *bench, c *call.Call)
	}{
		{"keeps leg i1 from being heard", func(_ *bench, c *call.Call) { c.Leg("i1").Masked = true }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.PauseOver) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.RingTimeout) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.MaxWait) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.RetryOffer) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.NeedsRelax) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.RequiredOver) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.Announce) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.PromptGuard) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.MessageOver) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.DismissalOver) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.MaskOver) }},
		{"has a timer for", func(b *bench, c *call.Call) { b.s.after(c, 1, call.MonitorRing) }},
		{"is talking with a transfer that is ringing", func(_ *bench, c *call.Call) { c.Transfer.State = transfer.Ringing }},
		{"is talking and supervisor:sam takes part", func(_ *bench, c *call.Call) { c.Monitor = call.Monitor{By: "supervisor:sam", Leg: "o9"} }},
		{"is talking at parking place \"701\"", func(_ *bench, c *call.Call) { c.Parked.Slot = "701" }},
		{"records leg o9, which is gone", func(b *bench, c *call.Call) {
			c.Recording = call.Recording{ID: "r1", Leg: "o9"}
			b.s.tapes = []tape{{ID: "r1", Call: c.ID}}
		}},
		{"whose end nobody waits for", func(_ *bench, c *call.Call) { c.Recording = call.Recording{ID: "r1", Leg: "i1"} }},
		{"rings false, counted since 5", func(_ *bench, c *call.Call) { c.RingFrom = 5 }},
		{"by token 7", func(_ *bench, c *call.Call) { c.Token = 7 }},
		{"remembers where it was before a transfer", func(_ *bench, c *call.Call) { c.Was.Kind = "trunk" }},
		{"lives by the branch rev9", func(_ *bench, c *call.Call) { c.Revision = "rev9" }},
		{"is bridged and does not talk", func(_ *bench, c *call.Call) { c.Leg("i1").State = call.Ending }},
		{"callback k1 is due by timer 0 with call \"\"", func(b *bench, _ *call.Call) { b.s.callbacks = []callback{{ID: "k1"}} }},
		{"agent bob: available for the reason", func(b *bench, _ *call.Call) { b.s.agent("bob").Pause = "lunch" }},
		{"agent bob has a line that is registered and is told to be dnd", func(b *bench, _ *call.Call) { b.s.agent("bob").Line = "dnd" }},
		{"agent bob is idle with a lease until 4", func(b *bench, _ *call.Call) { b.s.agent("bob").Lease = 4 }},
		{"agent bob: busy elsewhere until 9 with timer 0", func(b *bench, _ *call.Call) { b.s.agent("bob").OffUntil = 9 }},
		{"contacts [p1] changed and nobody told of it", func(b *bench, _ *call.Call) { b.s.desk.Moved = []string{"p1"} }},
		{"contact p1 is waiting with agent \"ana\"", func(b *bench, _ *call.Call) {
			b.s.desk.Books = []campaign.Book{{Contacts: []campaign.Contact{{ID: "p1", State: campaign.Waiting, Agent: "ana"}}}}
		}},
		{"contact p1 is dialled in no call", func(b *bench, _ *call.Call) {
			b.s.desk.Books = []campaign.Book{{Contacts: []campaign.Contact{{ID: "p1", State: campaign.Dialling, Agent: "ana"}}}}
		}},
	} {
		b := talk(c.harm)
		if bad := b.s.Audit(); !slices.ContainsFunc(bad, func(x string) bool { return strings.Contains(x, c.want) }) {
			t.Errorf("no complaint of %q: %q", c.want, bad)
		}
	}
	// On hold in no conversation.
	b := busy(t)
	b.s.order[1].HeldFrom = 3
	if bad := b.s.Audit(); len(bad) != 1 || !strings.Contains(bad[0], "is on hold since 3 and nobody talks in it") {
		t.Error(bad)
	}
	b = busy(t)
	b.s.order[1].Phase = call.Lifting
	if bad := b.s.Audit(); !slices.ContainsFunc(bad, func(x string) bool { return strings.Contains(x, "waits for a phone that is not rung") }) {
		t.Error(bad)
	}
	// Two timers for one thing.
	b = busy(t)
	c := b.s.order[1]
	id := b.s.startTimer(timer{At: 99_000, For: purpose(call.MaxWait), Call: c.ID})
	c.Timers = append(c.Timers, call.Timer{ID: uint64(id), For: call.MaxWait})
	if bad := b.s.Audit(); len(bad) != 1 || !strings.Contains(bad[0], "has two timers for") {
		t.Error(bad)
	}
	// A transfer without the one who is rung.
	b, ana := inTalk(t)
	b.step(LegReferred{Leg: ana, Refer: 1, To: "203"})
	b.sound()
	b.s.order[0].Transfer.Rung = "o9"
	if bad := b.s.Audit(); !slices.ContainsFunc(bad, func(x string) bool { return strings.Contains(x, "lacks somebody") }) {
		t.Error(bad)
	}
}
