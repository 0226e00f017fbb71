//go:build interop

package main

import (
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
)

// FEATURES §1, park and pick-up: the party waits with the music of the queue they came from, and a colleague who dials the place has them.
func TestInteropStoryParkAndFetch(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 2, 1, func(b *branch.Branch) { b.More += "parking: {first: \"700\", slots: 3, max: 1m}\n" })
	ana, ben := c.apparatusAt(0), c.soft(1, false)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	first := ana.lifts()
	c.talk("the caller", caller, visitorHz, "ana", first.Flow, voice(0))
	slot := decoded[struct {
		Slot string `json:"slot"`
	}](t, c.order("call", "park", agent(0), "--json")).Slot
	if slot != "700" {
		t.Errorf("parked at %q", slot)
	}
	c.over("who parked", first)
	c.alone("the caller who is parked", caller, redHz)
	c.goesOn("the caller who is parked", caller, redHz, 600*time.Millisecond)
	ben.does("dial", "sip:"+slot+"@"+c.SIP.String())
	c.talk("the caller", caller, visitorHz, "ben", ben, voice(1))
	ben.does("hangup", "")
	c.leaves(caller)
	fs := c.until("the ends", func(fs facts) bool { return len(fs.of("call.ended")) == len(fs.of("call.opened")) })
	want(t, fs.one(t, "call.parked"), "slot", slot)
	want(t, fs.one(t, "call.unparked"), "slot", slot)
	c.idle()
}

// Guide, « Choisir une pause post appel automatique »: the agent is in the chosen pause from the moment of hanging up, though another caller waits.
// And FEATURES §4.2: a caller nobody takes after a transfer comes back to the agent, then to the head of the queue.
func TestInteropStoryPauseAfterTheCallAndRecallToTheHead(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 2, 1, nil)
	ana, ben := c.apparatusAt(0), c.soft(1, true) // ben is no agent
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	first := ana.lifts()
	c.talk("the caller", caller, visitorHz, "ana", first.Flow, voice(0))
	second := c.visits(serviceNumber, "0611111111", secondHz)
	c.alone("the second caller", second, redHz)
	c.order("call", "transfer", agent(0), "extension", desk(1))
	ben.rings()
	c.order("agent", "pause", agent(0), "--reason", "dejeuner") // chosen for afterwards
	first.Call.HangUp()
	c.alone("the caller handed over", caller, redHz)
	ben.does("hangup", "")
	recalled := ana.rings()
	c.alone("the caller while ana is called back", caller, redHz)
	if err := recalled.Call.Refuse(603); err != nil {
		t.Fatal(err)
	}
	c.activity(0, "idle")
	c.goesOn("the caller in the queue again", caller, redHz, 600*time.Millisecond)
	c.goesOn("the second caller", second, redHz, 600*time.Millisecond)
	ana.quiet() // ana is in the pause that was chosen
	c.order("agent", "ready", agent(0))
	served := ana.lifts()
	c.talk("the caller, first again,", caller, visitorHz, "ana", served.Flow, voice(0))
	c.alone("the second caller, who came later,", second, redHz)
	c.order("agent", "pause", agent(0), "--reason", "dejeuner")
	served.Call.HangUp()
	c.leaves(caller)
	c.activity(0, "idle")
	c.goesOn("the second caller", second, redHz, time.Second)
	ana.quiet()
	fs := c.until("the pause", func(fs facts) bool { return len(fs.of("call.ended")) == 1 })
	changes := fs.ofAgent("agent.changed", 0)
	last := changes[len(changes)-1]
	want(t, last, "declared", "pause")
	want(t, last, "pause", "dejeuner")
	want(t, last, "activity", "idle")
	c.order("agent", "ready", agent(0))
	third := ana.lifts()
	c.talk("the second caller", second, secondHz, "ana", third.Flow, voice(0))
	third.Call.HangUp()
	c.leaves(second)
	fs = c.ended(2)
	failed := fs.one(t, "call.transfer_failed")
	want(t, failed, "then", "recall")
}
