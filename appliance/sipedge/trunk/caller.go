package trunk

import (
	"strings"

	"autocom/appliance/exchange"
)

// Identity is where a caller's number is read. Where it is missing, From is read.
type Identity string

// The places.
const (
	IdentityFrom Identity = "from"
	IdentityPAI  Identity = "pai"  // P-Asserted-Identity (RFC 3325), which a carrier may be trusted with
	IdentityPPI  Identity = "ppi"  // P-Preferred-Identity
	IdentityRPID Identity = "rpid" // Remote-Party-ID
)

// Dialled is where the dialled number is read.
type Dialled string

// The places.
const (
	DialledRequest Dialled = "request" // Request-URI; with RFC 6140 there is no other
	DialledTo      Dialled = "to"
	DialledCalled  Dialled = "called" // P-Called-Party-ID (RFC 7315 §4.2)
)

// Party is one address of a header.
type Party struct {
	Display string
	User    string // of a sip: URI, or the number of a tel: URI; without parameters
	Reason  string // of Diversion
	Verstat string // what the carrier found of the number's signature (3GPP TS 24.229 §7.2A.20): "TN-Validation-Passed"
}

// Said is who calls and whom, as the headers of an INVITE have it.
type Said struct {
	From    Party
	PAI     []Party
	PPI     []Party
	RPID    []Party
	Privacy string // RFC 3323
	Request string // user part of the Request-URI
	To      string
	Called  string // of P-Called-Party-ID
	Divert  []Party
	History []Party
}

// Heard is what a call from the carrier says, by the trunk's policy.
type Heard struct {
	Caller   exchange.Caller
	Dialled  string
	Diverted exchange.Diversion // through whom it came, before it came to us
	Verstat  string
}

// Hear reads a call from the carrier.
func (c *Config) Hear(s Said) Heard {
	h := Heard{Caller: c.caller(s), Dialled: s.Request, Verstat: s.From.Verstat}
	switch c.Dialled {
	case DialledTo:
		h.Dialled = s.To
	case DialledCalled:
		if s.Called != "" {
			h.Dialled = s.Called
		}
	case DialledRequest, "":
	}
	h.Dialled = c.Read(h.Dialled)
	for _, p := range s.PAI {
		if h.Verstat == "" {
			h.Verstat = p.Verstat
		}
	}
	switch {
	case len(s.Divert) > 0: // RFC 5806 §4: the one on top diverted last
		h.Diverted = exchange.Diversion{Number: c.Read(s.Divert[0].User), Reason: token(s.Divert[0].Reason)}
	case len(s.History) > 1: // RFC 7044 §5: the entry before the last is whom it was meant for
		h.Diverted = exchange.Diversion{Number: c.Read(s.History[len(s.History)-2].User)}
	}
	return h
}

func (c *Config) caller(s Said) exchange.Caller {
	who := s.From
	var named []Party
	switch c.Identity {
	case IdentityPAI:
		named = s.PAI
	case IdentityPPI:
		named = s.PPI
	case IdentityRPID:
		named = s.RPID
	case IdentityFrom, "":
	}
	if len(named) > 0 {
		who = named[0]
		if who.Display == "" {
			who.Display = s.From.Display
		}
	}
	if withheld(s.Privacy) || nobody(who.User) {
		return exchange.Caller{Withheld: true}
	}
	number := c.Read(who.User)
	name := who.Display
	if name == who.User || name == number {
		name = ""
	}
	return exchange.Caller{Number: number, Name: clean(name)}
}

// withheld reads Privacy (RFC 3323 §4.2, RFC 3325 §9.3).
func withheld(privacy string) bool {
	for p := range strings.FieldsFuncSeq(privacy, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		if strings.EqualFold(p, "id") || strings.EqualFold(p, "user") || strings.EqualFold(p, "header") {
			return true
		}
	}
	return false
}

func nobody(user string) bool {
	return user == "" || strings.EqualFold(user, "anonymous") || strings.EqualFold(user, "unavailable") || strings.EqualFold(user, "restricted")
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
