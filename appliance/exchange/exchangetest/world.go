package exchangetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Taken is one step of a day: when, what happened, and the print of everything that was said in answer.
type Taken struct {
	At    fact.Moment
	Input exchange.Input
	Print uint64
}

// World is a rim that plays carriers, phones, people and clocks around an exchange, all from one seed.
type World struct {
	Dice     *Dice
	S        *exchange.State
	Now      int64 // ms since boot
	Branch   exchange.Branch
	Log      []Taken
	Facts    *Ledger
	Problems []string

	// Hear is told every fact, when it is set.
	Hear func(fact.Moment, fact.Fact)

	// LosePercent is how often the far end of a leg vanishes without a word.
	LosePercent int

	legs      []*wire
	timers    []due
	stale     []exchange.TimerID
	plays     []playing
	tapes     []plan.RecordingID
	paused    map[plan.RecordingID]bool // recordings, by whether they write nothing now
	versions  map[plan.CallID]uint64
	seen      map[exchange.TimerID]bool
	nextLeg   int
	edition   int
	requests  uint64
	referrals map[uint64]*referral
	hearing   map[plan.LegID]plan.CallID // the call in whose plan a leg is
	replies   map[exchange.RequestID]int
	lamps     map[string]exchange.ShowLamp // as the rim shows them
	sheet     *timesheet
	resumed   bool // a process takes over: its first word on a plan has any version, and what was asked may be asked again
}

// wire is one dialog as the rim sees it.
type wire struct {
	id     plan.LegID
	in     bool
	state  wireState
	cause  exchange.EndCause
	vanish bool
	held   bool

	extension string
}

// referral is a transfer that a leg asked for, and what it was told last.
type referral struct {
	leg  plan.LegID
	told exchange.ReferState
}

type wireState uint8

const (
	arriving  wireState = iota // came in, not answered
	accepting                  // we answered, its ACK is under way
	calling                    // goes out, nothing heard
	ringing
	up
	ending // we ended it, its end is under way
	crossing
)

type due struct {
	id exchange.TimerID
	at int64
}

type playing struct {
	leg   plan.LegID
	token uint64
}

// New makes a world with a branch.
func New(seed uint64) *World {
	w := &World{
		Dice: NewDice(seed), S: exchange.New(), Now: 1_000, Facts: NewLedger(), versions: map[plan.CallID]uint64{}, paused: map[plan.RecordingID]bool{},
		seen: map[exchange.TimerID]bool{}, replies: map[exchange.RequestID]int{}, lamps: map[string]exchange.ShowLamp{}, hearing: map[plan.LegID]plan.CallID{}, referrals: map[uint64]*referral{}, LosePercent: 3, sheet: newTimesheet(),
	}
	w.Step(exchange.Started{Epoch: 1})
	w.NewBranch()
	if seed%4 == 0 { // it was there before, and had its day
		w.Step(exchange.Remembered{Lasting: exchange.Lasting{
			Extensions: []exchange.Setting{
				{Extension: "201", DND: seed%8 == 0}, {Extension: "202", Forward: "201", When: exchange.ForwardBusy}, {Extension: "299", DND: true},
			},
			Known: []exchange.Acquaintance{{Subject: "s1", Agent: "a1", At: w.Moment().UTC - 60_000}},
		}})
	}
	return w
}

// NewBranch publishes another site document.
func (w *World) NewBranch() {
	w.edition++
	w.Branch = Branch(w.Dice, fmt.Sprintf("rev%d", w.edition))
	w.Step(exchange.SiteChanged{Branch: w.Branch})
}

func (w *World) bad(format string, args ...any) {
	w.Problems = append(w.Problems, fmt.Sprintf("step %d: ", len(w.Log))+fmt.Sprintf(format, args...))
}

// Moment is the time in this world.
func (w *World) Moment() fact.Moment { return fact.Moment{UTC: 1_790_000_000_000 + w.Now, Boot: w.Now} }

// Step gives the exchange one input, carries out what it says, and looks whether all promises hold.
func (w *World) Step(in exchange.Input) {
	at := w.Moment()
	effects, facts := w.S.Step(at, in)
	w.Log = append(w.Log, Taken{At: at, Input: in, Print: Print(effects, facts)})
	w.Absorb(effects, facts)
}

