package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/journal"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/site"
)

// Setting is what a world is made of.
type Setting struct {
	Site   site.Document
	Seed   uint64
	Wire   memnet.Link
	Silent bool            // no sound: a signalling-only stand-in for the media process
	Phones map[string]int  // phones of an extension; 1 where it does not say
	Wrong  map[string]bool // extensions whose phones have a wrong password
	Log    *slog.Logger    // nil: nobody reads it

	Servers   map[string][]netip.AddrPort // where the carriers' names lead
	Wires     *memnet.Streams             // SIP over TCP; nil: over UDP only
	Remembers string                      // directory in which the box remembers phones and dialogs over a restart; empty: nowhere

	Keeps bool      // it remembers its dialogs and phones over a restart: whoever runs the story names the directory in Remembers
	Sites string    // directory of site documents; empty: the branch keeps the one it has
	Clock time.Time // what its clock shows at the story's zero; zero: the bubble's time

	// Journal says that facts are written to a journal in Dir, and read back from its disk.
	Journal bool
	Dir     string
}

// World is one branch: a box, its carriers, its phones. It lives in one synctest bubble.
type World struct {
	set    Setting
	net    *memnet.Network
	box    *box
	start  time.Time // the story's zero
	phones []*peer
	trunks []*peer
	voices sync.Mutex             // guards pitch
	pitch  map[string]float64     // of each party that has spoken
	sounds map[plan.Sound]float64 // of each sound

	journal *journal.Journal

	mu    sync.Mutex
	facts []fact.Entry
	calls map[string]*dialog // the last call of each party
}

// NewWorld builds a branch and waits until its phones are registered.
func NewWorld(set Setting) (*World, error) {
	if set.Log == nil {
		set.Log = slog.New(slog.DiscardHandler)
	}
	w := &World{set: set, net: memnet.New(set.Seed), pitch: map[string]float64{}, calls: map[string]*dialog{}}
	w.sounds = map[plan.Sound]float64{plan.MusicDefault: musicPitch, plan.PromptWelcome: promptPitch}
	for i, s := range set.Site.Sounds {
		w.sounds[plan.Sound("sound:"+s.Name)] = promptPitch + float64(i+1)*soundStep
	}
	w.speak()
	if set.Journal {
		j, err := journal.Open(context.Background(), set.Dir, "sim", fact.Moment{UTC: time.Now().UnixMilli()}, journal.Options{})
		if err != nil {
			return nil, err
		}
		w.journal = j
	}
	b, err := newBox(w.net, set, func(b *box) desk {
		b.keep = w.keep
		if set.Silent {
			return newSilent(b.tell)
		}
		lost, first := time.Duration(set.Site.Network.MediaLost), time.Duration(set.Site.Network.MediaFirst)
		return newMachine(w.net, netip.MustParseAddr(boxHost), w.sounds, lost, first, b.tell, b.loseSound)
	})
	if err != nil {
		return nil, err
	}
	w.box = b
	at := netip.MustParseAddrPort(boxHost + ":5060")
	for _, t := range set.Site.Trunks {
		servers := set.Servers[t.Address]
		if servers == nil {
			servers = []netip.AddrPort{netip.MustParseAddrPort(t.Address)}
		}
		for k, server := range servers {
			w.trunks = append(w.trunks, w.plug(newPeer(w.net, nth(t.Name, k), server, at)))
		}
	}
	for i, x := range set.Site.Extensions {
		n, ok := set.Phones[x.Number]
		if !ok {
			n = 1
		}
		for k := range n {
			name := nth(x.Number, k)
			p := newPeer(w.net, name, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + 4*i + k)}), 5060), at)
			p.user, p.secret = x.Number, string(x.Secret)
			if set.Wrong[x.Number] {
				p.secret = "not the password"
			}
			p.pitch = w.voice(name)
			w.phones = append(w.phones, w.plug(p))
		}
	}
	b.run(nil)
	for _, p := range w.phones {
		p.mu.Lock()
		p.register(3600)
		p.mu.Unlock()
		time.Sleep(time.Millisecond) // in the order of the document
	}
	time.Sleep(10*time.Second - time.Since(b.start))
	synctest.Wait()
	w.start = time.Now()
	if !set.Clock.IsZero() {
		b.shift.Store(set.Clock.Sub(w.start).Milliseconds())
	}
	if set.Wire.Delay == 0 {
		set.Wire.Delay = 5 * time.Millisecond
	}
	w.net.ImpairAll(set.Wire)
	return w, nil
}

// nth is the name of a phone or server among several of a name: "201", "201b".
func nth(name string, k int) string {
	if k == 0 {
		return name
	}
	return name + string(rune('a'+k))
}

func (w *World) plug(p *peer) *peer {
	p.sound = !w.set.Silent
	p.newCall = func(d *dialog) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if p.user == "" {
			d.party = called
			d.mic.pitch = w.voice(called)
		}
		w.calls[d.party] = d
	}
	p.readers.Go(p.read)
	return p
}

// voice is the tone by which a party is heard.
func (w *World) voice(party string) float64 {
	w.voices.Lock()
	defer w.voices.Unlock()
	if w.pitch[party] == 0 {
		w.pitch[party] = 600 + 60*float64(len(w.pitch))
	}
	return w.pitch[party]
}

func (w *World) keep(at fact.Moment, facts []fact.Fact) {
	w.mu.Lock()
	for _, f := range facts {
		w.facts = append(w.facts, fact.Entry{At: at, Fact: f})
	}
	w.mu.Unlock()
	if w.journal != nil {
		w.journal.Append(at, facts...)
	}
}

// Facts are those told so far; with a journal, as they are read back from its disk.
func (w *World) Facts() []fact.Entry {
	if w.journal != nil {
		return w.committed()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.facts)
}

func (w *World) committed() (all []fact.Entry) {
	ctx := context.Background()
	if err := w.journal.Sync(ctx); err != nil {
		panic(fmt.Sprintf("the journal of a story: %v", err))
	}
	var last fact.Address
	for {
		some, err := w.journal.Read(ctx, last, 256)
		if err != nil {
			panic(fmt.Sprintf("the journal of a story: %v", err))
		}
		if len(some) == 0 {
			return all
		}
		all, last = append(all, some...), some[len(some)-1].Address
	}
}

// Settle waits until nothing is left of any call, for two minutes at most, and says what is.
func (w *World) Settle() []string {
	var left []string
	for range 120 {
		synctest.Wait()
		if left = w.box.left(); len(left) == 0 {
			return nil
		}
		time.Sleep(time.Second)
	}
	return left
}

// Close ends everything and waits for it.
func (w *World) Close() error {
	for _, p := range slices.Concat(w.phones, w.trunks) {
		p.close()
	}
	err := w.box.close()
	if w.journal != nil {
		err = errors.Join(err, w.journal.Close())
	}
	return err
}
