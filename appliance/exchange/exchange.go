// Package exchange is the telephone exchange itself: it decides what happens to every call, and does nothing else.
//
// It is pure. [State.Step] takes the time and one thing that happened, and gives back what to do and what to remember. There is no clock,
// goroutine, lock, network, file or log in here or below: one goroutine of the rim owns the state and feeds it.
package exchange
