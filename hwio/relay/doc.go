// Package relay opens and closes the box's relay, for a door or a night bell.
//
// It will own the relay behind one small interface, real and fake; nothing is here yet.
package relay
