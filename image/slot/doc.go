// Package slot chooses which of the two installed firmwares starts, and goes back when the new one
// fails.
//
// It will own the slots' state machine; nothing is here yet.
package slot
