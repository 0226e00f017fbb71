package trunk

import (
	"cmp"
	"strings"
)

// Format is how a carrier wants numbers written.
type Format string

// The formats.
const (
	FormatE164     Format = "e164"     // +33140506070
	FormatPlain    Format = "plain"    // 33140506070
	Format00       Format = "00"       // 0033140506070
	FormatNational Format = "national" // 0140506070, and 00… for other countries
)

// URI is what a number is written in.
type URI string

// The kinds.
const (
	URISip   URI = "sip"   // sip:+33140506070@host
	URIPhone URI = "phone" // sip:+33140506070@host;user=phone (RFC 3261 §19.1.1)
	URITel   URI = "tel"   // tel:+33140506070 (RFC 3966)
)

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
	case c.Format == FormatPlain && len(rest) >= 10:
		return "+" + rest
	}
	return digits
}

// Number writes a number as the carrier wants it dialled. What is not E.164 (an emergency number) goes as it is.
func (c *Config) Number(n string) string { return c.write(n, c.Format) }

// shown writes a number as the carrier wants it presented.
func (c *Config) shown(n string) string { return c.write(n, cmp.Or(c.ShownFormat, c.Format)) }

func (c *Config) write(n string, f Format) string {
	digits, ok := strings.CutPrefix(n, "+")
	if !ok {
		return n
	}
	switch f {
	case FormatPlain:
		return digits
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

// uri writes a number as it was formatted, at a host.
func (c *Config) uri(number, host string) string {
	number = Escape(number)
	switch c.URI {
	case URITel:
		if strings.HasPrefix(number, "+") {
			return "tel:" + number
		}
		return "tel:" + number + ";phone-context=" + c.context(host) // RFC 3966 §5.1.5: a local number owes it
	case URIPhone:
		return "sip:" + number + "@" + host + ";user=phone"
	case URISip, "":
	}
	return "sip:" + number + "@" + host
}

// context is where a local number means something.
func (c *Config) context(host string) string {
	if c.CountryCode != "" {
		return "+" + c.CountryCode
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}

// Target is the Request-URI and To of a call to a number. hide says that the number shown shall be withheld.
func (c *Config) Target(number string, hide bool) string {
	n := c.Number(number)
	if hide {
		n = c.HidePrefix + n
	}
	return c.uri(n, c.Host())
}

// Escape keeps the user part of a URI to what needs no escaping (RFC 3261 §25.1).
func Escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("+-_.!~*'()#", r) {
			return r
		}
		return -1
	}, s)
	return strings.ReplaceAll(s, "#", "%23")
}
