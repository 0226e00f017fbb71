package trunk

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
)

// RegistrationVersion is the version of Registration as it is written down. Another one is not read: the trunk signs on anew.
const RegistrationVersion = 1

// Phase is where a registration is.
type Phase uint8

// The phases of a registration.
const (
	Off           Phase = iota // nothing is to be registered
	Waiting                    // nobody knows yet where the registrar is
	Registering                // a REGISTER is out, and the carrier does not know us
	Registered                 // the carrier knows us
	Refreshing                 // the carrier knows us, and is asked to go on
	Returning                  // the carrier knows us by another way than the first, and the first is tried again
	BackingOff                 // every registrar refused or is silent: they are left in peace for a while
	Unregistering              // we sign off
	phases
)

func (p Phase) String() string {
	if p >= phases {
		return "unknown phase"
	}
	return [phases]string{"Off", "Waiting", "Registering", "Registered", "Refreshing", "Returning", "BackingOff", "Unregistering"}[p]
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
	return fmt.Errorf("trunk: unknown phase %q", b)
}

// Target is one server of a carrier, and what we call ourselves towards it.
type Target struct {
	Transport flow.Transport `json:"transport,omitempty"`
	Addr      netip.AddrPort `json:"addr"`
	Host      string         `json:"host,omitempty"`    // what a TLS certificate must name
	Contact   string         `json:"contact,omitempty"` // our URI, as this server reaches us
}

// same reports whether two targets are one server.
func (t Target) same(o Target) bool { return t.Addr == o.Addr && t.Transport == o.Transport }

// Account is what is registered. The password is with the owner.
type Account struct {
	AOR     string        `json:"aor"`     // the address of record: a URI
	URI     string        `json:"uri"`     // Request-URI of the REGISTER (RFC 3261 §10.2)
	Bulk    bool          `json:"bulk"`    // RFC 6140: the contact stands for every number of the line
	Expires time.Duration `json:"expires"` // asked for
}

// Registration is one trunk's registration with its carrier. The zero value is Off.
type Registration struct {
	Version int       `json:"v"`
	Phase   Phase     `json:"phase"`
	Since   time.Time `json:"since"` // when the phase began
	Account Account   `json:"account"`
	Seed    string    `json:"seed"`   // unguessable: names transactions, Call-ID and tag
	Serial  uint64    `json:"serial"` // names our next transaction
	CSeq    uint32    `json:"cseq"`   // rises for ever (RFC 3261 §10.2)

	Targets []Target      `json:"targets,omitempty"` // where to register, in order
	At      Target        `json:"at"`                // who is being asked, or was asked last
	Left    []Target      `json:"left,omitempty"`    // whom else to ask before giving up for a while
	Via     string        `json:"via,omitempty"`     // of the REGISTER that is out
	Tries   int           `json:"tries,omitempty"`   // challenges answered since the last final word
	First   int           `json:"first,omitempty"`   // status of the first challenge
	Ask     time.Duration `json:"ask,omitempty"`     // what is asked for since the carrier found Account.Expires too brief

	Bound      Target         `json:"bound"`       // who knows us, and by which contact
	Until      time.Time      `json:"until"`       // until when
	Again      time.Time      `json:"again"`       // when the timer for the next REGISTER goes off
	Failures   int            `json:"failures"`    // rounds in vain in a row
	RetryAfter time.Duration  `json:"retry_after"` // asked for by a server in this round
	Moved      time.Time      `json:"moved"`       // when the contact was changed last
	Routes     []string       `json:"routes"`      // Service-Route: how calls have to go (RFC 3608)
	Associated []string       `json:"associated"`  // P-Associated-URI: numbers that are ours (RFC 7315 §4.1)
	Seen       netip.AddrPort `json:"seen"`        // our address as the registrar saw it
	Told       Tell           `json:"told"`        // what the owner knows
}

// Held reports whether the carrier knows us.
func (r *Registration) Held(now time.Time) bool {
	return r.Bound.Addr.IsValid() && now.Before(r.Until)
}

// The times of a registration.
const (
	answerWait   = 8 * time.Second  // for any answer of one registrar before the next is asked
	farewellWait = 2 * time.Second  // for the answer to our signing off
	movedWait    = 30 * time.Second // between two changes of the contact
	returnWait   = 5 * time.Minute  // before the first registrar is tried again; up to twice that
	backoffBase  = 30 * time.Second // RFC 5626 §4.5
	backoffMax   = 30 * time.Minute
	maxExpires   = 24 * time.Hour
	refusedFloor = 5 // failures that a wrong password counts as: carriers lock accounts that insist
	maxChallenge = 2 // challenges answered for one REGISTER
)

// step is one Step in progress.
type step struct {
	*Registration
	now     time.Time
	effects []Effect
}

// Step lets one thing happen to the registration and returns what its owner has to do, in order.
func (r *Registration) Step(now time.Time, in Input) []Effect {
	s := &step{Registration: r, now: now}
	if k := in.kind(); r.Phase < phases && k < kinds {
		if c := table()[k][r.Phase]; c.do != nil {
			c.do(s, in)
		}
	}
	return s.effects
}

func (s *step) emit(e ...Effect) { s.effects = append(s.effects, e...) }

func (s *step) become(p Phase) { s.Phase, s.Since = p, s.now }

func (s *step) start(t Timer, after time.Duration) { s.emit(StartTimer{t, after}) }

func (s *step) stop(t Timer) { s.emit(StopTimer{t}) }

// again sets the timer of the next REGISTER.
func (s *step) again(after time.Duration) {
	s.Again = s.now.Add(after)
	s.start(TimerAgain, after)
}

// tell tells the owner how things are, if that is news.
func (s *step) tell(problem string) {
	if t := (Tell{Up: s.Held(s.now), Problem: problem}); t != s.Told {
		s.Told = t
		s.emit(t)
	}
}

// draw is a number below n that follows from the seed and the transactions so far.
func (s *step) draw(n time.Duration) time.Duration {
	if n <= 0 {
		return 0
	}
	return time.Duration(leg.Draw(s.Seed, s.Serial, uint64(n)))
}

func (r *Registration) index(t Target) int { return slices.IndexFunc(r.Targets, t.same) }
