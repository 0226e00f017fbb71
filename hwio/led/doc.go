// Package led lights the lamps on the front of the box.
//
// It will own the lamps behind one small interface, real and fake; nothing is here yet.
package led
