// Package stun is the little of STUN (RFC 5389) that keeps a phone's way in through a router open (RFC 5626 §3.5.2): a Binding request without
// attributes that matter, and the answer that says what address it came from.
package stun
