// Package door decides who may speak SIP to the box at all, and who goes first when more comes than the box can do.
//
// It knows addresses, bytes and times, and no SIP message: a [Guard] is asked about each datagram before anything is parsed or remembered of
// it, and a [Turnstile] about each new request before a transaction exists for it. Nothing here reads a clock or a socket. A Guard and a
// Turnstile may be used from any goroutine, and never block.
package door
