package stack

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

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

// class is the order in which requests are taken, the first first.
type class uint8

const (
	classDialog    class = iota // of a call that is up: it may well end it
	classEmergency              // a new call to an emergency number
	classCall                   // a new call
	classRefresh                // REGISTER of a phone that is known, or that answers our challenge: half of the work is done
	classRegister               // REGISTER of another phone
	classOther                  // SUBSCRIBE, OPTIONS and the rest
	classes
)

func (c class) String() string {
	switch c {
	case classDialog:
		return "dialog"
	case classEmergency:
		return "emergency"
	case classCall:
		return "call"
	case classRefresh:
		return "refresh"
	case classRegister:
		return "register"
	default:
		return "other"
	}
}

// keeps is the part of Intake.Work and of Config.MaxTransactions, in percent, that a class leaves to those before it.
func (c class) keeps() int {
	switch c {
	case classDialog, classEmergency:
		return 0
	case classCall:
		return 10
	case classRefresh:
		return 25
	case classRegister:
		return 40
	default:
		return 55
	}
}

// wait is the first second of Retry-After and how many follow it: who was turned away together does not come back together, and who matters
// least comes last.
func (c class) wait() (from, spread int) {
	switch c {
	case classDialog, classEmergency, classCall:
		return 5, 10
	case classRefresh:
		return 5, 20
	case classRegister:
		return 10, 30
	default:
		return 20, 60
	}
}

// class sorts a request.
func (s *Stack) class(r *Request) class {
	if r.inDialog() {
		return classDialog
	}
	switch r.Method {
	case sip.INVITE:
		if s.cfg.Intake.Emergency != nil && s.cfg.Intake.Emergency(Dialled(&r.Recipient)) {
			return classEmergency
		}
		return classCall
	case sip.REGISTER:
		if first(r.Request, "Authorization") != nil {
			return classRefresh
		}
		if s.cfg.Intake.Bound != nil && s.cfg.Intake.Bound(r.To().Address.User, r.Flow.Remote) {
			return classRefresh
		}
		return classRegister
	case sip.BYE, sip.PRACK, sip.UPDATE, sip.INFO:
		return classDialog // without a To tag: a mistake that is answered 481 at once
	default:
		return classOther
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

// budget is a token bucket of work whose last part is kept for those who matter more.
type budget struct {
	mu    sync.Mutex
	spent time.Time // as in bucket
}

// take spends n units when keep percent of the burst are left after it. must spends them anyway, down to nothing.
func (b *budget) take(now time.Time, r Rate, n, keep int, must bool) bool {
	each := time.Second / time.Duration(r.PerSecond)
	full := now.Add(-each * time.Duration(r.Burst))
	least := each * time.Duration(r.Burst*keep/100)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent.Before(full) {
		b.spent = full
	}
	next := b.spent.Add(each * time.Duration(n))
	if next.Add(least).After(now) {
		if must {
			b.spent = now
		}
		return must
	}
	b.spent = next
	return true
}

// overload decides whether there is room for a new request: 503 before a transaction exists (RFC 3261 §21.5.4), in the order of class.
func (s *Stack) overload(r *Request) refusal {
	c, now := s.class(r), time.Now()
	work := s.cfg.Intake.Work
	if work.PerSecond <= 0 {
		work = Rate{PerSecond: 2000, Burst: 2000}
	}
	must := c <= classEmergency
	if !must {
		s.mu.Lock()
		room := len(s.servers)*100 < s.cfg.MaxTransactions*(100-c.keeps())
		s.mu.Unlock()
		if !room || c == classCall && !s.shed.take(now, s.cfg.Invites) {
			return s.turnedAway(c)
		}
	}
	if !s.taken.work.take(now, work, cost(r.Method), c.keeps(), must) {
		return s.turnedAway(c)
	}
	return refusal{}
}

// busy is 503 to a request for which the table of transactions has no room.
func (s *Stack) busy() refusal { return s.turnedAway(classCall) }

func (s *Stack) turnedAway(c class) refusal {
	s.counters.shed[c].Add(1)
	from, spread := c.wait()
	return refusal{status: 503, headers: []sip.Header{sip.NewHeader("Retry-After", strconv.Itoa(from+rand.IntN(spread+1)))}}
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

// taken is the memory of what came in.
type taken struct {
	work   budget
	merges merges
}
