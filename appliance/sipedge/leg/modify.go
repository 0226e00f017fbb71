package leg

import "autocom/appliance/exchange/plan"

// Changes of a session that nobody at the phone asked for: the proof of a trunk puts it on hold and refreshes it to see what the carrier does.

// Hold puts the peer on hold by a re-INVITE, or takes it back (RFC 3264 §8.4). LegHeld says that it was taken.
type Hold struct{ On bool }

// Refresh sends a session refresh now (RFC 4028 §7.4): UPDATE when the peer takes it, else a re-INVITE.
type Refresh struct{}

func (Hold) kind() Kind    { return KindHold }
func (Refresh) kind() Kind { return KindRefresh }

func (s *step) hold(in Hold) {
	want := plan.SendRecv
	if in.On {
		want = plan.SendOnly
	}
	if want == s.Session.Want || s.offering() {
		return
	}
	s.Session.Want = want
	if s.tryOffer() != nil { // SRTP that may not be: what stands was agreed before
		return
	}
	s.become(Modifying)
	s.request(&s.Dialog, "INVITE", false, s.sessionHeaders(), s.Session.Ours)
}

func (s *step) refreshNow(Refresh) {
	if s.offering() || s.mineOf("UPDATE") >= 0 {
		return // something of ours is out: its answer is as good
	}
	s.sendRefresh()
}
