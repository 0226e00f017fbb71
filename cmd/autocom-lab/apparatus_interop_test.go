//go:build interop

package main

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/ua"
)

// An apparatus is a telephone that the test itself holds.
type apparatus struct {
	*ua.Agent
	o   *office
	acc ua.Account
}

// apparatus registers a telephone that does only what it is told.
func (o *office) apparatus(number string, cfg ua.Config) *apparatus {
	o.t.Helper()
	p, _ := o.Phone(number)
	if !cfg.Box.IsValid() {
		cfg.Box = o.SIP
	}
	if !cfg.Listen.IsValid() {
		cfg.Listen = netip.MustParseAddrPort("127.0.0.13:0")
	}
	cfg.Name, cfg.ReuseNonce = "handset", true
	a, err := ua.Listen(cfg)
	if err != nil {
		o.t.Fatal(err)
	}
	h := &apparatus{Agent: a, o: o, acc: ua.Account{User: number, Secret: p.Secret}}
	o.t.Cleanup(func() { _ = a.Close() })
	if _, err := a.Register(o.ctx, h.acc, 600); err != nil {
		o.t.Fatal(err)
	}
	return h
}

// dial calls somebody, with the extension's tone.
func (h *apparatus) dial(to string) *line.Line {
	h.o.t.Helper()
	l, err := line.Place(h.Agent, ua.Invite{To: to, Account: &h.acc}, line.Options{Sound: line.Tone(branch.Tone(h.acc.User))})
	if err != nil {
		h.o.t.Fatal(err)
	}
	h.o.t.Cleanup(l.Close)
	return l
}

// rings waits for a call and lets it ring.
func (h *apparatus) rings() *line.Line {
	h.o.t.Helper()
	l := h.offered()
	if err := l.Ring(false); err != nil {
		h.o.t.Fatal(err)
	}
	return l
}

// offered waits for a call.
func (h *apparatus) offered() *line.Line {
	h.o.t.Helper()
	select {
	case c := <-h.Incoming():
		l, err := line.Take(h.Agent, c, line.Options{Sound: line.Tone(branch.Tone(h.acc.User))})
		if err != nil {
			h.o.t.Fatal(err)
		}
		h.o.t.Cleanup(l.Close)
		return l
	case <-h.o.ctx.Done():
		h.o.t.Fatalf("%s never rang", h.acc.User)
		return nil
	}
}

// lifts waits for a call and answers it.
func (h *apparatus) lifts() *line.Line {
	h.o.t.Helper()
	return h.answers(h.rings())
}

// answers answers a call that rings, or is offered.
func (h *apparatus) answers(l *line.Line) *line.Line {
	h.o.t.Helper()
	if err := l.Answer(); err != nil {
		h.o.t.Fatal(err)
	}
	return l
}

// answered waits until a call that was dialled is.
func (o *office) answered(l *line.Line) {
	o.t.Helper()
	if _, err := l.Wait(o.ctx, ua.Answered); err != nil {
		o.t.Fatal(err)
	}
}

// hear wants a tone to be heard.
func (o *office) hear(who string, l *line.Line, hz float64) {
	o.t.Helper()
	if _, err := l.Expect(o.ctx, hz); err != nil {
		o.t.Fatalf("%s: %v", who, err)
	}
}

// both wants two who talk to hear one another.
func (o *office) both(a *line.Line, aHz float64, b *line.Line, bHz float64) {
	o.t.Helper()
	o.hear("first", a, bHz)
	o.hear("second", b, aHz)
}

// over waits until the far end of a call is let go by the box.
func (o *office) over(who string, l *line.Line) {
	o.t.Helper()
	select {
	case <-l.Call.Done():
		if k := l.Call.Last().Kind; k != ua.HungUp && k != ua.Released {
			o.t.Errorf("%s: %s", who, l.Call.Last())
		}
	case <-o.ctx.Done():
		o.t.Fatalf("%s still has its call", who)
	}
}

// ended waits for n calls to end, each once, and for the box to hold nothing of them.
func (o *office) ended(n int) facts {
	o.t.Helper()
	fs := o.until("the end of every call", func(fs facts) bool {
		return len(fs.of("call.ended")) >= n && len(fs.of("call.ended")) == len(fs.of("call.opened"))
	})
	endedOnce(o.t, fs)
	o.idle()
	return fs
}

// idle waits until the box holds no call and no sound.
func (o *office) idle() {
	o.t.Helper()
	for {
		s, err := o.box.Status(o.ctx)
		if err == nil && len(s.Calls) == 0 && s.Media.Legs == 0 {
			return
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("the box still holds %+v, %d legs (%v)", s.Calls, s.Media.Legs, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// cabinets counts the small branches, each with ports of its own: they are open at the same time.
var cabinets atomic.Int32 //nolint:gochecknoglobals // of the tests of this package together

// cabinet opens a branch with that many extensions, 301 and on, one queue with nobody in it, and a welcome for nobody.
func cabinet(t *testing.T, extensions int, change func(*branch.Branch)) *office {
	t.Helper()
	first := 24000 + 400*int(cabinets.Add(1)-1)
	b := branch.Branch{Name: "Petite agence", SIP: free(t, "127.0.0.1"), Carrier: free(t, "127.0.0.2"), RTPFirst: first, RTPLast: first + 399, MaxCalls: 50}
	for i := range extensions {
		b.Phones = append(b.Phones, branch.Phone{Number: desk(i), Name: "Poste " + desk(i), Secret: branch.Secret()})
		b.Services = append(b.Services, branch.Service{Number: direct(i), Name: "Ligne " + desk(i), Extension: desk(i)})
	}
	if change != nil {
		change(&b)
	}
	return start(t, b, t.TempDir())
}
