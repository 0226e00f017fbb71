package leg

import (
	"errors"
	"net/netip"
	"strings"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/sdp"
)

// Offer and answer (RFC 3264), on top of sipedge/sdp.

// prefs is the codecs we take, the one in use first: a change without need is heard.
func (s *step) prefs() []plan.Codec {
	if s.Session.Media != (plan.Media{}) && s.Session.Media.Codec == plan.PCMU {
		return []plan.Codec{plan.PCMU, plan.PCMA}
	}
	return []plan.Codec{plan.PCMA, plan.PCMU}
}

// local is our end as a description has it.
func (s *step) local() sdp.Local {
	l := sdp.Local{Port: s.Session.Port.Port, Ptime: sdp.DefaultPtime}
	l.Addr, _ = netip.ParseAddr(s.Session.Port.Host)
	h := uint64(0)
	for _, c := range []byte(s.Seed) {
		h = h*31 + uint64(c)
	}
	l.ID = h >> 16 // some peers read it as a signed 64 bit number, or worse
	s.protect(&l)
	return l
}

// say keeps what we describe ourselves as, with the version after the one before (RFC 3264 §8).
func (s *step) say(d sdp.Session) {
	if sent, err := sdp.Parse(s.Session.Ours); err == nil && len(s.Session.Ours) > 0 {
		d = d.After(sent)
	}
	s.Session.Ours = d.Bytes()
}

// writeOffer makes our offer. Where SRTP is required and its keys may not be sent, what stands in its place has no sound in it; who must not
// send that asks tryOffer.
func (s *step) writeOffer() { _ = s.tryOffer() }

// tryOffer is writeOffer, and says when the offer has no sound. A later offer keeps the lines of the one before in their places (RFC 3264 §8).
func (s *step) tryOffer() error {
	sent, err := sdp.Parse(s.Session.Ours)
	if err != nil {
		sent = sdp.Session{}
	}
	local := s.local()
	d, err := sdp.Reoffer(sent, local, s.prefs(), s.Session.Want)
	if err != nil {
		local.SRTP, local.Port = sdp.SRTPNever, 0
		d, _ = sdp.Reoffer(sent, local, s.prefs(), plan.Inactive) // nothing is asked for that could be refused
	}
	s.say(d)
	return err
}

// readOffer checks the offer of the first INVITE, before there is a port to answer with. It returns the status of the refusal, or 0.
func (s *step) readOffer(m Request) (status int) {
	offer, no := parseOffer(m)
	if no != 0 {
		return no
	}
	local := s.local()
	if local.NewKey != nil {
		local.NewKey = func(n int) []byte { return make([]byte, n) } // nobody hears of this answer
	}
	if _, _, err := sdp.Answer(offer, local, s.prefs(), plan.SendRecv); err != nil {
		s.warn(err)
		return 488
	}
	s.Session.Theirs = m.Body
	return 0
}

func isSDP(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), sdpType)
}

func parseOffer(m Request) (sdp.Session, int) {
	if !isSDP(m.BodyType) {
		return sdp.Session{}, 415
	}
	offer, err := sdp.Parse(m.Body)
	if err != nil {
		return sdp.Session{}, 400
	}
	return offer, 0
}

// refuseMedia refuses an offer; nothing else changes (RFC 3261 §14.2).
func (s *step) refuseMedia(tx Tx, status int) {
	status, reason, extra := s.mediaRefusal(status)
	s.answer(tx, status, reason, extra)
}

// mediaRefusal is how a description that cannot be taken is refused.
func (s *step) mediaRefusal(status int) (int, string, Header) {
	switch status {
	case 400:
		return 400, "Bad Session Description", Header{"Warning", `399 autocom "The session description cannot be read"`}
	case 415:
		return 415, "Unsupported Media Type", Header{"Accept", sdpType}
	default:
		warning := s.warning
		if warning == "" {
			warning = `305 autocom "Incompatible media format"`
		}
		return 488, "Not Acceptable Here", Header{"Warning", warning}
	}
}

// writeAnswer answers the offer of the first INVITE. Asked again, it says the same.
func (s *step) writeAnswer(dir plan.Direction) error {
	if s.Early {
		return nil
	}
	offer, err := sdp.Parse(s.Session.Theirs)
	if err != nil {
		return err
	}
	return s.settleOffer(offer, s.Dialog.Flow, dir)
}

func (s *step) settleOffer(offer sdp.Session, flow Flow, dir plan.Direction) error {
	local := s.local()
	local.Secure = local.Secure && flow.Transport.Secure() // the answer goes back the way the offer came
	d, media, err := sdp.Answer(offer, local, s.prefs(), dir)
	if err != nil {
		s.warn(err)
		return err
	}
	s.say(d)
	s.Session.Stale = false
	s.agree(media, flow)
	return nil
}

// reanswer answers an offer inside the dialog. It returns the status of a refusal, which leaves everything as it was, or 0.
func (s *step) reanswer(m Request) (status int) {
	offer, no := parseOffer(m)
	if no != 0 {
		return no
	}
	if s.settleOffer(offer, s.cameBy(m), s.Session.Want) != nil {
		return 488
	}
	s.Session.Theirs = m.Body
	s.updatePort()
	return 0
}

var errNoAnswer = errors.New("leg: no session description in the answer")

// readAnswer takes the peer's answer to our offer.
func (s *step) readAnswer(body []byte, bodyType string) error {
	return s.readAnswerFrom(s.Dialog.Flow, s.Session.Ours, body, bodyType)
}

// readAnswerFrom takes the answer to an offer of ours that a peer along flow gave.
func (s *step) readAnswerFrom(flow Flow, ours, body []byte, bodyType string) error {
	if len(body) == 0 || !isSDP(bodyType) {
		return errNoAnswer
	}
	answer, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	offer, err := sdp.Parse(ours)
	if err != nil {
		return err
	}
	media, err := sdp.Accept(offer, answer)
	if err != nil {
		return err
	}
	s.Session.Theirs = body
	s.Session.Stale = false
	was := s.Session.Media
	s.agree(media, flow)
	if s.Session.Media != was {
		s.PortTries = 0
	}
	s.updatePort()
	return nil
}

// agree notes what was agreed, with what the media port must know of where the peer is.
func (s *step) agree(m plan.Media, flow Flow) {
	m.Signalled = flow.Remote.Addr().String()
	m.AnyPeer = s.Session.AnyPeer
	m.Raw = s.Policy.Sound.Raw
	s.Session.Media = m
}
