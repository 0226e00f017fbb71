package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/sim/memnet"
)

// TestRandomWorlds lets carriers, phones and people do what they like on bad wires, through the whole box. Whatever happens: each call has
// exactly one outcome, everything adds up, and nothing is left.
func TestRandomWorlds(t *testing.T) {
	worlds := uint64(200)
	if testing.Short() {
		worlds = 20
	}
	outcomes := map[fact.CallOutcome]int{}
	offers := map[fact.OfferOutcome]int{}
	transfers := map[string]int{}
	for seed := uint64(1); seed <= worlds; seed++ {
		synctest.Test(t, func(t *testing.T) { randomWorld(t, seed, outcomes, offers, transfers) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Log(outcomes, offers, transfers)
	if !testing.Short() {
		for _, o := range []string{"blind", "completed", "merged", "placed", "picked up"} {
			if transfers[o] == 0 {
				t.Errorf("in all these worlds nothing was %s: they prove too little", o)
			}
		}
		for _, o := range []fact.CallOutcome{fact.CallAnswered, fact.CallAbandoned, fact.CallCancelled, fact.CallFailed} {
			if outcomes[o] == 0 {
				t.Errorf("in all these worlds no call was %s: they prove too little", o)
			}
		}
	}
}

// day is a random world under way.
type day struct {
	*World
	rng     *rand.Rand
	log     []string
	callers int
}

func randomWorld(t *testing.T, seed uint64, outcomes map[fact.CallOutcome]int, offers map[fact.OfferOutcome]int, transfers map[string]int) {
	rng := rand.New(rand.NewPCG(seed, 77))
	name := []string{"two-queues", "three-agents", "small-line"}[rng.IntN(3)]
	doc, err := ReadSite("testdata/sites/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorld(Setting{
		Site: doc, Seed: seed, Silent: seed%10 != 0, Phones: map[string]int{"201": 1 + rng.IntN(2), "203": 1 + rng.IntN(3)},
		Wire: memnet.Link{
			Loss: 0.12 * rng.Float64(), Duplicate: 0.1 * rng.Float64(), Reorder: 0.1 * rng.Float64(),
			Delay: time.Duration(1+rng.IntN(60)) * time.Millisecond, Jitter: time.Duration(1+rng.IntN(40)) * time.Millisecond,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &day{World: w, rng: rng}
	for range 40 {
		time.Sleep(time.Duration(rng.IntN(8000)) * time.Millisecond)
		d.something()
	}
	d.everybodyLeaves()
	left := w.Settle()
	left = append(left, stranded(slices.Concat(d.trunks, d.phones))...)
	books := exchangetest.NewLedger()
	for _, e := range w.Facts() {
		books.Take(e.Fact)
	}
	books.Close()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if len(left)+len(books.Problems) > 0 {
		for _, e := range w.Facts() {
			words, _ := console.Words(e.Fact)
			d.log = append(d.log, fmt.Sprintf("%9.3f  . %s %s", e.At.Time().Sub(w.start.UTC()).Seconds(), console.CallOf(e.Fact), words))
		}
		t.Errorf("seed %d\n%s\nleft: %v\nbooks: %v", seed, strings.Join(inTime(d.log), "\n"), left, books.Problems)
	}
	for o, n := range books.Outcomes {
		outcomes[o] += n
	}
	for o, n := range books.Offers {
		offers[o] += n
	}
	for o, n := range books.Transfers {
		transfers[o] += n
	}
}

// stranded names the peers that think they are in a call which the box has forgotten.
func stranded(peers []*peer) (who []string) {
	for _, p := range peers {
		p.mu.Lock()
		for _, c := range p.dialogs {
			if !p.gone && c.state != ended {
				who = append(who, fmt.Sprintf("%s still has %s (%s), phase %d, with leg %s", p.name, c.callID, c.party, c.state, c.leg))
			}
		}
		p.mu.Unlock()
	}
	return who
}

// something happens: mostly a call, or what one does when the telephone rings.
func (d *day) something() {
	synctest.Wait()
	d.mu.Lock()
	var parties []string
	for p := range d.calls {
		parties = append(parties, p)
	}
	d.mu.Unlock()
	slices.Sort(parties)
	var does []string
	for _, p := range parties {
		c := d.dialog(p)
		c.p.mu.Lock()
		state, gone := c.state, c.p.gone
		c.p.mu.Unlock()
		if gone {
			continue
		}
		switch state {
		case ringing:
			does = append(does, p+" answers", p+" answers", p+" answers", p+" declines")
			for _, x := range d.set.Site.Extensions[:2] {
				if o := d.phone(x.Number); d.phone(p) != nil && o.name != p && !o.gone {
					does = append(does, o.name+" picks up "+p)
				}
			}
		case calling:
			does = append(does, p+" hangs up", p+" never acknowledges")
		case talking:
			does = append(does, p+" hangs up", p+" hangs up", p+" holds", p+" resumes", p+" falls silent")
			if d.phone(p) != nil {
				does = append(does, p+" transfers to 203", p+" transfers to 202", p+" transfers to 0 0687654321", p+" transfers to 0 0140506070",
					p+" dials 202", p+" dials 203", p+" joins both calls", p+" joins both calls")
			}
		case ended:
		}
	}
	if len(does) == 0 || d.rng.IntN(3) == 0 {
		does = d.anything()
	}
	what := does[d.rng.IntN(len(does))]
	d.log = append(d.log, fmt.Sprintf("%9.3f  %s", time.Since(d.start).Seconds(), what))
	if err := d.act(what); err != nil {
		d.log = append(d.log, "           "+err.Error())
	}
}

// anything is what can be done at any time.
func (d *day) anything() []string {
	d.callers++
	does := []string{
		fmt.Sprintf("caller%d 06000000%02d dials 0140506070", d.callers, d.callers), fmt.Sprintf("caller%d withheld dials 0140506071", d.callers),
		fmt.Sprintf("caller%d 0600000001 dials 0140506072", d.callers), fmt.Sprintf("caller%d 0600000001 dials 0140506070", d.callers),
	}
	for _, x := range d.set.Site.Extensions {
		p := d.phone(x.Number)
		p.mu.Lock()
		free := !p.gone && !p.busy() && !slices.ContainsFunc(p.dialogs, func(c *dialog) bool { return c.state == ringing })
		p.mu.Unlock()
		if free {
			does = append(does, x.Number+" asks for 203", x.Number+" asks for 0 0687654321", x.Number+" dials 203", x.Number+" dials 0 0612345678", x.Number+" dials 15", x.Number+" dials 999")
		}
		does = append(does, x.Number+" is busy", x.Number+" is free")
	}
	does = append(does, "operateur is busy", "operateur is free", "operateur refuses calls with 503", d.set.Site.Extensions[d.rng.IntN(3)].Number+" vanishes")
	for _, a := range d.set.Site.Agents {
		does = append(does, a.ID+" logs in", a.ID+" logs out", a.ID+" chooses pause déjeuner", a.ID+" chooses available")
	}
	return does
}

// everybodyLeaves ends every call, from the outside, and at last by the box.
func (d *day) everybodyLeaves() {
	for _, p := range slices.Concat(d.trunks, d.phones) {
		p.mu.Lock()
		for _, c := range p.dialogs {
			if !p.gone {
				c.hangUp()
			}
		}
		p.mu.Unlock()
	}
	time.Sleep(40 * time.Second)
	var calls []exchange.CallView
	d.box.ask(func(s *exchange.State) { calls = s.Calls() })
	for _, c := range calls {
		d.box.tell(exchange.CallHangUp{By: "console", Call: c.ID})
	}
}
