package exchange

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// bench is an exchange under test: time, and everything it said so far.
type bench struct {
	t       testing.TB
	s       *State
	now     int64
	effects []Effect // of the last step
	facts   []fact.Fact
	last    []fact.Fact
}

func branch() Branch {
	return Branch{
		Revision: "rev1", Country: "FR", Outside: "0",
		Extensions: []Extension{
			{Number: "201", Name: "Ana", RingMS: 20_000, Outside: true, Presented: "+33140506072"},
			{Number: "202", Name: "Bob", RingMS: 20_000, Outside: true},
			{Number: "203", Name: "Chloé", RingMS: 20_000},
		},
		Trunks: []Trunk{
			{Name: "carrier", Channels: 10, Presented: "+33140506070", Allowed: []string{"+33140506070", "+33140506072"}},
			{Name: "backup", Channels: 2, Presented: "+33145000000"},
			{Name: "swiss", Channels: 2, Presented: "+33145000001", Prefixes: []string{"+41"}},
		},
		Services: []Service{
			{Number: "+33140506070", Name: "Accueil", Welcome: "prompt:welcome", Queue: "sales", Active: true},
			{Number: "+33140506071", Name: "Direct", Queue: "sales", Active: true},
			{Number: "+33140506072", Name: "Ana", Exten: "201", Active: true},
			{Number: "+33140506073", Name: "Fermé", Queue: "sales"},
		},
		Queues: []Queue{
			{ID: "sales", Name: "Ventes", RingMS: 15_000, RetryMS: 3_000, CoolDownMS: 30_000, WrapUpMS: 5_000, Overflow: "rescue", MaxWaitMS: 120_000, MaxLength: 3, Music: "music:sales"},
			{ID: "rescue", Name: "Secours", RingMS: 15_000, RetryMS: 3_000, Music: "music:rescue", Record: true, MaxLength: 2},
		},
		Agents: []Agent{
			{ID: "ana", Name: "Ana", Extension: "201", Queues: []string{"sales"}, LoggedIn: true},
			{ID: "bob", Name: "Bob", Extension: "202", Queues: []string{"sales", "rescue"}, LoggedIn: true},
		},
		Emergency: Emergency{Numbers: []string{"112", "15", "17", "18"}, Trunk: "carrier", Presented: "+33140506079"},
	}
}

func newBench(t testing.TB, change ...func(*Branch)) *bench {
	t.Helper()
	b := &bench{t: t, s: New(), now: 1000}
	x := branch()
	for _, f := range change {
		f(&x)
	}
	b.step(Started{Epoch: 3})
	b.step(SiteChanged{Branch: x})
	return b
}

func (b *bench) moment() fact.Moment { return fact.Moment{UTC: 1_700_000_000_000 + b.now, Boot: b.now} }

func (b *bench) step(in Input) {
	b.t.Helper()
	b.effects, b.last = b.s.Step(b.moment(), in)
	b.facts = append(b.facts, b.last...)
}

// wait lets time pass and fires what is due, in order of time and then of number. Effects of all of it are kept.
func (b *bench) wait(ms int64) {
	b.t.Helper()
	until := b.now + ms
	var all []Effect
	var told []fact.Fact
	for {
		var due *timer
		for _, t := range b.s.sortedTimers() {
			if t.At <= until && (due == nil || t.At < due.At) {
				due = &t
			}
		}
		if due == nil {
			break
		}
		b.now = max(b.now, due.At)
		b.step(TimerFired{Timer: due.ID})
		all, told = append(all, b.effects...), append(told, b.last...)
	}
	b.now = until
	b.effects, b.last = all, told
}

func (b *bench) fromTrunk(leg, dialled string) {
	b.t.Helper()
	b.step(LegOffered{Leg: plan.LegID(leg), Origin: Origin{FromTrunk, "carrier"}, Caller: Caller{Subject: "s1", Number: "+33612345678"}, Dialled: dialled})
}

