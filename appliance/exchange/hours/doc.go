// Package hours says whether a branch is open at a given instant, with its holidays and the nights
// when clocks change.
//
// It will own opening hours, holiday calendars and their next change; nothing is here yet.
package hours
