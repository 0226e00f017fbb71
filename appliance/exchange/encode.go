package exchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// encodingVersion changes whenever the meaning of what Encode writes does.
const encodingVersion = 4

// VersionError says that a state was written by another version of the exchange: the caller lets its calls drain instead of resuming them.
type VersionError struct {
	Got, Want int
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("exchange state has version %d, this program reads %d: its calls cannot be resumed", e.Got, e.Want)
}

// encoded is the state as it is written. Every slice has one order, so that equal states give equal bytes.
type encoded struct {
	Version   int            `json:"version"`
	Epoch     uint32         `json:"epoch"`
	Clock     int64          `json:"clock"`
	NextCall  uint64         `json:"next_call"`
	NextLeg   uint64         `json:"next_leg"`
	NextRec   uint64         `json:"next_recording"`
	NextTimer uint64         `json:"next_timer"`
	NextToken uint64         `json:"next_token"`
	Serial    uint64         `json:"serial"`
	Revision  string         `json:"revision"` // the branch in force, one of Sites
	Sites     []Branch       `json:"sites"`
	Calls     []*call.Call   `json:"calls"`
	Waiting   []plan.CallID  `json:"waiting"`
	Agents    []*agent.Agent `json:"agents"`
	Phones    []phone        `json:"phones"`
	Down      []string       `json:"down"`
	Tapes     []tape         `json:"recordings"`
	Timers    []timer        `json:"timers"`
	Check     TimerID        `json:"check"`
	Night     bool           `json:"night,omitempty"`
	Storage   Storage        `json:"storage,omitempty"`
	Full      []string       `json:"full,omitempty"`
	Struck    []strikes      `json:"struck,omitempty"`
	Tried     []tries        `json:"tried,omitempty"`
	Rescues   []rescue       `json:"rescues,omitempty"`
	Settings  []Setting      `json:"settings,omitempty"`
	Draws     uint64         `json:"draws,omitempty"`
	Turns     []turn         `json:"turns,omitempty"`
	Paces     []pace         `json:"paces,omitempty"`
	Callbacks []callback     `json:"callbacks,omitempty"`
	NextBack  uint64         `json:"next_callback,omitempty"`
	Known     []Acquaintance `json:"known,omitempty"`
	Campaigns *campaign.Desk `json:"campaigns,omitempty"`
	Canvass   TimerID        `json:"canvass,omitempty"`
	Requests  []request      `json:"requests,omitempty"`
}

// Encode writes the state. It is called between steps only.
func (s *State) Encode() ([]byte, error) {
	e := encoded{
		Version: encodingVersion, Epoch: s.epoch, Clock: s.clock, NextCall: s.nextCall, NextLeg: s.nextLeg, NextRec: s.nextRec,
		NextTimer: s.nextTimer, NextToken: s.nextToken, Serial: s.serial, Revision: s.site.Revision,
		Calls: s.order, Agents: s.agents, Phones: s.phones, Down: s.down, Tapes: s.tapes, Check: s.check, Night: s.night, Struck: s.struck, Rescues: s.rescues, Tried: s.tried, Settings: s.settings, Draws: s.draws, Turns: s.turns, Paces: s.paces, Callbacks: s.callbacks, NextBack: s.nextBack,
		Timers: s.sortedTimers(),
	}
	e.Full = s.full
	e.Storage, e.Known = s.storage, s.acquaintances()
	e.Canvass, e.Requests = s.canvass, s.requests
	if len(s.desk.Books) > 0 || len(s.desk.People) > 0 || s.desk.Serial > 0 {
		e.Campaigns = &s.desk
	}
	for _, x := range s.sites {
		e.Sites = append(e.Sites, x.Branch)
	}
	for _, c := range s.waiting {
		e.Waiting = append(e.Waiting, c.ID)
	}
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("exchange state: %w", err)
	}
	return b, nil
}

func (s *State) sortedTimers() []timer {
	return slices.SortedFunc(maps.Values(s.timers), func(a, b timer) int { return cmp.Compare(a.ID, b.ID) })
}

