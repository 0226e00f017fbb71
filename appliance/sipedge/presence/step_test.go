package presence

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/leg"
)

//nolint:gochecknoglobals // a constant time
var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func fresh() *State {
	return &State{
		Seed: "s", Watcher: "201", Watched: "202", Entity: "sip:202@box", Topic: Topic{Package: Dialogs, ID: "7"},
		Dialog: leg.Dialog{
			CallID: "c", Local: leg.Address{URI: "sip:202@box", Tag: "b"}, Remote: leg.Address{URI: "sip:201@box", Tag: "p"},
			RemoteSeq: 1, Target: "sip:201@phone", Contact: "sip:202@box",
		},
	}
}

// in brings a subscription to a phase.
func at(p Phase) *State {
	s := fresh()
	if p == Pending {
		return s
	}
	s.Step(start, Subscribed{Tx: 1, Seconds: 600})
	switch p {
	case Notifying:
	case Behind:
		s.Step(start, StateChanged{})
	case Leaving:
		s.Step(start, Stopped{ReasonNoResource})
	case Waiting:
		s.Step(start, NotifyFailed{Via: s.Via, Timeout: true})
	default:
		s.Step(start, NotifyAnswered{Via: s.Via, Status: 200})
		switch p {
		case Spacing:
			s.Step(start, StateChanged{})
		case Terminating:
			s.Step(start, Stopped{ReasonNoResource})
		case Over:
			s.Step(start, Stopped{ReasonNoResource})
			s.Step(start, NotifyAnswered{Via: s.Via, Status: 200})
		}
	}
	return s
}

func inputs(via string) []Input {
	return []Input{
		Subscribed{Tx: 2, Seconds: 600},
		Refreshed{Tx: 2, CSeq: 2, Seconds: 600},
		Unsubscribed{Tx: 2, CSeq: 2},
		StateChanged{},
		NotifyAnswered{Via: via, Status: 200},
		NotifyFailed{Via: via, Timeout: true},
		Expired{},
		FlowClosed{},
		Restarted{After: time.Second, Skip: 1000},
		Stopped{ReasonNoResource},
		TimerFired{},
	}
}

// TestEveryCell holds where every input leads from every phase.
func TestEveryCell(t *testing.T) {
	const (
		P, A, S, N, B, W, L, T, O = Pending, Active, Spacing, Notifying, Behind, Waiting, Leaving, Terminating, Over
	)
	want := map[Kind][phases]Phase{
		//                  P  A  S  N  B  W  L  T  O
		KindSubscribed:     {N, A, S, N, B, W, L, T, O},
		KindRefreshed:      {P, N, N, B, B, N, L, T, O},
		KindUnsubscribed:   {T, T, T, L, L, T, L, T, O},
		KindStateChanged:   {P, S, S, B, B, W, L, T, O},
		KindNotifyAnswered: {P, A, S, A, S, W, T, O, O},
		KindNotifyFailed:   {P, A, S, W, W, W, T, O, O},
		KindExpired:        {P, T, T, L, L, T, L, T, O},
		KindFlowClosed:     {P, A, W, W, W, W, O, O, O},
		KindRestarted:      {P, W, W, W, W, W, O, O, O},
		KindStopped:        {O, T, T, L, L, T, L, T, O},
		KindTimer:          {P, A, N, N, B, N, L, T, O},
	}
	for p := range phases {
		s := at(p)
		if s.Phase != p {
			t.Fatalf("could not get to %s, only to %s", p, s.Phase)
		}
		for _, in := range inputs(s.Via) {
			s := at(p)
			effects := s.Step(start, in)
			if s.Phase != want[in.kind()][p] {
				t.Errorf("%s in %s leads to %s, want %s", in.kind(), p, s.Phase, want[in.kind()][p])
			}
			check(t, fmt.Sprintf("%s in %s", in.kind(), p), p, in, s, effects)
		}
	}
}

// check holds what is true of every step: a SUBSCRIBE gets one answer, two NOTIFYs never overlap, an end is told once.
func check(t *testing.T, where string, p Phase, in Input, s *State, effects []Effect) {
	t.Helper()
	answers, notifies, forgets := 0, 0, 0
	for _, e := range effects {
		switch e.(type) {
		case SendResponse:
			answers++
		case SendNotify:
			notifies++
		case Forget:
			forgets++
		}
	}
	owed := 0
	switch in.(type) {
	case Refreshed, Unsubscribed:
		owed = 1
	case Subscribed:
		if p == Pending {
			owed = 1
		}
	}
	if answers != owed {
		t.Errorf("%s: %d answers", where, answers)
	}
	out := p == Notifying || p == Behind || p == Leaving || p == Terminating
	_, answered := in.(NotifyAnswered)
	_, failed := in.(NotifyFailed)
	if notifies > 1 || notifies == 1 && out && !answered && !failed {
		t.Errorf("%s: NOTIFYs overlap", where)
	}
	if (forgets == 1) != (s.Phase == Over && p != Over) || forgets > 1 {
		t.Errorf("%s: %d Forget, now %s", where, forgets, s.Phase)
	}
}

// TestStateIsAValue: written down in any phase and read back, it does the same.
func TestStateIsAValue(t *testing.T) {
	for p := range phases {
		for _, in := range inputs(at(p).Via) {
			a, b := at(p), &State{}
			data, err := json.Marshal(a)
			if err == nil {
				err = json.Unmarshal(data, b)
			}
			if err != nil {
				t.Fatal(err)
			}
			if x, y := a.Step(start, in), b.Step(start, in); !reflect.DeepEqual(x, y) || a.Phase != b.Phase {
				t.Errorf("%s in %s: %v is not %v", in.kind(), p, x, y)
			}
		}
	}
}

