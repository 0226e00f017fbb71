// Package phone is a desk telephone with somebody, or nobody, in front of it.
package phone

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/ua"
)

// Manners say what happens when the phone rings.
type Manners struct {
	After, Upto   time.Duration // answers after a random time between the two
	BusyPercent   int           // of the calls are refused with 486
	IgnorePercent int           // of the calls ring for ever
	Refuse        int           // refuses every call with that code; 0 does not
	Vanish        bool          // stops answering anything once registered
	Talk          time.Duration // hangs up after about so long; 0 leaves it to the caller
	Tone          float64       // Hz spoken; the extension's own when 0
	Known         netip.Addr    // as the box reaches this host, where ports are forwarded one to one; its own address when unset
}

// A Phone is a registered telephone. Close ends what it owns.
type Phone struct {
	Account ua.Account
	agent   *ua.Agent
	manners Manners
	see     func(what string)
	stop    context.CancelFunc
	wg      sync.WaitGroup
	first   chan error // the outcome of the first registration

	mu   sync.Mutex
	busy bool
}

// Open registers a telephone at addr with box and lets it behave. see hears
// what happens, in words; it may be nil and must not block.
func Open(addr, box netip.AddrPort, acc ua.Account, m Manners, see func(string)) (*Phone, error) {
	a, err := ua.Listen(ua.Config{Listen: addr, Box: box, Name: "autocom-lab phone", ReuseNonce: true, Known: m.Known})
	if err != nil {
		return nil, err
	}
	if see == nil {
		see = func(string) {}
	}
	if m.Tone == 0 {
		m.Tone = branch.Tone(acc.User)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Phone{Account: acc, agent: a, manners: m, see: see, stop: stop, first: make(chan error, 1)}
	p.wg.Add(2)
	go p.register(ctx)
	go p.serve(ctx)
	return p, nil
}

// Agent is the telephone's signalling, to place calls with.
func (p *Phone) Agent() *ua.Agent { return p.agent }

// Registered waits for the outcome of the first registration; it is told once.
func (p *Phone) Registered(ctx context.Context) error {
	select {
	case err := <-p.first:
		return err
	case <-ctx.Done():
		return fmt.Errorf("phone %s: %w", p.Account.User, context.Cause(ctx))
	}
}

// Call dials a number.
func (p *Phone) Call(to string) (*line.Line, error) {
	return line.Place(p.agent, ua.Invite{To: to, Account: &p.Account}, line.Options{Sound: line.Tone(p.manners.Tone)})
}

// Close hangs up, gives the registration up and ends.
func (p *Phone) Close() {
	p.stop()
	p.wg.Wait()
	_ = p.agent.Close()
}

func (p *Phone) register(ctx context.Context) {
	defer p.wg.Done()
	told := false
	p.agent.KeepRegistered(ctx, p.Account, 300, func(_ int, err error) {
		if !told {
			told = true
			p.first <- err
			if err == nil && p.manners.Vanish {
				p.agent.Vanish(true)
			}
		}
		if err != nil {
			p.see("not registered: " + err.Error())
		}
	})
}

func (p *Phone) serve(ctx context.Context) {
	defer p.wg.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-p.agent.Incoming():
			if p.manners.Refuse != 0 {
				p.see(fmt.Sprintf("refuses %s with %d", c.Caller(), p.manners.Refuse))
				_ = c.Refuse(p.manners.Refuse) // cancelled meanwhile: nothing is left to refuse
				continue
			}
			if rand.IntN(100) < p.manners.BusyPercent || !p.take() {
				p.see("is busy for " + c.Caller())
				_ = c.Refuse(486)
				continue
			}
			p.wg.Go(func() {
				defer p.free()
				p.answer(ctx, c)
			})
		}
	}
}

// take occupies the one line of the telephone.
func (p *Phone) take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy {
		return false
	}
	p.busy = true
	return true
}

func (p *Phone) free() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = false
}

func (p *Phone) answer(ctx context.Context, c *ua.Call) {
	l, err := line.Take(p.agent, c, line.Options{Sound: line.Tone(p.manners.Tone)})
	if err != nil {
		p.see("cannot talk: " + err.Error())
		return
	}
	defer l.Close()
	if err := l.Ring(false); err != nil {
		return
	}
	p.see("rings for " + c.Caller())
	wait := p.manners.After
	if more := p.manners.Upto - wait; more > 0 {
		wait += rand.N(more)
	}
	if rand.IntN(100) < p.manners.IgnorePercent {
		wait = time.Hour
	}
	if !p.sleep(ctx, c, wait) {
		p.see("was left ringing by " + c.Caller())
		return
	}
	if err := l.Answer(); err != nil {
		return
	}
	p.see("talks with " + c.Caller())
	talk := p.manners.Talk
	if talk == 0 {
		talk = 24 * time.Hour
	} else {
		talk = talk/2 + rand.N(talk)
	}
	p.sleep(ctx, c, talk)
	p.see("is free again")
}

// sleep waits d; it says no when the call or the phone ends first.
func (p *Phone) sleep(ctx context.Context, c *ua.Call, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.Done():
	case <-ctx.Done():
	}
	return false
}
