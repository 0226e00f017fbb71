// Package load drives many calls through a box from one process with few
// sockets and threads, and says what they cost the box and what the callers
// noticed.
package load

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/ua"
)

// A Bench is a box of its own with its carrier and its phones.
type Bench struct {
	box    *box.Box
	branch branch.Branch
	idle   box.Reading // accounts loaded, nothing registered

	carrier, phones *ua.Agent
	media           *media
	ctx             context.Context //nolint:containedctx // the life of the bench: what it starts ends with it
	stop            context.CancelFunc
	wg              sync.WaitGroup

	recorded   bool
	accounts   int
	registered int

	mu     sync.Mutex
	free   []int // phone streams
	answer bool  // phones speak; signalling alone does not
}

// A Setup says what box to build.
type Setup struct {
	Bin      string
	Accounts int
	Calls    int  // at once
	Record   bool // calls reach the phones through a queue that records
	MaxCalls int  // the box takes; 1,000 when 0
	Dir      string
	Direct   bool // no box: callers and phones face each other, which is the generator's own floor
}

// read gives what the box has used so far; without a box nothing.
func (l *Bench) read() (box.Reading, error) {
	if l.box == nil {
		return box.Reading{}, nil
	}
	return l.box.Read()
}

// Open starts a box with that many accounts, one trunk, and a service number
// for each phone, and registers the phones the calls need.
func Open(ctx context.Context, s Setup) (*Bench, error) {
	sip, _, err := branch.FreePort(netip.MustParseAddrPort("127.0.0.1:5060"))
	if err != nil {
		return nil, err
	}
	carrierAddr, _, err := branch.FreePort(netip.MustParseAddrPort("127.0.0.2:5060"))
	if err != nil {
		return nil, err
	}
	b := office(s, sip, carrierAddr)
	l := &Bench{branch: b, recorded: s.Record, accounts: s.Accounts}
	if !s.Direct {
		document, err := b.Write(s.Dir)
		if err != nil {
			return nil, err
		}
		if l.box, err = box.Start(s.Bin, s.Dir, document, "warn"); err != nil {
			return nil, err
		}
	}
	l.ctx, l.stop = context.WithCancel(ctx)
	if err := l.prepare(s); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// office invents the branch of a bench: a service number for each phone, or
// one queue that records.
func office(s Setup, sip, carrierAddr netip.AddrPort) branch.Branch {
	b := branch.Branch{Name: "Banc", SIP: sip, Carrier: carrierAddr, RTPFirst: 16384, RTPLast: 32767, MaxCalls: 1000}
	if s.MaxCalls > 0 {
		b.MaxCalls = s.MaxCalls
	}
	if s.Record {
		b.Queues = []branch.Queue{{ID: "banc", Name: "Banc", Ring: 10 * time.Second, Retry: time.Second, Record: true}}
		b.Services = []branch.Service{{Number: "+33472100000", Name: "Banc", Queue: "banc"}}
	}
	for i := range s.Accounts {
		p := branch.Phone{Number: fmt.Sprint(2000 + i), Name: fmt.Sprintf("Poste %d", i), Secret: branch.Secret()}
		if s.Record && i < s.Calls {
			p.Queues = "[banc]"
		}
		b.Phones = append(b.Phones, p)
		if !s.Record {
			b.Services = append(b.Services, branch.Service{Number: number(i), Name: p.Name, Extension: p.Number})
		}
	}
	return b
}

func number(i int) string { return fmt.Sprintf("+334721%05d", i) }

func (l *Bench) prepare(s Setup) error {
	to := l.branch.SIP
	var err error
	if l.box != nil {
		ready, cancel := context.WithTimeout(l.ctx, 60*time.Second)
		defer cancel()
		if _, err := l.box.Ready(ready); err != nil {
			return err
		}
		if l.idle, err = l.box.Read(); err != nil {
			return err
		}
	}
	if l.phones, err = ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.11:0"), Box: l.branch.SIP, Name: "autocom-lab load", Linger: 5 * time.Second}); err != nil {
		return err
	}
	if l.box == nil {
		to = l.phones.Addr()
	}
	if l.carrier, err = ua.Listen(ua.Config{Listen: l.branch.Carrier, Box: to, Name: "autocom-lab load", Linger: 5 * time.Second}); err != nil {
		return err
	}
	if l.media, err = openMedia(s.Calls, [sides]netip.Addr{l.branch.Carrier.Addr(), l.phones.Addr().Addr()}); err != nil {
		return err
	}
	for i := range s.Calls {
		l.free = append(l.free, i)
	}
	l.wg.Add(1)
	go l.pickUp()
	return nil
}

// Close ends the box and everything around it.
func (l *Bench) Close() {
	l.stop()
	l.wg.Wait()
	if l.media != nil {
		l.media.close()
	}
	for _, a := range []*ua.Agent{l.carrier, l.phones} {
		if a != nil {
			_ = a.Close()
		}
	}
	if l.box != nil {
		l.box.Close()
	}
}

// LastWords is the end of the box's log.
func (l *Bench) LastWords() string {
	if l.box == nil {
		return ""
	}
	return l.box.LastWords()
}

// Registered is what REGISTER costs.
type Registered struct {
	Offered   int     `json:"offered"`
	Done      int     `json:"done"`
	PerSecond float64 `json:"per_second"`
	CPU       float64 `json:"cpu_ms"` // of the core, for one (401 and 200)
	Time      Spread  `json:"time_ms"`
	Why       string  `json:"why,omitempty"` // of the last that failed
}

