package sipedge

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/trunk"
)

// A planned restart keeps confirmed dialogs: Freeze, end the process, start it, Resume with what Freeze gave. After a crash nobody knows who
// talked to whom any more: Orphans ends what the ledger holds.

// Freeze ends the goroutine of every leg and returns the dialogs that can go on. Nothing is sent: to the peers nothing happened. Legs that only
// ring are left out; withdraw them before. From here on messages are dropped: their senders repeat them to the process that comes after. The
// edge can only be closed after it.
func (e *Edge) Freeze() []*leg.State {
	e.frozen.Store(true)
	e.mu.Lock()
	lines := slices.Collect(maps.Values(e.legs))
	e.mu.Unlock()
	var states []*leg.State
	for _, l := range lines {
		s := l.actor.Freeze()
		if s.Resumable() {
			states = append(states, s)
		}
	}
	slices.SortFunc(states, func(a, b *leg.State) int { return cmp.Compare(a.Leg, b.Leg) })
	return states
}

// Resume takes dialogs back after a planned restart: each gets its media port again, and hold, hang-up and the rest work as before. It
// returns the legs that could not be taken back; those are ended as orphans. Call it between Listen and Start.
func (e *Edge) Resume(states []*leg.State) []plan.LegID {
	var lost []plan.LegID
	for _, s := range states {
		if !s.Resumable() || e.leg(s.Leg) != nil {
			lost = append(lost, s.Leg)
			e.giveUp(s)
			continue
		}
		var t *trunk.Config
		if s.Peer == exchange.FromTrunk {
			t = e.carriers.belongs(s.Dialog.Flow.Remote.Addr())
		}
		l := newLine(s.Leg, t)
		l.comes(s.Dialog.Flow.Remote.Addr())
		l.keys = []dialogKey{{s.Dialog.CallID, s.Dialog.Local.Tag}}
		for _, b := range s.Branches {
			k := dialogKey{b.Dialog.CallID, b.Dialog.Local.Tag}
			if !slices.Contains(l.keys, k) {
				l.keys = append(l.keys, k)
			}
		}
		e.named(s.Leg)
		e.partings.lose(time.Now(), s.Dialog.Flow) // connections end with their process
		if !e.open(l, s) {
			lost = append(lost, s.Leg)
			e.giveUp(s)
			continue
		}
		l.actor.Post(leg.Resume{})
	}
	return lost
}

// named keeps the ids of new legs above one that was taken back.
func (e *Edge) named(id plan.LegID) {
	var epoch uint32
	var n uint64
	if _, err := fmt.Sscanf(string(id), "i%d-%d", &epoch, &n); err == nil && epoch == e.cfg.Epoch && n > e.serial.Load() {
		e.serial.Store(n)
	}
}

// Orphans ends every dialog that the ledger holds and no leg owns: BYE to those that were confirmed, CANCEL to those that rang. It
// returns their legs. Call it after Listen and Resume; what it sends is repeated until the peers answer or 32 s have passed.
func (e *Edge) Orphans() ([]plan.LegID, error) {
	if e.cfg.Ledger == nil {
		return nil, nil
	}
	states, err := e.cfg.Ledger.Read()
	var ended []plan.LegID
	for _, s := range states {
		if e.leg(s.Leg) == nil {
			ended = append(ended, s.Leg)
			err = errors.Join(err, e.orphan(s))
		}
	}
	return ended, err
}

// giveUp is orphan where nobody waits for an error: its peer notices the silence.
func (e *Edge) giveUp(s *leg.State) {
	if err := e.orphan(s); err != nil {
		e.log.Warn("dialog not ended", "leg", s.Leg, "error", err)
	}
}

// orphan ends one dialog that nobody owns, and strikes it from the ledger.
func (e *Edge) orphan(s *leg.State) error {
	var err error
	for _, r := range leg.Farewell(time.Now(), s) {
		// A dialog of another address of the box cannot be ended from here; its peer notices the silence.
		if e.partings.lose(time.Now(), r.Flow); e.partings.wait(time.Now(), r.Msg, r.Flow) {
			continue
		}
		req, bad := build(r.Msg, r.Flow, e.host(r.Flow))
		if bad == nil {
			_, bad = e.stack.Send(req, r.Flow)
		}
		err = errors.Join(err, bad)
	}
	if e.cfg.Ledger != nil {
		e.cfg.Ledger.Remove(s.Leg)
	}
	e.cfg.Ports.Close(s.Leg)
	return err
}
