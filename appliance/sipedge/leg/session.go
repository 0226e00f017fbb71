package leg

import (
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange"
)

// Session timers (RFC 4028): one side says again and again that the call is still there, and a call of which nothing is heard any more ends.

// SessionTimer is the session interval that both sides agreed on.
type SessionTimer struct {
	Expires time.Duration `json:"expires"`
	Ours    bool          `json:"ours,omitempty"`  // we refresh; else the peer does
	Since   time.Time     `json:"since"`           // of the last refresh
	Asked   bool          `json:"asked,omitempty"` // we sent a refresh since: from there on the end is watched
}

// longestSE bounds the interval a peer can make us take.
const longestSE = 24 * time.Hour

// refreshAgain is how soon a refresh that could not be sent, or was not taken, is tried again.
const refreshAgain = 5 * time.Second

// margin is how long before the end of the interval the call is ended (RFC 4028 §10).
func (t *SessionTimer) margin() time.Duration { return min(32*time.Second, t.Expires/3) }

// sessionExpires reads Session-Expires. refresher is "uac", "uas" or nothing.
func sessionExpires(list []Header) (interval time.Duration, refresher string, ok bool) {
	v, ok := header(list, "Session-Expires")
	if !ok {
		return 0, "", false
	}
	v, params, _ := strings.Cut(v, ";")
	interval = seconds(v)
	for p := range strings.SplitSeq(params, ";") {
		if name, is, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "refresher") {
			switch is = strings.TrimSpace(is); {
			case strings.EqualFold(is, "uac"):
				refresher = "uac"
			case strings.EqualFold(is, "uas"):
				refresher = "uas"
			}
		}
	}
	return interval, refresher, interval > 0
}

func minSE(list []Header) time.Duration {
	v, _ := header(list, "Min-SE")
	v, _, _ = strings.Cut(v, ";")
	return seconds(v)
}

func seconds(v string) time.Duration {
	return min(time.Duration(number(v))*time.Second, longestSE)
}

func inSeconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// asked keeps what a request says of the session interval.
func asked(list []Header) (kept []Header) {
	for _, h := range list {
		if strings.EqualFold(h.Name, "Session-Expires") || strings.EqualFold(h.Name, "Min-SE") {
			kept = append(kept, h)
		}
	}
	return clip(kept)
}

// tooBrief reports whether a request asks for a shorter interval than we take, and the header of the 422 (RFC 4028 §9). A peer that does not
// know session timers did not write it: a proxy did, and cannot be told.
func (s *step) tooBrief(m Request) (Header, bool) {
	interval, _, ok := sessionExpires(m.Extra)
	least := s.Policy.minSE()
	knows := s.Able.Timer || lists(m.Extra, "Supported", tagTimer)
	return Header{"Min-SE", inSeconds(least)}, ok && knows && interval < least
}

// session works out the session timer of a request that we answer with 2xx (RFC 4028 §9), starts it, and says what the 2xx says of it.
func (s *step) session(list []Header) []Header {
	want, refresher, has := sessionExpires(list)
	ours := s.Policy.sessionExpires()
	if !has && (ours == 0 || !s.Able.Timer) {
		s.noSession()
		return nil
	}
	interval := max(ours, minSE(list))
	if has {
		interval = want
		if ours > 0 && ours < want {
			interval = min(want, max(ours, minSE(list)))
		}
	}
	t := &SessionTimer{Expires: max(interval, leastSE), Ours: true}
	if s.Able.Timer {
		keeps := refresher == "" && s.Timer != nil && !s.Timer.Ours // RFC 4028 §9: the roles stay as they are
		t.Ours = refresher != "uac" && !keeps
	}
	s.renew(t)
	if t.Ours {
		return []Header{{"Session-Expires", inSeconds(t.Expires) + ";refresher=uas"}}
	}
	return []Header{{"Require", tagTimer}, {"Session-Expires", inSeconds(t.Expires) + ";refresher=uac"}}
}

// sessionAgreed takes the interval from the 2xx to a request of ours (RFC 4028 §7.2). Without one there is no session timer.
func (s *step) sessionAgreed(m Response) {
	interval, refresher, ok := sessionExpires(m.Extra)
	if !ok {
		s.noSession()
		return
	}
	s.renew(&SessionTimer{Expires: max(interval, leastSE), Ours: refresher != "uas"})
}

