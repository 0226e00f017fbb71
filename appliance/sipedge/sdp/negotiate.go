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

// Local is our end of a leg: where we listen.
type Local struct {
	Addr    netip.Addr // that the peer sends to
	Port    int        // of RTP; RTCP is the next one
	ID      uint64     // of the session, the same for the whole dialog
	Ptime   int        // ms we offer: 10, 20 or 30; 0 is 20
	RTCPMux bool       // we can take RTCP on the RTP port
	NoEvent bool       // do not offer telephone events
	Raw     bool       // fax, payment terminal, lift alarm: plain G.711 with nothing beside it, and no silence suppression (RFC 3108 §5.6.3.4)

	SRTP   SRTPPolicy
	Secure bool               // nobody on the way can read the signalling
	Was    plan.SRTP          // what protects the dialog's sound so far
	NewKey func(n int) []byte // n bytes that nobody can guess, new at each call; without it SRTP cannot be had
}

// Offer makes the first offer of a dialog, codecs in order of preference. Give a later one its identity with [Session.After]. The error is a
// *[NotAcceptable]: SRTP is required, and keys may not be sent.
func Offer(local Local, codecs []plan.Codec, dir plan.Direction) (Session, error) {
	return Reoffer(Session{}, local, codecs, dir)
}

// Reoffer makes a later offer: the lines of sent, which is what we described ourselves as last, stay in their places, and the payload types
// keep their meaning (RFC 3264 §8, §8.3.2). Its keys are new; to offer the old ones, send the old description.
func Reoffer(sent Session, local Local, codecs []plan.Codec, dir plan.Direction) (Session, error) {
	live := slices.IndexFunc(sent.Lines, func(l Line) bool { return l.Port != 0 && strings.EqualFold(l.Kind, "audio") })
	was := Line{Proto: avp}
	if live >= 0 {
		was = sent.Lines[live]
	}
	l := Line{
		Kind: "audio", Port: local.Port, Proto: was.Proto, Ptime: packetTime(local.Ptime, 0), Direction: dir, RTCPMux: local.RTCPMux,
	}
	for _, c := range codecs {
		_, pt, known := was.best([]plan.Codec{c})
		if !known {
			pt = uint8(c)
		}
		l.add(c, pt)
	}
	if !local.NoEvent && !local.Raw {
		pt, known := was.event()
		if !known {
			pt = freeType(was)
		}
		l.addEvent(pt)
	}
	local.plain(&l)
	if why := local.protect(&l); why != nil {
		return Session{}, why
	}
	lines := []Line{l}
	if live >= 0 {
		lines = slices.Clone(sent.Lines)
		for i := range lines {
			lines[i].Port, lines[i].Crypto = 0, nil
		}
		lines[live] = l
	}
	return local.session(lines...), nil
}

// freeType is the payload type we give telephone events: one that meant something else before may not mean them now.
func freeType(was Line) uint8 {
	for pt := uint8(DefaultEventPT); pt < 128; pt++ {
		if !slices.Contains(was.Formats, strconv.Itoa(int(pt))) {
			return pt
		}
	}
	return 96
}

// Answer works out our answer to an offer. Of the audio lines that have a codec of prefs, the first that is protected is taken, else the first,
// with the codec that we like best; the other lines are refused in their places (RFC 3264 §6). dir is what we would do if the peer let us. The
// error is a *[NotAcceptable] (488).
func Answer(offer Session, local Local, prefs []plan.Codec, dir plan.Direction) (Session, plan.Media, error) {
	refused := &NotAcceptable{Code: 304, Why: "no audio line that we can take"}
	chosen := -1
	var codec plan.Codec
	var pt uint8
	var by choice
	for i, l := range offer.Lines {
		why := usable(offer, l)
		if why == nil {
			c, n, ok := l.best(prefs)
			if !ok {
				why = &NotAcceptable{Code: 305, Why: "no codec in common"}
			} else {
				var how choice
				if how, why = local.secureBy(l); why == nil && (chosen < 0 || how.on && !by.on) {
					chosen, codec, pt, by = i, c, n, how
				}
			}
		}
		if why != nil && strings.EqualFold(l.Kind, "audio") && l.Port != 0 {
			refused = why
		}
	}
	if chosen < 0 {
		return Session{}, plan.Media{}, refused
	}
	theirs := offer.Lines[chosen]
	media := offer.media(theirs, codec, pt)
	media.Direction = both(dir, offer.peerDirection(theirs).Reverse())
	media.RTCPMux = theirs.RTCPMux && local.RTCPMux
	if local.NoEvent || local.Raw {
		media.EventPT = 0
	}

	ours := Line{
		Kind: theirs.Kind, Port: local.Port, Proto: theirs.Proto, Ptime: media.Ptime,
		Direction: media.Direction, RTCPMux: media.RTCPMux,
	}
	ours.add(codec, pt)
	if media.EventPT != 0 {
		ours.addEvent(media.EventPT)
	}
	local.plain(&ours)
	if by.on {
		var c Crypto
		c, media.SRTP = local.answer(by)
		ours.Crypto = []Crypto{c}
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

// plain says of a line for modems that nothing may be left out of it.
func (local Local) plain(l *Line) {
	if local.Raw {
		l.Attrs = append(l.Attrs, Attr{"silenceSupp", "off - - - -"})
	}
}

// Accept works out what our offer and the peer's answer to it agreed. The error is a *[NotAcceptable]: the call cannot stand, since the
// peer refused our audio, answered what was not offered, or left a protected line open.
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
		if _, secure := protocol(ours.Proto); secure {
			if _, kept := protocol(theirs.Proto); !kept {
				return plan.Media{}, &NotAcceptable{Code: 302, Why: "the answer is not protected"}
			}
		}
		m, why := agreed(ours, theirs, answer)
		if why != nil {
			return plan.Media{}, why
		}
		if m.SRTP, why = accepted(ours, theirs); why != nil {
			return plan.Media{}, why
		}
		return m, nil
	}
	return plan.Media{}, &NotAcceptable{Code: 304, Why: "no audio was offered"}
}

