// Package presence lights the lamps on desk phones, so that each shows who is on the line.
//
// [State] is one subscription (RFC 6665): a value that can be written down and read back, and [State.Step] is all that can happen to it. The
// documents a phone gets (dialog-info of RFC 4235, PIDF of RFC 3863, the message summary of RFC 3842) are pure functions of what is known
// of an extension, and how each make of phone wants to be told is a table, [QuirksOf]. Nothing here knows of sockets, clocks or sipgo: sipedge
// owns the subscriptions. The table of every state and every input is docs/subscription-states.md.
package presence

//go:generate go test -run TestTableIsPrinted -update .