// Absorb carries out effects and books facts, however they came about.
func (w *World) Absorb(effects []exchange.Effect, facts []fact.Fact) {
	for _, f := range facts {
		w.Facts.Take(f)
		w.sheet.take(w.Now, f)
		if w.Hear != nil {
			w.Hear(w.Moment(), f)
		}
		if b, err := json.Marshal(f); err != nil || bytes.Contains(b, []byte("612345678")) || bytes.Contains(b, []byte("4711007")) {
			w.bad("a fact names somebody outside: %s %s %v", f.Kind(), b, err)
		}
	}
	for _, e := range effects {
		w.carryOut(e)
	}
	for _, p := range w.Facts.Problems {
		w.bad("%s", p)
	}
	w.Facts.Problems = nil
	for _, p := range w.S.Audit() {
		w.bad("audit: %s", p)
	}
	for _, p := range w.sheet.compare(w.Now, w.S) {
		w.bad("%s", p)
	}
	for _, l := range w.S.Lamps() {
		if shown := w.lamps[l.Extension]; shown.Lamp != l.Lamp || !slices.Equal(shown.Dialogs, l.Dialogs) {
			w.bad("the lamp of %s shows %+v and stands at %+v", l.Extension, shown, l)
		}
	}
	if at, ok := w.S.NextWake(); ok != (len(w.timers) > 0) || ok && at != w.wake() {
		w.bad("the exchange wakes next at %d (%v), the rim was told %v", at, ok, w.timers)
	}
}

// wake is when the first of the timers is due that the rim was told of.
func (w *World) wake() int64 {
	return slices.MinFunc(w.timers, func(a, b due) int { return cmp.Compare(a.at, b.at) }).at
}

// Print is a fingerprint of everything one step said.
func Print(effects []exchange.Effect, facts []fact.Fact) uint64 {
	h := fnv.New64a()
	for _, e := range effects {
		b, err := json.Marshal(e)
		fmt.Fprintf(h, "%T %s %v\n", e, b, err)
	}
	for _, f := range facts {
		b, err := json.Marshal(f)
		fmt.Fprintf(h, "%s %s %v\n", f.Kind(), b, err)
	}
	return h.Sum64()
}

func (w *World) wire(id plan.LegID) *wire {
	for _, l := range w.legs {
		if l.id == id {
			return l
		}
	}
	return nil
}

func (w *World) unplug(l *wire) {
	w.legs = slices.DeleteFunc(w.legs, func(x *wire) bool { return x == l })
}

// Legs lists the dialogs that the rim holds.
func (w *World) Legs() []plan.LegID {
	var ids []plan.LegID
	for _, l := range w.legs {
		ids = append(ids, l.id)
	}
	return ids
}

func (w *World) carryOut(e exchange.Effect) {
	switch e := e.(type) {
	case exchange.Ring:
		if w.wire(e.Leg) != nil {
			w.bad("leg %s placed twice", e.Leg)
		}
		if (e.To.Extension == "") == (e.To.Trunk == "") {
			w.bad("leg %s rings nowhere or everywhere: %+v", e.Leg, e.To)
		}
		w.legs = append(w.legs, &wire{id: e.Leg, state: calling, vanish: w.Dice.Percent(w.LosePercent), extension: e.To.Extension})
		if e.Hops <= 0 || e.Hops >= 70 {
			w.bad("leg %s may be placed anew %d times", e.Leg, e.Hops)
		}
	case exchange.ReferTold:
		w.referTold(e)
	case exchange.Progress:
		if l := w.wire(e.Leg); l == nil || l.state != arriving {
			w.bad("progress for leg %s, which does not wait for an answer", e.Leg)
		}
	case exchange.Answer:
		if l := w.wire(e.Leg); l == nil || l.state != arriving {
			w.bad("answer for leg %s, which does not wait for one", e.Leg)
		} else {
			l.state = accepting
		}
	case exchange.Refuse:
		if l := w.wire(e.Leg); l == nil || l.state != arriving {
			w.bad("refusal for leg %s, which does not wait for an answer", e.Leg)
		} else {
			l.state, l.cause = ending, exchange.EndedByBox
		}
	case exchange.HangUp:
		w.hangUp(e.Leg)
	case exchange.SetPlan:
		w.checkPlan(e.Plan)
	case exchange.Play:
		w.plays = append(w.plays, playing{e.Leg, e.Token})
	case exchange.ShowLamp:
		w.lamps[e.Extension] = e
	case exchange.StopPlay:
		w.plays = slices.DeleteFunc(w.plays, func(p playing) bool { return p.token == e.Token })
	case exchange.StartRecording:
		if !e.Again {
			w.tapes = append(w.tapes, e.Recording)
		} else if !slices.Contains(w.tapes, e.Recording) {
			w.bad("recording %s goes on, and never began", e.Recording)
		}
		w.paused[e.Recording] = e.Paused
	case exchange.PauseRecording:
		w.carryTape(e.Recording, e.Paused)
	case exchange.SendDigits:
		if l := w.wire(e.Leg); l == nil || l.state != up && l.state != accepting {
			w.bad("keys for leg %s, which does not talk", e.Leg)
		}
	case exchange.StopRecording, exchange.KeepRecording, exchange.MaskDigits:
	case exchange.StartTimer:
		if w.seen[e.Timer] {
			w.bad("timer %d was used before", e.Timer)
		}
		if e.At < w.Now && !w.resumed {
			w.bad("timer %d lies in the past", e.Timer)
		}
		w.seen[e.Timer] = true
		w.timers = append(w.timers, due{e.Timer, e.At})
	case exchange.StopTimer:
		w.timers = slices.DeleteFunc(w.timers, func(d due) bool { return d.id == e.Timer })
		w.stale = append(w.stale, e.Timer)
	case exchange.Reply:
		w.replies[e.Request]++
		if w.replies[e.Request] > 1 {
			w.bad("request %d answered twice", e.Request)
		}
	}
}