func (b *bench) fromExtension(leg, ext, dialled string) {
	b.t.Helper()
	b.step(LegOffered{Leg: plan.LegID(leg), Origin: Origin{FromExtension, ext}, Dialled: dialled, Callee: "s2"})
}

// queued brings a caller on leg into the sales queue.
func (b *bench) queued(leg string) {
	b.t.Helper()
	b.fromTrunk(leg, "0140506071")
	b.step(LegAnswered{Leg: plan.LegID(leg)})
}

// effect finds the only effect of a type in the last step.
func effect[E Effect](b *bench) E {
	b.t.Helper()
	var got []E
	for _, e := range b.effects {
		if x, ok := e.(E); ok {
			got = append(got, x)
		}
	}
	if len(got) != 1 {
		var zero E
		b.t.Fatalf("%d effects of type %T, want 1; all: %s", len(got), zero, show(b.effects))
	}
	return got[0]
}

func none[E Effect](b *bench) {
	b.t.Helper()
	for _, e := range b.effects {
		if x, ok := e.(E); ok {
			b.t.Fatalf("unwanted effect %T%+v", x, x)
		}
	}
}

// told finds every fact of a type so far.
func told[F fact.Fact](b *bench) []F {
	var out []F
	for _, f := range b.facts {
		if x, ok := f.(F); ok {
			out = append(out, x)
		}
	}
	return out
}

func lastTold[F fact.Fact](b *bench) F {
	b.t.Helper()
	all := told[F](b)
	if len(all) == 0 {
		var zero F
		b.t.Fatalf("no fact %T", zero)
	}
	return all[len(all)-1]
}

func show(es []Effect) string {
	var out []string
	for _, e := range es {
		out = append(out, fmt.Sprintf("%s%+v", reflect.TypeOf(e).Name(), e))
	}
	return strings.Join(out, "\n  ")
}

func (b *bench) activity(id string) string {
	for _, a := range b.s.Agents() {
		if a.ID == id {
			return a.Declared + "/" + a.Activity
		}
	}
	return "?"
}

func (b *bench) empty() {
	b.t.Helper()
	if len(b.s.Calls()) != 0 || len(b.s.legs) != 0 || len(b.s.lines) != 0 || len(b.s.trunks) != 0 || len(b.s.waiting) != 0 {
		b.t.Fatalf("something is left: calls %+v legs %v lines %v trunks %v", b.s.Calls(), b.s.legs, b.s.lines, b.s.trunks)
	}
}

