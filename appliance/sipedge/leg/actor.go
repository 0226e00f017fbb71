package leg

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Ports opens and closes media ports. It is called on the leg's goroutine and may block up to a second.
type Ports interface {
	// Open gives a leg a port, or the one it has already.
	Open(leg plan.LegID) (plan.Endpoint, error)
	// Update says what the leg agreed with its peer. An error is tried again.
	Update(leg plan.LegID, m plan.Media) error
	// Close gives the port back. Closing what is not open does nothing.
	Close(leg plan.LegID)
}

// Wire carries a leg's messages. It is called on the leg's goroutine and must not block.
type Wire interface {
	// SendRequest sends a request in a transaction named by m.Via. An error is as good as TransactionFailed.
	SendRequest(leg plan.LegID, m Request, f Flow) error
	// SendAck sends the ACK of a 2xx. A lost one is sent again when its 2xx comes again: an error needs no answer.
	SendAck(m Request, f Flow)
	// SendCancel cancels an INVITE. What cannot be cancelled any more is left to its final response.
	SendCancel(leg plan.LegID, via string, extra []Header)
	// Abandon forgets a transaction.
	Abandon(leg plan.LegID, via string)
	// SendResponse answers a request.
	SendResponse(leg plan.LegID, tx Tx, m Response)
	// Authorize computes the credentials for a challenge, or an empty header.
	Authorize(leg plan.LegID, a Authenticate) Header
}

// Owner is what an Actor needs of the world around it.
type Owner struct {
	Wire   Wire
	Ports  Ports
	Ledger Ledger
	Tell   func(exchange.Input)
	Turned func(t TurnedAway)   // a call was refused before Tell heard of it; nil when nobody cares
	Forget func(leg plan.LegID) // called once, when the actor's goroutine ends
	Log    *slog.Logger
}

// MailboxLen is how many messages of the network wait for a leg. When it is full, Post says so and the request is answered 503; commands of
// the exchange, of which each leg gets a handful, and timers have as much again for themselves.
const MailboxLen = 64

// Actor is the goroutine that owns one State.
type Actor struct {
	id    plan.LegID
	owner Owner
	done  chan struct{}

	mu     sync.Mutex
	box    []Input
	wake   chan struct{} // one token
	stop   bool
	stands Standing

	// What follows belongs to the goroutine.
	state  *State
	timers map[Timer]*armed
	armed  uint64 // numbers them
	saved  mark
	stood  stood
	over   bool
}

// armed is one timer that runs. A timer that was stopped or started anew may already have put its firing in the mailbox: its number tells.
type armed struct {
	timer *time.Timer
	nr    uint64
}

// expired is a timer's firing on its way through the mailbox.
type expired struct {
	TimerFired
	nr uint64
}

// Start gives a state its goroutine. A fresh leg starts with an empty state and InviteReceived or Place as its first input.
func Start(id plan.LegID, s *State, owner Owner) *Actor {
	a := &Actor{id: id, owner: owner, done: make(chan struct{}), wake: make(chan struct{}, 1), state: s, timers: make(map[Timer]*armed)}
	go a.run()
	return a
}

