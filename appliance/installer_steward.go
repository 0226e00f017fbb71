package appliance

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"autocom/appliance/console/menu"
	"autocom/appliance/steward"
	"autocom/appliance/wording"

	"golang.org/x/sys/unix"
)

// stewardPort is the steward as the installer's menu sees it: network, machine and logs. Its methods may be called on any goroutine.
type stewardPort struct {
	client  *steward.Client
	version string

	mu     sync.Mutex
	token  string               // keeps the change on trial that began here; lost with this process, and then the change goes back
	before menu.NetworkSettings // that change
}

// Network is how the network is.
func (p *stewardPort) Network(ctx context.Context) (menu.NetworkState, error) {
	n, err := p.client.Network(ctx)
	if err != nil {
		return menu.NetworkState{}, inBoth(err)
	}
	return p.seen(n), nil
}

func (p *stewardPort) seen(n steward.Network) menu.NetworkState {
	s := menu.NetworkState{Interface: n.Interface, Cable: n.Cable, Mbit: n.Mbit, Settings: inForce(n, n.Settings)}
	t := n.Trial
	if t == nil {
		return s
	}
	p.mu.Lock()
	known := p.before
	p.mu.Unlock()
	trial := menu.Trial{Before: inForce(steward.Network{}, n.Settings), Left: time.Duration(t.LeftMS) * time.Millisecond, Whole: time.Duration(t.WholeMS) * time.Millisecond}
	if trial.Before.DHCP && known.DHCP { // what was given before is known to nobody else
		trial.Before = known
	}
	for _, c := range t.Checks {
		trial.Checks = append(trial.Checks, menu.Check{What: menu.CheckOf(c.What), Result: result(c.Result), MS: c.MS})
	}
	s.Settings, s.Trial = inForce(n, t.Settings), &trial
	return s
}

func result(r steward.Result) menu.Result {
	switch r {
	case steward.Passed:
		return menu.Passed
	case steward.Failing:
		return menu.Failed
	case steward.Waiting:
	}
	return menu.Waiting
}

// inForce is settings as the menu shows them: with DHCP, together with what the network gave.
func inForce(n steward.Network, s steward.Settings) menu.NetworkSettings {
	out := menu.NetworkSettings{DHCP: s.Mode == steward.DHCP, NTP: slices.Clone(s.NTP), VLAN: s.VLAN, DNS: addresses(s.DNS)}
	if !out.DHCP {
		out.Address, _ = netip.ParsePrefix(s.Address) // the steward checked them; one that is none is shown as unknown
		out.Gateway, _ = netip.ParseAddr(s.Gateway)
		return out
	}
	for _, text := range n.Addresses {
		if a, err := netip.ParsePrefix(text); err == nil && a.Addr().Is4() && !a.Addr().IsLinkLocalUnicast() {
			out.Address = a
			break
		}
	}
	for _, g := range addresses(n.Gateways) {
		if g.Is4() {
			out.Gateway = g
			break
		}
	}
	if len(out.DNS) == 0 {
		out.DNS = addresses(n.DNS)
	}
	return out
}

func addresses(list []string) []netip.Addr {
	var all []netip.Addr
	for _, text := range list {
		if a, err := netip.ParseAddr(text); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// Try puts settings on trial.
func (p *stewardPort) Try(ctx context.Context, s menu.NetworkSettings) error {
	now, err := p.client.Network(ctx)
	if err != nil {
		return inBoth(err)
	}
	before := inForce(now, now.Settings)
	t, err := p.client.TryNetwork(ctx, wanted(s, before, now.Settings))
	if err != nil {
		return inBoth(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token, p.before = t.Token, before
	return nil
}

// wanted is what the installer typed as the steward takes it. What DHCP gave and nobody changed is left to DHCP.
func wanted(s, before menu.NetworkSettings, kept steward.Settings) steward.Settings {
	out := steward.Settings{Mode: steward.Static, VLAN: s.VLAN, NTP: s.NTP}
	for _, a := range s.DNS {
		out.DNS = append(out.DNS, a.String())
	}
	if s.DHCP {
		out.Mode = steward.DHCP
		if before.DHCP && reflect.DeepEqual(s.DNS, before.DNS) {
			out.DNS = kept.DNS
		}
		return out
	}
	out.Address = s.Address.String()
	if s.Gateway.IsValid() {
		out.Gateway = s.Gateway.String()
	}
	return out
}

// Keep makes what is on trial stay. Only the process in which the change began can.
func (p *stewardPort) Keep(ctx context.Context) error {
	p.mu.Lock()
	token := p.token
	p.mu.Unlock()
	_, err := p.client.KeepNetwork(ctx, token)
	return inBoth(err)
}

// Revert goes back at once.
func (p *stewardPort) Revert(ctx context.Context) error {
	_, err := p.client.RevertNetwork(ctx)
	return inBoth(err)
}

// Machine is which firmware runs. The console itself may not read what the boot loader wrote down: the steward says it, and without a steward
// nothing is said of slots.
func (p *stewardPort) Machine(ctx context.Context) (menu.MachineState, error) {
	m := menu.MachineState{Version: p.version, Started: machineStarted()}
	if f, err := p.client.Firmware(ctx); err == nil {
		m.Slot, m.Trial = f.Slot, f.Trial
	}
	return m, nil
}

// machineStarted is when the machine was switched on; zero when the kernel does not say.
func machineStarted() time.Time {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return time.Time{}
	}
	return time.Now().Add(-time.Duration(info.Uptime) * time.Second)
}

// RestartUnit starts one of the box's programs again.
func (p *stewardPort) RestartUnit(ctx context.Context, u menu.Unit) error {
	return inBoth(p.client.Restart(ctx, steward.Unit(u)))
}

// Reboot starts the box again.
func (p *stewardPort) Reboot(ctx context.Context) error { return inBoth(p.client.Reboot(ctx)) }

// PowerOff switches it off.
func (p *stewardPort) PowerOff(ctx context.Context) error { return inBoth(p.client.PowerOff(ctx)) }

// Logs gives the last lines, and with follow those that come.
func (p *stewardPort) Logs(ctx context.Context, u menu.Unit, last int, follow bool, yield func(menu.LogLine) bool) error {
	var units []steward.Unit
	if u != "" {
		units = []steward.Unit{steward.Unit(u)}
	}
	each := func(l steward.LogLine) bool {
		return yield(menu.LogLine{At: l.At, Unit: menu.Unit(l.Unit), Words: l.Words})
	}
	if follow {
		return inBoth(p.client.Follow(ctx, units, last, each))
	}
	lines, err := p.client.Logs(ctx, steward.LogQuery{Units: units, Lines: last})
	for _, l := range lines {
		if !each(l) {
			return nil
		}
	}
	return inBoth(err)
}

// inBoth gives the steward's refusals the menu's two languages, and says ErrAbsent when there is no steward.
func inBoth(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, steward.ErrNoSteward) {
		return fmt.Errorf("%w: %w", menu.ErrAbsent, err)
	}
	if bad, ok := errors.AsType[*steward.ProblemsError](err); ok {
		var french, english []string
		for _, p := range bad.Problems {
			sentence, remedy := p.Words("fr")
			french = append(french, sentence+" : "+remedy)
			english = append(english, p.Sentence+": "+p.Remedy)
		}
		return &menu.Sentence{French: strings.Join(french, " ; "), English: strings.Join(english, "; "), Err: err}
	}
	if known, ok := wording.Refusal(steward.Code(err)); ok {
		return &menu.Sentence{French: known.French.Sentence, English: known.English.Sentence, Err: err}
	}
	return err
}
