//go:build interop

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/ua"
)

const callerHz = 1700.0

// outside is the carrier, held by the test.
func (o *office) outside() *ua.Agent {
	o.t.Helper()
	a, err := ua.Listen(ua.Config{Listen: o.Carrier, Box: o.SIP, Name: "carrier"})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { _ = a.Close() })
	return a
}

// calls places a call from outside.
func (o *office) calls(carrier *ua.Agent, to string) *line.Line {
	o.t.Helper()
	l, err := line.Place(carrier, ua.Invite{To: to, From: "0612345678"}, line.Options{Sound: line.Tone(callerHz)})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(l.Close)
	return l
}

// handed reads what whoever hands over is told (RFC 3515 §2.4.4, §2.4.5): 202, then NOTIFYs that begin with 100 and end with last.
func (o *office) handed(l *line.Line, last int) {
	o.t.Helper()
	e, err := l.Wait(o.ctx, ua.Transferring)
	if err != nil || e.Code != 202 {
		o.t.Fatalf("REFER: %v %v", e, err)
	}
	var told []int
	for {
		e, err := l.Wait(o.ctx, ua.Notified)
		if err != nil {
			o.t.Fatalf("told %v: %v", told, err)
		}
		told = append(told, e.Code)
		if e.Code >= 200 {
			break
		}
	}
	if told[0] != 100 || told[len(told)-1] != last || !slices.IsSorted(told) {
		o.t.Errorf("whoever hands over is told %v, want 100 … %d", told, last)
	}
}

// A counter is a branch of two phones, whose first one talks to a caller from outside.
type counter struct {
	*office
	carrier  *ua.Agent
	ana, ben *apparatus
	caller   *line.Line // the caller's end
	first    *line.Line // ana's end
}

// atWork opens a counter.
func atWork(t *testing.T) *counter {
	t.Helper()
	o := cabinet(t, 2, nil)
	c := &counter{office: o, carrier: o.outside(), ana: o.apparatus(desk(0), ua.Config{}), ben: o.apparatus(desk(1), ua.Config{})}
	c.caller = o.calls(c.carrier, direct(0))
	c.first = c.ana.lifts()
	o.both(c.caller, callerHz, c.first, branch.Tone(desk(0)))
	return c
}

// consults puts the caller on hold and has a word with the colleague.
func (c *counter) consults() (word, second *line.Line) {
	c.t.Helper()
	if err := c.first.Hold(c.ctx); err != nil {
		c.t.Fatal(err)
	}
	word = c.ana.dial(desk(1))
	second = c.ben.lifts()
	c.both(word, branch.Tone(desk(0)), second, branch.Tone(desk(1)))
	return word, second
}

// forgotten wants no phone to hold a dialog any more, as one does whose BYE never came.
func (o *office) forgotten(agents ...*ua.Agent) {
	o.t.Helper()
	for _, a := range agents {
		if n := a.Talking(); n > 0 {
			o.t.Errorf("%s still has %d calls", a.Addr(), n)
		}
	}
}

// RFC 3515: a phone hands its caller over without a word; the colleague answers, and the phone is let go.
func TestInteropBlindTransfer_RFC3515_2_4(t *testing.T) {
	t.Parallel()
	c := atWork(t)
	o, caller, first, ben := c.office, c.caller, c.first, c.ben
	if err := first.Call.Refer(desk(1), nil); err != nil {
		t.Fatal(err)
	}
	second := ben.rings()
	ben.answers(second)
	o.handed(first, 200)
	o.over("who handed over", first)
	o.both(caller, callerHz, second, branch.Tone(desk(1)))
	caller.Call.HangUp()
	o.over("the colleague", second)
	fs := o.ended(1)
	want(t, fs.one(t, "call.transfer_started"), "manner", "blind")
	fs.one(t, "call.transfer_completed")
	want(t, fs.one(t, "call.ended"), "outcome", "answered")
	c.forgotten(c.carrier, c.ana.Agent, c.ben.Agent)
}

