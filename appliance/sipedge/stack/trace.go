package stack

import "autocom/appliance/sipedge/stack/ladder"

// Ladder bounds the memory of messages that [Stack.Trace] reads.
type Ladder = ladder.Bounds

// Rung is one message of a call's ladder, without its body and without anything secret.
type Rung = ladder.Rung

// Trace is the ladder of a Call-ID, oldest message first, or nil when it is not remembered.
func (s *Stack) Trace(callID string) []Rung { return s.ladder.Trace(callID) }