// agreed is what one line of an answer makes of ours. Of what they answered they like the first best (RFC 3264 §6.1), and it must have been
// offered.
func agreed(ours, theirs Line, answer Session) (plan.Media, *NotAcceptable) {
	for _, f := range theirs.Formats {
		codec, pt, ok := theirs.codec(f)
		if !ok {
			continue
		}
		if _, _, offered := ours.best([]plan.Codec{codec}); !offered {
			continue
		}
		m := answer.media(theirs, codec, pt)
		m.Direction = both(ours.Direction, answer.peerDirection(theirs).Reverse())
		m.RTCPMux = ours.RTCPMux && theirs.RTCPMux
		if _, offered := ours.event(); !offered {
			m.EventPT = 0
		}
		return m, nil
	}
	return plan.Media{}, &NotAcceptable{Code: 305, Why: "the answer has no codec that was offered"}
}

// usable tells why a line cannot be taken, whatever its codecs.
func usable(s Session, l Line) *NotAcceptable {
	addr := s.address(l)
	known, _ := protocol(l.Proto)
	switch {
	case !strings.EqualFold(l.Kind, "audio"):
		return &NotAcceptable{Code: 304, Why: "not audio"}
	case l.Port == 0:
		return &NotAcceptable{Code: 304, Why: "the audio line is refused"}
	case !known:
		return &NotAcceptable{Code: 302, Why: "transport protocol " + printable(l.Proto) + " is not spoken here"}
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
func (s Session) media(l Line, codec plan.Codec, pt uint8) plan.Media {
	m := plan.Media{Codec: codec, Ptime: packetTime(l.Ptime, l.MaxPtime)}
	if pt != uint8(codec) {
		m.DynamicPT = pt
	}
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

// best is the first codec of prefs that the line has, and its payload type there.
func (l Line) best(prefs []plan.Codec) (plan.Codec, uint8, bool) {
	for _, want := range prefs {
		for _, f := range l.Formats {
			if c, pt, ok := l.codec(f); ok && c == want {
				return c, pt, true
			}
		}
	}
	return 0, 0, false
}

// codec tells which of our codecs a format is: the static payload types, unless rtpmap gives them another meaning, and the dynamic ones that
// rtpmap gives this meaning (RFC 3551 §6).
func (l Line) codec(format string) (plan.Codec, uint8, bool) {
	n, ok := atoi(format, 0, 127)
	if !ok {
		return 0, 0, false
	}
	pt := uint8(n)
	i := slices.IndexFunc(l.Maps, func(m Map) bool { return m.PT == pt && m.Name != "" })
	switch c := plan.Codec(pt); {
	case i < 0:
		return c, pt, c == plan.PCMA || c == plan.PCMU
	case l.Maps[i].Clock != 8000 || l.Maps[i].Channels > 1:
		return 0, 0, false
	case c == plan.PCMA || c == plan.PCMU:
		return c, pt, strings.EqualFold(l.Maps[i].Name, c.String())
	case pt >= 96 && strings.EqualFold(l.Maps[i].Name, plan.PCMA.String()):
		return plan.PCMA, pt, true
	case pt >= 96 && strings.EqualFold(l.Maps[i].Name, plan.PCMU.String()):
		return plan.PCMU, pt, true
	default:
		return 0, 0, false
	}
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

func (l *Line) add(c plan.Codec, pt uint8) {
	l.Formats = append(l.Formats, strconv.Itoa(int(pt)))
	l.Maps = append(l.Maps, Map{PT: pt, Name: c.String(), Clock: 8000})
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
