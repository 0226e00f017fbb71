package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/policy"
)

// The size the call centre is promised at (FEATURES §7.1, the promise of `Step`).
const (
	centreWaiting = 200
	centreAgents  = 100
)

// centreBranch is a call centre of six queues, one for each strategy and one that asks for a language: every agent serves two to four of them, and
// the next agent others. Callers are told their place and wait every 30 s.
func centreBranch() Branch {
	b := branch()
	b.Extensions, b.Agents, b.Queues, b.Services = nil, nil, nil, nil
	b.Trunks[0].Channels = 1000
	strategies := []Strategy{LongestAvailable, RoundRobin, Linear, Random, RingAll, LongestAvailable}
	for i, s := range strategies {
		q := Queue{
			ID: fmt.Sprintf("q%d", i), Name: fmt.Sprintf("File %d", i), RingMS: 20_000, RetryMS: 2_000, CoolDownMS: 15_000, Music: "music:default", Strategy: s,
			Priority: 45 + 2*i, Announce: Announce{Welcome: "sound:bonjour", EveryMS: 30_000, Position: true, Wait: true},
		}
		switch s {
		case RoundRobin:
			q.WrapUpMS = 8_000
		case Linear:
			q.AgeingMS, q.LeaveEmpty = 30_000, []Hold{HeldPaused}
		default:
		}
		b.Queues = append(b.Queues, q)
		b.Services = append(b.Services, Service{Number: fmt.Sprintf("+3314050608%d", i), Queue: q.ID, Active: true})
	}
	b.Queues[5].Needs = []Need{{Skill: "english", Level: 8, RelaxMS: 40_000}}
	for i := range centreAgents {
		ext := fmt.Sprint(1000 + i)
		a := Agent{ID: "a" + ext, Extension: ext, LoggedIn: true, Skills: []Skill{{Name: "french", Level: 10}, {Name: "english", Level: i * 7 % 11}}}
		for n, q := range b.Queues {
			if (i+n)%3 == 0 || i%(n+2) == 0 {
				a.Queues = append(a.Queues, q.ID)
			}
		}
		b.Extensions = append(b.Extensions, Extension{Number: ext, RingMS: 20_000})
		b.Agents = append(b.Agents, a)
	}
	return b
}

// centre plays the carriers, phones, people and clocks of a call centre around an exchange, all from one seed, in the order of time.
type centre struct {
	*bench
	dice    uint64
	agenda  []happening // the last first
	nr      int
	callers int
	stopped map[TimerID]bool
	legs    map[plan.LegID]bool // dialogs, by whether they are a caller's
	arrived int                 // under way into a queue
	waiting int                 // how many wait or are under way, always

	meter func(what string, d time.Duration) // told what each step took, by what it was
}

// happening is one input on the agenda.
type happening struct {
	at int64
	nr int
	in Input
}

// sooner orders the agenda: what happens next is at its end.
func sooner(a, b happening) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.nr, a.nr)) }

// newCentre is a call centre where so many wait, with a campaign of so many contacts; no campaign at all when there are none.
func newCentre(t testing.TB, waiting, contacts int) *centre {
	t.Helper()
	k := &centre{
		bench: newBench(t, func(b *Branch) {
			*b = centreBranch()
			if contacts > 0 {
				b.Trunks[0].Allowed = append(b.Trunks[0].Allowed, "+33162000000")
				b.Campaigns = []campaign.Campaign{{
					ID: "relance", Name: "Relance", Mode: campaign.Progressive, Queue: "q0", Legal: policy.CallbackAsked, Attempts: 20, Presented: "+33162000000",
				}}
			}
		}),
		dice: 1, stopped: map[TimerID]bool{}, legs: map[plan.LegID]bool{}, waiting: waiting,
		meter: func(string, time.Duration) {},
	}
	for first := 0; first < contacts; first += 5000 {
		list := "numéro\n"
		for i := first; i < min(contacts, first+5000); i++ {
			list += fmt.Sprintf("01405%05d\n", i)
		}
		k.step(CampaignImport{Request: 1, By: "console", Campaign: "relance", List: list})
		if r := effect[Reply](k.bench); r.Report == nil || r.Report.Taken != min(5000, contacts-first) {
			t.Fatalf("the list was not taken: %+v", r)
		}
	}
	if contacts > 0 {
		k.step(CampaignDo{Request: 2, By: "console", Campaign: "relance", Deed: CampaignStart})
		for _, e := range k.effects {
			k.follow(e)
		}
	}
	for len(k.s.waiting) < waiting || k.now < 1_200_000 { // until it runs as it does all day
		k.next()
	}
	return k
}

func (k *centre) roll(lo, hi int64) int64 {
	k.dice = k.dice*6364136223846793005 + 1442695040888963407
	return lo + int64(k.dice>>33)%(hi-lo+1)
}

func (k *centre) later(ms int64, in Input) {
	k.nr++
	h := happening{k.now + ms, k.nr, in}
	at, _ := slices.BinarySearchFunc(k.agenda, h, sooner)
	k.agenda = slices.Insert(k.agenda, at, h)
}

