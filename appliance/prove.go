package appliance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/site"
)

// A proof of a trunk calls a number of ours by the trunk, so that the call comes back in: what the box sends and what arrives are seen side by
// side. Its two legs never reach the exchange: nobody's phone rings, no statistic counts them.

// Times of a proof.
const (
	proofRing = 20 * time.Second // for the call to come back in
	proofTalk = 5 * time.Second  // for each thing that is tried while it is up
	proofEnd  = 2 * time.Second  // for the last words of its legs
)

// proof is one proof that runs.
type proof struct {
	c      *core
	trunk  site.Trunk
	number string // E.164, what is called
	shown  string // what we present
	out    plan.LegID
	news   chan exchange.Input // of both legs; what does not fit is dropped, and its step fails

	mu      sync.Mutex
	in      plan.LegID // the leg that came back, once it has
	another string     // whom a call to the same number showed that came in meanwhile and is not known to be ours
}

// notOurNumber is in the refusal of a proof that would call somebody else.
const notOurNumber = "is no number of trunk"

var errProofRuns = errors.New("a proof of a trunk is under way: wait for its end")

// take keeps what belongs to the proof from the exchange. It runs on the goroutines of legs.
func (p *proof) take(in exchange.Input) bool {
	switch e := in.(type) {
	case exchange.LegOffered:
		if !p.comesBack(e) {
			return false
		}
	case exchange.LegRinging:
		return p.ours(e.Leg, in)
	case exchange.LegAnswered:
		return p.ours(e.Leg, in)
	case exchange.LegRefused:
		return p.ours(e.Leg, in)
	case exchange.LegEnded:
		return p.ours(e.Leg, in)
	case exchange.LegHeld:
		return p.ours(e.Leg, in)
	case exchange.DigitPressed:
		return p.ours(e.Leg, in)
	case exchange.LegReferred:
		return p.ours(e.Leg, in)
	default:
		return false
	}
	p.tell(in)
	return true
}

func (p *proof) tell(in exchange.Input) {
	select {
	case p.news <- in:
	default:
	}
}

func (p *proof) ours(leg plan.LegID, in exchange.Input) bool {
	p.mu.Lock()
	mine := leg == p.out || p.in != "" && leg == p.in
	p.mu.Unlock()
	if mine {
		p.tell(in)
	}
	return mine
}

