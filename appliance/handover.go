package appliance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
)

// handover is what a core leaves to the next one: the exchange and the dialogs as they stood. The sound goes on by itself meanwhile.
type handover struct {
	Starts   uint32          `json:"starts"`
	Exchange json.RawMessage `json:"exchange"`
	Legs     []*leg.State    `json:"legs"`
}

// handoverSpan is how long a handover is worth taking: the media process closes ports that nobody asked for within its lease.
const handoverSpan = 55 * time.Second

// takeHandover reads what the core before left and removes it, so that it is never taken twice. What is old or garbled is not taken.
func takeHandover(path string, log *slog.Logger) handover {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return handover{}
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	var h handover
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err == nil && time.Since(info.ModTime()) > handoverSpan {
		err = fmt.Errorf("it is %s old", time.Since(info.ModTime()).Round(time.Second))
	}
	if removeErr := os.Remove(path); err == nil {
		err = removeErr
	}
	if err != nil {
		log.Error("what the core before left is not taken: its calls are ended", "err", err)
		return handover{}
	}
	return h
}

// takeOver takes the dialogs of the core before, or ends those it could not leave in order. It gives the legs that go on.
func (c *core) takeOver() []plan.LegID {
	lost := c.edge.Resume(c.handover.Legs)
	if _, err := c.edge.Orphans(); err != nil {
		c.log.Warn("dialogs of before could not all be ended; their peers will notice the silence", "err", err)
	}
	var alive []plan.LegID
	for _, s := range c.handover.Legs {
		if !slices.Contains(lost, s.Leg) {
			alive = append(alive, s.Leg)
		}
	}
	c.desk.keepOnly(alive)
	c.handover.Legs = nil
	return alive
}

// turnAwayTime bounds the wait for the calls that TurnAway ends.
const turnAwayTime = 500 * time.Millisecond

// TurnAway is what ends, before a planned restart, the calls whose caller nobody has answered. Such a dialog cannot be handed over: its caller would
// hear it ring until they give up. Who waits in a queue was answered, and stays.
func TurnAway(calls []exchange.CallView) (ends []exchange.Input) {
	for _, call := range calls {
		if slices.ContainsFunc(call.Legs, func(l exchange.LegView) bool {
			return l.Way == "in" && (l.State == "offered" || l.State == "progressing")
		}) {
			ends = append(ends, exchange.CallHangUp{By: "box", Call: call.ID})
		}
	}
	return ends
}

// turnAway ends those calls and waits until their callers were told.
func (c *core) turnAway() {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	said := map[exchange.Input]bool{}
	for deadline := time.Now().Add(turnAwayTime); time.Now().Before(deadline); <-tick.C {
		var ends []exchange.Input
		if err := c.loop.ask(context.Background(), func(s *exchange.State, _ fact.Moment) { ends = TurnAway(s.Calls()) }); err != nil || len(ends) == 0 {
			return
		}
		for _, end := range ends {
			if !said[end] {
				said[end] = true
				c.loop.tell(end)
			}
		}
	}
}

// leaveCalls stops the exchange between two steps and writes down everything the next core needs. Nothing is said to those who talk.
func (c *core) leaveCalls() error {
	c.turnAway()
	states := c.edge.Freeze()
	// What the legs told last is still in the mailbox; the exchange takes it before its state is written.
	for len(c.loop.inputs) > 0 {
		if err := c.loop.ask(context.Background(), func(*exchange.State, fact.Moment) {}); err != nil {
			break
		}
	}
	c.loop.stop()
	<-c.loop.done
	text, err := c.loop.state.Encode()
	if err != nil {
		return err
	}
	whole, err := json.Marshal(handover{Starts: c.starts, Exchange: text, Legs: states})
	if err != nil {
		return err
	}
	if err := writeWhole(c.layout.handover(), whole); err != nil {
		return fmt.Errorf("calls cannot be handed over: %w", err)
	}
	c.log.Info("calls are left to the next core", "legs", len(states))
	return nil
}