// sessionHeaders is what a request of ours says of the session interval.
func (s *step) sessionHeaders() []Header {
	interval, who := max(s.Policy.sessionExpires(), s.LeastSE), ""
	if s.Policy.sessionExpires() == 0 {
		interval = 0
	}
	if s.Timer != nil {
		interval, who = max(s.Timer.Expires, s.LeastSE), ";refresher=uas"
		if s.Timer.Ours {
			who = ";refresher=uac"
		}
	}
	if interval == 0 {
		return nil
	}
	list := []Header{{"Session-Expires", inSeconds(interval) + who}}
	if least := max(s.Policy.minSE(), s.LeastSE); least > leastSE {
		list = append(list, Header{"Min-SE", inSeconds(least)})
	}
	return list
}

// withSession replaces what a request said of the session interval.
func (s *step) withSession(extra []Header) []Header {
	kept := make([]Header, 0, len(extra)+2)
	for _, h := range extra {
		if !strings.EqualFold(h.Name, "Session-Expires") && !strings.EqualFold(h.Name, "Min-SE") {
			kept = append(kept, h)
		}
	}
	return append(kept, s.sessionHeaders()...)
}

// lengthened takes the Min-SE of a 422 (RFC 4028 §7.3) and reports whether a longer interval is worth a try.
func (s *step) lengthened(m Response) bool {
	least := minSE(m.Extra)
	if least <= s.LeastSE || s.Policy.sessionExpires() == 0 && s.Timer == nil {
		return false
	}
	s.LeastSE = least
	return true
}

// noSession is a dialog without a session timer.
func (s *step) noSession() {
	if s.Timer == nil {
		return
	}
	if s.Timer.Ours {
		s.stop(TimerSession, 0)
	}
	if !s.Timer.Ours || s.Timer.Asked {
		s.stop(TimerExpiry, 0)
	}
	s.Timer = nil
}

// renew begins an interval.
func (s *step) renew(t *SessionTimer) {
	if s.Timer != nil && s.Timer.Ours != t.Ours || s.Timer != nil && s.Timer.Asked {
		s.noSession()
	}
	s.Timer = t
	t.Since = s.now
	s.runSession()
}

// runSession starts the timers with what is left of the interval.
func (s *step) runSession() {
	t := s.Timer
	if t == nil {
		return
	}
	if t.Ours {
		s.start(TimerSession, 0, max(t.Expires/2-s.passed(), time.Second))
	}
	if !t.Ours || t.Asked {
		s.watchExpiry()
	}
}

// passed is how much of the interval is over.
func (s *step) passed() time.Duration { return max(s.now.Sub(s.Timer.Since), 0) }

func (s *step) watchExpiry() {
	s.start(TimerExpiry, 0, max(s.Timer.Expires-s.Timer.margin()-s.passed(), refreshAgain))
}

// refreshDue is the time for a refresh of ours (RFC 4028 §10).
func (s *step) refreshDue() {
	t := s.Timer
	if t == nil || !t.Ours {
		return
	}
	if !t.Asked {
		t.Asked = true
		s.watchExpiry()
	}
	if s.Phase != Up || s.offering() || s.mineOf("UPDATE") >= 0 {
		s.start(TimerSession, 0, refreshAgain)
		return
	}
	s.sendRefresh()
}

// sendRefresh sends a refresh (RFC 4028 §7.4): UPDATE when the peer takes it, else a re-INVITE with the description as it is.
func (s *step) sendRefresh() {
	if s.Able.Update {
		s.request(&s.Dialog, "UPDATE", false, s.sessionHeaders(), nil)
		return
	}
	s.become(Modifying)
	s.request(&s.Dialog, "INVITE", false, s.sessionHeaders(), s.Session.Ours)
	s.Pending[len(s.Pending)-1].Refresh = true
}

// sessionExpired is nobody having refreshed the session in time (RFC 4028 §10).
func (s *step) sessionExpired() {
	switch s.Phase {
	case Up, Modifying, Reanswering:
		s.bye(exchange.EndedExpired, Header{"Reason", `SIP;cause=408;text="Session timer expired"`})
	default: // not confirmed, or ended already
	}
}
