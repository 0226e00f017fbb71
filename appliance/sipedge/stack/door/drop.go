package door

// Drop is why a message was not handed over. Those up to [DropScanner] are the guard's; the others are found behind the door and counted with
// them.
type Drop uint8

// The reasons, in the order in which they are looked at.
const (
	Passed         Drop = iota
	DropKeepalive       // not a message: an empty datagram or line ends that keep a NAT binding open
	DropOversize        // longer than may be: 513 when its head can be read
	DropStranger        // from an address that is neither trusted nor admitted
	DropBanned          // from an address that is banned
	DropRate            // above the source's rate
	DropGarbage         // nothing that looks like SIP
	DropScanner         // a known scanner's User-Agent
	DropUnparsable      // SIP, but sipgo's parser gave up
	DropHeaders         // a header is missing that even a refusal needs
	DropInvalid         // refused with a 4xx or 5xx that RFC 3261 owes it
	DropOverload        // refused with 503, see Turnstile
	DropStray           // a response that belongs to nothing
	DropCrowded         // a connection above the number that may be, in all or of one address
	Drops               // how many there are
)

func (d Drop) String() string {
	switch d {
	case Passed:
		return "passed"
	case DropKeepalive:
		return "keepalive"
	case DropOversize:
		return "oversize"
	case DropStranger:
		return "stranger"
	case DropBanned:
		return "banned"
	case DropRate:
		return "rate"
	case DropGarbage:
		return "garbage"
	case DropScanner:
		return "scanner"
	case DropUnparsable:
		return "unparsable"
	case DropHeaders:
		return "headers"
	case DropInvalid:
		return "invalid"
	case DropOverload:
		return "overload"
	case DropStray:
		return "stray"
	case DropCrowded:
		return "crowded"
	default:
		return "unknown"
	}
}
