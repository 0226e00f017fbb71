// Package trunk is a carrier's SIP line: who it is on the wire, how it writes numbers, and whether it is there.
package trunk

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
)

// Format is how a carrier wants numbers written.
type Format string

// The formats.
const (
	FormatE164     Format = "e164"     // +33140506070
	Format00       Format = "00"       // 0033140506070
	FormatNational Format = "national" // 0140506070, and 00… for other countries
)

// Identity is where a caller's number is read.
type Identity string

// The places.
const (
	IdentityFrom Identity = "from"
	IdentityPAI  Identity = "pai" // P-Asserted-Identity (RFC 3325), which a carrier may be trusted with
)

// Dialled is where the dialled number is read.
type Dialled string

// The places.
const (
	DialledRequest Dialled = "request" // Request-URI
	DialledTo      Dialled = "to"
)

// Config is one trunk.
type Config struct {
	Name        string
	Remote      netip.AddrPort // where calls are sent; names are resolved by whoever makes the Config
	Domain      string         // host of the URIs we write; Remote when empty
	Sources     []netip.Prefix // where its calls come from, from any port: that is its authentication
	Presented   string         // shown when nothing else may be, E.164
	Allowed     []string       // what else may be shown
	Identity    Identity       // IdentityFrom when empty
	Dialled     Dialled        // DialledRequest when empty
	Format      Format         // FormatE164 when empty
	CountryCode string         // "33": what FormatNational leaves out
	TrunkPrefix string         // "0": what it puts instead
	Username    string         // for 401 and 407; nothing is answered when empty
	Password    digest.Secret
	Qualify     time.Duration // OPTIONS this often; 0: never
}

// From reports whether an address is the carrier's.
func (c *Config) From(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(c.Sources, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Find is the trunk whose call comes from an address: the one with the narrowest network, the first of equals.
func Find(trunks []Config, a netip.Addr) (*Config, bool) {
	a = a.Unmap().WithZone("")
	best, bits := -1, -1
	for i := range trunks {
		for _, p := range trunks[i].Sources {
			if p.Contains(a) && p.Bits() > bits {
				best, bits = i, p.Bits()
			}
		}
	}
	if best < 0 {
		return nil, false
	}
	return &trunks[best], true
}

// Asserted is who calls, as the headers of an INVITE have it.
type Asserted struct {
	From     leg.Address
	FromUser string
	PAI      []Identified // P-Asserted-Identity, if the carrier is to be trusted with it
	Privacy  string       // RFC 3323
}

// Identified is one asserted identity.
type Identified struct {
	Display string
	User    string
}

// Caller is who calls, by the trunk's policy.
func (c *Config) Caller(a Asserted) exchange.Caller {
	user, name := a.FromUser, a.From.Display
	if c.Identity == IdentityPAI && len(a.PAI) > 0 {
		user, name = a.PAI[0].User, a.PAI[0].Display
		if name == "" {
			name = a.From.Display
		}
	}
	hidden := false
	for p := range strings.FieldsFuncSeq(a.Privacy, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		hidden = hidden || strings.EqualFold(p, "id") || strings.EqualFold(p, "user") || strings.EqualFold(p, "header")
	}
	if hidden || user == "" || strings.EqualFold(user, "anonymous") || strings.EqualFold(user, "unavailable") || strings.EqualFold(user, "restricted") {
		return exchange.Caller{Withheld: true}
	}
	number := c.Read(user)
	if name == user || name == number {
		name = ""
	}
	return exchange.Caller{Number: number, Name: clean(name)}
}

// maxName bounds a caller's name, in bytes.
const maxName = 80

func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return -1
		}
		return r
	}, s)
	for len(s) > maxName {
		s = s[:strings.LastIndexFunc(s, func(rune) bool { return true })]
	}
	return s
}

// Read gives the number of a user part in E.164 where the carrier's way of writing tells: +33…, 0033…, 0140…, 33140…. Anything else stays.
func (c *Config) Read(user string) string {
	user, _, _ = strings.Cut(user, ";") // ";phone-context", ";npdi" of tel numbers
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-.() ", r) {
			return -1
		}
		return r
	}, user)
	rest, plus := strings.CutPrefix(digits, "+")
	if rest == "" || strings.Trim(rest, "0123456789") != "" || len(rest) > 20 {
		return user
	}
	switch {
	case plus:
		return digits
	case strings.HasPrefix(rest, "00"):
		return "+" + rest[2:]
	case c.CountryCode != "" && c.TrunkPrefix != "" && strings.HasPrefix(rest, c.TrunkPrefix) && len(rest) > 6:
		return "+" + c.CountryCode + rest[len(c.TrunkPrefix):]
	case c.CountryCode != "" && strings.HasPrefix(rest, c.CountryCode) && len(rest) >= 10:
		return "+" + rest
	}
	return digits
}

// Number writes a number as the carrier wants it dialled. What is not E.164 (an emergency number) goes as it is.
func (c *Config) Number(n string) string {
	digits, ok := strings.CutPrefix(n, "+")
	if !ok {
		return n
	}
	switch c.Format {
	case Format00:
		return "00" + digits
	case FormatNational:
		if rest, home := strings.CutPrefix(digits, c.CountryCode); home && c.CountryCode != "" {
			return c.TrunkPrefix + rest
		}
		return "00" + digits
	case FormatE164:
	}
	return n
}

// Shown is the number we present: the one asked for when the carrier lets us, else the trunk's own.
func (c *Config) Shown(asked string) string {
	if asked != "" && (asked == c.Presented || slices.Contains(c.Allowed, asked)) {
		return asked
	}
	return c.Presented
}

// Host is the host of the URIs written to the carrier.
func (c *Config) Host() string {
	if c.Domain != "" {
		return c.Domain
	}
	return c.Remote.String()
}

// Present is the From and the identity headers of a call to the carrier: From and P-Asserted-Identity alike, since carriers read either;
// a withheld number goes to the carrier alone (RFC 3325 §9.1, RFC 3323 §4.1).
func (c *Config) Present(caller exchange.Caller, host string) (leg.Address, []leg.Header) {
	number := c.Number(c.Shown(caller.Number))
	uri := "sip:" + number + "@" + host
	asserted := leg.Header{Name: "P-Asserted-Identity", Value: "<" + uri + ">"}
	if caller.Withheld {
		return leg.Address{Display: "Anonymous", URI: "sip:anonymous@anonymous.invalid"}, []leg.Header{asserted, {Name: "Privacy", Value: "id"}}
	}
	return leg.Address{Display: clean(caller.Name), URI: uri}, []leg.Header{asserted}
}

// Watch tells from the answers to OPTIONS whether a trunk is there. The zero value has not heard anything.
type Watch struct {
	heard  bool
	up     bool
	missed int
}

// missLimit is how many OPTIONS in a row stay unanswered before a trunk counts as gone.
const missLimit = 2

// Answered notes an answer, whatever its status: somebody is there, unless it says 503 or 408. changed says that the exchange has to know.
func (w *Watch) Answered(status int) (changed bool) {
	if status == 503 || status == 408 {
		return w.Missed()
	}
	changed = !w.heard || !w.up
	w.heard, w.up, w.missed = true, true, 0
	return changed
}

// Missed notes an OPTIONS without an answer.
func (w *Watch) Missed() (changed bool) {
	w.missed++
	if w.missed < missLimit || (w.heard && !w.up) {
		return false
	}
	w.heard, w.up = true, false
	return true
}

// Up reports whether the trunk is there.
func (w *Watch) Up() bool { return w.up }
