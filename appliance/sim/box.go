package sim

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"
	"autocom/appliance/site"
)

// boxHost is where the box lives in every world.
const boxHost = "192.0.2.1"

// box is the appliance: the exchange with its one goroutine, the SIP edge, the sound.
type box struct {
	start  time.Time
	at     netip.AddrPort
	state  *exchange.State
	edge   *sipedge.Edge
	sound  desk
	keep   func(fact.Moment, []fact.Fact) // called on the exchange's goroutine
	inbox  chan exchange.Input
	asks   chan func()
	stop   chan struct{}
	wg     sync.WaitGroup
	timers []exchange.StartTimer // by time, then by id
	faults []string              // of Audit, after each step
}

// bootOffset is how long the box had been up when the world began.
const bootOffset = time.Second

func (b *box) now() fact.Moment {
	return fact.Moment{UTC: time.Now().UnixMilli(), Boot: (bootOffset + time.Since(b.start)).Milliseconds()}
}

// newBox builds a box; open it with run.
func newBox(n *memnet.Network, doc site.Document, log *slog.Logger, sound func(b *box) desk) (*box, error) {
	b := &box{
		start: time.Now(), at: netip.MustParseAddrPort(boxHost + ":5060"), state: exchange.New(),
		inbox: make(chan exchange.Input, 4096), asks: make(chan func()), stop: make(chan struct{}),
	}
	b.sound = sound(b)
	edge, err := sipedge.New(sipedge.Config{
		Tell: b.tell, Ports: b.sound, Epoch: 1, Log: log,
		Stack: stack.Config{Firewall: stack.Firewall{Trusted: networks(doc.Network.Phones), Admitted: sources(doc)}},
	}, lines(doc))
	if err != nil {
		return nil, err
	}
	b.edge = edge
	conn, err := n.Open(boxHost + ":5060")
	if err != nil {
		return nil, err
	}
	_, err = edge.Serve(conn, netip.AddrPort{})
	return b, err
}

// lines is what the edge needs of a site document.
func lines(doc site.Document) sipedge.Site {
	var s sipedge.Site
	code, prefix := trunk.Home(strings.ToUpper(doc.Site.Country))
	for _, t := range doc.Trunks {
		s.Trunks = append(s.Trunks, trunk.Config{
			Name: t.Name, Remote: netip.MustParseAddrPort(t.Address), Sources: networks(t.Sources), Presented: t.Presented, Allowed: t.Allowed,
			Identity: trunk.Identity(t.Identity), Dialled: trunk.Dialled(t.Dialled), Format: trunk.Format(t.Format),
			CountryCode: code, TrunkPrefix: prefix, Username: t.Username, Password: registrar.Secret(t.Password), Qualify: time.Duration(t.Qualify),
		})
	}
	for _, x := range doc.Extensions {
		s.Accounts = append(s.Accounts, registrar.Account{Extension: x.Number, Secret: registrar.Secret(x.Secret)})
	}
	return s
}

// networks reads addresses and networks that a checked document holds.
func networks(list []string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range list {
		if a, err := netip.ParseAddr(s); err == nil {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		} else if p, err := netip.ParsePrefix(s); err == nil {
			all = append(all, p)
		}
	}
	return all
}

func sources(doc site.Document) []netip.Prefix {
	var all []netip.Prefix
	for _, t := range doc.Trunks {
		all = append(all, networks(t.Sources)...)
	}
	return all
}

// run starts the exchange on a branch.
func (b *box) run(branch exchange.Branch) {
	b.wg.Go(b.loop)
	b.tell(exchange.Started{Epoch: 1})
	b.tell(exchange.SiteChanged{Branch: branch})
	b.edge.Start()
}

func (b *box) tell(in exchange.Input) {
	select {
	case b.inbox <- in:
	case <-b.stop:
	}
}

// ask runs a question between two steps and waits for it.
func (b *box) ask(question func(*exchange.State)) {
	done := make(chan struct{})
	select {
	case b.asks <- func() { question(b.state); close(done) }:
		<-done
	case <-b.stop:
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
	if len(facts) > 0 {
		b.keep(now, facts)
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
		b.inbox <- exchange.RecordingStopped{Recording: e.Recording, Error: "this world keeps no recordings"}
	case exchange.StopRecording, exchange.Reply:
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

// close ends the box and waits for its goroutines.
func (b *box) close() error {
	err := b.edge.Close()
	b.sound.close()
	close(b.stop)
	b.wg.Wait()
	return err
}

// loseSound hangs up a leg whose sound stopped.
func (b *box) loseSound(leg plan.LegID) { b.edge.MediaLost(leg) }
