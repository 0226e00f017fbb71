package transfer_test

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/transfer"
)

// TestOutsideOfTheTable: what is no state or no event changes nothing, every cell within says something else, and what is ignored stays.
func TestOutsideOfTheTable(t *testing.T) {
	for s := range transfer.Over + 2 {
		for e := range transfer.CallOver + 2 {
			m := transfer.Step(s, e)
			within := s >= transfer.Calling && s <= transfer.Over && e >= transfer.TargetRang && e <= transfer.CallOver
			if (m.Ignore == "no such state or event") == within || m.Ignore != "" && (m.Next != s || m.Do != transfer.Nothing) || m.Ignore == "" && (m.Next < transfer.Calling || m.Next > transfer.Over) {
				t.Errorf("(%s, %s): %+v", s, e, m)
			}
		}
	}
}

// TestWhatAStateIs: each state in the questions asked of it.
func TestWhatAStateIs(t *testing.T) {
	alone := []transfer.State{transfer.CallingAlone, transfer.RingingAlone, transfer.Recalling}
	joined := []transfer.State{transfer.Consulting, transfer.Conferring}
	quiet := []transfer.State{transfer.None, transfer.Consulting, transfer.Keeping, transfer.Conferring, transfer.Over}
	for _, s := range append(transfer.States(), transfer.None) {
		if s.Alone() != slices.Contains(alone, s) {
			t.Errorf("%s: alone %v", s, s.Alone())
		}
		if s.Joined() != slices.Contains(joined, s) {
			t.Errorf("%s: joined %v", s, s.Joined())
		}
		if s.Rings() == slices.Contains(quiet, s) {
			t.Errorf("%s: rings %v", s, s.Rings())
		}
		if out := (transfer.Transfer{State: s}).Out(); out != (s != transfer.None && s != transfer.Over) {
			t.Errorf("%s: out %v", s, out)
		}
	}
}

// TestEveryWayOut: the call's end ends each transfer, once whoever hands over has left nothing asks for them any more, and a party that is given
// back or joined is handed over no more.
func TestEveryWayOut(t *testing.T) {
	for _, s := range transfer.States() {
		if s == transfer.Over {
			continue
		}
		if m := transfer.Step(s, transfer.CallOver); m.Next != transfer.Over || m.Do != transfer.End {
			t.Errorf("(%s, call over): %+v", s, m)
		}
		for _, e := range transfer.Events() {
			m := transfer.Step(s, e)
			switch m.Do {
			case transfer.Join, transfer.GiveBack, transfer.LetGo, transfer.Split, transfer.Return, transfer.End:
				if m.Next != transfer.Over {
					t.Errorf("(%s, %s) does %s and goes on: %+v", s, e, m.Do, m)
				}
			case transfer.Recall:
				if m.Next != transfer.Recalling {
					t.Errorf("(%s, %s): %+v", s, e, m)
				}
			case transfer.Keep:
				if m.Next != transfer.Keeping {
					t.Errorf("(%s, %s): %+v", s, e, m)
				}
			case transfer.Nothing, transfer.SayRinging, transfer.Consult, transfer.GoBlind, transfer.Confer:
				if m.Next == transfer.Over && m.Ignore == "" {
					t.Errorf("(%s, %s) ends and does nothing for it: %+v", s, e, m)
				}
			}
		}
		if s.Alone() {
			for _, e := range []transfer.Event{transfer.Completed, transfer.Conferred, transfer.TakenBack, transfer.ReferrerLeft} {
				if m := transfer.Step(s, e); m.Ignore == "" {
					t.Errorf("(%s, %s), by whom? %+v", s, e, m)
				}
			}
		}
	}
}
