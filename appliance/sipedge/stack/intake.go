package stack

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/sipedge/stack/door"
	"autocom/appliance/sipedge/stack/spelling"
	"autocom/appliance/sipedge/stack/verdict"

	"github.com/emiago/sipgo/sip"
)

// Intake is who goes first when there is more to do than the box can, and what it asks of those who come. Its functions are called on the
// goroutines that read, for each new request, and must not block; each may be nil.
type Intake struct {
	// Work is how much is taken on, in units: a new call costs 8, a REGISTER or a SUBSCRIBE 2, any other request 1. 2,000 per second, 2,000 at
	// once, when zero. What belongs to a call that is up, and emergency calls, are never refused for want of it.
	Work Rate

	Emergency func(number string) bool                         // a call to this number is never refused
	Bound     func(extension string, from netip.AddrPort) bool // a phone of this extension is registered from there
	Needs     func(*sip.Request) (optionTags []string)         // extensions without which a request is answered 421
}

// class sorts a request.
func (s *Stack) class(r *Request) door.Class {
	if r.inDialog() {
		return door.Dialog
	}
	switch r.Method {
	case sip.INVITE:
		if s.cfg.Intake.Emergency != nil && s.cfg.Intake.Emergency(Dialled(&r.Recipient)) {
			return door.Emergency
		}
		return door.Call
	case sip.REGISTER:
		if spelling.First(r.Request, "Authorization") != nil {
			return door.Refresh
		}
		if s.cfg.Intake.Bound != nil && s.cfg.Intake.Bound(r.To().Address.User, r.Flow.Remote) {
			return door.Refresh
		}
		return door.Register
	case sip.BYE, sip.PRACK, sip.UPDATE, sip.INFO:
		return door.Dialog // without a To tag: a mistake that is answered 481 at once
	default:
		return door.Other
	}
}

// cost is the work of a request in units.
func cost(m sip.RequestMethod) int {
	switch m {
	case sip.INVITE:
		return 8
	case sip.REGISTER, sip.SUBSCRIBE:
		return 2
	default:
		return 1
	}
}

// overload decides whether there is room for a new request: 503 before a transaction exists (RFC 3261 §21.5.4), in the order of door.Class.
func (s *Stack) overload(r *Request) verdict.Refusal {
	c := s.class(r)
	if !c.Must() {
		s.mu.Lock()
		fits := c.Fits(len(s.servers), s.cfg.MaxTransactions)
		s.mu.Unlock()
		if !fits {
			return s.turnedAway(c)
		}
	}
	if !s.turnstile.Pass(time.Now(), c, cost(r.Method)) {
		return s.turnedAway(c)
	}
	return verdict.Refusal{}
}

// busy is 503 to a request for which the table of transactions has no room.
func (s *Stack) busy() verdict.Refusal { return s.turnedAway(door.Call) }

func (s *Stack) turnedAway(c door.Class) verdict.Refusal {
	s.counters.shed[c].Add(1)
	return verdict.Refusal{Status: 503, Headers: []sip.Header{sip.NewHeader("Retry-After", strconv.Itoa(c.RetryAfter()))}}
}

// Vouch says that the sender of a request proved who it is, or is a carrier: responses to it then name the box in Server. To all others the
// box is nothing but SIP (RFC 3261 §20.35 asks for that to be possible).
func (r *Request) Vouch() { r.known.Store(true) }

// Dialled is the number or name a URI calls: the user part of a SIP URI, the number of a tel URI (RFC 3966 §3) without its visual
// separators, either without parameters. Escapes stay as they are.
func Dialled(u *sip.Uri) string {
	switch u.Scheme {
	case "tel":
		number, _, _ := strings.Cut(u.Raw(), ";")
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune("-.()", r) {
				return -1
			}
			return r
		}, number)
	default:
		user, _, _ := strings.Cut(u.User, ";")
		return user
	}
}
