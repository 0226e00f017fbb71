// Package rtc reads and sets the clock that keeps time while the box is unplugged.
//
// It will own the battery clock and a fake for tests; nothing is here yet.
package rtc
