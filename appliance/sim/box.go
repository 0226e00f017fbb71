package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"autocom/appliance"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
)

// boxHost is where the box lives in every world.
const boxHost = "192.0.2.1"

// box is the appliance: the exchange with its one goroutine, the SIP edge, the sound.
type box struct {
	start  time.Time
	shift  atomic.Int64 // ms by which its clock is off the bubble's
	at     netip.AddrPort
	net    *memnet.Network
	wires  *memnet.Streams // nil: SIP over UDP only
	cfg    sipedge.Config
	site   sipedge.Site
	branch exchange.Branch
	epoch  uint32
	dir    string // where it remembers phones and dialogs over a restart; empty: nowhere
	state  *exchange.State
	edge   *sipedge.Edge
	sound  desk
	keep   func(fact.Moment, []fact.Fact) // called on the exchange's goroutine
	inbox  chan exchange.Input
	asks   chan func()
	stop   chan struct{} // of the exchange's goroutine
	over   chan struct{} // the box is gone for good
	wg     sync.WaitGroup
	timers []exchange.StartTimer // by time, then by id
	faults []string              // of Audit, after each step
	night  bool                  // the lines outside are locked
	kept   *exchange.Lasting     // what outlived a cold start, until it is told
	lists  paper                 // campaigns, as a disk has them
	lamps  map[string]exchange.Lamp
	steps  int
}

// bootOffset is how long the box had been up when the world began.
const bootOffset = time.Second

func (b *box) now() fact.Moment {
	return fact.Moment{UTC: time.Now().UnixMilli() + b.shift.Load(), Boot: (bootOffset + time.Since(b.start)).Milliseconds()}
}

// newBox builds a box of the pieces a real one is made of; open it with run.
func newBox(n *memnet.Network, set Setting, sound func(b *box) desk) (*box, error) {
	b := &box{
		start: time.Now(), at: netip.MustParseAddrPort(boxHost + ":5060"), net: n, wires: set.Wires, dir: set.Remembers, branch: set.Site.Branch(), epoch: 1,
		state: exchange.New(), lamps: map[string]exchange.Lamp{}, inbox: make(chan exchange.Input, 4096), asks: make(chan func()), over: make(chan struct{}),
	}
	b.sound = sound(b)
	b.cfg, b.site = appliance.EdgeOf(&set.Site)
	b.cfg.Tell, b.cfg.Ports, b.cfg.Log, b.cfg.Locate = b.hear, b.sound, set.Log, locator(set.Servers)
	b.cfg.Stack.Server = "Autocom/simulated"
	if b.wires != nil {
		b.cfg.Stack.Streams.Dial = func(ctx context.Context, to stack.Flow) (net.Conn, error) {
			return b.wires.Dial(ctx, netip.AddrPortFrom(b.at.Addr(), 0), to.Remote)
		}
	}
	if b.dir != "" {
		b.cfg.Bindings, b.cfg.Registrations = filepath.Join(b.dir, "phones.json"), filepath.Join(b.dir, "registrations.json")
	}
	return b, b.open()
}

// open lets a process of the box listen.
func (b *box) open() (err error) {
	b.cfg.Epoch = b.epoch
	if b.dir != "" {
		if b.cfg.Ledger, err = leg.OpenBook(b.dir); err != nil {
			return err
		}
	}
	if b.edge, err = sipedge.New(b.cfg, b.site); err != nil {
		return err
	}
	conn, err := b.net.Open(b.at.String())
	if err != nil {
		return err
	}
	if _, err = b.edge.Serve(conn, netip.AddrPort{}); err != nil || b.wires == nil {
		return err
	}
	_, err = b.edge.ServeStream(b.wires.Listen(b.at.String()), flow.TCP, netip.AddrPort{})
	return err
}

// run starts the exchange: a new one, or one that goes on with the legs that are alive.
func (b *box) run(alive []plan.LegID) {
	b.stop = make(chan struct{})
	b.step(exchange.Started{Epoch: b.epoch})
	if b.state.Revision() != "" {
		now := b.now()
		effects, facts := b.state.Resume(now, alive)
		b.take(now, exchange.Started{}, effects, facts)
	}
	if b.state.Revision() != b.branch.Revision {
		b.step(exchange.SiteChanged{Branch: b.branch})
	}
	if b.kept != nil {
		b.step(exchange.Remembered{Lasting: *b.kept})
		b.kept = nil
	}
	b.wg.Go(b.loop)
	b.edge.Start()
}

// hear takes what SIP says. Keys that the trunk says come another way would be heard twice.
func (b *box) hear(in exchange.Input) {
	if d, ok := in.(exchange.DigitPressed); ok && b.edge != nil && !b.edge.DigitTaken(d) {
		return
	}
	b.tell(in)
}

