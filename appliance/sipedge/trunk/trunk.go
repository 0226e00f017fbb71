package trunk

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg/digest"
)

// Config is one trunk. The yaml names are those of a profile's file; what has none is never a profile's to say.
type Config struct {
	Name string `yaml:"-"`

	// Where it is. Servers are looked up by RFC 3263 whenever their answers run out; Remote, if valid, is one more that needs no looking up and
	// comes first.
	Remote    netip.AddrPort `yaml:"-"`
	Servers   []string       `yaml:"servers"`   // where calls are sent, in order: a domain, host:port or address:port
	Proxies   []string       `yaml:"proxies"`   // outbound proxies: calls and registrations go there instead, and URIs still name Domain
	Domain    string         `yaml:"domain"`    // host of the URIs we write; the first server when empty
	Transport Transport      `yaml:"transport"` // TransportAuto when empty: what DNS says, else UDP

	// Who it is. A call from one of these networks, from any port, is the carrier's: that is its authentication. The addresses its servers
	// were found at are added where Dynamic says so.
	Sources []netip.Prefix `yaml:"-"`
	Dynamic Choice         `yaml:"dynamic"` // Yes for trunks that register, when empty

	// Signing on (RFC 3261 §10). Username and Password also answer 401 and 407 of calls; nothing is answered when Username is empty.
	Register    Choice        `yaml:"register"`
	Bulk        Bulk          `yaml:"bulk"`       // RFC 6140
	Registrars  []string      `yaml:"registrars"` // in order, as Servers; Proxies, then Servers when empty
	Account     string        `yaml:"-"`          // user of the address that is registered; Username when empty
	Username    string        `yaml:"-"`
	Password    digest.Secret `yaml:"-"`
	Expires     time.Duration `yaml:"expires"`      // asked for; 1 h when 0
	ContactUser string        `yaml:"-"`            // user of our Contact, by which calls of two accounts at one carrier are told apart; Account when empty
	FollowSeen  Choice        `yaml:"follow_seen"`  // Contact names the address the registrar saw, for a box behind NAT
	RegisterTo  string        `yaml:"register_uri"` // Request-URI of the REGISTER, without "sip:"; Domain when empty

	// Numbers and identity, out.
	Presented   string      `yaml:"-"`        // shown when nothing else may be, E.164
	Allowed     []string    `yaml:"-"`        // what else may be shown, in any spelling; "+3314050607*" is a range
	Format      Format      `yaml:"format"`   // of the number that is dialled; FormatE164 when empty
	ShownFormat Format      `yaml:"shown"`    // of the number that is presented; Format when empty
	URI         URI         `yaml:"uri"`      // URISip when empty
	CountryCode string      `yaml:"-"`        // "33": what FormatNational leaves out
	TrunkPrefix string      `yaml:"-"`        // "0": what it puts instead
	FromUser    FromUser    `yaml:"from"`     // FromNumber when empty
	FromHost    FromHost    `yaml:"host"`     // HostOurs when empty
	Display     Display     `yaml:"display"`  // DisplayName when empty
	Assert      []Assert    `yaml:"assert"`   // AssertPAI when empty
	Anonymous   Anonymous   `yaml:"hidden"`   // AnonymousInvalid when empty
	Privacy     Privacy     `yaml:"privacy"`  // PrivacyID when empty
	HidePrefix  string      `yaml:"hide"`     // dialled in front of the number to withhold ours, for carriers that know no Privacy: "3651"
	Diverted    []Diverting `yaml:"diverted"` // how a forwarded call says so; nothing when empty
	ShowCaller  ShowCaller  `yaml:"caller"`   // ShowOurs when empty

	// Numbers and identity, in.
	Identity Identity `yaml:"identity"` // IdentityFrom when empty
	Dialled  Dialled  `yaml:"dialled"`  // DialledRequest when empty

	// Sound.
	EarlyMedia EarlyMedia `yaml:"early_media"` // EarlyPass when empty
	DTMF       []DTMF     `yaml:"dtmf"`        // what is understood of it; all when empty
	SRTP       SRTP       `yaml:"srtp"`        // SRTPNever when empty
	Large      Large      `yaml:"large"`       // LargeFragment when empty

	// Times.
	Patience       time.Duration `yaml:"patience"`        // for the first answer of a server before the next is tried; 1 s when 0
	GiveUp         time.Duration `yaml:"give_up"`         // for the first answer of the last server; 8 s when 0
	SessionExpires time.Duration `yaml:"session_expires"` // RFC 4028; the leg's own when 0
	KeepAlive      time.Duration `yaml:"keep_alive"`      // over UDP, however long routers between remember us; found out when 0
	Qualify        time.Duration `yaml:"qualify"`         // OPTIONS this often; 0: never
	Penalty        time.Duration `yaml:"penalty"`         // how long a server that failed is tried last; 60 s when 0
	DeadAfter      int           `yaml:"dead_after"`      // calls in a row without any answer after which the trunk counts as gone; 3 when 0
}

