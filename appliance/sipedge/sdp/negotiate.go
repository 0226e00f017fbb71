package sdp

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/exchange/plan"
)

// DefaultEventPT is the payload type we offer for telephone events (RFC 4733).
const DefaultEventPT = 101

// DefaultPtime is the packet time when nobody says another, in ms.
const DefaultPtime = 20

const avp = "RTP/AVP"

// Local is our end of a leg: where we listen.
type Local struct {
	Addr    netip.Addr // that the peer sends to
	Port    int        // of RTP; RTCP is the next one
	ID      uint64     // of the session, the same for the whole dialog
	Ptime   int        // ms we offer: 10, 20 or 30; 0 is 20
	RTCPMux bool       // we can take RTCP on the RTP port
	NoEvent bool       // do not offer telephone events
}

// Offer makes the first offer of a dialog, codecs in order of preference. Give a later one its identity with [Session.After].
func Offer(local Local, codecs []plan.Codec, dir plan.Direction) Session {
	l := Line{Kind: "audio", Port: local.Port, Proto: avp, Ptime: packetTime(local.Ptime, 0), Direction: dir, RTCPMux: local.RTCPMux}
	for _, c := range codecs {
		l.add(c)
	}
	if !local.NoEvent {
		l.addEvent(DefaultEventPT)
	}
	return local.session(l)
}

// Answer works out our answer to an offer: the first audio line with a codec of prefs is taken, with the codec that we like best; the other
// lines are refused in their places (RFC 3264 §6). dir is what we would do if the peer let us. The error is a *[NotAcceptable] (488).
func Answer(offer Session, local Local, prefs []plan.Codec, dir plan.Direction) (Session, plan.Media, error) {
	refused := &NotAcceptable{Code: 304, Why: "no audio line that we can take"}
	chosen := -1
	var codec plan.Codec
	for i, l := range offer.Lines {
		why := usable(offer, l)
		if why == nil {
			var ok bool
			if codec, ok = l.best(prefs); ok {
				chosen = i
				break
			}
			why = &NotAcceptable{Code: 305, Why: "no codec in common"}
		}
		if strings.EqualFold(l.Kind, "audio") && l.Port != 0 {
			refused = why
		}
	}
	if chosen < 0 {
		return Session{}, plan.Media{}, refused
	}
	theirs := offer.Lines[chosen]
	peer := offer.peerDirection(theirs)
	media := offer.media(theirs, codec)
	media.Direction = both(dir, peer.Reverse())
	media.RTCPMux = theirs.RTCPMux && local.RTCPMux
	if local.NoEvent {
		media.EventPT = 0
	}

	ours := Line{
		Kind: theirs.Kind, Port: local.Port, Proto: theirs.Proto, Ptime: media.Ptime,
		Direction: media.Direction, RTCPMux: media.RTCPMux,
	}
	ours.add(codec)
	if media.EventPT != 0 {
		ours.addEvent(media.EventPT)
	}
	lines := make([]Line, len(offer.Lines))
	for i, l := range offer.Lines {
		lines[i] = Line{Kind: l.Kind, Proto: l.Proto, Formats: slices.Clone(l.Formats), Direction: plan.Inactive}
		if i == chosen {
			lines[i] = ours
		}
	}
	return local.session(lines...), media, nil
}

// Accept works out what our offer and the peer's answer to it agreed. The error is a *[NotAcceptable]: the call cannot stand, since the
// peer refused our audio or answered what was not offered.
func Accept(offer, answer Session) (plan.Media, error) {
	if len(answer.Lines) != len(offer.Lines) {
		return plan.Media{}, &NotAcceptable{Code: 399, Why: "the answer has not as many lines as the offer"}
	}
	for i, ours := range offer.Lines {
		if ours.Port == 0 || !strings.EqualFold(ours.Kind, "audio") {
			continue
		}
		theirs := answer.Lines[i]
		if why := usable(answer, theirs); why != nil {
			return plan.Media{}, why
		}
		// Of what they answered they like the first best (RFC 3264 §6.1), and it must have been offered.
		for _, f := range theirs.Formats {
			codec, ok := theirs.codec(f)
			if !ok {
				continue
			}
			if _, offered := ours.best([]plan.Codec{codec}); !offered {
				continue
			}
			m := answer.media(theirs, codec)
			m.Direction = both(ours.Direction, answer.peerDirection(theirs).Reverse())
			m.RTCPMux = ours.RTCPMux && theirs.RTCPMux
			if _, offered := ours.event(); !offered {
				m.EventPT = 0
			}
			return m, nil
		}
		return plan.Media{}, &NotAcceptable{Code: 305, Why: "the answer has no codec that was offered"}
	}
	return plan.Media{}, &NotAcceptable{Code: 304, Why: "no audio was offered"}
}

