//go:build interop

package main

import (
	"testing"

	"autocom/cmd/autocom-lab/internal/ua"
)

// Guide, « Vers l'opérateur »: the caller is handed over without a word; who hands over stays until the other answers, then is let go.
func TestInteropStoryBlindTransferToAnAgent(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 2, 2, nil)
	ana, ben := c.apparatusAt(0), c.soft(1, true)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	first := ana.lifts()
	c.talk("the caller", caller, visitorHz, "ana", first.Flow, voice(0))
	c.order("call", "transfer", agent(0), "agent", agent(1))
	ben.rings()
	c.alone("the caller while ben rings", caller, redHz)
	c.alone("ana while ben rings", first.Flow, ringingHz)
	ben.does("accept", "")
	c.talk("the caller", caller, visitorHz, "ben", ben, voice(1))
	c.over("who handed over", first)
	ben.does("hangup", "")
	c.leaves(caller)
	fs := c.ended(1)
	want(t, fs.one(t, "call.transfer_started"), "manner", "blind")
	fs.one(t, "call.transfer_completed")
	ended := fs.one(t, "call.ended")
	want(t, ended, "outcome", "answered")
	want(t, ended, "hung_up_by", "agent")
}

// Guide: « la touche “Reprendre” vous permet de reprendre l’appel pendant le transfert si le destinataire ne répond pas. » The caller has music, and the agent hears the ringing.
func TestInteropStoryTakeBackWhileItRings(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 2, 2, nil)
	ana, ben := c.soft(0, false), c.apparatusAt(1)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	c.talk("the caller", caller, visitorHz, "ana", ana, voice(0))
	c.order("call", "transfer", agent(0), "agent", agent(1))
	rings := ben.rings()
	c.alone("the caller while ben rings", caller, redHz)
	c.alone("ana while ben rings", ana, ringingHz)
	c.order("call", "take-back", agent(0))
	if e, err := rings.Wait(c.ctx, ua.Cancelled); err != nil {
		t.Errorf("ben's phone goes on ringing: %v %v", e, err)
	}
	c.talk("the caller, taken back,", caller, visitorHz, "ana", ana, voice(0))
	ana.does("hangup", "")
	c.leaves(caller)
	fs := c.ended(1)
	failed := fs.one(t, "call.transfer_failed")
	want(t, failed, "cause", "taken_back")
	want(t, failed, "then", "back")
	want(t, fs.one(t, "call.ended"), "outcome", "answered")
}
