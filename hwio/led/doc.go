// Package led lights the lamps on the front of the box.
//
// The kernel shows each lamp as a folder of /sys/class/leds. What is to be seen is decided by a table of the board, by priority.
package led