// comesBack recognises our own call by the number that was called and by who calls: a customer is never taken for it.
func (p *proof) comesBack(e exchange.LegOffered) bool {
	if e.Origin != (exchange.Origin{Kind: exchange.FromTrunk, Name: p.trunk.Name}) || p.e164(e.Dialled) != p.number {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.in != "" {
		return false
	}
	if shown := p.e164(e.Caller.Number); shown != p.shown {
		p.another = cmp.Or(shown, "no number")
		return false
	}
	p.in = e.Leg
	return true
}

func (p *proof) e164(s string) string {
	n, err := e164(p.c.keeper.Current(), s)
	if err != nil {
		return s
	}
	return n
}

// until waits for something of the proof's legs, or for the end of one of them.
func (p *proof) until(ctx context.Context, wait time.Duration, is func(exchange.Input) bool) (exchange.Input, error) {
	after := time.NewTimer(wait)
	defer after.Stop()
	for {
		select {
		case in := <-p.news:
			if is(in) {
				return in, nil
			}
			switch e := in.(type) {
			case exchange.LegRefused:
				return in, refusedProof(e)
			case exchange.LegEnded:
				return in, &proofError{code: "ended", err: fmt.Errorf("the call was ended: %s", e.Cause)}
			default:
			}
		case <-after.C:
			return nil, &proofError{code: "silent", detail: fmt.Sprintf("%d s", wait/time.Second), err: fmt.Errorf("nothing came within %s", wait)}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// proofError is what went wrong in a step, by the code for which menus have their words.
type proofError struct {
	code, detail string
	err          error
}

func (e *proofError) Error() string { return e.err.Error() }
func (e *proofError) Unwrap() error { return e.err }

// refusedProof is a call that the line did not take. A line that says nothing is refused by ourselves, with or without a 408.
func refusedProof(e exchange.LegRefused) *proofError {
	p := &proofError{code: "refused", err: fmt.Errorf("the line refused the call: %s (SIP %d)", e.Reason, e.SIP)}
	switch e.Reason {
	case exchange.RefusedBusy:
		p.code = "busy"
	case exchange.RefusedNoAnswer:
		p.code = "silent"
	case exchange.RefusedUnreachable:
		if e.SIP == 0 || e.SIP == 408 {
			p.code = "silent"
		}
	default: // the line's own word
	}
	if e.SIP != 0 {
		p.detail = fmt.Sprintf("SIP %d", e.SIP)
	}
	return p
}

// TestTrunk places the calls that prove a trunk.
func (b *box) TestTrunk(ctx context.Context, t console.TrunkTest, yield func(console.TestStep) bool) error {
	doc := b.keeper.Current()
	i := slices.IndexFunc(doc.Trunks, func(x site.Trunk) bool { return x.Name == t.Trunk })
	if i < 0 {
		return fmt.Errorf("trunk %q: %w in the site document", t.Trunk, console.ErrNotFound)
	}
	line := doc.Trunks[i]
	called := line.Presented
	if t.Number != "" {
		n, err := e164(doc, t.Number)
		if err != nil || !slices.Contains(line.Allowed, n) {
			return fmt.Errorf("%s %s %s: a proof calls our own numbers only", t.Number, notOurNumber, line.Name)
		}
		called = n
	}
	if t.Emergency && !simulated(line) {
		return fmt.Errorf("trunk %s is not simulated (its address is not on this machine): emergency numbers are never called for a test", line.Name)
	}
	p := &proof{c: b.core, trunk: line, number: called, shown: line.Presented, news: make(chan exchange.Input, 64)}
	p.out = plan.LegID(fmt.Sprintf("t%d-%06d", b.starts, b.proofs.Add(1)))
	if !b.proof.CompareAndSwap(nil, p) {
		return errProofRuns
	}
	defer p.close()
	return p.run(ctx, t.Emergency, yield)
}

// simulated reports whether a trunk leads to this very machine: the laboratory's carrier.
func simulated(t site.Trunk) bool {
	at, err := netip.ParseAddrPort(t.Address)
	return err == nil && at.Addr().IsLoopback()
}

// close ends whatever is left of the proof.
func (p *proof) close() {
	p.mu.Lock()
	legs := []plan.LegID{p.out, p.in}
	p.mu.Unlock()
	for _, id := range legs {
		if id != "" {
			p.c.edge.HangUp(exchange.HangUp{Leg: id})
		}
	}
	// The legs' last words must not reach the exchange, which does not know them.
	p.c.later.Go(func() {
		time.Sleep(proofEnd)
		p.c.proof.CompareAndSwap(p, nil)
	})
}

// step is one thing that is tried. try returns what was seen, in words.
type step struct {
	name, remedy string
	try          func(ctx context.Context) (string, error)
}

func (p *proof) run(ctx context.Context, emergency bool, yield func(console.TestStep) bool) error {
	steps := []step{
		{"out", "Look at autocom status and doctor: is the trunk reachable, is a channel free, are the number format and the identity what the carrier wants?", p.goOut},
		{"in", "Does the carrier send calls to this number here, and do they come from the trunk's sources? Is our number shown unchanged (settings: from, assert)?", p.comeIn},
		{"identity", "Ask the carrier which numbers the line may show, and in which header it wants them (settings: from, assert, shown).", p.identity},
		{"dtmf", "Set dtmf in the trunk's settings to what the carrier understands.", p.digits},
		{"hold", "The carrier does not take a re-INVITE as RFC 3264 wants it: show it this report.", p.hold},
		{"refresh", "The carrier does not answer session refreshes: set session_expires to what it wants.", p.refresh},
		{"hang-up", "The carrier does not pass the end of a call on: calls would stay up and be paid for.", p.hangUp},
	}
	if emergency {
		steps = append(steps, step{"emergency", "The simulated line must answer emergency numbers.", p.emergency})
	}
	failed := false
	for _, s := range steps {
		began := time.Now()
		r := console.TestStep{Name: s.name}
		if failed && s.name != "emergency" {
			r.Skipped, r.Sentence = true, "not tried: the call is not up"
		} else {
			words, err := s.try(ctx)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				r.Sentence, r.Remedy, r.Code = err.Error(), s.remedy, "failed"
				if known, ok := errors.AsType[*proofError](err); ok {
					r.Code, r.Detail = known.code, known.detail
				}
				failed = failed || s.name == "out" || s.name == "in"
			default:
				r.OK, r.Sentence = true, words
			}
			r.TookMS = time.Since(began).Milliseconds()
		}
		if !yield(r) {
			return nil
		}
	}
	return nil
}

// goOut calls our own number, and waits until somebody rings: that is we ourselves, or whoever the carrier sent the call to.
func (p *proof) goOut(ctx context.Context) (string, error) {
	p.c.edge.Ring(exchange.Ring{
		Leg: p.out, Call: plan.CallID(p.out), To: exchange.Destination{Trunk: p.trunk.Name, Number: p.number}, Caller: exchange.Caller{Number: p.shown},
	})
	in, err := p.until(ctx, proofRing, func(in exchange.Input) bool {
		_, back := in.(exchange.LegOffered)
		r, rings := in.(exchange.LegRinging)
		a, answered := in.(exchange.LegAnswered)
		return back || rings && r.Leg == p.out || answered && a.Leg == p.out
	})
	if err != nil {
		return "", fmt.Errorf("called %s by %s: %w", p.number, p.trunk.Name, err)
	}
	if _, rings := in.(exchange.LegRinging); !rings {
		p.tell(in) // the next step wants it
	}
	return fmt.Sprintf("called %s by %s, and the line took the call", p.number, p.trunk.Name), nil
}

// comeIn answers the call that comes back.
func (p *proof) comeIn(ctx context.Context) (string, error) {
	in, err := p.until(ctx, proofRing, func(in exchange.Input) bool {
		_, back := in.(exchange.LegOffered)
		_, answered := in.(exchange.LegAnswered)
		return back || answered
	})
	offered, back := in.(exchange.LegOffered)
	if err == nil && !back {
		err = &proofError{code: "elsewhere", err: errors.New("somebody answered it")}
	}
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.another != "" {
			return "", &proofError{code: "identity", detail: p.another, err: fmt.Errorf("no call from %s to %s came back in, but one that shows %s (%w)", p.shown, p.number, p.another, err)}
		}
		return "", fmt.Errorf("no call from %s to %s came back in: %w", p.shown, p.number, err)
	}
	p.c.edge.Answer(exchange.Answer{Leg: offered.Leg})
	answered := map[plan.LegID]bool{}
	if _, err := p.until(ctx, proofTalk, func(in exchange.Input) bool {
		if a, ok := in.(exchange.LegAnswered); ok {
			answered[a.Leg] = true
		}
		return answered[offered.Leg] && answered[p.out]
	}); err != nil {
		return "", fmt.Errorf("the call came back in and could not be answered: %w", err)
	}
	call := plan.CallID(p.out)
	// Neither leg hears the other: what one says comes in by the other, and would go round for ever.
	if err := p.c.desk.client.SetPlan(plan.Plan{Call: call, Version: 1, Legs: sortedHearings(plan.Hearing{Leg: p.out}, plan.Hearing{Leg: offered.Leg})}); err != nil {
		return "", fmt.Errorf("the call is up and has no sound: %w", err)
	}
	return "the call came back in and was answered at both ends", nil
}

func sortedHearings(list ...plan.Hearing) []plan.Hearing {
	slices.SortFunc(list, func(a, b plan.Hearing) int { return strings.Compare(string(a.Leg), string(b.Leg)) })
	return list
}

// identity says what arrived of who calls. That it arrived unchanged is how the call was recognised.
func (p *proof) identity(context.Context) (string, error) {
	return fmt.Sprintf("the line shows %s unchanged", p.shown), nil
}

// digits presses keys at each end and waits for them at the other.
func (p *proof) digits(ctx context.Context) (string, error) {
	for _, way := range []struct {
		from, to plan.LegID
		name     string
	}{{p.out, p.in, "out"}, {p.in, p.out, "in"}} {
		for _, key := range "15#" {
			if err := p.c.desk.client.SendDigit(way.from, byte(key), 120*time.Millisecond); err != nil {
				return "", fmt.Errorf("keys cannot be sent %s: %w", way.name, err)
			}
			if _, err := p.until(ctx, proofTalk, func(in exchange.Input) bool {
				d, ok := in.(exchange.DigitPressed)
				return ok && d.Leg == way.to && d.Digit == string(key)
			}); err != nil {
				return "", fmt.Errorf("key %c sent %s did not arrive: %w", key, way.name, err)
			}
		}
	}
	return "keys 1, 5 and # arrive in both directions (RFC 4733)", nil
}

// hold puts the line on hold and takes it back.
func (p *proof) hold(ctx context.Context) (string, error) {
	for _, on := range []bool{true, false} {
		p.c.edge.Hold(p.out, on)
		if _, err := p.until(ctx, proofTalk, func(in exchange.Input) bool {
			h, ok := in.(exchange.LegHeld)
			return ok && h.Leg == p.out && h.Held == on
		}); err != nil {
			return "", fmt.Errorf("hold %v was not taken: %w", on, err)
		}
	}
	return "hold and retrieve are taken", nil
}

// refresh sends a session refresh and looks for its answer among the messages.
func (p *proof) refresh(ctx context.Context) (string, error) {
	sent := time.Now()
	p.c.edge.Refresh(p.out)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(proofTalk); time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-tick.C:
		}
		if method, ok := p.answered(sent); ok {
			return "a session refresh by " + method + " is answered", nil
		}
	}
	return "", errors.New("a session refresh got no answer")
}

