package leg

import (
	"fmt"
	"hash/fnv"
	"io"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// StateVersion is the version of State as it is written down. A core that finds another one ends those dialogs and starts anew.
const StateVersion = 2

// Phase is where a leg is in its life.
type Phase uint8

// The phases of a leg. Those from Opening to Parting belong to a leg that comes in, Placing to Withdrawing to one that goes out.
const (
	New         Phase = iota // nothing happened yet
	Opening                  // an INVITE came, its media port is being opened
	Offered                  // the exchange knows of it; only 100 was sent
	Alerting                 // 180 or 183 was sent
	Accepting                // the exchange answered; the 200 waits for the PRACK of a description (RFC 3262 §3)
	Answering                // 200 was sent, its ACK has not come
	Parting                  // as Answering, but the exchange hung up: BYE has to wait for the ACK (RFC 3261 §15)
	Placing                  // the media port of an outgoing leg is being opened
	Calling                  // INVITEs are out
	Withdrawing              // hung up while INVITEs were out: their final responses are awaited
	Up                       // the dialog is confirmed
	Modifying                // our re-INVITE is out
	Reanswering              // their re-INVITE was answered, its ACK has not come
	Ending                   // BYE was sent
	Over                     // nothing is left but late repetitions
	phases
)

func (p Phase) String() string {
	if p >= phases {
		return "unknown phase"
	}
	return [phases]string{
		"New", "Opening", "Offered", "Alerting", "Accepting", "Answering", "Parting", "Placing", "Calling", "Withdrawing", "Up", "Modifying",
		"Reanswering", "Ending", "Over",
	}[p]
}

// MarshalText writes the phase's name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads it.
func (p *Phase) UnmarshalText(b []byte) error {
	for q := range phases {
		if q.String() == string(b) {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("leg: unknown phase %q", b)
}

// BranchPhase is where the INVITE to one contact is.
type BranchPhase string

// The phases of a branch.
const (
	Waiting   BranchPhase = "waiting"   // its turn has not come, nothing was sent
	Trying    BranchPhase = "trying"    // INVITE sent, nothing came
	Ringing   BranchPhase = "ringing"   // a provisional response came
	Unwanted  BranchPhase = "unwanted"  // to be cancelled as soon as a provisional response comes (RFC 3261 §9.1)
	Cancelled BranchPhase = "cancelled" // CANCEL sent, the final response has not come
	Won       BranchPhase = "won"       // its 2xx is our dialog
	Lost      BranchPhase = "lost"      // refused, or gone
)

// Dialog is the dialog state of RFC 3261 §12.
type Dialog struct {
	CallID    string   `json:"call_id"`
	Local     Address  `json:"local"`
	Remote    Address  `json:"remote"`
	LocalSeq  uint32   `json:"local_seq"`
	RemoteSeq uint32   `json:"remote_seq,omitempty"`
	Target    string   `json:"target"` // the peer's Contact
	Routes    []string `json:"routes,omitempty"`
	Contact   string   `json:"contact"` // ours
	Flow      Flow     `json:"flow"`
	Routed    bool     `json:"routed,omitempty"` // send along the route set and not the flow
}

// Branch is the INVITE to one contact.
type Branch struct {
	Phase   BranchPhase `json:"phase"`
	Dialog  Dialog      `json:"dialog"`
	Invite  Request     `json:"invite"` // as sent last
	Forks   []Early     `json:"forks,omitempty"`
	Status  int         `json:"status,omitempty"`
	Tries   int         `json:"tries,omitempty"`  // challenges answered
	Longer  int         `json:"longer,omitempty"` // times its session interval was too short
	Turn    int         `json:"turn,omitempty"`   // contacts of one turn ring together
	AnyPeer bool        `json:"any_peer,omitempty"`
}

// Pending is a request of ours inside a dialog that has no final response yet.
type Pending struct {
	Msg     Request `json:"msg"`
	Flow    Flow    `json:"flow"`
	Tries   int     `json:"tries,omitempty"`
	Stray   bool    `json:"stray,omitempty"`   // it ends a surplus dialog
	Refresh bool    `json:"refresh,omitempty"` // it changes nothing: it says that the session goes on
	Refer   uint64  `json:"refer,omitempty"`   // the REFER that a NOTIFY is about
}

// Acked is an ACK that was sent; it is sent again, the same, whenever its 2xx comes again (RFC 3261 §13.2.2.4).
type Acked struct {
	Ack  Request `json:"ack"`
	Flow Flow    `json:"flow"`
}

// Owed is a 2xx whose ACK has not come.
type Owed struct {
	Tx       Tx            `json:"tx"`
	CSeq     uint32        `json:"cseq"`
	Msg      Response      `json:"msg"`
	Interval time.Duration `json:"interval"`
	Offer    bool          `json:"offer,omitempty"` // it carries our offer: the ACK brings the answer
}

// Session is our side of the session description.
type Session struct {
	Port    plan.Endpoint `json:"port"`             // our media port
	Stale   bool          `json:"stale,omitempty"`  // our port moved and the peer has not heard
	Ours    []byte        `json:"ours,omitempty"`   // what we said last
	Theirs  []byte        `json:"theirs,omitempty"` // what the peer said last
	Media   plan.Media    `json:"media"`            // what came of it
	Fork    string        `json:"fork,omitempty"`   // the early dialog whose sound has the port
	AnyPeer bool          `json:"any_peer,omitempty"`

	Want plan.Direction `json:"want,omitempty"` // what we offer: SendRecv, or SendOnly while we hold the peer
}

// State is one leg.
type State struct {
	Version int                 `json:"v"`
	Leg     plan.LegID          `json:"leg"`
	Phase   Phase               `json:"phase"`
	Since   time.Time           `json:"since"` // when the phase began
	Peer    exchange.OriginKind `json:"peer"`  // a carrier or a phone
	Policy  Policy              `json:"policy"`
	Turn    int                 `json:"turn,omitempty"` // of the contacts that were tried last
	Seed    string              `json:"seed"`
	Serial  uint64              `json:"serial"` // names our next transaction

	Dialog      Dialog               `json:"dialog"`
	Session     Session              `json:"session"`
	InviteTx    Tx                   `json:"invite_tx,omitempty"` // the INVITE that waits for our final response
	InviteSeq   uint32               `json:"invite_seq,omitempty"`
	Able        Able                 `json:"able"`
	RSeq        uint32               `json:"rseq,omitempty"` // of our last reliable response
	Provisional *Provisional         `json:"provisional,omitempty"`
	Next        *Wanted              `json:"next,omitempty"`
	Agreed      bool                 `json:"agreed,omitempty"` // offer and answer are complete before the 2xx
	Asked       []Header             `json:"asked,omitempty"`  // of the INVITE: its session interval
	Timer       *SessionTimer        `json:"timer,omitempty"`
	LeastSE     time.Duration        `json:"least_se,omitempty"` // the shortest session interval the peer takes
	Offer       *exchange.LegOffered `json:"offer,omitempty"`    // not yet told
	Early       bool                 `json:"early,omitempty"`    // the description of the answer was given in a 183
	Owed        *Owed                `json:"owed,omitempty"`
	Branches    []Branch             `json:"branches,omitempty"`
	Pending     []Pending            `json:"pending,omitempty"`
	Refers      []Refer              `json:"refers,omitempty"`
	Referred    uint64               `json:"referred,omitempty"` // numbers them
	Acked       []Acked              `json:"acked,omitempty"`
	PortTries   int                  `json:"port_tries,omitempty"`
	Rings       uint8                `json:"rings,omitempty"`   // what the exchange knows: 1 it rings, 2 with early sound
	Leaving     exchange.EndCause    `json:"leaving,omitempty"` // why the box ended the leg, until the exchange is told
}

// Confirmed reports whether the leg has a dialog that both sides know of: one that survives a planned restart, and that must be ended with BYE after a crash.
func (s *State) Confirmed() bool {
	switch s.Phase {
	case Up, Modifying, Reanswering, Answering, Parting, Ending:
		return s.Dialog.Remote.Tag != ""
	default:
		return false
	}
}

// Resumable reports whether a leg can go on after a planned restart.
func (s *State) Resumable() bool {
	return s.Version == StateVersion && (s.Phase == Up || s.Phase == Modifying || s.Phase == Reanswering)
}

// step is one Step in progress.
type step struct {
	*State
	now     time.Time
	effects []Effect
	warning string // of the refusal of a description (RFC 3261 §20.43)
}

// Step lets one thing happen to the leg and returns what its owner has to do, in order. now is only noted; what is left of a session interval
// after a restart is reckoned from it.
func (s *State) Step(now time.Time, in Input) []Effect {
	st := &step{State: s, now: now}
	if k := in.kind(); s.Phase < phases && k < kinds {
		if c := table()[k][s.Phase]; c.do != nil {
			c.do(st, in)
		}
	}
	return st.effects
}

func (s *step) emit(e ...Effect) { s.effects = append(s.effects, e...) }

func (s *step) become(p Phase) {
	s.Phase, s.Since = p, s.now
	if p == Over { // a leg that only waits for repetitions keeps no descriptions
		s.Session = Session{}
		for i := range s.Branches {
			s.Branches[i].Invite.Body = nil
		}
	}
}

func (s *step) tell(in exchange.Input) { s.emit(Tell{in}) }

func (s *step) start(k TimerKind, branch int, after time.Duration) {
	s.emit(StartTimer{Timer{k, branch}, after})
}

func (s *step) stop(k TimerKind, branch int) { s.emit(StopTimer{Timer{k, branch}}) }

// branchName names the next transaction.
func (s *step) branchName() string {
	s.Serial++
	return fmt.Sprintf("z9hG4bK%s-%d", s.Seed, s.Serial)
}

// draw is a number below n that follows from the seed and the transactions so far.
func (s *step) draw(n uint64) uint64 { return Draw(s.Seed, s.Serial, n) }

// Draw is a number below n, which is not 0, that looks like chance and follows from a seed and a serial number: the same step draws the same.
func Draw(seed string, serial, n uint64) uint64 {
	f := fnv.New64a()
	_, _ = io.WriteString(f, seed) // never fails
	h := f.Sum64() ^ serial*0x9e3779b97f4a7c15
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return h % n
}