func (b *box) tell(in exchange.Input) {
	select {
	case b.inbox <- in:
	case <-b.over:
	}
}

// ask runs a question between two steps and waits for it.
func (b *box) ask(question func(*exchange.State)) {
	done := make(chan struct{})
	select {
	case b.asks <- func() { question(b.state); close(done) }:
		<-done
	case <-b.over:
	}
}

// loop is the goroutine that owns the exchange.
func (b *box) loop() {
	for {
		wait := time.Hour
		if len(b.timers) > 0 {
			wait = time.Duration(b.timers[0].At-b.now().Boot) * time.Millisecond
		}
		if wait <= 0 {
			t := b.timers[0]
			b.timers = b.timers[1:]
			b.step(exchange.TimerFired{Timer: t.Timer})
			continue
		}
		alarm := time.NewTimer(wait)
		select {
		case <-b.stop:
			alarm.Stop()
			return
		case in := <-b.inbox:
			b.step(in)
		case q := <-b.asks:
			q()
		case <-alarm.C:
		}
		alarm.Stop()
	}
}

func (b *box) step(in exchange.Input) {
	if o, ok := in.(exchange.LegOffered); ok { // in a box the journal names the subject
		o.Caller.Subject = fact.Subject(o.Caller.Number)
		in = o
	}
	now := b.now()
	effects, facts := b.state.Step(now, in)
	b.take(now, in, effects, facts)
}

// take keeps the facts of a step, audits what it left, and carries out what it wants.
func (b *box) take(now fact.Moment, in exchange.Input, effects []exchange.Effect, facts []fact.Fact) {
	b.steps++
	if len(facts) > 0 {
		b.keep(now, facts)
		b.lists.learn(b.state, now, facts)
	}
	for _, a := range b.state.Audit() {
		b.faults = append(b.faults, fmt.Sprintf("after %T: %s", in, a))
	}
	for _, e := range effects {
		b.carry(e)
	}
}

func (b *box) carry(e exchange.Effect) {
	switch e := e.(type) {
	case exchange.StartTimer:
		i, _ := slices.BinarySearchFunc(b.timers, e, func(x, y exchange.StartTimer) int {
			return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Timer, y.Timer))
		})
		b.timers = slices.Insert(b.timers, i, e)
	case exchange.StopTimer:
		b.timers = slices.DeleteFunc(b.timers, func(t exchange.StartTimer) bool { return t.Timer == e.Timer })
	case exchange.SetPlan:
		b.sound.setPlan(e.Plan)
	case exchange.Play:
		b.sound.play(e)
	case exchange.StopPlay:
		b.sound.stopPlay(e)
	case exchange.StartRecording:
		b.sound.record(e)
	case exchange.PauseRecording:
		b.sound.pauseRecord(e)
	case exchange.StopRecording:
		b.sound.stopRecord(e.Recording)
	case exchange.MaskDigits:
		b.sound.mask(e)
	case exchange.SendDigits:
		b.sound.press(e)
	case exchange.KeepRecording, exchange.Reply:
	case exchange.ShowLamp:
		b.lamps[e.Extension] = e.Lamp
		b.edge.Carry(e)
	default:
		b.edge.Carry(e)
	}
}

// left names what should not be there when every call is over.
func (b *box) left() []string {
	var left []string
	b.ask(func(s *exchange.State) {
		for _, c := range s.Calls() {
			left = append(left, fmt.Sprintf("call %s, %s", c.ID, c.Phase))
		}
		for _, a := range s.Agents() {
			if a.Activity != "idle" {
				left = append(left, fmt.Sprintf("lease: agent %s is %s", a.ID, a.Activity))
			}
		}
		for _, t := range b.timers {
			left = append(left, fmt.Sprintf("timer %d", t.Timer))
		}
		left = append(left, b.faults...)
	})
	if n := b.edge.Legs(); n > 0 {
		left = append(left, fmt.Sprintf("%d legs", n))
	}
	if n := b.sound.ports(); n > 0 {
		left = append(left, fmt.Sprintf("%d ports", n))
	}
	return left
}

// halt ends the exchange's goroutine.
func (b *box) halt() {
	close(b.stop)
	b.wg.Wait()
}

// close ends the box and waits for its goroutines.
func (b *box) close() error {
	err := b.edge.Close()
	b.sound.close()
	close(b.over)
	b.halt()
	if b.cfg.Ledger != nil {
		err = errors.Join(err, b.cfg.Ledger.Close())
	}
	return err
}

// loseSound hangs up a leg whose sound stopped.
func (b *box) loseSound(leg plan.LegID) { b.edge.MediaLost(leg) }