// Register registers that many phones at that rate; each meets a challenge.
func (l *Bench) Register(n, perSecond int) (Registered, error) {
	n = min(n, l.accounts)
	r := Registered{Offered: n}
	before, err := l.read()
	if err != nil {
		return r, err
	}
	var mu sync.Mutex
	var times histogram
	var wg sync.WaitGroup
	start := time.Now()
	for i := range n {
		if !pause(l.ctx, start.Add(time.Duration(i)*time.Second/time.Duration(perSecond))) {
			break
		}
		wg.Go(func() {
			p := l.branch.Phones[i]
			ctx, cancel := context.WithTimeout(l.ctx, 10*time.Second)
			defer cancel()
			sent := time.Now()
			_, err := l.phones.Register(ctx, ua.Account{User: p.Number, Secret: p.Secret}, 3600)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				r.Why = err.Error()
				return
			}
			r.Done++
			times.add(time.Since(sent))
		})
	}
	wg.Wait()
	took := time.Since(start)
	after, err := l.read()
	if err != nil {
		return r, err
	}
	l.registered = max(l.registered, r.Done)
	r.PerSecond, r.Time = float64(r.Done)/took.Seconds(), times.spread()
	if r.Done > 0 {
		r.CPU = ms(after.CPUSince(before)["core"]) / float64(r.Done)
	}
	return r, l.ctx.Err()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// pause waits for a moment; it says no when the context ends first.
func pause(ctx context.Context, until time.Time) bool {
	d := time.Until(until)
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pickUp answers every call that reaches a phone.
func (l *Bench) pickUp() {
	defer l.wg.Done()
	for {
		select {
		case <-l.ctx.Done():
			return
		case c := <-l.phones.Incoming():
			i, ok := l.take()
			if !ok {
				_ = c.Refuse(486) // more calls than this load placed
				continue
			}
			l.wg.Add(1)
			go l.talk(c, i)
		}
	}
}

// silent is the stream of a phone that will not speak: it shares an address
// and occupies nothing.
const silent = -1

// take gives a phone its stream.
func (l *Bench) take() (i int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answer {
		return silent, true
	}
	if len(l.free) == 0 {
		return 0, false
	}
	i = l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return i, true
}

// talk is one phone's side of one call.
func (l *Bench) talk(c *ua.Call, i int) {
	defer l.wg.Done()
	s := &l.media.streams[1][max(i, 0)]
	if i != silent {
		defer func() {
			s.speak(netip.AddrPort{})
			l.mu.Lock()
			l.free = append(l.free, i)
			l.mu.Unlock()
		}()
	}
	offer, err := sdp.Parse(c.Offer())
	if err != nil {
		_ = c.Refuse(488)
		return
	}
	own := sdp.Session{Addr: s.addr, Codecs: []uint8{8}}.Bytes()
	if c.Ring(nil) != nil || c.Answer(own) != nil {
		return // cancelled meanwhile
	}
	if i != silent {
		s.speak(offer.Addr)
	}
	c.OnReoffer(func([]byte) ([]byte, int) { return own, 200 })
	select {
	case <-c.Done():
	case <-l.ctx.Done():
	}
}

// placed is one caller's side.
type placed struct {
	ringing, answered time.Duration // after the INVITE; 0 never
	code              int           // of the answer that refused it
	err               error
}

// place calls, speaks, and holds the call until hang is closed.
func (l *Bench) place(i int, speaks bool, up func(placed), hang <-chan struct{}) {
	var p placed
	s := &l.media.streams[0][i%len(l.media.streams[0])]
	to := number(i)
	if l.recorded {
		to = l.branch.Services[0].Number
	}
	own := sdp.Session{Addr: s.addr, Codecs: []uint8{8}}.Bytes()
	c, err := l.carrier.Place(ua.Invite{To: to, From: fmt.Sprintf("06%08d", i), Body: own})
	if err != nil {
		up(placed{err: err})
		return
	}
	c.OnReoffer(func([]byte) ([]byte, int) { return own, 200 })
	ctx, cancel := context.WithTimeout(l.ctx, 30*time.Second)
	defer cancel()
	e, err := c.Wait(ctx, ua.Progress, ua.Answered)
	for err == nil && e.Kind == ua.Progress {
		if p.ringing == 0 && e.Code >= 180 {
			p.ringing = e.At.Sub(c.SentAt())
		}
		e, err = c.Wait(ctx, ua.Progress, ua.Answered)
	}
	if err != nil {
		c.HangUp()
		up(placed{err: err, code: e.Code})
		return
	}
	p.answered = e.At.Sub(c.SentAt())
	if far, err := sdp.Parse(e.Body); err != nil {
		p.err = err
	} else if speaks {
		s.speak(far.Addr)
	}
	up(p)
	select {
	case <-hang:
	case <-c.Done():
	case <-l.ctx.Done():
	}
	if speaks {
		s.speak(netip.AddrPort{})
	}
	c.HangUp()
	select {
	case <-c.Done():
	case <-time.After(10 * time.Second):
	case <-l.ctx.Done():
	}
}

var errNobody = errors.New("no call was answered")

// Temporary makes a directory for a bench's files.
func Temporary() (string, func(), error) {
	dir, err := os.MkdirTemp("", "autocom-load-")
	if err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(filepath.Clean(dir)) }, nil
}