// Post puts an input in the mailbox. It never blocks; false says that the leg is over, or has too much to do.
func (a *Actor) Post(in Input) bool {
	limit := MailboxLen
	switch in.(type) {
	case expired, CancelReceived, AckReceived, HangUp, Refuse, Answer, Progress, ReferTold, Place, Reoffer, Hold, Refresh, Resume, TransactionFailed:
		limit *= 2
	default: // the network's
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop || len(a.box) >= limit {
		return false
	}
	a.box = append(a.box, in)
	a.rouse()
	return true
}

// rouse has the goroutine look.
func (a *Actor) rouse() {
	select {
	case a.wake <- struct{}{}:
	default: // it will
	}
}

// Close ends the goroutine, whatever state the dialog is in, and waits for it. Nothing is sent: a restarted box finds the dialog in the ledger.
func (a *Actor) Close() {
	a.mu.Lock()
	a.stop = true
	a.mu.Unlock()
	a.rouse()
	<-a.done
}

// Freeze is Close, and returns the state as the goroutine left it.
func (a *Actor) Freeze() *State {
	a.Close()
	return a.state
}

// Done is closed when the goroutine has ended.
func (a *Actor) Done() <-chan struct{} { return a.done }

func (a *Actor) run() {
	defer close(a.done)
	defer a.owner.Forget(a.id)
	defer func() {
		for _, t := range a.timers {
			t.timer.Stop()
		}
	}()
	for !a.over {
		<-a.wake
		for {
			a.mu.Lock()
			if a.stop {
				a.mu.Unlock()
				return
			}
			batch := a.box
			a.box = nil
			a.mu.Unlock()
			if len(batch) == 0 {
				break
			}
			for _, in := range batch {
				if !a.over {
					a.take(in)
				}
			}
		}
	}
	a.mu.Lock()
	a.stop = true
	left := a.box
	a.box = nil
	a.mu.Unlock()
	for _, in := range left {
		a.late(in)
	}
}

// late answers what reached the mailbox after the end.
func (a *Actor) late(in Input) {
	defer func() {
		if r := recover(); r != nil {
			a.owner.Log.Error("leg failed after its end", "leg", a.id, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	for _, e := range a.state.Step(time.Now(), in) {
		if r, ok := e.(SendResponse); ok {
			a.owner.Wire.SendResponse(a.id, r.Tx, r.Msg)
		}
	}
}

// take lets one input happen, and survives it: a panic costs this one leg.
func (a *Actor) take(in Input) {
	defer func() {
		if r := recover(); r != nil {
			a.owner.Log.Error("leg failed, ending it", "leg", a.id, "phase", a.state.Phase.String(), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			a.fail()
		}
	}()
	if e, ok := in.(expired); ok {
		t := a.timers[e.Timer]
		if t == nil || t.nr != e.nr {
			return // stopped, or started anew, meanwhile
		}
		delete(a.timers, e.Timer)
		in = e.TimerFired
	}
	queue := []Input{in}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, e := range a.state.Step(time.Now(), next) {
			if back := a.carry(e); back != nil {
				queue = append(queue, back)
			}
		}
	}
	a.stand()
	a.save()
}

// fail ends a leg whose Step panicked: the peer hears BYE if it can, the exchange hears that the leg is gone.
func (a *Actor) fail() {
	defer func() {
		// The state is damaged: what could be sent was sent.
		_ = recover()
		a.over = true
	}()
	was := a.state.Phase
	a.owner.Ports.Close(a.id)
	a.owner.Ledger.Remove(a.id)
	switch was {
	case New, Opening, Parting, Withdrawing, Ending, Over: // the exchange does not know it, or knows its end unless that was still to be told
		if why := a.state.Leaving; why != "" {
			a.owner.Tell(exchange.LegEnded{Leg: a.id, Cause: why})
		}
	default:
		a.owner.Tell(exchange.LegEnded{Leg: a.id, Cause: exchange.EndedTransport})
	}
	if a.state.Confirmed() && was != Ending {
		st := &step{State: a.state, now: time.Now()}
		st.request(&st.Dialog, "BYE", false, nil, nil)
		for _, e := range st.effects {
			a.carry(e)
		}
	}
}

// carry carries out one effect; what comes of it at once is the next input.
func (a *Actor) carry(e Effect) Input {
	w := a.owner.Wire
	switch e := e.(type) {
	case SendRequest:
		if err := w.SendRequest(a.id, e.Msg, e.Flow); err != nil {
			a.owner.Log.Warn("SIP request not sent", "leg", a.id, "method", e.Msg.Method, "error", err)
			return TransactionFailed{Via: e.Msg.Via}
		}
	case SendAck:
		w.SendAck(e.Msg, e.Flow)
	case SendCancel:
		w.SendCancel(a.id, e.Via, e.Extra)
	case Abandon:
		w.Abandon(a.id, e.Via)
	case SendResponse:
		w.SendResponse(a.id, e.Tx, e.Msg)
	case Authenticate:
		return Authorized{Via: e.Via, Header: w.Authorize(a.id, e)}
	case StartTimer:
		a.arm(e)
	case StopTimer:
		if t := a.timers[e.Timer]; t != nil {
			t.timer.Stop()
			delete(a.timers, e.Timer)
		}
	case OpenPort:
		at, err := a.owner.Ports.Open(a.id)
		if err != nil {
			a.owner.Log.Warn("no media port", "leg", a.id, "error", err)
			return PortFailed{}
		}
		return PortOpened{at}
	case UpdatePort:
		if err := a.owner.Ports.Update(a.id, e.Media); err != nil {
			a.owner.Log.Warn("media port not updated", "leg", a.id, "error", err)
			return PortFailed{}
		}
	case ClosePort:
		a.owner.Ports.Close(a.id)
	case TurnedAway:
		if a.owner.Turned != nil {
			a.owner.Turned(e)
		}
	case Tell:
		a.owner.Tell(e.Input)
	case Forget:
		a.over = true
	}
	return nil
}

func (a *Actor) arm(e StartTimer) {
	if t := a.timers[e.Timer]; t != nil {
		t.timer.Stop()
	}
	a.armed++
	nr := a.armed
	a.timers[e.Timer] = &armed{
		nr:    nr,
		timer: time.AfterFunc(e.After, func() { a.Post(expired{TimerFired{e.Timer}, nr}) }),
	}
}
