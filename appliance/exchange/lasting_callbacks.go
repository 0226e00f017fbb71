package exchange

import (
	"cmp"
	"slices"
	"strconv"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/routing"
)

// Callbacks outlive a cold start with the place they keep (FEATURES §8, Callback): times are of the wall clock there, since the box's own count began anew.

// afterRestart is how long nobody is called back after a cold start (ms): phones come back first, so that whose turn it is finds an agent.
const afterRestart = 10_000

// Wish is somebody who waits to be called back.
type Wish struct {
	ID       string       `json:"id"`
	Queue    string       `json:"queue"`
	Number   string       `json:"number,omitempty"` // empty: nobody can tell any more whom to call
	Subject  fact.Subject `json:"subject"`
	Of       fact.Subject `json:"of,omitempty"` // whose number it is, where a number cannot stand: the rim's
	Source   string       `json:"source"`
	KeepMS   int64        `json:"keep_ms,omitempty"`
	Serial   uint64       `json:"serial,omitempty"`
	Attempts int          `json:"attempts,omitempty"`
	Since    int64        `json:"since"`          // Unix ms: waiting since
	Due      int64        `json:"due,omitempty"`  // Unix ms: not before; 0: at once
	Until    int64        `json:"until"`          // Unix ms: given up then
	Rung     bool         `json:"rung,omitempty"` // an attempt was being made, and rang them
}

// wishes are who waits to be called back, oldest wish first.
func (s *State) wishes() []Wish {
	var out []Wish
	for _, k := range s.callbacks {
		w := Wish{
			ID: k.ID, Queue: k.Queue, Number: k.Number, Subject: k.Subject, Source: k.Source, KeepMS: k.KeepMS, Serial: k.Serial, Attempts: k.Attempts,
			Since: s.utc - s.clock + k.Since, Until: s.utc - s.clock + s.timers[k.Until].At,
		}
		if c := s.calls[k.Call]; c != nil {
			w.Rung = !unreached(c)
		} else if t, runs := s.timers[k.Due]; runs && t.At > s.clock {
			w.Due = s.utc - s.clock + t.At
		}
		out = append(out, w)
	}
	return out
}

// recallWish brings one back, at its place; one that was kept for too long, or whom nobody can call any more, is given up and told of.
func (s *State) recallWish(w Wish) {
	if _, there := s.callback(w.ID); there || len(s.callbacks) >= maxCallbacks {
		return
	}
	x := s.site
	q, ok := x.queue(w.Queue)
	k := callback{
		ID: w.ID, Queue: w.Queue, Number: w.Number, Subject: w.Subject, Source: w.Source, KeepMS: w.KeepMS, Serial: w.Serial, Attempts: w.Attempts,
		Since: s.clock - max(0, s.utc-w.Since),
	}
	if k.Since == 0 { // a place that nobody has, elsewhere
		k.Since = -1
	}
	s.serial = max(s.serial, w.Serial)
	switch {
	case w.Number == "":
		s.endCallback(k, "cancelled", fact.Reason{Code: "person.erased"})
		return
	case !ok:
		s.endCallback(k, "cancelled", fact.Reason{Code: "queue.unknown", Detail: w.Queue})
		return
	case w.Until <= s.utc:
		s.endCallback(k, "expired", fact.Reason{Code: "box.restarted"})
		return
	case w.Rung && w.Attempts >= cmp.Or(q.Callback.Tries, callbackTries):
		s.endCallback(k, "unreached", fact.Reason{Code: "callback.tries", Detail: strconv.Itoa(w.Attempts)})
		return
	}
	if d := x.table.Outside(w.Number); d.To == routing.ToRefused {
		s.endCallback(k, "cancelled", d.Reasons...)
		return
	}
	after := min(max(afterRestart, w.Due-s.utc), mostAhead)
	if w.Rung {
		after = cmp.Or(q.Callback.RetryMS, callbackRetry)
	}
	k.Due = s.startTimer(timer{At: s.clock + after, For: forCallback, Agent: k.ID})
	k.Until = s.startTimer(timer{At: s.clock + min(w.Until-s.utc, mostAhead+callbackAhead), For: forCallbackEnd, Agent: k.ID})
	s.callbacks = append(slices.Clip(s.callbacks), k)
}
