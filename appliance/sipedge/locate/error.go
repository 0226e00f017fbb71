package locate

import "fmt"

// Kind is why a name leads nowhere. The names are stable: doctor shows them.
type Kind string

// The kinds.
const (
	BadName    Kind = "bad-name"     // it cannot be a name
	NoServer   Kind = "no-server"    // nobody answers: the Internet is gone, or the DNS servers are wrong
	NoSuchName Kind = "no-such-name" // DNS says that there is none
	NoAddress  Kind = "no-address"   // there is one, but it leads to no address the box can use
	NotOffered Kind = "not-offered"  // the carrier says that it does not serve SIP there (RFC 2782: a target of ".")
	Busy       Kind = "busy"         // too many names are being asked for
	Stopped    Kind = "stopped"      // the resolver is closed, or the caller did not want to wait
)

// Error says why a name leads nowhere, and what to do.
type Error struct {
	Name  string
	Kind  Kind
	cause error
}

func (e *Error) Error() string {
	s := e.Sentence() + " " + e.Remedy()
	if e.cause != nil {
		s += fmt.Sprintf(" (%v)", e.cause)
	}
	return s
}

// Unwrap is what brought it about, if anything did.
func (e *Error) Unwrap() error { return e.cause }

// Sentence says what is wrong.
func (e *Error) Sentence() string {
	switch e.Kind {
	case BadName:
		return fmt.Sprintf("%.80q is not a host name or an address.", e.Name)
	case NoServer:
		return fmt.Sprintf("No DNS server gave an answer about %s.", e.Name)
	case NoSuchName:
		return fmt.Sprintf("DNS says that %s does not exist.", e.Name)
	case NoAddress:
		return fmt.Sprintf("DNS gives no address for %s that this box can reach.", e.Name)
	case NotOffered:
		return fmt.Sprintf("DNS says that %s offers no SIP by the transport asked for.", e.Name)
	case Busy:
		return fmt.Sprintf("Too many names are being looked up; %s was not.", e.Name)
	default:
		return fmt.Sprintf("The lookup of %s was given up.", e.Name)
	}
}

// Remedy says what an installer does about it.
func (e *Error) Remedy() string {
	switch e.Kind {
	case BadName:
		return "Write it as sip.carrier.example, 192.0.2.1 or [2001:db8::1], with :5060 behind it if the carrier names a port; a name with accents in its xn-- form."
	case NoServer:
		return "Check the box's Internet line and its DNS servers, or give the trunk the carrier's address instead of its name."
	case NoSuchName:
		return "Compare the name with the carrier's letter, letter by letter; if it is right, the box may be asking a DNS server that does not know it."
	case NoAddress:
		return "Ask the carrier for the name of its SIP service; if it only has IPv6 or only IPv4, the box needs that on its Internet line."
	case NotOffered:
		return "Set the trunk's transport to one that the carrier offers, or leave it empty."
	case Busy:
		return "Try again in a few seconds; if it stays so, the site has too many trunks by name."
	default:
		return "Try again."
	}
}
