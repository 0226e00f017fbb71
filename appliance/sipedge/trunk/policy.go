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
	one := func(field, v string, known ...string) {
		if v != "" && !slices.Contains(known, v) {
			bad = append(bad, fmt.Sprintf("%s: %q is none of %s", field, v, strings.Join(known, ", ")))
		}
	}
	one("transport", string(c.Transport), "auto", "udp", "tcp", "tls")
	one("dynamic", string(c.Dynamic), "yes", "no")
	one("register", string(c.Register), "yes", "no")
	one("follow_seen", string(c.FollowSeen), "yes", "no")
	one("bulk", string(c.Bulk), "none", "gin")
	one("format", string(c.Format), "e164", "plain", "00", "national")
	one("shown", string(c.ShownFormat), "e164", "plain", "00", "national")
	one("uri", string(c.URI), "sip", "phone", "tel")
	one("from", string(c.FromUser), "number", "account")
	one("host", string(c.FromHost), "ours", "domain")
	one("display", string(c.Display), "name", "none", "number")
	for _, a := range c.Assert {
		one("assert", string(a), "pai", "ppi", "rpid", "none")
	}
	one("hidden", string(c.Anonymous), "invalid", "domain", "number")
	one("privacy", string(c.Privacy), "id", "user", "none")
	for _, d := range c.Diverted {
		one("diverted", string(d), "diversion", "history", "none")
	}
	one("caller", string(c.ShowCaller), "none", "ours", "caller")
	one("identity", string(c.Identity), "from", "pai", "ppi", "rpid")
	one("dialled", string(c.Dialled), "request", "to", "called")
	one("early_media", string(c.EarlyMedia), "pass", "ignore")
	for _, d := range c.DTMF {
		one("dtmf", string(d), "rfc4733", "info", "inband")
	}
	one("srtp", string(c.SRTP), "never", "allowed", "required")
	one("large", string(c.Large), "tcp", "fragment")
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
