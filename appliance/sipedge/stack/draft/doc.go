// Package draft writes the SIP messages of the box: what an answer repeats of its request, what a request needs to leave, and the CANCEL and the
// ACK that belong to an INVITE.
//
// It knows messages only: who sends them, and where to, is the stack's.
package draft
