package presence

import (
	"fmt"
	"slices"
	"time"

	"autocom/appliance/sipedge/leg"
)

// step is one Step in progress.
type step struct {
	*State
	now     time.Time
	effects []Effect
}

// Step lets one thing happen to the subscription and returns what its owner has to do, in order.
func (s *State) Step(now time.Time, in Input) []Effect {
	st := &step{State: s, now: now}
	if s.Phase < phases {
		if c := table()[in.kind()][s.Phase]; c.do != nil {
			c.do(st, in)
		}
	}
	return st.effects
}

func (s *step) emit(e Effect) { s.effects = append(s.effects, e) }

func (s *step) refuse(tx Tx, status int) { s.emit(SendResponse{Tx: tx, Status: status}) }

// grant answers 200 and starts the clock.
func (s *step) grant(tx Tx, seconds int) {
	s.Expires = s.now.Add(time.Duration(seconds) * time.Second)
	s.emit(SendResponse{Tx: tx, Status: 200, Seconds: seconds})
	s.emit(StartTimer{Timer: TimerExpiry, After: s.Expires.Sub(s.now)})
}

// subscribed: the first NOTIFY goes at once, with full state (RFC 6665 §4.2.1.2).
func (s *step) subscribed(in Subscribed) {
	s.Version = StateVersion
	s.grant(in.Tx, in.Seconds)
	s.notify()
}

// fetched: state once, and no subscription (RFC 6665 §4.4.3).
func (s *step) fetched(in Unsubscribed) {
	s.Version = StateVersion
	s.emit(SendResponse{Tx: in.Tx, Status: 200})
	s.Reason = ReasonTimeout
	s.last()
}

// inOrder tells a SUBSCRIBE that comes after the one before it, and answers one that does not (RFC 3261 §12.2.2).
func (s *step) inOrder(tx Tx, cseq uint32) bool {
	if cseq <= s.Dialog.RemoteSeq {
		s.refuse(tx, 500)
		return false
	}
	s.Dialog.RemoteSeq = cseq
	return true
}

// prolong takes what a refresh says. It reports false when it was refused.
func (s *step) prolong(in Refreshed) bool {
	if !s.inOrder(in.Tx, in.CSeq) {
		return false
	}
	if in.Target != "" {
		s.Dialog.Target = in.Target
	}
	s.Dialog.Flow = in.Flow
	if in.Agent != "" {
		s.Agent = in.Agent
	}
	s.Tries = 0
	s.grant(in.Tx, in.Seconds)
	return true
}

func (s *step) refreshed(in Refreshed) {
	if s.prolong(in) {
		s.notify()
	}
}

func (s *step) refreshedBusy(in Refreshed) {
	if s.prolong(in) {
		s.Phase = Behind
	}
}

func (s *step) unsubscribed(in Unsubscribed) {
	if s.inOrder(in.Tx, in.CSeq) {
		s.Dialog.Flow = in.Flow
		s.emit(SendResponse{Tx: in.Tx, Status: 200})
		s.Reason = ReasonTimeout
		s.last()
	}
}

func (s *step) unsubscribedBusy(in Unsubscribed) {
	if s.inOrder(in.Tx, in.CSeq) {
		s.Dialog.Flow = in.Flow
		s.emit(SendResponse{Tx: in.Tx, Status: 200})
		s.leave(ReasonTimeout)
	}
}

// changed sends at once, or as soon as the interval allows it.
func (s *step) changed(StateChanged) {
	if rest := s.Sent.Add(Interval).Sub(s.now); rest > 0 {
		s.Phase = Spacing
		s.emit(StartTimer{Timer: TimerSend, After: min(rest, Interval)})
		return
	}
	s.notify()
}

// destroys tells the answers to a NOTIFY that end the subscription: its phone knows nothing of it, or never will (RFC 6665 §4.2.2, RFC 5057
// §5.1). All others, and silence, are a phone that is asleep, far or overworked: lamps that such answers put out for good are the complaint.
func destroys(status int) bool {
	return slices.Contains([]int{404, 405, 410, 416, 481, 484, 485, 489, 501, 604}, status)
}

// answered takes the answer to the NOTIFY that is out. It reports false when nothing more is to do.
func (s *step) answered(in NotifyAnswered) bool {
	switch {
	case in.Via != s.Via || in.Status < 200:
		return false
	case destroys(in.Status):
		s.over()
		return false
	case in.Status >= 300:
		s.put(in.RetryAfter)
		return false
	}
	s.Tries, s.Via = 0, ""
	return true
}