func TestTrunkCallReachesAnAgentAndEnds(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.fromTrunk("i1", "+33 1 40 50 60 70")
	if a := effect[Answer](b); a.Leg != "i1" {
		t.Fatalf("answered %s", a.Leg)
	}
	b.step(LegAnswered{Leg: "i1"})
	p := effect[Play](b)
	if p.Sound != "prompt:welcome" {
		t.Fatalf("plays %q", p.Sound)
	}
	b.wait(2500)
	b.step(PromptDone{Leg: "i1", Token: p.Token, Finished: true})
	r := effect[Ring](b)
	if r.To.Extension != "201" || r.Label != "Ventes" || r.Caller.Number != "+33612345678" {
		t.Fatalf("rings %+v", r)
	}
	if pl := effect[SetPlan](b).Plan; pl.Legs[0].Sound != "music:sales" {
		t.Fatalf("plan %+v", pl)
	}
	if got := b.activity("ana"); got != "available/reserved" {
		t.Fatalf("ana is %s", got)
	}
	b.wait(100)
	b.step(LegRinging{Leg: r.Leg})
	b.wait(4000)
	b.step(LegAnswered{Leg: r.Leg})
	pl := effect[SetPlan](b).Plan
	if len(pl.Legs) != 2 || !slices.Equal(pl.Legs[0].From, []plan.LegID{r.Leg}) || !slices.Equal(pl.Legs[1].From, []plan.LegID{"i1"}) {
		t.Fatalf("bridge %+v", pl)
	}
	if rec := effect[StartRecording](b); rec.Leg != "i1" {
		t.Fatalf("records %+v", rec)
	}
	b.wait(60_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if h := effect[HangUp](b); h.Leg != r.Leg {
		t.Fatalf("hangs up %+v", h)
	}
	stop := effect[StopRecording](b)
	b.step(LegEnded{Leg: r.Leg, Cause: EndedByBox})
	if o := lastTold[fact.OfferEnded](b); o.RingMS != 4_000 || o.Outcome != fact.OfferAnswered {
		t.Fatalf("offer %+v", o)
	}
	if n := len(told[fact.LegRinging](b)); n != 1 {
		t.Fatalf("ringing told %d times", n)
	}
	end := lastTold[fact.CallEnded](b)
	want := fact.CallEnded{Call: "3-000001", Outcome: fact.CallAnswered, HungUpBy: "caller", TotalMS: 66_600, WaitMS: 4100, RingMS: 4000, TalkMS: 60_000}
	if !reflect.DeepEqual(end, want) {
		t.Fatalf("ended\n %+v, want\n %+v", end, want)
	}
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Fatalf("ana is %s", got)
	}
	b.step(RecordingStopped{Recording: stop.Recording, SoundMS: 60_000})
	if e := lastTold[fact.RecordingEnded](b); e.Call != "3-000001" {
		t.Fatalf("recording of %q", e.Call)
	}
	b.wait(60_000)
	if got := b.activity("ana"); got != "available/idle" {
		t.Fatalf("ana is %s", got)
	}
	b.empty()
	if len(b.s.timers) != 0 {
		t.Fatalf("timers left: %v", b.s.timers)
	}
}

func TestInternalCall(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "203", "201")
	r := effect[Ring](b)
	if r.To.Extension != "201" || r.Caller.Number != "203" || r.Caller.Name != "Chloé" {
		t.Fatalf("rings %+v", r)
	}
	b.step(LegRinging{Leg: r.Leg})
	if p := effect[Progress](b); p.Early {
		t.Fatal("early media without any")
	}
	b.step(LegAnswered{Leg: r.Leg})
	effect[Answer](b)
	effect[SetPlan](b)
	b.step(LegAnswered{Leg: "i1"})
	b.wait(1000)
	b.step(LegEnded{Leg: r.Leg, Cause: EndedByPeer})
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.HungUpBy != "called" || e.TalkMS != 1000 {
		t.Fatalf("ended %+v", e)
	}
	b.empty()
}

func TestExtensionCallsOutside(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "201", "0 06.12-34 56 78")
	r := effect[Ring](b)
	if r.To.Trunk != "carrier" || r.To.Number != "+33612345678" || r.Caller.Number != "+33140506072" {
		t.Fatalf("rings %+v", r)
	}
	if o := lastTold[fact.CallOpened](b); o.Dialled != "" || o.Callee != "s2" || o.Flow != "outbound" {
		t.Fatalf("opened %+v", o)
	}
	b.step(LegRinging{Leg: r.Leg, EarlyMedia: true})
	if p := effect[Progress](b); !p.Early {
		t.Fatal("no early media")
	}
	if p := effect[SetPlan](b).Plan; len(p.Legs) != 2 {
		t.Fatalf("plan %+v", p)
	}
	b.step(LegAnswered{Leg: r.Leg})
	effect[Answer](b)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: r.Leg, Cause: EndedByBox})
	b.empty()
}

func TestEmergencyWithAndWithoutPrefix(t *testing.T) {
	for _, dialled := range []string{"112", "0112", "1 1 2", "18", "015"} {
		b := newBench(t)
		b.fromExtension("i1", "203", dialled) // 203 may not call outside
		r := effect[Ring](b)
		if !r.Emergency || r.To.Trunk != "carrier" || r.Caller.Number != "+33140506079" {
			t.Errorf("%s: rings %+v", dialled, r)
		}
	}
}
