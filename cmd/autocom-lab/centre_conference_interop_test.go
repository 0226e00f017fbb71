//go:build interop

package main

import (
	"testing"
	"time"
)

// Guide, « Vers l'opérateur supervisé »: « Cliquez à nouveau pour transférer l'appelant au nouvel interlocuteur. » The caller has music while the two
// agents have their word, and hears nothing of it.
func TestInteropStoryAttendedTransferBySecondClick(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 2, 2, nil)
	ana, ben := c.apparatusAt(0), c.soft(1, true)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	first := ana.lifts()
	c.talk("the caller", caller, visitorHz, "ana", first.Flow, voice(0))
	c.order("call", "transfer", agent(0), "agent_attended", agent(1))
	ben.rings()
	c.alone("the caller while ben rings", caller, redHz)
	if a := c.box.Do(c.ctx, "call", "confer", agent(0)); a.Code == 0 {
		t.Errorf("nobody is there to confer with: %+v", a)
	}
	ben.does("accept", "")
	c.talk("ana", first.Flow, voice(0), "ben", ben, voice(1))
	c.goesOn("the caller during the consultation", caller, redHz, 400*time.Millisecond)
	c.goesOn("ben during the consultation", ben, voice(0), 400*time.Millisecond)
	c.order("call", "complete", agent(0))
	c.talk("the caller", caller, visitorHz, "ben", ben, voice(1))
	c.over("who handed over", first)
	ben.does("hangup", "")
	c.leaves(caller)
	fs := c.ended(1)
	want(t, fs.one(t, "call.transfer_started"), "manner", "attended")
	fs.one(t, "call.transfer_completed")
	want(t, fs.one(t, "call.ended"), "outcome", "answered")
}

// Guide, « Faire une conférence à 3 »: all three talk, and « si l’une des trois personnes raccroche, l’appel restera actif pour les deux autres
// participants »: here the agent who brought them together.
func TestInteropStoryConferenceAndOneLeaves(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 2, 2, nil)
	ana, ben := c.soft(0, false), c.apparatusAt(1)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	c.talk("the caller", caller, visitorHz, "ana", ana, voice(0))
	c.order("call", "transfer", agent(0), "agent_attended", agent(1))
	second := ben.lifts()
	c.talk("ana", ana, voice(0), "ben", second.Flow, voice(1))
	c.alone("the caller during the consultation", caller, redHz)
	c.order("call", "confer", agent(0))
	c.mixed("the caller in the conference", caller, voice(0), voice(1))
	c.mixed("ana in the conference", ana, visitorHz, voice(1))
	c.mixed("ben in the conference", second.Flow, visitorHz, voice(0))
	ana.does("hangup", "")
	c.talk("the caller", caller, visitorHz, "ben", second.Flow, voice(1))
	second.Call.HangUp()
	c.leaves(caller)
	fs := c.ended(1)
	fs.one(t, "call.transfer_completed")
	want(t, fs.one(t, "call.ended"), "outcome", "answered")
}