// answered finds a request of ours since a time, and a 200 to it.
func (p *proof) answered(since time.Time) (method string, ok bool) {
	for _, callID := range p.c.edge.CallIDs(p.out) {
		for _, r := range p.c.edge.Stack().Trace(callID) {
			if r.At.Before(since) {
				continue
			}
			if first, _, _ := strings.Cut(r.First, " "); r.Sent && (first == "UPDATE" || first == "INVITE") {
				method = first
			}
			if method != "" && !r.Sent && strings.HasPrefix(r.First, "SIP/2.0 200") {
				return method, true
			}
		}
	}
	return method, false
}

// hangUp ends the call at one end and waits for the end at the other.
func (p *proof) hangUp(ctx context.Context) (string, error) {
	p.c.edge.HangUp(exchange.HangUp{Leg: p.out})
	ended := func(in exchange.Input) bool { _, is := in.(exchange.LegEnded); return is }
	told, err := p.until(ctx, proofTalk, ended)
	if e, _ := told.(exchange.LegEnded); err == nil && e.Leg == p.out { // either end may be told first
		told, err = p.until(ctx, proofTalk, ended)
	}
	if e, _ := told.(exchange.LegEnded); err == nil && e.Cause != exchange.EndedByPeer {
		err = fmt.Errorf("its end came from elsewhere: %s", e.Cause)
	}
	if err != nil {
		return "", fmt.Errorf("the call was hung up at one end and the other end was not told: %w", err)
	}
	return "hung up at one end, ended at the other", nil
}

// emergency calls 112 on a simulated line.
func (p *proof) emergency(ctx context.Context) (string, error) {
	doc := p.c.keeper.Current()
	p.mu.Lock()
	p.out = plan.LegID(fmt.Sprintf("t%d-%06d", p.c.starts, p.c.proofs.Add(1)))
	p.in = ""
	p.mu.Unlock()
	p.c.edge.Ring(exchange.Ring{
		Leg: p.out, Call: plan.CallID(p.out), To: exchange.Destination{Trunk: p.trunk.Name, Number: "112"},
		Caller: exchange.Caller{Number: doc.Emergency.Presented}, Emergency: true,
	})
	if _, err := p.until(ctx, proofTalk, func(in exchange.Input) bool {
		a, ok := in.(exchange.LegAnswered)
		return ok && a.Leg == p.out
	}); err != nil {
		return "", fmt.Errorf("112: %w", err)
	}
	return "112 is answered, and " + doc.Emergency.Presented + " is shown", nil
}
