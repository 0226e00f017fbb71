package trunk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Choice is a switch that can be left open, so that a profile can say one thing and a trunk another.
type Choice string

// The choices.
const (
	Yes Choice = "yes"
	No  Choice = "no"
)

// Transport is how a carrier is spoken to.
type Transport string

// The transports.
const (
	TransportAuto Transport = "auto" // what NAPTR says (RFC 3263 §4.1), else UDP
	TransportUDP  Transport = "udp"
	TransportTCP  Transport = "tcp"
	TransportTLS  Transport = "tls"
)

// Bulk is whether one registration stands for every number of the line.
type Bulk string

// The kinds.
const (
	BulkNone Bulk = "none" // one address; many carriers send all calls there all the same
	BulkGIN  Bulk = "gin"  // RFC 6140: Contact with bnc; the number called comes in the Request-URI
)

// FromUser is what stands in the user part of From.
type FromUser string

// The kinds.
const (
	FromNumber  FromUser = "number"  // the presented number
	FromAccount FromUser = "account" // the account; the number goes in what Assert says
)

// FromHost is the host of From and of the identity headers.
type FromHost string

// The kinds.
const (
	HostOurs   FromHost = "ours"   // the box's address
	HostDomain FromHost = "domain" // the carrier's domain
)

// Display is the display name of From.
type Display string

// The kinds.
const (
	DisplayName   Display = "name"   // the caller's, if there is one
	DisplayNone   Display = "none"   // never
	DisplayNumber Display = "number" // the presented number, for carriers that read it there
)

// Assert is a header that names who calls besides From.
type Assert string

// The headers.
const (
	AssertPAI  Assert = "pai"  // P-Asserted-Identity (RFC 3325)
	AssertPPI  Assert = "ppi"  // P-Preferred-Identity (RFC 3325)
	AssertRPID Assert = "rpid" // Remote-Party-ID, which never became an RFC and which some carriers still read
	AssertNone Assert = "none"
)

// Anonymous is From of a withheld number.
type Anonymous string

// The forms.
const (
	AnonymousInvalid Anonymous = "invalid" // sip:anonymous@anonymous.invalid (RFC 3323 §4.1.1.3)
	AnonymousDomain  Anonymous = "domain"  // sip:anonymous@ and the host of From
	AnonymousNumber  Anonymous = "number"  // From stays; Privacy alone asks for it
)

// Privacy is the header of a withheld number (RFC 3323 §4.2).
type Privacy string

// The values.
const (
	PrivacyID   Privacy = "id"   // RFC 3325 §9.3
	PrivacyUser Privacy = "user" // with id
	PrivacyNone Privacy = "none" // no such header
)

// Diverting is a header that says a call was forwarded.
type Diverting string

// The headers.
const (
	DivertNone    Diverting = "none"
	DivertHeader  Diverting = "diversion" // RFC 5806
	DivertHistory Diverting = "history"   // History-Info (RFC 7044)
)

// ShowCaller is the number shown when a call that came from outside goes outside again. Carriers answer for the numbers they carry: one that is
// not the customer's may be refused, or cut, unless they agreed to it.
type ShowCaller string

// The kinds.
const (
	ShowNone   ShowCaller = "none"   // withheld
	ShowOurs   ShowCaller = "ours"   // the number of ours it came through
	ShowOthers ShowCaller = "caller" // the caller's own: the carrier agreed
)

// EarlyMedia is what becomes of sound before the answer.
type EarlyMedia string

// The kinds.
const (
	EarlyPass   EarlyMedia = "pass"
	EarlyIgnore EarlyMedia = "ignore" // the caller hears our ringing tone
)

// DTMF is a way keys are sent.
type DTMF string

// The ways, named as in exchange.DigitPressed.
const (
	DTMFEvents DTMF = "rfc4733"
	DTMFInfo   DTMF = "info"
	DTMFInband DTMF = "inband"
)

// Understands reports whether a key that comes this way is heeded. Keys in the sound itself are only looked for when they are named.
func (c *Config) Understands(via string) bool {
	return len(c.DTMF) == 0 || slices.Contains(c.DTMF, DTMF(via))
}

// SRTP is whether sound is encrypted (RFC 4568, over TLS only).
type SRTP string

// The kinds.
const (
	SRTPNever    SRTP = "never"
	SRTPAllowed  SRTP = "allowed"
	SRTPRequired SRTP = "required"
)