func (w *World) hangUp(id plan.LegID) {
	l := w.wire(id)
	if l == nil {
		if !w.resumed {
			w.bad("hang-up for leg %s, which is not there", id)
		}
		return
	}
	switch l.state {
	case arriving:
		w.bad("hang-up for leg %s, which must be refused", id)
	case ringing, calling:
		l.state = ending
		if w.Dice.Percent(15) {
			l.state = crossing // its 200 is on the way already
		}
	default:
		l.state = ending
	}
	l.cause = exchange.EndedByBox
}

// referTold holds what is said of a transfer to its order: accepted or refused, then its end once.
func (w *World) referTold(e exchange.ReferTold) {
	r := w.referrals[e.Refer]
	if r == nil || r.leg != e.Leg {
		w.bad("leg %s is told %s of transfer %d, which it did not ask for", e.Leg, e.State, e.Refer)
		return
	}
	if l := w.wire(e.Leg); l == nil || l.state != up {
		if e.State != exchange.ReferRefused {
			w.bad("leg %s is told %s and is over", e.Leg, e.State)
		}
		return
	}
	ok := false
	switch r.told {
	case "":
		ok = e.State == exchange.ReferAccepted || e.State == exchange.ReferRefused
	case exchange.ReferAccepted:
		ok = e.State == exchange.ReferRinging || e.State == exchange.ReferDone || e.State == exchange.ReferFailed
	case exchange.ReferRinging:
		ok = e.State == exchange.ReferDone || e.State == exchange.ReferFailed
	case exchange.ReferDone, exchange.ReferFailed, exchange.ReferRefused:
		ok = e.State == exchange.ReferRefused // the same request again
	}
	if !ok {
		w.bad("leg %s is told %s after %q", e.Leg, e.State, r.told)
	}
	r.told = e.State
}

func (w *World) checkPlan(p plan.Plan) {
	for id, c := range w.hearing {
		if c == p.Call {
			delete(w.hearing, id)
		}
	}
	for _, h := range p.Legs {
		if c := w.hearing[h.Leg]; c != "" {
			w.bad("leg %s is in the plans of calls %s and %s", h.Leg, c, p.Call)
		}
		w.hearing[h.Leg] = p.Call
	}
	if before := w.versions[p.Call]; before != 0 && p.Version != before+1 {
		w.bad("plan of call %s has version %d after %d", p.Call, p.Version, w.versions[p.Call])
	}
	w.versions[p.Call] = p.Version
	if !slices.IsSortedFunc(p.Legs, func(a, b plan.Hearing) int { return strings.Compare(string(a.Leg), string(b.Leg)) }) {
		w.bad("plan of call %s is not sorted", p.Call)
	}
	for _, h := range p.Legs {
		if w.wire(h.Leg) == nil {
			w.bad("plan of call %s names leg %s, which is not there", p.Call, h.Leg)
		}
		for _, from := range h.From {
			if !slices.ContainsFunc(p.Legs, func(o plan.Hearing) bool { return o.Leg == from }) {
				w.bad("plan of call %s: %s hears %s, which is not in it", p.Call, h.Leg, from)
			}
		}
	}
}

// Pass lets time go by and fires what is due, in its order.
func (w *World) Pass(ms int64) {
	until := w.Now + ms
	for {
		first := -1
		for i, d := range w.timers {
			if d.at <= until && (first < 0 || d.at < w.timers[first].at) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		d := w.timers[first]
		w.timers = slices.Delete(w.timers, first, first+1)
		w.Now = max(w.Now, d.at)
		w.Step(exchange.TimerFired{Timer: d.id})
	}
	w.Now = until
}
