package sim

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/sim/memnet"
)

// What a branch may need in memory beside what it needed at its first midnight. Books grow by some hundred bytes a call, and the box remembers the
// last thousand legs and messages, however long it runs.
const (
	heapGrowth = 8 << 20
	heapFirst  = 64 << 20 // at the first, the world around the box included
)

var seedAsked = flag.Uint64("seed", 0, "live one day of a busy branch from this seed, or the week")

// TestDayOfABusyBranch: three days of twenty phones, two carriers and every fault we could think of, in fake time, each from a seed of its own. At
// the end nothing is left, and every call has its outcome.
func TestDayOfABusyBranch(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	whole := true
	switch {
	case *seedAsked != 0:
		seeds, whole = []uint64{*seedAsked}, false
	case testing.Short() || raced:
		seeds, whole = seeds[:1], false
	}
	all := map[string]int{}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { live(t, seed, 1, all) })
	}
	if whole && !t.Failed() {
		proves(t, all)
	}
}

// TestWeekOfABusyBranch is the whole week. It takes minutes: AUTOCOM_WEEK=1 asks for it, and make ci-full does.
func TestWeekOfABusyBranch(t *testing.T) {
	if os.Getenv("AUTOCOM_WEEK") == "" {
		return // make test lives three days of it
	}
	all := map[string]int{}
	live(t, cmp.Or(*seedAsked, 7), 7, all)
	if !t.Failed() {
		proves(t, all)
	}
}

// proves wants everything to have happened at least once.
func proves(t *testing.T, all map[string]int) {
	t.Helper()
	for _, what := range []string{
		"session refreshes by the box", "calls of forty minutes", "delayed offers", "keys by INFO", "REFER, blind", "REFER, attended", "messages of PRACK",
		"messages of CANCEL", "restarts of phones", "phones pulled", "trunks dead for an hour", "trunks refusing with 503", "restarts of the registrar",
		"planned restarts of the core", "crashes of the core", "transfers: blind", "transfers: completed", "transfers: merged", "transfers: picked up",
		"transfers: placed", "ended answered", "ended abandoned", "ended cancelled", "ended failed", "dialogs that went from core to core",
	} {
		if all[what] == 0 {
			t.Errorf("no %s: this proves too little", what)
		}
	}
}

// live lets a branch live for some days, from a Monday morning.
func live(t *testing.T, seed uint64, days int, all map[string]int) {
	dir := memory(t)
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(53*time.Hour + 30*time.Minute) // synctest begins on a Saturday at midnight, UTC
		w := newWeek(t, seed, dir)
		w.plan(days)
		w.run()
		w.goHome()
		for what, n := range w.counts {
			all[what] += n
		}
	})
	t.Logf("seed %d: %d days in %s", seed, days, time.Since(began).Round(time.Second/10))
}

// memory is a directory for what the box writes down to remember over a restart: in memory, as /run is on a box.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "autocom-week") //nolint:usetesting // in memory: on a disk a week of small files is mostly waiting
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// week is a branch under way. The goroutine of the test drives it; what phones and people do by themselves happens on timers.
type week struct {
	t        *testing.T
	seed     uint64
	net      *memnet.Network
	wires    *memnet.Streams
	box      *box
	set      Setting
	zone     *time.Location
	phones   []*peer
	carriers []*peer // the two servers of operateur, then secours
	events   []event
	ports    uint16

	routines int // while nothing happens
	heap     uint64

	mu       sync.Mutex
	rng      *rand.Rand
	dead     map[netip.AddrPort]bool // nothing passes to or from it
	books    *exchangetest.Ledger
	open     map[string][]fact.Entry // of each call that is not over
	rest     []fact.Entry            // the last facts of no call
	fault    string                  // the first thing that did not add up, with its story
	consults map[*dialog]*dialog     // calls of people who will hand somebody over
	counts   map[string]int
	outages  map[string][][2]time.Time // of the carriers
}

type event struct {
	at   time.Time
	what string
	do   func()
}