// Large is what is done with a message that does not fit in one datagram (RFC 3261 §18.1.1).
type Large string

// The kinds.
const (
	LargeFragment Large = "fragment" // UDP all the same, in fragments
	LargeSwitch   Large = "tcp"      // TCP: the carrier has it
)

// Check says what of a trunk cannot be.
func (c *Config) Check() []string {
	var bad []string
	oneOf(&bad, "transport", c.Transport, TransportAuto, TransportUDP, TransportTCP, TransportTLS)
	oneOf(&bad, "dynamic", c.Dynamic, Yes, No)
	oneOf(&bad, "register", c.Register, Yes, No)
	oneOf(&bad, "follow_seen", c.FollowSeen, Yes, No)
	oneOf(&bad, "bulk", c.Bulk, BulkNone, BulkGIN)
	oneOf(&bad, "format", c.Format, FormatE164, FormatPlain, Format00, FormatNational)
	oneOf(&bad, "shown", c.ShownFormat, FormatE164, FormatPlain, Format00, FormatNational)
	oneOf(&bad, "uri", c.URI, URISip, URIPhone, URITel)
	oneOf(&bad, "from", c.FromUser, FromNumber, FromAccount)
	oneOf(&bad, "host", c.FromHost, HostOurs, HostDomain)
	oneOf(&bad, "display", c.Display, DisplayName, DisplayNone, DisplayNumber)
	for _, a := range c.Assert {
		oneOf(&bad, "assert", a, AssertPAI, AssertPPI, AssertRPID, AssertNone)
	}
	oneOf(&bad, "hidden", c.Anonymous, AnonymousInvalid, AnonymousDomain, AnonymousNumber)
	oneOf(&bad, "privacy", c.Privacy, PrivacyID, PrivacyUser, PrivacyNone)
	for _, d := range c.Diverted {
		oneOf(&bad, "diverted", d, DivertHeader, DivertHistory, DivertNone)
	}
	oneOf(&bad, "caller", c.ShowCaller, ShowNone, ShowOurs, ShowOthers)
	oneOf(&bad, "identity", c.Identity, IdentityFrom, IdentityPAI, IdentityPPI, IdentityRPID)
	oneOf(&bad, "dialled", c.Dialled, DialledRequest, DialledTo, DialledCalled)
	oneOf(&bad, "early_media", c.EarlyMedia, EarlyPass, EarlyIgnore)
	for _, d := range c.DTMF {
		oneOf(&bad, "dtmf", d, DTMFEvents, DTMFInfo, DTMFInband)
	}
	oneOf(&bad, "srtp", c.SRTP, SRTPNever, SRTPAllowed, SRTPRequired)
	oneOf(&bad, "large", c.Large, LargeSwitch, LargeFragment)
	if c.SRTP == SRTPRequired && c.Transport != TransportTLS {
		bad = append(bad, "srtp: keys go over TLS only (RFC 4568 §7): transport has to be tls")
	}
	if strings.Trim(c.HidePrefix, "0123456789*#") != "" {
		bad = append(bad, "hide: a prefix has only digits, * and #")
	}
	within := func(field string, v, low, high time.Duration) {
		if v != 0 && (v < low || v > high) {
			bad = append(bad, fmt.Sprintf("%s: %s is not between %s and %s", field, v, low, high))
		}
	}
	within("expires", c.Expires, time.Minute, 24*time.Hour)
	within("patience", c.Patience, 200*time.Millisecond, 10*time.Second)
	within("give_up", c.GiveUp, time.Second, time.Minute)
	within("session_expires", c.SessionExpires, 90*time.Second, 24*time.Hour)
	within("keep_alive", c.KeepAlive, 5*time.Second, 10*time.Minute)
	within("qualify", c.Qualify, 5*time.Second, time.Hour)
	within("penalty", c.Penalty, 5*time.Second, time.Hour)
	if c.DeadAfter < 0 || c.DeadAfter > 100 {
		bad = append(bad, "dead_after: between 1 and 100")
	}
	return bad
}

// oneOf adds a sentence to bad when a field is neither open (empty) nor one of the words that are known.
func oneOf[T ~string](bad *[]string, field string, v T, known ...T) {
	if v == "" || slices.Contains(known, v) {
		return
	}
	words := make([]string, 0, len(known))
	for _, k := range known {
		words = append(words, string(k))
	}
	*bad = append(*bad, fmt.Sprintf("%s: %q is none of %s", field, v, strings.Join(words, ", ")))
}
