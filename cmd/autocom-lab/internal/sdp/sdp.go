// Package sdp writes and reads the few lines of session description that one
// telephone call with G.711 audio and RFC 4733 digits needs.
package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A Direction is who may speak (RFC 3264 §5.1).
type Direction string

// The four directions, as one side writes them of itself.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Answer gives the direction that answers d when one's own wish is SendRecv.
func (d Direction) Answer() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	case Inactive:
		return Inactive
	default:
		return SendRecv
	}
}

// Sends reports whether the side that wrote d may send.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// A Session is one side's description of one audio stream.
type Session struct {
	Addr      netip.AddrPort // where RTP is received
	Codecs    []uint8        // payload types in order of wish: 0 PCMU, 8 PCMA
	Event     uint8          // payload type of telephone-event; 0 without
	Direction Direction
	Version   uint64 // of the origin line; raised by each change (RFC 3264 §8)
}

// Bytes writes the session.
func (s Session) Bytes() []byte {
	family := "IP4"
	if s.Addr.Addr().Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=lab 1 %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP",
		s.Version+1, family, s.Addr.Addr(), family, s.Addr.Addr(), s.Addr.Port())
	for _, pt := range s.Codecs {
		fmt.Fprintf(&b, " %d", pt)
	}
	if s.Event != 0 {
		fmt.Fprintf(&b, " %d", s.Event)
	}
	b.WriteString("\r\n")
	for _, pt := range s.Codecs {
		name := "PCMU"
		if pt == 8 {
			name = "PCMA"
		}
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", pt, name)
	}
	if s.Event != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n", s.Event, s.Event)
	}
	d := s.Direction
	if d == "" {
		d = SendRecv
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", d)
	return []byte(b.String())
}

// Parse reads the first audio stream of a description.
func Parse(b []byte) (Session, error) {
	s := Session{Direction: SendRecv}
	var session, media netip.Addr
	var port uint64
	in, audio := false, false // in a media section; in the first audio one
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		k, v, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		f := strings.Fields(v)
		switch {
		case k == "m":
			audio = !in && len(f) >= 4 && f[0] == "audio"
			if in || !audio {
				in = in || audio
				audio = false
				continue
			}
			in = true
			var err error
			if port, err = strconv.ParseUint(f[1], 10, 16); err != nil {
				return s, fmt.Errorf("sdp: port %.10q", f[1])
			}
			for _, t := range f[3:] {
				if t == "0" || t == "8" {
					s.Codecs = append(s.Codecs, t[0]-'0')
				}
			}
		case k == "c" && len(f) == 3:
			a, err := netip.ParseAddr(f[2])
			if err != nil {
				return s, fmt.Errorf("sdp: address %.40q", f[2])
			}
			if !in {
				session = a
			} else if audio {
				media = a
			}
		case k == "a" && (audio || !in):
			s.attribute(v)
		}
	}
	if !in {
		return s, errors.New("sdp: no audio stream")
	}
	if !media.IsValid() {
		media = session
	}
	if !media.IsValid() {
		return s, errors.New("sdp: no connection address")
	}
	s.Addr = netip.AddrPortFrom(media, uint16(port))
	return s, nil
}

func (s *Session) attribute(v string) {
	switch d := Direction(v); d {
	case SendRecv, SendOnly, RecvOnly, Inactive:
		s.Direction = d
		return
	}
	rest, ok := strings.CutPrefix(v, "rtpmap:")
	if !ok {
		return
	}
	pt, enc, _ := strings.Cut(rest, " ")
	if n, err := strconv.ParseUint(pt, 10, 7); err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(enc)), "telephone-event/8000") {
		s.Event = uint8(n)
	}
}

// Common gives the first codec of ours that theirs holds too.
func Common(ours, theirs []uint8) (uint8, bool) {
	for _, t := range theirs {
		for _, o := range ours {
			if o == t {
				return o, true
			}
		}
	}
	return 0, false
}
