package trunk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
)

// What happens to a registration, cell by cell of the table.

func (s *step) started(in Start) {
	targets := s.Targets
	*s.Registration = Registration{
		Version: RegistrationVersion, Account: in.Account, Seed: in.Seed, Ask: in.Account.Expires, Targets: targets, CSeq: s.CSeq,
		Phase: Off, Since: s.now,
	}
	if s.Ask <= 0 {
		s.Ask = defaultExpires
	}
	s.begin()
}

// begin asks all registrars, the first one first.
func (s *step) begin() {
	s.Left = slices.Clone(s.Targets)
	s.RetryAfter = 0
	if len(s.Left) == 0 {
		s.become(Waiting)
		return
	}
	if s.Held(s.now) {
		s.become(Refreshing)
	} else {
		s.become(Registering)
	}
	s.ask()
}

// ask sends a REGISTER to the next registrar of this round.
func (s *step) ask() {
	s.At, s.Left = s.Left[0], s.Left[1:]
	s.Tries, s.First = 0, 0
	s.send(s.Ask, nil)
}

// refresh asks the registrar that knows us first, then the others in order.
func (s *step) refresh() {
	s.stop(TimerReturn)
	s.RetryAfter = 0
	s.Left = nil
	if i := s.index(s.Bound); i >= 0 {
		s.Left = append(s.Left, s.Targets[i])
	}
	for _, t := range s.Targets {
		if !t.same(s.Bound) {
			s.Left = append(s.Left, t)
		}
	}
	if len(s.Left) == 0 {
		s.Left = []Target{s.Bound}
	}
	s.become(Refreshing)
	s.ask()
}

// goBack tries the first registrar while another knows us.
func (s *step) goBack() {
	if len(s.Targets) == 0 || s.Targets[0].same(s.Bound) {
		return
	}
	s.Left = s.Targets[:1:1]
	s.become(Returning)
	s.ask()
}

// widen makes the try of the first registrar a round of all: the refresh is due.
func (s *step) widen() {
	for _, t := range s.Targets {
		if !t.same(s.At) {
			s.Left = append(s.Left, t)
		}
	}
	s.become(Refreshing)
}

// send writes a REGISTER (RFC 3261 §10.2): one Call-ID and rising CSeq for the life of the registration.
func (s *step) send(expires time.Duration, credentials []leg.Header) {
	s.CSeq++
	s.Serial++
	s.Via = fmt.Sprintf("z9hG4bK%s-%d", s.Seed, s.Serial)
	contact := s.At.Contact
	if expires == 0 {
		contact = s.Bound.Contact
	}
	m := leg.Request{
		Method: "REGISTER", URI: s.Account.URI, From: leg.Address{URI: s.Account.AOR, Tag: s.tag()}, To: leg.Address{URI: s.Account.AOR},
		CallID: s.Seed, CSeq: s.CSeq, Via: s.Via, Contact: contact,
	}
	if expires > 0 && s.Held(s.now) && s.Bound.Contact != contact { // our address changed: the old one is taken back in the same breath
		m.Extra = append(m.Extra, leg.Header{Name: "Contact", Value: "<" + s.Bound.Contact + ">;expires=0"})
	}
	m.Extra = append(m.Extra, leg.Header{Name: "Expires", Value: strconv.Itoa(int(expires / time.Second))})
	supported := "path"
	if s.Account.Bulk { // RFC 6140 §5.1
		m.Extra = append(m.Extra, leg.Header{Name: "Require", Value: "gin"}, leg.Header{Name: "Proxy-Require", Value: "gin"})
		supported = "gin, path"
	}
	m.Extra = append(m.Extra, leg.Header{Name: "Supported", Value: supported})
	m.Extra = append(m.Extra, credentials...)
	wait := answerWait
	if s.Phase == Unregistering {
		wait = farewellWait
	}
	s.start(TimerAnswer, wait)
	s.emit(SendRegister{s.At, m})
}

func (s *step) tag() string { return s.Seed[:min(16, len(s.Seed))] }

func (s *step) responded(in Responded) {
	switch {
	case in.Via != s.Via:
		return // the one before was given up
	case in.Status < 200:
		s.start(TimerAnswer, answerWait)
		return
	}
	s.stop(TimerAnswer)
	switch {
	case in.Status < 300:
		s.accepted(in)
	case in.Status == 401 || in.Status == 407:
		s.challenged(in)
	case in.Status == 423 && s.longer(in.MinExpires):
		s.Tries, s.First = 0, 0
		s.send(s.Ask, nil)
	case in.Status == 403 || in.Status >= 600:
		s.refusedForGood(fmt.Sprintf("the carrier refuses the registration (%d): is the account right?", in.Status))
	default: // 3xx too: where a carrier's accounts are is in the site document, and no stranger's word
		s.RetryAfter = max(s.RetryAfter, min(time.Duration(in.RetryAfter)*time.Second, backoffMax))
		s.next(problem(in.Status))
	}
}

