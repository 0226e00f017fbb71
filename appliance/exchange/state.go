package exchange

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/routing"
)

// State is everything the exchange knows: calls, queues, agents, timers. One goroutine owns it.
type State struct {
	heads
	calls  map[plan.CallID]*call.Call
	legs   map[plan.LegID]*call.Call
	timers map[TimerID]timer
	lines  map[string]int        // live legs on an extension
	lastOn map[string]*call.Call // the call that placed the last of them: where to look first, whatever has become of it
	trunks map[string]int        // live legs on a trunk
	known  map[fact.Subject]Acquaintance

	desk    campaign.Desk // changed in place; what takes it back goes to undo
	stirred bool          // in this step something changed that campaigns may wait for

	shown   map[string]ShowLamp // what was told last of each lamp
	looked  []string            // extensions whose lamp may have changed in this step
	dialogs []LampDialog        // room for those of one lamp, so that one that did not change costs nothing
	utc     int64               // of this step, Unix time in ms: prices have dates

	lanes    []lane    // room for those of one dispatch
	outlooks []outlook // the same
	derived  derived

	// Of the step in progress only.
	effects []Effect
	facts   []fact.Fact
	undo    []func()
	touched touched
	working *call.Call // the call to evict when this goes wrong
	plant   func(at string)
}

// heads is the part of the state that one copy saves: numbers, and slices that are replaced and never changed in place.
type heads struct {
	epoch     uint32
	clock     int64 // ms since boot, never steps back
	nextCall  uint64
	nextLeg   uint64
	nextRec   uint64
	nextTimer uint64
	nextToken uint64
	nextBack  uint64
	serial    uint64
	site      *site
	sites     []*site        // the one in force and those that running calls live by
	order     []*call.Call   // every call, oldest first
	waiting   []*call.Call   // calls in a queue, longest waiting first
	agents    []*agent.Agent // in document order, leaving ones last
	phones    []phone        // sorted by extension
	down      []string       // trunks that cannot be used, sorted
	tapes     []tape         // recordings whose end was not told yet, oldest first
	check     TimerID        // the healing round, 0: none
	dirty     bool           // a waiting caller may have become servable
	night     bool           // the lines outside are locked
	storage   Storage        // what the disk has room for
	full      []string       // mailboxes that take no message
	struck    []strikes      // extensions that ran into toll limits
	paces     []pace         // how long calls of each queue keep their agents
	canvass   TimerID        // when campaigns have something to do next, 0: never
	requests  []request      // what web pages asked for within a day, oldest first
	callbacks []callback     // people to be called back, oldest wish first
	settings  []Setting      // what extensions do with their calls, sorted by extension
	tried     []tries        // phones from which wrong codes were dialled, the last one last
	rescues   []rescue       // extensions that called for help, the last one last
	draws     uint64         // the generator behind random queues
	turns     []turn         // who was offered a call last, in queues that take turns, sorted by queue
}

// phone is what the registrar said last of an extension.
type phone struct {
	Extension string `json:"extension"`
	Reachable bool   `json:"reachable"`
	Contacts  int    `json:"contacts"`
}

// tape is a recording that was started.
type tape struct {
	ID   plan.RecordingID `json:"id"`
	Call plan.CallID      `json:"call"`
}

// site is a branch made ready for look-ups.
type site struct {
	Branch
	table   *routing.Table
	numbers map[string]int // where an extension is among Extensions
	queues  map[string]int // where a queue is among Queues
	ranks   []ranks        // of each queue's agents, as Queues
}

// New makes an exchange without a branch: it refuses every call until SiteChanged.
func New() *State {
	s := &State{
		calls:  map[plan.CallID]*call.Call{},
		legs:   map[plan.LegID]*call.Call{},
		timers: map[TimerID]timer{},
		lines:  map[string]int{},
		lastOn: map[string]*call.Call{},
		trunks: map[string]int{},
		shown:  map[string]ShowLamp{},
		known:  map[fact.Subject]Acquaintance{},
	}
	s.desk.OnChange = func(undo func()) {
		s.stirred = true
		s.undo = append(s.undo, undo)
	}
	s.site = newSite(Branch{})
	s.sites = []*site{s.site}
	return s
}

// siteOf is the branch a call lives by.
func (s *State) siteOf(c *call.Call) *site {
	if c.Revision == s.site.Revision {
		return s.site
	}
	for _, x := range s.sites {
		if x.Revision == c.Revision {
			return x
		}
	}
	return s.site
}

func (x *site) queue(id string) (Queue, bool) {
	i, ok := x.queues[id]
	if !ok {
		return Queue{}, false
	}
	return x.Queues[i], true
}

func (x *site) extension(number string) (Extension, bool) {
	i, ok := x.numbers[number]
	if !ok {
		return Extension{}, false
	}
	return x.Extensions[i], true
}

func (x *site) trunk(name string) (Trunk, bool) {
	i := slices.IndexFunc(x.Trunks, func(t Trunk) bool { return t.Name == name })
	if i < 0 {
		return Trunk{}, false
	}
	return x.Trunks[i], true
}

func (s *State) agent(id string) *agent.Agent {
	i := slices.IndexFunc(s.agents, func(a *agent.Agent) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return s.agents[i]
}

// agentAt is who sits at an extension, or nil.
func (s *State) agentAt(extension string) *agent.Agent {
	if extension == "" { // where agents are who answer outside
		return nil
	}
	for _, a := range s.agents {
		if a.Extension == extension && a.Session == agent.LoggedIn {
			return a
		}
	}
	return nil
}

func (s *State) phone(extension string) (phone, bool) {
	i, ok := slices.BinarySearchFunc(s.phones, extension, func(p phone, x string) int { return strings.Compare(p.Extension, x) })
	if !ok {
		return phone{}, false
	}
	return s.phones[i], true
}

func (s *State) isDown(trunk string) bool { return slices.Contains(s.down, trunk) }

func (s *State) newCallID() plan.CallID {
	s.nextCall++
	return plan.CallID(fmt.Sprintf("%d-%06d", s.epoch, s.nextCall))
}

func (s *State) newLegID() plan.LegID {
	s.nextLeg++
	return plan.LegID(fmt.Sprintf("o%d-%06d", s.epoch, s.nextLeg))
}

func (s *State) newRecordingID() plan.RecordingID {
	s.nextRec++
	return plan.RecordingID(fmt.Sprintf("r%d-%06d", s.epoch, s.nextRec))
}

func (s *State) do(e Effect) {
	if s.effects == nil {
		s.effects = make([]Effect, 0, 4)
	}
	s.effects = append(s.effects, e)
}

func (s *State) tell(f fact.Fact) {
	if s.facts == nil {
		s.facts = make([]fact.Fact, 0, 8)
	}
	s.facts = append(s.facts, f)
}
