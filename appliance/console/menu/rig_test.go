package menu

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
)

var update = flag.Bool("update", false, "write testdata/*.screen again")

// wire is a serial line with a terminal at its end. In a synctest bubble it stands still only when everything waits.
type wire struct {
	in     chan []byte
	rest   []byte
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	term  *terminal
	stuck chan struct{} // while not nil, writes wait for it
}

func newWire() *wire {
	return &wire{in: make(chan []byte), closed: make(chan struct{}), term: newTerminal()}
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.rest) == 0 {
		select {
		case b, ok := <-w.in:
			if !ok {
				return 0, io.EOF
			}
			w.rest = b
		case <-w.closed:
			return 0, io.ErrClosedPipe
		}
	}
	n := copy(p, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	gate := w.stuck
	w.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-w.closed:
			return 0, io.ErrClosedPipe
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.term.feed(p)
	return len(p), nil
}

func (w *wire) Close() error { w.once.Do(func() { close(w.closed) }); return nil }

// rig is Serve at work in a bubble.
type rig struct {
	t    *testing.T
	w    *wire
	stop context.CancelFunc
	done chan error
}

// opening is the moment the screens of the tests are of.
func opening() time.Time { return time.Date(2026, 11, 24, 9, 42, 8, 0, time.UTC) }

func paris(t *testing.T) *time.Location {
	t.Helper()
	return time.FixedZone("CET", 3600)
}

// inBubble runs play with Serve at the other end of a line, in fake time.
func inBubble(t *testing.T, o Options, play func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(opening()))
		ctx, cancel := context.WithCancel(t.Context())
		r := &rig{t: t, w: newWire(), stop: cancel, done: make(chan error, 1)}
		go func() { r.done <- Serve(ctx, r.w, o) }()
		synctest.Wait()
		play(r)
		cancel()
		select {
		case err := <-r.done:
			if err != nil && !errors.Is(err, ErrLine) {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(time.Hour):
			t.Error("Serve did not end with its context")
		}
		if r.w.term.scrolled > 0 || len(r.w.term.faults) > 0 {
			t.Errorf("the terminal scrolled %d times, faults %q", r.w.term.scrolled, r.w.term.faults)
		}
	})
}

// types sends bytes and waits until everything stands still.
func (r *rig) types(text string) {
	r.t.Helper()
	r.w.in <- []byte(text)
	r.pass(60 * time.Millisecond)
}

func (r *rig) enter(lines ...string) {
	r.t.Helper()
	for _, l := range lines {
		r.types(l + "\r")
	}
}

func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rig) text() string {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	return r.w.term.text()
}

func (r *rig) shows(words ...string) {
	r.t.Helper()
	text := r.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			r.t.Errorf("the screen does not show %q:\n%s", w, text)
		}
	}
}

func (r *rig) hides(words ...string) {
	r.t.Helper()
	text := r.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			r.t.Errorf("the screen shows %q:\n%s", w, text)
		}
	}
}

// golden compares the screen with testdata/name.screen.
func (r *rig) golden(name string) {
	r.t.Helper()
	r.w.mu.Lock()
	got := r.w.term.picture()
	r.w.mu.Unlock()
	path := filepath.Join("testdata", name+".screen")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatalf("%v: run the tests with -update and look at the screen", err)
	}
	if string(want) != got {
		r.t.Errorf("%s differs (go test -update, then look at it). Now:\n%s", path, got)
	}
}

// fakeDoor knows one code.
type fakeDoor struct {
	first string
	tried int
}

const rightCode = "4821 7730"

func (d *fakeDoor) First() string { return d.first }
func (d *fakeDoor) Check(code string) (bool, time.Duration) {
	d.tried++
	return code == rightCode, 0
}

// fakeBox is a core that answers what it is told to.
type fakeBox struct {
	mu       sync.Mutex
	status   console.Status
	err      error
	facts    []fact.Entry
	findings []console.Finding
	steps    chan console.TestStep // a proof gives these, and ends when it is closed
	asked    []console.Command
	tests    []console.TrunkTest
}

