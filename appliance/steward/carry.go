package steward

import (
	"context"
	"errors"
	"time"

	"autocom/hwio/led"
	"autocom/hwio/netif"
)

// network says how the network is set and how it is.
func (d *desk) network(ctx context.Context) (Network, error) {
	n := Network{Settings: Settings{Mode: DHCP}}
	if d.keeper == nil {
		n.Why = ErrNotOurs.Error()
	} else {
		at, err := d.keeper.ask(ctx, nil)
		if err != nil {
			return n, err
		}
		n.Ours = true
		n.setOut(at, d.Trial)
	}
	links, err := d.Links.Read()
	if err != nil {
		n.Unread = err.Error()
	}
	n.see(links, d.Socket)
	if n.Trial != nil && d.Probe != nil {
		n.Trial.Checks = probe(ctx, d.Probe, n)
	}
	return n, nil
}

// setOut shows what stays and what is on trial.
func (n *Network) setOut(at answered, whole time.Duration) {
	if at.desk.Kept != nil {
		n.Settings = *at.desk.Kept
	}
	if at.desk.State == OnTrial {
		n.Trial = &Trial{Settings: *at.desk.Tried, Until: at.until.UTC(), LeftMS: max(0, time.Until(at.until).Milliseconds()), WholeMS: whole.Milliseconds()}
	}
}

// see shows how the interface is, with the addresses of the VLAN on it.
func (n *Network) see(s netif.State, socket string) {
	found, ok := s.Main()
	for _, i := range s.Interfaces {
		if i.Name == socket {
			found, ok = i, true
		}
	}
	if !ok {
		return
	}
	n.Interface, n.MAC, n.Cable, n.Mbit = found.Name, found.MAC, found.Cable, found.Mbit
	vlan := n.Settings.VLAN
	if n.Trial != nil {
		vlan = n.Trial.Settings.VLAN
	}
	for _, i := range s.Interfaces {
		if i.Name == found.Name || vlan != 0 && i.Name == device(vlan) {
			for _, a := range i.Addresses {
				n.Addresses = append(n.Addresses, a.String())
			}
		}
	}
	for _, g := range s.Gateways {
		n.Gateways = append(n.Gateways, g.String())
	}
	for _, a := range s.DNS {
		n.DNS = append(n.DNS, a.String())
	}
}

// try puts settings on trial. The answer has the token that keeps them.
func (d *desk) try(ctx context.Context, s Settings) (Trial, error) {
	if problems := s.Check(); problems != nil {
		return Trial{}, &ProblemsError{problems}
	}
	if d.keeper == nil {
		return Trial{}, ErrNotOurs
	}
	token := newToken()
	at, err := d.keeper.ask(ctx, Try{s, token})
	if err != nil {
		return Trial{}, err
	}
	return Trial{Settings: s, Token: token, Until: at.until.UTC(), LeftMS: d.Trial.Milliseconds(), WholeMS: d.Trial.Milliseconds()}, nil
}

// settle ends a trial.
func (d *desk) settle(ctx context.Context, in Input) (Network, error) {
	if d.keeper == nil {
		return Network{}, ErrNotOurs
	}
	if _, err := d.keeper.ask(ctx, in); err != nil {
		return Network{}, err
	}
	return d.network(ctx)
}

// firmware says which firmware runs, as far as this machine has two.
func (d *desk) firmware() Firmware {
	if d.Firmware == nil {
		return Firmware{}
	}
	return d.Firmware()
}

func (d *desk) machine(do func(Machine) error) error {
	if d.Machine == nil {
		return ErrNotOurs
	}
	return do(d.Machine)
}

// restartTime is what a unit may take to be up again: the core first lets its calls go.
const restartTime = 90 * time.Second

func (d *desk) restart(ctx context.Context, u Unit) error {
	switch u {
	case Core, Media, Console:
	default: // the steward too: it would cut its own answer off
		return ErrUnit
	}
	ctx, over := context.WithTimeout(ctx, restartTime)
	defer over()
	return d.machine(func(m Machine) error { return m.Restart(ctx, u.service()) })
}

func (d *desk) setTime(t time.Time) error {
	if err := checkTime(t, floor(d.State, d.Built), d.Built); err != nil {
		return err
	}
	if d.Clock == nil {
		return ErrNotOurs
	}
	return d.Clock.Set(t)
}

// logTime is what reading the logs may take.
const logTime = 10 * time.Second

func (d *desk) logs(ctx context.Context, q LogQuery) ([]LogLine, error) {
	services, q, err := q.check()
	if err != nil {
		return nil, err
	}
	if d.Journal == nil {
		return nil, ErrNotOurs
	}
	ctx, over := context.WithTimeout(ctx, logTime)
	defer over()
	lines, err := d.Journal.Lines(ctx, services, q.Lines, q.After)
	if lines == nil {
		lines = []LogLine{}
	}
	return lines, err
}

// lampTime is how long each lamp is lit in a test.
const lampTime = 700 * time.Millisecond

// testLamps lights one lamp after the other, and then shows a well box again: whoever watches the box's health corrects it.
func (d *desk) testLamps(ctx context.Context) error {
	if d.Lamps == nil || len(d.Lamps.Names()) == 0 {
		return ErrNoLamps
	}
	select {
	case d.lamps <- struct{}{}:
		defer func() { <-d.lamps }()
	default:
		return ErrOften
	}
	names := d.Lamps.Names()
	var errs []error
	for _, name := range names {
		errs = append(errs, d.Lamps.Show(name, led.Off))
	}
	for _, name := range names {
		errs = append(errs, d.Lamps.Show(name, led.Steady))
		pause := time.NewTimer(lampTime)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
		errs = append(errs, d.Lamps.Show(name, led.Off))
		if ctx.Err() != nil {
			break
		}
	}
	errs = append(errs, led.Light(d.Lamps, d.Table, led.Power, led.Ready))
	return errors.Join(errs...)
}
