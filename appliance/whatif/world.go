package whatif

import (
	"cmp"
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// plan is the branch of a run and who is there when.
type daysPlan struct {
	branch exchange.Branch
	agents []worker
	dial   map[string]string // by queue: the number that leads to it
	length int64             // ms
	from   int64             // Unix ms
}

// worker is an agent of a run.
type worker struct {
	id, extension string
	queues        []string
	spans         []span
}

// line is the trunk of a run: it has room for everybody.
const line = "outside"

// newPlan makes the branch of a run: its queues and agents as they are but for the change, a phone for each agent, a number for each queue.
func newPlan(d *Day, b exchange.Branch, c Change) (*daysPlan, error) {
	p := &daysPlan{dial: map[string]string{}, length: d.Until - d.From, from: d.From}
	p.branch = exchange.Branch{Revision: "what-if", Country: "FR", Trunks: []exchange.Trunk{{Name: line, Presented: "+33140500000"}}}
	for i, q := range b.Queues {
		q.Announce, q.Exits, q.Callback, q.Whisper, q.Record, q.Sampled = exchange.Announce{}, nil, exchange.Callback{}, "", false, 0
		q.Strategy = cmp.Or(c.Strategy[q.ID], q.Strategy)
		q.Priority = cmp.Or(c.Priority[q.ID], q.Priority)
		if ms, set := c.WrapUpMS[q.ID]; set {
			q.WrapUpMS = ms
		}
		p.branch.Queues = append(p.branch.Queues, q)
		p.dial[q.ID] = fmt.Sprintf("+3314051%04d", i)
		p.branch.Services = append(p.branch.Services, exchange.Service{Number: p.dial[q.ID], Queue: q.ID, Active: true})
	}
	for _, name := range []map[string]bool{keys(c.Strategy), keys(c.Priority), keys(c.WrapUpMS), {c.Queue: c.Queue != ""}} {
		for id, named := range name {
			if named && p.dial[id] == "" {
				return nil, fmt.Errorf("there is no queue %q", id)
			}
		}
	}
	team, err := p.team(d, b, c)
	if err != nil {
		return nil, err
	}
	for i, a := range team {
		number := fmt.Sprint(2000 + i)
		p.agents[i].extension = number
		a.Extension, a.LoggedIn, a.Outside = number, false, ""
		p.branch.Agents = append(p.branch.Agents, a)
		p.branch.Extensions = append(p.branch.Extensions, exchange.Extension{Number: number})
	}
	return p, nil
}

func keys[V any](m map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

// team is who works that day: those who did, and those the change adds, who keep the hours of whoever was there longest.
func (p *daysPlan) team(d *Day, b exchange.Branch, c Change) ([]exchange.Agent, error) {
	var team []exchange.Agent
	for _, a := range b.Agents {
		if len(d.spans[a.ID]) > 0 {
			team = append(team, a)
			p.agents = append(p.agents, worker{id: a.ID, queues: a.Queues, spans: d.spans[a.ID]})
		}
	}
	serves := func(w worker) bool { return c.Queue == "" || slices.Contains(w.queues, c.Queue) }
	for range max(0, -c.Agents) {
		i := len(p.agents) - 1
		for i >= 0 && !serves(p.agents[i]) {
			i--
		}
		if i < 0 {
			return nil, fmt.Errorf("there are not %d agents to do without", -c.Agents)
		}
		p.agents, team = slices.Delete(p.agents, i, i+1), slices.Delete(team, i, i+1)
	}
	if c.Agents > mostAgents {
		return nil, fmt.Errorf("%d agents more: choose at most %d", c.Agents, mostAgents)
	}
	model, hours := exchange.Agent{}, int64(-1)
	for i, w := range p.agents {
		total := int64(0)
		for _, s := range w.spans {
			total += s.to - s.from
		}
		if serves(w) && total > hours {
			model, hours = team[i], total
		}
	}
	spans := d.spans[model.ID]
	if hours < 0 && c.Agents > 0 { // nobody was there to take after
		for _, q := range b.Queues {
			if c.Queue == "" || q.ID == c.Queue {
				model.Queues = append(model.Queues, q.ID)
			}
		}
		spans = []span{{0, p.length}}
	}
	for i := range max(0, c.Agents) {
		a := model
		a.ID = fmt.Sprintf("more-%d", i+1)
		team = append(team, a)
		p.agents = append(p.agents, worker{id: a.ID, queues: a.Queues, spans: spans})
	}
	return team, nil
}

// world is one run: an exchange, and callers and agents who do what was drawn for them.
type world struct {
	plan  *daysPlan
	habit habit
	r     *rand.Rand
	state *exchange.State
	now   int64
	due   events
	order int64

	live    map[plan.LegID]bool
	stopped map[exchange.TimerID]bool
	callers map[string]*caller // by call
	count   *counter
	keep    func(fact.Entry) // nil: nobody wants the facts
	n       uint64
}

// caller is somebody from outside.
type caller struct {
	leg     plan.LegID
	queue   string
	waits   bool // their patience was drawn
	talking bool
}

// event is one thing that will happen to the exchange.
type event struct {
	at, order int64
	leg       plan.LegID // does nothing when this leg is over
	timer     exchange.TimerID
	call      string // patience: does nothing when this call talks
	in        exchange.Input
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(e[i].at, e[j].at), cmp.Compare(e[i].order, e[j].order)) < 0
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) } //nolint:forcetypeassert // heap.Push is given events only
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