func problem(status int) string {
	switch status {
	case 404:
		return "the carrier does not know the account (404)"
	case 420:
		return "the carrier does not do what the registration asks for (420): bulk registration (RFC 6140), perhaps"
	}
	return fmt.Sprintf("the carrier refuses the registration (%d)", status)
}

// accepted notes what a 2xx grants (RFC 3261 §10.2.4).
func (s *step) accepted(in Responded) {
	granted := s.granted(in)
	if granted <= 0 {
		s.next("the carrier accepts the registration and grants no time")
		return
	}
	s.Bound, s.Until = s.At, s.now.Add(granted)
	s.Failures, s.Via, s.Left, s.RetryAfter = 0, "", nil, 0
	s.Routes, s.Associated, s.Seen = clip(in.ServiceRoute), clip(in.Associated), in.Seen
	s.become(Registered)
	s.start(TimerLapse, granted)
	s.again(s.refreshIn(granted))
	if i := s.index(s.At); i > 0 {
		s.start(TimerReturn, returnWait+s.draw(returnWait))
	}
	s.tell("")
	// What was told while the answer was out.
	if i := s.index(s.At); i >= 0 && s.Targets[i].Contact != s.Bound.Contact {
		s.moved(TargetsChanged{s.Targets})
	}
}

// clip bounds what is remembered of a list a carrier writes.
func clip(list []string) []string { return slices.Clone(list[:min(len(list), 16)]) }

// granted finds our contact among those of the answer. A carrier that lists none, or rewrites it, is taken at its Expires header, or at what was
// asked for.
func (s *step) granted(in Responded) time.Duration {
	seconds := -1
	for _, c := range in.Contacts {
		if c.Expires >= 0 && (sameContact(c.URI, s.At.Contact) || len(in.Contacts) == 1) {
			seconds = c.Expires
		}
	}
	if seconds < 0 {
		seconds = in.Expires
	}
	if seconds < 0 {
		return s.Ask
	}
	return min(time.Duration(min(seconds, int(maxExpires/time.Second)))*time.Second, maxExpires)
}

// sameContact compares the part of two URIs before their parameters.
func sameContact(a, b string) bool {
	a, _, _ = strings.Cut(a, ";")
	b, _, _ = strings.Cut(b, ";")
	return strings.EqualFold(a, b)
}

// refreshIn is when to refresh: between 80 and 90 % of what was granted, so that the boxes of a carrier do not come together, and 10 s before the
// end at the latest.
func (s *step) refreshIn(granted time.Duration) time.Duration {
	due := granted*8/10 + s.draw(granted/10)
	return max(min(due, granted-10*time.Second), granted/2)
}

// challenged answers a challenge. A second one is answered only if the nonce went stale, or if somebody else asks.
func (s *step) challenged(in Responded) {
	if s.Tries > 0 && !stale(in.Challenge) && in.Status == s.First || s.Tries >= maxChallenge {
		s.refusedForGood(fmt.Sprintf("the carrier refuses the password (%d)", in.Status))
		return
	}
	if s.Tries == 0 {
		s.First = in.Status
	}
	s.Tries++
	s.emit(Authenticate{s.Via, s.Account.URI, in.Status == 407, in.Challenge})
}

func stale(challenge []string) bool {
	return slices.ContainsFunc(challenge, func(h string) bool {
		c, err := digest.ParseChallenge(h)
		return err == nil && c.Stale
	})
}

func (s *step) authorized(in Authorized) {
	switch {
	case in.Via != s.Via:
	case in.Header.Name == "":
		s.refusedForGood("the carrier asks for a password that is not there, or in a way that is not understood")
	default:
		s.send(s.Ask, []leg.Header{in.Header})
	}
}

// longer takes what a 423 wants (RFC 3261 §10.2.8).
func (s *step) longer(seconds int) bool {
	want := time.Duration(min(seconds, int(maxExpires/time.Second)+1)) * time.Second
	if want <= s.Ask || want > maxExpires {
		return false
	}
	s.Ask = want
	return true
}

func (s *step) failed(in Failed) {
	if in.Via != s.Via {
		return
	}
	s.stop(TimerAnswer)
	if in.Timeout {
		s.next("no registrar answers")
	} else {
		s.next("no registrar can be reached")
	}
}

func (s *step) silent() {
	s.emit(Abandon{s.Via})
	s.next("no registrar answers")
}

// next asks the next registrar of this round, or gives up for a while.
func (s *step) next(problem string) {
	s.Via = ""
	switch {
	case len(s.Left) > 0:
		s.ask()
	case s.Phase == Returning:
		s.become(Registered)
		s.start(TimerReturn, returnWait+s.draw(returnWait))
	default:
		s.backOff(problem)
	}
}

