// Package leg is one SIP dialog: the conversation between the box and one phone or carrier, from the first INVITE to the last BYE.
//
// [State] is a value that can be written down and read back; [State.Step] is all that can happen to it. Nothing in Step knows of sockets,
// clocks or sipgo: messages are the small values of message.go. One goroutine, an [Actor], owns each State, feeds it what the wire, the
// exchange and the timers say, and carries out the effects. The table of every state and every input is docs/leg-states.md.
package leg

//go:generate go test -run TestTableIsPrinted -update .