func newWorld(p *daysPlan, h habit, r *rand.Rand, within int64) *world {
	return &world{
		plan: p, habit: h, r: r, state: exchange.New(), live: map[plan.LegID]bool{}, stopped: map[exchange.TimerID]bool{},
		callers: map[string]*caller{}, count: newCounter(within),
	}
}

func (w *world) at(ms int64, e event) {
	w.order++
	e.at, e.order = max(w.now, ms), w.order
	heap.Push(&w.due, e)
}

// afterwards is how long a day may run on for those who are still there, in ms.
const afterwards = 4 * 3_600_000

// run runs the day to its end and gives the figures by queue.
func (w *world) run() map[string]Figure {
	w.step(exchange.Started{Epoch: 1})
	w.step(exchange.SiteChanged{Branch: w.plan.branch})
	for _, a := range w.plan.agents {
		w.step(exchange.PhoneReachable{Extension: a.extension, Reachable: true, Contacts: 1})
		for _, s := range a.spans {
			w.at(s.from, event{in: exchange.AgentLogIn{By: "what-if", Agent: a.id, Extension: a.extension}})
			w.at(s.from, event{in: exchange.AgentDeclare{By: "what-if", Agent: a.id}})
			w.at(s.to, event{in: exchange.AgentDeclare{By: "what-if", Agent: a.id, Pause: "away"}})
		}
	}
	for i, a := range w.habit.arrivals(w.r) {
		if w.plan.dial[a.queue] == "" {
			continue // a queue that is no more
		}
		leg := plan.LegID(fmt.Sprintf("i%d", i))
		w.at(a.at, event{in: exchange.LegOffered{
			Leg: leg, Origin: exchange.Origin{Kind: exchange.FromTrunk, Name: line}, Caller: exchange.Caller{Subject: fact.Subject(leg)}, Dialled: w.plan.dial[a.queue],
		}})
	}
	counted := false
	for w.due.Len() > 0 {
		e := heap.Pop(&w.due).(event) //nolint:forcetypeassert // it holds nothing else
		if e.at >= w.plan.length && !counted {
			w.count.end(w.plan.length)
			counted = true
		}
		if e.at > w.plan.length+afterwards {
			break
		}
		w.now = e.at
		if w.happens(e) {
			w.step(e.in)
		}
	}
	out := map[string]Figure{}
	for id, f := range w.count.figures {
		out[id] = *f
	}
	return out
}

// happens reports whether what was to happen still can.
func (w *world) happens(e event) bool {
	switch {
	case e.timer != 0:
		if w.stopped[e.timer] {
			delete(w.stopped, e.timer)
			return false
		}
	case e.call != "":
		c := w.callers[e.call]
		if c == nil || c.talking || !w.live[c.leg] {
			return false
		}
		delete(w.live, c.leg)
	case e.leg != "":
		if !w.live[e.leg] {
			return false
		}
		if _, over := e.in.(exchange.LegEnded); over {
			delete(w.live, e.leg)
		}
		if _, over := e.in.(exchange.LegRefused); over {
			delete(w.live, e.leg)
		}
	}
	return true
}