// refusedForGood is an answer that no other registrar would give differently.
func (s *step) refusedForGood(problem string) {
	s.Via, s.Left = "", nil
	if s.Phase == Returning {
		s.next(problem)
		return
	}
	s.Failures = max(s.Failures, refusedFloor-1)
	s.backOff(problem)
}

// backOff waits (RFC 5626 §4.5): twice as long after each round in vain, of which a part at random.
func (s *step) backOff(problem string) {
	s.Failures++
	upper := backoffMax
	if s.Failures < 6 {
		upper = min(backoffBase<<s.Failures, backoffMax)
	}
	s.become(BackingOff)
	s.again(max(upper/2+s.draw(upper/2), s.RetryAfter))
	s.tell(problem)
}

func (s *step) found(in TargetsChanged) {
	s.Targets = in.Targets
	if len(s.Targets) > 0 {
		s.begin()
		return
	}
	s.tell("the registrar's name leads nowhere")
}

// foundOther cuts a pause short when there is somebody new to ask.
func (s *step) foundOther(in TargetsChanged) {
	fresh := slices.ContainsFunc(in.Targets, func(t Target) bool { return s.index(t) < 0 })
	s.Targets = in.Targets
	if fresh {
		s.stop(TimerAgain)
		s.begin()
	}
}

// moved registers a contact that changed.
func (s *step) moved(in TargetsChanged) {
	s.Targets = in.Targets
	i := s.index(s.Bound)
	if i < 0 || s.Targets[i].Contact == s.Bound.Contact {
		return
	}
	if wait := movedWait - s.now.Sub(s.Moved); wait > 0 && !s.Moved.IsZero() {
		if s.now.Add(wait).Before(s.Again) {
			s.again(wait)
		}
		return
	}
	s.Moved = s.now
	s.stop(TimerAgain)
	s.refresh()
}

// flowLost signs on anew: calls cannot reach us. A server that closes every connection is not asked more often than a contact may change.
func (s *step) flowLost(in FlowLost) {
	if !s.Bound.same(in.Server) {
		return
	}
	wait := time.Second + s.draw(2*time.Second)
	if rest := movedWait - s.now.Sub(s.Moved); !s.Moved.IsZero() {
		wait = max(wait, rest)
	}
	s.Moved = s.now
	if s.now.Add(wait).Before(s.Again) {
		s.again(wait)
	}
}

// lapsed is the end of what the carrier granted.
func (s *step) lapsed() {
	s.Bound = Target{}
	s.tell("the registration ran out")
	switch s.Phase {
	case Refreshing, Returning:
		s.become(Registering)
	case Registered:
		s.begin()
	default: // the pause goes on
	}
}

func (s *step) resume() {
	s.Via, s.Left = "", nil
	s.Told = Tell{} // by another process
	if !s.Held(s.now) {
		s.Bound = Target{}
		if left := s.Again.Sub(s.now); s.Phase == BackingOff && left > 0 {
			s.again(left)
			return
		}
		s.begin()
		return
	}
	s.become(Registered)
	s.start(TimerLapse, s.Until.Sub(s.now))
	s.again(max(s.Again.Sub(s.now), 0))
	if s.index(s.Bound) > 0 {
		s.start(TimerReturn, returnWait+s.draw(returnWait))
	}
	s.tell("")
}

// signOff asks the registrar that knows us to forget us.
func (s *step) signOff() {
	if s.Via != "" {
		s.emit(Abandon{s.Via})
	}
	s.stop(TimerAgain)
	s.stop(TimerReturn)
	s.stop(TimerAnswer)
	if !s.Held(s.now) {
		s.off()
		return
	}
	s.become(Unregistering)
	s.At, s.Left, s.Tries, s.First = s.Bound, nil, 0, 0
	s.send(0, nil)
}

// off is the end.
func (s *step) off() {
	for t := range Timers {
		s.stop(t)
	}
	s.Via, s.Left, s.Bound, s.Routes, s.Associated = "", nil, Target{}, nil, nil
	s.become(Off)
	s.tell("")
}

func (s *step) respondedFarewell(in Responded) {
	switch {
	case in.Via != s.Via || in.Status < 200:
	case (in.Status == 401 || in.Status == 407) && s.Tries < maxChallenge:
		s.Tries++
		s.emit(Authenticate{s.Via, s.Account.URI, in.Status == 407, in.Challenge})
	default:
		s.off()
	}
}

func (s *step) failedFarewell(in Failed) {
	if in.Via == s.Via {
		s.off()
	}
}

func (s *step) authorizedFarewell(in Authorized) {
	switch {
	case in.Via != s.Via:
	case in.Header.Name == "":
		s.off()
	default:
		s.send(0, []leg.Header{in.Header})
	}
}