// The times that stand where a Config says none.
const (
	defaultExpires  = time.Hour
	defaultPatience = time.Second
	defaultGiveUp   = 8 * time.Second
	defaultPenalty  = time.Minute
	defaultDead     = 3
)

// Registers reports whether the trunk signs on.
func (c *Config) Registers() bool { return c.Register == Yes }

// Follows reports whether calls are taken from the addresses its servers were found at.
func (c *Config) Follows() bool { return c.Dynamic == Yes || c.Dynamic == "" && c.Registers() }

// Waits is how long the answer of one server is waited for, when there are more and when there is none.
func (c *Config) Waits() (patience, giveUp time.Duration) {
	return cmp.Or(c.Patience, defaultPatience), cmp.Or(c.GiveUp, defaultGiveUp)
}

// Penalised is how long a server that failed is tried last.
func (c *Config) Penalised() time.Duration { return cmp.Or(c.Penalty, defaultPenalty) }

// User is the user part of the address that is registered.
func (c *Config) User() string { return cmp.Or(c.Account, c.Username) }

// InContact is the user part of our Contact; none for bulk registrations, whose Contact stands for every number (RFC 6140 §5.2).
func (c *Config) InContact() string {
	if c.Bulk == BulkGIN {
		return ""
	}
	return cmp.Or(c.ContactUser, c.User())
}

// CallTo is where calls are sent, in order, as names.
func (c *Config) CallTo() []string {
	if len(c.Proxies) > 0 {
		return c.Proxies
	}
	return c.Servers
}

// RegisterAt is where the trunk signs on, in order, as names.
func (c *Config) RegisterAt() []string {
	if len(c.Registrars) > 0 {
		return c.Registrars
	}
	return c.CallTo()
}

// Host is the host of the URIs written to the carrier.
func (c *Config) Host() string {
	switch {
	case c.Domain != "":
		return c.Domain
	case len(c.Servers) > 0:
		return c.Servers[0]
	case len(c.Registrars) > 0:
		return c.Registrars[0]
	case len(c.Proxies) > 0:
		return c.Proxies[0]
	}
	return c.Remote.String()
}

// From reports whether an address is in the carrier's networks.
func (c *Config) From(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(c.Sources, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Arrival is what tells a call's trunk.
type Arrival struct {
	From netip.Addr
	User string // of the Request-URI: the contact of one of our accounts, perhaps

	// Found is where the servers of a trunk were found: the addresses of those that [Config.Follows] are as good as Sources.
	Found func(trunk string) []netip.Addr
}

// Find is the trunk a call comes by: the one with the narrowest network that has its address, of equals the one whose account is called by
// the Request-URI, then the first.
func Find(trunks []Config, in Arrival) (*Config, bool) {
	a := in.From.Unmap().WithZone("")
	best, bits, named := -1, -1, false
	for i := range trunks {
		t := &trunks[i]
		b := -1
		for _, p := range t.Sources {
			if p.Contains(a) {
				b = max(b, p.Bits())
			}
		}
		if b < a.BitLen() && in.Found != nil && t.Follows() && slices.Contains(in.Found(t.Name), a) {
			b = a.BitLen()
		}
		if b < 0 {
			continue
		}
		user := in.User != "" && t.Registers() && t.InContact() == in.User
		if b > bits || b == bits && user && !named {
			best, bits, named = i, b, user
		}
	}
	if best < 0 {
		return nil, false
	}
	return &trunks[best], true
}

// Fixed is the transport a trunk insists on, if it does.
func (c *Config) Fixed() (t flow.Transport, fixed bool) {
	switch c.Transport {
	case TransportUDP:
		return flow.UDP, true
	case TransportTCP:
		return flow.TCP, true
	case TransportTLS:
		return flow.TLS, true
	case TransportAuto, "":
	}
	return flow.UDP, false
}