// RFC 3515 §2.4.5: the colleague is busy; the phone is told 486 and has its caller again.
func TestInteropBlindTransferToABusyPhone_RFC3515_2_4_5(t *testing.T) {
	t.Parallel()
	c := atWork(t)
	o, caller, first, ben := c.office, c.caller, c.first, c.ben
	if err := first.Call.Refer(desk(1), nil); err != nil {
		t.Fatal(err)
	}
	if err := ben.offered().Call.Refuse(486); err != nil {
		t.Fatal(err)
	}
	o.handed(first, 486)
	o.both(caller, callerHz, first, branch.Tone(desk(0)))
	// Nobody has that number: nothing happens at all.
	if err := first.Call.Refer("399", nil); err != nil {
		t.Fatal(err)
	}
	if e, err := first.Wait(o.ctx, ua.Transferring); err != nil || e.Code != 404 {
		t.Errorf("REFER to nobody: %v %v", e, err)
	}
	o.both(caller, callerHz, first, branch.Tone(desk(0)))
	first.Call.HangUp()
	o.over("the caller", caller)
	fs := o.ended(1)
	failed := fs.one(t, "call.transfer_failed")
	want(t, failed, "cause", "busy")
	want(t, failed, "then", "back")
	c.forgotten(c.carrier, c.ana.Agent, c.ben.Agent)
}

// RFC 5589 §7.3 and RFC 3891: after a word with the colleague a phone joins both calls.
func TestInteropAttendedTransfer_RFC5589_7_3(t *testing.T) {
	t.Parallel()
	c := atWork(t)
	o, caller, first := c.office, c.caller, c.first
	word, second := c.consults()
	if err := first.Call.Refer(desk(1), word.Call); err != nil {
		t.Fatal(err)
	}
	o.handed(first, 200)
	o.over("who handed over", first)
	o.over("the word with the colleague", word)
	o.both(caller, callerHz, second, branch.Tone(desk(1)))
	second.Call.HangUp()
	o.over("the caller", caller)
	fs := o.until("the end", func(fs facts) bool { return len(fs.of("call.ended")) >= 1 })
	want(t, fs.one(t, "call.transfer_started"), "manner", "attended")
	fs.one(t, "call.transfer_completed")
	fs.one(t, "call.merged")
	o.idle()
	c.forgotten(c.carrier, c.ana.Agent, c.ben.Agent)
}

// RFC 3891 §3: the colleague has left before the calls are joined; the caller is still the phone's.
func TestInteropAttendedTransferToNobody_RFC3891_3(t *testing.T) {
	t.Parallel()
	c := atWork(t)
	o, caller, first := c.office, c.caller, c.first
	word, second := c.consults()
	second.Call.HangUp()
	o.over("the word with the colleague", word)
	if err := first.Call.Refer(desk(1), word.Call); err != nil {
		t.Fatal(err)
	}
	o.handed(first, 481)
	if err := first.Resume(o.ctx); err != nil {
		t.Fatal(err)
	}
	o.both(caller, callerHz, first, branch.Tone(desk(0)))
	caller.Call.HangUp()
	o.over("who wanted to hand over", first)
	o.ended(2)
	c.forgotten(c.carrier, c.ana.Agent, c.ben.Agent)
}

// RFC 3515 from a phone that is none of ours: baresip hands its caller to a colleague.
func TestInteropBaresipTransfers_RFC3515_2(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	carrier, ben := o.outside(), o.apparatus(desk(1), ua.Config{})
	control := free(t, "127.0.0.1")
	o.softphone(peers.Softphone{Extension: desk(0), Control: control})
	caller := o.calls(carrier, direct(0))
	o.answered(caller)
	o.hear("the caller, of its own tone", caller, callerHz)
	remote, err := peers.Reach(control)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	if _, err := remote.Do("transfer", fmt.Sprintf("sip:%s@%s", desk(1), o.SIP)); err != nil {
		t.Fatal(err)
	}
	second := ben.lifts()
	o.both(caller, callerHz, second, branch.Tone(desk(1)))
	for said := ""; !strings.Contains(said, "Active calls (0)"); {
		if said, err = remote.Do("listcalls", ""); err != nil || o.ctx.Err() != nil {
			t.Fatalf("baresip was not let go: %v: %s", err, said)
		}
	}
	caller.Call.HangUp()
	o.over("the colleague", second)
	o.ended(1).one(t, "call.transfer_completed")
}