func (w *world) step(in exchange.Input) {
	if o, arrives := in.(exchange.LegOffered); arrives {
		w.live[o.Leg] = true
	}
	at := fact.Moment{UTC: w.plan.from + w.now, Boot: w.now}
	effects, facts := w.state.Step(at, in)
	for _, f := range facts {
		w.n++
		if w.keep != nil {
			w.keep(fact.Entry{Address: fact.Address{Stream: "what-if", Epoch: 1, N: w.n}, At: at, Fact: f})
		}
		if w.now < w.plan.length { // as the real day is counted: who waits at its end was not answered in it
			w.count.take(w.now, f)
		}
		w.learn(f)
	}
	for _, e := range effects {
		w.carry(e)
	}
}

// learn lets people act on what they notice.
func (w *world) learn(f fact.Fact) {
	switch f := f.(type) {
	case fact.CallOpened:
		w.callers[f.Call] = &caller{leg: plan.LegID(f.Leg)}
	case fact.VisitEntered:
		c := w.callers[f.Call]
		if c == nil {
			return
		}
		c.queue = f.Queue
		if c.waits {
			return
		}
		c.waits = true
		if ms := w.habit.patience(w.r, f.Queue); ms != forever {
			w.at(w.now+ms, event{call: f.Call, in: exchange.LegEnded{Leg: c.leg, Cause: exchange.EndedByPeer}})
		}
	case fact.BridgeJoined:
		if c := w.callers[f.Call]; c != nil && !c.talking {
			c.talking = true
			w.at(w.now+w.habit.talk(w.r, c.queue), event{leg: c.leg, in: exchange.LegEnded{Leg: c.leg, Cause: exchange.EndedByPeer}})
		}
	case fact.CallEnded:
		delete(w.callers, f.Call)
	default: // nobody notices
	}
}

// carry does what the exchange asks for, as phones and the network would.
func (w *world) carry(e exchange.Effect) {
	switch e := e.(type) {
	case exchange.Ring:
		w.live[e.Leg] = true
		queue := ""
		if c := w.callers[string(e.Call)]; c != nil {
			queue = c.queue
		}
		w.lifts(e.Leg, w.habit.pick(w.r, queue))
	case exchange.Answer:
		w.at(w.now, event{leg: e.Leg, in: exchange.LegAnswered(e)})
	case exchange.HangUp:
		w.at(w.now, event{leg: e.Leg, in: exchange.LegEnded{Leg: e.Leg, Cause: exchange.EndedByBox}})
	case exchange.Refuse:
		w.at(w.now, event{leg: e.Leg, in: exchange.LegEnded{Leg: e.Leg, Cause: exchange.EndedByBox}})
	case exchange.Play:
		w.at(w.now, event{leg: e.Leg, in: exchange.PromptDone{Leg: e.Leg, Token: e.Token, Finished: true}})
	case exchange.StartTimer:
		w.at(e.At, event{timer: e.Timer, in: exchange.TimerFired{Timer: e.Timer}})
	case exchange.StopTimer:
		w.stopped[e.Timer] = true
	default: // concerns no caller and no agent
	}
}

// lifts is what an agent does whose phone is called.
func (w *world) lifts(leg plan.LegID, p pick) {
	switch p.outcome {
	case fact.OfferBusy:
		w.at(w.now, event{leg: leg, in: exchange.LegRefused{Leg: leg, Reason: exchange.RefusedBusy}})
		return
	case fact.OfferUnreachable:
		w.at(w.now, event{leg: leg, in: exchange.LegRefused{Leg: leg, Reason: exchange.RefusedUnreachable}})
		return
	default:
	}
	w.at(w.now, event{leg: leg, in: exchange.LegRinging{Leg: leg}})
	switch p.outcome {
	case fact.OfferAnswered:
		w.at(w.now+p.ringMS, event{leg: leg, in: exchange.LegAnswered{Leg: leg}})
	case fact.OfferDeclined:
		w.at(w.now+p.ringMS, event{leg: leg, in: exchange.LegRefused{Leg: leg, Reason: exchange.RefusedDeclined}})
	default: // it rings as long as it may
	}
}
