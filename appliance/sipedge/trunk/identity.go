package trunk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/leg"
)

// Shown is the number we present: the one asked for when the carrier lets us, else the trunk's own. However it is spelt, it is compared as the
// number it is.
func (c *Config) Shown(asked string) string {
	if asked == "" {
		return c.Presented
	}
	n := c.Read(asked)
	if n == c.Read(c.Presented) || slices.ContainsFunc(c.Allowed, func(a string) bool { return c.covers(a, n) }) {
		return n
	}
	return c.Presented
}

// covers reports whether an entry of the allow-list stands for a number.
func (c *Config) covers(entry, number string) bool {
	if stem, ok := strings.CutSuffix(entry, "*"); ok {
		return len(stem) > 4 && strings.HasPrefix(number, stem)
	}
	return c.Read(entry) == number
}

// showing is whom a call shows.
type showing struct {
	number string // E.164
	name   string
	hidden bool
}

// showing decides whose number a call shows.
func (c *Config) showing(r exchange.Ring) showing {
	s := showing{name: r.Caller.Name, hidden: r.Caller.Withheld}
	if r.Emergency { // whoever is called for help has to be able to call back, and nothing is dialled in front of 112
		s.number, s.hidden = c.Shown(r.Caller.Number), false
		return s
	}
	if r.Diverted.Number == "" {
		s.number = c.Shown(r.Caller.Number)
		if s.number != c.Read(r.Caller.Number) {
			s.name = "" // the name of somebody else
		}
		return s
	}
	switch c.ShowCaller {
	case ShowOthers:
		s.number = cmp.Or(r.Caller.Number, c.Shown(r.Diverted.Number))
	case ShowNone:
		s.number, s.name, s.hidden = c.Shown(r.Diverted.Number), "", true
	case ShowOurs, "":
		// A name that goes with a number of ours would be a lie, and withholding ours has no sense.
		s.number, s.name, s.hidden = c.Shown(r.Diverted.Number), "", false
	}
	return s
}

// Invite is what a call to the carrier says of who calls and whom.
type Invite struct {
	URI   string // Request-URI and To
	From  leg.Address
	Extra []leg.Header
}

// Invite writes a call to a number. host is what the box calls itself. A withheld number goes to the carrier alone, in the headers of RFC 3325
// (§9.1), or nowhere.
func (c *Config) Invite(r exchange.Ring, host string) Invite {
	s := c.showing(r)
	out := Invite{URI: c.Target(r.To.Number, s.hidden)}
	out.From, out.Extra = c.present(s, host)
	out.Extra = append(out.Extra, c.diverted(r, out.URI)...)
	if r.Emergency {
		out.Extra = append(out.Extra, leg.Header{Name: "Priority", Value: "emergency"}) // RFC 3261 §20.26
	}
	return out
}

func (c *Config) present(s showing, host string) (leg.Address, []leg.Header) {
	if c.FromHost == HostDomain {
		host = c.Host()
	}
	number := c.shown(s.number)
	uri := c.uri(number, host)
	from := leg.Address{Display: clean(s.name), URI: uri}
	if c.FromUser == FromAccount && c.User() != "" {
		from.URI = "sip:" + Escape(c.User()) + "@" + host
	}
	switch c.Display {
	case DisplayNone:
		from.Display = ""
	case DisplayNumber:
		from.Display = number
	case DisplayName, "":
	}
	if s.hidden {
		switch c.Anonymous {
		case AnonymousInvalid, "":
			from = leg.Address{Display: "Anonymous", URI: "sip:anonymous@anonymous.invalid"}
		case AnonymousDomain:
			from = leg.Address{Display: "Anonymous", URI: "sip:anonymous@" + host}
		case AnonymousNumber:
			from.Display = ""
		}
	}
	return from, c.asserted(s, uri)
}

// asserted is the headers that name who calls besides From.
func (c *Config) asserted(s showing, uri string) []leg.Header {
	var out []leg.Header
	list := c.Assert
	if len(list) == 0 {
		list = []Assert{AssertPAI}
	}
	for _, a := range list {
		switch a {
		case AssertPAI:
			out = append(out, leg.Header{Name: "P-Asserted-Identity", Value: "<" + uri + ">"})
		case AssertPPI:
			out = append(out, leg.Header{Name: "P-Preferred-Identity", Value: "<" + uri + ">"})
		case AssertRPID:
			privacy := "off"
			if s.hidden {
				privacy = "full"
			}
			out = append(out, leg.Header{Name: "Remote-Party-ID", Value: "<" + uri + ">;party=calling;screen=no;privacy=" + privacy})
		case AssertNone:
		}
	}
	if s.hidden {
		switch c.Privacy {
		case PrivacyID, "":
			out = append(out, leg.Header{Name: "Privacy", Value: "id"})
		case PrivacyUser:
			out = append(out, leg.Header{Name: "Privacy", Value: "user;id"})
		case PrivacyNone:
		}
	}
	return out
}

// diverted says through which number of ours a forwarded call comes.
func (c *Config) diverted(r exchange.Ring, target string) []leg.Header {
	if r.Diverted.Number == "" {
		return nil
	}
	through := c.uri(c.shown(c.Shown(r.Diverted.Number)), c.Host())
	reason := cmp.Or(r.Diverted.Reason, "unknown")
	var out []leg.Header
	for _, d := range c.Diverted {
		switch d {
		case DivertHeader:
			out = append(out, leg.Header{Name: "Diversion", Value: fmt.Sprintf("<%s>;reason=%s;counter=1", through, token(reason))})
		case DivertHistory:
			out = append(out,
				leg.Header{Name: "History-Info", Value: fmt.Sprintf("<%s>;index=1", through)},
				leg.Header{Name: "History-Info", Value: fmt.Sprintf("<%s;cause=%d>;index=1.1;mp=1", target, cause(reason))})
		case DivertNone:
		}
	}
	return out
}

// cause is the reason of a diversion as RFC 4458 §2 has it.
func cause(reason string) int {
	switch reason {
	case "user-busy":
		return 486
	case "no-answer":
		return 408
	case "unconditional":
		return 302
	case "deflection":
		return 480
	}
	return 404
}

// token keeps what may stand in a parameter without quotes (RFC 3261 §25.1).
func token(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' {
			return r
		}
		return -1
	}, s)
}