func (s *step) notifyAnswered(in NotifyAnswered) {
	if s.answered(in) {
		s.Phase = Active
	}
}

func (s *step) behindAnswered(in NotifyAnswered) {
	if s.answered(in) {
		s.changed(StateChanged{})
	}
}

func (s *step) leavingAnswered(in NotifyAnswered) {
	switch {
	case in.Via != s.Via || in.Status < 200:
	case destroys(in.Status):
		s.over()
	default:
		s.last()
	}
}

func (s *step) lastAnswered(in NotifyAnswered) {
	if in.Via == s.Via && in.Status >= 200 {
		s.over()
	}
}

func (s *step) notifyFailed(in NotifyFailed) {
	if in.Via == s.Via {
		s.put(0)
	}
}

func (s *step) leavingFailed(in NotifyFailed) {
	if in.Via == s.Via {
		s.last()
	}
}

func (s *step) lastFailed(in NotifyFailed) {
	if in.Via == s.Via {
		s.over()
	}
}

// put puts the state off: it goes out in full later. A phone that asks for more time than is left gets its last NOTIFY instead.
func (s *step) put(wait time.Duration) {
	if wait <= 0 {
		wait = min(firstRetry<<min(s.Tries, 16), lastRetry)
	}
	s.Tries++
	s.Via, s.Shown = "", Nothing
	s.Phase = Waiting
	s.emit(StartTimer{Timer: TimerSend, After: min(wait, MaxExpires*time.Second)})
}

// later is put for a connection that is gone: the phone comes back by another, and until then trying costs little.
func (s *step) later(FlowClosed) { s.put(0) }

func (s *step) expired(Expired) {
	s.Reason = ReasonTimeout
	s.last()
}

func (s *step) stopped(in Stopped) {
	s.Reason = in.Reason
	s.last()
}

// leave ends the subscription as soon as the NOTIFY that is out is answered: two never overlap.
func (s *step) leave(why Reason) {
	s.Reason = why
	s.Phase = Leaving
	s.emit(StopTimer{TimerExpiry})
}

func (s *step) restarted(in Restarted) {
	s.Dialog.LocalSeq += in.Skip
	s.Edition += in.Skip
	s.Via, s.Tries, s.Shown = "", 0, Nothing
	s.Phase = Waiting
	s.emit(StartTimer{Timer: TimerExpiry, After: s.Expires.Sub(s.now)})
	s.emit(StartTimer{Timer: TimerSend, After: in.After})
}

func (s *step) fired(TimerFired) { s.notify() }

// notify sends the newest state.
func (s *step) notify() {
	s.Phase = Notifying
	s.emit(StopTimer{TimerSend})
	left := max(0, int(s.Expires.Sub(s.now)/time.Second))
	s.send(fmt.Sprintf("active;expires=%d", left), false)
}

// last sends the last NOTIFY. A phone that fetched, or whose time ran out, is shown the state once more; the others have nothing to be shown.
func (s *step) last() {
	s.Phase = Terminating
	s.emit(StopTimer{TimerSend})
	s.emit(StopTimer{TimerExpiry})
	s.send("terminated;reason="+string(s.Reason), s.Reason != ReasonTimeout)
}

func (s *step) send(state string, bare bool) {
	s.Dialog.LocalSeq++
	s.Edition++
	s.Sent = s.now
	s.Via = fmt.Sprintf("z9hG4bK%s.%d", s.Seed, s.Dialog.LocalSeq)
	d := &s.Dialog
	s.emit(SendNotify{Flow: d.Flow, Bare: bare, Msg: leg.Request{
		Method: "NOTIFY", URI: d.Target, From: d.Local, To: d.Remote, CallID: d.CallID, CSeq: d.LocalSeq, Via: s.Via,
		Contact: d.Contact, Routes: d.Routes,
		Extra: []leg.Header{{Name: "Event", Value: s.Topic.header()}, {Name: "Subscription-State", Value: state}},
	}})
}

func (s *step) over() {
	s.Phase = Over
	s.emit(StopTimer{TimerSend})
	s.emit(StopTimer{TimerExpiry})
	s.emit(Forget{})
}
