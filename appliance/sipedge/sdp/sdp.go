// Package sdp reads and writes the part of a SIP message that says where sound goes, and works out what two sides agree on.
//
// [Parse] and [Session.Bytes] are the part of RFC 8866 that a telephone needs, bounded in size. [Offer], [Answer] and [Accept] are RFC 3264 as
// pure functions: no sockets, no clock. Directions are the author's in a [Line] and the box's in a plan.Media.
package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"autocom/appliance/exchange/plan"
)

// The bounds of what is read.
const (
	MaxBytes   = 8 << 10 // of a description
	MaxLines   = 16      // m= lines
	maxFormats = 64      // payload types of an m= line
	maxAttrs   = 256     // a= lines in all
)

// ContentType is the Content-Type of a description.
const ContentType = "application/sdp"

// Session is one session description.
type Session struct {
	Origin     Origin
	Name       string     // s=
	Connection netip.Addr // c= of the session; the zero Addr when there is none
	Attrs      []Attr     // a= lines of the session that are not understood
	Lines      []Line     // m= lines, in their order
}

// Origin names a session and its version (RFC 8866 §5.2).
type Origin struct {
	User    string
	ID      uint64
	Version uint64
	Addr    netip.Addr
}

// Line is one m= line with what belongs to it.
type Line struct {
	Kind       string // audio, video, image, …
	Port       int    // 0 refuses the line (RFC 3264 §6)
	Proto      string // RTP/AVP, RTP/SAVP and both with feedback are what we speak
	Formats    []string
	Connection netip.Addr // c= of the line; the zero Addr when the session's holds
	Maps       []Map
	Ptime      int            // ms, 0 when not said
	MaxPtime   int            // ms, 0 when not said
	Direction  plan.Direction // as its author means it; the session's when the line has none
	RTCP       plan.Endpoint  // a=rtcp (RFC 3605): Host is empty when only a port is said
	RTCPMux    bool           // a=rtcp-mux (RFC 5761)
	Crypto     []Crypto       // a=crypto (RFC 4568), in order of preference
	Attrs      []Attr         // what is not understood, and keys that cannot be read
}

// Map is what an m= line says of one payload type.
type Map struct {
	PT       uint8
	Name     string // encoding name as written; compared without case; empty when only fmtp is said
	Clock    int    // Hz
	Channels int    // 0 when not said
	Params   string // a=fmtp
}

// Attr is an attribute that is not understood.
type Attr struct{ Name, Value string }

// Malformed is the error of a description that cannot be read. It is answered 400.
type Malformed struct {
	Line int // from 1; 0 for the whole
	Why  string
}

func (m *Malformed) Error() string {
	if m.Line == 0 {
		return "sdp: " + m.Why
	}
	return fmt.Sprintf("sdp: line %d: %s", m.Line, m.Why)
}

// Status is the SIP status it maps to.
func (m *Malformed) Status() int { return 400 }

// NotAcceptable is the error of an offer or an answer that we have nothing in common with. It is answered 488 (RFC 3261 §21.4.26).
type NotAcceptable struct {
	Code int // of the Warning header (RFC 3261 §20.43)
	Why  string
}

func (n *NotAcceptable) Error() string { return "sdp: " + n.Why }

// Status is the SIP status it maps to.
func (n *NotAcceptable) Status() int { return 488 }

// Warning is the value of the Warning header that tells the peer why; agent is our host name or address.
func (n *NotAcceptable) Warning(agent string) string {
	return fmt.Sprintf("%d %s %q", n.Code, agent, n.Why)
}

// Bytes writes the description.
func (s Session) Bytes() []byte {
	var b strings.Builder
	user := s.Origin.User
	if user == "" {
		user = "-"
	}
	name := s.Name
	if name == "" {
		name = "-"
	}
	fmt.Fprintf(&b, "v=0\r\no=%s %d %d %s\r\ns=%s\r\n", user, s.Origin.ID, s.Origin.Version, connection(s.Origin.Addr), name)
	if s.Connection.IsValid() {
		fmt.Fprintf(&b, "c=%s\r\n", connection(s.Connection))
	}
	b.WriteString("t=0 0\r\n")
	writeAttrs(&b, s.Attrs)
	for _, l := range s.Lines {
		l.write(&b)
	}
	return []byte(b.String())
}

func (s Session) String() string { return string(s.Bytes()) }

func (l Line) write(b *strings.Builder) {
	fmt.Fprintf(b, "m=%s %d %s %s\r\n", l.Kind, l.Port, l.Proto, strings.Join(l.Formats, " "))
	if l.Connection.IsValid() {
		fmt.Fprintf(b, "c=%s\r\n", connection(l.Connection))
	}
	for _, m := range l.Maps {
		if m.Name != "" {
			fmt.Fprintf(b, "a=rtpmap:%d %s/%d", m.PT, m.Name, m.Clock)
			if m.Channels > 0 {
				fmt.Fprintf(b, "/%d", m.Channels)
			}
			b.WriteString("\r\n")
		}
		if m.Params != "" {
			fmt.Fprintf(b, "a=fmtp:%d %s\r\n", m.PT, m.Params)
		}
	}
	if l.Ptime > 0 {
		fmt.Fprintf(b, "a=ptime:%d\r\n", l.Ptime)
	}
	if l.MaxPtime > 0 {
		fmt.Fprintf(b, "a=maxptime:%d\r\n", l.MaxPtime)
	}
	if l.RTCP.Port > 0 {
		fmt.Fprintf(b, "a=rtcp:%d", l.RTCP.Port)
		if a, err := netip.ParseAddr(l.RTCP.Host); err == nil {
			b.WriteString(" " + connection(a))
		}
		b.WriteString("\r\n")
	}
	if l.RTCPMux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	for _, c := range l.Crypto {
		c.write(b)
	}
	fmt.Fprintf(b, "a=%s\r\n", l.Direction)
	writeAttrs(b, l.Attrs)
}

func writeAttrs(b *strings.Builder, attrs []Attr) {
	for _, a := range attrs {
		b.WriteString("a=" + a.Name)
		if a.Value != "" {
			b.WriteString(":" + a.Value)
		}
		b.WriteString("\r\n")
	}
}

// connection writes an address as o= and c= have it.
func connection(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return "IN IP4 0.0.0.0"
	case a.Is4():
		return "IN IP4 " + a.String()
	default:
		return "IN IP6 " + a.String()
	}
}

// After gives the description the identity of the one sent before it in the same dialog: the same session id, and the next version if and
// only if something changed (RFC 3264 §8, RFC 8866 §5.2).
func (s Session) After(sent Session) Session {
	s.Origin = sent.Origin
	if string(s.Bytes()) != string(sent.Bytes()) {
		s.Origin.Version++
	}
	return s
}

// address is where the line's media goes.
func (s Session) address(l Line) netip.Addr {
	if l.Connection.IsValid() {
		return l.Connection
	}
	return s.Connection
}

func atoi(s string, lo, hi int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= lo && n <= hi
}
