// Package menu is the installer's screen on the serial line: 80 columns, 24 lines, numbers and Enter.
//
// It asks for the code on the box's label, shows the state of the box on top of every screen, and changes nothing that a typed word did not
// confirm. It has no colour and no state of its own worth keeping: pull the cable at any moment. Every entry names the command line that does
// the same. A terminal is a VT100; what it cannot take in time is left out and drawn again, so that a stuck line never holds the box up.
package menu
