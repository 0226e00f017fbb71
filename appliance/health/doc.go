// Package health says in words which part of the box is well and which is not.
//
// It will own the checks, the lights on the front and the watchdog's feed; nothing is here yet.
package health