// next lets the next thing happen. Whoever leaves the queues is followed by another caller, so that as many wait as are promised.
func (k *centre) next() {
	for len(k.s.waiting)+k.arrived < k.waiting {
		k.callers++
		k.arrived++
		leg := plan.LegID(fmt.Sprintf("i3-%06d", k.callers))
		k.legs[leg] = true
		k.later(k.roll(1, 400), LegOffered{
			Leg: leg, Origin: Origin{FromTrunk, "carrier"}, Caller: Caller{Number: "+33612345678"}, Dialled: fmt.Sprintf("014050608%d", k.roll(0, 5)),
		})
	}
	h := k.agenda[len(k.agenda)-1]
	k.agenda = k.agenda[:len(k.agenda)-1]
	k.now = max(k.now, h.at)
	what := k.what(h.in)
	if what == "" {
		return
	}
	from := time.Now()
	k.effects, k.last = k.s.Step(k.moment(), h.in)
	took := time.Since(from)
	for _, e := range k.effects {
		if _, rings := e.(Ring); rings {
			what = "free" // an agent became free, or what kept them was over: the next caller rings their phone
		}
		k.follow(e)
	}
	k.meter(what, took)
	if in, ended := h.in.(LegEnded); ended {
		delete(k.legs, in.Leg)
	}
	if in, ok := h.in.(LegAnswered); ok {
		k.answered(in.Leg)
	}
}

// what says what an input is in a call centre; empty: it is late and does not happen any more.
func (k *centre) what(in Input) string {
	switch in := in.(type) {
	case LegOffered:
		return "calls"
	case LegRinging:
		if _, there := k.legs[in.Leg]; there {
			return "rings"
		}
	case LegAnswered:
		switch caller, there := k.legs[in.Leg]; {
		case !there:
		case caller:
			k.arrived--
			return "joins"
		default:
			return "answers"
		}
	case PromptDone:
		if _, there := k.legs[in.Leg]; there {
			return "told"
		}
	case LegEnded:
		caller, there := k.legs[in.Leg]
		c := k.s.legs[in.Leg]
		switch {
		case !there || c == nil:
		case !caller:
			return "withdrawn"
		case in.Cause == EndedByBox:
			return "withdrawn"
		case c.Phase == call.Queued:
			return "leaves"
		default:
			return "ends"
		}
	case TimerFired:
		if _, runs := k.s.timers[in.Timer]; runs && !k.stopped[in.Timer] {
			return "timer"
		}
		delete(k.stopped, in.Timer)
	}
	return ""
}

// answered goes on with who was answered: a caller hangs up when they have waited or talked for long enough.
func (k *centre) answered(leg plan.LegID) {
	c := k.s.legs[leg]
	if c == nil {
		return
	}
	switch caller := c.CallerLeg(); {
	case caller == nil:
	case leg == caller.ID:
		k.later(k.roll(60_000, 900_000), LegEnded{Leg: leg, Cause: EndedByPeer})
	default:
		k.later(k.roll(60_000, 240_000), LegEnded{Leg: caller.ID, Cause: EndedByPeer})
	}
}

// follow carries out one effect.
func (k *centre) follow(e Effect) {
	switch e := e.(type) {
	case Answer:
		k.later(20, LegAnswered(e))
	case Ring:
		k.legs[e.Leg] = false
		k.later(k.roll(40, 200), LegRinging{Leg: e.Leg})
		if k.roll(1, 100) > 5 { // the others are not at their desk
			k.later(k.roll(2_000, 9_000), LegAnswered{Leg: e.Leg})
		}
	case HangUp:
		k.later(k.roll(1, 5), LegEnded{Leg: e.Leg, Cause: EndedByBox})
	case Refuse:
		k.later(1, LegEnded{Leg: e.Leg, Cause: EndedByBox})
	case Play:
		k.later(k.roll(3_000, 6_000), PromptDone{Leg: e.Leg, Token: e.Token, Finished: true})
	case StartTimer:
		k.later(e.At-k.now, TimerFired{Timer: e.Timer})
	case StopTimer:
		k.stopped[e.Timer] = true
	default: // music and lamps have no answer
	}
}

// BenchmarkCentre is the promise of the call centre: 200 callers wait in six queues for 100 agents who all talk. Callers come, are told their place,
// give up; agents become free and are offered the next caller, lift, talk, write up. The promise is a median step of 10 µs, and it is kept for each
// kind of step: what the median of all would hide.
func BenchmarkCentre(b *testing.B) { measure(b, centreWaiting, 0) }

// BenchmarkCentreCampaign is the same with a campaign of 10,000 contacts, for which nobody has time: it must cost a step nothing.
func BenchmarkCentreCampaign(b *testing.B) { measure(b, centreWaiting, 10_000) }

// BenchmarkCanvass is 100 agents for whom nobody waits, and a list of two thousand or of ten thousand contacts whom the box calls for them all day: a step
// does not grow with the list.
func BenchmarkCanvass(b *testing.B) {
	for _, contacts := range []int{2_000, 10_000} {
		b.Run(fmt.Sprint(contacts), func(b *testing.B) { measure(b, 0, contacts) })
	}
}

func measure(b *testing.B, waiting, contacts int) {
	k := newCentre(b, waiting, contacts)
	took := map[string][]time.Duration{}
	k.meter = func(kind string, d time.Duration) {
		took[kind], took["step"] = append(took[kind], d), append(took["step"], d)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; b.Loop(); n++ {
		if n%1000 == 999 && contacts > 0 && k.s.Campaigns()[0].Open < centreAgents { // everybody was reached
			b.StopTimer()
			was := k
			k = newCentre(b, waiting, contacts)
			k.meter = was.meter
			b.StartTimer()
		}
		k.next()
	}
	b.StopTimer()
	if n := len(k.s.waiting) + k.arrived; n < waiting || len(k.s.agents) != centreAgents {
		b.Fatalf("%d wait for %d agents", n, len(k.s.agents))
	}
	for kind, all := range took {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds()), "ns/"+kind+"(median)")
	}
	all := took["step"]
	b.ReportMetric(float64(all[len(all)*99/100].Nanoseconds()), "ns/step(p99)")
	b.ReportMetric(0, "ns/op")
}
