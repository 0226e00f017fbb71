// Package carrier is the outside world: it calls the branch's numbers with a
// caller's number, and answers what the branch dials as the number asks.
package carrier

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
)

// A Carrier is one SIP peer known by its address. Close ends what it owns.
type Carrier struct {
	agent *ua.Agent
	wg    sync.WaitGroup
	stop  context.CancelFunc
	lines chan struct{}
}

// A Script is how a number behaves.
type Script struct {
	Name   string
	Code   int           // refuses with it; 0 does not
	After  time.Duration // answers then
	Silent bool          // rings for ever
}

// Scripted says how the person behind a number behaves. Its last three digits
// choose: 486 busy, 404 unknown, 480 away, 503 no line, 999 never answers.
// Emergency numbers are simulated: they never leave the machine.
func Scripted(number string) Script {
	n := strings.TrimLeft(number, "+0")
	switch {
	case len(n) <= 3 || strings.HasPrefix(n, "116"):
		return Script{Name: "simulated emergency service", After: 500 * time.Millisecond}
	case strings.HasSuffix(n, "486"):
		return Script{Name: "busy", Code: 486}
	case strings.HasSuffix(n, "404"):
		return Script{Name: "unknown number", Code: 404}
	case strings.HasSuffix(n, "480"):
		return Script{Name: "away", Code: 480}
	case strings.HasSuffix(n, "503"):
		return Script{Name: "no line", Code: 503}
	case strings.HasSuffix(n, "999"):
		return Script{Name: "never answers", Silent: true}
	}
	return Script{Name: "answers", After: time.Second}
}

// Open starts a carrier at addr that sends to box. see hears of each call the
// box sends; it may be nil and must not block.
func Open(addr, box netip.AddrPort, see func(number string, s Script)) (*Carrier, error) {
	return OpenKnown(netip.Addr{}, addr, box, see)
}

// OpenKnown is Open for a carrier that the box reaches at another address, by ports forwarded one to one.
func OpenKnown(known netip.Addr, addr, box netip.AddrPort, see func(number string, s Script)) (*Carrier, error) {
	a, err := ua.Listen(ua.Config{Listen: addr, Box: box, Name: "autocom-lab carrier", Known: known})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Carrier{agent: a, stop: stop, lines: make(chan struct{}, 500)}
	c.wg.Add(1)
	go c.serve(ctx, see)
	return c, nil
}

// Addr is the carrier's address.
func (c *Carrier) Addr() netip.AddrPort { return c.agent.Addr() }

// Call calls a number of the branch as from.
func (c *Carrier) Call(to, from string, o line.Options) (*line.Line, error) {
	in := ua.Invite{To: to, From: from}
	if from == "" { // withheld (RFC 3323 §4.1)
		in.From, in.Display = "anonymous", "Anonymous"
		in.Headers = []sipmsg.Header{{Name: "Privacy", Value: "id"}}
	}
	return line.Place(c.agent, in, o)
}

// Close hangs up everything at once.
func (c *Carrier) Close() {
	c.stop()
	c.wg.Wait()
	_ = c.agent.Close()
}

func (c *Carrier) serve(ctx context.Context, see func(string, Script)) {
	defer c.wg.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case call := <-c.agent.Incoming():
			s := Scripted(call.Called())
			if see != nil {
				see(call.Called(), s)
			}
			select {
			case c.lines <- struct{}{}:
			default:
				_ = call.Refuse(503)
				continue
			}
			c.wg.Go(func() {
				defer func() { <-c.lines }()
				c.play(ctx, call, s)
			})
		}
	}
}

func (c *Carrier) play(ctx context.Context, call *ua.Call, s Script) {
	if s.Code != 0 {
		_ = call.Refuse(s.Code) // cancelled meanwhile: there is nothing left to refuse
		return
	}
	l, err := line.Take(c.agent, call, line.Options{Sound: line.Tone(branch.CarrierTone)})
	if err != nil {
		return
	}
	defer l.Close()
	if err := l.Ring(false); err != nil {
		return
	}
	if !s.Silent {
		t := time.NewTimer(s.After)
		defer t.Stop()
		select {
		case <-t.C:
			if err := l.Answer(); err != nil {
				return
			}
		case <-call.Done():
			return
		case <-ctx.Done():
			return
		}
	}
	select {
	case <-call.Done():
	case <-ctx.Done():
	}
}