// usable tells why a line cannot be taken, whatever its codecs.
func usable(s Session, l Line) *NotAcceptable {
	addr := s.address(l)
	switch {
	case !strings.EqualFold(l.Kind, "audio"):
		return &NotAcceptable{Code: 304, Why: "not audio"}
	case l.Port == 0:
		return &NotAcceptable{Code: 304, Why: "the audio line is refused"}
	case !strings.EqualFold(l.Proto, avp):
		return &NotAcceptable{Code: 302, Why: "transport protocol " + printable(l.Proto) + " is not RTP/AVP"}
	case !addr.IsValid():
		return &NotAcceptable{Code: 301, Why: "no connection address"}
	case addr.IsMulticast():
		return &NotAcceptable{Code: 330, Why: "multicast is not available"}
	default:
		return nil
	}
}

// printable keeps a token of the peer's fit for a quoted string.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '!' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, s[:min(len(s), 32)])
}

// held reports the old form of hold: an address of nobody (RFC 3264 §8.4, RFC 2543).
func (s Session) held(l Line) bool { return s.address(l).IsUnspecified() }

// peerDirection is what the author of a line does: with c=0.0.0.0 it may send but will not receive, whatever the attribute says.
func (s Session) peerDirection(l Line) plan.Direction {
	if !s.held(l) {
		return l.Direction
	}
	return both(l.Direction, plan.SendOnly)
}

// both is what remains when each side has its say; both are seen from the same side.
func both(a, b plan.Direction) plan.Direction {
	switch sends, receives := a.Sends() && b.Sends(), a.Receives() && b.Receives(); {
	case sends && receives:
		return plan.SendRecv
	case sends:
		return plan.SendOnly
	case receives:
		return plan.RecvOnly
	default:
		return plan.Inactive
	}
}

// media is what a media port needs to know of the peer's line. Direction and RTCPMux are the caller's to fill in.
func (s Session) media(l Line, codec plan.Codec) plan.Media {
	m := plan.Media{Codec: codec, Ptime: packetTime(l.Ptime, l.MaxPtime)}
	m.EventPT, _ = l.event()
	if s.held(l) {
		return m // nowhere to send to
	}
	host := s.address(l).String()
	m.Remote = plan.Endpoint{Host: host, Port: l.Port}
	if l.RTCP.Port != 0 {
		m.RTCP = plan.Endpoint{Host: host, Port: l.RTCP.Port}
		if l.RTCP.Host != "" {
			m.RTCP.Host = l.RTCP.Host
		}
	}
	return m
}

// packetTime is the packet time we send with when the peer would like want and bears at most limit (0: not said). What is none of 10, 20
// and 30 ms is 20.
func packetTime(want, limit int) int {
	switch want {
	case 10, 20, 30:
	default:
		want = DefaultPtime
	}
	if limit >= 10 && want > limit {
		want = limit / 10 * 10
	}
	return want
}

// best is the first codec of prefs that the line has.
func (l Line) best(prefs []plan.Codec) (plan.Codec, bool) {
	for _, want := range prefs {
		for _, f := range l.Formats {
			if c, ok := l.codec(f); ok && c == want {
				return c, true
			}
		}
	}
	return 0, false
}

// codec tells which of our codecs a format is: the static payload types, unless rtpmap gives them another meaning.
func (l Line) codec(format string) (plan.Codec, bool) {
	pt, ok := atoi(format, 0, 127)
	if !ok {
		return 0, false
	}
	c := plan.Codec(pt)
	if c != plan.PCMA && c != plan.PCMU {
		return 0, false
	}
	for _, m := range l.Maps {
		if int(m.PT) == pt && m.Name != "" && (!strings.EqualFold(m.Name, c.String()) || m.Clock != 8000 || m.Channels > 1) {
			return 0, false
		}
	}
	return c, true
}

// event is the payload type of telephone events at 8 kHz, whichever the author chose.
func (l Line) event() (uint8, bool) {
	for _, m := range l.Maps {
		if strings.EqualFold(m.Name, "telephone-event") && m.Clock == 8000 && m.PT >= 96 && slices.Contains(l.Formats, strconv.Itoa(int(m.PT))) {
			return m.PT, true
		}
	}
	return 0, false
}

func (l *Line) add(c plan.Codec) {
	l.Formats = append(l.Formats, strconv.Itoa(int(c)))
	l.Maps = append(l.Maps, Map{PT: uint8(c), Name: c.String(), Clock: 8000})
}

func (l *Line) addEvent(pt uint8) {
	l.Formats = append(l.Formats, strconv.Itoa(int(pt)))
	l.Maps = append(l.Maps, Map{PT: pt, Name: "telephone-event", Clock: 8000, Params: "0-16"})
}

func (local Local) session(lines ...Line) Session {
	return Session{
		Origin:     Origin{ID: local.ID, Version: 1, Addr: local.Addr},
		Connection: local.Addr,
		Lines:      lines,
	}
}