func (b *fakeBox) Status(context.Context) (console.Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status, b.err
}

func (b *fakeBox) Doctor(context.Context) ([]console.Finding, error) { return b.findings, b.err }

func (b *fakeBox) Facts(_ context.Context, after fact.Address, _ bool, yield func(fact.Entry) bool) error {
	for _, e := range b.facts {
		if after.Before(e.Address) && !yield(e) {
			break
		}
	}
	return nil
}

func (b *fakeBox) Command(_ context.Context, c console.Command) error {
	b.asked = append(b.asked, c)
	return b.err
}

func (b *fakeBox) TestTrunk(ctx context.Context, t console.TrunkTest, yield func(console.TestStep) bool) error {
	b.tests = append(b.tests, t)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case st, ok := <-b.steps:
			if !ok || !yield(st) {
				return nil
			}
		}
	}
}

// fakeSteward is network, machine and journal.
type fakeSteward struct {
	mu     sync.Mutex
	net    NetworkState
	mach   MachineState
	err    error
	verbs  []string
	until  time.Time // of the trial
	lines  []LogLine
	coming chan LogLine
}

func (f *fakeSteward) Network(context.Context) (NetworkState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.net
	if n.Trial != nil {
		t := *n.Trial
		if t.Left = time.Until(f.until); t.Left <= 0 { // it goes back by itself
			f.net.Settings, f.net.Trial = t.Before, nil
			return f.net, f.err
		}
		n.Trial = &t
	}
	return n, f.err
}

func (f *fakeSteward) did(verb string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.verbs = append(f.verbs, verb)
}

func (f *fakeSteward) Try(_ context.Context, s NetworkSettings) error {
	f.did("try")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until = time.Now().Add(time.Minute)
	f.net.Trial = &Trial{Before: f.net.Settings, Whole: time.Minute, Checks: []Check{
		{CheckCable, Passed, 0}, {CheckGateway, Passed, 1}, {CheckDNS, Waiting, 0},
	}}
	f.net.Settings = s
	return nil
}

func (f *fakeSteward) Keep(context.Context) error {
	f.did("keep")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.net.Trial = nil
	return nil
}

func (f *fakeSteward) Revert(context.Context) error {
	f.did("revert")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.net.Settings, f.net.Trial = f.net.Trial.Before, nil
	return nil
}

func (f *fakeSteward) Machine(context.Context) (MachineState, error) { return f.mach, f.err }
func (f *fakeSteward) RestartUnit(_ context.Context, u Unit) error {
	f.did("restart " + string(u))
	return nil
}
func (f *fakeSteward) Reboot(context.Context) error   { f.did("reboot"); return nil }
func (f *fakeSteward) PowerOff(context.Context) error { f.did("poweroff"); return nil }

func (f *fakeSteward) Logs(ctx context.Context, _ Unit, last int, follow bool, yield func(LogLine) bool) error {
	for _, l := range f.lines[max(0, len(f.lines)-last):] {
		if !yield(l) {
			return nil
		}
	}
	for follow {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case l := <-f.coming:
			if !yield(l) {
				return nil
			}
		}
	}
	return nil
}

// fakeLink is the way to a central console.
type fakeLink struct {
	state  LinkState
	refuse error
	claims []string
}

func (l *fakeLink) Link(context.Context) (LinkState, error) { return l.state, nil }
func (l *fakeLink) Enrol(_ context.Context, server, claim string) error {
	l.claims = append(l.claims, claim)
	if l.refuse == nil {
		l.state = LinkState{Enrolled: true, Server: server, Site: "Toulouse, agence Saint-Cyprien", Connected: true, Since: time.Now(), Backlog: 46}
	}
	return l.refuse
}
func (l *fakeLink) Leave(context.Context) error { l.state = LinkState{}; return nil }

