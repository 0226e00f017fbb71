// Package steward holds the few rights that change the box itself: network, clock, restart and logs.
//
// It answers a closed list of verbs on a Unix socket, to users the kernel vouches for, and writes each one to an audit file. A new network
// is on trial for a minute: who loses the box by it waits, and the box goes back by itself, also after a power cut.
package steward
