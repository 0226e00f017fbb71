package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"autocom/appliance"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
)

// handOver ends the box's process in order and starts the next after a gap: dialogs and the exchange go through bytes, as between two real
// processes. It gives how many dialogs were frozen and which of them were lost.
func (b *box) handOver(gap time.Duration) (frozen int, lost []plan.LegID, err error) {
	b.edge.Drain(true)
	b.turnAway()
	states := b.edge.Freeze()
	for len(b.inbox) > 0 { // what the legs told last
		b.ask(func(*exchange.State) {})
	}
	b.halt()
	text, err := b.state.Encode()
	if err != nil {
		return 0, nil, err
	}
	written, err := json.Marshal(states)
	if err != nil {
		return 0, nil, err
	}
	if err := b.end(); err != nil {
		return 0, nil, err
	}
	time.Sleep(gap)
	var raw []json.RawMessage
	if err := json.Unmarshal(written, &raw); err != nil {
		return 0, nil, err
	}
	states = states[:0]
	for _, r := range raw {
		s, err := leg.Decode(r)
		if err != nil {
			return 0, nil, err
		}
		states = append(states, s)
	}
	if b.state, err = exchange.Restore(text); err != nil {
		return 0, nil, err
	}
	b.timers = nil
	if err := b.open(); err != nil {
		return 0, nil, err
	}
	lost = b.edge.Resume(states)
	if _, err := b.edge.Orphans(); err != nil {
		return 0, nil, err
	}
	var alive []plan.LegID
	for _, s := range states {
		if !slices.Contains(lost, s.Leg) {
			alive = append(alive, s.Leg)
		}
	}
	b.sound.keepOnly(alive)
	b.run(alive)
	return len(states), lost, nil
}

// turnAway ends the calls whose caller nobody has answered, as a real core does before it leaves its calls.
func (b *box) turnAway() {
	said := map[exchange.Input]bool{}
	for range 100 {
		var ends []exchange.Input
		b.ask(func(s *exchange.State) { ends = appliance.TurnAway(s.Calls()) })
		if len(ends) == 0 {
			return
		}
		for _, end := range ends {
			if !said[end] {
				said[end] = true
				b.tell(end)
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// crash ends the box's process without a word and starts the next after a gap. open is what the journal holds then of calls that were never
// ended: their ends are kept. It gives the dialogs that were found in the ledger and ended.
func (b *box) crash(gap time.Duration, open func() []fact.Entry) (ended int, err error) {
	b.halt()
	if err := b.end(); err != nil {
		return 0, err
	}
	for len(b.inbox) > 0 {
		<-b.inbox
	}
	time.Sleep(gap)
	kept := b.state.Lasting() // a real box writes it down whenever it changes
	kept.Campaigns = b.lists.read()
	b.state, b.timers, b.epoch, b.kept = exchange.New(), nil, b.epoch+1, &kept
	if err := b.open(); err != nil {
		return 0, err
	}
	legs, err := b.edge.Orphans()
	if err != nil {
		return 0, err
	}
	b.sound.keepOnly(nil)
	now := b.now()
	if facts := appliance.Interrupted(open(), now); len(facts) > 0 {
		b.keep(now, facts)
	}
	b.run(nil)
	if b.night {
		b.tell(exchange.NightLock{By: "site", On: true})
	}
	return len(legs), nil
}

// end closes what belongs to one process of the box.
func (b *box) end() error {
	if err := b.edge.Close(); err != nil {
		return fmt.Errorf("the edge: %w", err)
	}
	return b.cfg.Ledger.Close()
}

// lock closes the branch's lines outside for the night, or opens them.
func (b *box) lock(on bool) {
	b.night = on
	b.tell(exchange.NightLock{By: "site", On: on})
}