func newWeek(t *testing.T, seed uint64, dir string) *week {
	t.Helper()
	doc, err := ReadSite("testdata/sites/busy-branch.yaml")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
	w := &week{
		t: t, seed: seed, net: memnet.New(seed), wires: memnet.NewStreams(), rng: rand.New(rand.NewPCG(seed, 4242)), dead: map[netip.AddrPort]bool{},
		books: exchangetest.NewLedger(), open: map[string][]fact.Entry{}, consults: map[*dialog]*dialog{}, counts: map[string]int{}, outages: map[string][][2]time.Time{},
	}
	if w.zone, err = time.LoadLocation(doc.Site.Timezone); err != nil {
		t.Fatal(err)
	}
	w.set = Setting{
		Site: doc, Seed: seed, Silent: true, Wires: w.wires, Remembers: dir, Log: discard(),
		Servers: map[string][]netip.AddrPort{
			"sip.operateur.example": {at("198.51.100.10:5060"), at("198.51.100.11:5060")}, "sip.secours.example": {at("198.51.100.20:5060")},
		},
	}
	if w.box, err = newBox(w.net, w.set, func(b *box) desk { b.keep = w.keep; return newSilent(b.tell) }); err != nil {
		t.Fatal(err)
	}
	for i, s := range []string{"198.51.100.10:5060", "198.51.100.11:5060", "198.51.100.20:5060"} {
		p := newPeer(w.net, []string{"operateur", "operateurb", "secours"}[i], at(s), w.box.at)
		p.modern, p.tells = i != 1, i == 0
		if i == 2 {
			p.office = &office{user: "0140506080", secret: "sec-Kp5m7Rd3-sec"}
		}
		w.carriers = append(w.carriers, w.plug(p))
	}
	w.box.run(nil)
	w.lockByTheHour()
	for i, x := range doc.Extensions {
		p := newPeer(w.net, x.Number, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + i)}), 5060), w.box.at)
		p.user, p.secret, p.modern = x.Number, string(x.Secret), i%2 == 0
		w.phones = append(w.phones, w.plug(p))
		p.mu.Lock()
		if i%10 == 3 {
			p.wires = w.wires
			p.connect(registeredFor)
		} else {
			p.register(registeredFor)
		}
		for k := range 5 {
			p.watch(doc.Extensions[(i+1+3*k)%len(doc.Extensions)].Number, watchedFor)
		}
		p.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(20 * time.Second)
	synctest.Wait()
	w.routines = runtime.NumGoroutine()
	w.net.ImpairAll(memnet.Link{Loss: 0.01, Duplicate: 0.005, Reorder: 0.01, Delay: 4 * time.Millisecond, Jitter: 4 * time.Millisecond})
	w.net.DropWhen(func(from, to netip.AddrPort, raw []byte) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		_, seq, _ := strings.Cut(string(raw), "CSeq: ")
		seq, _, _ = strings.Cut(seq, "\r\n")
		_, seq, _ = strings.Cut(seq, " ")
		w.counts["messages of "+seq]++
		return w.dead[from] || w.dead[to]
	})
	return w
}

// How long phones register and watch for, in seconds.
const (
	registeredFor = 3600
	watchedFor    = 3600
)

func (w *week) plug(p *peer) *peer {
	p.newCall, p.talks = w.rings, w.talks
	p.readers.Go(p.read)
	return p
}

// keep reads the facts as they come. It runs on the exchange's goroutine.
func (w *week) keep(at fact.Moment, facts []fact.Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range facts {
		e, call := fact.Entry{At: at, Fact: f}, console.CallOf(f)
		if call != "" {
			w.open[call] = append(w.open[call], e)
		} else if w.rest = append(w.rest, e); len(w.rest) > 90 {
			w.rest = w.rest[45:]
		}
		w.books.Take(f)
		if len(w.books.Problems) > 0 && w.fault == "" {
			w.fault = w.books.Problems[0] + "\n" + w.story(call)
		}
		switch f := f.(type) {
		case fact.CallEnded:
			delete(w.open, call)
			for _, r := range f.Reasons {
				w.counts["ended "+string(f.Outcome)+" "+r.Code]++
			}
		case fact.CallFaulted:
			if w.fault == "" {
				w.fault = fmt.Sprintf("the exchange faulted: %+v\n%s", f, w.story(call))
			}
		case fact.ReservationHealed:
			if w.fault == "" {
				w.fault = fmt.Sprintf("a reservation had to be healed: %+v\n%s", f, w.story(call))
			}
		case fact.CallRouted:
			for _, r := range f.Reasons {
				w.counts["routed "+r.Code]++
			}
		}
	}
}

// story is a call in words; w.mu is held.
func (w *week) story(call string) string {
	var lines []string
	for _, e := range append(slices.Clone(w.open[call]), w.rest[max(0, len(w.rest)-30):]...) {
		said, why := console.Words(e.Fact)
		lines = append(lines, fmt.Sprintf("%s  %s (%s)", e.At.Time().In(w.zone).Format("Mon 15:04:05.000"), said, strings.Join(why, "; ")))
	}
	return fmt.Sprintf("call %s:\n  %s", call, strings.Join(lines, "\n  "))
}

// check ends the test at the first thing that is wrong.
func (w *week) check(when string) {
	w.mu.Lock()
	fault := w.fault
	w.mu.Unlock()
	if fault == "" {
		w.box.ask(func(*exchange.State) {
			if len(w.box.faults) > 0 {
				fault = w.box.faults[0]
				w.mu.Lock()
				for call := range w.open {
					if strings.Contains(fault, call) {
						fault += "\n" + w.story(call)
					}
				}
				w.mu.Unlock()
			}
		})
	}
	if fault != "" {
		w.t.Errorf("seed %d, %s (%s): %s", w.seed, time.Now().In(w.zone).Format("Mon 15:04:05"), when, fault)
		w.close()
		w.t.FailNow()
	}
}

