// Package boot makes the firmware start on the boards we support.
//
// It will own the boot loader's files per board; nothing is here yet.
package boot
