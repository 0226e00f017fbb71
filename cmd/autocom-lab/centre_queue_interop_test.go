//go:build interop

package main

import (
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/ua"
)

// Guide, « non répondu » : appel manqué par l’opérateur, et appelant revenu quelques instants sur la musique d’attente. The next agent answers; who
// missed it is left in peace for the cool-down, though another caller waits (FEATURES §7.1).
func TestInteropStoryMissedThenAnsweredByTheNext(t *testing.T) {
	t.Parallel()
	const coolDown = 5 * time.Second
	c := callCentre(t, 2, 2, func(b *branch.Branch) {
		b.Queues[0].Ring, b.Queues[0].Retry, b.Queues[0].CoolDown = 3*time.Second, time.Second, coolDown
	})
	ana, ben := c.apparatusAt(0), c.soft(1, false)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	missed := ana.rings()
	c.alone("the caller while ana rings", caller, redHz)
	if e, err := missed.Wait(c.ctx, ua.Cancelled); err != nil {
		t.Fatalf("ana's phone: %v %v", e, err)
	}
	c.goesOn("the caller after the miss", caller, redHz, 600*time.Millisecond)
	c.talk("the caller", caller, visitorHz, "ben", ben, voice(1))
	second := c.visits(serviceNumber, "0611111111", secondHz)
	c.alone("the second caller", second, redHz)
	ana.quiet()
	again := ana.lifts()
	c.talk("the second caller", second, secondHz, "ana", again.Flow, voice(0))
	c.talk("the first caller", caller, visitorHz, "ben", ben, voice(1))
	ben.does("hangup", "")
	again.Call.HangUp()
	c.leaves(caller)
	c.leaves(second)
	fs := c.ended(2)
	if got := strings.Join(outcomes(fs), " "); got != "not_answered answered answered" {
		t.Errorf("offers: %s", got)
	}
	since := fs.ofAgent("offer.made", 0)[1].At.UTC - fs.ofAgent("offer.ended", 0)[0].At.UTC
	if d := time.Duration(since) * time.Millisecond; d < coolDown-50*time.Millisecond || d > coolDown+2*time.Second { // two clocks: the wall's is read here, the box waits by its own
		t.Errorf("ana, who missed a call, has the next one after %s, want %s", d, coolDown)
	}
	for _, e := range fs.of("call.ended") {
		want(t, e, "outcome", "answered")
	}
}

// FEATURES §7.1 « Tout le monde » and §3.3: all phones ring, one answers, the others stop at once and show no missed call (RFC 3326).
func TestInteropStoryAllRingAndOneAnswers(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 3, 3, func(b *branch.Branch) { b.Queues[0].More = []string{"music: rouge", "strategy: ring_all"} })
	ana, ben, chloe := c.apparatusAt(0), c.soft(1, true), c.apparatusAt(2)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	ben.rings()
	for _, other := range []*line.Line{ana.rings(), chloe.rings()} {
		defer func() {
			if e := other.Call.Last(); e.Kind != ua.Cancelled || !strings.Contains(e.Reason, "cause=200") {
				t.Errorf("who did not answer: %s, want CANCEL with cause=200", e)
			}
		}()
		defer func() {
			select {
			case <-other.Call.Done():
			case <-c.ctx.Done():
				t.Error("a phone goes on ringing")
			}
		}()
	}
	c.alone("the caller while all ring", caller, redHz)
	ben.does("accept", "")
	c.talk("the caller", caller, visitorHz, "ben", ben, voice(1))
	ben.does("hangup", "")
	c.leaves(caller)
	fs := c.ended(1)
	count := map[string]int{}
	for _, o := range outcomes(fs) {
		count[o]++
	}
	if count["answered"] != 1 || count["lost_race"] != 2 || len(count) != 2 {
		t.Errorf("offers: %v", count)
	}
	want(t, fs.ofAgent("offer.ended", 1)[0], "outcome", "answered")
	ana.quiet()
	chloe.quiet()
}

// Guide: « le numéro affiché ou la musique de mise en attente ne seront pas les mêmes selon la file choisie. » Who waits, and who is held, hears the
// music of their queue.
func TestInteropStoryMusicOfTheRightQueue(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 1, 0, func(b *branch.Branch) { b.Phones[0].Queues = "[bleu]" })
	red, blue := c.visits(serviceNumber, "0612345678", visitorHz), c.visits(blueNumber, "0611111111", secondHz)
	c.alone("who waits for rouge", red, redHz) // a box that has just started may still be loading its sounds
	c.alone("who waits for bleu", blue, blueHz)
	c.goesOn("who waits for rouge", red, redHz, 600*time.Millisecond)
	c.goesOn("who waits for bleu", blue, blueHz, 600*time.Millisecond)
	ana := c.soft(0, false)
	c.talk("the caller", blue, secondHz, "ana", ana, voice(0))
	c.order("call", "hold", agent(0)) // « la main devient alors orange »
	c.alone("the caller on hold", blue, blueHz)
	c.goesOn("the caller on hold", blue, blueHz, time.Second)
	c.listens("ana meanwhile", "nothing", ana, func(s []int16) bool { return rtpflow.Analyse(s).Silent() })
	c.goesOn("who waits for rouge", red, redHz, 400*time.Millisecond)
	c.order("call", "resume", agent(0))
	c.talk("the caller, taken back,", blue, secondHz, "ana", ana, voice(0))
	ana.does("hangup", "")
	c.leaves(blue)
	c.order("hangup", c.waiting("rouge"))
	c.leaves(red)
	c.ended(2)
}

// waiting is the id of the only call that waits in a queue.
func (c *centre) waiting(queue string) (call string) {
	c.t.Helper()
	s, err := c.box.Status(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, one := range s.Calls {
		if one.Queue == queue {
			if call != "" {
				c.t.Fatalf("several calls in %s: %+v", queue, s.Calls)
			}
			call = one.ID
		}
	}
	return call
}