// run lets everything that is planned happen.
func (w *week) run() {
	slices.SortStableFunc(w.events, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range w.events {
		time.Sleep(time.Until(e.at))
		e.do()
		w.check(e.what)
	}
}

// roll is a number below n.
func (w *week) roll(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.IntN(n)
}

func (w *week) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
}

// night looks at what is left when nobody has called for a while.
func (w *week) night(name string) {
	var left []string
	for range 600 {
		synctest.Wait()
		left = append(w.box.left(), stranded(slices.Concat(w.carriers, w.phones))...)
		if n := w.box.edge.Legs(); n > 0 {
			left = append(left, fmt.Sprintf("%d legs of the edge", n))
		}
		if len(left) == 0 {
			break
		}
		time.Sleep(time.Second)
	}
	live := 0
	for _, p := range w.phones {
		p.mu.Lock()
		for _, k := range p.keys {
			if k.live {
				live++
			}
		}
		p.mu.Unlock()
	}
	if n := w.box.edge.Watches(); n != live {
		left = append(left, fmt.Sprintf("%d subscriptions, phones have %d", n, live))
	}
	synctest.Wait()
	routines := runtime.NumGoroutine()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if w.heap == 0 {
		w.heap = m.HeapAlloc
	}
	w.t.Logf("%s: %d goroutines, %d kB, %d calls, %d packets, %d steps", name, routines, m.HeapAlloc>>10, w.books.Calls(), w.net.Sent(), w.box.steps)
	if routines != w.routines {
		left = append(left, fmt.Sprintf("%d goroutines, %d at first", routines, w.routines))
	}
	if m.HeapAlloc > w.heap+heapGrowth || m.HeapAlloc > heapFirst {
		left = append(left, fmt.Sprintf("%d kB of memory, %d kB at first", m.HeapAlloc>>10, w.heap>>10))
	}
	if len(left) > 0 {
		w.mu.Lock()
		for call := range w.open {
			left = append(left, w.story(call))
		}
		w.fault = "left: " + strings.Join(left, "\n")
		w.mu.Unlock()
	}
}

// goHome ends the branch: keys are given back, some phones sign off and the others are switched off.
func (w *week) goHome() {
	w.check("the end")
	for _, p := range w.phones {
		p.mu.Lock()
		for _, k := range p.keys {
			k.giveBack()
		}
		p.mu.Unlock()
	}
	time.Sleep(time.Minute)
	if n := w.box.edge.Watches(); n != 0 {
		w.t.Errorf("seed %d: %d subscriptions after all were given back", w.seed, n)
	}
	for i, p := range w.phones {
		if i%2 == 0 {
			p.mu.Lock()
			p.register(0)
			p.mu.Unlock()
		} else {
			p.vanish()
		}
	}
	time.Sleep((registeredFor + 120) * time.Second)
	if phones := w.box.edge.Phones(); len(phones) > 0 {
		w.t.Errorf("seed %d: still registered: %v", w.seed, phones)
	}
	w.books.Close()
	if len(w.books.Problems) > 0 || len(w.open) > 0 {
		w.t.Errorf("seed %d: %v, %d calls are open", w.seed, w.books.Problems, len(w.open))
	}
	w.close()
	w.sum()
}

// sum tells what the time was made of.
func (w *week) sum() {
	for what, n := range w.books.Transfers {
		w.counts["transfers: "+what] += n
	}
	for what, n := range w.books.Outcomes {
		w.counts["ended "+string(what)] += n
	}
	for _, p := range slices.Concat(w.phones, w.carriers) {
		w.counts["session refreshes by peers"] += p.refreshed
		w.counts["session refreshes by the box"] += p.renewed
		for _, at := range p.expired {
			w.counts["sessions that ended by their timer"]++
			if !slices.ContainsFunc(w.outages[p.name], func(o [2]time.Time) bool { return at.After(o[0]) && at.Before(o[1].Add(time.Minute)) }) {
				w.t.Errorf("seed %d: at %s nobody refreshed a session of %s, whose wires were whole", w.seed, at.In(w.zone).Format("Mon 15:04:05"), p.name)
			}
		}
		for _, k := range p.keys {
			w.counts["lamps told"] += k.told
		}
	}
	var lines []string
	for what, n := range w.counts {
		lines = append(lines, fmt.Sprintf("%6d %s", n, what))
	}
	slices.Sort(lines)
	w.t.Logf("%d calls, %d packets of which %d were lost, %d steps\noffers %v\nvisits %v\n%s", w.books.Calls(), w.net.Sent(), w.net.Lost(), w.box.steps,
		w.books.Offers, w.books.Visits, strings.Join(lines, "\n"))
}

func (w *week) close() {
	for _, p := range slices.Concat(w.phones, w.carriers) {
		p.close()
	}
	if err := w.box.close(); err != nil {
		w.t.Error(err)
	}
}
