// Package steward holds the few rights that change the box itself: network, clock, reboot and update.
//
// It will own a closed list of verbs behind a Unix socket, each one audited; nothing is here yet.
package steward
