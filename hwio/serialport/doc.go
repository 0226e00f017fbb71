// Package serialport opens the serial line an installer plugs a console cable into.
//
// Modem bits (DTR, RTS) are left alone: a console cable often does not wire them.
package serialport
