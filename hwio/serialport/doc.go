// Package serialport opens the serial line an installer plugs a console cable into.
//
// It will own the port's settings and a fake for tests; nothing is here yet.
package serialport
