package leg

import "time"

// farewellGap is how far above the last sequence number that was written down a farewell is numbered: a request may have been sent after
// the last writing (RFC 3261 §12.2.1.1 only asks for a rising number).
const farewellGap = 16

// Farewell is what ends a dialog whose owner died: BYE for a confirmed one, CANCEL for each contact that was ringing.
func Farewell(now time.Time, s *State) []SendRequest {
	st := &step{State: s, now: now}
	s.Serial += 1000 // the names of transactions too may have been used
	if s.Confirmed() && s.Phase != Ending {
		s.Dialog.LocalSeq += farewellGap
		st.request(&s.Dialog, "BYE", false, []Header{{"Reason", `SIP;cause=503;text="Restarted"`}}, nil)
	}
	for _, b := range s.Branches {
		if s.Phase == Calling && b.Phase != Lost && b.Phase != Waiting || b.Phase == Unwanted || b.Phase == Cancelled {
			m := b.Invite
			m.Method, m.Body, m.BodyType, m.Contact, m.Extra = "CANCEL", nil, "", "", nil
			st.emit(SendRequest{m, b.Dialog.Flow}) // the same Via: that is how it finds its INVITE (RFC 3261 §9.1)
		}
	}
	var out []SendRequest
	for _, e := range st.effects {
		if r, ok := e.(SendRequest); ok {
			out = append(out, r)
		}
	}
	return out
}
