package nat

import (
	"net/netip"
	"time"
)

// Phase is where the keep-alives of one peer stand.
type Phase uint8

// The phases.
const (
	Idle     Phase = iota // nobody is there to be kept
	Waiting               // before the first keep-alive
	Trying                // the first is out: nobody knows yet whether the peer answers such things
	Mute                  // it never answered: not judged by it, asked now and then
	Climbing              // silent; the next keep-alive comes after a longer silence than the last
	Probing               // that one is out
	Settled               // silent; the length of silence is found
	Checking              // a keep-alive is out
	Missing               // one stayed unanswered: asked again at once
	Gone                  // none was answered: the peer counts as unreachable until it is heard
	phases
)

func (p Phase) String() string {
	switch p {
	case Idle:
		return "Idle"
	case Waiting:
		return "Waiting"
	case Trying:
		return "Trying"
	case Mute:
		return "Mute"
	case Climbing:
		return "Climbing"
	case Probing:
		return "Probing"
	case Settled:
		return "Settled"
	case Checking:
		return "Checking"
	case Missing:
		return "Missing"
	case Gone:
		return "Gone"
	default:
		return "unknown phase"
	}
}

// Limits bound the search for one peer. The zero value takes the default of each.
type Limits struct {
	Shortest time.Duration // silence that is never undercut, and the first that is tried; 15 s
	Longest  time.Duration // silence that is never exceeded; 10 min
	Patience time.Duration // how long an answer may take; 4 s, in which a request over UDP is sent four times
	Misses   int           // keep-alives in a row that may stay unanswered; 3
}

const (
	askAgain = time.Minute     // a peer that is gone
	askMute  = 5 * time.Minute // one that never answered
)

func (l Limits) shortest() time.Duration { return or(l.Shortest, 15*time.Second) }
func (l Limits) longest() time.Duration  { return max(or(l.Longest, 10*time.Minute), l.shortest()) }
func (l Limits) patience() time.Duration { return or(l.Patience, 4*time.Second) }

func (l Limits) misses() int {
	if l.Misses <= 0 {
		return 3
	}
	return l.Misses
}

func or(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Keeper is the keep-alives of one peer: how long a silence the routers on the way remember it through. The silence is raised by half as
// long as the same mapping is still there after it; the first time that it is not, four fifths of the longest one that went well are kept to.
// So a router's time is exceeded once. The zero value keeps nobody.
type Keeper struct {
	Phase    Phase
	Limits   Limits
	Interval time.Duration  // of silence before the next keep-alive
	Good     time.Duration  // the longest silence after which the mapping was still there
	Bad      time.Duration  // the shortest after which it was not; 0 when none is known
	Mapping  netip.AddrPort // where the routers put the peer, or us
	Missed   int            // keep-alives in a row without an answer
}

// Input is what happens to a peer. The set is closed.
type Input interface{ kind() Kind }

// Kind names an input in the table.
type Kind uint8

// The kinds.
const (
	KindMet Kind = iota
	KindHeard
	KindAnswered
	KindDue
	KindLeft
	kinds
)

func (k Kind) String() string {
	switch k {
	case KindMet:
		return "Met"
	case KindHeard:
		return "Heard"
	case KindAnswered:
		return "Answered"
	case KindDue:
		return "Due"
	case KindLeft:
		return "Left"
	default:
		return "unknown input"
	}
}

// The inputs.
type (
	// Met begins: the peer registered, or the trunk is in use.
	Met struct {
		Mapping netip.AddrPort
		Limits  Limits
		Delay   time.Duration // before the first keep-alive; spreads those of many peers. Limits.Shortest when 0
	}
	// Heard says that the peer sent something on its own: its silence begins anew.
	Heard struct{ Mapping netip.AddrPort }
	// Answered says that it answered a keep-alive, whatever it said. Mapping is where it was put: the source of a phone, or our own address as
	// received and rport have it. There is no input for one that was lost: that the patience ran out tells.
	Answered struct{ Mapping netip.AddrPort }
	// Due says that the time of the last After is over.
	Due struct{}
	// Left ends it.
	Left struct{}
)

func (Met) kind() Kind      { return KindMet }
func (Heard) kind() Kind    { return KindHeard }
func (Answered) kind() Kind { return KindAnswered }
func (Due) kind() Kind      { return KindDue }
func (Left) kind() Kind     { return KindLeft }

// Effects is what is to be done after an input, in this order.
type Effects struct {
	Suspend bool          // the peer counts as unreachable
	Resume  bool          // it is reachable again
	Ping    bool          // send a keep-alive
	After   time.Duration // then give Due after this time, instead of any time before; 0 leaves the time that runs
	Stop    bool          // no Due any more
}

// Step is what an input does.
func (k *Keeper) Step(in Input) Effects {
	var e Effects
	if k.Phase >= phases {
		*k = Keeper{}
	}
	if c := table()[in.kind()][k.Phase]; c.do != nil {
		c.do(k, &e, in)
	}
	return e
}

// rest begins a silence of the interval.
func (k *Keeper) rest(e *Effects, p Phase) {
	k.Phase, k.Missed, e.After = p, 0, k.Interval
}

// ask sends a keep-alive.
func (k *Keeper) ask(e *Effects, p Phase) {
	k.Phase, e.Ping, e.After = p, true, k.Limits.patience()
}

// grow notes that the mapping stood a silence, and waits longer next time.
func (k *Keeper) grow(e *Effects) {
	k.Good = max(k.Good, k.Interval)
	if k.Interval >= k.Limits.longest() {
		k.settle(e)
		return
	}
	k.Interval = min(k.Interval*3/2, k.Limits.longest())
	k.rest(e, Climbing)
}

// settle keeps to four fifths of what is known to go well.
func (k *Keeper) settle(e *Effects) {
	k.Interval = max(k.Good*4/5, k.Limits.shortest())
	k.rest(e, Settled)
}

// shrink notes that the mapping did not stand a silence: half of it is the most that is tried again.
func (k *Keeper) shrink(e *Effects, at netip.AddrPort) {
	if k.Bad == 0 || k.Interval < k.Bad {
		k.Bad = k.Interval
	}
	if k.Good >= k.Bad || k.Good == 0 {
		k.Good = k.Bad / 2 // what went well before does not any more
	}
	k.note(at)
	k.settle(e)
}

// again goes on after a keep-alive that was lost by chance: with the same silence.
func (k *Keeper) again(e *Effects) {
	if k.Bad == 0 {
		k.rest(e, Climbing)
	} else {
		k.rest(e, Settled)
	}
}

func (k *Keeper) note(at netip.AddrPort) {
	if at.IsValid() {
		k.Mapping = at
	}
}

// moved reports whether a mapping is another one than the one known.
func (k *Keeper) moved(at netip.AddrPort) bool {
	return at.IsValid() && k.Mapping.IsValid() && at != k.Mapping
}
