// Package trunk is a carrier's SIP line: who it is on the wire, how it writes numbers, whom it lets us show, and whether it is there.
//
// [Config] is one line with all its habits; a [Profile] gives the habits of a kind of carrier as data. [Registration] is how a line whose carrier
// wants it signs on: a value that can be written down and read back, and [Registration.Step] is all that can happen to it. The table of every
// state and every input is docs/trunk-states.md. Nothing here knows of sockets, clocks or sipgo.
package trunk

//go:generate go test -run TestTableIsPrinted|TestProfilesSpeakAsTheirCarriersWant -update .