func TestRFC6665S4_2_2AnswersThatEnd(t *testing.T) {
	for status, want := range map[int]Phase{
		200: Active, 202: Active, 404: Over, 410: Over, 481: Over, 489: Over, 501: Over, 604: Over,
		408: Waiting, 401: Waiting, 403: Waiting, 480: Waiting, 486: Waiting, 491: Waiting, 500: Waiting, 503: Waiting, 504: Waiting, 600: Waiting, 302: Waiting,
	} {
		s := at(Notifying)
		s.Step(start, NotifyAnswered{Via: s.Via, Status: status})
		if s.Phase != want {
			t.Errorf("%d leads to %s, want %s", status, s.Phase, want)
		}
	}
	s := at(Notifying)
	s.Step(start, NotifyAnswered{Via: "of another", Status: 481})
	s.Step(start, NotifyAnswered{Via: s.Via, Status: 100})
	if s.Phase != Notifying {
		t.Error(s.Phase)
	}
}

func TestBackOffGrowsAndIsBounded(t *testing.T) {
	s := at(Notifying)
	var waits []time.Duration
	for range 8 {
		for _, e := range s.Step(start, NotifyFailed{Via: s.Via, Timeout: true}) {
			if e, ok := e.(StartTimer); ok && e.Timer == TimerSend {
				waits = append(waits, e.After)
			}
		}
		s.Step(start, TimerFired{})
	}
	if fmt.Sprint(waits) != "[2s 4s 8s 16s 32s 1m0s 1m0s 1m0s]" {
		t.Error(waits)
	}
	for _, e := range s.Step(start, NotifyAnswered{Via: s.Via, Status: 503, RetryAfter: 5 * time.Hour}) {
		if e, ok := e.(StartTimer); ok && e.After != MaxExpires*time.Second {
			t.Error(e.After)
		}
	}
}

func TestNumbersRiseOverARestart(t *testing.T) {
	s := at(Active)
	seq, edition := s.Dialog.LocalSeq, s.Edition
	s.Step(start, Restarted{After: time.Second, Skip: 1000})
	for _, e := range s.Step(start.Add(time.Second), TimerFired{}) {
		if n, ok := e.(SendNotify); ok {
			if n.Msg.CSeq != seq+1001 || s.Edition != edition+1001 {
				t.Errorf("CSeq %d, edition %d", n.Msg.CSeq, s.Edition)
			}
			if n.Msg.Extra[0].Value != "dialog;id=7" || n.Msg.Extra[1].Value != "active;expires=599" {
				t.Error(n.Msg.Extra)
			}
			return
		}
	}
	t.Error("no NOTIFY")
}

func TestRestorable(t *testing.T) {
	good := func() *State { return at(Active) }
	if !good().Restorable(start) {
		t.Error("a good one is not")
	}
	for name, spoil := range map[string]func(*State){
		"version":     func(s *State) { s.Version++ },
		"phase":       func(s *State) { s.Phase = Leaving },
		"pending":     func(s *State) { s.Phase = Pending },
		"topic":       func(s *State) { s.Topic.Package = "x" },
		"topic id":    func(s *State) { s.Topic.ID = "a\r\nb" },
		"expired":     func(s *State) { s.Expires = start },
		"for ever":    func(s *State) { s.Expires = start.Add(24 * time.Hour) },
		"target":      func(s *State) { s.Dialog.Target = "" },
		"no watcher":  func(s *State) { s.Watcher = "" },
		"no local id": func(s *State) { s.Dialog.Local.Tag = "" },
	} {
		s := good()
		spoil(s)
		if s.Restorable(start) {
			t.Error(name)
		}
	}
}

func TestGrant(t *testing.T) {
	for asked, want := range map[int]string{-1: "3600 true", 0: "0 true", 1: "0 false", 59: "0 false", 60: "60 true", 3600: "3600 true", 1 << 30: "3600 true"} {
		s, ok := Grant(asked)
		if got := fmt.Sprint(s, ok); got != want {
			t.Errorf("%d: %s", asked, got)
		}
	}
}

func TestTopics(t *testing.T) {
	for event, want := range map[string]string{
		"dialog": "dialog", "Dialog": "dialog", "dialog;id=3": "dialog;id=3", " presence ;id=a.b": "presence;id=a.b", "message-summary": "message-summary",
		"dialog;call-id=x;from-tag=y": "dialog", "dialog;sla": "", "dialog;ma": "", "conference": "", "": "", "refer": "",
		"dialog;id=a b": "", "dialog;id=" + strings.Repeat("x", 65): "",
	} {
		topic, ok := ParseTopic(event)
		if ok != (want != "") || ok && topic.header() != want {
			t.Errorf("%q: %v %v", event, topic, ok)
		}
	}
	for accept, want := range map[string]bool{
		"application/dialog-info+xml": true, "Application/Dialog-Info+XML;q=0.5": true, "text/plain, application/*": true, "*/*": true,
		"application/pidf+xml": false, "application/dialog-info+xml;q=0": false, "": false,
	} {
		if Dialogs.Accepted([]string{accept}) != want {
			t.Error(accept)
		}
	}
	if !Dialogs.Accepted(nil) {
		t.Error("no Accept means the default (RFC 6665 §4.1.3)")
	}
}