type fakeAdmin struct{ given int }

func (a *fakeAdmin) New(context.Context) (string, time.Time, error) {
	a.given++
	return "K7QM-2P4X", time.Now().Add(30 * time.Minute), nil
}

// parts are the fakes of one test.
type parts struct {
	door    *fakeDoor
	box     *fakeBox
	steward *fakeSteward
	link    *fakeLink
	admin   *fakeAdmin
}

func (p *parts) options(t *testing.T) Options {
	return Options{
		Door: p.door, Box: p.box, Network: p.steward, Machine: p.steward, Journal: p.steward, Link: p.link, Admin: p.admin,
		Product: "AUTOCOM AC2", Serial: "AC2-7F3K-0192", Version: "4.2.1", Settings: "115200 8N1", Zone: paris(t),
	}
}

// well is a box at which everything is well.
func well() *parts {
	status := console.Status{
		Version: "4.2.1", Started: opening().Add(-3 * time.Hour), Site: console.SiteStatus{Name: "Toulouse, agence Saint-Cyprien"}, SIP: "10.31.4.2:5060",
		Journal: console.JournalStatus{Last: fact.Address{Stream: "box", Epoch: 1, N: 1}, Healthy: true}, Media: console.MediaStatus{Up: true},
		Trunks: []console.TrunkStatus{{Name: "Principale", Up: true, Channels: 8, InUse: 6}, {Name: "Secours", Up: true, Channels: 4}},
	}
	for i := range 32 {
		n := string([]rune{'2', rune('0' + i/10), rune('0' + i%10)})
		status.Extensions = append(status.Extensions, console.ExtensionStatus{Number: n, Name: "Poste " + n, Reachable: true})
	}
	status.Calls = make([]console.CallStatus, 6)
	return &parts{
		door: &fakeDoor{},
		box:  &fakeBox{status: status},
		steward: &fakeSteward{
			net: NetworkState{Interface: "eth0", Cable: true, Mbit: 1000, Settings: NetworkSettings{
				Address: netip.MustParsePrefix("10.31.4.2/24"), Gateway: netip.MustParseAddr("10.31.4.1"), DNS: []netip.Addr{netip.MustParseAddr("10.31.4.1")},
				NTP: []string{"0.fr.pool.ntp.org", "1.fr.pool.ntp.org"}, VLAN: 31,
			}},
			mach: MachineState{Version: "4.2.1", Slot: "A", Started: opening().Add(-41 * 24 * time.Hour)},
		},
		link:  &fakeLink{state: LinkState{Enrolled: true, Server: "console.verdier.example", Site: "Toulouse, agence Saint-Cyprien", Connected: true, Since: opening().Add(-4 * time.Second), Revision: 127, Expires: opening().AddDate(0, 3, 0)}},
		admin: &fakeAdmin{},
	}
}

// ill is a box with long names at which much is wrong.
func ill() *parts {
	p := well()
	s := &p.box.status
	s.Site.Name = "Boulogne-sur-Mer, agence commerciale du quai Gambetta, nord"
	s.Trunks[0] = console.TrunkStatus{Name: "Ligne principale de l’opérateur historique", Channels: 8}
	s.Extensions[14].Reachable = false
	s.Calls = s.Calls[:1]
	lost := opening().Add(-105 * time.Minute)
	s.Journal.Last.N = 2
	p.box.facts = []fact.Entry{
		{Address: fact.Address{Stream: "box", Epoch: 1, N: 2}, At: fact.Moment{UTC: lost.UnixMilli()}, Fact: fact.TrunkReachable{Trunk: s.Trunks[0].Name, Reason: "no server answers"}},
	}
	p.steward.net.Cable = false
	p.steward.mach.Trial = true
	p.steward.mach.Version = "4.3.0-rc.2+build.20261124"
	p.link.state.Connected, p.link.state.Since, p.link.state.Backlog = false, lost.Add(-26*time.Hour), 12046
	return p
}