// Restore reads what Encode wrote. The error is a *VersionError when another version wrote it. Resume must follow.
func Restore(data []byte) (*State, error) {
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("exchange state: %w", err)
	}
	if v.Version != encodingVersion {
		return nil, &VersionError{Got: v.Version, Want: encodingVersion}
	}
	var e encoded
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("exchange state: %w", err)
	}
	s := New()
	s.heads = heads{
		epoch: e.Epoch, clock: e.Clock, nextCall: e.NextCall, nextLeg: e.NextLeg, nextRec: e.NextRec, nextTimer: e.NextTimer,
		nextToken: e.NextToken, serial: e.Serial, order: e.Calls, agents: e.Agents, phones: e.Phones, down: e.Down, tapes: e.Tapes,
		check: e.Check, night: e.Night, struck: e.Struck, rescues: e.Rescues, tried: e.Tried, settings: e.Settings, draws: e.Draws, turns: e.Turns, paces: e.Paces, callbacks: e.Callbacks, nextBack: e.NextBack,
	}
	s.storage, s.full, s.canvass = e.Storage, e.Full, e.Canvass
	s.requests = e.Requests
	if e.Campaigns != nil {
		e.Campaigns.OnChange = s.desk.OnChange
		s.desk = *e.Campaigns
	}
	for _, b := range e.Sites {
		x := newSite(b)
		s.sites = append(s.sites, x)
		if b.Revision == e.Revision {
			s.site = x
		}
	}
	if s.site == nil {
		return nil, fmt.Errorf("exchange state: no branch has the revision %q", e.Revision)
	}
	if slices.Contains(s.agents, nil) {
		return nil, fmt.Errorf("exchange state: an empty agent")
	}
	for _, c := range s.order {
		if c == nil {
			return nil, fmt.Errorf("exchange state: an empty call")
		}
		s.calls[c.ID] = c
		for _, l := range c.Legs {
			s.legs[l.ID] = c
			s.count(l, 1)
		}
	}
	for _, id := range e.Waiting {
		c := s.calls[id]
		if c == nil {
			return nil, fmt.Errorf("exchange state: call %q waits but is not there", id)
		}
		s.waiting = append(s.waiting, c)
	}
	for _, k := range e.Known {
		s.known[k.Subject] = k
	}
	for _, t := range e.Timers {
		s.timers[t.ID] = t
	}
	s.undo = s.undo[:0]
	for _, l := range s.Lamps() { // they were told before this was written
		s.shown[l.Extension] = l
	}
	s.looked = s.looked[:0]
	if bad := s.Audit(); len(bad) > 0 {
		return nil, fmt.Errorf("exchange state: it does not hold together: %s", bad[0])
	}
	return s, nil
}

// Resume is the first step after Restore. Timers are asked for again (those that are overdue fire at once), and plans are said again. alive are the legs whose dialogs the rim
// took over: the others are gone, and what rang is withdrawn and offered again without blame. Legs that live but that this state does not
// know are hung up.
func (s *State) Resume(now fact.Moment, alive []plan.LegID) ([]Effect, []fact.Fact) {
	s.effects, s.facts = nil, nil
	s.clock, s.utc = max(s.clock, now.Boot), now.UTC
	for _, t := range s.sortedTimers() {
		s.do(StartTimer{Timer: t.ID, At: t.At})
	}
	lives := make(map[plan.LegID]bool, len(alive))
	for _, id := range alive {
		lives[id] = true
		if s.legs[id] == nil {
			s.do(HangUp{Leg: id})
		}
	}
	s.guarded("resume", "", "", s.toolbarsCut, nil)
	for _, id := range s.orphanTapes() {
		s.do(StopRecording{Recording: id})
	}
	for _, c := range slices.Clone(s.order) {
		s.guarded("resume", c.ID, "", func() {
			s.touch(c)
			s.hit("resume")
			s.resumeCall(c, lives)
		}, nil)
	}
	s.dirty = true
	s.dispatch()
	s.prospect()
	s.sayLamps()
	effects, facts := s.effects, s.facts
	s.effects, s.facts = nil, nil
	return effects, facts
}

// resumeCall takes one call over with the legs that lived.
func (s *State) resumeCall(c *call.Call, lives map[plan.LegID]bool) {
	asked := slices.DeleteFunc(legIDs(c), func(id plan.LegID) bool { return c.Leg(id).State != call.Ending })
	dead := slices.DeleteFunc(slices.Clone(c.Legs), func(l call.Leg) bool { return lives[l.ID] })
	for _, l := range dead {
		if m := call.StepLeg(l.State, call.WeEnded); m.Ignore == "" {
			s.moveLeg(c, c.Leg(l.ID), m) // there is nothing left to hang up
		}
	}
	if c.Phase == call.Transferring {
		s.resumeTransfer(c, lives)
	}
	var again *call.Leg // what rang for a caller who is still there
	for _, l := range dead {
		switch {
		case c.Leg(l.ID) == nil || l.State == call.Ending || c.Phase == call.Closing:
		case c.Phase == call.Transferring && l.ID == c.Transfer.Rung:
			s.rungLost(c, l, RefusedUnreachable)
		case c.Monitor.Leg == l.ID:
			s.endMonitor(c, s.clock, string(EndedTransport))
		case c.Offer(l.ID) != nil: // an INVITE that rang did not outlive the old process
			s.offerEvent(c, l.ID, queue.Withdrawn, 0)
		case s.ringsAgain(c, l, lives):
			s.releaseAgent(c, l.ID, "box.restarted")
			again = &l
		default:
			v := call.Verdict{Outcome: fact.CallInterrupted, Cause: "restart", HungUpBy: "box"}
			if c.Spoke() {
				v.Outcome = c.Outcome()
			}
			s.closeWith(c, v, RefusedFailed)
		}
	}
	for _, l := range dead {
		s.legGone(c, l.ID, string(EndedTransport), 0)
	}
	if again != nil {
		s.ringLater(c, *again)
	}
	s.finish(c)
	if s.calls[c.ID] == nil {
		return
	}
	for _, id := range asked { // it may never have been sent
		if c.Leg(id) != nil {
			s.do(HangUp{Leg: id})
		}
	}
	s.maskAgain(c)
	s.sayPlan(c, c.Hearing())
}
